"""The loops over walkers on a CPU, compiled once and kept on disk.

Numba keys its cache by the file that holds a function, not by those it calls. So the loops close over a digest of all
files of the physics: when one of them changes, the old machine code is no longer found.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints
from aiga.poet.walker.physics.episode import Doubles, advance_episode, begin_episode, continue_episode, write_trace


def digest() -> int:
    """A number that changes with the text of any file of the physics."""
    text = hashlib.sha256()
    for file in sorted((Path(__file__).parent / "physics").glob("*.py")):
        text.update(file.read_bytes())
    return int.from_bytes(text.digest()[:6], "big")


def _loops(version: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    jit = numba.njit(cache=True, nogil=True, error_model="numpy")

    def run(
        f: Floats, i: Ints, d: Doubles, floats: Floats, ints: Ints, push: Floats, course: Ints, theta: Floats,
        horizon: int, velocity: int, position: int, continuous: bool, traces: Floats,
    ) -> int:  # fmt: skip
        """Whole episodes of all walkers; theta ``(walkers, parameters)``, traces ``(walkers, rows, .)``."""
        for w in range(f.shape[0]):
            c = course[w]
            begin_episode(f[w], i[w], d[w], floats[c], ints[c], push[c], velocity, position, continuous)
            if traces.shape[1] > 0:
                write_trace(f[w], traces[w, 0], 0.0)
            continue_episode(
                f[w], i[w], d[w], floats[c], ints[c], theta[w], horizon, horizon,
                velocity, position, continuous, traces[w],
            )  # fmt: skip
        return version

    def advance(
        f: Floats, i: Ints, d: Doubles, floats: Floats, ints: Ints, push: Floats, course: Ints, actions: Floats,
        rewards: Doubles, fresh: Ints, velocity: int, position: int, continuous: bool,
    ) -> int:  # fmt: skip
        """One step of all walkers with given actions ``(walkers, 4)``; those marked fresh begin an episode instead."""
        for w in range(f.shape[0]):
            c = course[w]
            if fresh[w] == 1:
                begin_episode(f[w], i[w], d[w], floats[c], ints[c], push[c], velocity, position, continuous)
                rewards[w] = 0.0
            else:
                for k in range(at.OUTPUTS):
                    f[w, at.ACTION + k] = actions[w, k]
                rewards[w] = advance_episode(
                    f[w], i[w], d[w], floats[c], ints[c], velocity, position, continuous
                )  # fmt: skip
        return version

    return jit(run), jit(advance)


run, advance = _loops(digest())
