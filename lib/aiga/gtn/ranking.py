"""How well a cheap estimate ranks architectures, and what random search by it finds.

An estimate is an accuracy after few steps, the truth an accuracy after long training; both have one value a candidate.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats


def spearman(estimate: ArrayLike, truth: ArrayLike) -> float:
    """Spearman's rank correlation; ties share their mean rank, and where one side is constant it is 0.

    Raises:
        ValueError: the two have different lengths, or fewer than three candidates.
    """
    one, other = np.asarray(estimate, dtype=float), np.asarray(truth, dtype=float)
    if one.shape != other.shape or one.ndim != 1 or len(one) < 3:
        raise ValueError(
            f"a rank correlation needs two lists of equal length, three or more, got {one.shape}, {other.shape}"
        )
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(stats.spearmanr(one, other).statistic)


def best_half(estimate: ArrayLike) -> NDArray[np.intp]:
    """Positions of the half (rounded up) with the highest estimates, where the paper measures correlation (fig. 4).

    Ties go to whoever stands first.
    """
    values = np.asarray(estimate, dtype=float)
    return np.argsort(-values, kind="stable")[: math.ceil(len(values) / 2)]


@dataclass(frozen=True)
class Agreement:
    """What an estimate is worth."""

    everywhere: float
    """Rank correlation over all candidates."""
    top: float
    """The same over the half that the estimate puts on top."""
    chosen: float
    """True accuracy of the candidate with the highest estimate."""


def agreement(estimate: ArrayLike, truth: ArrayLike) -> Agreement:
    """Compare an estimate with the truth.

    Args:
        estimate: ``(candidates,)``.
        truth: ``(candidates,)``.
    """
    top, true = best_half(estimate), np.asarray(truth, dtype=float)
    return Agreement(
        everywhere=spearman(estimate, true),
        top=spearman(np.asarray(estimate, dtype=float)[top], true[top]),
        chosen=float(true[top[0]]),
    )


def random_search(estimate: ArrayLike, truth: ArrayLike) -> NDArray[np.float64]:
    """The expected true accuracy of what random search picks, for each number of candidates that it looks at.

    Of ``n`` candidates drawn without replacement, the one with the highest estimate is picked; the expectation is over
    all draws, exactly: the candidate with rank ``r`` (0 is best) among ``N`` is picked by ``C(N-1-r, n-1)`` of the
    ``C(N, n)`` draws.

    Args:
        estimate: ``(candidates,)``.
        truth: ``(candidates,)``.

    Returns:
        ``(candidates,)``, for n = 1, 2, ..., N.
    """
    ordered = np.asarray(truth, dtype=float)[np.argsort(-np.asarray(estimate, dtype=float), kind="stable")]
    count = len(ordered)
    share = np.array(
        [
            [math.comb(count - 1 - rank, n - 1) / math.comb(count, n) for rank in range(count)]
            for n in range(1, count + 1)
        ]
    )
    return np.asarray(share @ ordered)


def resampled(
    estimate: ArrayLike,
    truth: ArrayLike,
    generator: np.random.Generator,
    *,
    rival: ArrayLike | None = None,
    times: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Bootstrap interval of the rank correlation: how much it depends on which candidates happened to be there.

    Args:
        estimate: ``(candidates,)``.
        truth: ``(candidates,)``.
        generator: source of the resamples.
        rival: another estimate; the interval is then that of how much better the first correlates, pair by pair.
        times: number of resamples.
        level: confidence.

    Returns:
        Lower and upper end.
    """
    one, true = np.asarray(estimate, dtype=float), np.asarray(truth, dtype=float)
    drawn = generator.integers(len(one), size=(times, len(one)))
    found = np.array([spearman(one[rows], true[rows]) for rows in drawn])
    if rival is not None:
        other = np.asarray(rival, dtype=float)
        found -= [spearman(other[rows], true[rows]) for rows in drawn]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
