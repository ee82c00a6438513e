"""Is one condition better than another, or were its seeds luckier?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from aiga.experiment import Outcome


def rank_sum(first: Sequence[Outcome], second: Sequence[Outcome], name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Wilcoxon's rank-sum test of two conditions at each point of a curve, two-sided, as the paper's stars have it.

    The smallest p that few seeds can give is not small: .0495 for three against three, in the normal approximation
    used here and in the paper, and .1 exactly. And a star at one point among many is no evidence.

    Args:
        first: outcomes of one condition, one a seed.
        second: of the other.
        name: which of their curves.

    Returns:
        Where the points are, and p at each; both ``(points,)``.

    Raises:
        ValueError: the two have been measured at different points.
    """
    ours, theirs = ([each.curves[name] for each in group] for group in (first, second))
    if any(each.x != ours[0].x for each in [*ours, *theirs]):
        raise ValueError(f"the curves {name!r} must have the same points to be compared; train both equally long")
    tested = stats.ranksums([each.y for each in ours], [each.y for each in theirs], axis=0)
    return np.asarray(ours[0].x), np.asarray(tested.pvalue)
