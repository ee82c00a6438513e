"""What a sentence says of a condition's seeds: their mean, and from where to where they go."""

import math
from collections.abc import Iterable, Sequence

from aiga.experiment import Outcome


def mean_of(group: Sequence[Outcome], metric: str) -> float:
    """Mean of a metric over a condition's seeds; not a number where one of them has none, as it never got there.

    Raises:
        ValueError: no seeds.
    """
    if not group:
        raise ValueError(f"the mean of {metric!r} over no seeds: train the condition, or ask whether it was recorded")
    return math.fsum(outcome.metrics.get(metric, math.nan) for outcome in group) / len(group)


def span(numbers: Iterable[float]) -> str:
    """From the least to the greatest, rounded to whole numbers: ``"3 to 1,200"``, or one number if they are equal.

    Raises:
        ValueError: no numbers.
    """
    low, high = (f"{bound:,.0f}" for bound in _bounds(list(numbers)))
    return low if low == high else f"{low} to {high}"


def _bounds(numbers: Sequence[float]) -> tuple[float, float]:
    if not numbers:
        raise ValueError("no numbers, so there is no least and no greatest")
    return min(numbers), max(numbers)
