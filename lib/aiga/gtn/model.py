r"""Learners, whose weights are handed to them, and the generator that teaches them.

A learner is a description (:class:`Mlp`, :class:`MnistConv`, :class:`CifarConv`); its weights are a tuple of tensors,
so that a step of gradient descent makes new ones and can be differentiated. ``K`` learners side by side are the same
tuple with a leading dimension ``K``; an :class:`Mlp` runs them in one go, the convolutional ones one after another.

Two normalisations are the paper's (sec. 2): weight normalisation,

.. math:: W = g\, V / \lVert V \rVert \quad\text{for each unit,}

with ``g`` beginning as the length of ``V``; and mean-only batch norm, :math:`x - \mathrm{mean}_B(x) + b`, which keeps
no running mean: a learner is examined with the means of the last batch that it learned from (``models.py`` lines
333-395 and ``train_cgtn.py`` lines 840-856 of ``uber-research/GTN``).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

Weights = tuple[Tensor, ...]
"""Of each layer in turn: the kernel ``(units, ...)``, with weight normalisation the gains ``(units,)``, the biases."""

Means = tuple[Tensor, ...]
"""Of each layer with batch norm: the mean of its units over a batch, ``(units,)``."""

SLOPE = 0.1
"""Of the leaky rectifier below zero."""


class Learner(Protocol):
    """What the inner loop asks of a learner. ``*K`` is nothing, or the number of learners side by side."""

    def create(self, stream: torch.Generator) -> Weights:
        """Fresh weights of one learner, on the generator's device."""

    def logits(self, weights: Weights, images: Tensor, means: Means | None = None) -> tuple[Tensor, Means]:
        """Logits ``(*K, B, classes)`` of images ``(*K, B, C, H, W)``, and the means of batch norm that were used."""

    def gradient(self, weights: Weights, images: Tensor, labels: Tensor) -> tuple[Weights, Means]:
        """Gradient of each learner's loss on a batch, and the batch's means; both can be differentiated."""


@dataclass(frozen=True, kw_only=True)
class Family(ABC):
    """What learners have in common."""

    classes: int = 10
    """Classes that are told apart."""
    weight_norm: bool = True
    """Whether kernels are normalised."""
    batch_norm: bool = True
    """Whether there is mean-only batch norm before each rectifier; without, only its bias."""

    @abstractmethod
    def shapes(self) -> list[tuple[int, ...]]:
        """Shape of each layer's kernel, from input to output; units come first."""

    @abstractmethod
    def logits(self, weights: Weights, images: Tensor, means: Means | None = None) -> tuple[Tensor, Means]:
        """See :class:`Learner`."""

    def create(self, stream: torch.Generator) -> Weights:
        """Fresh weights: normal with variance 2 / inputs, no biases (``models.py`` lines 474-483).

        Args:
            stream: source of the numbers; the weights live on its device.
        """
        weights: list[Tensor] = []
        for shape in self.shapes():
            kernel = torch.randn(shape, generator=stream, device=stream.device) * (2 / prod(shape[1:])) ** 0.5
            weights += [kernel, kernel.flatten(1).norm(dim=1)] if self.weight_norm else [kernel]
            weights.append(torch.zeros(shape[0], device=stream.device))
        return tuple(weights)

    def layers(self, weights: Weights) -> list[tuple[Tensor, Tensor]]:
        """Each layer's kernel as it is used, and its biases."""
        if not self.weight_norm:
            return list(zip(weights[::2], weights[1::2], strict=True))
        found = []
        for shape, kernel, gain, bias in zip(self.shapes(), weights[::3], weights[1::3], weights[2::3], strict=True):
            found.append((normalised(kernel, gain, len(shape) - 1), bias))
        return found

    def gradient(self, weights: Weights, images: Tensor, labels: Tensor) -> tuple[Weights, Means]:
        """Gradient of cross-entropy, the mean over a batch (``train_cgtn.py`` line 302), by autograd.

        Args:
            weights: of one learner, or of ``K``.
            images: ``(*K, B, C, H, W)``.
            labels: ``(*K, B)``.

        Returns:
            One gradient for each of the weights, and the means of batch norm. Where gradients are wanted
            (:func:`torch.is_grad_enabled`), both can be differentiated for weights and images.
        """
        exact = torch.is_grad_enabled()
        with torch.enable_grad():
            start = weights if exact else tuple(each.detach() for each in weights)
            start = tuple(each if each.requires_grad else each.detach().requires_grad_() for each in start)
            logits, means = self.logits(start, images)
            loss = F.cross_entropy(logits.flatten(0, -2), labels.flatten(), reduction="sum") / labels.shape[-1]
            found = torch.autograd.grad(loss, start, create_graph=exact)
        return found, means if exact else tuple(each.detach() for each in means)

    def _rectified(self, x: Tensor, bias: Tensor, means: Means | None, used: list[Tensor]) -> Tensor:
        """Mean-only batch norm over all but the units' axis, which is 1, then the leaky rectifier."""
        if self.batch_norm:
            mean = x.mean([axis for axis in range(x.dim()) if axis != 1]) if means is None else means[len(used)]
            used.append(mean)
            bias = bias - mean
        return F.leaky_relu(x + bias.view(-1, *[1] * (x.dim() - 2)), SLOPE)


@dataclass(frozen=True, kw_only=True)
class Mlp(Family):
    """Fully connected layers: what the CPU can afford. ``K`` learners run side by side."""

    inputs: int
    """Pixels of an image, all channels together."""
    hidden: tuple[int, ...] = (64,)
    """Units of each hidden layer."""

    def shapes(self) -> list[tuple[int, ...]]:
        """See :class:`Family`."""
        sizes = (self.inputs, *self.hidden, self.classes)
        return [(after, before) for before, after in pairwise(sizes)]

    def logits(self, weights: Weights, images: Tensor, means: Means | None = None) -> tuple[Tensor, Means]:
        """See :class:`Learner`."""
        x, used = images.flatten(-3), list[Tensor]()  # (*K, B, inputs)
        *hidden, (last, offset) = self.layers(weights)
        for kernel, bias in hidden:
            x = x @ kernel.mT  # (*K, B, units)
            if self.batch_norm:
                used.append(x.mean(-2) if means is None else means[len(used)])
                bias = bias - used[-1]
            x = F.leaky_relu(x + bias.unsqueeze(-2), SLOPE)
        return x @ last.mT + offset.unsqueeze(-2), tuple(used)

    def gradient(self, weights: Weights, images: Tensor, labels: Tensor) -> tuple[Weights, Means]:
        """The same as :meth:`Family.gradient`, written out: a graph of a third as many nodes when differentiated."""
        x, used, layers = images.flatten(-3), list[Tensor](), self.layers(weights)
        inputs, slopes = [x], list[Tensor]()
        for kernel, bias in layers[:-1]:
            x = x @ kernel.mT
            if self.batch_norm:
                used.append(x.mean(-2))
                bias = bias - used[-1]
            x = x + bias.unsqueeze(-2)
            slopes.append(torch.where(x.detach() > 0, 1.0, SLOPE).to(x.dtype))
            x = x * slopes[-1]
            inputs.append(x)
        logits = x @ layers[-1][0].mT + layers[-1][1].unsqueeze(-2)
        delta = (logits.softmax(-1) - F.one_hot(labels, self.classes).to(x.dtype)) / labels.shape[-1]
        found: list[Tensor] = []
        for place in reversed(range(len(layers))):
            d_bias = delta.sum(-2)
            if self.batch_norm and place < len(slopes):
                delta = delta - d_bias.unsqueeze(-2) / labels.shape[-1]
            d_kernel = delta.mT @ inputs[place]
            if self.weight_norm:
                direction, gain = weights[3 * place : 3 * place + 2]
                found = [*normalised_gradient(direction, gain, d_kernel), d_bias, *found]
            else:
                found = [d_kernel, d_bias, *found]
            if place:
                delta = (delta @ layers[place][0]) * slopes[place - 1]
        return tuple(found), tuple(used)


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


def side_by_side(learners: Sequence[Weights]) -> Weights:
    """The weights of ``K`` learners of one shape, stacked: each ``(K, ...)``."""
    return tuple(torch.stack(each) for each in zip(*learners, strict=True))


def normalised(kernel: Tensor, gain: Tensor, axes: int) -> Tensor:
    """A weight-normalised kernel.

    Args:
        kernel: ``(*K, units, ...)``.
        gain: the length that each unit's weights shall have, ``(*K, units)``.
        axes: how many of the kernel's last axes are one unit's weights.
    """
    inner = tuple(range(-axes, 0))
    lengths: Tensor = torch.linalg.vector_norm(kernel, dim=inner, keepdim=True)
    return kernel * (gain.view(*gain.shape, *[1] * axes) / lengths)


def normalised_gradient(kernel: Tensor, gain: Tensor, d_kernel: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients for ``kernel`` and ``gain`` of a linear layer, from that for the kernel as it is used."""
    inverse = 1 / torch.linalg.vector_norm(kernel, dim=-1)  # (*K, units)
    d_gain = (d_kernel * kernel).sum(-1) * inverse
    scale = gain * inverse
    return scale.unsqueeze(-1) * d_kernel - (scale * d_gain * inverse).unsqueeze(-1) * kernel, d_gain


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
