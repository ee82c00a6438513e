r"""The inner loop, in which a fresh learner learns from batches, and its gradient for batches and rates.

.. math::
    m_{t+1} = \beta_t m_t + \nabla_\theta \ell(f_{\theta_t}(x_t), y_t), \qquad
    \theta_{t+1} = \theta_t - \alpha_t m_{t+1}, \qquad m_0 = 0

(eq. 1; with rates of their own for each step ``inner_optimizers.py`` lines 37-64 of ``uber-research/GTN``; nothing
keeps :math:`\beta_t` below 1). Two ways give the same meta-gradient:

- ``"graph"`` keeps the graph of all steps, as ``create_graph`` does: the reference, and quick for small learners.
- ``"adjoint"`` keeps :math:`\theta_t` and :math:`m_t` only and goes through the steps backwards, each with a graph of
  its own. With :math:`\lambda_t = \partial L / \partial \theta_t` and :math:`\mu_t = \partial L / \partial m_t`:

.. math::
    \bar m = \mu_{t+1} - \alpha_t \lambda_{t+1}, \quad
    \partial_{\alpha_t} L = -\lambda_{t+1}^\top m_{t+1}, \quad
    \partial_{\beta_t} L = \bar m^\top m_t, \quad \mu_t = \beta_t \bar m, \quad
    \lambda_t = \lambda_{t+1} + \nabla^2_{\theta\theta} \ell_t\, \bar m, \quad
    \partial_{x_t} L = \nabla^2_{x\theta} \ell_t\, \bar m

A loss after the loop reads the means of batch norm too; what it owes them goes the same way back.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from aiga.gtn.family import Learner, Means, Weights

Method = Literal["graph", "adjoint"]


class Rates(nn.Module):
    """A learned rate and momentum for each inner step, as logarithms (``inner_optimizers.py`` lines 31-40).

    Args:
        seeds: number of seeds side by side.
        steps: number of inner steps.
        rate: where each rate begins.
        momentum: where each momentum begins.
        device: where they live.
    """

    def __init__(
        self,
        seeds: int,
        steps: int,
        *,
        rate: float = 0.02,
        momentum: float = 0.5,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        self.log_rate = nn.Parameter(torch.full((seeds, steps), math.log(rate), device=device))
        self.log_momentum = nn.Parameter(torch.full((seeds, steps), math.log(momentum), device=device))

    def forward(self) -> tuple[Tensor, Tensor]:
        """Rates and momenta, ``(T, S)`` each."""
        return self.log_rate.T.exp(), self.log_momentum.T.exp()


@dataclass(frozen=True)
class State:
    """A learner at some point of the inner loop."""

    weights: Weights
    means: Means
    """Of batch norm, over the batch that it learned from last, with the weights before that step."""


@dataclass(frozen=True)
class Learned:
    """What the inner loop leaves behind."""

    last: State
    """After all steps."""
    visited: dict[int, State]
    """After so many steps, where intermediate states were asked for; without the last."""


def learn(
    learner: Learner,
    weights: Weights,
    images: Tensor,
    labels: Tensor,
    rates: tuple[Tensor, Tensor],
    *,
    method: Method = "graph",
    every: int | None = None,
) -> Learned:
    """Learn from ``T`` batches, one step of gradient descent with momentum each.

    Whatever is computed from the result can be differentiated for ``weights``, ``images`` and ``rates``, unless
    gradients are switched off.

    Args:
        learner: the learner.
        weights: where it begins: one learner's, or those of ``K``, each ``(K, ...)``.
        images: ``(T, *K, B, C, H, W)``.
        labels: ``(T, *K, B)``.
        rates: rates and momenta of each step, ``(T, *K)`` or ``(T,)``, both positive.
        method: ``"graph"``, or ``"adjoint"``, whose memory grows by one copy of weights and momentum a step.
        every: also give the states after each so many steps.

    Raises:
        ValueError: unknown method, no steps, or shapes that do not go together.
    """
    _check(weights, images, labels, rates, method, every)
    steps = len(images)
    marks = [*range(every, steps, every), steps] if every else [steps]
    alpha, beta = (
        each.view(*each.shape, *[1] * (labels.dim() - 1 - each.dim())).expand(labels.shape[:-1]) for each in rates
    )  # (T, *K)
    if method == "graph" or not torch.is_grad_enabled():
        states = _unrolled(learner, weights, images, labels, alpha, beta, marks)
    else:
        flat = _Adjoint.apply(learner, marks, images, labels, alpha, beta, *weights)  # type: ignore[no-untyped-call]
        size, count = len(flat) // len(marks), len(weights)
        parts = [flat[first : first + size] for first in range(0, len(flat), size)]
        states = [State(part[:count], part[count:]) for part in parts]
    return Learned(states[-1], dict(zip(marks[:-1], states[:-1], strict=True)))


def _unrolled(
    learner: Learner,
    weights: Weights,
    images: Tensor,
    labels: Tensor,
    alpha: Tensor,
    beta: Tensor,
    marks: Sequence[int],
) -> list[State]:
    """The loop itself; the states at ``marks``."""
    momentum: Weights = ()
    states = []
    for step, (x, y, a, b) in enumerate(zip(images, labels, alpha, beta, strict=True), 1):
        gradient, means = learner.gradient(weights, x, y)
        if momentum:
            momentum = tuple(_spread(b, m) * m + g for m, g in zip(momentum, gradient, strict=True))
        else:
            momentum = gradient
        weights = tuple(w - _spread(a, w) * m for w, m in zip(weights, momentum, strict=True))
        if step in marks:
            states.append(State(weights, means))
    return states


class _Adjoint(torch.autograd.Function):
    """The same loop, and its gradient one step at a time. Each learner's weights lie in one row."""

    @staticmethod
    def forward(
        ctx: Any,
        learner: Learner,
        marks: Sequence[int],
        images: Tensor,
        labels: Tensor,
        alpha: Tensor,
        beta: Tensor,
        *weights: Tensor,
    ) -> tuple[Tensor, ...]:
        row = _Row(weights, labels.dim() - 2)
        now = row.pack(weights)  # theta_t, (*K, P)
        momentum = torch.zeros_like(now)
        trail = [(now, momentum)]
        outputs: list[Tensor] = []
        for step, (x, y, a, b) in enumerate(zip(images, labels, alpha, beta, strict=True), 1):
            gradient, means = learner.gradient(row.unpack(now), x, y)
            momentum = torch.addcmul(row.pack(gradient), b.unsqueeze(-1), momentum)
            now = torch.addcmul(now, a.unsqueeze(-1), momentum, value=-1)
            trail.append((now, momentum))
            if step in marks:
                outputs += [*row.unpack(now), *means]
        ctx.save_for_backward(images, labels, alpha, beta)
        ctx.learner, ctx.marks, ctx.row, ctx.trail = learner, marks, row, trail
        return tuple(outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *owed: Tensor) -> tuple[Any, ...]:
        images, labels, alpha, beta = ctx.saved_tensors
        row, trail, size, count = ctx.row, ctx.trail, len(owed) // len(ctx.marks), len(ctx.row.shapes)
        d_images = torch.empty_like(images) if ctx.needs_input_grad[2] else None
        d_alpha, d_beta = torch.empty_like(alpha), torch.empty_like(beta)
        lambdas, mus = torch.zeros_like(trail[0][0]), torch.zeros_like(trail[0][0])
        for step in reversed(range(len(images))):
            d_means: Means = ()
            if step + 1 in ctx.marks:
                first = ctx.marks.index(step + 1) * size
                lambdas = lambdas + row.pack(owed[first : first + count])
                d_means = owed[first + count : first + size]
            (weights, momentum), (_, after) = trail[step : step + 2]
            d_alpha[step] = -(lambdas * after).sum(-1)
            bar = torch.addcmul(mus, alpha[step].unsqueeze(-1), lambdas, value=-1)
            d_beta[step] = (bar * momentum).sum(-1)
            mus = beta[step].unsqueeze(-1) * bar
            pulled, d_shown = ctx.learner.curvature(
                row.unpack(weights), images[step], labels[step], row.unpack(bar), d_means
            )
            lambdas = lambdas + row.pack(pulled)
            if d_images is not None:
                d_images[step] = d_shown
        return (None, None, d_images, None, d_alpha, d_beta, *row.unpack(lambdas))


class _Row:
    """Turns weights ``(*K, ...)`` into rows ``(*K, P)`` and back."""

    def __init__(self, weights: Weights, lead: int) -> None:
        self.lead, self.shapes = lead, [each.shape[lead:] for each in weights]
        self.sizes = [shape.numel() for shape in self.shapes]

    def pack(self, weights: Sequence[Tensor]) -> Tensor:
        return torch.cat([each.flatten(self.lead) for each in weights], -1)

    def unpack(self, row: Tensor) -> Weights:
        parts = row.split(self.sizes, -1)
        return tuple(part.unflatten(-1, shape) for part, shape in zip(parts, self.shapes, strict=True))


def _spread(numbers: Tensor, like: Tensor) -> Tensor:
    """One number for each learner, ``(*K)``, so that it multiplies a weight ``(*K, ...)``."""
    return numbers.view(*numbers.shape, *[1] * (like.dim() - numbers.dim()))


def _check(
    weights: Weights,
    images: Tensor,
    labels: Tensor,
    rates: tuple[Tensor, Tensor],
    method: str,
    every: int | None,
) -> None:
    if method not in ("graph", "adjoint"):
        raise ValueError(f"unknown method {method!r}: choose 'graph' or 'adjoint'")
    if every is not None and every < 1:
        raise ValueError(f"every must be at least 1 step, or None for the last state only, got {every}")
    steps, side = len(images), labels.shape[1:-1]
    fits = (
        images.shape[: labels.dim()] == labels.shape
        and images.dim() == labels.dim() + 3
        and all(each.shape in ((steps,), labels.shape[:-1]) for each in rates)
        and all(each.shape[: len(side)] == side for each in weights)
    )
    if not steps or not fits:
        raise ValueError(
            "expected images (T, *K, B, C, H, W), labels (T, *K, B), rates (T, *K) or (T,) and weights (*K, ...) with "
            f"T at least 1, got {tuple(images.shape)}, {tuple(labels.shape)}, {[tuple(r.shape) for r in rates]} and "
            f"weights that begin with {[tuple(w.shape[: len(side)]) for w in weights][:1]}"
        )
