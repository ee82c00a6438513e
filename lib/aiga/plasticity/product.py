"""Products with one matrix at many time steps, whose gradient for the matrix is taken once."""

from collections import defaultdict
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class Product:
    r"""Multiply by the same matrix step after step; the same numbers and gradients as ``torch.bmm``.

    Backpropagation through time owes the matrix :math:`\sum_t x(t)^\top \delta(t)`. Taken step by step, as autograd
    does, that is one matrix to write and one to add for each step; here the rows are kept until all are there, and the
    sum is one product of two tall matrices. Gradients of gradients are refused.

    Args:
        matrix: ``(M, N, K)``, ``M`` matrices side by side.
    """

    def __init__(self, matrix: Tensor) -> None:
        self._rows = _Rows()
        self._matrix: Tensor = _Gather.apply(matrix, self._rows)  # type: ignore[no-untyped-call]

    def __call__(self, rows: Tensor) -> Tensor:
        """``rows @ matrix``, ``(M, n, N)`` to ``(M, n, K)``."""
        product: Tensor = _Multiply.apply(rows, self._matrix, self._rows)  # type: ignore[no-untyped-call]
        return product


class _Rows:
    """What the products of one backward pass leave for the matrix.

    A pass that never reaches the matrix leaves its rows behind; they are told apart by the pass's number.
    """

    def __init__(self) -> None:
        self._left: dict[int, list[tuple[Tensor, Tensor]]] = defaultdict(list)

    def leave(self, rows: Tensor, deltas: Tensor) -> None:
        self._left[torch._C._current_graph_task_id()].append((rows, deltas))

    def take(self) -> list[tuple[Tensor, Tensor]]:
        return self._left.pop(torch._C._current_graph_task_id(), [])


class _Gather(torch.autograd.Function):
    """Passes the matrix on. Its backward runs after those of all products, when every row is there."""

    @staticmethod
    def forward(ctx: Any, matrix: Tensor, rows: _Rows) -> Tensor:
        ctx.rows = rows
        ctx.set_materialize_grads(False)
        return matrix.view_as(matrix)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *unused: None) -> tuple[Tensor | None, None]:
        left = ctx.rows.take()
        if not left:
            return None, None
        rows, deltas = (torch.cat(parts, 1) for parts in zip(*left, strict=True))  # (M, all n, N), (M, all n, K)
        return torch.bmm(rows.transpose(1, 2), deltas), None


class _Multiply(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, matrix: Tensor, left: _Rows) -> Tensor:
        ctx.save_for_backward(rows, matrix)
        ctx.left = left
        return torch.bmm(rows, matrix)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, deltas: Tensor) -> tuple[Tensor, None, None]:
        rows, matrix = ctx.saved_tensors
        ctx.left.leave(rows, deltas)
        return torch.bmm(deltas, matrix.transpose(1, 2)), None, None
