"""Search for an architecture by what it learns in a few steps on generated data (sec. 3.4, fig. 4, table 1).

Each candidate is trained for long on real images: the truth. Three estimates of it are cheaper: few steps on a
teacher's lessons; as many on real images, with rates learned in as many outer iterations; and nine times as many on
real images, the learned rates stretched. An estimate is good when it ranks candidates as the truth does, above all
those that it puts on top; random search then finds a good one.

The paper searches the micro space of NAO and ENAS on CIFAR-10 and trains for hours; the space here is ours
(:mod:`aiga.gtn.candidates`), at every scale.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from aiga import checkpoint as checkpoints
from aiga import device as devices
from aiga import seeding
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.gtn.candidates import Candidate, Kind, Taught, draw, in_turn, of_random_widths, space
from aiga.gtn.classroom import FOR_PHOTOGRAPHS, SMALL, TINY, Course, Lessons, attend, few_steps, stretched, teach
from aiga.gtn.model import Learner
from aiga.gtn.pictures import Name, pictures, shape_of
from aiga.gtn.ranking import agreement, random_search
from aiga.gtn.teaching import Task, Teacher
from aiga.scale import Scale

TITLE = "Searching architectures by a few steps on learned data"

ESTIMATES = {
    "gtn": "a few steps on generated data",
    "real": "as many steps on real data",
    "longer": "nine times as many steps on real data",
}

_CORRELATION = partial(Metric, lowest=-1.0, highest=1.0, better="higher", unit="Spearman's rho")
_ACCURACY = partial(Metric, lowest=0.0, highest=1.0, better="higher", unit="fraction")


def _metrics() -> dict[str, Metric]:
    declared = {
        "best": _ACCURACY("test images named by the truly best candidate after long training"),
        "typical": _ACCURACY("the same, the mean over candidates: what guessing finds"),
    }
    for name, says in ESTIMATES.items():
        declared[f"all_{name}"] = _CORRELATION(f"rank correlation with long training, all candidates: {says}")
        declared[f"top_{name}"] = _CORRELATION(f"the same, the better half by this estimate: {says}")
        declared[f"chosen_{name}"] = _ACCURACY(f"truth of the candidate that this estimate prefers: {says}")
        declared[f"estimate_{name}"] = _ACCURACY(f"validation images named, mean over candidates: {says}")
    return declared


METRICS = _metrics()


@dataclass(frozen=True)
class Config:
    """One condition of the experiment. Lessons at paper scale are those of ``architecture_search.json``."""

    condition: str = "widths"
    """Name of this condition in figures, ledger and records."""
    learners: Literal["widths", "space"] = "widths"
    """Who learns from the teacher while it is trained: networks of one family with random widths, as in the paper, or
    members of the very space that is searched."""
    taught: Taught = "cifar"
    """That one family."""
    ranges: tuple[tuple[int, int], ...] = ((32, 128), (64, 256), (64, 256), (64, 256), (64, 256))
    """Its smallest and largest widths, layer by layer (from memory)."""
    images: Name = "photographs"
    side: int = 32
    """Rows and columns of an image."""
    tested: int | None = None
    """Validation images of an estimate, and test images of the truth; None is all."""
    lessons: Lessons = FOR_PHOTOGRAPHS
    times: int = 9
    """How many times as many steps the longer estimate has: about 1,200 against 128 (authors' article)."""
    widths: tuple[tuple[Kind, tuple[int, ...]], ...] = (("conv", (16, 32, 64, 128)),)
    """The families that are searched, and their widths."""
    depths: tuple[int, ...] = (1, 2, 3, 4)
    candidates: int = 128
    """How many are drawn from the space, the same for all seeds."""
    course: Course = Course(steps=20_000, batch=128, rate=0.1)  # noqa: RUF009 (frozen)
    """Long training on real images."""


def conditions(base: Config) -> dict[str, Config]:
    """The teacher of the paper, and the one that was trained with what is searched."""
    return {name: replace(base, condition=name, learners=name) for name in ("widths", "space")}


_CI = Config(
    taught="mlp",
    ranges=((32, 128),),
    images="digits",
    side=14,
    tested=3000,
    lessons=replace(SMALL, updates=200),
    widths=(("mlp", (8, 24, 64)), ("conv", (3, 6))),
    depths=(1, 2),
    candidates=24,
    course=Course(steps=400, batch=32),
)
_SMOKE = replace(
    _CI,
    tested=100,
    lessons=TINY,
    candidates=5,
    course=Course(steps=4, batch=10),
    widths=(("mlp", (4,)), ("conv", (2,))),
    depths=(1,),
)
_COLAB = replace(
    _CI,
    tested=10_000,
    lessons=replace(SMALL, updates=1000),
    candidates=48,
    course=Course(steps=2000, batch=64),
)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": conditions(_SMOKE),
    "ci": {"widths": _CI},
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
    """Train a teacher for each seed, estimate all candidates, and train each for long.

    Args:
        config: the condition.
        seeds: each decides its teachers, and the weights and images of all candidates' trainings.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from; each stage's own is named after it.
        limit: stop teaching before this outer iteration, to try only the beginning; nothing is estimated then.

    Returns:
        For each seed, rank correlations and what random search finds. Curves: for each estimate one point a candidate
        (estimate and truth), what random search finds with more and more steps, and the meta-losses.
    """
    place = devices.resolve(device)
    task = pictures(config.images, config.side, tested=config.tested, place=place)
    outcomes = [Outcome(config.condition, seed, {}, data=task.data) for seed in seeds]
    teachers = {}
    for source in ("generated", "real"):
        name, lessons = ("real" if source == "real" else "gtn"), replace(config.lessons, source=source)
        teachers[name], training = teach(
            lessons,
            task,
            learners(config, task),
            seeds=seeds,
            part_of=config,
            label=f"{name}, {config.condition}",
            checkpoint=_beside(checkpoint, name),
            limit=limit,
        )
        for outcome in outcomes:
            outcome.curves[f"loss_{name}"] = training.curve(
                "loss", outcome.seed, per_step=1, x_label="outer iterations", y_label="meta-loss (nats)"
            )
    if limit is None:
        found = trial(config, task, teachers, seeds=seeds, checkpoint=_beside(checkpoint, "trial"))
        for position, outcome in enumerate(outcomes):
            _report(outcome, {name: values[:, position] for name, values in found.items()}, config)
    return outcomes


def _beside(checkpoint: Path | None, name: str) -> Path | None:
    return checkpoint.with_name(f"{checkpoint.stem}.{name}{checkpoint.suffix}") if checkpoint else None


def learners(config: Config, task: Task) -> list[Learner]:
    """Who learns from the teacher in each outer iteration."""
    shape, count = shape_of(task), config.lessons.updates
    if config.learners == "widths":
        return of_random_widths(config.taught, shape, config.ranges, count)
    return in_turn(space(shape, dict(config.widths), config.depths), count)


def candidates(config: Config, task: Task) -> tuple[Candidate, ...]:
    """What random search proposes: the same for all seeds."""
    every = space(shape_of(task), dict(config.widths), config.depths)
    return draw(every, config.candidates, seeding.generator(0, "proposals"))


def trial(
    config: Config,
    task: Task,
    teachers: dict[str, Teacher],
    *,
    seeds: Sequence[int],
    checkpoint: Path | None = None,
) -> dict[str, Tensor]:
    """Every candidate's estimates and truth.

    Args:
        config: the condition.
        task: the real images; estimates see the validation images, the truth the test images.
        teachers: with the names ``gtn`` and ``real``.
        seeds: the teachers', in their order.
        checkpoint: file to save to and to resume from.

    Returns:
        For each estimate and for ``truth``, accuracies ``(candidates, S)``.
    """
    ways = {**teachers, "longer": stretched(teachers["real"], config.times)}
    proposed = candidates(config, task)
    found = checkpoints.Tensors({name: torch.full((len(proposed), len(seeds)), torch.nan) for name in (*ways, "truth")})
    belongs_to = checkpoints.identity(config, list(seeds), "trial")
    for place in checkpoints.steps(
        len(proposed), {"found": found}, label=f"candidates, {config.condition}", path=checkpoint, belongs_to=belongs_to
    ):
        each = proposed[place]
        for name, teacher in ways.items():
            found[name][place] = few_steps(
                teacher, each, task.validation_images, task.validation_labels, seeds=seeds, stream=each.name
            )[-1]
        found["truth"][place] = attend(config.course, task, each, seeds=seeds, stream=each.name)
    return found


def _report(outcome: Outcome, found: dict[str, Tensor], config: Config) -> None:
    """One seed's metrics and curves from its candidates' accuracies, ``(candidates,)`` each."""
    truth = found["truth"].double().numpy()
    outcome.metrics |= {"best": float(truth.max()), "typical": float(truth.mean())}
    for name, says in ESTIMATES.items():
        estimate = found[name].double().numpy()
        said = agreement(estimate, truth)
        outcome.metrics |= {
            f"all_{name}": said.everywhere,
            f"top_{name}": said.top,
            f"chosen_{name}": said.chosen,
            f"estimate_{name}": float(estimate.mean()),
        }
        steps = config.lessons.steps * (config.times if name == "longer" else 1)
        outcome.curves[name] = Curve(
            estimate.tolist(), truth.tolist(), f"accuracy after {says} (fraction)", "accuracy after long training"
        )
        outcome.curves[f"search_{name}"] = Curve(
            [float(steps * looked_at) for looked_at in range(1, len(truth) + 1)],
            random_search(estimate, truth).tolist(),
            "training steps spent on candidates",
            "true accuracy of the candidate found",
        )
