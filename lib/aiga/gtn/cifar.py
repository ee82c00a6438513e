"""Photographs from a few steps on generated data, against real data (sec. 3.3, fig. 2c).

The same as with digits, with the paper's learner for CIFAR-10 and 128 steps: accuracy after each of them. The authors
report that generated data need about four times fewer steps than real data for the same accuracy. Real images are not
augmented here, as the paper's are (crops and mirror images); and they are a lossy copy, as the outcome's data say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from aiga import device as devices
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.gtn.candidates import Taught, learner, of_random_widths
from aiga.gtn.classroom import FOR_PHOTOGRAPHS, SMALL, TINY, Lessons, few_steps, teach
from aiga.gtn.pictures import Name, pictures, shape_of
from aiga.scale import Scale

TITLE = "Photographs from a few steps on learned data, against real data"

METRICS = {
    "accuracy": Metric("test images named by fresh learners after the last step", 0.0, 1.0, "higher", "fraction"),
    "validation": Metric("the same on the images held out for validation", 0.0, 1.0, "higher", "fraction"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment: the released code's settings (``architecture_search.json``)."""

    condition: str = "gtn"
    """Name of this condition in figures, ledger and records."""
    images: Name = "photographs"
    side: int = 32
    """Rows and columns of an image."""
    tested: int | None = None
    """Validation and test images; None is all."""
    taught: Taught = "cifar"
    """The learner."""
    ranges: tuple[tuple[int, int], ...] = ((32, 128), (64, 256), (64, 256), (64, 256), (64, 256))
    """Smallest and largest widths while the teacher is trained (from memory; fixed in the released configuration)."""
    widths: tuple[int, ...] = (64, 128, 128, 256, 256)
    """Widths of the learners that are examined."""
    lessons: Lessons = FOR_PHOTOGRAPHS
    fresh: int = 5
    """Fresh learners for each seed in the examination."""
    every: int = 4
    """Inner steps between two points of the curve."""


def conditions(base: Config) -> dict[str, Config]:
    """Generated images, and real ones."""
    return {
        "gtn": replace(base, condition="gtn"),
        "real": replace(base, condition="real", lessons=replace(base.lessons, source="real")),
    }


_CI = Config(
    side=8,
    tested=2000,
    taught="mlp",
    ranges=((64, 64),),
    widths=(64,),
    lessons=replace(SMALL, learning_rate=0.01),
    fresh=3,
    every=1,
)
_SMOKE = replace(
    _CI,
    tested=50,
    lessons=TINY,
    fresh=1,
)
_COLAB = replace(
    Config(),
    side=16,
    tested=5000,
    ranges=((16, 32), (32, 64), (32, 64)),
    widths=(24, 48, 48),
    lessons=replace(
        FOR_PHOTOGRAPHS, steps=32, batch=64, updates=400, rate=0.1, hidden=256, maps=(32, 16), learning_rate=0.01
    ),
    every=1,
)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": conditions(_SMOKE),
    "ci": conditions(_CI),
    "colab": conditions(_COLAB),
    "paper": conditions(Config()),
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
    """Train a teacher for each seed, side by side, and teach fresh learners.

    Args:
        config: the condition.
        seeds: each decides its teacher and its learners' weights.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from.
        limit: stop before this outer iteration, to try only the beginning.

    Returns:
        For each seed the accuracy of fresh learners, its course over the inner steps, and that of the meta-loss.
    """
    place = devices.resolve(device)
    task = pictures(config.images, config.side, tested=config.tested, place=place)
    shape = shape_of(task)
    teacher, training = teach(
        config.lessons,
        task,
        of_random_widths(config.taught, shape, config.ranges, config.lessons.updates),
        seeds=seeds,
        part_of=config,
        label=f"teacher, {config.condition}",
        checkpoint=checkpoint,
        limit=limit,
    )
    examined = learner(config.taught, shape, config.widths)
    test, validation = (
        few_steps(teacher, examined, *part, seeds=seeds, stream="examined", fresh=config.fresh, every=config.every)
        for part in ((task.test_images, task.test_labels), (task.validation_images, task.validation_labels))
    )
    steps = [*range(config.every, config.lessons.steps, config.every), config.lessons.steps]
    outcomes = []
    for position, seed in enumerate(seeds):
        metrics = {"accuracy": float(test[-1, position]), "validation": float(validation[-1, position])}
        curves = {
            "inner": Curve(
                [float(step) for step in steps],
                test[:, position].tolist(),
                "inner steps",
                "accuracy on test images (fraction)",
            ),
            "loss": training.curve("loss", seed, per_step=1, x_label="outer iterations", y_label="meta-loss (nats)"),
        }
        outcomes.append(Outcome(config.condition, seed, metrics, curves, task.data))
    return outcomes
