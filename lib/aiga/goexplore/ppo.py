r"""Proximal policy optimisation with self-imitation: how a policy learns to do reliably what was found once.

A batch of environments is played for ``T`` steps; then the policy is improved on them for a few passes, but not further
from what it was than a clip allows (Schulman et al., 2017). Beside them, it imitates demonstrations, as long as these
bring more than it expects (Oh et al., 2018; Ecoffet et al. 2021, Methods and supplementary eq. 7-16):

.. math::
    L = L_{PG} + c_V L_V - c_H H + c_{SIL} \left[ -\log \pi(a)\,(R - V)_+ + c_{SV} \tfrac12 (R - V)_+^2 - c_{SH} H
    \right]

Everything stays on the device of the policy; nothing here knows which world is played.

Shapes: ``T`` steps, ``B`` environments, ``A`` actions, ``M`` numbers of memory.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from aiga.goexplore.policies import Policy


class VectorWorld(Protocol):
    """``B`` environments that begin anew by themselves."""

    def observe(self) -> Tensor:
        """What is seen now, ``(B, ...)``."""

    def step(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """Act, ``(B,)``; reward and whose episode is over (the next has begun then), both ``(B,)``."""


@dataclass(frozen=True)
class Settings:
    """The paper's for Atari where they are known (Methods 0.5, 0.6); the others are marked."""

    steps: int = 128
    """Steps between two updates, ``T``."""
    discount: float = 0.999
    """Of later rewards."""
    smoothing: float = 0.95
    """Lambda of the advantage; read in the policy-based code's defaults."""
    clip: float = 0.1
    """How far the ratio of probabilities counts; read in the policy-based code's defaults."""
    value: float = 0.5
    """Weight of the critic's error; read in the policy-based code's defaults."""
    entropy: float = 1e-5
    """Weight of the policy's entropy."""
    passes: int = 4
    """How often every step is learned from; ours."""
    parts: int = 4
    """Minibatches in a pass, each some of the environments for all their steps; ours."""
    longest: float = 0.5
    """Longest gradient; ours."""
    imitation: float = 0.1
    """Weight of self-imitation; 0 leaves it out."""
    imitation_value: float = 0.01
    """Weight of the critic within it."""
    imitation_entropy: float = 1e-5
    """Weight of the entropy within it."""
    imitated: int = 2
    """Pieces of demonstrations of ``T`` steps beside the environments of one minibatch."""


@dataclass
class Rollout:
    """What happened in ``T`` steps of ``B`` environments."""

    observed: Tensor  # (T, B, ...)
    fresh: Tensor  # (T, B), where an episode begins
    actions: Tensor  # (T, B)
    chances: Tensor  # (T, B), log-probability that the action had
    values: Tensor  # (T, B), what the critic expected
    rewards: Tensor  # (T, B)
    over: Tensor  # (T, B), where an episode ends
    memory: Tensor  # (B, M), before the first step
    ahead: Tensor  # (B,), what the critic expects after the last step
    counted: Tensor  # (T, B), 1 where the action was the policy's own and is to be learned from


@dataclass
class Imitated:
    """Demonstrations side by side, padded at their ends."""

    observed: Tensor  # (L, D, ...)
    actions: Tensor  # (L, D)
    returns: Tensor  # (L, D), discounted
    lengths: Tensor  # (D,)

    def pieces(self, count: int, steps: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Pieces of ``steps`` steps from random places.

        Returns:
            Observations ``(T, count, ...)``, actions, returns, and which of the steps are real, all ``(T, count)``.
        """
        place = self.actions.device
        which = torch.randint(len(self.lengths), (count,), generator=generator, device=place)
        room = (self.lengths[which] - steps // 2).clamp_min(1)  # a piece may hang over the end by half its length
        begins = (torch.rand(count, generator=generator, device=place) * room).long()
        when = begins + torch.arange(steps, device=place)[:, None]  # (T, count)
        real = when < self.lengths[which]
        when = when.clamp(max=len(self.actions) - 1)
        return self.observed[when, which], self.actions[when, which], self.returns[when, which], real.float()


class Player:
    """A policy in its environments: what is carried from one rollout to the next.

    Args:
        policy: the network.
        world: the environments.
        batch: how many, ``B``.
        generator: of the actions, on the device of all of it.
    """

    def __init__(self, policy: Policy, world: VectorWorld, batch: int, generator: torch.Generator) -> None:
        self.policy, self.world, self.generator = policy, world, generator
        self.memory = torch.zeros(batch, policy.memory, device=generator.device)
        self.fresh = torch.ones(batch, dtype=torch.bool, device=generator.device)

    @torch.no_grad()
    def play(self, steps: int) -> Rollout:
        """Act for ``steps`` steps."""
        begun = self.memory
        kept: list[tuple[Tensor, ...]] = []
        for _ in range(steps):
            observed, fresh = self.world.observe(), self.fresh
            logits, values, self.memory = self.policy(observed[None], self.memory, fresh[None])
            actions, chances, counted = self.choose(logits[0])
            rewards, over = self.world.step(actions)
            kept.append((observed, fresh, actions, chances, values[0], rewards, over, counted))
            self.fresh = over
        ahead = self.policy(self.world.observe()[None], self.memory, self.fresh[None])[1][0]
        observed, fresh, actions, chances, values, rewards, over, counted = map(torch.stack, zip(*kept, strict=True))
        return Rollout(observed, fresh, actions, chances, values, rewards, over, begun, ahead, counted)

    def choose(self, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Actions, their log-probabilities, and which are to be learned from (all of them), ``(B,)`` each."""
        actions, chances = sample(logits, self.generator)
        return actions, chances, torch.ones_like(chances)

    def state_dict(self) -> dict[str, Tensor]:
        """What is carried over; the policy and the world are saved by themselves."""
        return {"memory": self.memory, "fresh": self.fresh, "generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from a saved state."""
        self.memory, self.fresh = state["memory"].to(self.memory.device), state["fresh"].to(self.fresh.device)
        self.generator.set_state(state["generator"].cpu())


def sample(logits: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw actions; they and their log-probabilities, both ``(B,)``."""
    waits = torch.empty_like(logits).exponential_(generator=generator)
    logs = logits.log_softmax(-1)
    actions = (logs - waits.log()).argmax(-1)  # the earliest of exponential waits is a draw of the softmax
    return actions, logs.gather(-1, actions[:, None])[:, 0]


def advantages(rollout: Rollout, settings: Settings) -> Tensor:
    r"""Generalised advantage estimates, :math:`\sum_l (\gamma\lambda)^l \delta_{t+l}`, ``(T, B)``."""
    following, ahead = torch.zeros_like(rollout.ahead), rollout.ahead
    backwards = []
    for reward, value, over in zip(
        rollout.rewards.flip(0), rollout.values.flip(0), rollout.over.flip(0).float(), strict=True
    ):
        surprise = reward + settings.discount * (1 - over) * ahead - value
        following = surprise + settings.discount * settings.smoothing * (1 - over) * following
        backwards.append(following)
        ahead = value
    return torch.stack(backwards).flip(0)


def loss(policy: Policy, rollout: Rollout, advantage: Tensor, who: Tensor, settings: Settings) -> Tensor:
    """The clipped objective, the critic's error and the entropy, for the environments ``who``; one number.

    Args:
        policy: the network.
        rollout: what happened.
        advantage: from :func:`advantages`, ``(T, B)``.
        who: numbers of the environments of this minibatch.
        settings: clip and weights.
    """
    logits, values, _ = policy(rollout.observed[:, who], rollout.memory[who], rollout.fresh[:, who])
    logs = logits.log_softmax(-1)  # (T, b, A)
    gain, expected = advantage[:, who], rollout.values[:, who]
    counted = rollout.counted[:, who]
    number = counted.sum().clamp_min(1)
    mean = (gain * counted).sum() / number
    spread = ((gain - mean).square() * counted).sum().div(number).sqrt()
    scaled = (gain - mean) / (spread + 1e-8)
    ratio = (logs.gather(-1, rollout.actions[:, who, None])[..., 0] - rollout.chances[:, who]).exp()
    bounded = ratio.clamp(1 - settings.clip, 1 + settings.clip)
    actor = -torch.min(ratio * scaled, bounded * scaled)
    critic = 0.5 * (values - (gain + expected)).square()
    entropy = -(logs.exp() * logs).sum(-1)
    each: Tensor = actor + settings.value * critic - settings.entropy * entropy
    return (each * counted).sum() / number


def imitation(policy: Policy, imitated: Imitated, settings: Settings, generator: torch.Generator) -> Tensor:
    """Self-imitation on pieces of demonstrations: only where they brought more than expected; one number."""
    observed, actions, returns, real = imitated.pieces(settings.imitated, settings.steps, generator)
    fresh = torch.zeros(actions.shape, dtype=torch.bool, device=actions.device)
    memory = torch.zeros(settings.imitated, policy.memory, device=actions.device)
    logits, values, _ = policy(observed, memory, fresh)
    logs = logits.log_softmax(-1)
    better = (returns - values).clamp_min(0)
    actor = -logs.gather(-1, actions[..., None])[..., 0] * better.detach()
    entropy = -(logs.exp() * logs).sum(-1)
    each: Tensor = actor + settings.imitation_value * 0.5 * better.square() - settings.imitation_entropy * entropy
    return (each * real).sum() / real.sum().clamp_min(1)


def improve(
    policy: Policy,
    optimiser: torch.optim.Optimizer,
    rollout: Rollout,
    settings: Settings,
    generator: torch.Generator,
    imitated: Imitated | None = None,
) -> None:
    """One update: a few passes over what happened, in minibatches.

    Raises:
        ValueError: more minibatches than environments.
    """
    batch = rollout.actions.shape[1]
    if settings.parts > batch:
        raise ValueError(f"{settings.parts} minibatches need as many environments or more, got {batch}")
    advantage = advantages(rollout, settings)
    for _ in range(settings.passes):
        order = torch.randperm(batch, generator=generator, device=generator.device)
        for who in order.chunk(settings.parts):
            cost = loss(policy, rollout, advantage, who, settings)
            if imitated is not None and settings.imitation > 0:
                cost = cost + settings.imitation * imitation(policy, imitated, settings, generator)
            optimiser.zero_grad()
            cost.backward()
            nn.utils.clip_grad_norm_(policy.parameters(), settings.longest)
            optimiser.step()


def returns(rewards: Tensor, discount: float) -> Tensor:
    """Discounted reward of the rest, ``(T, ...)``."""
    after = torch.zeros_like(rewards[0])
    backwards = []
    for reward in rewards.flip(0):
        after = reward + discount * after
        backwards.append(after)
    return torch.stack(backwards).flip(0)
