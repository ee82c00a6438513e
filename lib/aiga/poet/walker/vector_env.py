"""The walker as a Gymnasium vector environment, for those who bring their own learner."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from aiga.poet.walker.batch import Walkers, share
from aiga.poet.walker.geometry import pack
from aiga.poet.walker.kernels import walk
from aiga.poet.walker.patience import announced
from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.constants import FPS, HORIZON
from aiga.poet.walker.physics.episode import RUNNING
from aiga.poet.walker.physics.policy import PARAMETERS
from aiga.poet.walker.rollout import PAPER, Solver, checked_assignment
from aiga.poet.walker.terrain import Course


class WalkerVectorEnv(VectorEnv[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]):  # type: ignore[misc]
    """Several walkers that step together; each begins anew in the step after its episode ended.

    A course is fixed: its layout and its first push are the same in every episode, as in POET, so ``seed`` changes
    nothing.
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP, "render_modes": [], "render_fps": FPS}  # noqa: RUF012

    def __init__(
        self,
        courses: Sequence[Course],
        walker_to_course: Sequence[int],
        *,
        horizon: int = HORIZON,
        solver: Solver = PAPER,
        threads: int | None = None,
    ) -> None:
        """Make room for the walkers.

        Args:
            courses: the courses.
            walker_to_course: for each walker the number of its course.
            horizon: most steps of an episode.
            solver: rounds of the solver.
            threads: threads; None takes all processors.

        Raises:
            ValueError: no walkers, no such course, or a course that cannot be walked.
        """
        if not len(walker_to_course):
            raise ValueError("no walkers: walker_to_course must name a course for at least one")
        if horizon < 1:
            raise ValueError(f"horizon={horizon}: expected at least one step")
        self.num_envs = len(walker_to_course)
        self.geometry = pack(courses)
        self.assignment = checked_assignment(walker_to_course, self.num_envs, len(courses))
        self.horizon, self.solver, self.threads = horizon, solver, threads
        self.single_observation_space = spaces.Box(-np.inf, np.inf, (at.INPUTS,), np.float32)
        self.single_action_space = spaces.Box(-1.0, 1.0, (at.OUTPUTS,), np.float32)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.walkers = Walkers.none(self.num_envs)
        self._fresh = np.ones(self.num_envs, dtype=np.int32)
        self._begun = False

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Begin an episode for every walker; observations ``(walkers, 24)``."""
        super().reset(seed=seed)
        self._fresh[:] = 1
        self._begun = True
        self._advance(np.zeros((self.num_envs, at.OUTPUTS), dtype=np.float32))
        self._fresh[:] = 0
        return self._seen(), {}

    def step(
        self, actions: NDArray[np.float32]
    ) -> tuple[
        NDArray[np.float32], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]
    ]:  # fmt: skip
        """One step of every walker.

        Args:
            actions: ``(walkers, 4)``: hip and knee of either leg; the sign is the direction, the size up to 1 the
                torque.

        Raises:
            ValueError: actions of another shape, or not finite.
            gymnasium.error.ResetNeeded: :meth:`reset` was not called.
        """
        if not self._begun:
            raise gymnasium.error.ResetNeeded("call reset() before step()")
        given = np.ascontiguousarray(actions, dtype=np.float32)
        if given.shape != (self.num_envs, at.OUTPUTS):
            raise ValueError(f"actions have shape {given.shape}: expected {(self.num_envs, at.OUTPUTS)}")
        if not np.isfinite(given).all():
            raise ValueError("an action is not finite")
        rewards = self._advance(given)
        terminated = self.walkers.outcomes != RUNNING
        truncated = ~terminated & (self.walkers.lengths >= self.horizon)
        self._fresh[:] = terminated | truncated
        return self._seen(), rewards, terminated, truncated, {}

    def _advance(self, actions: NDArray[np.float32]) -> NDArray[np.float64]:
        rewards = np.zeros(self.num_envs)
        some, world, solver = self.walkers, self.geometry, self.solver
        nobody = np.zeros((0, PARAMETERS), dtype=np.float32)
        untraced = np.zeros((self.num_envs, 0, at.TRACE), dtype=np.float32)

        def work(part: slice) -> None:
            walk(
                some.floats[part], some.ints[part], some.sums[part], world.floats, world.ints, world.push,
                self.assignment[part], self._fresh[part], nobody, actions[part], rewards[part], self.horizon,
                solver.velocity, solver.position, solver.continuous, untraced[part],
            )  # fmt: skip

        with announced(walk):
            share(self.num_envs, self.threads, work)
        some.check()
        return rewards

    def _seen(self) -> NDArray[np.float32]:
        return self.walkers.floats[:, at.OBSERVATION : at.OBSERVATION + at.INPUTS].copy()
