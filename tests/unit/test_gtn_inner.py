"""The meta-gradient against finite differences, and one way of taking it against the other."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding
from aiga.gtn import inner
from aiga.gtn.inner import Learned, Method, Rates, learn
from aiga.gtn.model import CifarConv, Family, Mlp, MnistConv, Weights, side_by_side

STEPS, BATCH, META = 4, 6, 7
LEARNERS: dict[str, tuple[Family, tuple[int, int, int]]] = {
    "mlp": (Mlp(inputs=25, hidden=(9, 7), classes=4), (1, 5, 5)),
    "mlp, bare": (Mlp(inputs=25, hidden=(9,), classes=4, weight_norm=False, batch_norm=False), (1, 5, 5)),
    "mnist": (MnistConv(side=9, widths=(3, 4, 5), classes=4), (1, 9, 9)),
    "cifar": (CifarConv(widths=(3, 4), classes=4), (3, 6, 6)),
}


def stream(seed: int = 0, name: str = "test") -> torch.Generator:
    return seeding.generator(seed, name)


class Problem:
    """An inner loop and a loss after it, in float64; with ``K`` learners, or with one that has no such dimension."""

    def __init__(self, name: str, learners: int | None = None) -> None:
        self.learner, shape = LEARNERS[name]
        lead = () if learners is None else (learners,)
        fresh = [self.learner.create(stream(seed, "weights")) for seed in range(learners or 1)]
        self.start: Weights = tuple(each.double() for each in (fresh[0] if learners is None else side_by_side(fresh)))
        source = stream()
        self.images = torch.randn(STEPS, *lead, BATCH, *shape, generator=source, dtype=torch.float64)
        self.labels = torch.randint(4, (STEPS, *lead, BATCH), generator=source)
        self.alpha = 0.1 + 0.2 * torch.rand(STEPS, *lead, generator=source, dtype=torch.float64)
        self.beta = 0.3 + 0.5 * torch.rand(STEPS, *lead, generator=source, dtype=torch.float64)
        self.questions = torch.randn(*lead, META, *shape, generator=source, dtype=torch.float64)
        self.answers = torch.randint(4, (*lead, META), generator=source)

    def inputs(self) -> list[Tensor]:
        return [each.detach().clone().requires_grad_() for each in (self.images, self.alpha, self.beta, *self.start)]

    def loss(self, inputs: list[Tensor], method: Method = "graph", every: int | None = None) -> Tensor:
        images, alpha, beta, *start = inputs
        learned = learn(self.learner, tuple(start), images, self.labels, (alpha, beta), method=method, every=every)
        return self.after(learned)

    def after(self, learned: Learned) -> Tensor:
        total = torch.zeros(()).double()
        for weight, state in enumerate([learned.last, *learned.visited.values()], 1):
            logits, _ = self.learner.logits(state.weights, self.questions, state.means)
            total = total + weight * F.cross_entropy(logits.flatten(0, -2), self.answers.flatten())
        return total


def gradients(problem: Problem, method: Method, every: int | None = None) -> tuple[Tensor, ...]:
    inputs = problem.inputs()
    return torch.autograd.grad(problem.loss(inputs, method, every), inputs)


@pytest.mark.parametrize("method", ["graph", "adjoint"])
@pytest.mark.parametrize("name", LEARNERS)
def test_meta_gradients_are_finite_differences(name: str, method: Method) -> None:
    """For the images, the rates, the momenta and the initial weights."""
    problem = Problem(name)
    found, source = gradients(problem, method), stream(1)
    for place, gradient in enumerate(found[:5]):
        inputs = problem.inputs()
        direction = torch.randn(gradient.shape, generator=source, dtype=torch.float64)
        step, values = 1e-6, []
        for sign in (1, -1):
            moved = list(inputs)
            moved[place] = inputs[place] + sign * step * direction
            values.append(float(problem.loss(moved).detach()))
        slope = (values[0] - values[1]) / (2 * step)
        assert float((gradient * direction).sum()) == pytest.approx(slope, rel=1e-5, abs=1e-8)
        assert place == 2 or abs(slope) > 1e-4  # momenta matter little in so few steps


@pytest.mark.parametrize("every", [None, 1, 3])
@pytest.mark.parametrize("learners", [None, 1, 3])
@pytest.mark.parametrize("name", LEARNERS)
def test_both_ways_give_the_same(name: str, learners: int | None, every: int | None) -> None:
    problem = Problem(name, learners)
    expected, found = gradients(problem, "graph", every), gradients(problem, "adjoint", every)
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-11)
    one, other = (problem.loss(problem.inputs(), method, every) for method in ("graph", "adjoint"))  # type: ignore[arg-type]
    torch.testing.assert_close(one, other, rtol=1e-12, atol=0)


def test_the_momentum_takes_part_in_the_meta_gradient() -> None:
    assert float(gradients(Problem("mlp"), "adjoint")[2].abs().max()) > 1e-4


def literal(problem: Problem) -> Callable[[Tensor], Tensor]:
    """The loop by torch's own optimiser, without any of ours."""

    def loss(logits_of: Tensor) -> Tensor:
        weights = [each.clone().requires_grad_() for each in problem.start]
        optimiser = torch.optim.SGD(weights, lr=0.1, momentum=0.5)
        for images, labels in zip(problem.images, problem.labels, strict=True):
            logits, means = problem.learner.logits(tuple(weights), images)
            optimiser.zero_grad()
            F.cross_entropy(logits, labels).backward()
            optimiser.step()
        return problem.learner.logits(tuple(weights), logits_of, means)[0]

    return loss


@pytest.mark.parametrize("method", ["graph", "adjoint"])
def test_the_loop_is_sgd_with_momentum(method: Method) -> None:
    problem = Problem("mnist")
    rates = tuple(torch.full((STEPS,), value, dtype=torch.float64) for value in (0.1, 0.5))
    state = learn(problem.learner, problem.start, problem.images, problem.labels, rates, method=method).last  # type: ignore[arg-type]
    logits, _ = problem.learner.logits(state.weights, problem.questions, state.means)
    torch.testing.assert_close(logits, literal(problem)(problem.questions))


def test_a_learner_is_examined_with_the_means_of_its_last_batch() -> None:
    """They are those before the last step (momentum 0 in the original), and the loss reads them."""
    problem = Problem("mlp")
    rates = (problem.alpha, problem.beta)
    learned = learn(problem.learner, problem.start, problem.images, problem.labels, rates, every=1)
    assert list(learned.visited) == [1, 2, 3]
    before = learned.visited[3]
    expected = problem.learner.logits(before.weights, problem.images[-1])[1]
    torch.testing.assert_close(learned.last.means, expected)


def test_learners_do_not_depend_on_their_neighbours() -> None:
    problem = Problem("mlp", 3)
    rates = (problem.alpha, problem.beta)
    together = learn(problem.learner, problem.start, problem.images, problem.labels, rates, method="adjoint").last
    for place in range(3):
        alone = learn(
            problem.learner,
            tuple(each[place] for each in problem.start),
            problem.images[:, place],
            problem.labels[:, place],
            (problem.alpha[:, place], problem.beta[:, place]),
        ).last
        torch.testing.assert_close(tuple(each[place] for each in together.weights), alone.weights)


@pytest.mark.parametrize("method", ["graph", "adjoint"])
def test_rates_may_be_shared_by_all_learners(method: Method) -> None:
    problem = Problem("mlp", STEPS)  # as many learners as steps: an error of axes would not show in shapes
    shared = problem.alpha[:, 0], problem.beta[:, 0]
    spread = tuple(each[:, None].expand(-1, STEPS) for each in shared)
    few, many = (
        learn(problem.learner, problem.start, problem.images, problem.labels, rates, method=method).last
        for rates in (shared, spread)  # type: ignore[arg-type]
    )
    torch.testing.assert_close(few.weights, many.weights)


def test_the_adjoint_keeps_a_copy_of_weights_and_momentum_a_step_and_no_graph() -> None:
    problem = Problem("mlp")
    kept: list[int] = []

    def count(tensor: Tensor) -> Tensor:
        kept.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        images, alpha, beta, *start = problem.inputs()
        last = learn(problem.learner, tuple(start), images, problem.labels, (alpha, beta), method="adjoint").last
    assert sum(kept) == images.numel() + problem.labels.numel() + 2 * STEPS
    (node,) = {each.grad_fn for each in last.weights}
    parameters = sum(each.numel() for each in start)
    assert sum(each.numel() for pair in node.trail for each in pair) == 2 * (STEPS + 1) * parameters  # type: ignore[union-attr]


def test_rates_begin_where_they_are_told_and_stay_positive() -> None:
    rates = Rates(2, STEPS, rate=0.02, momentum=0.5)
    alpha, beta = rates()
    assert alpha.shape == beta.shape == (STEPS, 2)
    torch.testing.assert_close(alpha, torch.full((STEPS, 2), 0.02))
    torch.testing.assert_close(beta, torch.full((STEPS, 2), 0.5))
    with torch.no_grad():
        rates.log_rate -= 50
    assert (rates()[0] > 0).all()


def test_what_cannot_be_is_refused() -> None:
    problem = Problem("mlp", 3)
    rates = (problem.alpha, problem.beta)
    with pytest.raises(ValueError, match="'graph' or 'adjoint'"):
        learn(problem.learner, problem.start, problem.images, problem.labels, rates, method="jet")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1 step"):
        learn(problem.learner, problem.start, problem.images, problem.labels, rates, every=0)
    for images, labels, start in (
        (problem.images[:-1], problem.labels, problem.start),
        (problem.images[0], problem.labels, problem.start),
        (problem.images[:0], problem.labels[:0], problem.start),
        (problem.images, problem.labels, tuple(each[:2] for each in problem.start)),
    ):
        with pytest.raises(ValueError, match="expected images"):
            inner.learn(problem.learner, start, images, labels, rates)
