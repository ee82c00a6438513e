import math
import os
import sys

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


def test_ray_is_asked_for_where_absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ModuleNotFoundError, match="pip install"):
        parallel.run(math.sqrt, [4.0], backend="ray")


class Tasks:
    """Stands in for Ray: a task is done when somebody waits for it; counts how many were under way at once."""

    def __init__(self):
        self.begun, self.most, self.waiting = False, 0, []

    def is_initialized(self):
        return self.begun

    def init(self):
        self.begun = True

    def put(self, thing):
        return thing

    def remote(self, function):
        class Remote:
            @staticmethod
            def remote(shared, item):
                self.waiting.append(item)
                self.most = max(self.most, len(self.waiting))
                return function, shared, item

        return Remote

    def wait(self, running):
        self.waiting.pop()  # the last one is done first
        return [running[-1]], running[:-1]

    def get(self, results):
        return [function(shared, item) for function, shared, item in results]


@pytest.mark.parametrize(("jobs", "most"), [(2, 2), (None, 7)])
def test_a_cluster_gets_as_many_tasks_as_jobs_and_values_keep_their_order(monkeypatch, jobs, most):
    ray, items = Tasks(), [float(x) for x in range(7)]
    monkeypatch.setitem(sys.modules, "ray", ray)
    assert parallel.run(math.sqrt, items, jobs=jobs, backend="ray") == [math.sqrt(x) for x in items]
    assert ray.begun
    assert ray.most == most
