"""Where the learner's batches come from: a generator in one of four curricula, learned pixels, or real data.

All of them hold ``S`` seeds side by side and give ``batches(streams)``, one stream of random numbers a seed. Compare
``train_cgtn.py`` lines 667-801 of ``uber-research/GTN``.
"""

from collections.abc import Sequence
from typing import Literal, Protocol, cast, get_args

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from aiga.gtn.generator import RANGE, Generator

Order = Literal["full", "shuffled_batch", "all_shuffled", "none"]
"""``full``: the learned batches in their order; ``shuffled_batch``: in random order; ``all_shuffled``: samples go to
random batches; ``none``: nothing is learned but the generator, its inputs are drawn anew each time."""


class Curriculum(Protocol):
    """Whatever hands out the inner loop's batches."""

    def batches(self, streams: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
        """One inner loop's images ``(T, S, B, C, H, W)`` and labels ``(T, S, B)``, differentiable in the parameters."""


def labels_in_turn(seeds: int, steps: int, batch: int, classes: int, device: torch.device) -> Tensor:
    """Labels 0, 1, ... in turn through all batches (lines 673-675), so that their mixes differ, ``(S, T, B)``."""
    return (torch.arange(steps * batch, device=device) % classes).view(steps, batch).expand(seeds, -1, -1)


class Synthetic(nn.Module):
    """A generator's images, in one of the four curricula (sec. 3.2).

    Args:
        generator: of ``S`` seeds.
        inits: one generator a seed, from which the latent vectors are drawn.
        steps: batches of an inner loop, ``T``.
        batch: images in each, ``B``.
        order: which curriculum.
        learned: whether the latent vectors are learned, or stay the random ones they are; ``none`` has no such ones.
        replacement: whether shuffled curricula draw with replacement, as the released code does (lines 694-713), or
            use each once, as the paper says (the latter from memory).

    Raises:
        ValueError: unknown order.
    """

    def __init__(
        self,
        generator: Generator,
        inits: Sequence[torch.Generator],
        *,
        steps: int,
        batch: int,
        order: Order = "full",
        learned: bool = True,
        replacement: bool = False,
    ) -> None:
        super().__init__()
        if order not in get_args(Order):
            raise ValueError(f"unknown order {order!r}: choose one of {', '.join(get_args(Order))}")
        self.generator, self.order, self.replacement = generator, order, replacement
        place = inits[0].device
        self.labels: Tensor
        labels = labels_in_turn(len(inits), steps, batch, generator.classes, place)
        self.register_buffer("labels", labels, persistent=False)  # (S, T, B)
        if order != "none":
            size = (steps, batch, generator.latent)
            z = torch.stack([torch.randn(size, generator=each, device=place) for each in inits])
            self.z = nn.Parameter(z, requires_grad=learned)  # (S, T, B, latent)

    def batches(self, streams: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
        """See :class:`Curriculum`."""
        chosen = [self._choose(seed, stream) for seed, stream in enumerate(streams)]
        z, labels = (torch.stack(each) for each in zip(*chosen, strict=True))
        return self._images(z, labels).transpose(0, 1), labels.transpose(0, 1)

    def _images(self, z: Tensor, labels: Tensor) -> Tensor:
        """``(S, T, B, C, H, W)``; the large generator makes a batch at a time, again on the way back.

        Its maps would else be kept for all batches: hundreds of megabytes a step, where the inner loop keeps 13.
        """
        if not self.generator.maps:
            return cast(Tensor, self.generator(z, labels))
        made = [
            checkpoint(self.generator, *piece, use_reentrant=False, preserve_rng_state=False)
            for piece in zip(z.split(1, 1), labels.split(1, 1), strict=True)
        ]
        return torch.cat(made, 1)

    def _choose(self, seed: int, stream: torch.Generator) -> tuple[Tensor, Tensor]:
        """Latent vectors ``(T, B, latent)`` and labels ``(T, B)`` of one inner loop."""
        labels, place = self.labels[seed], self.labels.device
        if self.order == "none":
            z = torch.randn(*labels.shape, self.generator.latent, generator=stream, device=place)
            return z, torch.randint(self.generator.classes, labels.shape, generator=stream, device=place)
        z = self.z[seed]
        if self.order == "full":
            return z, labels
        if self.order == "shuffled_batch":
            order = self._shuffled(len(labels), stream)
            return z[order], labels[order]
        order = self._shuffled(labels.numel(), stream).view(labels.shape)
        return z.flatten(0, 1)[order], labels.flatten()[order]

    def _shuffled(self, count: int, stream: torch.Generator) -> Tensor:
        if self.replacement:
            return torch.randint(count, (count,), generator=stream, device=stream.device)
        return torch.randperm(count, generator=stream, device=stream.device)


class Distilled(nn.Module):
    """Dataset distillation in the same frame: the pixels themselves are learned, ``2 tanh`` of them are shown.

    Labels come in turn, as those of the generator's curriculum do; the original draws them (line 738).

    Args:
        inits: one generator a seed.
        steps: batches of an inner loop, ``T``.
        batch: images in each, ``B``.
        channels: of an image.
        side: its rows and columns.
        classes: of labels.
    """

    def __init__(
        self,
        inits: Sequence[torch.Generator],
        *,
        steps: int,
        batch: int,
        channels: int = 1,
        side: int = 28,
        classes: int = 10,
    ) -> None:
        super().__init__()
        place, size = inits[0].device, (steps, batch, channels, side, side)
        pixels = torch.stack([torch.randn(size, generator=each, device=place) for each in inits])
        self.pixels = nn.Parameter(pixels)  # (S, T, B, C, H, W)
        self.labels: Tensor
        self.register_buffer("labels", labels_in_turn(len(inits), steps, batch, classes, place), persistent=False)

    def batches(self, streams: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
        """See :class:`Curriculum`; always the same."""
        return RANGE * self.pixels.transpose(0, 1).tanh(), self.labels.transpose(0, 1)


class Real(nn.Module):
    """The baseline: batches of real images, of which nothing can be learned but how fast to learn from them.

    Args:
        images: normalised, ``(n, C, H, W)``.
        labels: ``(n,)``.
        steps: batches of an inner loop, ``T``.
        batch: images in each, ``B``.
    """

    def __init__(self, images: Tensor, labels: Tensor, *, steps: int, batch: int) -> None:
        super().__init__()
        self.images, self.targets, self.size = images, labels, (steps, batch)  # plain: no part of what is saved

    def batches(self, streams: Sequence[torch.Generator]) -> tuple[Tensor, Tensor]:
        """See :class:`Curriculum`; drawn anew each time, with replacement."""
        drawn = [torch.randint(len(self.images), self.size, generator=each, device=each.device) for each in streams]
        places = torch.stack(drawn, 1)  # (T, S, B)
        return self.images[places], self.targets[places]
