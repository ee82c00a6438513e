"""Motifs to be judged, slopes of a sigmoid, and the truth about them: long training of networks on digits."""

import functools
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding
from aiga.datasets.digits import mnist
from aiga.experiment import Data
from aiga.gtn import dish


@dataclass(frozen=True)
class Task:
    """The motifs, and how their truth is found: by training networks of them on digits (all ours)."""

    motifs: int = 24
    """Slopes, evenly spaced on a logarithmic axis."""
    lowest: float = 0.25
    highest: float = 25.0
    known_below: float = 1.6
    """The truth is shown for slopes below this, which is less than the best."""
    side: int = 14
    """Rows and columns to which digits are shrunk; a divisor of 28."""
    images: int = 2000
    """To train on, and as many to validate on."""
    hidden: int = 32
    """Units of each of two hidden layers."""
    starts: int = 2
    """Draws of initial weights, over which results are averaged."""
    batch: int = 32
    """Images a step."""
    rate: float = 0.5
    """Step size of plain SGD."""
    steps: int = 600
    """Of the long training whose result is the truth."""


def motifs(task: Task) -> tuple[Tensor, Tensor]:
    """The slopes, ``(M,)``, and for which of them the truth is shown."""
    slopes = torch.logspace(math.log10(task.lowest), math.log10(task.highest), task.motifs)
    return slopes, slopes < task.known_below


@functools.lru_cache(maxsize=32)
def truth(task: Task, few: int, seed: int, device: str = "cpu") -> tuple[Tensor, Tensor, Data]:
    """Train each motif's networks on digits: the logarithm of the validation loss after ``few`` and after all steps.

    All motifs of a seed begin with the same weights and see the same images; the digits are drawn by the seed.

    Args:
        task: what to train.
        few: also give the result after so many steps.
        seed: of weights and images.
        device: where to compute.

    Returns:
        After ``few`` steps and after ``task.steps``, ``(M,)`` each, on the CPU; and what data they come from.
    """
    digits = mnist()
    source = seeding.generator(seed, "truth")
    count = min(task.images, len(digits.train_images) // 2)
    chosen = torch.randperm(len(digits.train_images), generator=source)[: 2 * count]
    images = F.avg_pool2d(digits.train_images[chosen][:, None].float(), 28 // task.side).flatten(1)
    images = ((images - images[:count].mean()) / images[:count].std()).to(device)
    labels = digits.train_labels[chosen].to(device)
    slopes, _ = motifs(task)
    slope = slopes.repeat_interleave(task.starts).to(device)
    fresh = dish.create(source, task.starts, (task.side**2, task.hidden, task.hidden, 10))
    weights = [each.repeat(task.motifs, 1, 1).to(device).requires_grad_() for each in fresh]

    @torch.no_grad()
    def examined() -> Tensor:
        losses = dish.error(dish.logits(weights, images[count:], slope), labels[count:])
        return losses.view(task.motifs, task.starts).mean(1).log().cpu()

    for step in range(1, task.steps + 1):
        batch = torch.randint(count, (task.batch,), generator=source).to(device)
        loss = dish.error(dish.logits(weights, images[batch], slope), labels[batch]).sum()
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight -= task.rate * gradient
        if step == min(few, task.steps):
            early = examined()
    return early, examined(), digits.data
