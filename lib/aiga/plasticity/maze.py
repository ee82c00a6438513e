"""Explore a maze, find the reward, remember where it is (sec. 4.5, fig. 6).

The reward lies somewhere else in every episode, cannot be seen, and stays where it is. Whoever reaches it earns and is
moved to a random cell. So an episode has two parts: search, until the first find; and then return, again and again.
No weight can know the place: it is found out within the episode, and must be remembered there.

Original code: ``uber-research/differentiable-plasticity``, ``maze/maze.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import device as devices
from aiga import seeding
from aiga.envs.maze import ACTIONS, Mazes
from aiga.experiment import Metric, Outcome, timed
from aiga.plasticity import a2c
from aiga.plasticity.agent import Life, PlasticAgent
from aiga.plasticity.model import Alpha, Rule
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Maze: find a hidden reward, then return to it"

INPUTS = 17  # 3x3 surroundings, five slots that the original leaves empty, previous reward, step, bias

METRICS = {
    "finds": Metric("finds of the reward", 0.0, 250.0, "higher", "per episode"),
    "reward": Metric("reward, bumps counted", -25.0, 2500.0, "higher", "per episode"),
    "finds_untrained": Metric("finds before training", 0.0, 250.0, "neither", "per episode"),
    "finds_without_plasticity": Metric(
        "finds after alpha was set to 0 in the trained network", 0.0, 250.0, "neither", "per episode"
    ),
    "first_find": Metric("steps that one first find takes", 1.0, 250.0, "lower", "steps"),
    "later_find": Metric("steps that one later find takes", 1.0, 250.0, "lower", "steps"),
    "speed_up": Metric("steps for a first find over steps for a later one", 0.0, 250.0, "higher", "ratio"),
    "bumps": Metric("steps that end at a wall", 0.0, 1.0, "lower", "fraction of steps"),
    "eta": Metric("the learned rate of the trace", -10.0, 10.0, "neither", "per step"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment. Line numbers are those of the original ``maze/maze.py``."""

    condition: str = "plastic"
    """Name of this condition in figures, ledger and records."""
    alpha: Alpha = "per_connection"
    """Plasticity coefficients; ``homogeneous`` is the script's ``homo``, ``none`` its ``rnn``."""
    rule: Rule = "oja"
    """How the trace changes (line 504)."""
    side: int = 11
    """Cells along a side, walls included; 11 leaves 9x9 to walk in (``plotfigure.py`` line 10)."""
    steps: int = 250
    """Length of an episode (line 507)."""
    find: float = 10.0
    """Earned by reaching the reward (lines 368-388)."""
    bump: float = 0.1
    """Lost by walking into a wall (lines 368-388)."""
    previous_action: bool = False
    """Show the network what it did last; the line for it is commented out in the original (lines 340-345)."""
    step_unit: float = 1.0
    """The step number is divided by this before the network sees it; the original shows it raw (lines 340-345)."""
    neurons: int = 100
    """Recurrent neurons (line 511)."""
    positive: float = 0.01
    """Initial w and alpha are uniform in [0, positive] (lines 86-96) ..."""
    spread: float = 0.0
    """... or, where this is more than 0, normal around 0 (see the agent)."""
    eta: float = 0.01
    """Initial rate of the trace (line 96)."""
    discount: float = 0.9
    """Of later rewards (line 506)."""
    value: float = 0.03
    """Weight of the critic's squared error (lines 402-435)."""
    concentration: float = 0.1
    """Weight of the penalty on concentrated policies (lines 397-402)."""
    learning_rate: float = 1e-4
    """Adam's (line 512)."""
    adam_epsilon: float = 1e-4
    """Adam's (line 253); with small gradients this is a lower learning rate."""
    clip: float = float("inf")
    """Longest gradient; the original does not clip."""
    batch: int = 1
    """Episodes in one update; 1 in the original."""
    updates: int = 1_000_000
    """Number of updates (line 510)."""
    test_episodes: int = 1000
    """Fresh episodes for the metrics after training."""


# The original's initial values, learning rate and raw step number take about a million episodes. Below paper scale the
# maze is smaller, the network is told its last action, and it starts with recurrent weights that are felt.
_QUICK = Config(
    side=7,
    steps=60,
    find=1.0,
    bump=0.01,
    previous_action=True,
    step_unit=60.0,
    neurons=32,
    spread=0.8,
    eta=0.1,
    value=0.5,
    concentration=0.03,
    learning_rate=3e-3,
    adam_epsilon=1e-6,
    clip=4.0,
    batch=32,
)
_CI = replace(_QUICK, updates=600)
_SMOKE = replace(_QUICK, neurons=8, steps=12, batch=4, updates=3, test_episodes=20)
_COLAB = replace(_QUICK, side=9, steps=100, updates=1800)


def _conditions(plastic: Config) -> dict[str, Config]:
    return {
        "plastic": plastic,
        "homogeneous": replace(plastic, condition="homogeneous", alpha="homogeneous"),
        "rnn": replace(plastic, condition="rnn", alpha="none"),
    }


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE),
    "ci": _conditions(_CI),
    "colab": _conditions(_COLAB),
    "paper": _conditions(Config()),
}


class Exploration:
    """The mazes as a network sees them: 17 numbers in, reward out; remembers what happened.

    Args:
        config: the task.
        generators: one a seed, on the device where the mazes are to live.
        batch: mazes a seed, ``B``.
    """

    def __init__(self, config: Config, generators: Sequence[torch.Generator], batch: int) -> None:
        self.config, self.mazes = config, Mazes(config.side, config.steps, generators, batch)
        seen = torch.zeros(self.mazes.free, INPUTS, device=self.mazes.goal.device)
        seen[:, :9], seen[:, -1] = self.mazes.surroundings, 1.0
        self.seen = seen
        self.reward = torch.zeros(self.mazes.goal.shape, device=seen.device)  # (S, B), at the last step
        self.action: Tensor | None = None
        self.cells = [self.mazes.cell]  # before the first step and after each, (S, B)
        self.found: list[Tensor] = []
        self.bumped: list[Tensor] = []

    def observe(self) -> Tensor:
        """What the networks see now, ``(S, B, 17)``."""
        inputs = self.seen[self.mazes.cell]
        if self.config.previous_action and self.action is not None:
            inputs[..., 9 : 9 + len(ACTIONS)] = F.one_hot(self.action, len(ACTIONS)).to(inputs.dtype)
        inputs[..., -3] = self.reward
        inputs[..., -2] = self.mazes.now / self.config.step_unit
        return inputs

    def act(self, action: Tensor) -> Tensor:
        """Move; the reward, ``(S, B)``."""
        found, bumped = self.mazes.step(action)
        self.action = action
        self.reward = self.config.find * found - self.config.bump * bumped
        self.cells.append(self.mazes.cell)
        self.found.append(found)
        self.bumped.append(bumped)
        return self.reward


def live(
    network: PlasticAgent, config: Config, generators: Sequence[torch.Generator], batch: int
) -> tuple[a2c.Steps, Exploration]:
    """One fresh episode for each of ``S x B`` agents: what they did, and what happened to them."""
    world = Exploration(config, generators, batch)
    chance = a2c.noise(config.steps, batch, len(ACTIONS), generators)
    return a2c.play(Life(network, batch), world, chance), world


def create(config: Config, seeds: Sequence[int]) -> PlasticAgent:
    """Untrained networks, one a seed."""
    return PlasticAgent(
        INPUTS,
        config.neurons,
        len(ACTIONS),
        [seeding.generator(seed, "init") for seed in seeds],
        rule=config.rule,
        alpha=config.alpha,
        positive=config.positive,
        spread=config.spread,
        eta=config.eta,
    )


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Train one network for each seed, all side by side.

    Args:
        config: the condition.
        seeds: one network each; up to round-off, a network does not depend on the others.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed what it does in fresh episodes, and the course of its training.
    """
    place = devices.resolve(device)
    network = create(config, seeds).to(place)
    optimiser = adam(network, config.learning_rate, eps=config.adam_epsilon)
    training = Training(config, seeds, network, optimiser, notes=["finds"])
    label = f"maze {config.side - 2}x{config.side - 2}, {config.condition}"
    for update in training.updates(label, checkpoint=checkpoint, limit=limit):
        steps, world = live(network, config, training.streams.generators, config.batch)
        costs = a2c.loss(steps, discount=config.discount, value=config.value, concentration=config.concentration)
        training.descend(costs.mean(1), before_step=partial(a2c.clip, network, config.clip))
        training.note(update, finds=torch.stack(world.found).sum(0).float().mean(1))
    return [_outcome(config, training, seed, network.select(position)) for position, seed in enumerate(seeds)]


@torch.no_grad()
def evaluate(network: PlasticAgent, config: Config, *, seed: int) -> dict[str, float]:
    """What one network does in ``config.test_episodes`` fresh episodes.

    The steps that a find takes are all steps spent looking divided by the finds made in them, so that episodes without
    a find count too; it is at most the length of an episode.
    """
    stream = [seeding.generator(seed, "test", network.into.device)]
    steps, world = live(network, config, stream, config.test_episodes)
    found = torch.stack(world.found)[:, 0].float()  # (T, B)
    before = 1 - (found.cumsum(0) - found).clamp(max=1)  # 1 up to and including the first find
    first = float(before.sum() / (found * before).sum().clamp_min(1))
    later = float((1 - before).sum() / (found * (1 - before)).sum().clamp_min(1))
    longest = float(config.steps)
    first = min(first, longest)
    later = min(later, longest) or longest
    return {
        "finds": float(found.sum(0).mean()),
        "reward": float(steps.rewards.sum(0).mean()),
        "first_find": first,
        "later_find": later,
        "speed_up": first / later,
        "bumps": float(torch.stack(world.bumped).float().mean()),
    }


def _outcome(config: Config, training: Training, seed: int, network: PlasticAgent) -> Outcome:
    metrics = evaluate(network, config, seed=seed)
    untrained = create(config, [seed]).to(network.into.device)
    metrics["finds_untrained"] = evaluate(untrained, config, seed=seed)["finds"]
    if network.recurrent.plastic:
        metrics["finds_without_plasticity"] = evaluate(network.without_plasticity(), config, seed=seed)["finds"]
        metrics["eta"] = float(network.recurrent.eta.detach())
    course = training.curve("finds", seed, per_step=config.batch, y_label="finds per episode")
    return Outcome(config.condition, seed, metrics, {"finds": course}, network=network)
