"""Cart-pole in one step of SGD: a generator learns what a fresh policy must see to balance a pole at once.

The paper's appendix H (from memory; no code was released). Many fresh policies take one SGD step on generated pairs of
states and targets, then act; an actor-critic loss on what happens is differentiated through that step into the
generator. The control is plain actor-critic: one policy, trained for as long.

Who counts simulator steps honestly must count all that training used, not those of the one policy that is taught.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aiga import device as devices
from aiga import seeding
from aiga.envs import cart_pole
from aiga.envs.cart_pole import ACTIONS, CartPoles
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.gtn.policies import Apprentice, Critic, Policies, Teacher, fresh, logits
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Cart-pole: a policy taught in one step of SGD"

STATES = 4
CAP = 200
"""The paper's score is at most 200 (from memory)."""
PASSED = 150
"""Where ``simulated_to_150`` stops counting."""

METRICS = {
    "before": Metric("steps upright before the SGD step, at most 200", 0.0, 200.0, "neither", "steps"),
    "after": Metric("steps upright after the SGD step, at most 200", 0.0, 200.0, "higher", "steps"),
    "after_500": Metric("steps upright after it, to the end of the episode at 500", 0.0, 500.0, "higher", "steps"),
    "after_wide": Metric("as after, by policies with four times the hidden units", 0.0, 200.0, "higher", "steps"),
    "worst": Metric("steps upright of the worst policy, at most 200", 0.0, 200.0, "higher", "steps"),
    "score": Metric("steps upright with actions drawn at random, end of training", 0.0, 500.0, "higher", "steps"),
    "simulated": Metric("simulator steps used by all of training", 0.0, 1e9, "lower", "thousand steps"),
    "simulated_to_150": Metric("simulator steps used before the score passed 150", 0.0, 1e9, "lower", "thousand steps"),
    "rate": Metric("the learned step size", 0.0, 1e4, "neither"),
}


@dataclass(frozen=True)
class Config:
    """One condition. What the paper does not say (or we do not know) is marked ours."""

    condition: str = "gtn"
    """Name of this condition in figures, ledger and records."""
    learner: Literal["taught", "trained"] = "taught"
    """Fresh policies that are taught in one step, or one policy that is itself trained (the control)."""
    policies: int = 16
    """Fresh policies in each update (ours)."""
    episodes: int = 8
    """Episodes of each policy in an update (ours)."""
    hidden: int = 64
    """Tanh units of a policy, and of the critic (appendix H, from memory)."""
    examples: int = 512
    """Generated pairs in the batch (appendix H, from memory)."""
    latent: int = 16
    """Length of the learned vectors that they are made from (ours)."""
    width: int = 64
    """Hidden units of the generator (ours)."""
    rate: float = 1.0
    """Step size of the SGD step before it is learned (ours)."""
    steps: int = CAP
    """Longest episode of training (appendix H, from memory)."""
    discount: float = 0.99
    """Of later rewards (ours)."""
    entropy: float = 0.01
    """Weight of the bonus for undecided policies (ours)."""
    learning_rate: float = 0.01
    """Adam's, for everything that is learned (ours)."""
    decay: float = 0.05
    """It falls along a cosine to this fraction of itself (ours)."""
    updates: int = 120
    """Number of updates (ours)."""
    test_policies: int = 20
    """Policies that are tested in Gymnasium, one episode each."""


_CI = Config()
_SMOKE = replace(_CI, policies=2, episodes=2, examples=8, width=8, steps=12, updates=3, test_policies=2)


def _conditions(taught: Config) -> dict[str, Config]:
    trained = replace(taught, condition="a2c", learner="trained", policies=1)
    return {"gtn": taught, "a2c": trained}


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE),
    "ci": _conditions(_CI),
    "colab": _conditions(replace(_CI, policies=32, updates=250, test_policies=50)),
    "paper": _conditions(replace(_CI, policies=64, updates=500, test_policies=100)),
}


class Agent(nn.Module):
    """What is trained, one a seed: a teacher or a policy, and the critic.

    Args:
        config: the condition.
        generators: one a seed.
    """

    def __init__(self, config: Config, generators: Sequence[torch.Generator]) -> None:
        super().__init__()
        self.config = config
        self.learner: Teacher | Apprentice
        if config.learner == "taught":
            sizes = {"examples": config.examples, "latent": config.latent, "width": config.width}
            self.learner = Teacher(generators, **sizes, states=STATES, actions=ACTIONS, rate=config.rate)
        else:
            self.learner = Apprentice(fresh(generators, 1, STATES, config.hidden, ACTIONS))
        self.critic = Critic(generators, STATES, config.hidden)

    def policies(self, generators: Sequence[torch.Generator]) -> Policies:
        """Fresh policies after their one step, or the one policy that is trained."""
        if isinstance(self.learner, Apprentice):
            return self.learner.policies()
        return self.learner.teach(fresh(generators, self.config.policies, STATES, self.config.hidden, ACTIONS))

    def select(self, position: int) -> "Agent":
        """A copy of one seed's agent."""
        chosen = Agent(self.config, [torch.Generator()])
        chosen.load_state_dict({name: value[position : position + 1] for name, value in self.state_dict().items()})
        return chosen.to(next(self.parameters()).device)


@dataclass
class Played:
    """What happened: ``T`` steps of ``S`` seeds, ``K`` policies, ``E`` episodes each; nothing counts after a fall."""

    states: Tensor  # (T, S, K, E, 4)
    actions: Tensor  # (T, S, K, E)
    rewards: Tensor  # (T, S, K, E), 1 while upright


@torch.no_grad()
def play(policies: Policies, config: Config, generators: Sequence[torch.Generator]) -> Played:
    """Let each policy act in ``config.episodes`` episodes, drawing its actions at random by its preferences."""
    shape = (len(generators), policies[0].shape[1], config.episodes)
    world = CartPoles(generators, shape[1] * shape[2])
    chance = torch.stack(
        [torch.rand(config.steps, *shape[1:], generator=each, device=each.device) for each in generators], 1
    )  # (T, S, K, E)
    bar = torch.logit(chance.clamp(1e-6, 1 - 1e-6))
    states, actions, rewards = [], [], []
    for each in bar:
        state = world.state.view(*shape, STATES)
        preferences = logits(policies, state)
        action = (preferences[..., 1] - preferences[..., 0] > each).long()
        states.append(state)
        actions.append(action)
        rewards.append(world.step(action.flatten(1)).view(shape))
        if not world.upright.any():
            break
    return Played(torch.stack(states), torch.stack(actions), torch.stack(rewards))


def losses(policies: Policies, critic: Critic, played: Played, config: Config) -> Tensor:
    r"""The outer loss of each seed, ``(S,)``: actor and critic, a mean over all steps before a fall.

    .. math:: \big\langle -\log \pi(a_t)\,\hat A_t - c\,H(\pi_t) + (V_t - R_t)^2 \big\rangle_t

    with returns :math:`R_t` in units of :math:`1 / (1 - \gamma)`, and advantages :math:`R_t - V_t` that are constants,
    shifted and scaled to mean 0 and variance 1 within a seed.
    """
    steps, seeds, count, episodes = played.rewards.shape
    after, backwards = torch.zeros_like(played.rewards[0]), []
    for reward in played.rewards.flip(0):
        after = reward + config.discount * after
        backwards.append(after)
    returns = (1 - config.discount) * torch.stack(backwards).flip(0)
    states, actions, returned, upright = (
        each.permute(1, 2, 0, 3, *range(4, each.dim())).reshape(seeds, count, steps * episodes, *each.shape[4:])
        for each in (played.states, played.actions, returns, played.rewards)
    )  # (S, K, n, 4), then (S, K, n)
    share = upright / upright.sum((1, 2), keepdim=True)  # weights of a mean over a seed's steps
    values = critic(states.flatten(1, 2)).view_as(returned)
    advantage = returned - values.detach()
    advantage = advantage - (share * advantage).sum((1, 2), keepdim=True)
    advantage = advantage / ((share * advantage.square()).sum((1, 2), keepdim=True).sqrt() + 1e-6)
    logs = logits(policies, states).log_softmax(-1)  # (S, K, n, 2)
    chosen = logs.gather(-1, actions[..., None])[..., 0]
    entropy = -(logs.exp() * logs).sum(-1)
    each_step = -chosen * advantage - config.entropy * entropy + (values - returned).square()
    total: Tensor = (share * each_step).sum((1, 2))
    return total


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Train one teacher (or one policy) for each seed, all side by side.

    Args:
        config: the condition.
        seeds: one teacher each; up to round-off, a teacher does not depend on the others.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed how long fresh policies balance in Gymnasium before and after their one step, and the training.
    """
    place = devices.resolve(device)
    agent = Agent(config, [seeding.generator(seed, "init") for seed in seeds]).to(place)
    optimiser = adam(agent, config.learning_rate)
    training = Training(config, seeds, agent, optimiser, notes=["score", "simulated"])
    for update in training.updates(f"cart-pole, {config.condition}", checkpoint=checkpoint, limit=limit):
        wave = 0.5 + 0.5 * math.cos(math.pi * update / config.updates)
        optimiser.param_groups[0]["lr"] = config.learning_rate * (config.decay + (1 - config.decay) * wave)
        policies = agent.policies(training.streams.generators)
        played = play(policies, config, training.streams.generators)
        training.descend(losses(policies, agent.critic, played, config))
        upright = played.rewards.sum(0)  # (S, K, E)
        training.note(update, score=upright.mean((1, 2)), simulated=upright.sum((1, 2)))
    return [_outcome(config, training, agent.select(position), seed) for position, seed in enumerate(seeds)]


def tested(agent: Agent, config: Config, generators: Sequence[torch.Generator]) -> tuple[Policies, Policies]:
    """Fresh policies before and after their one step; for the control, the trained policy takes their place.

    Args:
        agent: trained.
        config: ``test_policies`` of them have ``hidden`` units, which need not be as many as in training.
        generators: one a seed.
    """
    before = fresh(generators, config.test_policies, STATES, config.hidden, ACTIONS)
    if isinstance(agent.learner, Teacher):
        return before, agent.learner.teach(before, keep_graph=False)
    first, first_bias, second, second_bias = (
        each.expand(-1, config.test_policies, -1, -1) for each in agent.learner.policies()
    )
    return before, (first, first_bias, second, second_bias)


def balance(policies: Policies, *, seed: int, longest: int = cart_pole.LONGEST) -> list[int]:
    """How long each policy balances in Gymnasium, always doing what it prefers (:func:`aiga.envs.cart_pole.balance`).

    Args:
        policies: of one seed, ``(1, K, ...)``.
        seed: the first policy starts where Gymnasium's seed ``1000 * seed`` puts it, the next where the one after does.
        longest: stop after so many steps.
    """

    def steps(number: int) -> int:
        first, first_bias, second, second_bias = (each[0, number].detach().cpu().numpy() for each in policies)

        def prefer(seen: NDArray[Any]) -> int:
            return int((np.tanh(seen @ first + first_bias) @ second + second_bias).argmax())

        return cart_pole.balance(prefer, seed=1000 * seed + number, longest=longest)

    return [steps(number) for number in range(policies[0].shape[1])]


def _outcome(config: Config, training: Training, agent: Agent, seed: int) -> Outcome:
    before, after = tested(agent, config, [seeding.generator(seed, "test", next(agent.parameters()).device)])
    untaught, upright = np.array(balance(before, seed=seed, longest=CAP)), np.array(balance(after, seed=seed))
    course = {name: training.noted[name][: training.ran, training.seeds.index(seed)].cpu() for name in training.noted}
    used = course["simulated"].double().cumsum(0) / 1000
    metrics = {
        "before": float(untaught.mean()),
        "after": float(upright.clip(max=CAP).mean()),
        "after_500": float(upright.mean()),
        "worst": float(upright.clip(max=CAP).min()),
    }
    curves = {}
    if training.ran:
        recent = course["score"].unfold(0, min(5, training.ran), 1).mean(1)  # the mean over five updates
        metrics |= {"score": float(recent[-1]), "simulated": float(used[-1])}
        passed = (recent > PASSED).nonzero()
        if len(passed):
            metrics["simulated_to_150"] = float(used[len(used) - len(recent) + int(passed[0])])
        curves = {
            "score": Curve.averaged(course["score"], per_step=1, x_label="updates", y_label="steps upright (sampled)"),
            "simulated": Curve.averaged(used, per_step=1, x_label="updates", y_label="simulator steps (thousands)"),
        }
    if isinstance(agent.learner, Teacher):
        metrics["rate"] = float(agent.learner.log_rate.detach().exp())
        wide = replace(config, hidden=4 * config.hidden)
        _, after = tested(agent, wide, [seeding.generator(seed, "wide", agent.learner.z.device)])
        metrics["after_wide"] = float(np.mean(balance(after, seed=seed, longest=CAP)))
    return Outcome(config.condition, seed, metrics, curves, network=agent)
