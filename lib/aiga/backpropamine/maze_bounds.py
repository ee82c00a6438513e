"""What can be earned in a maze: by wandering about, and by knowing the way. Exact, from the maze's Markov chain.

The reward may be anywhere but at the centre, where the episode begins; a find leads to any free cell but the reward's.
"""

import torch
from torch import Tensor

from aiga.envs.maze import walls


def wandering(side: int, steps: int) -> float:
    """Finds per episode of a policy that takes all four actions equally often.

    Args:
        side: cells along a side, walls included.
        steps: length of an episode.
    """
    ways, centre = _ways(side)
    goals = torch.arange(len(ways))
    here = torch.zeros_like(ways)  # (goal, cell), where the agent may be
    here[:, centre] = 1.0
    finds = torch.zeros(len(ways), dtype=ways.dtype)
    for _ in range(steps):
        here = here @ ways
        found = here[goals, goals]
        finds += found
        here += found[:, None] / (len(ways) - 1)
        here[goals, goals] = 0.0
    return float(finds[goals != centre].mean())


def knowing(side: int, steps: int) -> float:
    """Finds per episode of an agent that knows where the reward is and takes the shortest way; nobody finds more.

    Args:
        side: cells along a side, walls included.
        steps: length of an episode.
    """
    ways, centre = lengths(side)
    cells, longest = len(ways), int(ways.max())
    away = torch.arange(longest + 1)
    landing = (ways[None] == away[:, None, None]).double().sum(1) / (cells - 1)  # (steps away, goal)
    landing[0] = 0.0
    here = (ways[None, centre] == away[:, None]).double()  # (steps away, goal)
    finds = torch.zeros(cells, dtype=torch.float64)
    for _ in range(steps):
        found = here[1]
        finds += found
        here = torch.cat([here[1:], torch.zeros_like(here[:1])])
        here[0] = 0.0
        here = here + found * landing
    return float(finds[torch.arange(cells) != centre].mean())


def path(side: int) -> float:
    """Mean length of the shortest way between two free cells that are not the same, in steps."""
    ways, _ = lengths(side)
    return float(ways.double().sum() / (len(ways) * (len(ways) - 1)))


def lengths(side: int) -> tuple[Tensor, int]:
    """Steps of the shortest way from each free cell to each other, ``(F, F)``; and the number of the centre."""
    ways, centre = _ways(side)
    reached = torch.eye(len(ways), dtype=torch.bool)  # from each cell, in as many steps as have been counted
    steps = torch.zeros(len(ways), len(ways), dtype=torch.long)
    while not reached.all():
        steps += ~reached
        reached |= (reached.double() @ ways) > 0
    return steps, centre


def _ways(side: int) -> tuple[Tensor, int]:
    """Where a random action leads from each free cell, ``(F, F)``, rows sum to 1; and the number of the centre."""
    plan = walls(side)
    free: list[list[int]] = (~plan).nonzero().tolist()
    number = {(row, column): place for place, (row, column) in enumerate(free)}
    ways = torch.zeros(len(free), len(free), dtype=torch.float64)
    for place, (row, column) in enumerate(free):
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            ways[place, number.get((row + down, column + right), place)] += 0.25
    return ways, number[side // 2, side // 2]
