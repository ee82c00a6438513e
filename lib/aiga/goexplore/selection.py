"""Which cells to return to: the weights of both papers, and what they are compared with.

The two papers use different rules. In 2021 a cell's weight is one over the root of how often it has been seen
(:class:`Nature`); in 2019 it is a sum over three counters and constants (:class:`Early`). What the papers' domain
knowledge adds is in :mod:`aiga.goexplore.neighbours`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from aiga.goexplore.archive import Archive, Cell

Weights = NDArray[np.float64]


class Selection(Protocol):
    """A rule of selection: a frozen dataclass, so that it can be compared and recorded."""

    def weights(self, archive: Archive) -> Weights:
        """One weight for each of the archive's cells, ``(n,)``; they need not sum to 1."""


@dataclass(frozen=True)
class Nature:
    """The rule of 2021: ``W = 1 / sqrt(C_seen + 1)`` (Methods 0.5; ``randselectors.py`` lines 153-157)."""

    power: float = 0.5

    def weights(self, archive: Archive) -> Weights:
        """See :class:`Selection`."""
        return (counts(archive.cells).seen + 1.0) ** -self.power


NATURE = Nature()


class Count(NamedTuple):
    """The share that one counter has in the weight of 2019."""

    weight: float
    power: float


_SEEN, _CHOSEN, _NOT_USED = Count(3.0, 0.5), Count(0.1, 0.5), Count(0.0, 1.0)


@dataclass(frozen=True)
class Early:
    """The rule of 2019: ``W = 1 + sum over counters a of w_a (1 / (v_a + 0.001))^p_a + 0.00001``.

    The defaults are those of the run without domain knowledge, ``phase1_montezuma_no_domain.sh`` of tag v1.0; the
    formula is line 68, and the 1 line 114, of that tag's ``randselectors.py``. The paper's own table has 0.3 where the
    script has 3.0 (from memory).
    """

    seen: Count = _SEEN
    chosen: Count = _CHOSEN
    chosen_since_new: Count = _NOT_USED

    def weights(self, archive: Archive) -> Weights:
        """See :class:`Selection`."""
        found = counts(archive.cells)
        total = np.ones(len(archive))
        for share, count in (
            (self.seen, found.seen),
            (self.chosen, found.chosen),
            (self.chosen_since_new, found.chosen_since_new),
        ):
            total += share.weight * (1 / (count + 0.001)) ** share.power + 0.00001
        return total


@dataclass(frozen=True)
class Uniform:
    """All cells alike."""

    def weights(self, archive: Archive) -> Weights:
        """See :class:`Selection`."""
        return np.ones(len(archive))


class Counts(NamedTuple):
    """The counters of all cells, each ``(n,)``."""

    seen: Weights
    chosen: Weights
    chosen_since_new: Weights


def counts(cells: Sequence[Cell]) -> Counts:
    """The counters of some cells as arrays."""
    n = len(cells)
    return Counts(
        np.fromiter((each.seen for each in cells), np.float64, n),
        np.fromiter((each.chosen for each in cells), np.float64, n),
        np.fromiter((each.chosen_since_new for each in cells), np.float64, n),
    )


def choose(archive: Archive, selection: Selection, number: int, generator: torch.Generator) -> list[Cell]:
    """Draw cells to return to, with replacement.

    Args:
        archive: what is known.
        selection: the rule.
        number: how many to draw.
        generator: the source of chance.

    Raises:
        ValueError: the weights are not one finite number at least 0 a cell, or all of them are 0.
    """
    weights = selection.weights(archive)
    if weights.shape != (len(archive),) or not np.isfinite(weights).all() or weights.min() < 0 or not weights.any():
        raise ValueError(
            f"{type(selection).__name__} gave weights of shape {weights.shape}, from {weights.min()} to "
            f"{weights.max()}: expected {len(archive)} finite ones, none below 0 and one above"
        )
    ends = np.cumsum(weights)
    drawn = torch.rand(number, generator=generator, dtype=torch.float64).numpy() * ends[-1]
    places: Any = np.searchsorted(ends, drawn, side="right").clip(max=len(archive) - 1)
    return [archive.cells[place] for place in places]
