"""Linear heads that learn side by side, one drawing at a time, by Adam: the inside of the meta-test.

Every run has its own head: ``R`` learning rates times ``T`` trajectories. Each learns as if it were alone.

A step is exact and costs what Adam costs, a square root and a division for each of ``outputs * F`` weights. What can be
saved is memory traffic: on a CPU the matrices are visited in blocks that fit the cache, and while a block is there it
gets its gradient, its update, and answers for the next drawing.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

BETAS = (0.9, 0.999)
EPSILON = 1e-8
"""Adam's defaults, which the original leaves alone (``evaluate_classification.py`` lines 155 and 325)."""

BLOCK = 2**18
"""Weights visited together on a CPU: they, their two moments and their gradient fill 4 MB."""

ANSWERS = 2_000
"""Drawings that are named together."""


class Heads:
    """``R`` x ``T`` linear heads, all rates of a trajectory from the same initial weights, biases 0.

    The bias is one more column, read by a feature that is always 1 (see :func:`with_one`).

    Args:
        weights: the initial weights of each trajectory's head, ``(T, outputs, F)``.
        rates: Adam's learning rates.
    """

    def __init__(self, weights: Tensor, rates: tuple[float, ...]) -> None:
        trajectories, self.outputs, features = weights.shape
        self.rates = rates
        self.weights = weights.new_zeros(len(rates), trajectories, self.outputs, features + 1)  # (R, T, outputs, F + 1)
        self.weights[..., :-1] = weights
        self.mean, self.square = torch.zeros_like(self.weights), torch.zeros_like(self.weights)
        self.steps = torch.zeros((), device=weights.device)
        self._parts = [(rate, *part) for rate in range(len(rates)) for part in self._split(trajectories, features + 1)]

    def _split(self, trajectories: int, columns: int) -> Iterator[tuple[slice, slice]]:
        """Which trajectories and rows are visited together: all of them, or as many as fit a CPU's cache."""
        rows, together = self.outputs, trajectories
        if self.weights.device.type == "cpu":
            rows = min(rows, max(1, BLOCK // columns))
            together = max(1, BLOCK // (columns * self.outputs))
        for first in range(0, trajectories, together):
            for row in range(0, self.outputs, rows):
                yield slice(first, first + together), slice(row, row + rows)

    @torch.no_grad()
    def learn(self, features: Tensor, labels: Tensor) -> None:
        """One pass over a sequence of drawings, one update each.

        Args:
            features: what the heads read, ``(T, steps, F + 1)``.
            labels: ``(T, steps)``.
        """
        logits = torch.einsum("rtof,tf->rto", self.weights, features[:, 0])
        scratch = logits.new_empty(max(self.weights[place].numel() for place in self._parts))
        for step in range(features.shape[1]):
            delta = torch.softmax(logits, -1)  # (R, T, outputs)
            delta.scatter_add_(-1, labels[:, step].expand(len(self.rates), -1)[..., None], -torch.ones_like(delta))
            after = features[:, min(step + 1, features.shape[1] - 1)]
            self.steps += 1
            for rate, trajectories, rows in self._parts:
                place = rate, trajectories, rows
                block = self.weights[place]
                gradient = scratch[: block.numel()].view(block.shape)
                torch.mul(delta[place][..., None], features[trajectories, step, None], out=gradient)
                adam(block, gradient, self.mean[place], self.square[place], self.steps, self.rates[rate])
                torch.matmul(block, after[trajectories, :, None], out=logits[place][..., None])

    @torch.no_grad()
    def right(self, features: Tensor, labels: Tensor) -> Tensor:
        """Whether each drawing gets its label, out of all that there are: ``(R, T, n)``.

        Args:
            features: ``(T, n, F + 1)``.
            labels: ``(T, n)``.
        """
        answers = [
            torch.cat([(part @ head.T).argmax(-1) for part in features[place].split(ANSWERS)])
            for heads in self.weights
            for place, head in enumerate(heads)
        ]
        return torch.stack(answers).view(len(self.rates), *labels.shape) == labels


def with_one(features: Tensor) -> Tensor:
    """Append the feature that a bias reads: ``(..., F)`` to ``(..., F + 1)``."""
    return torch.cat([features, torch.ones_like(features[..., :1])], -1)


def adam(weights: Tensor, gradient: Tensor, mean: Tensor, square: Tensor, step: Tensor, rate: float) -> None:
    """One step of Adam in place, as :class:`torch.optim.Adam` takes it, without an optimiser around every block.

    Args:
        weights: to be changed.
        gradient: of the same shape.
        mean: first moment, changed.
        square: second moment, changed.
        step: how many steps there have been with this one, as a float.
        rate: learning rate.
    """
    if weights.device.type in ("cpu", "cuda"):  # what torch.optim.Adam(fused=True) calls
        torch._fused_adam_(
            [weights],
            [gradient],
            [mean],
            [square],
            [],
            [step],
            lr=rate,
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
    else:
        plain_adam(weights, gradient, mean, square, step, rate)


def plain_adam(weights: Tensor, gradient: Tensor, mean: Tensor, square: Tensor, step: Tensor, rate: float) -> None:
    """The same step, written out; arguments as in :func:`adam`."""
    mean.lerp_(gradient, 1 - BETAS[0])
    square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
    denominator = (square / (1 - BETAS[1] ** step)).sqrt_().add_(EPSILON)
    weights.sub_(rate * mean / (1 - BETAS[0] ** step) / denominator)
