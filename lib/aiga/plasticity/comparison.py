"""Fifty bits: networks with and without plasticity on the same task (sec. 4.2, fig. 3).

Two balanced patterns, shown once for three steps each, then half of one of them: the task of
:mod:`aiga.plasticity.binary` made so small that a network without plasticity can learn something. It learns to hold the
*last* pattern in its activity. The LSTM has cells made for holding things, and clamped inputs like the others.

Original code: ``simple/full.py`` and ``simple/lstm.py`` with the command lines of ``simple/README.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from aiga import device as devices
from aiga import seeding
from aiga.experiment import Metric, Outcome, settings, timed
from aiga.plasticity import binary
from aiga.plasticity.binary import Config
from aiga.plasticity.lstm import ClampedLSTM
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Fifty bits: with and without plasticity, and an LSTM"

METRICS = {
    **binary.METRICS,
    "error_first": Metric(
        "wrong bits when the probe is the pattern that was shown first", 0.0, 1.0, "lower", "fraction of all bits"
    ),
    "error_last": Metric(
        "wrong bits when the probe is the pattern that was shown last", 0.0, 1.0, "lower", "fraction of all bits"
    ),
}


@dataclass(frozen=True)
class LSTMConfig(Config):
    """The LSTM's condition. Line numbers are those of the original ``simple/lstm.py``.

    What a configuration says of plasticity has no meaning here, and the neurons that it counts are the inputs.
    """

    cells: int = 2000
    """Cells, of which the first, one a bit, are clamped (line 24)."""
    clamped: bool = True
    """Clamp them; "you get worse results if you don't use it" (line 149)."""


_TASK = Config(
    bits=50, patterns=2, cycles=1, shown=3, gap=1, probe=3, balanced=True, bias=True, learn_eta=True, chunk=11
)
_CI = replace(_TASK, batch=32, learning_rate=1e-3, test_episodes=1000)


def _conditions(base: Config, *, plastic: int, homogeneous: int, rnn: int, lstm: int) -> dict[str, Config]:
    """Each condition with its number of updates."""
    return {
        "plastic": replace(base, updates=plastic),
        "homogeneous": replace(base, condition="homogeneous", alpha="homogeneous", updates=homogeneous),
        "rnn": replace(base, condition="rnn", alpha="none", updates=rnn),
        "lstm": _lstm(base, cells=2 * base.bits, updates=lstm, learning_rate=3e-3, drive=10.0),
    }


def _lstm(base: Config, *, cells: int, updates: int, learning_rate: float, drive: float) -> LSTMConfig:
    """The same task for the LSTM: no bias neuron, as cells have biases, and an input strength of its own."""
    own = {"condition": "lstm", "alpha": "none", "learn_eta": False, "bias": False, "extra_neurons": 0}
    chosen = {"cells": cells, "updates": updates, "learning_rate": learning_rate, "drive": drive}
    return LSTMConfig(**(settings(base) | own | chosen))


# Large rivals: four times as many neurons, or cells, as bits, and twice as many episodes as the plastic networks.
_COLAB = _conditions(_CI, plastic=4000, homogeneous=4000, rnn=8000, lstm=8000)
_COLAB["rnn"] = replace(_COLAB["rnn"], extra_neurons=200)
_COLAB["lstm"] = _lstm(_CI, cells=200, updates=8000, learning_rate=1e-3, drive=10.0)

# The paper's run: one episode an update, a million of them; the plain network has 2,000 more neurons and a tenth of the
# learning rate, and so has the LSTM (``simple/README.md``), whose inputs are 100 (``lstm.py`` line 77).
_MILLION = 1_000_000
_PAPER = _conditions(
    replace(_TASK, test_episodes=1000), plastic=_MILLION, homogeneous=_MILLION, rnn=_MILLION, lstm=_MILLION
)
_PAPER["rnn"] = replace(_PAPER["rnn"], extra_neurons=2000, learning_rate=3e-5)
_PAPER["lstm"] = _lstm(_PAPER["plastic"], cells=2000, updates=_MILLION, learning_rate=3e-5, drive=100.0)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(replace(_CI, bits=10, test_episodes=20), plastic=4, homogeneous=4, rnn=4, lstm=4),
    "ci": _conditions(_CI, plastic=1500, homogeneous=1500, rnn=4000, lstm=1500),
    "colab": _COLAB,
    "paper": _PAPER,
}


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Train one network for each seed, all side by side; whatever the network, the episodes are the same.

    Args:
        config: the condition.
        seeds: one network each; up to round-off, a network does not depend on the others.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed the error on fresh episodes, also by which pattern was the probe, and its course during training;
        for plastic networks also the error without plasticity.
    """
    if isinstance(config, LSTMConfig):
        outcomes = _train_lstm(config, seeds=seeds, device=device, checkpoint=checkpoint, limit=limit)
    else:
        outcomes = binary.train(config, seeds=seeds, device=device, checkpoint=checkpoint, limit=limit)
    for outcome in outcomes:
        if outcome.network is not None:
            outcome.metrics = by_probe(outcome.network, config, seed=outcome.seed) | outcome.metrics
    return outcomes


@torch.no_grad()
def by_probe(network: nn.Module, config: Config, *, seed: int) -> dict[str, float]:
    """Where the errors are: mean error of one network, over all test episodes and by which pattern was the probe."""
    stream = seeding.generator(seed, "test", next(network.parameters()).device)
    errors, is_last = [], []
    at_once = 50
    for first in range(0, config.test_episodes, at_once):
        drawn = binary.episodes(config, stream, min(at_once, config.test_episodes - first))
        errors.append(binary.wrong(network(drawn.drives[:, None])[-1, 0, :, : config.bits], drawn.target))
        shown_last = drawn.drives[-config.probe - config.gap - 1, :, : config.bits].sign()  # (B, bits)
        is_last.append((shown_last == drawn.target).all(-1))
    error, last = torch.cat(errors), torch.cat(is_last)
    return {
        "error": float(error.mean()),
        "error_first": float(error[~last].mean()),
        "error_last": float(error[last].mean()),
    }


def _train_lstm(
    config: LSTMConfig, *, seeds: Sequence[int], device: str | torch.device, checkpoint: Path | None, limit: int | None
) -> list[Outcome]:
    """:func:`aiga.plasticity.binary.train` for the LSTM: the same episodes, loss and course."""
    place = devices.resolve(device)
    inits = [seeding.generator(seed, "init") for seed in seeds]
    network = ClampedLSTM(config.bits, config.cells, inits, clamped=config.clamped).to(place)
    training = Training(config, seeds, network, adam(network, config.learning_rate), notes=["error"])
    label = f"{config.condition}, {config.cells} cells"
    for update in training.updates(label, checkpoint=checkpoint, limit=limit):
        completed, target = binary.attempt(network, config, training.streams)
        training.descend(binary.summed_squares(completed, target))
        training.note(update, error=binary.wrong(completed, target).mean(-1))

    network.clamp()  # the optimiser has the last word otherwise
    outcomes = []
    for position, seed in enumerate(seeds):
        course = training.curve("error", seed, per_step=config.batch, y_label="wrong bits (fraction)")
        outcomes.append(Outcome(config.condition, seed, {}, {"error": course}, network=network.select(position)))
    return outcomes
