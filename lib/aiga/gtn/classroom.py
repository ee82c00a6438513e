"""Teachers whose learners change from one outer iteration to the next, and what any learner makes of their lessons.

A teacher has a generator with its curriculum and learned rates; or, for the baseline, real images and learned rates, in
the same number of outer iterations. Beside it stands ordinary training on real images, the long way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from aiga import seeding
from aiga.gtn.curriculum import Real, Synthetic
from aiga.gtn.generator import Generator
from aiga.gtn.inner import Method, Rates, State
from aiga.gtn.meta_training import draw, meta_train
from aiga.gtn.model import Learner
from aiga.gtn.pictures import shape_of
from aiga.gtn.teaching import Task, Teacher, examine, lessons, newborn
from aiga.training import Training, adam


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """How a teacher is made; by default as the released code does for MNIST, in the paper's 32 steps."""

    source: Literal["generated", "real"] = "generated"
    """Generated images in a full curriculum, or real ones."""
    steps: int = 32
    """Inner steps, T."""
    batch: int = 128
    """Images in each."""
    meta_batch: int = 128
    """Real images in a meta-loss."""
    every: int | None = 1
    """A meta-loss after each so many inner steps; None takes it after the last only."""
    updates: int = 2000
    """Outer iterations."""
    learning_rate: float = 0.02
    """Adam's; it falls to a tenth along a cosine."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Adam's."""
    epsilon: float = 1e-8
    """Adam's."""
    rate: float = 0.02
    """Where the inner rates begin."""
    momentum: float = 0.5
    """Where the inner momenta begin."""
    latent: int = 128
    """Numbers in a latent vector."""
    hidden: int = 1024
    """Units of the generator's first layer."""
    maps: tuple[int, ...] = (128, 64)
    """Maps of its convolutions; empty for none."""
    method: Method = "adjoint"
    """How the meta-gradient is taken: memory and speed, not results."""


FOR_PHOTOGRAPHS = Lessons(steps=128, meta_batch=256, every=16, learning_rate=0.004, betas=(0.9, 0.9), epsilon=1e-5)
"""The released code's for CIFAR-10 (``architecture_search.json``)."""

SMALL = Lessons(steps=16, batch=32, meta_batch=256, every=None, updates=120, rate=0.1, latent=32, hidden=128, maps=())
"""What a page can afford: a generator without convolutions, and rates that begin nearer to where they end."""

TINY = replace(SMALL, steps=2, batch=10, meta_batch=16, updates=3, latent=4, hidden=8)
"""To see that everything runs."""


@dataclass(frozen=True)
class _Whole:
    """What a checkpoint belongs to: the lessons, the experiment that they are part of, and who learns from them."""

    lessons: Lessons
    experiment: object

    @property
    def updates(self) -> int:
        return self.lessons.updates


def create(given: Lessons, task: Task, seeds: Sequence[int]) -> Teacher:
    """A fresh teacher for each seed."""
    place = task.train_images.device
    channels, side, _ = shape_of(task)
    inits = [seeding.generator(seed, "init", place) for seed in seeds]
    curriculum: nn.Module
    if given.source == "real":
        curriculum = Real(task.train_images, task.train_labels, steps=given.steps, batch=given.batch)
    else:
        generator = Generator(
            inits, channels=channels, side=side, latent=given.latent, hidden=given.hidden, maps=given.maps
        )
        curriculum = Synthetic(generator, inits, steps=given.steps, batch=given.batch)
    rates = Rates(len(seeds), given.steps, rate=given.rate, momentum=given.momentum, device=place)
    return Teacher(curriculum, rates)


def teach(
    given: Lessons,
    task: Task,
    learners: Sequence[Learner],
    *,
    seeds: Sequence[int],
    part_of: object,
    label: str,
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> tuple[Teacher, Training]:
    """Train a teacher for each seed, side by side.

    Args:
        given: how.
        task: the real images.
        learners: what learns in each outer iteration, the same for all seeds.
        seeds: each decides its generator, its learners' weights and its real images.
        part_of: the experiment's whole configuration; another's checkpoint is refused.
        label: what the progress bar is called.
        checkpoint: file to save to and to resume from.
        limit: stop before this iteration.

    Returns:
        The teachers, and the training with the ``loss`` and ``accuracy`` on the meta-batch after the last inner step.

    Raises:
        ValueError: there is not one learner for each outer iteration.
    """
    teacher = create(given, task, seeds)
    training = meta_train(
        teacher,
        adam(teacher, given.learning_rate, betas=given.betas, eps=given.epsilon),
        task,
        learners,
        given,
        seeds=seeds,
        part_of=_Whole(given, part_of),
        last=given.learning_rate / 10,
        label=label,
        checkpoint=checkpoint,
        limit=limit,
    )
    return teacher, training


def stretched(teacher: Teacher, times: int) -> Teacher:
    """A teacher of real images whose lessons are ``times`` as long; each learned rate holds for so many steps.

    Raises:
        ValueError: the teacher's images are generated; there are no more of them.
    """
    known = teacher.curriculum
    if not isinstance(known, Real):
        raise ValueError("only lessons of real images can be stretched; a generator's curriculum has its length")
    steps, batch = known.size
    rates = Rates(len(teacher.rates.log_rate), steps * times, device=known.images.device)
    rates.log_rate.data = teacher.rates.log_rate.detach().repeat_interleave(times, 1)
    rates.log_momentum.data = teacher.rates.log_momentum.detach().repeat_interleave(times, 1)
    return Teacher(Real(known.images, known.targets, steps=steps * times, batch=batch), rates)


@torch.no_grad()
def few_steps(
    teacher: Teacher,
    learner: Learner,
    questions: Tensor,
    answers: Tensor,
    *,
    seeds: Sequence[int],
    stream: str,
    fresh: int = 1,
    every: int | None = None,
) -> Tensor:
    """Accuracy of new learners after the teacher's lessons.

    Args:
        teacher: of ``S`` seeds.
        learner: what learns.
        questions: real images, ``(n, C, H, W)``.
        answers: their labels, ``(n,)``.
        seeds: the teachers', in their order.
        stream: names the random numbers: under one name every teacher meets the same new learners.
        fresh: learners for each seed, over which the mean is taken.
        every: ask after each so many steps; None asks after the last only.

    Returns:
        ``(times asked, S)``, the last after the last step.
    """
    born, shown = (
        [seeding.generator(seed, f"{stream}: {what}", questions.device) for seed in seeds]
        for what in ("learners", "lessons")
    )
    images, labels, rates = lessons(teacher, shown, fresh)
    right = examine(learner, newborn(learner, born, fresh), images, labels, rates, questions, answers, every=every)
    mean: Tensor = right.unflatten(1, (len(seeds), fresh)).mean(2)
    return mean


@dataclass(frozen=True, kw_only=True)
class Course:
    """Ordinary training on real images: gradient descent with momentum, its rate falling to 0 along a cosine."""

    steps: int = 500
    batch: int = 64
    """Images in each step."""
    rate: float = 0.2
    """Where the rate begins."""
    momentum: float = 0.9


@torch.no_grad()
def attend(course: Course, task: Task, learner: Learner, *, seeds: Sequence[int], stream: str) -> Tensor:
    """Train new learners, one a seed, for long on real images: what an architecture is worth in the end.

    Batch norm ends with its means over a thousand training images, not over the last batch: this training owes nothing
    to the inner loop's habits.

    Args:
        course: how.
        task: the real images.
        learner: what learns.
        seeds: each decides its learner's weights and which images it sees.
        stream: names the random numbers; those of :func:`few_steps` are others, also under the same name, so that what
            is estimated and the truth do not share initial weights.

    Returns:
        Accuracy on the test images, ``(S,)``.
    """
    place, seeds = task.train_images.device, list(seeds)
    born, shown = (
        [seeding.generator(seed, f"{stream}: {what}", place) for seed in seeds] for what in ("attending", "course")
    )
    weights = newborn(learner, born)
    momentum = tuple(torch.zeros_like(each) for each in weights)
    falling = 0.5 * course.rate * (1 + torch.cos(torch.pi * torch.arange(course.steps) / course.steps))
    for rate in falling.tolist():
        gradient, _ = learner.gradient(weights, *draw(task, course.batch, shown))
        momentum = tuple(course.momentum * m + g for m, g in zip(momentum, gradient, strict=True))
        weights = tuple(w - rate * m for w, m in zip(weights, momentum, strict=True))
    _, means = learner.logits(weights, task.train_images[:1000].expand(len(seeds), -1, -1, -1, -1))
    return named(learner, State(weights, means), task.test_images, task.test_labels)


@torch.no_grad()
def named(learner: Learner, state: State, questions: Tensor, answers: Tensor, *, at_once: int = 2000) -> Tensor:
    """Fraction of images that each of ``K`` learners names correctly, ``(K,)``.

    Args:
        learner: the learners' architecture.
        state: of ``K`` learners.
        questions: the same images for all, ``(n, C, H, W)``.
        answers: their labels, ``(n,)``.
        at_once: images in one pass, for memory.
    """
    count = len(state.weights[0])
    right = torch.zeros(count, device=answers.device)
    for images, labels in zip(questions.split(at_once), answers.split(at_once), strict=True):
        logits, _ = learner.logits(state.weights, images.expand(count, -1, -1, -1, -1), state.means)
        right += (logits.argmax(-1) == labels).sum(-1)
    return right / len(answers)
