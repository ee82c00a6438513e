"""A maze of two wings, made to show where exploration goes wrong: lava, a decoy, and a goal at the far end.

Each wing is a stack of corridors three cells wide, joined at alternating ends, so the way through it winds to and fro.
Lava studs stand on alternate sides of every corridor, and end the episode of whoever steps on one; the middle lane is
safe. The agent starts between the wings. A few steps into the left wing lies a decoy worth a little; at the far end of
the right wing lies the goal. The maze is ours; the two failures that it shows, detachment and derailment, are those of
Ecoffet et al. (2021), supplementary section 0.10.

:class:`Wings` is one maze in plain Python, to be saved and restored; :class:`Walkers` is ``B`` of them on a device.
Neither draws random numbers: whether an action sticks is told to them. A position is a cell's number, row by row.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

ACTIONS = ("up", "down", "left", "right")
WALL, FREE, LAVA, DECOY, GOAL = range(5)
DECOY_REWARD, GOAL_REWARD = 0.1, 1.0

_STATE = struct.Struct("<iibb")  # cell, steps taken, previous action, decoy taken


@dataclass(frozen=True, eq=False)
class Plan:
    """Where what is; made by :func:`plan`."""

    kinds: NDArray[np.int8]  # (rows, columns), one of WALL, FREE, LAVA, DECOY, GOAL
    start: int
    """The cell where an episode begins."""
    steps: int
    """Length of an episode."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, walls included."""
        return self.kinds.shape[0], self.kinds.shape[1]

    @property
    def walkable(self) -> int:
        """Number of cells on which an episode can go on or end well."""
        return int(np.isin(self.kinds, (FREE, DECOY, GOAL)).sum())

    @property
    def goal(self) -> int:
        """The goal's cell."""
        return int(np.flatnonzero(self.kinds == GOAL)[0])

    @cached_property
    def ahead(self) -> NDArray[np.int64]:
        """Where each action leads from each cell, ``(cells, 4)``; a wall leaves the agent where it is."""
        rows, columns = self.shape
        here = np.arange(rows * columns)
        there = np.clip(here[:, None] + np.array([-columns, columns, -1, 1]), 0, rows * columns - 1)
        return np.where(self.kinds.flatten()[there] == WALL, here[:, None], there)

    @cached_property
    def wings(self) -> NDArray[np.int64]:
        """Of each cell, which wing it is in, ``(cells,)``: -1 left, 1 right, 0 for the middle column."""
        rows, columns = self.shape
        return np.sign(np.tile(np.arange(columns) - columns // 2, rows))

    @cached_property
    def tables(self) -> tuple[list[list[int]], list[int]]:
        """:attr:`ahead` and the cells' kinds as lists, which plain Python reads fastest."""
        return self.ahead.tolist(), self.kinds.flatten().tolist()


def plan(corridors: int = 5, length: int = 15) -> Plan:
    """A maze of two wings.

    Args:
        corridors: corridors of each wing, one above the other.
        length: cells along a corridor.

    Raises:
        ValueError: no corridor, or one too short for the decoy and a stud.
    """
    if corridors < 1 or length < 8:
        raise ValueError(f"a wing needs a corridor or more of 8 cells or more, got {corridors} of {length}")
    wing = np.full((4 * corridors + 1, length + 2), WALL, dtype=np.int8)
    for number in range(corridors):
        top, outward = 4 * number + 1, number % 2 == 0
        wing[top : top + 3, 1:-1] = FREE
        if number < corridors - 1:
            wing[top + 3, -4:-1] = FREE if outward else WALL
            wing[top + 3, 1:4] = WALL if outward else FREE
        for stud, column in enumerate(range(4, length - 3, 2)):
            wing[top + (0 if stud % 2 else 2), column] = LAVA
    kinds = np.hstack([wing[:, ::-1], np.full((len(wing), 1), WALL, dtype=np.int8), wing])
    middle = length + 2
    kinds[1:4, middle - 1 : middle + 2] = FREE
    kinds[2, middle - 6] = DECOY
    kinds[len(wing) - 3, middle + 1 + (length if corridors % 2 else 1)] = GOAL
    columns = kinds.shape[1]
    return Plan(kinds, start=2 * columns + middle, steps=12 * corridors * (length + 4))


class Wings:
    """One maze with one agent, whose state is a few bytes.

    Args:
        plan: where what is.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._ahead, self._kinds = plan.tables
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self.cell, self.time, self.previous, self.taken = self.plan.start, 0, 0, False

    def step(self, action: int, *, stuck: bool = False) -> tuple[float, bool]:
        """Move one cell.

        Args:
            action: index into :data:`ACTIONS`.
            stuck: the action is not heard, and the previous one is done again.

        Returns:
            Reward, and whether the episode is over.
        """
        if stuck:
            action = self.previous
        self.previous = action
        self.time += 1
        self.cell = self._ahead[self.cell][action]
        kind = self._kinds[self.cell]
        if kind == GOAL:
            return GOAL_REWARD, True
        reward = 0.0
        if kind == DECOY and not self.taken:
            self.taken, reward = True, DECOY_REWARD
        return reward, kind == LAVA or self.time >= self.plan.steps

    def clone(self) -> bytes:
        """The whole state."""
        return _STATE.pack(self.cell, self.time, self.previous, self.taken)

    def restore(self, state: bytes) -> None:
        """Go back to a state that :meth:`clone` gave.

        Raises:
            ValueError: these bytes are no state of a maze.
        """
        if len(state) != _STATE.size:
            raise ValueError(f"a maze's state has {_STATE.size} bytes, got {len(state)}: restore what clone() gave")
        self.cell, self.time, self.previous, taken = _STATE.unpack(state)
        self.taken = bool(taken)


class Walkers:
    """``B`` agents, each in a maze of its own with the same plan.

    Args:
        plan: where what is.
        batch: number of agents, ``B``.
        device: where they live.
    """

    def __init__(self, plan: Plan, batch: int, device: torch.device | str = "cpu") -> None:
        self.plan = plan
        self._ahead = torch.as_tensor(plan.ahead, device=device).flatten()
        self._kinds = torch.as_tensor(plan.kinds, device=device).flatten()
        self.cell = torch.full((batch,), plan.start, device=device)  # (B,), and so are the others
        self.time = torch.zeros_like(self.cell)
        self.previous = torch.zeros_like(self.cell)
        self.taken = torch.zeros(batch, dtype=torch.bool, device=device)

    def step(self, action: Tensor, stuck: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Move every agent one cell; whose episode is over must be placed anew before the next step.

        Args:
            action: index into :data:`ACTIONS`, ``(B,)``.
            stuck: whose action is not heard, ``(B,)`` of bool; they do the previous one again.

        Returns:
            Reward, ``(B,)``, and whose episode is over, ``(B,)`` of bool.
        """
        if stuck is not None:
            action = torch.where(stuck, self.previous, action)
        self.previous = action
        self.time = self.time + 1
        self.cell = self._ahead[self.cell * len(ACTIONS) + action]
        kind = self._kinds[self.cell]
        decoy = (kind == DECOY) & ~self.taken
        self.taken = self.taken | decoy
        goal = kind == GOAL
        reward = GOAL_REWARD * goal + DECOY_REWARD * decoy
        return reward, goal | (kind == LAVA) | (self.time >= self.plan.steps)

    @property
    def state(self) -> Tensor:
        """Every agent's state, as :meth:`place` takes it, ``(B, 4)``."""
        return torch.stack([self.cell, self.time, self.previous, self.taken.long()], 1)

    def place(self, who: Tensor, state: Tensor) -> None:
        """Put agents into given states.

        Args:
            who: which agents, ``(B,)`` of bool.
            state: for every agent cell, steps taken, previous action and decoy taken, ``(B, 4)``; see :func:`unpack`.
        """
        cell, time, previous, taken = state.unbind(1)
        self.cell = torch.where(who, cell, self.cell)
        self.time = torch.where(who, time, self.time)
        self.previous = torch.where(who, previous, self.previous)
        self.taken = torch.where(who, taken.bool(), self.taken)


def unpack(states: Sequence[bytes], device: torch.device | str = "cpu") -> Tensor:
    """States of :class:`Wings` as numbers for :meth:`Walkers.place`, ``(states, 4)``."""
    return torch.tensor([_STATE.unpack(each) for each in states], device=device).reshape(-1, 4)
