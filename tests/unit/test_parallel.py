import importlib.util
import math
import os

import pytest
import torch

from aiga import parallel


@pytest.mark.parametrize("backend", ["loky", "threading", "sequential"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_back_ends_agree(backend, jobs):
    items = [float(x) for x in range(7)]
    assert parallel.run(math.sqrt, items, jobs=jobs, backend=backend) == [math.sqrt(x) for x in items]


def test_processes_are_other_processes_and_threads_are_not():
    who = ["__import__('os').getpid()"] * 4
    assert os.getpid() not in parallel.run(eval, who, jobs=2, backend="loky")
    assert set(parallel.run(eval, who, jobs=2, backend="threading")) == {os.getpid()}


def test_a_worker_process_uses_one_thread():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert parallel._plain(eval, "__import__('torch').get_num_threads()") == 2
        assert parallel._single_threaded(eval, "__import__('torch').get_num_threads()") == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("backend", ["loky", "threading", "sequential"])
def test_errors_arrive(backend):
    with pytest.raises(ValueError, match=r"math domain|nonnegative"):
        parallel.run(math.sqrt, [1.0, -1.0], jobs=2, backend=backend)


def test_nothing_to_do():
    assert parallel.run(math.sqrt, []) == []


def test_unknown_back_end():
    with pytest.raises(ValueError, match="unknown back end 'mpi': choose loky, threading, sequential or ray"):
        parallel.run(math.sqrt, [1.0], backend="mpi")


def test_ray_is_asked_for_where_absent():
    if importlib.util.find_spec("ray"):
        assert parallel.run(math.sqrt, [4.0, 9.0], jobs=2, backend="ray") == [2.0, 3.0]
    else:
        with pytest.raises(ModuleNotFoundError, match="pip install"):
            parallel.run(math.sqrt, [4.0], backend="ray")
