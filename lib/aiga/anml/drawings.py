"""Drawings of characters on the training device, and what training shows of them.

Nothing here waits for the device: classes and images are drawn as index tensors there, and their numbers and shapes are
always the same.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class MetaBatch:
    """What one meta-iteration is about."""

    label: Tensor
    """The class that the inner loop learns, ``(1,)``."""
    images: Tensor
    """Its drawings in the order of learning, then those to be remembered, ``(20 + remember, 1, side, side)``."""
    labels: Tensor
    """Their classes, ``(20 + remember,)``."""


class Drawings:
    """Some classes of drawings, ink = 1 and paper = 0.

    Where the original gives paper the larger number, the sign of the first kernels does the same: these have no
    preferred sign when they begin, and the norm after them takes any constant away.

    Args:
        images: uint8, 0 is ink, ``(classes, drawers, side, side)``; they stay as they are until asked for.
    """

    def __init__(self, images: Tensor) -> None:
        self.classes, self.drawers, self.side, _ = images.shape
        self.flat = images.flatten(0, 1)  # (classes * drawers, side, side)

    def look_up(self, positions: Tensor) -> Tensor:
        """Drawings by position, class after class: ``(n, 1, side, side)``, in [0, 1]."""
        return 1 - self.flat[positions].float()[:, None] / 255

    def meta_batch(self, stream: torch.Generator, remember: int) -> MetaBatch:
        """One class, all of its drawings in random order, and drawings of any class.

        As in the original: the class is uniform (``mrcl_classification.py`` line 62), and no drawing is among the
        remembered ones twice, though those of the class may be (``task_sampler.py`` line 246).

        Args:
            stream: source of randomness, on the images' device.
            remember: how many drawings of any class.
        """
        place = self.flat.device
        label = torch.randint(self.classes, (1,), generator=stream, device=place)
        order = torch.rand(self.drawers, generator=stream, device=place).argsort()
        others = torch.rand(len(self.flat), generator=stream, device=place).topk(remember).indices
        positions = torch.cat([label * self.drawers + order, others])
        return MetaBatch(label, self.look_up(positions), positions // self.drawers)

    def batch(self, stream: torch.Generator, size: int) -> tuple[Tensor, Tensor]:
        """Drawings of any class, each at most once, and their classes: ``(size, 1, side, side)`` and ``(size,)``."""
        positions = torch.rand(len(self.flat), generator=stream, device=self.flat.device).topk(size).indices
        return self.look_up(positions), positions // self.drawers


def spread(images: Tensor, count: int) -> Tensor:
    """Some classes, at equal distances, so that they come from all alphabets.

    Args:
        images: all classes, ``(classes, drawers, side, side)``.
        count: how many.

    Raises:
        ValueError: more than there are.
    """
    if count > len(images):
        raise ValueError(f"there are {len(images)} classes, got {count}: lower classes or test_classes")
    return images[torch.arange(count, device=images.device) * len(images) // count]
