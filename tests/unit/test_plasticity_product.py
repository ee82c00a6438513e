"""Products whose gradient is gathered give the gradients that autograd gives."""

import pytest
import torch
from torch import Tensor

from aiga import seeding
from aiga.plasticity.product import Product


@pytest.fixture
def tensors() -> tuple[Tensor, Tensor]:
    draw = seeding.generator(0, "product")
    matrix = torch.randn(2, 4, 4, generator=draw, dtype=torch.float64, requires_grad=True)
    return matrix, torch.randn(2, 3, 4, generator=draw, dtype=torch.float64, requires_grad=True)


def chain(multiply: object, rows: Tensor, steps: int = 5) -> list[Tensor]:
    passed = [rows]
    for _ in range(steps):
        passed.append(torch.tanh(multiply(passed[-1])))  # type: ignore[operator]
    return passed


def test_values_and_gradients_are_those_of_bmm(tensors: tuple[Tensor, Tensor]) -> None:
    matrix, rows = tensors
    ours, theirs = chain(Product(matrix), rows)[-1], chain(lambda x: torch.bmm(x, matrix), rows)[-1]
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
    for mine, other in zip(
        torch.autograd.grad(ours.sum(), tensors), torch.autograd.grad(theirs.sum(), tensors), strict=True
    ):
        torch.testing.assert_close(mine, other, rtol=0, atol=1e-14)


def test_a_pass_that_stops_before_the_matrix_leaves_nothing_for_the_next(tensors: tuple[Tensor, Tensor]) -> None:
    matrix, rows = tensors
    ours, theirs = chain(Product(matrix), rows), chain(lambda x: torch.bmm(x, matrix), rows)
    torch.autograd.grad(ours[-1].sum(), rows, retain_graph=True)
    (mine,) = torch.autograd.grad(ours[2].sum(), matrix, retain_graph=True)  # fewer products than the first pass
    (other,) = torch.autograd.grad(theirs[2].sum(), matrix, retain_graph=True)
    torch.testing.assert_close(mine, other, rtol=0, atol=1e-14)
    (again,) = torch.autograd.grad(ours[2].sum(), matrix)
    torch.testing.assert_close(again, other, rtol=0, atol=1e-14)


def test_an_unused_matrix_has_no_gradient(tensors: tuple[Tensor, Tensor]) -> None:
    matrix, rows = tensors
    Product(matrix)
    (rows.sum() * matrix.detach().sum()).backward()
    assert matrix.grad is None


def test_gradients_of_gradients_are_refused(tensors: tuple[Tensor, Tensor]) -> None:
    matrix, rows = tensors
    (gradient,) = torch.autograd.grad(chain(Product(matrix), rows)[-1].sum(), rows, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()
