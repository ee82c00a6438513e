"""Advantage actor-critic over whole episodes: act until the episode ends, then learn from all of it.

Nothing is bootstrapped: an episode is a life, and what a step is worth is what the rest of that life brought
(Miconi et al. 2018, sec. 4.5; ``maze/maze.py`` lines 402-435).

Shapes: ``T`` steps, ``S`` networks (one a seed), ``B`` episodes each, ``A`` actions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

Agent = Callable[[Tensor], tuple[Tensor, Tensor]]
"""One life: what is observed, ``(S, B, I)``, in; logits, ``(S, B, A)``, and values, ``(S, B)``, out."""


class World(Protocol):
    """What an agent acts in."""

    def observe(self) -> Tensor:
        """What the agents see now, ``(S, B, I)``."""

    def act(self, action: Tensor) -> Tensor:
        """Do it, ``(S, B)``; the reward, ``(S, B)``."""


@dataclass
class Steps:
    """What happened at each step of a batch of episodes."""

    logits: Tensor  # (T, S, B, A)
    values: Tensor  # (T, S, B), what the critic expected
    actions: Tensor  # (T, S, B)
    rewards: Tensor  # (T, S, B)


def noise(steps: int, batch: int, actions: int, generators: Iterable[torch.Generator]) -> Tensor:
    """Gumbel noise for :func:`play`, ``(T, S, B, A)``: the largest of logits + noise is a sample of their softmax."""
    drawn = [torch.rand(steps, batch, actions, generator=each, device=each.device) for each in generators]
    tiny = torch.finfo(drawn[0].dtype).tiny
    return -torch.log((-torch.log(torch.stack(drawn, 1).clamp_min(tiny))).clamp_min(tiny))


def play(agent: Agent, world: World, chance: Tensor) -> Steps:
    """Let agents live through one episode each.

    Args:
        agent: the policy and its memory.
        world: what it acts in.
        chance: from :func:`noise`, ``(T, S, B, A)``.
    """
    logits, values, actions, rewards = [], [], [], []
    for each in chance:
        preferences, value = agent(world.observe())
        action = (preferences.detach() + each).argmax(-1)
        rewards.append(world.act(action))
        logits.append(preferences)
        values.append(value)
        actions.append(action)
    return Steps(torch.stack(logits), torch.stack(values), torch.stack(actions), torch.stack(rewards))


def returns(rewards: Tensor, discount: float) -> Tensor:
    r"""Discounted reward of the rest of the episode, :math:`R_t = \sum_{k \ge t} \gamma^{k-t} r_k`, ``(T, ...)``."""
    after = torch.zeros_like(rewards[0])
    backwards = []
    for reward in rewards.flip(0):
        after = reward + discount * after
        backwards.append(after)
    return torch.stack(backwards).flip(0)


def loss(steps: Steps, *, discount: float, value: float, concentration: float) -> Tensor:
    r"""What each episode costs, ``(S, B)``.

    .. math::
        \frac1T \sum_t \Big[ -\log \pi(a_t)\,(R_t - V_t) + c_V (R_t - V_t)^2 + c_\pi \sum_a \pi_t(a)^2 \Big]

    In the first term the advantage :math:`R_t - V_t` is a constant. The last term, which is called an entropy bonus in
    the code, is a penalty on concentration (Simpson's index): least where all actions are equally likely.

    Args:
        steps: what happened.
        discount: gamma.
        value: weight of the critic's error.
        concentration: weight of the last term.
    """
    logs = steps.logits.log_softmax(-1)  # (T, S, B, A)
    advantage = returns(steps.rewards, discount) - steps.values
    chosen = logs.gather(-1, steps.actions[..., None])[..., 0]
    actor = -chosen * advantage.detach()
    return (actor + value * advantage.square() + concentration * logs.exp().square().sum(-1)).mean(0)


def clip(network: nn.Module, longest: float) -> None:
    """Shorten each seed's gradient to at most ``longest``; every parameter's first axis is the seed."""
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    length = torch.stack([each.reshape(len(each), -1).square().sum(1) for each in gradients]).sum(0).sqrt()  # (S,)
    factor = (longest / (length + 1e-6)).clamp(max=1)
    for each in gradients:
        each.mul_(factor.view(-1, *[1] * (each.dim() - 1)))
