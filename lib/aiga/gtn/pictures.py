"""The images that searches and unseen learners are tried on: digits and photographs, as small as is affordable."""

from dataclasses import replace
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import datasets, seeding
from aiga.datasets import store
from aiga.gtn import mnist
from aiga.gtn.teaching import Task, split

Name = Literal["digits", "photographs", "grey photographs"]


def pictures(name: Name, side: int, *, tested: int | None = None, place: torch.device | str = "cpu") -> Task:
    """A task: 10,000 digits or 5,000 photographs are held out for validation.

    The photographs are CIFAR-10's, 50,000 and 10,000: the lossy copy where it is at hand, otherwise the official ones,
    and ``data`` of the task says which. They come in an order that is shuffled once, the same in every run, since the
    copy is sorted by class.

    Args:
        name: digits (MNIST), or photographs (CIFAR-10) in colours or in grey.
        side: rows and columns; below the images' own size each pixel is the mean of those that it covers.
        tested: keep so many images for validation and so many for the test, for speed; None keeps all.
        place: where the tensors shall live.

    Raises:
        ValueError: unknown name, or a size that the images do not have.
    """
    if name not in ("digits", "photographs", "grey photographs"):
        raise ValueError(f"unknown pictures {name!r}: choose digits, photographs or grey photographs")
    if name == "digits":
        return _shortened(mnist.task(mnist.Config(side=side), torch.device(place)), tested)
    if not 4 <= side <= 32:
        raise ValueError(f"side must be 4 to 32 pixels, the photographs' own size, got {side}")
    found = _photographs()
    shuffled = []
    for part, images, labels in (
        ("training", found.train_images, found.train_labels),
        ("test", found.test_images, found.test_labels),
    ):
        order = torch.randperm(len(labels), generator=seeding.generator(0, f"photographs, {part}"))
        small = torch.cat([_small(each, side, grey=name != "photographs") for each in images[order].split(5_000)])
        shuffled.append((small, labels[order]))
    train, test = shuffled
    return _shortened(split(train, test, min(5_000, len(train[1]) // 4), found.data, place), tested)


def shape_of(task: Task) -> tuple[int, int, int]:
    """Channels, height and width of a task's images."""
    channels, height, width = task.train_images.shape[1:]
    return channels, height, width


def _photographs() -> datasets.Photographs:
    source = datasets.source("cifar10")
    # The copy has no address to download it from, so it must not be the only form that will do.
    return datasets.cifar10("jpeg" if store.search(source, [source.form("jpeg")]) else "official")


def _small(images: Tensor, side: int, *, grey: bool) -> Tensor:
    values = images.float()
    return F.interpolate(values.mean(1, keepdim=True) if grey else values, size=(side, side), mode="area")


def _shortened(task: Task, tested: int | None) -> Task:
    return replace(
        task,
        validation_images=task.validation_images[:tested],
        validation_labels=task.validation_labels[:tested],
        test_images=task.test_images[:tested],
        test_labels=task.test_labels[:tested],
    )
