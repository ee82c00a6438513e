"""Teach a fresh network MNIST in a few steps of gradient descent (secs. 3.2 and 3.3).

A generator's data in its four curricula, against dataset distillation and against real data. All of them learn a rate
and a momentum for each inner step, in the same number of outer iterations, and their learners take the same number of
inner steps on batches of the same size.

Original code: ``uber-research/GTN``, ``train_cgtn.py`` and ``experiments/cgtn.json``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from torch import nn

from aiga import datasets, seeding
from aiga import device as devices
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.gtn.curriculum import Distilled, Order, Real, Synthetic
from aiga.gtn.generator import Generator
from aiga.gtn.inner import Method, Rates
from aiga.gtn.meta_training import meta_train
from aiga.gtn.model import Learner, Mlp, MnistConv
from aiga.gtn.teaching import Task, Teacher, examine, lessons, newborn, split
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "MNIST from a few steps on learned data, against real data"

_ACCURACY = partial(Metric, lowest=0.0, highest=1.0, better="higher", unit="fraction")

METRICS = {
    "accuracy": _ACCURACY("test images named by fresh learners after the last inner step"),
    "spread": Metric("standard deviation of that over a seed's fresh learners", 0.0, 1.0, "lower", "fraction"),
    "validation": _ACCURACY("the same on the images held out for validation"),
    "reversed": _ACCURACY("the same as accuracy, with the batches in reverse order"),
    "without_last": _ACCURACY("the same as accuracy, without the last inner step"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment: the paper's settings, mostly from memory; line numbers: ``train_cgtn.py``."""

    condition: str = "gtn"
    """Name of this condition in figures, ledger and records."""
    source: Literal["synthetic", "distilled", "real"] = "synthetic"
    """Where batches come from."""
    order: Order = "full"
    """Which curriculum, of synthetic batches."""
    learned: bool = True
    """Whether the curriculum's latent vectors are learned, or random and fixed."""
    network: Literal["conv", "mlp"] = "conv"
    """The learner: the paper's, or fully connected layers."""
    widths: tuple[int, ...] = (64, 128, 256)
    """The learner's, layer by layer."""
    side: int = 28
    """Rows and columns of an image; below 28 each pixel is the mean of those it covers."""
    weight_norm: bool = True
    """Whether the kernels of learner and generator are normalised."""
    steps: int = 32
    """Inner steps (64 by default in the released code)."""
    batch: int = 128
    """Images in each."""
    meta_batch: int = 128
    """Real images of the meta-loss."""
    every: int | None = 1
    """The meta-loss is also taken after each so many steps (``cgtn.json``); None takes it after the last only."""
    latent: int = 128
    """Numbers in a latent vector."""
    hidden: int = 1024
    """Units of the generator's first layer."""
    maps: tuple[int, ...] = (128, 64)
    """Maps of its convolutions; empty for none."""
    rate: float = 0.02
    """Where the learned inner rates begin."""
    momentum: float = 0.5
    """Where the learned inner momenta begin."""
    learning_rate: float = 0.01
    """Adam's, between inner loops; 0.02 in ``cgtn.json``."""
    final: float = 0.1
    """The share of it that is left at the end of a cosine."""
    updates: int = 2000
    """Outer iterations (``cgtn.json``)."""
    held_out: int = 10_000
    """Training images kept for validation."""
    fresh: int = 5
    """Fresh learners of each seed in the examination."""
    curve_images: int = 10_000
    """Test images, evenly spread, for the accuracy after each inner step."""
    method: Method = "adjoint"
    """How the meta-gradient is taken: memory and speed, not results."""


def conditions(base: Config) -> dict[str, Config]:
    """All conditions: the curricula, latent vectors that do not learn, and the two baselines."""
    changed = {
        "gtn": base,
        "shuffled_batch": replace(base, order="shuffled_batch"),
        "all_shuffled": replace(base, order="all_shuffled"),
        "none": replace(base, order="none"),
        "fixed_z": replace(base, learned=False),
        "distillation": replace(base, source="distilled"),
        "real": replace(base, source="real"),
    }
    return {name: replace(config, condition=name) for name, config in changed.items()}


# One image of each class in a batch shows most clearly what the order is worth, and is what a page can afford. Rates
# begin nearer to where they end: with so few outer iterations they could not get there (115 for ten times as much).
_CI = Config(
    network="mlp",
    widths=(64,),
    side=14,
    batch=10,
    meta_batch=256,
    every=None,
    latent=32,
    hidden=128,
    maps=(),
    rate=0.1,
    learning_rate=0.02,
    updates=200,
    curve_images=1000,
)
_SMOKE = replace(
    _CI, steps=3, widths=(8,), hidden=12, latent=4, meta_batch=16, updates=3, fresh=2, curve_images=50, held_out=500
)
_COLAB = replace(Config(), steps=16, batch=64, updates=200, rate=0.1, learning_rate=0.02, every=4, curve_images=2000)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": conditions(_SMOKE),
    "ci": conditions(_CI),
    "colab": conditions(_COLAB),
    "paper": conditions(Config()),
}


def task(config: Config, place: torch.device) -> Task:
    """MNIST as the networks see it.

    Raises:
        ValueError: the images cannot be made as large as ``config.side``.
    """
    if not 4 <= config.side <= 28:
        raise ValueError(f"side must be 4 to 28 pixels, the images' own size, got {config.side}")
    digits = datasets.mnist()
    train, test = (
        F.interpolate(images[:, None].float(), size=(config.side, config.side), mode="area")
        for images in (digits.train_images, digits.test_images)
    )
    held_out = min(config.held_out, len(train) // 4)  # stand-in data are few
    return split((train, digits.train_labels), (test, digits.test_labels), held_out, digits.data, place)


def taught(config: Config) -> Learner:
    """The learner of a condition.

    Raises:
        ValueError: the convolutional learner has other than three widths.
    """
    if config.network == "mlp":
        return Mlp(inputs=config.side**2, hidden=config.widths, weight_norm=config.weight_norm)
    if len(config.widths) != 3:
        raise ValueError(f"the convolutional learner has three widths, got {config.widths}")
    first, second, units = config.widths
    return MnistConv(side=config.side, widths=(first, second, units), weight_norm=config.weight_norm)


def create(config: Config, seeds: Sequence[int], known: Task, place: torch.device) -> Teacher:
    """A fresh teacher for each seed."""
    inits = [seeding.generator(seed, "init", place) for seed in seeds]
    curriculum: nn.Module
    if config.source == "real":
        curriculum = Real(known.train_images, known.train_labels, steps=config.steps, batch=config.batch)
    elif config.source == "distilled":
        curriculum = Distilled(inits, steps=config.steps, batch=config.batch, side=config.side)
    else:
        generator = Generator(
            inits,
            side=config.side,
            latent=config.latent,
            hidden=config.hidden,
            maps=config.maps,
            weight_norm=config.weight_norm,
        )
        curriculum = Synthetic(
            generator, inits, steps=config.steps, batch=config.batch, order=config.order, learned=config.learned
        )
    return Teacher(
        curriculum, Rates(len(seeds), config.steps, rate=config.rate, momentum=config.momentum, device=place)
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
    """Train one teacher for each seed, all side by side.

    Args:
        config: the condition.
        seeds: one teacher each; up to round-off, a teacher does not depend on the others.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed the accuracy of fresh learners, its course during the meta-training, and its course during an
        inner loop; the outcome's network is the seed's :class:`aiga.gtn.teaching.Teacher`.
    """
    place = devices.resolve(device)
    known, learner = task(config, place), taught(config)
    teacher = create(config, seeds, known, place)
    training = meta_train(
        teacher,
        adam(teacher, config.learning_rate),
        known,
        [learner] * config.updates,
        config,
        seeds=seeds,
        part_of=config,
        last=config.learning_rate * config.final,
        label=f"{config.condition}, {config.steps} steps",
        checkpoint=checkpoint,
        limit=limit,
    )
    outcomes = []
    for position, seed in enumerate(seeds):
        alone = create(config, [seed], known, place)
        alone.load_state_dict({name: value[[position]] for name, value in teacher.state_dict().items()})
        outcomes.append(_outcome(config, training, alone, seed, known))
    return outcomes


def _outcome(config: Config, training: Training, teacher: Teacher, seed: int, known: Task) -> Outcome:
    """What one seed's teacher is worth."""
    learner, place = taught(config), known.test_images.device
    born, shown = (seeding.generator(seed, f"examined {name}", place) for name in ("learners", "lessons"))
    images, labels, (alpha, beta) = lessons(teacher, [shown], config.fresh)
    test = partial(examine, learner, newborn(learner, [born], config.fresh))
    questions, answers = known.test_images, known.test_labels
    some = slice(None, None, max(1, len(answers) // config.curve_images))  # the first ones are harder than the rest
    course = test(images, labels, (alpha, beta), questions[some], answers[some], every=1)
    after = test(images, labels, (alpha, beta), questions, answers)[-1]  # (fresh,)
    others = {
        "validation": test(images, labels, (alpha, beta), known.validation_images, known.validation_labels),
        "reversed": test(images.flip(0), labels.flip(0), (alpha, beta), questions, answers),
        "without_last": test(images[:-1], labels[:-1], (alpha[:-1], beta[:-1]), questions, answers),
    }
    metrics = {"accuracy": float(after.mean()), "spread": float(after.std(correction=0))}
    metrics |= {name: float(found[-1].mean()) for name, found in others.items()}
    outer = partial(training.curve, seed=seed, per_step=1, x_label="outer iterations")
    curves = {
        "outer": outer("accuracy", y_label="accuracy on the meta-batch (fraction)"),
        "loss": outer("loss", y_label="meta-loss (nats)"),
        "inner": Curve(
            [float(step) for step in range(1, config.steps + 1)],
            course.mean(1).tolist(),
            "inner steps",
            "accuracy on test images (fraction)",
        ),
    }
    return Outcome(config.condition, seed, metrics, curves, known.data, network=teacher)
