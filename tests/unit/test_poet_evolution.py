"""The optimiser: centred ranks, antithetic noise from names, Adam as the original writes it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from aiga import seeding
from aiga.poet.courses import Encoding
from aiga.poet.evolution import Moments, Rule, Task, Workers, adam, estimate, noise, plain, ranks
from aiga.poet.hopper import PARAMETERS, Hopper, heights
from aiga.poet.substrate import Rollouts


@dataclass(frozen=True)
class Hill(Hopper):
    """A world whose return falls with the distance from a point: the way up is known."""

    @property
    def parameters(self) -> int:
        return 5

    def rollout(self, thetas, courses, which):  # type: ignore[no-untyped-def]
        away = np.stack([thetas[p] - courses[c] for p, c in enumerate(which)])
        return Rollouts(-(away.astype(float) ** 2).sum(1), np.ones(len(thetas), np.int64))


def test_ranks_are_centred_and_shared() -> None:
    np.testing.assert_allclose(ranks(np.array([10.0, -3.0, 5.0])), [0.5, -0.5, 0.0])
    np.testing.assert_allclose(ranks(np.array([1.0, 1.0, 2.0])), [-0.25, -0.25, 0.5])
    assert not ranks(np.full((2, 4), 7.0)).any()  # where all are alike there is nothing to follow


def test_noise_is_named_and_normal() -> None:
    one = noise(0, (0, 5, 1, 2), 400, 50)
    assert one.dtype == np.float32
    np.testing.assert_array_equal(one, noise(0, (0, 5, 1, 2), 400, 50))
    names = [(0, 5, 1, 2), (1, 5, 1, 2), (0, 6, 1, 2), (0, 5, 2, 2), (0, 5, 1, 3)]
    drawn = [noise(0, name, 4, 50) for name in names] + [noise(1, names[0], 4, 50)]
    for i, first in enumerate(drawn):
        for second in drawn[i + 1 :]:
            assert not np.isin(first, second).any()  # streams that do not even overlap
    assert abs(one.mean()) < 0.03
    assert one.std() == pytest.approx(1, abs=0.02)


def test_an_estimate_is_the_formula_and_points_uphill() -> None:
    theta, target, key = np.zeros(5, np.float32), np.float32([1, 2, 0, 0, -1]), (0, 0, 0, 0)
    [gradient], [steps] = estimate(Hill(), [Task(theta, target, 0.1, key)], 64, 3, Workers())
    assert steps == 128
    drawn = noise(3, key, 64, 5).astype(float)
    up, down = (-((sign * 0.1 * drawn - target) ** 2).sum(1) for sign in (1, -1))
    order = np.concatenate([up, down]).argsort().argsort() / 127 - 0.5
    expected = sum((order[i] - order[64 + i]) * drawn[i] for i in range(64)) / 64 / 0.1
    np.testing.assert_allclose(gradient, expected, rtol=1e-4)
    assert gradient @ target / np.linalg.norm(gradient) / np.linalg.norm(target) > 0.9


@pytest.mark.parametrize("workers", [Workers(at_once=1), Workers(at_once=3), Workers(jobs=2, at_once=2)])
def test_estimates_do_not_depend_on_who_makes_them(workers: Workers) -> None:
    chance = seeding.numpy_generator(0, "agents")
    course = heights(Encoding(pit=(0.0, 0.8)), 1)
    agents = 0.1 * chance.standard_normal((5, PARAMETERS), np.float32)
    tasks = [Task(theta, course, 0.1, (0, 0, i, i)) for i, theta in enumerate(agents)]
    expected, costs = estimate(Hopper(), tasks, 8, 0, Workers())
    found, others = estimate(Hopper(), tasks, 8, 0, workers)
    assert costs == others
    np.testing.assert_array_equal(np.stack(found), np.stack(expected))


def test_adam_is_torchs_with_weight_decay_in_the_gradient() -> None:
    rule = Rule(rate_decay=1.0, sigma_decay=1.0)
    chance = seeding.numpy_generator(1, "gradients")
    gradients: NDArray[np.float32] = chance.standard_normal((30, 6), np.float32)
    theta, moments = np.ones(6, np.float32), Moments.fresh(rule, 6)
    peer = torch.nn.Parameter(torch.ones(6))
    optimiser = torch.optim.Adam([peer], lr=rule.rate, weight_decay=rule.weight_decay, eps=1e-8)
    for gradient in gradients:
        theta, moments = adam(theta, gradient, moments, rule)
        peer.grad = -torch.from_numpy(gradient)
        optimiser.step()
    np.testing.assert_allclose(theta, peer.detach().numpy(), atol=1e-5)
    assert theta.dtype == np.float32
    assert moments.taken == 30


def test_sigma_and_rate_shrink_to_their_floors() -> None:
    rule = replace(Rule(), sigma_decay=0.5, rate_decay=0.5)
    theta, moments = np.zeros(3, np.float32), Moments.fresh(rule, 3)
    theta, moments = adam(theta, np.ones(3, np.float32), moments, rule)
    assert (moments.sigma, moments.rate) == (0.05, 0.005)
    for _ in range(20):
        theta, moments = adam(theta, np.ones(3, np.float32), moments, rule)
    assert (moments.sigma, moments.rate) == (0.01, 0.001)


def test_a_plain_step_is_gradient_ascent_with_decay() -> None:
    found = plain(np.float32([1.0, 2.0]), np.float32([3.0, 0.0]), Rule(plain_rate=0.1, weight_decay=0.5))
    np.testing.assert_allclose(found, [1 + 0.1 * (3 - 0.5), 2 - 0.1 * 1.0], rtol=1e-6)
