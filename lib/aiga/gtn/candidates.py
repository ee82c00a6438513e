"""A small space of architectures to search: perceptrons and convolutional networks of various shapes.

The paper searches the far larger micro space of ENAS and NAO (cells of five nodes with eleven operations); this one is
ours, small enough to train its members for long and know which is best.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding
from aiga.gtn.model import SLOPE, CifarConv, Family, Learner, Means, Mlp, MnistConv, Weights

Kind = Literal["mlp", "conv"]
Activation = Literal["leaky", "tanh", "sigmoid"]
Pooling = Literal["none", "max", "average"]
Taught = Literal["mlp", "mnist", "cifar"]
"""Learners that teachers are trained with: the small one, and the paper's two."""

ACTIVATIONS: tuple[Activation, ...] = ("leaky", "tanh", "sigmoid")
POOLINGS: tuple[Pooling, ...] = ("none", "max", "average")


@dataclass(frozen=True, kw_only=True)
class Candidate(Family):
    """One architecture, weight-normalised unless told otherwise, like the networks that generators are trained with.

    A perceptron may pool its input; a convolutional network halves the sides of its maps in each layer, by pooling or,
    without, by a stride of two.
    """

    kind: Kind = "mlp"
    depth: int = 1
    """Hidden layers."""
    width: int = 64
    """Units, or maps, of each."""
    activation: Activation = "leaky"
    pooling: Pooling = "none"
    """Over squares of 2 x 2."""
    shape: tuple[int, int, int] = (1, 14, 14)
    """Channels, height and width of an image."""

    def __post_init__(self) -> None:
        smallest = 2**self.depth if self.kind == "conv" else 2
        if self.depth < 1 or self.width < 1 or min(self.shape[1:]) < smallest:
            raise ValueError(
                f"cannot build {self.depth} layers of width {self.width} for images of {self.shape[1:]} pixels: "
                f"use at least one layer, one unit and {smallest} x {smallest} pixels"
            )

    @property
    def name(self) -> str:
        """Short, for tables and figures: ``conv 2x16 tanh max mean-bn``."""
        parts = [self.kind, f"{self.depth}x{self.width}", self.activation]
        if self.pooling != "none":
            parts.append(self.pooling)
        return " ".join([*parts, "mean-bn"] if self.batch_norm else parts)

    def shapes(self) -> list[tuple[int, ...]]:
        """See :class:`aiga.gtn.model.Family`."""
        channels, *sides = self.shape
        if self.kind == "mlp":
            height, width = sides if self.pooling == "none" else (side // 2 for side in sides)
            sizes = [channels * height * width, *[self.width] * self.depth, self.classes]
            return [(after, before) for before, after in itertools.pairwise(sizes)]
        for _ in range(self.depth):
            sides = [(side + 1) // 2 if self.pooling == "none" else side // 2 for side in sides]
        maps = itertools.pairwise([channels, *[self.width] * self.depth])
        kernels: list[tuple[int, ...]] = [(after, before, 3, 3) for before, after in maps]
        return [*kernels, (self.classes, self.width * sides[0] * sides[1])]

    def logits(self, weights: Weights, images: Tensor, means: Means | None = None) -> tuple[Tensor, Means]:
        """See :class:`aiga.gtn.model.Learner`.

        Raises:
            ValueError: the images have another shape than the architecture was made for.
        """
        if images.shape[-3:] != self.shape:
            raise ValueError(f"this network reads images of shape {self.shape}, got {tuple(images.shape[-3:])}")
        if images.dim() == 5:
            return torch.func.vmap(self.logits, in_dims=(0, 0, None if means is None else 0))(weights, images, means)
        *hidden, (last, offset) = self.layers(weights)
        used: list[Tensor] = []
        x = images if self.kind == "conv" else _pool(images, self.pooling).flatten(1)  # (B, inputs)
        for kernel, bias in hidden:
            x = self._linear(x, kernel)  # (B, width) or (B, width, h, w)
            if self.batch_norm:
                used.append(x.transpose(0, 1).flatten(1).mean(1) if means is None else means[len(used)])
                bias = bias - used[-1]
            x = _FUNCTIONS[self.activation](x + bias.view(-1, *[1] * (x.dim() - 2)))
            if self.kind == "conv":
                x = _pool(x, self.pooling)
        return F.linear(x.flatten(1), last, offset), tuple(used)

    def _linear(self, x: Tensor, kernel: Tensor) -> Tensor:
        if self.kind == "mlp":
            return F.linear(x, kernel)
        return F.conv2d(x, kernel, stride=2 if self.pooling == "none" else 1, padding=1)


def _leaky(x: Tensor) -> Tensor:
    return F.leaky_relu(x, SLOPE)


_FUNCTIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "leaky": _leaky,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def _pool(images: Tensor, pooling: Pooling) -> Tensor:
    """Half of each side, rounded down; or the images as they are."""
    pooled = images
    if pooling == "max":
        pooled = F.max_pool2d(images, 2)
    elif pooling == "average":
        pooled = F.avg_pool2d(images, 2)
    return pooled


def space(
    shape: tuple[int, int, int], widths: Mapping[Kind, tuple[int, ...]], depths: tuple[int, ...] = (1, 2)
) -> tuple[Candidate, ...]:
    """Every combination of the choices: depth, activation, pooling, normalisation, family and its widths.

    Args:
        shape: of an image: channels, height, width.
        widths: for each family that is searched, its widths.
        depths: numbers of hidden layers.
    """
    return tuple(
        Candidate(
            kind=kind,
            depth=depth,
            width=width,
            activation=activation,
            pooling=pooling,
            batch_norm=batch_norm,
            shape=shape,
        )
        for kind, those in widths.items()
        for width, depth, activation, pooling, batch_norm in itertools.product(
            those, depths, ACTIVATIONS, POOLINGS, (True, False)
        )
    )


def draw(candidates: tuple[Candidate, ...], count: int, generator: torch.Generator) -> tuple[Candidate, ...]:
    """Random search's proposals: ``count`` different candidates.

    Raises:
        ValueError: there are not so many.
    """
    if not 0 < count <= len(candidates):
        raise ValueError(f"cannot draw {count} of {len(candidates)} candidates: ask for 1 to {len(candidates)}")
    order = torch.randperm(len(candidates), generator=generator)[:count].tolist()
    return tuple(candidates[place] for place in order)


def learner(taught: Taught, shape: tuple[int, int, int], widths: Sequence[int]) -> Learner:
    """A learner such as teachers are trained with.

    Args:
        taught: which.
        shape: of an image: channels, height and width, the same.
        widths: of its layers.

    Raises:
        ValueError: unknown, or the paper's learner for MNIST with other than three widths.
    """
    if taught == "mlp":
        return Mlp(inputs=prod(shape), hidden=tuple(widths))
    if taught == "cifar":
        return CifarConv(channels=shape[0], widths=tuple(widths))
    if taught != "mnist" or len(widths) != 3:
        raise ValueError(f"expected mlp, cifar, or mnist with three widths, got {taught!r} with {tuple(widths)}")
    first, second, units = widths
    return MnistConv(channels=shape[0], side=shape[1], widths=(first, second, units))


def of_random_widths(
    taught: Taught, shape: tuple[int, int, int], ranges: Sequence[tuple[int, int]], count: int
) -> list[Learner]:
    """``count`` learners whose widths are drawn evenly, as the paper does (from memory; off in the released code).

    Args:
        taught: which.
        shape: of an image.
        ranges: smallest and largest width of each layer.
        count: how many.

    Returns:
        The same learners in every run and for every seed, so that seeds can be trained side by side.
    """
    stream = seeding.generator(0, "widths")
    drawn = [torch.randint(low, high + 1, (count,), generator=stream).tolist() for low, high in ranges]
    return [learner(taught, shape, widths) for widths in zip(*drawn, strict=True)]


def in_turn(learners: Sequence[Learner], count: int) -> list[Learner]:
    """``count`` learners, each drawn at random from those given; the same in every run and for every seed."""
    places = torch.randint(len(learners), (count,), generator=seeding.generator(0, "which learner"))
    return [learners[place] for place in places.tolist()]
