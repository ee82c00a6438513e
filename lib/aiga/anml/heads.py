"""Linear heads that learn side by side, one drawing at a time, by Adam: the inside of the meta-test.

Every run has its own head: ``R`` learning rates times ``T`` trajectories. Each learns as if it were alone.

A step is exact and costs what Adam costs, a square root and a division for each of ``outputs * F`` weights. What can be
saved is memory traffic: on a CPU the matrices are visited in blocks that fit the cache, and while a block is there it
gets its gradient, its update, and answers for the next drawing.
"""

import math
from dataclasses import dataclass

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
        self._delta, self._logits = torch.empty_like(self.weights[..., 0]), torch.empty_like(self.weights[..., 0])
        self._steps = torch.zeros((), device=weights.device)
        self._blocks = self._cut()

    def _cut(self) -> list["_Block"]:
        """What is visited together, a rate at a time: all its weights, or as many as fit a CPU's cache."""
        trajectories, columns = self.weights.shape[1], self.weights.shape[3]
        rows, together = self.outputs, trajectories
        if self.weights.device.type == "cpu":
            rows = min(rows, max(1, BLOCK // columns))
            together = min(together, max(1, BLOCK // (columns * self.outputs)))
        mean, square = torch.zeros_like(self.weights), torch.zeros_like(self.weights)
        scratch = self.weights.new_empty(together * rows * columns)
        blocks = []
        for rate, value in enumerate(self.rates):
            for first in range(0, trajectories, together):
                for row in range(0, self.outputs, rows):
                    place = rate, slice(first, first + together), slice(row, row + rows)
                    weights = self.weights[place]
                    gradient = scratch[: weights.numel()].view(weights.shape)
                    state = Moments(weights, gradient, mean[place], square[place])
                    columns_of = self._delta[place][..., None], self._logits[place][..., None]
                    blocks.append(_Block(value, place[1], state, *columns_of))
        return blocks

    @torch.no_grad()
    def learn(self, features: Tensor, labels: Tensor) -> None:
        """One pass over a sequence of drawings, one update each.

        Args:
            features: what the heads read, ``(T, steps, F + 1)``.
            labels: ``(T, steps)``.
        """
        self._logits.copy_(torch.einsum("rtof,tf->rto", self.weights, features[:, 0]))
        positions = labels.T[:, None, :, None].expand(-1, len(self.rates), -1, 1)  # (steps, R, T, 1)
        one = self._delta.new_full((), -1.0).expand(positions.shape[1:])
        rows, columns = features[:, :, None].unbind(1), features[..., None].unbind(1)  # (T, 1, F + 1), (T, F + 1, 1)
        for step, position in enumerate(positions):
            torch.softmax(self._logits, -1, out=self._delta).scatter_add_(-1, position, one)
            after = columns[min(step + 1, len(columns) - 1)]
            self._steps += 1
            for block in self._blocks:
                torch.mul(block.delta, rows[step][block.trajectories], out=block.state.gradient)
                adam(block.state, self._steps, block.rate)
                torch.matmul(block.state.weights, after[block.trajectories], out=block.logits)

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


@dataclass(frozen=True, eq=False)
class Moments:
    """Some weights, their gradient, and what Adam remembers of it; all of one shape."""

    weights: Tensor
    gradient: Tensor
    mean: Tensor
    square: Tensor


@dataclass(frozen=True, eq=False)
class _Block:
    """What is visited together; views of all, made once."""

    rate: float
    trajectories: slice
    state: Moments
    delta: Tensor  # (t, rows, 1)
    logits: Tensor  # (t, rows, 1)


def adam(state: Moments, step: Tensor, rate: float) -> None:
    """One step of Adam in place, as :class:`torch.optim.Adam` takes it, without an optimiser around every block.

    Args:
        state: the weights are changed, and the moments.
        step: how many steps there have been with this one, as a float.
        rate: learning rate.
    """
    if state.weights.device.type in ("cpu", "cuda"):  # what torch.optim.Adam(fused=True) calls
        torch._fused_adam_(
            [state.weights],
            [state.gradient],
            [state.mean],
            [state.square],
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
        plain_adam(state, step, rate)


def plain_adam(state: Moments, step: Tensor, rate: float) -> None:
    """The same step, written out; arguments as in :func:`adam`."""
    state.mean.lerp_(state.gradient, 1 - BETAS[0])
    state.square.mul_(BETAS[1]).addcmul_(state.gradient, state.gradient, value=1 - BETAS[1])
    first, second = (-torch.expm1(step * math.log(beta)) for beta in BETAS)  # 1 - beta ** step, to the last digit
    denominator = (state.square / second).sqrt_().add_(EPSILON)
    state.weights.sub_(rate * state.mean / first / denominator)
