"""Many walkers at once on a CPU: their memory, and threads that share them out."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints
from aiga.poet.walker.physics.tree import room

CHUNK = 8
"""Walkers that a thread takes at a time: episodes differ in length, so shares are small."""


@dataclass
class Walkers:
    """The state of several walkers: one row each of floats, integers and double-precision sums."""

    floats: Floats
    ints: Ints
    sums: NDArray[np.float64]

    @classmethod
    def none(cls, count: int, leaves: int = 0) -> "Walkers":
        """Room for ``count`` walkers that have not begun.

        Args:
            count: how many.
            leaves: boxes in the tree of each, see :func:`aiga.poet.walker.geometry.Geometry.leaves`; with 0 there are
                no trees, and lidar reports nearest hits.
        """
        floats, ints = room(leaves) if leaves else (0, 0)
        return cls(
            np.zeros((count, at.FLOATS + floats), dtype=np.float32),
            np.zeros((count, at.INTS + ints), dtype=np.int32),
            np.zeros((count, at.DOUBLES)),
        )

    def __len__(self) -> int:
        return len(self.floats)

    @property
    def returns(self) -> NDArray[np.float64]:
        """Sum of rewards of each walker's episode so far."""
        return self.sums[:, at.RETURN].copy()

    @property
    def lengths(self) -> Ints:
        """Steps of each walker's episode so far."""
        return self.ints[:, at.LENGTH].copy()

    @property
    def outcomes(self) -> Ints:
        """How each episode ended: see :class:`aiga.poet.walker.rollout.Ending`."""
        return self.ints[:, at.OUTCOME].copy()

    def check(self) -> None:
        """Refuse to go on with numbers that are wrong.

        Raises:
            RuntimeError: a walker touched more pieces of ground at once than there is room for.
        """
        full = np.flatnonzero(self.ints[:, at.OVERFLOW])
        if len(full):
            raise RuntimeError(
                f"walker {full[0]} met more than {at.CONTACTS} pieces of ground, or touched more than {at.ACTIVE}, at "
                "once: raise CONTACTS or ACTIVE in aiga/poet/walker/physics/layout.py"
            )


def share(count: int, threads: int | None, work: Callable[[slice], object]) -> None:
    """Call ``work`` for all chunks of ``count`` walkers, on several threads.

    Args:
        count: number of walkers.
        threads: how many threads; None takes one for each processor that this process may use.
        work: takes the slice of its walkers. Compiled code that lets go of Python's lock runs side by side.

    Raises:
        ValueError: fewer than one thread.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"threads={threads}: expected at least 1, or None for one a processor")
    chosen = threads or processors()
    chunks = [slice(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
    if chosen == 1 or len(chunks) == 1:
        for chunk in chunks:
            work(chunk)
        return
    with ThreadPoolExecutor(chosen) as pool:
        for _ in pool.map(work, chunks):
            pass


def processors() -> int:
    """Processors that this process may use; OMP_NUM_THREADS limits them."""
    here = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(here, int(wanted)) if wanted.isdigit() and int(wanted) > 0 else here
