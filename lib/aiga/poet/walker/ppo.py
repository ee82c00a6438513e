r"""Proximal policy optimisation (Schulman et al., 2017), to make a walker to start from in minutes on a CPU.

This is not how POET's agents learn: evolution strategies from scratch stand still for hundreds of steps on this course,
so the book's first walker is taught here, and its record says so. The mean action is the 24-40-40-4 tanh policy of
:mod:`aiga.poet.walker.physics.policy`; noise is added while it learns and left out afterwards.

.. math::
    L = -\mathbb{E}\Big[\min\big(\rho A, \mathrm{clip}(\rho, 1 - \epsilon, 1 + \epsilon) A\big)\Big]
        + \tfrac12 \mathbb{E}\big[(V - R)^2\big],
    \qquad \rho = \frac{\pi(a \mid s)}{\pi_{\mathrm{old}}(a \mid s)}
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from aiga import seeding
from aiga.poet.walker.physics.compiled import Floats
from aiga.poet.walker.rollout import PAPER, Solver, rollout
from aiga.poet.walker.terrain import Course
from aiga.poet.walker.vector_env import WalkerVectorEnv


@dataclass(frozen=True)
class Settings:
    """What the learner does; the values are those that worked on the flat course."""

    walkers: int = 32
    steps: int = 512
    """Steps of every walker between two updates."""
    batch: int = 512
    epochs: int = 10
    rate: float = 3e-4
    discount: float = 0.999
    trace: float = 0.95
    """Lambda of the advantage estimate."""
    clip: float = 0.18
    noise: float = 0.5
    """Standard deviation of the noise on the action at the start; it is learnt."""
    largest_gradient: float = 0.5


class Policy(nn.Module):
    """Mean and spread of the action, and the value of a state."""

    def __init__(self, generator: torch.Generator, noise: float) -> None:
        super().__init__()
        sizes = (24, 40, 40, 4)
        layers = [part for a, b in itertools.pairwise(sizes) for part in (nn.Linear(a, b), nn.Tanh())]
        self.actor = nn.Sequential(*layers)
        self.critic = nn.Sequential(nn.Linear(24, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
        self.spread = nn.Parameter(torch.full((4,), math.log(noise)))
        for layer in [*self.actor, *self.critic]:
            if isinstance(layer, nn.Linear):
                nn.init.orthogonal_(layer.weight, 1.0, generator=generator)
                nn.init.zeros_(layer.bias)
        with torch.no_grad():
            list(self.actor.parameters())[-2].mul_(0.1)  # the first actions are small

    def mean(self, seen: Tensor) -> Tensor:
        """The action without noise, ``(., 4)``."""
        return torch.as_tensor(self.actor(seen))

    def value(self, seen: Tensor) -> Tensor:
        """Expected sum of discounted, scaled rewards, ``(.)``."""
        return torch.as_tensor(self.critic(seen)).squeeze(-1)

    def theta(self) -> Floats:
        """The actor's parameters as the engine wants them, ``(2804,)``."""
        parts = [part.T if part.ndim == 2 else part for part in self.actor.parameters()]
        return torch.cat([part.detach().reshape(-1) for part in parts]).numpy().astype(np.float32)

    @torch.no_grad()
    def take(self, theta: Floats) -> None:
        """Give the actor the parameters of a walker, ``(2804,)``."""
        first = 0
        for part in self.actor.parameters():
            given = torch.from_numpy(theta[first : first + part.numel()])
            part.copy_(given.reshape(part.T.shape).T if part.ndim == 2 else given)
            first += part.numel()


def log_probability(actions: Tensor, mean: Tensor, spread: Tensor) -> Tensor:
    """Logarithm of a normal density, summed over the four motors."""
    return (-0.5 * ((actions - mean) / spread.exp()) ** 2 - spread - 0.5 * math.log(2 * math.pi)).sum(-1)


def advantages(
    rewards: Tensor, values: Tensor, following: Tensor, ended: Tensor, cut: Tensor, discount: float, trace: float
) -> Tensor:
    """Generalised advantage estimates, all ``(steps, walkers)``.

    Args:
        rewards: rewards.
        values: value of the state before each step.
        following: value of the state after it.
        ended: 1 where the walker fell or arrived: nothing follows.
        cut: 1 where the episode ended for any reason: the sum stops.
        discount: discount of rewards.
        trace: how far errors of later values count.
    """
    errors = rewards + discount * following * (1 - ended) - values
    result, carried = torch.zeros_like(errors), torch.zeros(errors.shape[1])
    for t in range(len(errors) - 1, -1, -1):
        carried = errors[t] + discount * trace * (1 - cut[t]) * carried
        result[t] = carried
    return result


def teach(
    courses: Sequence[Course],
    *,
    steps: int,
    seed: int,
    settings: Settings = Settings(),
    solver: Solver = PAPER,
    start: Policy | None = None,
    report: Callable[[int, float], bool] | None = None,
) -> Policy:
    """Teach a walker on some courses.

    Args:
        courses: the courses; walkers are spread over them.
        steps: most environment steps.
        seed: seed of initial weights, noise and batches.
        settings: the learner's settings.
        solver: rounds of the solver while it learns; scores are always the paper's physics.
        start: go on from this policy.
        report: called after each update with the steps so far and the score without noise; true ends the lesson.
    """
    init, stream = seeding.generator(seed, "init"), seeding.generator(seed, "noise")
    policy = start or Policy(init, settings.noise)
    optimiser = torch.optim.Adam(policy.parameters(), settings.rate, eps=1e-5)
    world = WalkerVectorEnv(courses, [w % len(courses) for w in range(settings.walkers)], solver=solver)
    seen = torch.from_numpy(world.reset()[0])
    scale, running = _Scale(settings.discount, settings.walkers), torch.zeros(settings.walkers, dtype=torch.bool)
    taken = 0
    while taken < steps:
        batch, seen, running = _collect(policy, world, seen, running, scale, settings, stream)
        taken += settings.walkers * settings.steps
        _update(policy, optimiser, batch, settings, stream)
        if report is not None:
            theta = np.tile(policy.theta(), (len(courses), 1))
            if report(taken, float(rollout(theta, courses, np.arange(len(courses))).returns.mean())):
                break
    return policy


class _Scale:
    """Divides rewards by the spread of their discounted sums."""

    def __init__(self, discount: float, walkers: int) -> None:
        self.discount, self.sums = discount, np.zeros(walkers)
        self.count, self.mean, self.squares = 1e-4, 0.0, 1.0

    def __call__(self, rewards: np.ndarray, cut: np.ndarray) -> np.ndarray:
        self.sums = self.sums * self.discount + rewards
        total = self.count + len(rewards)
        shift = self.sums.mean() - self.mean
        self.squares += self.sums.var() * len(rewards) + shift**2 * self.count * len(rewards) / total
        self.mean += shift * len(rewards) / total
        self.count = total
        self.sums[cut] = 0.0
        return np.asarray(np.clip(rewards / np.sqrt(self.squares / self.count + 1e-8), -10, 10))


@torch.no_grad()
def _collect(
    policy: Policy, world: WalkerVectorEnv, seen: Tensor, waiting: Tensor, scale: _Scale, settings: Settings,
    stream: torch.Generator,
) -> tuple[dict[str, Tensor], Tensor, Tensor]:  # fmt: skip
    """Walk for some steps; steps in which a walker was put back to its start are marked as void."""
    kept: dict[str, list[Tensor]] = {
        name: [] for name in ("seen", "action", "reward", "after", "ended", "cut", "valid")
    }  # fmt: skip
    for _ in range(settings.steps):
        noise = torch.randn(seen.shape[0], 4, generator=stream)
        action = policy.mean(seen) + policy.spread.exp() * noise
        after, reward, terminated, truncated, _ = world.step(action.clamp(-1, 1).numpy())
        cut = terminated | truncated
        row = {
            "seen": seen, "action": action, "reward": torch.from_numpy(scale(reward, cut)).float(),
            "after": torch.from_numpy(after), "ended": torch.from_numpy(terminated).float(),
            "cut": torch.from_numpy(cut).float(), "valid": ~waiting,
        }  # fmt: skip
        for name, value in row.items():
            kept[name].append(value)
        seen, waiting = row["after"], torch.from_numpy(cut)
    batch = {name: torch.stack(values) for name, values in kept.items()}
    value = policy.value(batch["seen"])
    gain = advantages(
        batch["reward"], value, policy.value(batch["after"]), batch["ended"],
        torch.maximum(batch["cut"], (~batch["valid"]).float()), settings.discount, settings.trace,
    )  # fmt: skip
    chosen = batch["valid"]
    old = log_probability(batch["action"], policy.mean(batch["seen"]), policy.spread)
    flat = {"seen": batch["seen"], "action": batch["action"], "gain": gain, "target": gain + value, "old": old}
    return {name: each[chosen] for name, each in flat.items()}, seen, waiting


def _update(
    policy: Policy,
    optimiser: torch.optim.Optimizer,
    data: dict[str, Tensor],
    settings: Settings,
    stream: torch.Generator,
) -> None:
    count = len(data["seen"])
    for _ in range(settings.epochs):
        order = torch.randperm(count, generator=stream)
        for some in order.split(settings.batch):
            seen, action, gain = data["seen"][some], data["action"][some], data["gain"][some]
            gain = (gain - gain.mean()) / (gain.std() + 1e-8)
            ratio = (log_probability(action, policy.mean(seen), policy.spread) - data["old"][some]).exp()
            clipped = ratio.clamp(1 - settings.clip, 1 + settings.clip)
            loss = -torch.minimum(ratio * gain, clipped * gain).mean()
            loss = loss + 0.5 * ((policy.value(seen) - data["target"][some]) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(policy.parameters(), settings.largest_gradient)
            optimiser.step()
