"""The outer loop: in each iteration every seed's teacher teaches a fresh learner and is changed by its meta-loss."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from aiga import seeding
from aiga.gtn.inner import Method
from aiga.gtn.model import Learner
from aiga.gtn.teaching import Task, Teacher, meta_loss, newborn
from aiga.training import Trained, Training


class Asked(Protocol):
    """What the outer loop wants to know of a configuration."""

    @property
    def steps(self) -> int:
        """Inner steps, T."""

    @property
    def meta_batch(self) -> int:
        """Real images in a meta-loss, M."""

    @property
    def every(self) -> int | None:
        """A meta-loss after each so many inner steps; None takes it after the last only."""

    @property
    def method(self) -> Method:
        """How the meta-gradient is taken: memory and speed, not results."""


def meta_train(
    teacher: Teacher,
    optimiser: torch.optim.Optimizer,
    task: Task,
    learners: Sequence[Learner],
    given: Asked,
    *,
    seeds: Sequence[int],
    part_of: Trained,
    last: float,
    label: str,
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> Training:
    """Train the teachers of all seeds side by side.

    Args:
        teacher: of ``S`` seeds, on the device of the task's images; changed in place.
        optimiser: of the teacher's parameters; its rate falls along a cosine.
        task: the real images.
        learners: what learns in each outer iteration, the same for all seeds.
        given: lengths and sizes.
        seeds: each decides its learners' weights, its lessons' order and its real images.
        part_of: the whole configuration; another's checkpoint is refused.
        last: where the outer rate ends.
        label: what the progress bar is called.
        checkpoint: file to save to and to resume from.
        limit: stop before this iteration.

    Returns:
        The training, with the ``loss`` and ``accuracy`` on the meta-batch after the last inner step.

    Raises:
        ValueError: there is not one learner for each outer iteration.
    """
    if len(learners) != part_of.updates:
        raise ValueError(f"{part_of.updates} outer iterations need as many learners, got {len(learners)}")
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, part_of.updates, last)
    born, shown = (seeding.Streams(seeds, name, task.train_images.device) for name in ("learners", "lessons"))
    training = Training(
        part_of,
        seeds,
        teacher,
        optimiser,
        notes=["loss", "accuracy"],
        others={"schedule": schedule, "learners": born, "lessons": shown},
    )
    asked = 1 + (len(range(given.every, given.steps, given.every)) if given.every else 0)
    for update in training.updates(label, checkpoint=checkpoint, limit=limit):
        learner = learners[update]
        losses, loss, accuracy = meta_loss(
            teacher,
            learner,
            newborn(learner, born.generators),
            shown.generators,
            [draw(task, given.meta_batch, training.streams.generators) for _ in range(asked)],
            method=given.method,
            every=given.every,
        )
        training.descend(losses)
        schedule.step()
        training.note(update, loss=loss, accuracy=accuracy)
    return training


def draw(task: Task, count: int, streams: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
    """Real training images ``(S, count, C, H, W)`` and their labels ``(S, count)``, each seed's drawn for itself."""
    total = len(task.train_labels)
    places = torch.stack([torch.randint(total, (count,), generator=each, device=each.device) for each in streams])
    return task.train_images[places], task.train_labels[places]
