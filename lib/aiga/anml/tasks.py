"""Tasks for MAML: tell a few characters apart after one drawing of each, or a few (see ``maml``)."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from aiga import seeding


class Setting(Protocol):
    """What a configuration says of tasks."""

    @property
    def ways(self) -> int:
        """Characters in a task."""

    @property
    def shots(self) -> int:
        """Drawings of each to learn from."""

    @property
    def queries(self) -> int:
        """Further drawings of each, to be named."""

    @property
    def training_classes(self) -> int:
        """Characters kept for training."""


@dataclass
class Tasks:
    """``T`` tasks; drawings in [0, 1], ink = 1."""

    support: Tensor  # (T, ways * shots, 1, 28, 28), what the inner loop sees
    support_labels: Tensor  # (T, ways * shots)
    query: Tensor  # (T, ways * queries, 1, 28, 28), what the outer loss is measured on
    query_labels: Tensor  # (T, ways * queries)


def draw(images: Tensor, setting: Setting, stream: torch.Generator, tasks: int) -> Tasks:
    """Draw tasks: characters, turned by a random number of quarters each, and different drawings of each.

    Args:
        images: uint8 drawings, ``(classes, drawers, 28, 28)``, ink = 0.
        setting: how many ways, shots and queries.
        stream: source of the draws.
        tasks: how many.
    """
    place, (classes, drawers) = images.device, images.shape[:2]
    chosen = torch.rand(tasks, classes, generator=stream, device=place).topk(setting.ways).indices
    each = setting.shots + setting.queries
    drawn = torch.rand(tasks, setting.ways, drawers, generator=stream, device=place).topk(each).indices
    turns = torch.randint(4, (tasks, setting.ways), generator=stream, device=place)
    quarters = turns[:, :, None].expand(-1, -1, each)
    pictures = turned(images[chosen[:, :, None], drawn], quarters)  # (T, ways, each, 28, 28)
    labels = torch.arange(setting.ways, device=place)[None, :, None].expand(tasks, -1, each)
    cut = setting.shots
    return Tasks(
        support=pictures[:, :, :cut].flatten(1, 2)[:, :, None],
        support_labels=labels[:, :, :cut].flatten(1),
        query=pictures[:, :, cut:].flatten(1, 2)[:, :, None],
        query_labels=labels[:, :, cut:].flatten(1),
    )


def turned(drawings: Tensor, quarters: Tensor) -> Tensor:
    """Drawings as numbers, ink = 1, each turned by its own number of quarters.

    Args:
        drawings: uint8, ``(..., side, side)``, ink = 0.
        quarters: ``(...)``, 0 to 3.
    """
    numbers = 1 - drawings.float() / 255
    every = torch.stack([numbers.rot90(quarter, (-2, -1)) for quarter in range(4)])  # (4, ..., side, side)
    return every.gather(0, quarters[None, ..., None, None].expand_as(every[:1]))[0]


def split(images: Tensor, setting: Setting, seed: int) -> tuple[Tensor, Tensor]:
    """Training and test characters, drawn with the run's seed.

    Raises:
        ValueError: too few characters for tasks on either side.
    """
    if min(setting.training_classes, len(images) - setting.training_classes) < setting.ways:
        raise ValueError(
            f"{len(images)} characters cannot give {setting.training_classes} for training and tasks of {setting.ways} "
            "in the test: change training_classes"
        )
    order = torch.randperm(len(images), generator=seeding.generator(seed, "split")).to(images.device)
    return images[order[: setting.training_classes]], images[order[setting.training_classes :]]
