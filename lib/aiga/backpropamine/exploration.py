"""The mazes of this chapter as a network sees them, and what is counted there."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aiga.envs.maze import Mazes
from aiga.plasticity import maze


class Exploration(maze.Exploration):
    """Chapter 1's exploration, in mazes where the reward is not at the centre and no find leads to it.

    (``maze/batch.py`` lines 360-368; the inputs are those of lines 396-402, in another order.)
    """

    def __init__(self, config: maze.Config, generators: Sequence[torch.Generator], batch: int) -> None:
        super().__init__(config, generators, batch)  # the mazes that it draws are replaced before anybody sees them
        self.mazes = Mazes(config.side, config.steps, generators, batch, reward_at_centre=False, land_on_reward=False)
        self.cells = [self.mazes.cell]

    @property
    def finds(self) -> Tensor:
        """Finds per episode, ``(S,)``."""
        return torch.stack(self.found).sum(0).float().mean(1)


def steps_per_find(found: Tensor) -> tuple[float, float]:
    """Steps spent looking over finds made in them, for the first finds of episodes and for all later ones.

    Episodes without a find count too; no find takes longer than an episode.

    Args:
        found: who found the reward at which step, ``(T, B)``.
    """
    hit = found.double()
    searching = (hit.cumsum(0) - hit) == 0  # up to and including the first find
    longest = float(len(found))
    first, later = (float(part.sum() / (hit * part).sum().clamp_min(1)) for part in (searching, ~searching))
    return min(first, longest), min(later, longest) or longest
