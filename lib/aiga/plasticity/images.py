"""Memorise three photographs, then complete one from its upper or lower half (sec. 4.3, figs. 4 and 5).

An episode shows three photographs, each several times, then one of them with a whole half blanked. A pixel is one
neuron, and its grey level is the neuron's activity: a neuron with input takes exactly that value. The photographs of
the test were never seen in training, so only the trace can hold them.

Original code: ``uber-research/differentiable-plasticity``, ``images/images.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import datasets, seeding
from aiga import device as devices
from aiga.experiment import Metric, Outcome, timed
from aiga.plasticity.model import Alpha, PlasticRNN
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Natural images: complete one of three photographs from half of it"

_GREY = "grey levels, -1 to 1"

METRICS = {
    "error": Metric("root mean squared error of the hidden pixels", 0.0, 2.0, "lower", _GREY),
    "squared_error": Metric("squared error, summed over all pixels: the loss", 0.0, 4096.0, "lower", "grey levels ²"),
    "error_of_mean": Metric("error of answering the mean of the three photographs", 0.0, 2.0, "neither", _GREY),
    "error_of_last": Metric("error of answering the photograph shown last", 0.0, 2.0, "neither", _GREY),
    "error_of_blank": Metric("error of answering 0, the photograph's mean grey", 0.0, 2.0, "neither", _GREY),
    "error_without_plasticity": Metric("error with alpha set to 0 after training", 0.0, 2.0, "neither", _GREY),
    "eta": Metric("the learned rate of the Hebbian trace", -1.0, 2.0, "neither", "per step"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment. Line numbers are those of the original ``images/images.py``."""

    condition: str = "plastic"
    """Name of this condition in figures, ledger and records."""
    alpha: Alpha = "per_connection"
    """Plasticity coefficients (lines 134-139); ``none`` is an ordinary recurrent network."""
    side: int = 32
    """Rows and columns of a photograph (line 64); below 32 it is shrunk, each pixel the mean of those it covers."""
    patterns: int = 3
    """Photographs in an episode (line 59)."""
    cycles: int = 3
    """How often each is shown; the order is drawn anew each time (line 60)."""
    shown: int = 20
    """Steps of one presentation (line 61)."""
    gap: int = 2
    """Steps without input after each presentation (line 63)."""
    probe: int = 3
    """Steps with half a photograph at the end (line 62)."""
    degrade: Literal["half", "pixels"] = "half"
    """What the probe hides: the upper or the lower half, or as many pixels anywhere (lines 97-105; not used there,
    because the mean of the neighbours is nearly right)."""
    init: float = 0.01
    """Standard deviation of the initial w and alpha (lines 134-138)."""
    eta: float = 0.01
    """Initial rate of the trace (line 139)."""
    learning_rate: float = 1e-4
    """Adam's (line 67)."""
    batch: int = 1
    """Episodes in one update; 1 in the original."""
    updates: int = 100_000
    """Number of updates (line 66)."""
    test_episodes: int = 500
    """Episodes of photographs never seen in training, for the errors after training."""
    chunk: int = 22
    """Steps between two materialised traces: speed, not results (see the model)."""

    @property
    def pixels(self) -> int:
        """Pixels of a photograph."""
        return self.side**2

    @property
    def neurons(self) -> int:
        """One a pixel, and one that is always 1 (line 173)."""
        return self.pixels + 1

    @property
    def steps(self) -> int:
        """Steps in an episode (line 172)."""
        return self.cycles * self.patterns * (self.shown + self.gap) + self.probe


# Below paper scale each photograph is shown once and briefly, and the trace starts with a larger rate, to be felt after
# so few steps. `colab` has the paper's network; `ci` shrinks the photographs. 15 steps are quickest without a trace.
_QUICK = Config(cycles=1, shown=3, gap=1, eta=0.1, chunk=15, test_episodes=300)
_CI = replace(_QUICK, side=12, batch=16, learning_rate=2e-3, updates=900)
_SMOKE = replace(_CI, side=6, batch=4, updates=4, test_episodes=6)
_COLAB = replace(_QUICK, batch=8, learning_rate=4e-4, updates=800)


def _conditions(base: Config) -> dict[str, Config]:
    return {
        "plastic": base,
        "homogeneous": replace(base, condition="homogeneous", alpha="homogeneous"),
        "rnn": replace(base, condition="rnn", alpha="none"),
    }


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE),
    "ci": _conditions(_CI),
    "colab": _conditions(_COLAB),
    "paper": _conditions(Config()),
}


def grey(images: Tensor, side: int) -> Tensor:
    """Photographs as the network sees them, each on its own (lines 87-90).

    Colours are summed, the photograph's mean is subtracted, and its largest value, up to sign, becomes 1.

    Args:
        images: ``(n, 3, H, W)``.
        side: rows and columns of the result; smaller photographs are means over areas.

    Returns:
        ``(n, side * side)``, row by row, in [-1, 1].
    """
    summed = F.interpolate(images.float().sum(1, keepdim=True), size=(side, side), mode="area").flatten(1)
    centred = summed - summed.mean(1, keepdim=True)
    return centred / (1e-8 + centred.abs().amax(1, keepdim=True))


@dataclass
class Episodes:
    """A batch of episodes."""

    drives: Tensor  # (T, B, N), input of each neuron at each step; 0 is no input
    target: Tensor  # (B, pixels), the photograph to complete
    visible: Tensor  # (B, pixels), 1 where the probe shows the pixel, else 0
    patterns: Tensor  # (B, patterns, pixels), in the order in which they were shown last
    probed: Tensor  # (B,), which of the patterns is the target


def episodes(photographs: Tensor, config: Config, generator: torch.Generator, batch: int) -> Episodes:
    """Draw fresh episodes, on the generator's device, from a pool of photographs ``(n, pixels)``.

    The photographs of an episode are drawn independently (line 86): now and then two are the same.
    """
    place, pixels = generator.device, config.pixels
    patterns = photographs[torch.randint(len(photographs), (batch, config.patterns), generator=generator, device=place)]
    drives = torch.zeros(config.steps, batch, config.neurons, device=place)
    step = 0
    for _ in range(config.cycles):
        order = torch.rand(batch, config.patterns, generator=generator, device=place).argsort(1)
        patterns = patterns.gather(1, order[:, :, None].expand_as(patterns))
        for position in range(config.patterns):
            drives[step : step + config.shown, :, :pixels] = patterns[:, position]
            step += config.shown + config.gap
    probed = torch.randint(config.patterns, (batch,), generator=generator, device=place)
    target = patterns[torch.arange(batch, device=place), probed]
    if config.degrade == "half":
        upper = torch.arange(pixels, device=place) < pixels // 2
        visible = (upper == (torch.rand(batch, 1, generator=generator, device=place) < 0.5)).float()
    else:
        noise = torch.rand(batch, pixels, generator=generator, device=place)
        visible = (noise.argsort(1) >= pixels // 2).float()
    drives[step:, :, :pixels] = target * visible
    drives[:, :, -1] = 1
    return Episodes(drives, target, visible, patterns, probed)


def pool(config: Config, place: torch.device) -> tuple[Tensor, Tensor, datasets.Photographs]:
    """Photographs to train on and others to test on, ``(n, pixels)`` each, and where they come from."""
    photographs = datasets.cifar10("lossless")
    seen, unseen = (
        grey(images, config.side).to(place) for images in (photographs.train_images, photographs.test_images)
    )
    return seen, unseen, photographs


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
        For each seed the errors on photographs never seen in training, and the error's course during training.

    Raises:
        ValueError: the photographs cannot be made as large as ``config.side``.
    """
    if not 2 <= config.side <= 32:
        raise ValueError(f"side must be 2 to 32 pixels, the photographs' own size, got {config.side}")
    place = devices.resolve(device)
    seen, unseen, photographs = pool(config, place)
    inits = [seeding.generator(seed, "init") for seed in seeds]
    network = PlasticRNN(config.neurons, inits, alpha=config.alpha, clamp="hard", init=config.init, eta=config.eta).to(
        place
    )
    training = Training(config, seeds, network, adam(network, config.learning_rate), notes=["loss", "error"])
    label = f"{config.condition}, {config.side} x {config.side} pixels"
    for update in training.updates(label, checkpoint=checkpoint, limit=limit):
        drawn = [episodes(seen, config, stream, config.batch) for stream in training.streams]
        target = torch.stack([each.target for each in drawn])  # (S, B, pixels)
        visible = torch.stack([each.visible for each in drawn])  # (S, B, pixels)
        activity = network(torch.stack([each.drives for each in drawn], 1), chunk=config.chunk)
        completed = activity[-1, :, :, : config.pixels]
        loss = (completed - target).square().sum(-1).mean(-1)  # sum over pixels, mean over episodes, (S,)
        training.descend(loss)
        training.note(update, loss=loss, error=hidden_squares(completed, target, visible).mean(-1).sqrt())

    outcomes = [
        _outcome(config, training, seed, network.select(position), unseen) for position, seed in enumerate(seeds)
    ]
    for outcome in outcomes:
        outcome.data = photographs.data
    return outcomes


def hidden_squares(completed: Tensor, target: Tensor, visible: Tensor) -> Tensor:
    """Squared error of each episode, the mean over its hidden pixels, ``(..., pixels)`` to ``(...)``."""
    hidden = 1 - visible
    return ((completed - target).square() * hidden).sum(-1) / hidden.sum(-1)


@torch.no_grad()
def evaluate(network: PlasticRNN, photographs: Tensor, config: Config, *, seed: int) -> dict[str, float]:
    """Errors of one network (``S = 1``), and of three simple answers, over ``config.test_episodes`` fresh episodes."""
    stream = seeding.generator(seed, "test", photographs.device)
    sums: dict[str, float] = dict.fromkeys(("error", "squared_error", "of_mean", "of_last", "of_blank"), 0.0)
    at_once = max(1, 4_000_000 // config.neurons**2)  # bounds the memory of the traces
    for first in range(0, config.test_episodes, at_once):
        drawn = episodes(photographs, config, stream, min(at_once, config.test_episodes - first))
        completed = network(drawn.drives[:, None], chunk=config.chunk)[-1, 0, :, : config.pixels]
        answers = {
            "error": completed,
            "of_mean": drawn.patterns.mean(1),
            "of_last": drawn.patterns[:, -1],
            "of_blank": torch.zeros_like(completed),
        }
        for name, answer in answers.items():
            sums[name] += float(hidden_squares(answer, drawn.target, drawn.visible).sum())
        sums["squared_error"] += float((completed - drawn.target).square().sum())
    means = {name: total / config.test_episodes for name, total in sums.items()}
    roots = {f"error_{name}": means[name] ** 0.5 for name in ("of_mean", "of_last", "of_blank")}
    return {"error": means["error"] ** 0.5, "squared_error": means["squared_error"]} | roots


def _outcome(config: Config, training: Training, seed: int, network: PlasticRNN, unseen: Tensor) -> Outcome:
    metrics = evaluate(network, unseen, config, seed=seed)
    if network.plastic:
        lesioned = evaluate(network.without_plasticity(), unseen, config, seed=seed)
        metrics["error_without_plasticity"] = lesioned["error"]
        metrics["eta"] = float(network.eta.detach())
    curves = {
        name: training.curve(name, seed, per_step=config.batch, y_label=label)
        for name, label in (
            ("error", "error of the hidden pixels (grey levels)"),
            ("loss", "squared error, sum over all pixels"),
        )
    }
    return Outcome(config.condition, seed, metrics, curves, network=network)
