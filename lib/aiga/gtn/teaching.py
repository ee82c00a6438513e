"""Meta-training, and the examination of fresh learners: what the chapter's experiments on images share.

A :class:`Teacher` holds whatever is learned between inner loops. In each outer iteration every seed's teacher teaches
one new learner, whose loss on real images is the meta-loss (``train_cgtn.py`` of ``uber-research/GTN``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from aiga.experiment import Data
from aiga.gtn.curriculum import Curriculum
from aiga.gtn.inner import Method, Rates, State, learn
from aiga.gtn.model import Learner, Weights, side_by_side


@dataclass(frozen=True, eq=False)
class Task:
    """Real images, normalised, in three parts; none of the third is used before the very end."""

    train_images: Tensor  # (n, C, H, W)
    train_labels: Tensor  # (n,)
    validation_images: Tensor
    validation_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    data: Data


def split(
    train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor], held_out: int, data: Data, place: torch.device | str
) -> Task:
    """A task from raw images: each channel gets mean 0 and variance 1, by the numbers of the images trained on.

    Args:
        train: images ``(n, C, H, W)``, of any type, and labels ``(n,)``; the last ``held_out`` are for validation.
        test: images and labels of the test.
        held_out: images for validation.
        data: where all this comes from.
        place: where the tensors shall live.

    Raises:
        ValueError: nothing would be left to train on.
    """
    images, labels = train[0].float(), train[1]
    rest = len(images) - held_out
    if not 0 < rest < len(images):
        raise ValueError(f"held_out must leave some of the {len(images)} images, and be at least 1, got {held_out}")
    variance, mean = torch.var_mean(images[:rest], (0, 2, 3), keepdim=True)
    images, other = ((each - mean) / variance.sqrt() for each in (images, test[0].float()))
    images, labels, other, answers = (each.to(place) for each in (images, labels, other, test[1]))
    return Task(images[:rest], labels[:rest], images[rest:], labels[rest:], other, answers, data)


class Teacher(nn.Module):
    """Everything that meta-learning changes, for ``S`` seeds: where batches come from, and the learner's rates."""

    def __init__(self, curriculum: nn.Module, rates: Rates) -> None:
        super().__init__()
        self.curriculum, self.rates = curriculum, rates

    def batches(self, streams: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
        """See :class:`aiga.gtn.curriculum.Curriculum`."""
        return cast(Curriculum, self.curriculum).batches(streams)


def meta_loss(
    teacher: Teacher,
    learner: Learner,
    weights: Weights,
    lessons: Sequence[torch.Generator],
    draw: Sequence[tuple[Tensor, Tensor]],
    *,
    method: Method = "adjoint",
    every: int | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Loss of learners on real images after the inner loop, each seed's for itself.

    Args:
        teacher: of ``S`` seeds.
        learner: what is taught.
        weights: a fresh learner for each seed, side by side.
        lessons: random numbers of the curriculum, one stream a seed.
        draw: real batches, images ``(S, M, C, H, W)`` and labels ``(S, M)``: one for each state that is asked, the
            last for the state after all steps.
        method: how the meta-gradient is taken (see :mod:`aiga.gtn.inner`).
        every: also add the loss after each so many steps, as the released code does (lines 253-285).

    Returns:
        The loss to descend, and loss and accuracy after the last step, ``(S,)`` each.

    Raises:
        ValueError: as many batches as states are wanted, and there are not.
    """
    images, labels = teacher.batches(lessons)
    learned = learn(learner, weights, images, labels, teacher.rates(), method=method, every=every)
    states = list(learned.visited.values())
    if len(draw) != len(states) + 1:
        raise ValueError(f"{len(states) + 1} states are asked for, each on a batch of its own, got {len(draw)} batches")
    logits = _asked(learner, learned.last, draw[-1][0])
    last = _losses(logits, draw[-1][1])
    total = last
    for state, (shown, answers) in zip(states, draw, strict=False):
        between = checkpoint(_asked, learner, state, shown, use_reentrant=False)  # or memory would grow with T
        total = total + _losses(between, answers)
    accuracy = (logits.detach().argmax(-1) == draw[-1][1]).float().mean(-1)
    return total, last.detach(), accuracy


def _asked(learner: Learner, state: State, images: Tensor) -> Tensor:
    return learner.logits(state.weights, images, state.means)[0]


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of each learner, ``(K, M, classes)`` to ``(K,)``."""
    return F.cross_entropy(logits.transpose(1, 2), labels, reduction="none").mean(-1)


@torch.no_grad()
def examine(
    learner: Learner,
    weights: Weights,
    images: Tensor,
    labels: Tensor,
    rates: tuple[Tensor, Tensor],
    questions: Tensor,
    answers: Tensor,
    *,
    every: int | None = None,
) -> Tensor:
    """Accuracy of ``K`` learners during and after an inner loop.

    Args:
        learner: what is taught.
        weights: where the learners begin, each ``(K, ...)``.
        images: what they learn from, ``(T, K, B, C, H, W)``.
        labels: its labels, ``(T, K, B)``.
        rates: rates and momenta, ``(T, K)`` each.
        questions: real images, ``(n, C, H, W)``.
        answers: their labels, ``(n,)``.
        every: ask after each so many steps; None asks after the last only.

    Returns:
        ``(times asked, K)``, the last after the last step.
    """
    learned = learn(learner, weights, images, labels, rates, every=every)
    at_once = max(1, 2_000_000 // questions[0].numel())
    rows = []
    for state in [*learned.visited.values(), learned.last]:
        right = torch.zeros(images.shape[1], device=images.device)
        for first in range(0, len(questions), at_once):
            shown = questions[first : first + at_once]
            logits = _asked(learner, state, shown.expand(images.shape[1], *shown.shape))
            right += (logits.argmax(-1) == answers[first : first + at_once]).sum(-1)
        rows.append(right / len(questions))
    return torch.stack(rows)


@torch.no_grad()
def lessons(
    teacher: Teacher, streams: Sequence[torch.Generator], fresh: int
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """What a trained teacher shows ``fresh`` learners a seed, one inner loop each.

    Args:
        teacher: of ``S`` seeds.
        streams: random numbers of the curriculum, one stream a seed.
        fresh: learners for each seed.

    Returns:
        Images ``(T, S * fresh, B, C, H, W)``, labels ``(T, S * fresh, B)``, and rates and momenta ``(T, S * fresh)``;
        a seed's learners are neighbours.
    """
    drawn = [teacher.batches(streams) for _ in range(fresh)]
    images, labels = (torch.stack(each, 2).flatten(1, 2) for each in zip(*drawn, strict=True))
    alpha, beta = (each.repeat_interleave(fresh, 1) for each in teacher.rates())
    return images, labels, (alpha, beta)


def newborn(learner: Learner, streams: Sequence[torch.Generator], fresh: int = 1) -> Weights:
    """Fresh learners side by side, ``fresh`` for each seed's stream."""
    return side_by_side([learner.create(stream) for stream in streams for _ in range(fresh)])
