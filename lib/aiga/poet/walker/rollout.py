"""Episodes of many policies on many courses: what POET spends its time on.

>>> from aiga.poet.walker import Encoding, generate, rollout
>>> flat = generate(Encoding(), seed=0)
>>> result = rollout(theta, [flat], [0] * len(theta))  # theta: (walkers, 2804)
>>> result.returns, result.lengths, result.arrived
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aiga import device as devices
from aiga.poet.walker.batch import Walkers, share
from aiga.poet.walker.geometry import Geometry, pack
from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints
from aiga.poet.walker.physics.constants import HORIZON, POSITION_ITERATIONS, VELOCITY_ITERATIONS
from aiga.poet.walker.physics.episode import ARRIVED, FELL, TIME
from aiga.poet.walker.physics.policy import PARAMETERS
from aiga.poet.walker.terrain import Course

ENGINES = ("numba", "box2d")
LIDARS = ("nearest", "first")


class Ending(IntEnum):
    """How an episode ended."""

    FELL = FELL
    ARRIVED = ARRIVED
    TIME = TIME


@dataclass(frozen=True)
class Solver:
    """Rounds of the constraint solver in a step. Only 180 and 60 are the paper's physics."""

    velocity: int = VELOCITY_ITERATIONS
    position: int = POSITION_ITERATIONS
    continuous: bool = True
    """Whether impacts inside a step are looked for; without, the walker can sink into an edge before it is stopped."""

    def __post_init__(self) -> None:
        """Refuse a solver that does nothing."""
        if self.velocity < 1 or self.position < 1:
            raise ValueError(f"solver {self.velocity}/{self.position}: expected at least one round of each")

    @property
    def faithful(self) -> bool:
        """Whether this is the paper's physics."""
        return self == Solver()

    def __str__(self) -> str:
        note = "" if self.faithful else " (not the paper's physics)"
        return f"{self.velocity}/{self.position}{'' if self.continuous else ', impacts at steps only'}{note}"


PAPER = Solver()


@dataclass(frozen=True)
class Rollout:
    """What several episodes gave.

    Attributes:
        returns: sum of rewards, ``(walkers,)``.
        lengths: number of steps, ``(walkers,)``; the original reports one less.
        endings: :class:`Ending` of each, ``(walkers,)``.
        traces: pose, inputs, actions and rewards, ``(walkers, horizon + 1, .)``, or None; see
            :mod:`aiga.poet.walker.traces`.
    """

    returns: NDArray[np.float64]
    lengths: Ints
    endings: Ints
    traces: Floats | None = None

    @property
    def arrived(self) -> NDArray[np.bool_]:
        """Which walkers reached the end of the course."""
        return np.asarray(self.endings == Ending.ARRIVED)

    @property
    def fell(self) -> NDArray[np.bool_]:
        """Which walkers fell."""
        return np.asarray(self.endings == Ending.FELL)


def rollout(
    theta: torch.Tensor | NDArray[Any],
    courses: Sequence[Course] | Geometry,
    walker_to_course: Sequence[int] | NDArray[Any],
    *,
    horizon: int = HORIZON,
    device: str | torch.device = "cpu",
    engine: str = "numba",
    solver: Solver = PAPER,
    lidar: str = "nearest",
    traced: bool = False,
    threads: int | None = None,
) -> Rollout:
    """One episode of every walker.

    Args:
        theta: parameters of the policies, ``(walkers, 2804)``; used as float32.
        courses: the courses, or what :func:`aiga.poet.walker.geometry.pack` made of them.
        walker_to_course: for each walker the number of its course, ``(walkers,)``.
        horizon: most steps of an episode.
        device: ``"cpu"``, ``"cuda"`` or ``"auto"``.
        engine: ``"numba"``, or ``"box2d"`` for the original library, which runs one walker after the other.
        solver: rounds of the solver; anything but the default is not the paper's physics.
        lidar: ``"nearest"``: rays end where they first meet the ground. ``"first"``: where the first piece of ground is
            that the library reports, as in POET's code (``bipedal_walker_custom.py:465-471``).
        traced: also keep every pose, input, action and reward.
        threads: threads on a CPU; None takes all processors. Results do not depend on it.

    Raises:
        ValueError: an argument of the wrong size or with a value that is not finite; an unknown engine.
        RuntimeError: no such device.
    """
    parameters = checked_parameters(theta)
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r}: choose one of {', '.join(ENGINES)}")
    if lidar not in LIDARS:
        raise ValueError(f"unknown lidar {lidar!r}: choose one of {', '.join(LIDARS)}")
    if horizon < 1:
        raise ValueError(f"horizon={horizon}: expected at least one step")
    number = len(courses)
    assignment = checked_assignment(walker_to_course, len(parameters), number)
    where = devices.resolve(device)
    if engine == "box2d":
        from aiga.poet.walker.box2d import rollout_box2d

        if isinstance(courses, Geometry):
            raise ValueError("engine='box2d' makes its own bodies: pass the courses themselves, not pack(courses)")
        return rollout_box2d(
            parameters, courses, assignment, horizon=horizon, solver=solver, lidar=lidar, traced=traced
        )
    geometry = courses if isinstance(courses, Geometry) else pack(courses)
    if where.type == "cuda":
        from aiga.poet.walker.cuda import rollout_cuda

        return rollout_cuda(
            parameters, geometry, assignment, horizon=horizon, solver=solver, lidar=lidar, traced=traced
        )
    if where.type != "cpu":
        raise ValueError(f"device {where}: the walker runs on cpu and cuda")
    return _on_cpu(parameters, geometry, assignment, horizon, solver, lidar, traced, threads)


def checked_parameters(theta: torch.Tensor | NDArray[Any]) -> Floats:
    """Parameters as contiguous float32, ``(walkers, 2804)``.

    Raises:
        ValueError: another shape, or numbers that are not finite.
    """
    array = theta.detach().cpu().numpy() if isinstance(theta, torch.Tensor) else np.asarray(theta)
    if array.ndim != 2 or array.shape[1] != PARAMETERS or not len(array):
        raise ValueError(
            f"theta has shape {array.shape}: expected (walkers, {PARAMETERS}), weights and biases of a "
            f"{at.INPUTS}-{at.HIDDEN}-{at.HIDDEN}-{at.OUTPUTS} policy; a single policy is theta[None]"
        )
    wrong = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if len(wrong):
        raise ValueError(f"theta of walker {wrong[0]} is not finite ({len(wrong)} of {len(array)} walkers)")
    return np.ascontiguousarray(array, dtype=np.float32)


def checked_assignment(walker_to_course: Sequence[int] | NDArray[Any], walkers: int, courses: int) -> Ints:
    """Each walker's course as int32.

    Raises:
        ValueError: another number of walkers, or a course that does not exist.
    """
    given = np.asarray(walker_to_course)
    if given.shape != (walkers,) or (given.size and not np.issubdtype(given.dtype, np.integer)):
        raise ValueError(
            f"walker_to_course has shape {given.shape} and type {given.dtype}: expected {walkers} whole numbers, "
            "one for each row of theta"
        )
    if given.min() < 0 or given.max() >= courses:
        raise ValueError(f"walker_to_course runs from {given.min()} to {given.max()}: there are {courses} course(s)")
    return np.ascontiguousarray(given, dtype=np.int32)


def _on_cpu(
    theta: Floats,
    geometry: Geometry,
    course: Ints,
    horizon: int,
    solver: Solver,
    lidar: str,
    traced: bool,
    threads: int | None,
) -> Rollout:
    from aiga.poet.walker.kernels import walk
    from aiga.poet.walker.patience import announced

    walkers = Walkers.none(len(theta), geometry.leaves(lidar))
    traces = np.zeros((len(theta), horizon + 1 if traced else 0, at.TRACE), dtype=np.float32)

    no_rewards = np.zeros(0)
    fresh, nothing = np.ones(len(theta), dtype=np.int32), np.zeros((0, at.OUTPUTS), dtype=np.float32)

    def work(some: slice) -> None:
        walk(
            walkers.floats[some], walkers.ints[some], walkers.sums[some], geometry.floats, geometry.ints, geometry.push,
            course[some], fresh[some], theta[some], nothing, no_rewards, horizon,
            solver.velocity, solver.position, solver.continuous, traces[some],
        )  # fmt: skip

    with announced(walk):
        share(len(theta), threads, work)
    walkers.check()
    return Rollout(walkers.returns, walkers.lengths, walkers.outcomes, traces if traced else None)
