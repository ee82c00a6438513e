"""Both sides of the bench do the same work."""

from dataclasses import replace

import pytest
import torch

from aiga import seeding, speed
from aiga.experiment import Data
from aiga.gtn import bench, mnist, teaching

CPU = torch.device("cpu")


def digits(side: int) -> teaching.Task:
    source = seeding.generator(0, "digits")
    images, labels = torch.rand(60, 1, side, side, generator=source), torch.arange(60) % 10
    return teaching.split((images, labels), (images, labels), 10, Data("digits"), CPU)


SMALL = replace(bench.CI, steps=3, side=6, widths=(5,), hidden=6, latent=4, meta_batch=12)
CONV = replace(bench.PAPER, steps=2, batch=10, side=8, widths=(3, 4, 5), hidden=6, latent=4, maps=(4, 3), meta_batch=12)


@pytest.mark.parametrize("config", [SMALL, CONV])
def test_the_transcription_gives_the_trainers_meta_gradient(config: mnist.Config) -> None:
    known, learner = digits(config.side), mnist.taught(config)
    teacher = mnist.create(config, [0], known, CPU).double()
    weights = tuple(each.double() for each in teaching.newborn(learner, [seeding.generator(0, "learners")]))
    shown, answers = known.train_images[None, :12].double(), known.train_labels[None, :12]
    lesson = seeding.generator(0, "lessons")
    theirs = bench.literal_meta_loss(teacher, learner, weights, lesson, shown, answers)
    ours, loss, _ = teaching.meta_loss(teacher, learner, weights, [lesson], [(shown, answers)])
    torch.testing.assert_close(ours[0], theirs)
    torch.testing.assert_close(loss, ours.detach())
    parameters = list(teacher.parameters())
    expected, found = (torch.autograd.grad(each, parameters) for each in (theirs, ours.sum()))
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)
    assert max(float(each.abs().max()) for each in expected) > 1e-3


@pytest.mark.parametrize("literal", [True, False])
def test_both_sides_do_whole_updates(literal: bool) -> None:
    once = bench.update(SMALL, [0, 1], digits(6), literal=literal)
    assert speed.clocked(once) > 0


def test_the_paper_size_has_the_papers_networks() -> None:
    assert (bench.PAPER.batch, bench.PAPER.network, bench.PAPER.method) == (128, "conv", "adjoint")
    assert mnist.SCALES["ci"]["gtn"] == bench.CI
