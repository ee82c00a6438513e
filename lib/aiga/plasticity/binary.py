"""Memorise binary patterns, then complete one from half of its bits (sec. 4.1, fig. 2).

An episode shows a few random patterns, each several times, then half of one of them; after the last step the network's
activity is compared with the whole pattern. The patterns are new in every episode, so nothing about them can be stored
in ``w``, ``alpha`` or ``eta``: what the network learns between episodes is how to learn within one.

Original code: ``uber-research/differentiable-plasticity``, ``simple/simplest.py`` and ``simple/full.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from aiga import device as devices
from aiga import seeding
from aiga.experiment import Metric, Outcome, timed
from aiga.plasticity.lstm import ClampedLSTM
from aiga.plasticity.model import Alpha, PlasticRNN
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Binary patterns: complete one of five from half of its bits"

METRICS = {
    "error": Metric("wrong bits in the completed pattern", 0.0, 1.0, "lower", "fraction of all bits"),
    "error_without_plasticity": Metric(
        "the same after alpha was set to 0 in the trained network", 0.0, 1.0, "neither", "fraction of all bits"
    ),
    "eta": Metric("the learned rate of the Hebbian trace", -1.0, 1.0, "neither", "per step"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment. Line numbers are those of the original ``simple/simplest.py``."""

    condition: str = "plastic"
    """Name of this condition in figures, ledger and records."""
    alpha: Alpha = "per_connection"
    """Plasticity coefficients; ``none`` is an ordinary recurrent network."""
    bits: int = 1000
    """Length of a pattern (line 35)."""
    patterns: int = 5
    """Patterns in an episode (line 37)."""
    cycles: int = 2
    """How often each is shown; the order is drawn anew each time (line 38)."""
    shown: int = 6
    """Steps of one presentation (line 39)."""
    gap: int = 4
    """Steps without input after each presentation (line 41)."""
    probe: int = 6
    """Steps with half a pattern at the end (line 39)."""
    drive: float = 20.0
    """A shown bit adds this much, with its sign, inside the tanh (line 65)."""
    hidden: float = 0.5
    """Share of the bits that the probe hides (line 62)."""
    balanced: bool = False
    """False: independent coin flips for bits and for hiding them (lines 51-54). True: exactly half of the bits are +1
    and exactly half are hidden (``simple/full.py`` lines 85-97)."""
    extra_neurons: int = 0
    """Neurons beyond the bits, the bias neuron not counted."""
    bias: bool = False
    """One more neuron that is always driven (``simple/full.py`` line 63)."""
    init: float = 0.01
    """Standard deviation of the initial w and alpha (lines 75-76)."""
    eta: float = 0.01
    """Initial rate of the trace (line 76)."""
    learn_eta: bool = False
    """Train eta too (``simple/full.py`` line 126); the short script keeps it (line 76)."""
    learning_rate: float = 3e-4
    """Adam's (line 77)."""
    batch: int = 1
    """Episodes in one update; 1 in the original."""
    updates: int = 1000
    """Number of updates (line 80)."""
    test_episodes: int = 500
    """Fresh episodes for the error after training."""
    chunk: int = 10
    """Steps between two materialised traces: speed, not results (see the model)."""

    @property
    def steps(self) -> int:
        """Steps in an episode (line 42)."""
        return self.cycles * self.patterns * (self.shown + self.gap) + self.probe

    @property
    def neurons(self) -> int:
        """Neurons in the network."""
        return self.bits + self.extra_neurons + int(self.bias)

    @property
    def guessing(self) -> float:
        """Error of a network that copies the visible bits and guesses the hidden ones: 1/4 where half are hidden."""
        return self.hidden / 2

    @property
    def last_only(self) -> float:
        """Error of a network that remembers the last pattern shown, and guesses when the probe is another."""
        return self.guessing * (1 - 1 / self.patterns)


_CI = Config(bits=100, batch=8, learning_rate=1e-3, updates=160, learn_eta=True, test_episodes=300)
_SMOKE = replace(_CI, bits=20, updates=4, test_episodes=8)
_COLAB = replace(_CI, bits=1000, batch=4, learning_rate=3e-4, updates=500)
_PAPER = Config(test_episodes=100)


def _conditions(plastic: Config, *, rnn_updates: int) -> dict[str, Config]:
    return {"plastic": plastic, "rnn": replace(plastic, condition="rnn", alpha="none", updates=rnn_updates)}


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE, rnn_updates=4),
    "ci": _conditions(_CI, rnn_updates=640),
    "colab": _conditions(_COLAB, rnn_updates=2000),
    "paper": _conditions(_PAPER, rnn_updates=1000),
}


@dataclass
class Episodes:
    """A batch of episodes."""

    drives: Tensor  # (T, B, N), input of each neuron at each step
    target: Tensor  # (B, bits), the pattern to complete, +1 or -1
    visible: Tensor  # (B, bits), 1 where the probe shows the bit, else 0
    patterns: Tensor  # (B, patterns, bits)
    probed: Tensor  # (B,), which of the patterns is the target


def episodes(config: Config, generator: torch.Generator, batch: int) -> Episodes:
    """Draw fresh episodes on the generator's device."""
    place = generator.device
    shape = (batch, config.patterns, config.bits)

    def ones(size: tuple[int, ...], share: float) -> Tensor:
        """Ones and zeros: each a coin of its own, or an exact share of ones along the last axis."""
        noise = torch.rand(size, generator=generator, device=place)
        if not config.balanced:
            return (noise < share).float()
        return (noise.argsort(-1) < round(share * size[-1])).float()

    patterns = 2 * ones(shape, 0.5) - 1
    probed = torch.randint(config.patterns, (batch,), generator=generator, device=place)
    visible = 1 - ones((batch, config.bits), config.hidden)
    target = patterns[torch.arange(batch, device=place), probed]
    drives = torch.zeros(config.steps, batch, config.neurons, device=place)
    step = 0
    for _ in range(config.cycles):
        order = torch.rand(batch, config.patterns, generator=generator, device=place).argsort(1)
        shuffled = patterns.gather(1, order[:, :, None].expand(shape))
        for position in range(config.patterns):
            drives[step : step + config.shown, :, : config.bits] = shuffled[:, position]
            step += config.shown + config.gap
    drives[step:, :, : config.bits] = target * visible
    if config.bias:
        drives[:, :, -1] = 1
    return Episodes(config.drive * drives, target, visible, patterns, probed)


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
        For each seed the error on fresh episodes, with and without plasticity, and its course during training.
    """
    place = devices.resolve(device)
    inits = [seeding.generator(seed, "init") for seed in seeds]
    network = PlasticRNN(config.neurons, inits, alpha=config.alpha, init=config.init, eta=config.eta).to(place)
    if network.plastic:
        network.eta.requires_grad_(config.learn_eta)
    training = Training(config, seeds, network, adam(network, config.learning_rate), notes=["error"])
    label = f"{config.condition}, {config.bits} bits"
    for update in training.updates(label, checkpoint=checkpoint, limit=limit):
        completed, target = attempt(network, config, training.streams)
        training.descend(summed_squares(completed, target))
        training.note(update, error=wrong(completed, target).mean(-1))
    return [_outcome(config, training, seed, network.select(position)) for position, seed in enumerate(seeds)]


def attempt(network: PlasticRNN | ClampedLSTM, config: Config, streams: seeding.Streams) -> tuple[Tensor, Tensor]:
    """One batch of fresh episodes for each network: the completed and the true patterns, ``(S, B, bits)`` each."""
    drawn = [episodes(config, stream, config.batch) for stream in streams]
    drives = torch.stack([each.drives for each in drawn], 1)
    activity = network(drives, chunk=config.chunk) if isinstance(network, PlasticRNN) else network(drives)
    return activity[-1, :, :, : config.bits], torch.stack([each.target for each in drawn])


def summed_squares(completed: Tensor, target: Tensor) -> Tensor:
    """Loss of each network: the sum over bits, the mean over episodes (``simplest.py`` line 92), ``(S,)``."""
    return (completed - target).square().sum(-1).mean(-1)


def wrong(completed: Tensor, target: Tensor) -> Tensor:
    """Fraction of bits with the wrong sign, for each episode (``simplest.py`` line 102)."""
    return (completed.sign() != target).float().mean(-1)


@torch.no_grad()
def evaluate(network: PlasticRNN, config: Config, *, seed: int) -> float:
    """Mean error of one network over ``config.test_episodes`` fresh episodes."""
    stream = seeding.generator(seed, "test", network.weight.device)
    errors = []
    at_once = 50  # bounds the memory of the traces
    for first in range(0, config.test_episodes, at_once):
        drawn = episodes(config, stream, min(at_once, config.test_episodes - first))
        activity = network(drawn.drives[:, None], chunk=config.chunk)
        errors.append(wrong(activity[-1, 0, :, : config.bits], drawn.target))
    return float(torch.cat(errors).mean())


def _outcome(config: Config, training: Training, seed: int, network: PlasticRNN) -> Outcome:
    metrics = {"error": evaluate(network, config, seed=seed)}
    if network.plastic:
        metrics["error_without_plasticity"] = evaluate(network.without_plasticity(), config, seed=seed)
        metrics["eta"] = float(network.eta.detach())
    course = training.curve("error", seed, per_step=config.batch, y_label="wrong bits (fraction)")
    return Outcome(config.condition, seed, metrics, {"error": course}, network=network)
