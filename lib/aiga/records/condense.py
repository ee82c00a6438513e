"""Condensing: few points, few digits and few words, so that a record stays small and a caption short."""

from collections.abc import Sequence

import numpy as np

from aiga.experiment import Curve

FIRST_POINTS = 20
MOST_POINTS = 200


def thin(curve: Curve) -> Curve:
    """At most 200 of a curve's points, with 6 significant digits: the first 20, the last, and others evenly between."""
    count = len(curve.x)
    chosen: Sequence[int] = range(count)
    if count > MOST_POINTS:
        rest = np.linspace(FIRST_POINTS, count - 1, MOST_POINTS - FIRST_POINTS).round().astype(int)
        chosen = [*range(FIRST_POINTS), *rest.tolist()]
    x = [rounded(curve.x[index]) for index in chosen]
    y = [rounded(curve.y[index]) for index in chosen]
    return Curve(x, y, curve.x_label, curve.y_label)


def rounded(value: float) -> float:
    """The value with 6 significant digits."""
    return float(f"{value:.6g}")


def duration(seconds: float) -> str:
    """A time as people say it: ``45 s``, ``12 min``, ``3.5 h``."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 99.5 * 60 else f"{seconds / 3600:.1f} h"
