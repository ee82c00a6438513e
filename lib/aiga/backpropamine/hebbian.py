"""How traces change, and the two heavy parts of a step with their gradients by hand.

Shapes: ``S`` networks, ``B`` episodes, ``N`` neurons. A trace is ``(S, B, N, N)``, pre-synaptic index first. A rate is
``(S, B, 1)`` for a whole network or ``(S, B, N)``, one for each post-synaptic neuron.
"""

from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Clip = Literal["hard", "soft", "additive", "decay"]


def grow(hebb: Tensor, increment: Tensor, rate: Tensor, clip: Clip, bound: float) -> Tensor:
    r"""A trace after one step, exactly as the equations say (``maze/batch.py`` lines 123-134, 169-180, 227-241).

    Args:
        hebb: the trace.
        increment: what is learned at rate 1: the product of pre and post, or the eligibility.
        rate: ``(S, B, 1)`` or ``(S, B, N)``.
        clip: ``"hard"`` cuts off at the bound (eq. 2-4); ``"soft"`` scales a change by the room that is left;
            ``"additive"`` has no bound; ``"decay"`` forgets at the rate at which it learns.
        bound: largest absolute value of a hard or soft trace.
    """
    rate = rate[:, :, None]  # (S, B, 1, 1 or N)
    change = rate * increment
    if clip == "decay":
        return hebb + change - rate * hebb
    if clip == "soft":
        change = change.clamp(min=0) * (bound - hebb) + change.clamp(max=0) * (bound + hebb)
    grown = hebb + change
    return grown if clip == "additive" else grown.clamp(-bound, bound)


def recall(pre: Tensor, drive: Tensor, alpha: Tensor, hebb: Tensor) -> tuple[Tensor, Tensor]:
    """What the neurons do now (eq. 1): ``tanh(drive + pre (alpha * hebb))``, ``(S, B, N)``; and the trace again.

    Learn from the trace that comes back, not from the one that went in: then the gradients of its two uses meet in one
    tensor, where autograd would write and add two.
    """
    post, again = _Recall.apply(pre, drive, alpha, hebb)  # type: ignore[no-untyped-call]
    return post, again


def pair(pre: Tensor, post: Tensor, rate: Tensor, hebb: Tensor, bound: float) -> Tensor:
    """The trace after one step at a rate (eq. 2, 3) with the hard clip."""
    grown: Tensor = _Pair.apply(pre, rate * post, hebb, bound)  # type: ignore[no-untyped-call]
    return grown


def gate(eligibility: Tensor, rate: Tensor, hebb: Tensor, bound: float) -> Tensor:
    """The trace after one step of gated eligibility (eq. 4) with the hard clip."""
    grown: Tensor = _Gate.apply(eligibility, rate, hebb, bound)  # type: ignore[no-untyped-call]
    return grown


def fade(pre: Tensor, post: Tensor, eta: Tensor, eligibility: Tensor) -> Tensor:
    """The eligibility after one step (eq. 5); ``eta`` is ``(S,)``."""
    faded: Tensor = _Fade.apply(pre, post, eta, eligibility)  # type: ignore[no-untyped-call]
    return faded


class _Recall(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, pre: Tensor, drive: Tensor, alpha: Tensor, hebb: Tensor) -> tuple[Tensor, Tensor]:
        recalled = torch.matmul(pre[:, :, None], alpha[:, None] * hebb)[:, :, 0]  # (S, B, N)
        post = torch.tanh(drive + recalled)
        ctx.save_for_backward(pre, post, alpha, hebb)
        ctx.set_materialize_grads(False)
        return post, hebb.view_as(hebb)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, for_post: Tensor | None, for_again: Tensor | None) -> tuple[Tensor | None, ...]:
        pre, post, alpha, hebb = ctx.saved_tensors
        if for_post is None:
            return None, None, None, for_again
        for_drive = for_post * (1 - post.square())
        for_pre = torch.matmul(alpha[:, None] * hebb, for_drive[..., None])[..., 0]
        outer = pre[..., None] * for_drive[:, :, None]  # (S, B, N, N)
        for_alpha = (hebb * outer).sum(1)
        if for_again is None:
            return for_pre, for_drive, for_alpha, outer.mul_(alpha[:, None])
        return for_pre, for_drive, for_alpha, for_again.addcmul(outer, alpha[:, None])


class _Pair(torch.autograd.Function):
    """``clamp(hebb + pre change)``; keeps the new trace for the gradient, which the next step keeps anyway."""

    @staticmethod
    def forward(ctx: Any, pre: Tensor, change: Tensor, hebb: Tensor, bound: float) -> Tensor:
        grown = hebb.addcmul(pre[..., None], change[:, :, None]).clamp_(-bound, bound)
        ctx.save_for_backward(pre, change, grown)
        ctx.bound = bound
        return grown

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, for_grown: Tensor) -> tuple[Tensor | None, ...]:
        pre, change, grown = ctx.saved_tensors
        passed = _within(for_grown, grown, ctx.bound)
        for_pre = torch.matmul(passed, change[..., None])[..., 0]
        for_change = torch.matmul(pre[:, :, None], passed)[:, :, 0]
        return for_pre, for_change, passed, None


class _Gate(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, eligibility: Tensor, rate: Tensor, hebb: Tensor, bound: float) -> Tensor:
        grown = hebb.addcmul(eligibility, rate[:, :, None]).clamp_(-bound, bound)
        ctx.save_for_backward(eligibility, rate, grown)
        ctx.bound = bound
        return grown

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, for_grown: Tensor) -> tuple[Tensor | None, ...]:
        eligibility, rate, grown = ctx.saved_tensors
        passed = _within(for_grown, grown, ctx.bound)
        for_rate = (passed * eligibility).sum(2)  # (S, B, N)
        if rate.shape[-1] == 1:
            for_rate = for_rate.sum(-1, keepdim=True)
        return passed * rate[:, :, None], for_rate, passed, None


class _Fade(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, pre: Tensor, post: Tensor, eta: Tensor, eligibility: Tensor) -> Tensor:
        rate = eta[:, None, None, None]
        faded = (eligibility * (1 - rate)).addcmul_(rate * pre[..., None], post[:, :, None])
        ctx.save_for_backward(pre, post, eta, eligibility)
        return faded

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, for_faded: Tensor) -> tuple[Tensor, ...]:
        pre, post, eta, eligibility = ctx.saved_tensors
        rate = eta[:, None, None]
        paired = torch.matmul(pre[:, :, None], for_faded)[:, :, 0]  # sum_i pre_i G_ij, (S, B, N)
        for_eta = (paired * post).sum((1, 2)) - (for_faded * eligibility).sum((1, 2, 3))
        for_pre = rate * torch.matmul(for_faded, post[..., None])[..., 0]
        return for_pre, rate * paired, for_eta, for_faded * (1 - rate[..., None])


def _within(gradient: Tensor, clipped: Tensor, bound: float) -> Tensor:
    """The gradient before the clip: nothing passes where the clip holds. One pass over the trace, not three."""
    passed: Tensor = torch.ops.aten.hardtanh_backward(gradient, clipped, -bound, bound)
    return passed
