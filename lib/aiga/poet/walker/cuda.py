"""The same episodes on a GPU: one thread for each walker, state as a structure of arrays.

The scalar functions are those that run on the CPU; ``numba.cuda`` compiles them when the kernels below call them. With
``NUMBA_ENABLE_CUDASIM=1`` and ``NUMBA_DISABLE_JIT=1`` everything runs in Numba's simulator as plain Python, thousands
of times slower: that is how a machine without a GPU tests this file.

An episode is cut into several launches, so that a launch stays short on GPUs that also drive a screen.
"""

import os
from typing import Any

import numpy as np
from numba import cuda

from aiga.poet.walker.batch import Walkers
from aiga.poet.walker.geometry import Geometry
from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints
from aiga.poet.walker.physics.episode import RUNNING, begin_episode, continue_episode, write_trace
from aiga.poet.walker.rollout import Rollout, Solver

THREADS = 64
"""Threads of a block: few, so that the walkers of a small population still spread over all processors."""
LAUNCH = 100
"""Steps of a launch."""


def simulated() -> bool:
    """Whether this process runs Numba's simulator instead of a GPU."""
    return os.environ.get("NUMBA_ENABLE_CUDASIM") == "1"


@cuda.jit  # type: ignore[untyped-decorator]
def _begin(
    f: Any, i: Any, d: Any, floats: Any, ints: Any, push: Any, course: Any,
    velocity: int, position: int, continuous: bool, traces: Any,
) -> None:  # fmt: skip
    w = cuda.grid(1)
    if w < f.shape[1]:
        c = course[w]
        begin_episode(f[:, w], i[:, w], d[:, w], floats[c], ints[c], push[c], velocity, position, continuous)
        write_trace(f[:, w], traces[0, :, w], 0.0)


@cuda.jit  # type: ignore[untyped-decorator]
def _continue(
    f: Any, i: Any, d: Any, floats: Any, ints: Any, course: Any, theta: Any, steps: int, horizon: int,
    velocity: int, position: int, continuous: bool, traces: Any,
) -> None:  # fmt: skip
    w = cuda.grid(1)
    if w < f.shape[1]:
        c = course[w]
        continue_episode(
            f[:, w], i[:, w], d[:, w], floats[c], ints[c], theta[:, w], steps, horizon,
            velocity, position, continuous, traces[:, :, w],
        )  # fmt: skip


def rollout_cuda(
    theta: Floats, geometry: Geometry, course: Ints, *, horizon: int, solver: Solver, lidar: str, traced: bool
) -> Rollout:
    """Episodes of all walkers on the GPU; arguments as in :func:`aiga.poet.walker.rollout.rollout`.

    Raises:
        RuntimeError: there is no GPU that Numba can use.
    """
    if not (simulated() or cuda.is_available()):
        raise RuntimeError(
            "device='cuda': Numba finds no CUDA device or toolkit (pip install numba-cuda[cu12]); use device='cpu'"
        )
    count = len(theta)
    blocks = (count + THREADS - 1) // THREADS
    threads = min(THREADS, count)
    fresh = Walkers.none(count, geometry.leaves(lidar))
    f, i, d = (cuda.to_device(np.ascontiguousarray(each.T)) for each in (fresh.floats, fresh.ints, fresh.sums))
    rows = horizon + 1 if traced else 0
    traces = cuda.to_device(np.zeros((max(rows, 1), at.TRACE, count), dtype=np.float32))  # one row is never read
    floats, ints, push = (cuda.to_device(each) for each in (geometry.floats, geometry.ints, geometry.push))
    assignment = cuda.to_device(course)
    parameters = cuda.to_device(np.ascontiguousarray(theta.T))
    rounds = (solver.velocity, solver.position, solver.continuous)
    _begin[blocks, threads](f, i, d, floats, ints, push, assignment, *rounds, traces)
    for first in range(0, horizon, LAUNCH):
        steps = min(LAUNCH, horizon - first)
        _continue[blocks, threads](
            f, i, d, floats, ints, assignment, parameters, steps, horizon, *rounds, traces
        )  # fmt: skip
        if (i[at.OUTCOME].copy_to_host() != RUNNING).all():
            break
    walkers = Walkers(f.copy_to_host().T, i.copy_to_host().T, d.copy_to_host().T)
    walkers.check()
    kept = np.moveaxis(traces.copy_to_host(), 2, 0) if traced else None
    return Rollout(walkers.returns, walkers.lengths, walkers.outcomes, kept)
