"""POET's evaluation on a cluster: a local Ray of two workers gives what one process gives."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from aiga.poet.biped import Biped
from aiga.poet.courses import Encoding
from aiga.poet.evolution import Moments, Rule, Task, Workers, estimate
from aiga.poet.walker import weights


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the package ray is not installed")
def test_two_workers_of_ray_give_what_one_process_gives() -> None:
    import ray

    world, rule = Biped(horizon=60), Rule(pairs=4)
    theta, courses = weights.walker("walker_flat"), [Encoding(), Encoding(2.0), Encoding(pit=(0.4, 1.2))]
    moments = replace(Moments.fresh(rule, world.parameters), sigma=0.02)
    tasks = [
        Task(theta, world.build(each, number), moments.sigma, (0, 3, number, number))
        for number, each in enumerate(courses)
    ]
    expected = estimate(world, tasks, rule.pairs, 7, Workers())
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        found = estimate(world, tasks, rule.pairs, 7, Workers(jobs=2, backend="ray", at_once=1))
    finally:
        ray.shutdown()
    assert found[1] == expected[1]
    for ours, theirs in zip(found[0], expected[0], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not ray.is_initialized()
