r"""Learners, whose weights are handed to them.

A learner is a description (:mod:`aiga.gtn.model` has the paper's and ours); its weights are a tuple of tensors,
so that a step of gradient descent makes new ones and can be differentiated. ``K`` learners side by side are the same
tuple with a leading dimension ``K``; the small learner runs them in one go, convolutional ones one after another.

Two normalisations are the paper's (sec. 2): weight normalisation,

.. math:: W = g\, V / \lVert V \rVert \quad\text{for each unit,}

with ``g`` beginning as the length of ``V``; and mean-only batch norm, :math:`x - \mathrm{mean}_B(x) + b`, which keeps
no running mean: a learner is examined with the means of the last batch that it learned from (``models.py`` lines
333-395 and ``train_cgtn.py`` lines 840-856 of ``uber-research/GTN``).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
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

    def curvature(
        self, weights: Weights, images: Tensor, labels: Tensor, along: Weights, d_means: Means = ()
    ) -> tuple[Weights, Tensor]:
        """Second derivatives of that loss, for weights and images, times a direction in the space of weights."""


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

    def curvature(
        self, weights: Weights, images: Tensor, labels: Tensor, along: Weights, d_means: Means = ()
    ) -> tuple[Weights, Tensor]:
        r"""What one step back through the inner loop needs, by autograd.

        Args:
            weights: of one learner, or of ``K``.
            images: ``(*K, B, C, H, W)``.
            labels: ``(*K, B)``.
            along: a direction :math:`v` in the space of weights, as long as these.
            d_means: gradient of what comes later for the means of batch norm; none where it does not read them.

        Returns:
            The gradient of :math:`\nabla_\theta \ell^\top v`, plus what the means pass back, for weights and images.
        """
        with torch.enable_grad():
            start = tuple(each.detach().requires_grad_() for each in weights)
            shown = images.detach().requires_grad_()
            gradient, means = Family.gradient(self, start, shown, labels)
            results, owed = ((*gradient, *means), (*along, *d_means)) if d_means else (gradient, along)
            *found, d_images = torch.autograd.grad(results, [*start, shown], owed, materialize_grads=True)
        return tuple(found), d_images

    def _rectified(self, x: Tensor, bias: Tensor, means: Means | None, used: list[Tensor]) -> Tensor:
        """Mean-only batch norm over all but the units' axis, which is 1, then the leaky rectifier."""
        if self.batch_norm:
            mean = x.mean([axis for axis in range(x.dim()) if axis != 1]) if means is None else means[len(used)]
            used.append(mean)
            bias = bias - mean
        return F.leaky_relu(x + bias.view(-1, *[1] * (x.dim() - 2)), SLOPE)


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
