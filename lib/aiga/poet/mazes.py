"""Grid mazes that somebody else designs: cells that are walls, a start, and a goal (Dennis et al. 2020, sec. 5.2).

Shapes: ``S`` seeds side by side, ``B`` mazes each, ``N x N`` cells, ``E`` episodes in each maze. A place is the number
of a cell, row by row. The paper's mazes are 15 x 15, its agents have memory; here they are smaller and have none.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

VIEW = 5
"""Side of what an agent sees, itself in the middle."""
MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))


@dataclass
class Mazes:
    """``S x B`` mazes."""

    walls: Tensor  # (S, B, N, N), bool
    start: Tensor  # (S, B)
    goal: Tensor  # (S, B)

    @property
    def side(self) -> int:
        """Cells along a side, ``N``."""
        return int(self.walls.shape[-1])

    def shortest(self) -> Tensor:
        """Length of the shortest way from start to goal, ``(S, B)``; -1 where there is none."""
        flat = self.walls.flatten(0, 1).numpy()
        found = _shortest(flat, self.start.flatten().numpy(), self.goal.flatten().numpy())
        return torch.from_numpy(found).view(self.start.shape)


class Explorers:
    """``S x B x E`` agents in mazes, each episode on its own clock until it finds the goal.

    Args:
        mazes: the mazes.
        episodes: lives in each of them, ``E``.
        horizon: steps of a life.
    """

    def __init__(self, mazes: Mazes, episodes: int, horizon: int) -> None:
        seeds, batch, side, _ = mazes.walls.shape
        self.side, self.horizon, self.now = side, horizon, 0
        padded = F.pad(mazes.walls, (VIEW // 2,) * 4, value=True)  # (S, B, N + 4, N + 4)
        views = padded.unfold(2, VIEW, 1).unfold(3, VIEW, 1).reshape(seeds, batch, side * side, VIEW * VIEW)
        self.views = views.float()
        inner = torch.arange(side * side)
        row, column = inner // side, inner % side
        centre, reach = VIEW * VIEW // 2, torch.tensor([-VIEW, VIEW, -1, 1])
        free = ~views[..., centre + reach]  # (S, B, N * N, 4): what lies next to each cell
        step = torch.tensor([move[0] * side + move[1] for move in MOVES])
        self.next = torch.where(free, inner[:, None] + step, inner[:, None])
        self.place = mazes.start[..., None].repeat(1, 1, episodes)  # (S, B, E)
        self.goal = mazes.goal[..., None].expand_as(self.place)
        self.rows, self.columns = row, column
        self.done = self.place == self.goal

    def observe(self) -> Tensor:
        """The walls around, the way to the goal as the crow flies, its signs, and the time; ``(S, B * E, 30)``."""
        seeds, batch, episodes = self.place.shape
        index = self.place[..., None].expand(-1, -1, -1, VIEW * VIEW)
        around = self.views.gather(2, index)  # (S, B, E, 25)
        down = (self.rows[self.goal] - self.rows[self.place]).float()
        right = (self.columns[self.goal] - self.columns[self.place]).float()
        clock = torch.full_like(down, self.now / self.horizon)
        way = torch.stack([down / self.side, right / self.side, down.sign(), right.sign(), clock], -1)
        return torch.cat([around, way], -1).view(seeds, batch * episodes, -1)

    def act(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """Move, or stay before a wall.

        Args:
            action: index into :data:`MOVES`, ``(S, B * E)``.

        Returns:
            Rewards, 1 less nine tenths of the time used where the goal is reached, and who was still under way.
        """
        seeds, batch, episodes = self.place.shape
        under_way = ~self.done
        wanted = self.next.flatten(2).gather(2, self.place * len(MOVES) + action.view(seeds, batch, episodes))
        self.place = torch.where(under_way, wanted, self.place)
        self.now += 1
        arrived = under_way & (self.place == self.goal)
        self.done = self.done | arrived
        reward = arrived.float() * (1 - 0.9 * self.now / self.horizon)
        return reward.flatten(1), under_way.flatten(1)


INPUTS = VIEW * VIEW + 5


@njit(cache=True)  # type: ignore[untyped-decorator]
def _shortest(walls: Any, start: Any, goal: Any) -> NDArray[np.int64]:
    """Breadth-first search in each maze."""
    count, side = walls.shape[0], walls.shape[1]
    found = np.full(count, -1, np.int64)
    for m in range(count):
        length = np.full(side * side, -1, np.int64)
        queue = np.zeros(side * side, np.int64)
        length[start[m]] = 0
        queue[0] = start[m]
        first, last = 0, 1
        while first < last:
            here = queue[first]
            first += 1
            row, column = here // side, here % side
            for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                y, x = row + down, column + right
                if 0 <= y < side and 0 <= x < side and not walls[m, y, x] and length[y * side + x] < 0:
                    length[y * side + x] = length[here] + 1
                    queue[last] = y * side + x
                    last += 1
        found[m] = length[goal[m]]
    return found


def drawn(plan: str) -> Mazes:
    """One maze from a drawing: ``#`` wall, ``S`` start, ``G`` goal, anything else free; ``S = B = 1``.

    Raises:
        ValueError: the drawing is not square, or lacks a start or a goal.
    """
    rows = plan.split()
    text = "".join(rows)
    if any(len(row) != len(rows) for row in rows) or text.count("S") != 1 or text.count("G") != 1:
        raise ValueError(f"a maze is drawn as a square with one S and one G, got {rows}")
    walls = torch.tensor([[cell == "#" for cell in row] for row in rows])
    return Mazes(walls[None, None], torch.tensor([[text.index("S")]]), torch.tensor([[text.index("G")]]))
