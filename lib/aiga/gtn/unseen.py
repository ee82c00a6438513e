"""Learners that a teacher never met: other widths, depths, activations, another family.

The paper draws the widths of its learners at random while it trains the generator, so that the data do not suit one
network alone (from memory), and then uses them for architectures of all kinds. A later report on the released code
found that they served few others (``willisk/GTN_Robustness_Tests``: 2 of 9 kinds of learner above 0.7). Here: a teacher
of one learner, a teacher of random widths, and real images with learned rates.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from aiga import device as devices
from aiga.experiment import Metric, Outcome, timed
from aiga.gtn.candidates import Candidate, Kind, Taught, learner, of_random_widths
from aiga.gtn.classroom import SMALL, TINY, Lessons, few_steps, teach
from aiga.gtn.model import Learner
from aiga.gtn.pictures import Name, pictures, shape_of
from aiga.scale import Scale

TITLE = "Learners that the teacher never met"

KINDS = {
    "trained": "the learner that it was trained with",
    "narrow": "a quarter as wide",
    "wide": "four times as wide",
    "deeper": "one hidden layer more",
    "tanh": "tanh for the leaky rectifier",
    "sigmoid": "sigmoid for the leaky rectifier",
    "max_pooling": "pooled by the maximum",
    "average_pooling": "pooled by the mean",
    "no_batch_norm": "without batch norm",
    "no_weight_norm": "without weight normalisation",
    "other_family": "the other family: convolutions for linear layers, or the reverse",
}
"""Learners that are examined, each different from the trained one in one thing."""

METRICS = {
    name: Metric(f"test images named after the lessons: {says}", 0.0, 1.0, "higher", "fraction")
    for name, says in KINDS.items()
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment."""

    condition: str = "one_width"
    """Name of this condition in figures, ledger and records."""
    random_widths: bool = False
    """Whether each outer iteration's learner has widths of its own."""
    taught: Taught = "mnist"
    """The family that learns while the teacher is trained."""
    widths: tuple[int, ...] = (64, 128, 256)
    """Of the one learner."""
    ranges: tuple[tuple[int, int], ...] = ((32, 128), (64, 256), (64, 256))
    """Of random widths, layer by layer (from memory)."""
    images: Name = "digits"
    side: int = 28
    """Rows and columns of an image."""
    tested: int | None = None
    """Test images; None is all."""
    lessons: Lessons = Lessons()  # noqa: RUF009 (frozen)
    base: tuple[Kind, int, int] = ("conv", 2, 64)
    """Family, depth and width of the learners that differ in kind; they have one width in all layers."""
    other: tuple[Kind, int, int] = ("mlp", 1, 256)
    """Those of the other family's learner."""
    fresh: int = 5
    """Fresh learners of each kind for each seed."""


def conditions(base: Config) -> dict[str, Config]:
    """A teacher of one learner, one of random widths, and real images."""
    real = replace(base.lessons, source="real")
    return {
        "one_width": replace(base, condition="one_width"),
        "random_widths": replace(base, condition="random_widths", random_widths=True),
        "real": replace(base, condition="real", random_widths=True, lessons=real),
    }


_CI = Config(
    taught="mlp",
    widths=(64,),
    ranges=((32, 128),),
    side=14,
    tested=3000,
    lessons=SMALL,
    base=("mlp", 1, 64),
    other=("conv", 1, 8),
    fresh=2,
)
_SMOKE = replace(
    _CI,
    tested=50,
    lessons=TINY,
    fresh=1,
)
_COLAB = replace(_CI, tested=10_000, lessons=replace(SMALL, updates=1000), fresh=5)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": conditions(_SMOKE),
    "ci": conditions(_CI),
    "colab": conditions(_COLAB),
    "paper": conditions(Config()),
}


def kinds(config: Config, shape: tuple[int, int, int]) -> dict[str, Learner]:
    """The learners that are examined, by the names of :data:`KINDS`."""
    own = partial(learner, config.taught, shape)
    kind, depth, width = config.base
    like = Candidate(kind=kind, depth=depth, width=width, shape=shape)
    changes: dict[str, dict[str, Any]] = {
        "deeper": {"depth": depth + 1},
        "tanh": {"activation": "tanh"},
        "sigmoid": {"activation": "sigmoid"},
        "max_pooling": {"pooling": "max"},
        "average_pooling": {"pooling": "average"},
        "no_batch_norm": {"batch_norm": False},
        "no_weight_norm": {"weight_norm": False},
        "other_family": dict(zip(("kind", "depth", "width"), config.other, strict=True)),
    }
    return {
        "trained": own(config.widths),
        "narrow": own([max(1, width // 4) for width in config.widths]),
        "wide": own([4 * width for width in config.widths]),
        **{name: replace(like, **changed) for name, changed in changes.items()},
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
    """Train a teacher for each seed, and teach learners of all kinds.

    Args:
        config: the condition.
        seeds: each decides its teacher and all learners' weights.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from.
        limit: stop before this outer iteration, to try only the beginning.

    Returns:
        For each seed the accuracy of each kind of learner, the mean over fresh ones, and the course of the meta-loss.
    """
    place = devices.resolve(device)
    task = pictures(config.images, config.side, tested=config.tested, place=place)
    shape, count = shape_of(task), config.lessons.updates
    learners = (
        of_random_widths(config.taught, shape, config.ranges, count)
        if config.random_widths
        else [learner(config.taught, shape, config.widths)] * count
    )
    teacher, training = teach(
        config.lessons,
        task,
        learners,
        seeds=seeds,
        part_of=config,
        label=f"teacher, {config.condition}",
        checkpoint=checkpoint,
        limit=limit,
    )
    outcomes = [Outcome(config.condition, seed, {}, data=task.data) for seed in seeds]
    for name, each in kinds(config, shape).items():
        right = few_steps(
            teacher, each, task.test_images, task.test_labels, seeds=seeds, stream=name, fresh=config.fresh
        )
        for outcome, accuracy in zip(outcomes, right[-1].tolist(), strict=True):
            outcome.metrics[name] = accuracy
    for outcome in outcomes:
        outcome.curves["loss"] = training.curve(
            "loss", outcome.seed, per_step=1, x_label="outer iterations", y_label="meta-loss (nats)"
        )
    return outcomes
