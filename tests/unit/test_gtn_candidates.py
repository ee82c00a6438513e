"""Search space and ranking: architectures that are what they say, correlations that are right by hand."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding
from aiga.gtn.candidates import Candidate, draw, space
from aiga.gtn.model import side_by_side
from aiga.gtn.ranking import agreement, best_half, random_search, resampled, spearman

WIDTHS = {"mlp": (4, 8), "conv": (3,)}
SPACE = space((1, 8, 8), WIDTHS)  # type: ignore[arg-type]


def generator(seed: int = 0) -> torch.Generator:
    return seeding.generator(seed, "test")


def images(count: int = 6, shape: tuple[int, int, int] = (1, 8, 8)) -> Tensor:
    return torch.randn(count, *shape, generator=generator(1))


@pytest.mark.parametrize("candidate", SPACE, ids=lambda each: each.name)
def test_every_candidate_names_classes_and_learns_all_its_weights(candidate: Candidate) -> None:
    weights = tuple(each.requires_grad_() for each in candidate.create(generator()))
    logits, means = candidate.logits(weights, images())
    assert logits.shape == (6, 10)
    assert len(means) == (candidate.depth if candidate.batch_norm else 0)
    for gradient in torch.autograd.grad(F.cross_entropy(logits, torch.arange(6)), weights):
        assert gradient.abs().sum() > 0


def test_the_space_has_every_combination_once_and_names_tell_them_apart() -> None:
    assert len(SPACE) == 3 * 2 * 3 * 3 * 2 == len(set(SPACE)) == len({each.name for each in SPACE})


def test_a_perceptron_written_out() -> None:
    candidate = Candidate(width=5, activation="tanh", pooling="average", shape=(2, 4, 4))
    weights = candidate.create(generator())
    one, gain, bias = weights[0], weights[1] * 2, weights[2] + 0.5
    shown = images(7, (2, 4, 4))
    logits, (mean,) = candidate.logits((one, gain, bias, *weights[3:]), shown)
    pooled = shown.reshape(7, 2, 2, 2, 2, 2).mean((3, 5)).reshape(7, 8)
    hidden = 2 * pooled @ one.T  # the gain began as the norm
    torch.testing.assert_close(mean, hidden.mean(0))
    expected = torch.tanh(hidden - hidden.mean(0) + 0.5) @ weights[3].T
    torch.testing.assert_close(logits, expected)


def test_a_convolutional_network_written_out() -> None:
    candidate = Candidate(kind="conv", width=3, pooling="max", batch_norm=False, shape=(1, 6, 6))
    weights = candidate.create(generator())
    shown = images(4, (1, 6, 6))
    maps = F.leaky_relu(F.conv2d(shown, weights[0], padding=1), 0.1)
    pooled = maps.reshape(4, 3, 3, 2, 3, 2).amax((3, 5)).flatten(1)
    torch.testing.assert_close(candidate.logits(weights, shown)[0], pooled @ weights[3].T)


def test_given_means_are_used_as_they_are() -> None:
    candidate = Candidate(kind="conv", depth=2, width=3, shape=(1, 8, 8))
    weights = candidate.create(generator())
    alone, means = candidate.logits(weights, images())
    again, given = candidate.logits(weights, images()[:2], means)
    torch.testing.assert_close(again, alone[:2])
    assert all(torch.equal(one, other) for one, other in zip(means, given, strict=True))
    assert not torch.allclose(candidate.logits(weights, images()[:2])[0], alone[:2])


def test_the_scale_of_a_direction_changes_nothing() -> None:
    candidate = replace(SPACE[0], kind="conv", depth=2)
    weights = candidate.create(generator())
    longer = tuple(3 * each if place % 3 == 0 else each for place, each in enumerate(weights))
    torch.testing.assert_close(candidate.logits(longer, images())[0], candidate.logits(weights, images())[0])


@pytest.mark.parametrize("candidate", [SPACE[0], SPACE[-2], SPACE[-1]], ids=lambda each: each.name)
def test_many_networks_at_once_are_the_same_as_one_by_one(candidate: Candidate) -> None:
    those = [candidate.create(generator(seed)) for seed in range(3)]
    shown, labels = torch.randn(3, 6, 1, 8, 8, generator=generator(1)), torch.arange(18).view(3, 6) % 10
    together, means = candidate.logits(side_by_side(those), shown)
    gradients, _ = candidate.gradient(side_by_side(those), shown, labels)
    again, _ = candidate.logits(side_by_side(those), shown, means)
    torch.testing.assert_close(again, together)
    for place, weights in enumerate(those):
        alone, _ = candidate.logits(weights, shown[place])
        torch.testing.assert_close(together[place], alone)
        found, _ = candidate.gradient(weights, shown[place], labels[place])
        for one, other in zip(gradients, found, strict=True):
            torch.testing.assert_close(one[place], other)


def test_what_cannot_be_built_is_refused() -> None:
    with pytest.raises(ValueError, match="4 x 4 pixels"):
        Candidate(kind="conv", depth=2, shape=(1, 3, 3))
    with pytest.raises(ValueError, match="at least one layer"):
        Candidate(depth=0)
    with pytest.raises(ValueError, match=r"reads images of shape \(1, 14, 14\)"):
        Candidate().logits(Candidate().create(generator()), images())


def test_proposals_are_different_and_repeat() -> None:
    drawn = draw(SPACE, 20, generator())
    assert len(set(drawn)) == 20
    assert drawn == draw(SPACE, 20, generator()) != draw(SPACE, 20, generator(1))
    with pytest.raises(ValueError, match="1 to 108"):
        draw(SPACE, 109, generator())


def test_rank_correlation_by_hand() -> None:
    assert spearman([0.1, 0.2, 0.9], [5, 6, 7]) == pytest.approx(1)
    assert spearman([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]) == pytest.approx(1 - 6 * 4 / (5 * 24))
    assert spearman([1, 1, 1], [1, 2, 3]) == 0
    with pytest.raises(ValueError, match="three or more"):
        spearman([1, 2], [1, 2])


def test_the_top_half_is_that_of_the_estimate() -> None:
    estimate, truth = [0.1, 0.9, 0.2, 0.8, 0.7], [0.9, 0.1, 0.8, 0.2, 0.3]
    assert best_half(estimate).tolist() == [1, 3, 4]
    found = agreement(estimate, truth)
    assert (found.everywhere, found.top, found.chosen) == (pytest.approx(-1), pytest.approx(-1), 0.1)


def test_random_search_is_the_mean_over_all_draws() -> None:
    estimate, truth = np.array([0.3, 0.1, 0.5, 0.2]), np.array([0.7, 0.9, 0.6, 0.8])
    for n, expected in enumerate(random_search(estimate, truth), 1):
        draws = [list(each) for each in itertools.combinations(range(4), n)]
        assert len(draws) == math.comb(4, n)
        by_hand = np.mean([truth[rows[int(np.argmax(estimate[rows]))]] for rows in draws])
        assert expected == pytest.approx(by_hand)
    assert (np.diff(random_search(truth, truth)) > 0).all()


def test_the_bootstrap_covers_what_it_resamples() -> None:
    drawn = seeding.numpy_generator(0, "test").normal(size=(2, 30))
    estimate, truth = drawn[0], drawn[0] + drawn[1]
    low, high = resampled(estimate, truth, seeding.numpy_generator(0, "bootstrap"), times=300)
    assert -1 <= low < spearman(estimate, truth) < high <= 1
    assert (low, high) == resampled(estimate, truth, seeding.numpy_generator(0, "bootstrap"), times=300)


def test_the_bootstrap_tells_a_better_estimate_from_a_worse_one_and_not_from_itself() -> None:
    drawn = seeding.numpy_generator(0, "test").normal(size=(3, 60))
    truth, good, bad = drawn[0], drawn[0] + 0.3 * drawn[1], drawn[0] + 5 * drawn[2]

    def better(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
        return resampled(one, truth, seeding.numpy_generator(0, "bootstrap"), rival=other, times=300)

    low, high = better(good, bad)
    assert 0 < low < spearman(good, truth) - spearman(bad, truth) < high
    assert better(bad, good) == pytest.approx((-high, -low))
    assert better(good, good) == (0, 0)
