"""How far weight normalisation keeps meta-gradients in bounds (sec. 3.1).

Two looks. A map without any training: the norm of the meta-gradient for real images in the inner loop, over the inner
rate and the number of inner steps. And a sweep as the paper's, small: each seed draws hyper-parameters of its own, the
same for both conditions, and trains a generator with them, which may diverge.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import device as devices
from aiga import seeding
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.gtn import mnist
from aiga.gtn.curriculum import Real, Synthetic
from aiga.gtn.generator import Generator
from aiga.gtn.inner import Method, Rates, learn
from aiga.gtn.model import Mlp
from aiga.gtn.teaching import Task, Teacher, examine, lessons, meta_loss, newborn
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Stable meta-gradients by weight normalisation"

METRICS = {
    "accuracy": Metric("test images named after meta-training with drawn settings", 0.0, 1.0, "higher", "fraction"),
    "diverged": Metric("whether something was no longer a number", 0.0, 1.0, "lower"),
    "gradient": Metric("log10 of the meta-gradient's norm at one rate", -20.0, 40.0, "lower"),
    "largest_rate": Metric("largest inner rate of the map whose meta-gradient is below 100", 0.0, 100.0, "higher"),
}


@dataclass(frozen=True)
class Config:
    """One condition: the small learner; the ranges of the draws are ours."""

    condition: str = "weight_norm"
    """Name of this condition in figures, ledger and records."""
    weight_norm: bool = True
    """Whether the kernels of learner and generator are normalised."""
    batch_norm: bool = True
    """Whether the learner has mean-only batch norm, as the paper's has."""
    side: int = 14
    """Rows and columns of an image."""
    hidden: tuple[int, ...] = (64, 64)
    """The learner's hidden layers."""
    steps: int = 32
    """Inner steps."""
    batch: int = 16
    """Images in each."""
    meta_batch: int = 256
    """Real images of the meta-loss."""
    latent: int = 32
    """Numbers in a latent vector of the generator."""
    generator: int = 128
    """Hidden units of the generator."""
    learning_rates: tuple[float, float] = (10**-2.5, 10**-1.5)
    """Adam's is drawn between these, evenly in its logarithm."""
    rates: tuple[float, float] = (0.05, 0.5)
    """Where the inner rates begin is drawn between these, evenly in its logarithm. Up to 2, and with Adam's up to 0.1,
    eight of nine draws diverged without weight normalisation, and four with it."""
    momenta: tuple[float, float] = (0.3, 0.9)
    """Where the inner momenta begin is drawn between these."""
    updates: int = 40
    """Outer iterations."""
    fresh: int = 5
    """Fresh learners in the examination."""
    map_rates: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0, 10.0)
    """Inner rates of the map."""
    map_rate: float = 0.3
    """Of which the metric ``gradient`` tells."""
    method: Method = "adjoint"
    """How the meta-gradient is taken: memory and speed, not results."""


def _conditions(base: Config) -> dict[str, Config]:
    return {"weight_norm": base, "plain": replace(base, condition="plain", weight_norm=False)}


_SMOKE = Config(hidden=(6, 6), steps=3, batch=4, meta_batch=16, latent=3, generator=8, updates=3, fresh=2)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE),
    "ci": _conditions(Config()),
    "colab": _conditions(Config(updates=300)),
    "paper": _conditions(Config(side=28, hidden=(256, 256), batch=128, generator=1024, latent=128, updates=2000)),
}


@dataclass(frozen=True)
class Settings:
    """What each seed draws, ``(S,)`` each."""

    learning_rate: Tensor
    rate: Tensor
    momentum: Tensor


def settings(config: Config, seeds: Sequence[int]) -> Settings:
    """The hyper-parameters of each seed; they do not depend on the condition."""
    drawn = torch.stack([torch.rand(3, generator=seeding.generator(seed, "settings")) for seed in seeds], 1)

    def between(ends: tuple[float, float], share: Tensor) -> Tensor:
        low, high = math.log(ends[0]), math.log(ends[1])
        return (low + (high - low) * share).exp()

    low, high = config.momenta
    return Settings(
        between(config.learning_rates, drawn[0]), between(config.rates, drawn[1]), low + (high - low) * drawn[2]
    )


def learner(config: Config) -> Mlp:
    """The learner of a condition."""
    return Mlp(
        inputs=config.side**2,
        hidden=config.hidden,
        weight_norm=config.weight_norm,
        batch_norm=config.batch_norm,
    )


def task(config: Config, place: torch.device | str = "cpu") -> Task:
    """MNIST as the learners see it (see :func:`aiga.gtn.mnist.task`)."""
    return mnist.task(mnist.Config(side=config.side), torch.device(place))


def norms(
    config: Config,
    known: Task,
    *,
    seeds: Sequence[int],
    rates: Sequence[float],
    steps: int,
    momentum: float = 0.5,
) -> Tensor:
    """Norm of the meta-gradient for the inner loop's images, before any training: a row of the map.

    The inner loop learns from real images. All rates of a seed begin with the same weights and see the same images,
    and they run side by side.

    Args:
        config: which learner, and the sizes of its batches.
        known: the images.
        seeds: one inner loop each.
        rates: inner rates, the same at each step.
        steps: inner steps.
        momentum: the same at each step.

    Returns:
        ``(rates, seeds)``; not a number, or infinite, where the inner loop or its gradient was.
    """
    place, count = known.train_images.device, len(rates)
    streams = [seeding.generator(seed, "map", place) for seed in seeds]
    images, labels = Real(known.train_images, known.train_labels, steps=steps, batch=config.batch).batches(streams)
    questions = Real(known.train_images, known.train_labels, steps=1, batch=config.meta_batch).batches(streams)
    kind = learner(config)
    weights = tuple(each.repeat(count, *[1] * (each.dim() - 1)) for each in newborn(kind, streams))  # K = rates, seeds
    images, labels = (torch.cat([each] * count, 1) for each in (images, labels))  # (T, K, B, ...)
    asked, answers = (torch.cat([each[0]] * count) for each in questions)  # (K, M, ...)
    images.requires_grad_()
    alpha = torch.tensor(rates, device=place).repeat_interleave(len(seeds)).expand(steps, -1)
    last = learn(kind, weights, images, labels, (alpha, torch.full_like(alpha, momentum)), method=config.method).last
    logits, _ = kind.logits(last.weights, asked, last.means)
    losses = F.cross_entropy(logits.flatten(0, 1), answers.flatten(), reduction="sum") / config.meta_batch
    (gradient,) = torch.autograd.grad(losses, images)
    size: Tensor = gradient.transpose(0, 1).flatten(1).norm(dim=1).view(count, len(seeds))
    return size


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Train a generator for each seed with the settings that it drew, all side by side.

    Args:
        config: the condition.
        seeds: one draw of hyper-parameters each; up to round-off, one does not depend on the others.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed the accuracy of fresh learners, and its row of the map; a run that diverged goes on as it is, and
        its curve ends there.
    """
    place = devices.resolve(device)
    known, kind, drawn = task(config, place), learner(config), settings(config, seeds)
    teacher = _create(config, seeds, drawn, place)
    optimiser = adam(teacher, 1.0)
    training = Training(config, seeds, teacher, optimiser, notes=["loss"])
    real = Real(known.train_images, known.train_labels, steps=1, batch=config.meta_batch)
    scale = drawn.learning_rate.to(place)
    for update in training.updates(f"stability, {config.condition}", checkpoint=checkpoint, limit=limit):
        streams = training.streams.generators
        images, labels = real.batches(streams)
        losses, loss, _ = meta_loss(
            teacher, kind, newborn(kind, streams), streams, [(images[0], labels[0])], method=config.method
        )
        before = [each.detach().clone() for each in teacher.parameters()]
        training.descend(losses)
        _shorten(teacher, before, scale * (0.1 + 0.9 * (0.5 + 0.5 * math.cos(math.pi * update / config.updates))))
        training.note(update, loss=loss)
    accuracies, finite = _examined(config, teacher, known, seeds), _finite(teacher)
    gradients = norms(config, known, seeds=seeds, rates=config.map_rates, steps=config.steps).detach().cpu()
    gradients = gradients.nan_to_num(math.inf)
    outcomes = []
    for place_of, seed in enumerate(seeds):
        fine = [rate for rate, each in zip(config.map_rates, gradients[:, place_of], strict=True) if each < 100]
        at = float(gradients[config.map_rates.index(config.map_rate), place_of])
        metrics = {
            "accuracy": float(accuracies[place_of]),
            "diverged": float(not finite[place_of]),
            "gradient": min(40.0, math.log10(max(at, 1e-20))),
            "largest_rate": max(fine, default=0.0),
        }
        course = training.curve("loss", seed, per_step=1, x_label="outer iterations", y_label="meta-loss (nats)")
        outcomes.append(Outcome(config.condition, seed, metrics, while_finite(course), known.data))
    return outcomes


def while_finite(course: Curve) -> dict[str, Curve]:
    """The curve of the loss up to where a run diverged; none where it never was a number."""
    ends = next((place for place, y in enumerate(course.y) if not math.isfinite(y)), len(course.y))
    return {"loss": replace(course, x=course.x[:ends], y=course.y[:ends])} if ends else {}


def _create(config: Config, seeds: Sequence[int], drawn: Settings, place: torch.device) -> Teacher:
    """A fresh generator for each seed, with its latent vectors and with inner rates as drawn."""
    inits = [seeding.generator(seed, "init", place) for seed in seeds]
    generator = Generator(
        inits,
        side=config.side,
        latent=config.latent,
        hidden=config.generator,
        maps=(),
        weight_norm=config.weight_norm,
    )
    rates = Rates(len(seeds), config.steps, device=place)
    with torch.no_grad():
        rates.log_rate.copy_(drawn.rate.log()[:, None])
        rates.log_momentum.copy_(drawn.momentum.log()[:, None])
    return Teacher(Synthetic(generator, inits, steps=config.steps, batch=config.batch), rates)


@torch.no_grad()
def _shorten(teacher: Teacher, before: Sequence[Tensor], share: Tensor) -> None:
    """Give each seed the learning rate of its own: Adam's step of rate 1, times ``share``, ``(S,)``."""
    for parameter, start in zip(teacher.parameters(), before, strict=True):
        parameter.copy_(start + share.view(-1, *[1] * (start.dim() - 1)) * (parameter - start))


def _examined(config: Config, teacher: Teacher, known: Task, seeds: Sequence[int]) -> Tensor:
    """Test accuracy of each seed's generator, ``(S,)``: the mean over fresh learners."""
    place = known.test_images.device
    born, shown = ([seeding.generator(seed, name, place) for seed in seeds] for name in ("learners", "lessons"))
    kind = learner(config)
    images, labels, rates = lessons(teacher, shown, config.fresh)
    fresh = newborn(kind, born, config.fresh)
    found = examine(kind, fresh, images, labels, rates, known.test_images, known.test_labels)
    return found[-1].view(len(seeds), config.fresh).mean(1)


def _finite(teacher: Teacher) -> Tensor:
    """Whether all numbers of each seed are finite, ``(S,)``."""
    flat = [each.detach().flatten(1).isfinite().all(1) for each in teacher.parameters()]
    return torch.stack(flat).all(0)
