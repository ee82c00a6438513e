"""How fast meta-training is and what memory it takes, against a plain transcription of the method, in the same run.

The transcription teaches one seed at a time and keeps the whole graph: every inner step by ``autograd.grad`` with
``create_graph``, every weight a tensor of its own, one ``backward()`` through it all.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding, speed
from aiga.experiment import Data
from aiga.gtn import mnist
from aiga.gtn.model import Learner, Weights
from aiga.gtn.teaching import Task, Teacher, meta_loss, newborn, split
from aiga.speed import Growth, Row, Side
from aiga.training import adam

CI = mnist.SCALES["ci"]["gtn"]
PAPER = replace(mnist.SCALES["paper"]["gtn"], every=None)
"""With the meta-loss after the last step only, so that what grows with T is the inner loop."""


def literal_meta_loss(
    teacher: Teacher, learner: Learner, weights: Weights, lesson: torch.Generator, shown: Tensor, answers: Tensor
) -> Tensor:
    """The meta-loss of one seed, the whole graph kept.

    Args:
        teacher: of one seed.
        learner: what is taught.
        weights: one fresh learner's, ``K = 1`` in front.
        lesson: random numbers of the curriculum.
        shown: real images, ``(1, M, C, H, W)``.
        answers: their labels, ``(1, M)``.
    """
    images, labels = teacher.batches([lesson])
    log_rate, log_momentum = teacher.rates.log_rate[0], teacher.rates.log_momentum[0]
    now = [each[0].requires_grad_() for each in weights]
    momentum = [torch.zeros_like(each) for each in now]
    for step in range(len(images)):
        logits, means = learner.logits(tuple(now), images[step, 0])
        loss = F.cross_entropy(logits, labels[step, 0])
        gradients = torch.autograd.grad(loss, now, create_graph=True)
        momentum = [log_momentum[step].exp() * m + g for m, g in zip(momentum, gradients, strict=True)]
        now = [w - log_rate[step].exp() * m for w, m in zip(now, momentum, strict=True)]
    return F.cross_entropy(learner.logits(tuple(now), shown[0], means)[0], answers[0])


def update(config: mnist.Config, seeds: Sequence[int], known: Task, *, literal: bool) -> Callable[[], None]:
    """One outer iteration of all seeds: the transcription's, one after another, or the trainer's, side by side."""
    place, learner = torch.device("cpu"), mnist.taught(config)
    groups = [[seed] for seed in seeds] if literal else [list(seeds)]
    teachers = [mnist.create(config, group, known, place) for group in groups]
    streams = [[seeding.generator(seed, "episodes") for seed in group] for group in groups]
    optimisers = [
        torch.optim.Adam(each.parameters(), config.learning_rate) if literal else adam(each, config.learning_rate)
        for each in teachers
    ]

    def once() -> None:
        for teacher, group, optimiser in zip(teachers, streams, optimisers, strict=True):
            places = torch.stack(
                [torch.randint(len(known.train_labels), (config.meta_batch,), generator=g) for g in group]
            )
            real, start = (known.train_images[places], known.train_labels[places]), newborn(learner, group)
            if literal:
                losses = literal_meta_loss(teacher, learner, start, group[0], *real)
            else:
                losses, *_ = meta_loss(teacher, learner, start, group, [real], method=config.method)
            optimiser.zero_grad()
            losses.sum().backward()
            optimiser.step()

    return once


def updates(config: mnist.Config, seeds: Sequence[int], literal: bool, count: int) -> None:
    """Make what is trained, and do a few outer iterations."""
    once = update(config, seeds, made_up(config), literal=literal)
    for _ in range(count):
        once()


def rows() -> Iterator[Row]:
    """An outer iteration with the small networks, of one seed and of three; and with the paper's."""
    brief = replace(PAPER, steps=3)
    for name, config, seeds, count in (
        (f"small networks, {CI.steps} steps, 1 seed", CI, [0], 3),
        (f"small networks, {CI.steps} steps, 3 seeds side by side", CI, [0, 1, 2], 3),
        (f"the paper's networks, {brief.steps} steps, 1 seed", brief, [0], 1),
    ):
        ours, literal = (partial(updates, config, seeds, way, count) for way in (False, True))
        done = count * len(seeds)
        yield speed.compare(
            name,
            "outer iterations",
            Side(ours, done),
            Side(literal, done),
            share=speed.of_products(speed.operations(ours) / done),
            repeats=1 if config is brief else 2,
        )


def growths() -> Iterator[Growth]:
    """Time of an outer iteration over the steps of the inner loop, and over its batch."""
    known = made_up(CI)
    yield speed.grow(
        "an outer iteration, small networks",
        "steps of the inner loop",
        (5, 10, 20, 40),
        lambda size: update(replace(CI, steps=int(size)), [0], known, literal=False),
    )
    yield speed.grow(
        "an outer iteration, small networks",
        "images in a batch of the inner loop",
        (16, 64, 256, 1024),
        lambda size: update(replace(CI, batch=int(size)), [0], known, literal=False),
    )


@functools.cache
def made_up(config: mnist.Config) -> Task:
    """Noise in the shape of digits: the speed does not depend on what is drawn."""
    source = seeding.generator(0, "noise")
    images, labels = torch.rand(1000, 1, config.side, config.side, generator=source), torch.arange(1000) % 10
    return split((images, labels), (images[:10], labels[:10]), 10, Data("noise"), torch.device("cpu"))


if __name__ == "__main__":
    speed.show(rows(), growths())
