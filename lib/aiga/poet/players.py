"""Small networks that learn from reward, one for each seed side by side: PAIRED's agents and its adversary.

Shapes: ``S`` seeds, ``M`` episodes of each, ``T`` steps, ``I`` inputs, ``A`` choices.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


class Players(nn.Module):
    """One small network for each seed: observations in, logits and a value out.

    Args:
        inputs: numbers it sees, ``I``.
        hidden: units of its hidden layer.
        outputs: choices, ``A``.
        generators: one a seed.
    """

    def __init__(self, inputs: int, hidden: int, outputs: int, generators: Sequence[torch.Generator]) -> None:
        super().__init__()

        def normal(*shape: int, scale: float) -> nn.Parameter:
            return nn.Parameter(torch.stack([scale * torch.randn(shape, generator=each) for each in generators]))

        self.first = normal(inputs, hidden, scale=(1 / inputs) ** 0.5)  # (S, I, H)
        self.first_bias = normal(1, hidden, scale=0.0)
        self.second = normal(hidden, hidden, scale=(1 / hidden) ** 0.5)
        self.second_bias = normal(1, hidden, scale=0.0)
        self.last = normal(hidden, outputs + 1, scale=0.1 * (1 / hidden) ** 0.5)
        self.last_bias = normal(1, outputs + 1, scale=0.0)

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, ``(S, B, A)``, and values, ``(S, B)``, for ``(S, B, I)``."""
        inside = torch.baddbmm(self.first_bias, seen, self.first).tanh()
        inside = torch.baddbmm(self.second_bias, inside, self.second).tanh()
        out = torch.baddbmm(self.last_bias, inside, self.last)
        return out[..., :-1], out[..., -1]


@dataclass
class Lives:
    """What happened at each step of a batch of episodes."""

    seen: Tensor  # (T, S, M, I)
    actions: Tensor  # (T, S, M)
    rewards: Tensor  # (T, S, M)
    counts: Tensor  # (T, S, M), whether the step was part of the episode


def choose(logits: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    """Sample from the softmax of ``(S, B, A)``: ``(S, B)``; a seed's chance is its own."""
    chance = torch.stack([torch.rand(logits.shape[1:], generator=each) for each in generators])
    return (logits - (-chance.clamp(1e-12, 1 - 1e-7).log()).log()).argmax(-1)


def loss(players: Players, lives: Lives, discount: float, spread: float) -> Tensor:
    """Policy gradient with a critic over whole episodes, one number for each seed, ``(S,)``."""
    steps, seeds, many = lives.rewards.shape
    after, backwards = torch.zeros(seeds, many), []
    for reward in lives.rewards.flip(0):
        after = reward + discount * after
        backwards.append(after)
    returns = torch.stack(backwards).flip(0)  # (T, S, M)
    logits, values = players(lives.seen.transpose(0, 1).reshape(seeds, steps * many, -1))
    logits, values = (
        logits.view(seeds, steps, many, -1).transpose(0, 1),
        values.view(seeds, steps, many).transpose(0, 1),
    )
    log = logits.log_softmax(-1)
    advantage = returns - values
    weight = lives.counts / lives.counts.sum((0, 2), keepdim=True).clamp(min=1)
    scale = (advantage.detach().pow(2) * weight).sum((0, 2), keepdim=True).sqrt().clamp(min=0.05)
    taken = log.gather(-1, lives.actions[..., None])[..., 0]
    policy = -taken * (advantage.detach() / scale) - spread * -(log.exp() * log).sum(-1)
    total: Tensor = ((policy + 0.5 * advantage.pow(2)) * weight).sum((0, 2))
    return total
