"""The maze again, now for networks that control their own plasticity (sec. 4.2, fig. 2).

As in chapter 1 a reward is hidden somewhere, and who finds it is put elsewhere and can return: from that experiment
come the world, the loss and most settings. Different are the networks, which are compared at equal numbers of
parameters; bumping into walls costs nothing; the reward is never at the centre, and a find never leads to it.

Original code: ``uber-research/backpropamine``, ``maze/batch.py``, ``maze/makefigure.py`` and ``maze/request_*.json``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch

from aiga import device as devices
from aiga import seeding
from aiga.backpropamine import lesions, rehearsal
from aiga.backpropamine.exploration import Exploration, steps_per_find
from aiga.backpropamine.hebbian import Clip
from aiga.backpropamine.model import Life, Modulate, ModulatedAgent, Rule
from aiga.envs.maze import ACTIONS
from aiga.experiment import Metric, Outcome, timed
from aiga.plasticity import a2c
from aiga.plasticity import maze as first
from aiga.plasticity.maze import INPUTS
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Maze: find a hidden reward and return to it, with plasticity under control"

Baseline = Literal["per_episode", "first_of_batch"]

METRICS = {
    "finds": Metric("finds of the reward", 0.0, 200.0, "higher", "per episode"),
    "finds_untrained": Metric("finds before training", 0.0, 200.0, "neither", "per episode"),
    "finds_without_plasticity": Metric("finds after alpha was set to 0", 0.0, 200.0, "neither", "per episode"),
    "finds_frozen": Metric("finds with M(t) held at its mean", 0.0, 200.0, "neither", "per episode"),
    "finds_flipped": Metric("finds with the sign of M(t) flipped", 0.0, 200.0, "neither", "per episode"),
    "finds_shuffled": Metric("finds with M(t) of the episode in random order", 0.0, 200.0, "neither", "per episode"),
    "first_find": Metric("steps that one first find takes", 1.0, 200.0, "lower", "steps"),
    "later_find": Metric("steps that one later find takes", 1.0, 200.0, "lower", "steps"),
    "speed_up": Metric("steps for a first find over steps for a later one", 0.0, 200.0, "higher", "ratio"),
    "critic": Metric("share of the returns' variance that the critic explains", -10.0, 1.0, "higher", "fraction"),
    "modulation": Metric("mean of |M(t)|", 0.0, 1.0, "neither"),
    "eta": Metric("the learned rate of the trace or the eligibility", -10.0, 10.0, "neither", "per step"),
    "parameters": Metric("trained numbers in a network", 0.0, 1e6, "neither"),
}


@dataclass(frozen=True)
class Config(first.Config):
    """One condition. Line numbers are those of the original ``maze/batch.py``.

    The network is of a ``kind``; the first chapter's ``alpha`` and ``rule`` have no meaning here.
    """

    condition: str = "simple"
    kind: Rule = "simple"
    """How the trace changes."""
    trace_clip: Clip = "hard"
    """What keeps it in bounds (``--addpw``, lines 123-134)."""
    bound: float = 1.0
    """Where it is clipped."""
    fan_out: bool = False
    """Each neuron's own rate from M(t), as ``simplemaze`` has it."""
    baseline: Baseline = "first_of_batch"
    """The value that returns are compared with; the original takes the first episode's for all (line 479)."""
    side: int = 13
    """13 leaves 11x11 to walk in (``makefigure.py`` line 14); the paper's text describes 9x9."""
    steps: int = 200
    bump: float = 0.0
    """The original's ``--wp``."""
    previous_action: bool = True
    """Lines 396-402. There the first step's says "action 0"; here it says nothing."""
    step_unit: float = 200.0
    value: float = 0.1
    concentration: float = 0.03
    clip: float = 4.0
    """Longest gradient."""
    batch: int = 30
    updates: int = 200_002
    """The original does not update in its first 101 iterations (line 541)."""


READINGS: dict[str, dict[str, Any]] = {"code": {"side": 13}, "text": {"side": 11}}
"""Where the figure's script and the paper differ: ``replace(config, **READINGS["text"])``."""


def parameters(kind: Rule, neurons: int, *, inputs: int = INPUTS, actions: int = len(ACTIONS)) -> int:
    """Trained numbers in a network of a kind."""
    heads = actions + 1 + (kind in ("simple", "retroactive"))
    matrices = 1 if kind == "plain" else 2
    rates = kind in ("plastic", "retroactive")
    return (inputs + 1) * neurons + matrices * neurons**2 + heads * (neurons + 1) + rates


def matched(kind: Rule, neurons: int) -> int:
    """Fewest neurons with which a network has no fewer parameters than a simply modulated one with ``neurons``."""
    needed, size = parameters("simple", neurons), neurons
    while parameters(kind, size) < needed:
        size += 1
    return size


# As in chapter 1: below paper scale the maze is smaller, and recurrent weights are felt from the start.
_QUICK = Config(
    side=7,
    steps=40,
    find=1.0,
    step_unit=40.0,
    neurons=24,
    spread=0.8,
    eta=0.1,
    baseline="per_episode",
    value=0.5,
    learning_rate=3e-3,
    adam_epsilon=1e-6,
    batch=32,
    test_episodes=500,
)
_SMOKE = replace(_QUICK, neurons=8, steps=12, batch=4, updates=3, test_episodes=20)
_CI = replace(_QUICK, updates=700)
_COLAB = replace(_QUICK, side=9, steps=100, step_unit=100.0, neurons=48, batch=64, updates=3000)


def _conditions(simple: Config, *, other_baseline: Baseline) -> dict[str, Config]:
    """The figure's five networks, equal in size but for the small plain one; and one with the other baseline."""
    size = simple.neurons

    def of(kind: Rule, neurons: int, condition: str | None = None) -> Config:
        return replace(simple, condition=condition or kind, kind=kind, neurons=neurons)

    large = of("plain", matched("plain", size), "plain_large")
    return {
        "simple": simple,
        "retroactive": of("retroactive", size),
        "plastic": of("plastic", matched("plastic", size)),
        "plain": of("plain", size),
        "plain_large": large,
        other_baseline: replace(large, condition=other_baseline, baseline=other_baseline),
    }


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE, other_baseline="first_of_batch"),
    "ci": _conditions(_CI, other_baseline="first_of_batch"),
    "colab": _conditions(_COLAB, other_baseline="first_of_batch"),
    "paper": _conditions(Config(), other_baseline="per_episode"),
}


def live(
    network: ModulatedAgent,
    config: Config,
    generators: Sequence[torch.Generator],
    batch: int,
    *,
    modulate: Modulate | None = None,
) -> tuple[a2c.Steps, Exploration, Life]:
    """One fresh episode for each of ``S x B`` agents: what they did, what happened, and what went on inside."""
    world = Exploration(config, generators, batch)
    chance = a2c.noise(config.steps, batch, len(ACTIONS), generators)
    life = Life(network, batch, modulate=modulate)
    return a2c.play(life, world, chance), world, life


def create(config: Config, seeds: Sequence[int]) -> ModulatedAgent:
    """Untrained networks, one a seed."""
    return ModulatedAgent(
        INPUTS,
        config.neurons,
        len(ACTIONS),
        [seeding.generator(seed, "init") for seed in seeds],
        rule=config.kind,
        clip=config.trace_clip,
        bound=config.bound,
        fan_out=config.fan_out,
        positive=config.positive,
        spread=config.spread,
        eta=config.eta,
    )


def compared_with(steps: a2c.Steps, baseline: Baseline) -> a2c.Steps:
    """The same steps with the values that the returns are to be compared with.

    The released code writes ``vs[t][0]`` where ``vs[t]`` has a row for each episode (``maze/batch.py`` line 479): the
    value of the batch's first episode stands for all. So the critic is trained, on what *one* agent sees, to predict
    the return of *every* agent, and can learn little more than how much time is left.

    Raises:
        ValueError: an unknown baseline.
    """
    if baseline == "per_episode":
        return steps
    if baseline != "first_of_batch":
        raise ValueError(f"baseline must be per_episode or first_of_batch, got {baseline!r}")
    return replace(steps, values=steps.values[..., :1].expand_as(steps.values))


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
    network = create(config, seeds).to(devices.resolve(device))
    optimiser = adam(network, config.learning_rate, eps=config.adam_epsilon)
    training = Training(config, seeds, network, optimiser, notes=["finds"])
    label = f"maze {config.side - 2}x{config.side - 2}, {config.condition}"
    for update in training.updates(label, checkpoint=checkpoint, limit=limit):
        streams = training.streams.generators
        world = Exploration(config, streams, config.batch)
        steps = rehearsal.play(network, world, a2c.noise(config.steps, config.batch, len(ACTIONS), streams))
        judged = compared_with(steps, config.baseline)
        costs = a2c.loss(judged, discount=config.discount, value=config.value, concentration=config.concentration)
        training.descend(costs.mean(1), before_step=partial(a2c.clip, network, config.clip))
        training.note(update, finds=world.finds)
    return [_outcome(config, training, seed, network.select(position)) for position, seed in enumerate(seeds)]


@torch.no_grad()
def watch(network: ModulatedAgent, config: Config, *, seed: int, episodes: int = 200) -> tuple[Exploration, Life]:
    """A few fresh episodes of one network, to look at: where it went, and its M(t) at each step."""
    stream = [seeding.generator(seed, "picture", network.into.device)]
    _, world, life = live(network, config, stream, episodes)
    return world, life


@torch.no_grad()
def evaluate(
    network: ModulatedAgent, config: Config, *, seed: int, modulate: Modulate | None = None
) -> tuple[a2c.Steps, Exploration, Life]:
    """One network in ``config.test_episodes`` fresh episodes, in the same mazes for every lesion."""
    stream = [seeding.generator(seed, "test", network.into.device)]
    return live(network, config, stream, config.test_episodes, modulate=modulate)


def _outcome(config: Config, training: Training, seed: int, network: ModulatedAgent) -> Outcome:
    steps, world, life = evaluate(network, config, seed=seed)
    search, back = steps_per_find(torch.stack(world.found)[:, 0])
    worth = a2c.returns(steps.rewards, config.discount)
    error = (worth - steps.values).square().mean() / (worth - worth.mean()).square().mean().clamp_min(1e-12)
    metrics = {
        "finds": float(world.finds),
        "finds_untrained": _finds(create(config, [seed]).to(network.into.device), config, seed),
        "first_find": search,
        "later_find": back,
        "speed_up": search / back,
        "critic": max(1 - float(error), -10.0),
        "parameters": float(network.parameter_count),
    }
    if network.recurrent.plastic:
        metrics["finds_without_plasticity"] = _finds(network.without_plasticity(), config, seed)
    if network.rule in ("plastic", "retroactive"):
        metrics["eta"] = float(network.recurrent.eta.detach())
    if network.modulated:
        recorded = torch.stack(life.modulations)
        metrics["modulation"] = float(recorded.abs().mean())
        for name, modulate in lesions.usual(recorded, seed=seed).items():
            metrics[f"finds_{name}"] = _finds(network, config, seed, modulate)
    course = training.curve("finds", seed, per_step=config.batch, y_label="finds per episode")
    return Outcome(config.condition, seed, metrics, {"finds": course}, network=network)


def _finds(network: ModulatedAgent, config: Config, seed: int, modulate: Modulate | None = None) -> float:
    return float(evaluate(network, config, seed=seed, modulate=modulate)[1].finds)
