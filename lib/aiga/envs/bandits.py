"""Slot machines with hidden odds: two or more arms, each of which pays with a probability of its own.

Shapes: ``S`` seeds side by side, ``B`` bandits each, ``A`` arms, ``T`` trials.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


class Bandits:
    """``S x B`` bandits whose arms pay 1 or nothing; the odds are uniform in [0, 1] and stay for the episode.

    All chance of an episode is drawn when it begins, from one generator a seed: a seed's bandits do not depend on its
    neighbours, and what an arm would pay at a trial does not depend on what was pulled before.

    Args:
        trials: length of an episode ``T``.
        generators: one a seed, on the device where the bandits are to live.
        batch: bandits a seed, ``B``.
        arms: how many, ``A``.

    Raises:
        ValueError: fewer than two arms, or no trials.
    """

    def __init__(self, trials: int, generators: Sequence[torch.Generator], batch: int, *, arms: int = 2) -> None:
        if arms < 2 or trials < 1:
            raise ValueError(f"a bandit needs at least 2 arms and 1 trial, got {arms} and {trials}")
        odds, luck = [], []
        for each in generators:
            odds.append(torch.rand(batch, arms, generator=each, device=each.device))
            luck.append(torch.rand(trials, batch, generator=each, device=each.device))
        self.odds = torch.stack(odds)  # (S, B, A)
        self.luck = torch.stack(luck, 1)  # (T, S, B)
        self.now = 0

    def pull(self, arm: Tensor) -> Tensor:
        """What the arms ``(S, B)`` pay: 1 or 0, ``(S, B)``."""
        paid = self.luck[self.now] < self.odds_of(arm)
        self.now += 1
        return paid.to(self.odds.dtype)

    def odds_of(self, arm: Tensor) -> Tensor:
        """The hidden odds of the arms ``(..., S, B)``."""
        odds = self.odds.expand(*arm.shape, self.odds.shape[-1])
        return odds.gather(-1, arm[..., None])[..., 0]

    @property
    def best(self) -> Tensor:
        """The odds of each bandit's best arm, ``(S, B)``."""
        return self.odds.amax(-1)
