"""What the maze is tried on first: Q-learning that explores by chance, with or without a bonus for rare states.

Every step, the learner does something random with probability epsilon, and else what its table thinks best. With a
bonus, a state that has been visited ``n`` times pays ``bonus / sqrt(n)`` on top of what the maze pays (Strehl and
Littman, 2008; from memory), which is what most methods of intrinsic motivation come to in a table.

A fair warning: both learn without a model, one step at a time. A learner with a model of the maze would do better.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiga import seeding
from aiga.envs.wings import ACTIONS, DECOY, DECOY_REWARD, GOAL, GOAL_REWARD, LAVA, Plan


@dataclass(frozen=True)
class Learner:
    """Settings of a Q-learner; all of them ours."""

    epsilon: float = 0.1
    """Probability of a random action."""
    bonus: float = 0.0
    """What the first visit of a state pays."""
    rate: float = 0.2
    """How far an estimate moves."""
    discount: float = 0.99
    """Of later rewards."""


class QLearning:
    """One learner in one maze, to be advanced as far as one likes; its state can be checkpointed.

    Its states are the maze's cells, with the decoy there or taken.

    Args:
        plan: the maze.
        learner: settings.
        seed: of its random actions.
    """

    def __init__(self, plan: Plan, learner: Learner, seed: int) -> None:
        cells = plan.kinds.size
        self.plan, self.learner = plan, learner
        self.values = np.zeros((2 * cells, len(ACTIONS)))
        self.visits = np.zeros(2 * cells, dtype=np.int64)
        self.found = np.full(cells, -1)
        """Of each position, after how many steps it was first visited; -1 never, and 0 where episodes begin."""
        self.found[plan.start] = 0
        self.now = np.array([plan.start, 0, 0, 0])  # cell, time, decoy taken, all steps
        self.generator = seeding.numpy_generator(seed, "q-learning")

    def advance(self, steps: int) -> NDArray[np.int64]:
        """Act and learn; how often each cell was visited in these steps, ``(cells,)``."""
        before = self.visits.copy()
        learner = self.learner
        settings = (learner.epsilon, learner.bonus, learner.rate, learner.discount)
        kinds = self.plan.kinds.flatten()
        _compiled()(
            steps, self.values, self.visits, self.found, self.now, self.generator,
            self.plan.ahead, kinds, self.plan.start, self.plan.steps, settings,
        )  # fmt: skip
        gained: NDArray[np.int64] = (self.visits - before).reshape(2, -1).sum(0)
        return gained

    def state_dict(self) -> dict[str, Any]:
        """Everything that changes."""
        arrays = {name: getattr(self, name).tolist() for name in ("values", "visits", "found", "now")}
        return {**arrays, "generator": self.generator.bit_generator.state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        for name in ("values", "visits", "found", "now"):
            getattr(self, name)[:] = state[name]
        self.generator.bit_generator.state = state["generator"]


@functools.cache
def _compiled() -> Callable[..., None]:
    """The loop in machine code. Numba is imported here, since it takes a second and loads PyYAML where that exists."""
    import numba

    compiled: Callable[..., None] = numba.njit(cache=True)(_advance)
    return compiled


def _advance(steps, values, visits, found, now, generator, ahead, kinds, start, limit, settings):  # type: ignore[no-untyped-def]
    """The learner's loop, compiled: a million steps take about a twentieth of a second."""
    epsilon, bonus, rate, discount = settings
    cells, actions = ahead.shape
    cell, time, taken, total = now
    for _ in range(steps):
        state = taken * cells + cell
        row = values[state]
        action, ties = 0, 0
        for each in range(actions):  # among the best, one at random
            if row[each] > row[action]:
                action, ties = each, 1
            elif row[each] == row[action]:
                ties += 1
                if generator.random() * ties < 1.0:
                    action = each
        if generator.random() < epsilon:
            action = int(generator.random() * actions)
        cell = ahead[cell, action]
        time += 1
        total += 1
        reward, over = 0.0, time >= limit
        if kinds[cell] == GOAL:
            reward, over = GOAL_REWARD, True
        elif kinds[cell] == LAVA:
            over = True
        elif kinds[cell] == DECOY and taken == 0:
            taken, reward = 1, DECOY_REWARD
        after = taken * cells + cell
        visits[after] += 1
        if found[cell] < 0:
            found[cell] = total
        if bonus > 0:
            reward += bonus / np.sqrt(visits[after])
        future = 0.0 if over else discount * values[after].max()
        row[action] += rate * (reward + future - row[action])
        if over:
            cell, time, taken = start, 0, 0
    now[0], now[1], now[2], now[3] = cell, time, taken, total
