"""The chapter's learners: the small one, and the paper's for MNIST and CIFAR-10 (see :mod:`aiga.gtn.family`)."""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga.gtn.family import SLOPE, Family, Learner, Means, Weights, normalised, side_by_side
from aiga.gtn.mlp import Mlp

__all__ = [
    "SLOPE",
    "CifarConv",
    "Family",
    "Learner",
    "Means",
    "Mlp",
    "MnistConv",
    "Weights",
    "normalised",
    "side_by_side",
]


@dataclass(frozen=True, kw_only=True)
class MnistConv(Family):
    """The paper's learner for MNIST (``models.py`` lines 56-94): two convolutions with pooling, two linear layers.

    The original's first linear layer has biases that batch norm takes away again; ours has not.
    """

    channels: int = 1
    """Of an image."""
    side: int = 28
    """Rows and columns of an image."""
    widths: tuple[int, int, int] = (64, 128, 256)
    """Maps of the convolutions, units of the first linear layer."""

    def shapes(self) -> list[tuple[int, ...]]:
        """See :class:`Family`."""
        first, second, units = self.widths
        left = (self.side + 3) // 4  # two poolings, each rounding up
        return [
            (first, self.channels, 3, 3),
            (second, first, 3, 3),
            (units, second * left * left),
            (self.classes, units),
        ]

    def logits(self, weights: Weights, images: Tensor, means: Means | None = None) -> tuple[Tensor, Means]:
        """See :class:`Learner`."""
        if images.dim() == 5:
            return _one_by_one(self, weights, images, means)
        used = list[Tensor]()
        *hidden, (last, offset) = self.layers(weights)
        x = images  # (B, C, H, W)
        for kernel, bias in hidden[:-1]:
            x = F.max_pool2d(F.conv2d(x, kernel, padding=1), 3, 2, 1)
            x = self._rectified(x, bias, means, used)  # (B, maps, H / 2, W / 2)
        x = self._rectified(x.flatten(1) @ hidden[-1][0].T, hidden[-1][1], means, used)  # (B, units)
        return F.linear(x, last, offset), tuple(used)


@dataclass(frozen=True, kw_only=True)
class CifarConv(Family):
    """The paper's learner for CIFAR-10 (``models.py`` lines 157-194): convolutions, mean over the image, a layer."""

    channels: int = 3
    """Of an image."""
    widths: tuple[int, ...] = (64, 128, 128, 256, 256)
    """Maps of each convolution; every second one halves rows and columns."""

    def shapes(self) -> list[tuple[int, ...]]:
        """See :class:`Family`."""
        kernels = [(after, before, 3, 3) for before, after in pairwise((self.channels, *self.widths))]
        return [*kernels, (self.classes, self.widths[-1])]

    def logits(self, weights: Weights, images: Tensor, means: Means | None = None) -> tuple[Tensor, Means]:
        """See :class:`Learner`."""
        if images.dim() == 5:
            return _one_by_one(self, weights, images, means)
        used = list[Tensor]()
        *hidden, (last, offset) = self.layers(weights)
        x = images
        for place, (kernel, bias) in enumerate(hidden):
            x = self._rectified(F.conv2d(x, kernel, stride=1 + place % 2, padding=1), bias, means, used)
        return F.linear(x.mean((2, 3)), last, offset), tuple(used)


def _one_by_one(family: Family, weights: Weights, images: Tensor, means: Means | None) -> tuple[Tensor, Means]:
    """``K`` learners one after another, for families whose convolutions would be slower in groups."""
    found = [
        family.logits(
            tuple(each[place] for each in weights),
            images[place],
            None if means is None else tuple(each[place] for each in means),
        )
        for place in range(len(images))
    ]
    logits, used = zip(*found, strict=True)
    return torch.stack(logits), side_by_side(used)
