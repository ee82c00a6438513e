r"""The dish that motifs are tried in: tiny networks, and synthetic data to learn from and to be examined on.

A motif is the slope ``c`` of :math:`\sigma(c\,x)`, the activation of all hidden units. Tiny networks with each motif
learn from synthetic examples and are examined on further synthetic examples; all of these are learned, so that the
order of the motifs in the dish becomes the order of their real results (Rawal et al. 2020, arXiv 2005.13092; method
and experiment from memory).

Shapes: ``N`` networks side by side, ``S`` seeds, ``M`` motifs, ``P`` starting points each, ``n`` examples.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Weights = list[Tensor]
"""Kernels ``(N, inputs, outputs)`` and biases ``(N, 1, outputs)`` of each layer in turn."""


def create(generator: torch.Generator, networks: int, sizes: Sequence[int]) -> Weights:
    """Fresh networks: kernels normal with variance one over inputs, biases zero.

    Args:
        generator: source of the numbers; the weights live on its device.
        networks: how many.
        sizes: units of each layer, from input to output.
    """
    weights, place = Weights(), generator.device
    for inputs, outputs in pairwise(sizes):
        kernel = torch.randn(networks, inputs, outputs, generator=generator, device=place) / math.sqrt(inputs)
        weights += [kernel, torch.zeros(networks, 1, outputs, device=place)]
    return weights


def logits(weights: Weights, inputs: Tensor, slopes: Tensor) -> Tensor:
    """Logits ``(N, n, classes)`` of ``inputs``, ``(N, n, features)`` or the same for all, ``(n, features)``.

    Args:
        weights: of ``N`` networks.
        inputs: what they see.
        slopes: of their hidden sigmoids, ``(N,)``.
    """
    x = inputs
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = torch.sigmoid(slopes.view(-1, 1, 1) * (x @ kernel + bias))
    return x @ weights[-2] + weights[-1]


def error(answers: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy of each network, ``(N,)``, mean over examples.

    Args:
        answers: logits ``(N, n, classes)``.
        wanted: probabilities ``(N, n, classes)``, or classes ``(n,)`` that are the same for all.
    """
    logs = answers.log_softmax(-1)
    if wanted.dim() == 1:
        wanted = F.one_hot(wanted, logs.shape[-1]).to(logs.dtype)
    return -(logs * wanted).sum(-1).mean(-1)


class Dish(nn.Module):
    """Synthetic data to learn from and to be examined on, one set a seed.

    They begin as a small problem of their own: a random point for each class and examples around it, most of whose
    label is that class. Examples, soft labels and the step size are learned.

    Args:
        generators: one a seed.
        features: numbers in an example.
        hidden: units of each of the two hidden layers of the tiny networks.
        classes: of the tiny networks.
        examples: of each class, to learn from, and as many to be examined on.
        steps: inner steps, each on all examples.
        rate: step size at first.
        noise: how far examples lie from their class's point, at first.
        sure: logit of an example's own class in its label, at first; the others have 0.
    """

    def __init__(
        self,
        generators: Sequence[torch.Generator],
        *,
        features: int,
        hidden: int,
        classes: int,
        examples: int,
        steps: int,
        rate: float,
        noise: float = 0.5,
        sure: float = 3.0,
    ) -> None:
        super().__init__()
        self.sizes, self.steps = (features, hidden, hidden, classes), steps
        drawn = [
            (
                torch.randn(classes, features, generator=each, device=each.device).repeat(examples, 1),
                noise * torch.randn(2, classes * examples, features, generator=each, device=each.device),
            )
            for each in generators
        ]
        both = torch.stack([points + around for points, around in drawn], 1)  # (2, S, n, features)
        labels = sure * torch.eye(classes, device=both.device).repeat(examples, 1)
        self.inputs, self.questions = nn.Parameter(both[0].clone()), nn.Parameter(both[1].clone())
        self.labels = nn.Parameter(labels.repeat(len(drawn), 1, 1))  # (S, n, classes), as logits
        self.answers = nn.Parameter(labels.repeat(len(drawn), 1, 1))
        self.log_rate = nn.Parameter(torch.full((len(drawn),), math.log(rate), device=both.device))

    def forward(self, slopes: Tensor, generators: Sequence[torch.Generator], starts: int) -> Tensor:
        """How each motif does in the dish, ``(S, M)``: the examination's cross-entropy after learning.

        Args:
            slopes: the motifs, ``(M,)``.
            generators: one a seed; all motifs of a seed begin with the same weights.
            starts: draws of those weights, ``P``, over which the result is the mean.
        """
        seeds, motifs, exact = len(generators), len(slopes), torch.is_grad_enabled()

        def spread(each: Tensor) -> Tensor:
            return each[:, None].expand(seeds, motifs * starts, *each.shape[1:]).flatten(0, 1)

        drawn = zip(*(create(each, starts, self.sizes) for each in generators), strict=True)
        weights = [
            torch.stack(each)[:, None].expand(seeds, motifs, *each[0].shape).flatten(0, 2).requires_grad_()
            for each in drawn
        ]  # N = S * M * P
        slope = slopes.repeat_interleave(starts).repeat(seeds)
        inputs, labels = spread(self.inputs), spread(self.labels.softmax(-1))
        rate = spread(self.log_rate.exp()).view(-1, 1, 1)
        for _ in range(self.steps):
            with torch.enable_grad():
                loss = error(logits(weights, inputs, slope), labels).sum()
                gradients = torch.autograd.grad(loss, weights, create_graph=exact)
            weights = [weight - rate * each for weight, each in zip(weights, gradients, strict=True)]
            if not exact:
                weights = [each.detach().requires_grad_() for each in weights]
        found = error(logits(weights, spread(self.questions), slope), spread(self.answers.softmax(-1)))
        return found.view(seeds, motifs, starts).mean(2)


def standardised(values: Tensor, known: Tensor) -> Tensor:
    """Shifted and scaled so that the ``known`` ones (a mask over the last axis) have mean 0 and variance 1."""
    chosen = values[..., known]
    return (values - chosen.mean(-1, keepdim=True)) / chosen.std(-1, keepdim=True).clamp_min(1e-9)
