"""The generator: noise and a label in, an image out. ``S`` generators, one a seed, are trained side by side.

Batch norm always uses the statistics of the batch at hand, also when the trained generator is used
(``models.py`` lines 415-458 of ``uber-research/GTN``). Images lie in [-2, 2], as normalised data do.
"""

from collections.abc import Sequence
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aiga.gtn.family import SLOPE, normalised

RANGE = 2.0
"""Largest value of a pixel: the factor after tanh."""


class Layer(nn.Module):
    """``S`` weight-normalised kernels, linear or convolutional, with batch norm and rectifier or with a bias.

    Args:
        inits: one generator a seed.
        shape: of one kernel; units come first.
        hidden: batch norm and rectifier follow; else a bias does.
        weight_norm: whether the kernel is normalised.
        scale: of the initial output, where 1 is Kaiming's.
    """

    def __init__(
        self, inits: Sequence[torch.Generator], shape: tuple[int, ...], *, hidden: bool, weight_norm: bool, scale: float
    ) -> None:
        super().__init__()
        std = scale * (2 / prod(shape[1:])) ** 0.5
        kernel = torch.stack([torch.randn(shape, generator=each, device=each.device) for each in inits]) * std
        self.kernel = nn.Parameter(kernel)  # (S, units, ...)
        self.gain = nn.Parameter(kernel.flatten(2).norm(dim=2)) if weight_norm else None  # (S, units)
        self.scale = nn.Parameter(torch.ones(kernel.shape[:2], device=kernel.device)) if hidden else None  # (S, units)
        self.shift = nn.Parameter(torch.zeros(kernel.shape[:2], device=kernel.device))  # (S, units)

    def forward(self, x: Tensor) -> Tensor:
        """``(S, T, B, inputs)`` or ``(S, T, B, maps, H, W)``, each of the ``T`` normalised for itself."""
        kernel = self.kernel if self.gain is None else normalised(self.kernel, self.gain, self.kernel.dim() - 2)
        if kernel.dim() == 3:
            x = (x.flatten(1, 2) @ kernel.mT).unflatten(1, x.shape[1:3])
        else:
            padded = F.pad(x.flatten(0, 2), (1, 1, 1, 1), mode="reflect").unflatten(0, x.shape[:3])
            each = [F.conv2d(one.flatten(0, 1), kernel[seed]) for seed, one in enumerate(padded)]
            x = torch.stack(each).unflatten(1, x.shape[1:3])
        spread = (len(x), 1, 1, -1, *[1] * (x.dim() - 4))
        shift = self.shift.view(spread)
        if self.scale is None:
            return x + shift
        over = [axis for axis in range(2, x.dim()) if axis != 3]
        variance, mean = torch.var_mean(x, over, correction=0, keepdim=True)
        return F.leaky_relu((x - mean) * (self.scale.view(spread) * (variance + 1e-5).rsqrt()) + shift, SLOPE)


class Generator(nn.Module):
    """From ``z`` and a label to an image, by convolutions as in the paper or by one hidden layer.

    Args:
        inits: one generator a seed.
        channels: of the images.
        side: their rows and columns; a multiple of 4 for ``maps`` other than none.
        latent: numbers in ``z``.
        classes: of labels.
        hidden: units of the first layer.
        maps: of the two convolutional layers; empty for the small generator without them, whose last layer starts
            with small outputs.
        weight_norm: whether kernels are normalised.

    Raises:
        ValueError: the side is no multiple of 4 where there are convolutions.
    """

    def __init__(
        self,
        inits: Sequence[torch.Generator],
        *,
        channels: int = 1,
        side: int = 28,
        latent: int = 128,
        classes: int = 10,
        hidden: int = 1024,
        maps: tuple[int, ...] = (128, 64),
        weight_norm: bool = True,
    ) -> None:
        super().__init__()
        if maps and (len(maps) != 2 or side % 4):
            raise ValueError(
                f"convolutions enlarge an image twice: two numbers of maps and a side that is a multiple of 4 are "
                f"wanted, got {maps} and {side}"
            )
        self.channels, self.side, self.latent, self.classes, self.maps = channels, side, latent, classes, maps
        shapes: list[tuple[int, ...]] = [(hidden, latent + classes)]
        if maps:
            shapes += [(maps[0] * (side // 4) ** 2, hidden), (maps[1], maps[0], 3, 3), (channels, maps[1], 3, 3)]
        else:
            shapes += [(channels * side * side, hidden)]
        self.layers = nn.ModuleList(
            Layer(
                inits,
                shape,
                hidden=place < len(shapes) - 1,
                weight_norm=weight_norm,
                scale=0.3 if not maps and place else 1.0,
            )
            for place, shape in enumerate(shapes)
        )

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Images of ``T`` batches for each seed.

        Args:
            z: ``(S, T, B, latent)``.
            labels: ``(S, T, B)``.

        Returns:
            ``(S, T, B, channels, side, side)``, in [-2, 2].
        """
        x = torch.cat([z, F.one_hot(labels, self.classes).to(z.dtype)], -1)
        for place, layer in enumerate(self.layers):
            if self.maps and place == 2:
                x = x.unflatten(-1, (self.maps[0], self.side // 4, self.side // 4))
            if place >= 2:
                x = F.interpolate(x.flatten(0, 2), scale_factor=2.0).unflatten(0, x.shape[:3])
            x = layer(x)
        return RANGE * x.reshape(*labels.shape, self.channels, self.side, self.side).tanh()
