"""The loop over walkers on a CPU, compiled once and kept on disk.

Numba keys its cache by the file that holds a function, not by those it calls. So the loop closes over a digest of all
files of the physics: when one of them changes, the old machine code is no longer found. There is one loop for whole
episodes and for single steps, because compiling it takes half a minute.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints
from aiga.poet.walker.physics.episode import (
    Doubles,
    advance_episode,
    begin_episode,
    continue_episode,
    write_trace,
)


def digest() -> int:
    """A number that changes with the text of any file of the physics."""
    text = hashlib.sha256()
    for file in sorted((Path(__file__).parent / "physics").glob("*.py")):
        text.update(file.read_bytes())
    return int.from_bytes(text.digest()[:6], "big")


def _loop(version: int) -> Callable[..., int]:
    def walk(
        f: Floats, i: Ints, d: Doubles, floats: Floats, ints: Ints, push: Floats, course: Ints,
        fresh: Ints, theta: Floats, actions: Floats, rewards: Doubles, horizon: int,
        velocity: int, position: int, continuous: bool, traces: Floats,
    ) -> int:  # fmt: skip
        """Take all walkers on: to the end of their episode, or for one step.

        Args:
            f: their floats, ``(walkers, .)``.
            i: their integers, ``(walkers, .)``.
            d: their sums, ``(walkers, .)``.
            floats: geometry of the courses, ``(courses, .)``.
            ints: counts of the courses, ``(courses, .)``.
            push: first pushes, ``(courses,)``.
            course: each walker's course, ``(walkers,)``.
            fresh: 1 for a walker that begins an episode, ``(walkers,)``.
            theta: policies, ``(walkers, 2804)``; with no rows the walkers do what ``actions`` says, for one step, and
                fresh ones only begin.
            actions: ``(walkers, 4)``; not read where there are policies.
            rewards: of that one step, ``(walkers,)``, written; not where there are policies.
            horizon: most steps of an episode.
            velocity: rounds over the velocity constraints.
            position: rounds over the position constraints.
            continuous: whether to look for impacts inside a step.
            traces: ``(walkers, rows, .)``, written; there may be no rows.
        """
        for w in range(f.shape[0]):
            c = course[w]
            if fresh[w] == 1:
                begin_episode(f[w], i[w], d[w], floats[c], ints[c], push[c], velocity, position, continuous)
                if traces.shape[1] > 0:
                    write_trace(f[w], traces[w, 0], 0.0)
            if theta.shape[0] > 0:
                continue_episode(
                    f[w], i[w], d[w], floats[c], ints[c], theta[w], horizon, horizon,
                    velocity, position, continuous, traces[w],
                )  # fmt: skip
            elif fresh[w] == 0:
                for k in range(at.OUTPUTS):
                    f[w, at.ACTION + k] = actions[w, k]
                rewards[w] = advance_episode(f[w], i[w], d[w], floats[c], ints[c], velocity, position, continuous)
        return version

    compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy")
    return compiled(walk)  # type: ignore[no-any-return]


walk = _loop(digest())
