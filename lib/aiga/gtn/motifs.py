"""Motifs to be judged, slopes of a sigmoid, and the truth about them: long training of networks on digits."""

import functools
import math
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import checkpoint as checkpoints
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
    """The truth is shown for slopes below this, which is less than the best of small networks."""
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


Truth = tuple[Tensor, Tensor, Data]


@functools.lru_cache(maxsize=32)
def _kept(task: Task, few: int, seed: int, device: str) -> list[Truth]:
    """Where a truth is kept once it is known: it takes long, and all conditions ask for the same."""
    return []


def truth(task: Task, few: int, seed: int, device: str = "cpu", *, checkpoint: Path | None = None) -> Truth:
    """Train each motif's networks on digits: the logarithm of the validation loss after ``few`` and after all steps.

    All motifs of a seed begin with the same weights and see the same images; the digits are drawn by the seed. A
    process trains them once.

    Args:
        task: what to train.
        few: also give the result after so many steps.
        seed: of weights and images.
        device: where to compute.
        checkpoint: file to save the training to and to resume it from.

    Returns:
        After ``few`` steps and after ``task.steps``, ``(M,)`` each, on the CPU; and what data they come from.
    """
    kept = _kept(task, few, seed, device)
    if not kept:
        kept.append(_trained(task, few, seed, device, checkpoint))
    return kept[0]


def _trained(task: Task, few: int, seed: int, device: str, checkpoint: Path | None) -> Truth:
    digits = mnist()
    streams = seeding.Streams([seed], "truth")
    source = streams.generators[0]
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

    early = checkpoints.Tensors({"losses": torch.full((task.motifs,), torch.nan)})
    learned = checkpoints.Tensors({str(place): weight.detach() for place, weight in enumerate(weights)})
    parts: dict[str, checkpoints.Stateful] = {"weights": learned, "streams": streams, "early": early}
    run = checkpoints.identity(task, few, seed)
    for step in checkpoints.steps(task.steps, parts, label=f"truth, seed {seed}", path=checkpoint, belongs_to=run):
        batch = torch.randint(count, (task.batch,), generator=source).to(device)
        loss = dish.error(dish.logits(weights, images[batch], slope), labels[batch]).sum()
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight -= task.rate * gradient
        if step + 1 == min(few, task.steps):
            early["losses"] = examined()
    return early["losses"], examined(), digits.data
