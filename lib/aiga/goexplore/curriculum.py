"""The backward algorithm: begin near the end of a demonstration, and further back whenever that has been learned.

Salimans & Chen (2018); Ecoffet et al. (2021), Methods 0.6 and ``phase2_atari.sh``. With several demonstrations each has
a starting point of its own, and one more, of length 0, is the plain beginning of an episode.

Shapes: ``D`` demonstrations, ``B`` environments.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


@dataclass(frozen=True)
class Backward:
    """How the starting point moves."""

    stride: int = 3
    """Steps that it moves back at a time."""
    window: int = 6
    """Episodes begin at most this many steps after it."""
    threshold: float = 0.1
    """Share of episodes that must bring as much as the demonstration (``--move_threshold``)."""
    trials: int = 40
    """Episodes on which this share is judged."""
    patience: float = 3.0
    """An episode may take this many times the steps that the demonstration has left, and :attr:`spare` more."""
    spare: int = 20
    """See :attr:`patience`."""
    backward: bool = True
    """False begins every episode where episodes begin, as plain PPO does."""


class Starts(NamedTuple):
    """Where episodes begin."""

    which: Tensor  # (B,), the demonstration; D is the one of length 0
    at: Tensor  # (B,), after how many of its actions


class Curriculum:
    """Where the starting points are, and how often their episodes succeed; on the device, and never read from it.

    Args:
        lengths: actions of each demonstration, ``(D,)``.
        settings: how the points move.
        generator: of the starts, on the device of ``lengths``.
    """

    def __init__(self, lengths: Tensor, settings: Backward, generator: torch.Generator) -> None:
        self.settings, self.generator, self.lengths = settings, generator, lengths
        count, place = len(lengths), lengths.device
        self.points = (lengths - settings.stride).clamp_min(0)  # (D,)
        self.tried = torch.zeros(count + 1, device=place)
        self.succeeded = torch.zeros(count + 1, device=place)
        self.duration = torch.ones(2, device=place)  # mean steps of an episode from a demonstration, and a plain one

    @property
    def back(self) -> Tensor:
        """How far back the points are, as a share of the demonstrations, one number from 0 to 1."""
        if not self.settings.backward:
            return torch.ones((), device=self.lengths.device)
        return 1 - (self.points / self.lengths).mean()

    def draw(self, batch: int) -> Starts:
        """Starts for ``B`` episodes.

        The plain beginning is drawn with probability ``l_d / l_v / (D + 1)``, so that its longer episodes take no more
        steps than those from one demonstration (Methods 0.6); the demonstrations are all as likely.
        """
        count, place = len(self.lengths), self.lengths.device
        chance = torch.rand(3, batch, generator=self.generator, device=place)
        share = (self.duration[0] / self.duration[1]).clamp(max=1) / (count + 1)
        which = (chance[1] * count).long().clamp(max=count - 1)
        at = self.points[which] + (chance[2] * (self.settings.window + 1)).long()
        at = torch.minimum(at, self.lengths[which] - 1)
        plain = (chance[0] < share) | (not self.settings.backward)
        return Starts(torch.where(plain, count, which), torch.where(plain, 0, at))

    def limits(self, starts: Starts, most: int) -> Tensor:
        """How many steps each episode may take, ``(B,)``; a plain one ``most``."""
        demonstrated = starts.which < len(self.lengths)
        left = self.lengths[starts.which.clamp(max=len(self.lengths) - 1)] - starts.at
        return torch.where(demonstrated, (self.settings.patience * left).long() + self.settings.spare, most)

    def judge(self, starts: Starts, success: Tensor, over: Tensor, took: Tensor) -> None:
        """Take note of episodes that are over.

        Args:
            starts: where they began.
            success: which brought as much as the demonstration, ``(B,)`` of bool.
            over: which are over, ``(B,)`` of bool.
            took: how many steps they took, ``(B,)``.
        """
        ended = over.float()
        self.tried.index_add_(0, starts.which, ended)
        self.succeeded.index_add_(0, starts.which, ended * success)
        plain = (starts.which == len(self.lengths)).long()
        number = torch.zeros_like(self.duration).index_add_(0, plain, ended)
        steps = torch.zeros_like(self.duration).index_add_(0, plain, ended * took)
        pull = 1 - 0.99**number
        self.duration = self.duration + pull * (steps / number.clamp_min(1) - self.duration)

    def move(self) -> None:
        """Move the points of those demonstrations back of which enough episodes succeeded."""
        ripe = self.tried >= self.settings.trials
        good = ripe & (self.succeeded >= self.settings.threshold * self.tried)
        self.points = (self.points - self.settings.stride * good[:-1]).clamp_min(0)
        self.tried = self.tried * ~ripe
        self.succeeded = self.succeeded * ~ripe

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that changes."""
        return {
            "points": self.points,
            "tried": self.tried,
            "succeeded": self.succeeded,
            "duration": self.duration,
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from a saved state."""
        place = self.lengths.device
        self.points, self.tried, self.succeeded, self.duration = (
            state[name].to(place) for name in ("points", "tried", "succeeded", "duration")
        )
        self.generator.set_state(state["generator"].cpu())
