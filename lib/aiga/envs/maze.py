"""Mazes with a hidden reward: thousands at once, each a number or two on the training device.

A maze is a square of ``side`` cells, walls included: a ring of walls, and a pillar wherever row and column are both
even, except at the centre. One free cell is the reward, fixed for the episode and not to be seen. Who reaches it is
moved to a random free cell and may find it again (Miconi et al. 2018, sec. 4.5; ``maze/maze.py`` lines 256-318).

Shapes: ``S`` seeds side by side, ``B`` mazes each. A position is the number of a free cell, ``0 ... F - 1``.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

ACTIONS = ("up", "down", "left", "right")
_MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))


class Mazes:
    """``S x B`` agents, each in a maze of its own.

    All chance of an episode (where the reward is, where each find leads) is drawn when it begins, from one generator a
    seed: a seed's mazes do not depend on its neighbours, and a step draws nothing.

    Args:
        side: cells along a side, walls included; odd.
        steps: length of an episode.
        generators: one a seed, on the device where the mazes are to live.
        batch: mazes a seed, ``B``.
        reward_at_centre: the reward may lie on the cell where the agents start.
        land_on_reward: a find may lead to the reward's own cell (which earns nothing until the next step).

    Raises:
        ValueError: ``side`` is even or less than 5.
    """

    def __init__(
        self,
        side: int,
        steps: int,
        generators: Sequence[torch.Generator],
        batch: int,
        *,
        reward_at_centre: bool = True,
        land_on_reward: bool = True,
    ) -> None:
        self.walls = walls(side)
        place = generators[0].device
        free = (~self.walls).nonzero()  # (F, 2), row and column of each free cell
        number = torch.full((side, side), -1)
        number[free[:, 0], free[:, 1]] = torch.arange(len(free))
        self.places = free
        self.centre = int(number[side // 2, side // 2])
        ahead = number[tuple((free[:, None] + torch.tensor(_MOVES)).unbind(-1))]  # (F, 4), -1 for a wall
        self._next = torch.where(ahead < 0, torch.arange(len(free))[:, None], ahead).flatten().to(place)
        around = torch.stack([self.walls[r - 1 : r + 2, c - 1 : c + 2].flatten() for r, c in free.tolist()])
        self.surroundings = around.float().to(place)  # (F, 9), 1 = wall

        allowed = torch.arange(len(free))
        if not reward_at_centre:
            allowed = allowed[allowed != self.centre]
        goals, landings = [], []
        cells = len(free) if land_on_reward else len(free) - 1
        for each in generators:
            goals.append(allowed.to(place)[torch.randint(len(allowed), (batch,), generator=each, device=place)])
            landings.append(torch.randint(cells, (steps, batch), generator=each, device=place))
        self.goal = torch.stack(goals)  # (S, B)
        self.landings = torch.stack(landings, 1)  # (T, S, B)
        if not land_on_reward:
            self.landings += self.landings >= self.goal
        self.cell = torch.full_like(self.goal, self.centre)  # (S, B), where the agents are
        self.now = 0

    @property
    def free(self) -> int:
        """Number of free cells, ``F``."""
        return len(self.places)

    def step(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """Move every agent one cell, or leave it before a wall; who is on the reward then is moved away.

        Args:
            action: index into :data:`ACTIONS`, ``(S, B)``.

        Returns:
            Who has found the reward, and who has bumped into a wall; both bool, ``(S, B)``.
        """
        reached = self._next[self.cell * len(ACTIONS) + action]
        found, bumped = reached == self.goal, reached == self.cell
        self.cell = torch.where(found, self.landings[self.now], reached)
        self.now += 1
        return found, bumped


def walls(side: int) -> Tensor:
    """The plan of a maze, ``(side, side)``, True where there is a wall.

    Raises:
        ValueError: ``side`` is even or less than 5.
    """
    if side < 5 or side % 2 == 0:
        raise ValueError(f"the side of a maze, walls included, must be odd and at least 5, got {side}")
    index = torch.arange(side)
    edge = (index == 0) | (index == side - 1)
    even = index % 2 == 0
    plan = edge[:, None] | edge | (even[:, None] & even)
    plan[side // 2, side // 2] = False
    return plan
