r"""The small learner, with its derivatives written out: they are what a page of the book spends its time on.

A layer takes ``x`` to :math:`h = s \odot V x` with :math:`s = g / \lVert V \rVert`: weight normalisation scales what
comes out, not what is multiplied with, so no normalised copy of the kernel is made.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga.gtn.family import SLOPE, Family, Means, Weights


@dataclass
class _Layer:
    """What one layer did to a batch."""

    kernel: Tensor  # V, (*K, units, inputs)
    inverse: Tensor  # 1 / |V|, (*K, 1, units)
    scale: Tensor  # g / |V|, (*K, 1, units)
    inputs: Tensor  # x, (*K, B, inputs)
    raw: Tensor  # V x, (*K, B, units)
    slope: Tensor  # of the rectifier, (*K, B, units); unused in the last layer


@dataclass
class _Back:
    """What one layer passed back."""

    delta: Tensor  # gradient for h, with batch norm centred, (*K, B, units)
    d_raw: Tensor  # gradient for V x, (*K, B, units)
    d_scale: Tensor  # gradient for s, (*K, 1, units)
    shrink: Tensor  # of V, what the gradient for V owes to its length, (*K, 1, units)


@dataclass(frozen=True, kw_only=True)
class Mlp(Family):
    """Fully connected layers: what the CPU can afford. ``K`` learners run side by side."""

    inputs: int
    """Pixels of an image, all channels together."""
    hidden: tuple[int, ...] = (64,)
    """Units of each hidden layer."""

    def shapes(self) -> list[tuple[int, ...]]:
        """See :class:`Family`."""
        return [(after, before) for before, after in pairwise((self.inputs, *self.hidden, self.classes))]

    def logits(self, weights: Weights, images: Tensor, means: Means | None = None) -> tuple[Tensor, Means]:
        """See :class:`aiga.gtn.family.Learner`."""
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
        """See :meth:`Family.gradient`; by autograd where there is no weight normalisation."""
        if not self.weight_norm:
            return super().gradient(weights, images, labels)
        layers, answers, means = self._forward(weights, images)
        found, _ = self._backward(layers, self._error(answers, labels))
        return found, means

    @torch.no_grad()
    def curvature(
        self, weights: Weights, images: Tensor, labels: Tensor, along: Weights, d_means: Means = ()
    ) -> tuple[Weights, Tensor]:
        r"""See :meth:`Family.curvature`; by autograd where there is no weight normalisation, or means are owed.

        The Hessian is symmetric, so :math:`\nabla_{(\theta, x)} (\nabla_\theta \ell^\top v)` is how
        :math:`\nabla_{(\theta, x)} \ell` changes as the weights move along :math:`v`: every line of the forward and
        the backward pass is differentiated in that direction.
        """
        if not self.weight_norm or d_means:
            return super().curvature(weights, images, labels, along, d_means)
        layers, answers, _ = self._forward(weights, images)
        _, backs = self._backward(layers, self._error(answers, labels))
        moved = torch.zeros(())  # how the layer's inputs change; the images do not
        changes = []  # of (1 / n) dn, s, x, V x in each layer
        for place, layer in enumerate(layers):
            v_kernel, v_gain, v_bias = along[3 * place : 3 * place + 3]
            longer = (layer.kernel * v_kernel).sum(-1).unsqueeze(-2) * layer.inverse.square()  # (dn) / n
            v_scale = v_gain.unsqueeze(-2) * layer.inverse - layer.scale * longer
            v_raw = layer.inputs @ v_kernel.mT
            if place:
                v_raw = v_raw + moved @ layer.kernel.mT
            changes.append((longer, v_scale, moved, v_raw))
            moved = torch.addcmul(v_raw * layer.scale, layer.raw, v_scale) + v_bias.unsqueeze(-2)
            if place + 1 < len(layers):
                if self.batch_norm:  # the bias is not part of the mean
                    moved = moved - (moved.mean(-2, keepdim=True) - v_bias.unsqueeze(-2))
                moved = moved * layer.slope
        pulled = answers * moved
        v_delta = torch.addcmul(pulled, answers, pulled.sum(-1, keepdim=True), value=-1) / labels.shape[-1]
        found: list[Tensor] = []
        for place in reversed(range(len(layers))):
            layer, back, (longer, v_scale, moved, v_raw) = layers[place], backs[place], changes[place]
            v_kernel = along[3 * place]
            v_bias = v_delta.sum(-2)
            if self.batch_norm and place + 1 < len(layers):
                v_delta = v_delta - v_bias.unsqueeze(-2) / labels.shape[-1]
            v_d_raw = torch.addcmul(v_delta * layer.scale, back.delta, v_scale)
            v_d_scale = torch.addcmul(v_delta * layer.raw, back.delta, v_raw).sum(-2, keepdim=True)
            v_gain = (v_d_scale - back.d_scale * longer) * layer.inverse
            v_shrink = (v_d_scale * layer.scale + back.d_scale * v_scale) * layer.inverse.square()
            v_shrink = torch.addcmul(v_shrink, back.shrink, longer, value=-2)
            v_d_kernel = v_d_raw.mT @ layer.inputs
            if place:
                v_d_kernel = v_d_kernel + back.d_raw.mT @ moved
            v_d_kernel = torch.addcmul(v_d_kernel, v_shrink.mT, layer.kernel, value=-1)
            v_d_kernel = torch.addcmul(v_d_kernel, back.shrink.mT, v_kernel, value=-1)
            found = [v_d_kernel, v_gain.squeeze(-2), v_bias, *found]
            v_delta = v_d_raw @ layer.kernel + back.d_raw @ v_kernel
            if place:
                v_delta = v_delta * layers[place - 1].slope
        return tuple(found), v_delta.view_as(images)

    def _forward(self, weights: Weights, images: Tensor) -> tuple[list[_Layer], Tensor, Means]:
        """What each layer does, the probabilities ``(*K, B, classes)``, and the means of batch norm."""
        x, layers, means = images.flatten(-3), list[_Layer](), list[Tensor]()
        for kernel, gain, bias in zip(weights[::3], weights[1::3], weights[2::3], strict=True):
            inverse = torch.linalg.vector_norm(kernel, dim=-1).reciprocal().unsqueeze(-2)
            scale, raw = gain.unsqueeze(-2) * inverse, x @ kernel.mT
            answers, offset = raw * scale, bias.unsqueeze(-2)
            if self.batch_norm and len(layers) < len(self.hidden):
                mean = answers.mean(-2, keepdim=True)
                offset = offset - mean
                means.append(mean.squeeze(-2))
            answers = answers + offset
            slope = (answers.detach() > 0).to(x.dtype).clamp_min_(SLOPE)
            layers.append(_Layer(kernel, inverse, scale, x, raw, slope))
            x = answers * slope
        return layers, answers.softmax(-1), tuple(means)

    def _error(self, answers: Tensor, labels: Tensor) -> Tensor:
        """Gradient of cross-entropy, the mean over the batch, for the logits."""
        return (answers - F.one_hot(labels, self.classes).to(answers.dtype)) / labels.shape[-1]

    def _backward(self, layers: list[_Layer], delta: Tensor) -> tuple[Weights, list[_Back]]:
        """The gradient, and what each layer passed back."""
        found, backs = list[Tensor](), list[_Back]()
        for place in reversed(range(len(layers))):
            layer = layers[place]
            d_bias = delta.sum(-2)
            if self.batch_norm and place + 1 < len(layers):
                delta = delta - d_bias.unsqueeze(-2) / delta.shape[-2]
            d_raw = delta * layer.scale
            d_scale = (delta * layer.raw).sum(-2, keepdim=True)
            d_gain = d_scale * layer.inverse
            shrink = d_gain * layer.scale * layer.inverse
            d_kernel = torch.addcmul(d_raw.mT @ layer.inputs, shrink.mT, layer.kernel, value=-1)
            found = [d_kernel, d_gain.squeeze(-2), d_bias, *found]
            backs.insert(0, _Back(delta, d_raw, d_scale, shrink))
            if place:
                delta = (d_raw @ layer.kernel) * layers[place - 1].slope
        return tuple(found), backs
