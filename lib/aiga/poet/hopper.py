"""The ballistic hopper: a point that crosses POET's courses hop by hop, thousands of lives a second on one core.

Whenever it is on the ground, a small network sees the next five cells of the course and chooses how hard to hop and how
to push. It then flies as thrown. A step that is too high stops it, a pit ends its life. A whole course is worth 300, so
that the paper's score lines keep their meaning. It is no walker: it has no legs to coordinate, and what it learns is
when to hop and how far.

All arithmetic is in float64 and in a fixed order: a life depends on its weights and its course alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from aiga import seeding
from aiga.poet.courses import CELL, Encoding, Hard, Rules, Sizes, mutate, towards
from aiga.poet.substrate import Rollouts, Weights

QUARTERS = 4
"""The course is a height for every quarter of a cell."""
LENGTH = 120
"""Cells of a course; the paper's has 200."""
FLAT = 20
"""Cells at the beginning without obstacles, as in the paper."""
PIT = -1000.0
"""Height that marks a pit, in metres."""

_SAMPLES, _INPUTS, _HIDDEN, _OUTPUTS = 10, 12, 16, 2
_WIDTH = CELL / QUARTERS  # of one height, in metres
_START, _GOAL = 5 * CELL, (LENGTH - 2) * CELL
_TICK, _GRAVITY = 0.02, 9.8
_CLIMB = 0.12  # metres; a higher edge is a wall
_DEEP = 4 * CELL  # a pit's depth
PARAMETERS = (_INPUTS + 1) * _HIDDEN + (_HIDDEN + 1) * _HIDDEN + (_HIDDEN + 1) * _OUTPUTS

WHOLE_COURSE, FALL, STUMBLE = 300.0, 100.0, 2.0

HARD = Hard(stump=1.2, pit=2.0, roughness=1.2)
"""From where on a difficulty counts for a hopper, whose highest hop is 2.2 cells and longest 7."""

RULES = Rules(
    pit=Sizes((0.0, 0.8), 0.4, 5.0), stump=Sizes((0.0, 0.4), 0.2, 2.0), roughness_step=0.3, roughness_highest=3.0
)
"""POET's mutations within what a hop can cross."""


@dataclass(frozen=True)
class Hopper:
    """The hopper as a substrate (:class:`aiga.poet.substrate.Substrate`)."""

    rules: Rules = field(default_factory=lambda: RULES)
    horizon: int = 50
    """Most hops of a life; a whole course takes about 25."""

    @property
    def parameters(self) -> int:
        """Number of weights: 12 inputs, two hidden layers of 16, two outputs."""
        return PARAMETERS

    def first(self) -> Encoding:
        """The flat course."""
        return Encoding()

    def mutate(self, parent: Encoding, generator: np.random.Generator) -> Encoding:
        """A child of a course (:func:`aiga.poet.courses.mutate`)."""
        return mutate(parent, self.rules, generator)

    def towards(self, start: Encoding, target: Encoding) -> Encoding:
        """One mutation nearer to ``target`` (:func:`aiga.poet.courses.towards`)."""
        return towards(start, target, self.rules)

    def build(self, encoding: Encoding, seed: int) -> NDArray[np.float64]:
        """Heights in metres, one for each quarter of a cell, ``(480,)``."""
        return heights(encoding, seed)

    def rollout(self, thetas: Weights, courses: Sequence[NDArray[np.float64]], which: NDArray[np.int64]) -> Rollouts:
        """One life for each row of ``thetas``.

        Raises:
            ValueError: the weights do not fit the network.
        """
        if thetas.ndim != 2 or thetas.shape[1] != PARAMETERS:
            raise ValueError(f"a hopper's weights have the shape (agents, {PARAMETERS}), got {thetas.shape}")
        returns, steps = _rollouts(np.ascontiguousarray(thetas, np.float32), np.stack(courses), which, self.horizon)
        return Rollouts(returns, steps)

    def trace(self, theta: Weights, course: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where one agent is every 0.02 s of its life: x and y in metres, ``(ticks, 2)``."""
        path = np.zeros((self.horizon * 400, 2))
        *_, ticks = _life(np.asarray(theta, np.float64), course, self.horizon, path)
        return path[:ticks]


def heights(encoding: Encoding, seed: int) -> NDArray[np.float64]:
    """Draw one course: stretches of 5 to 9 cells of ground, an obstacle after each (``bipedal_walker_custom.py``).

    Args:
        encoding: what kind of course.
        seed: which of them.

    Returns:
        Heights in metres above the start, ``(480,)``; :data:`PIT` where there is none.
    """
    chance = seeding.numpy_generator(seed, "course")
    kinds = [kind for kind in ("stump", "pit", "stair") if getattr(encoding, kind) is not None]
    ground, level, slope = [0.0] * (FLAT * QUARTERS), 0.0, 0.0
    while len(ground) < LENGTH * QUARTERS:
        for _ in range(int(chance.integers(5, 10))):
            slope = 0.8 * slope - 0.01 * float(np.sign(level)) + chance.uniform(-1, 1) / 30
            level += encoding.roughness * slope
            ground += [level] * QUARTERS
        if kinds:
            piece, level = _obstacle(kinds[int(chance.integers(len(kinds)))], encoding, level, chance)
            ground += piece
    return np.array(ground[: LENGTH * QUARTERS])


def _obstacle(kind: str, encoding: Encoding, level: float, chance: np.random.Generator) -> tuple[list[float], float]:
    """The heights of one obstacle, and the ground's level behind it."""
    size = float(chance.uniform(*getattr(encoding, kind)))
    if kind == "stump":
        return [level + size * CELL] * QUARTERS, level
    if kind == "pit":
        return [PIT] * round((1 + size) * QUARTERS), level
    rise = size * CELL * (1 if chance.uniform() < 0.5 else -1)
    count = int(chance.integers(encoding.stairs[0], encoding.stairs[1] + 1))
    steps = [level + rise * (step + 1) for step in range(count) for _ in range(4 * QUARTERS)]
    return steps, steps[-1]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _squash(x: float) -> float:
    """A rational function that stays within 0.024 of tanh and needs no exponential."""
    x = min(max(x, -3.0), 3.0)
    return x * (27.0 + x * x) / (27.0 + 9.0 * x * x)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _layer(inputs: Any, theta: Any, first: int, outputs: Any) -> int:
    """One layer, its weights and then its biases from position ``first`` of ``theta``; where the next one's begin."""
    rows, columns = len(inputs), len(outputs)
    for j in range(columns):
        outputs[j] = theta[first + rows * columns + j]
    for k in range(rows):
        for j in range(columns):
            outputs[j] += inputs[k] * theta[first + k * columns + j]
    for j in range(columns):
        outputs[j] = _squash(outputs[j])
    return first + (rows + 1) * columns


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _see(x: float, y: float, speed: float, course: Any, seen: Any) -> None:
    """Own speed, a constant, and the heights of the next five cells, every half cell."""
    seen[0] = speed / 4.0
    seen[1] = 1.0
    for k in range(_SAMPLES):
        place = min(int((x + (k + 1) * 0.5 * CELL) / _WIDTH), len(course) - 1)
        seen[2 + k] = min(max(course[place] - y, -1.5), 1.5)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fly(x: float, y: float, speed: float, lift: float, course: Any, path: Any, ticks: int) -> Any:
    """One hop: where it ends, with what speed, how often it stumbled, whether into a pit, and the clock."""
    top, stumbles = y, 0
    while True:
        new_x, new_y = x + speed * _TICK, y + lift * _TICK
        lift -= _GRAVITY * _TICK
        place = int(new_x / _WIDTH)
        wall = new_x < 0.0 or place >= len(course)
        if not wall and course[place] > new_y + 1e-9:
            wall = course[place] > y + _CLIMB
            if not wall:
                return new_x, course[place], speed, stumbles, False, ticks
        if wall:
            stumbles += 1 if speed != 0.0 else 0
            speed, new_x = 0.0, x
            place = int(x / _WIDTH)
            if course[place] > new_y:
                return x, course[place], speed, stumbles, False, ticks
        x, y = new_x, new_y
        if ticks < len(path):
            path[ticks, 0], path[ticks, 1] = x, y
            ticks += 1
        if course[place] == PIT and y < top - _DEEP:
            return x, y, speed, stumbles, True, ticks


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _life(theta: Any, course: Any, horizon: int, path: Any) -> Any:
    """One life: its return, its hops, and how many places ``path`` now holds."""
    seen, first, second, action = np.zeros(_INPUTS), np.zeros(_HIDDEN), np.zeros(_HIDDEN), np.zeros(_OUTPUTS)
    x, y, speed, total, ticks = _START, course[int(_START / _WIDTH)], 0.0, 0.0, 0
    for hop in range(horizon):
        _see(x, y, speed, course, seen)
        after = _layer(seen, theta, 0, first)
        after = _layer(first, theta, after, second)
        _layer(second, theta, after, action)
        lift = 2.0 + 2.5 * action[0] if action[0] > -0.8 else 0.0
        speed = min(max(0.5 * speed + 2.2 * action[1] + 0.6, -2.0), 3.5)
        if ticks < len(path):
            path[ticks, 0], path[ticks, 1] = x, y
            ticks += 1
        before = x
        x, y, speed, stumbles, fell, ticks = _fly(x, y, speed, lift, course, path, ticks)
        total += WHOLE_COURSE * (x - before) / (_GOAL - _START) - STUMBLE * stumbles
        total -= 0.05 * lift * lift + 0.02 * math.fabs(action[1])
        if fell:
            return total - FALL, hop + 1, ticks
        if x >= _GOAL:
            return total, hop + 1, ticks
    return total, horizon, ticks


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _rollouts(thetas: Any, courses: Any, which: Any, horizon: int) -> Any:
    returns, steps, nowhere = np.zeros(len(thetas)), np.zeros(len(thetas), np.int64), np.zeros((0, 2))
    for p in range(len(thetas)):
        returns[p], steps[p], _ = _life(thetas[p].astype(np.float64), courses[which[p]], horizon, nowhere)
    return returns, steps
