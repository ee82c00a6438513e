"""Which cells to return to, for those who know the game: neighbours that are missing, keys, and levels (both papers).

A key is ``(level, room, keys, x, y)``, as :class:`aiga.goexplore.cells.MontezumaRam` and
:class:`aiga.goexplore.knowledge.Knowledge` give it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aiga.goexplore.archive import Archive
from aiga.goexplore.selection import NATURE, Count, Early, Selection, Uniform, Weights, counts

PYRAMID = (
    (-1, -1, -1, 0, 1, 2, -1, -1, -1),
    (-1, -1, 3, 4, 5, 6, 7, -1, -1),
    (-1, 8, 9, 10, 11, 12, 13, 14, -1),
    (15, 16, 17, 18, 19, 20, 21, 22, 23),
)
"""The rooms of a level of Montezuma's Revenge; -1 is rock (``montezuma_env.py`` lines 59-64)."""

Flags = NDArray[np.bool_]

_NOT_USED = Count(0.0, 1.0)


@dataclass(frozen=True)
class NatureDomain:
    """The rule of 2021 with knowledge of Montezuma's Revenge (eq. 4-5; flags of ``phase1_montezuma.sh``).

    ``0.1^(L - l) (1 / sqrt(C_seen + 1) + (2 - h) / 10 + k)``, where ``l`` is the cell's level and ``L`` the highest
    known, ``h`` the number of its horizontal neighbours that are known, and ``k`` 1 if no cell at the same place has
    more keys.
    """

    horizontal: float = 0.1
    most_keys: float = 1.0
    lower_level: float = 0.1

    def weights(self, archive: Archive) -> Weights:
        """See :class:`aiga.goexplore.selection.Selection`."""
        seen = (counts(archive.cells).seen + 1.0) ** -0.5
        about = surroundings([each.key for each in archive.cells])
        place = self.horizontal * (2.0 - about.horizontal) + self.most_keys * about.most_keys
        weights: Weights = self.lower_level**about.levels_below * (seen + place)
        return weights


@dataclass(frozen=True)
class EarlyDomain:
    """The rule of 2019 with knowledge of Montezuma's Revenge.

    ``0.1^(L - l) (1 + 0.3 missing left or right + 0.1 missing above or below + 10 k)``, and counters where they are
    given weights (``phase1_montezuma_domain.sh`` of tag v1.0 gives none; the names in the formula are from memory).

    In that tag's code every neighbour is taken to be missing, because a room is compared with a tuple of one room
    (``randselectors.py``, the comma after ``new_pos.room = room``): ``code=True`` does the same.
    """

    horizontal: float = 0.3
    vertical: float = 0.1
    most_keys: float = 10.0
    lower_level: float = 0.1
    chosen: Count = _NOT_USED
    chosen_since_new: Count = _NOT_USED
    code: bool = False

    def weights(self, archive: Archive) -> Weights:
        """See :class:`aiga.goexplore.selection.Selection`."""
        found, about = counts(archive.cells), surroundings([each.key for each in archive.cells])
        known = np.zeros(len(archive)) if self.code else 1.0
        total = 1.0 + self.most_keys * about.most_keys
        total += self.horizontal * (2.0 - known * about.horizontal) + self.vertical * (2.0 - known * about.vertical)
        for share, count in ((self.chosen, found.chosen), (self.chosen_since_new, found.chosen_since_new)):
            total += share.weight * (1 / (count + 0.001)) ** share.power + 0.00001
        weights: Weights = self.lower_level**about.levels_below * total
        return weights


RULES: dict[str, Selection] = {
    "nature": NATURE,
    "nature_domain": NatureDomain(),
    "early": Early(),
    "early_domain": EarlyDomain(),
    "uniform": Uniform(),
}
"""All rules of selection, by name; those of a domain need keys that are places."""


class Surroundings(NamedTuple):
    """What each cell's place is like, each ``(n,)``."""

    horizontal: NDArray[np.int64]
    """Neighbours on the left and right that are known: with the same keys, on the same level."""
    vertical: NDArray[np.int64]
    """The same above and below."""
    most_keys: Flags
    """Whether no cell at this place has more keys."""
    levels_below: NDArray[np.int64]
    """How many levels below the highest one."""


def surroundings(keys: Sequence[Any], rooms: Sequence[Sequence[int]] = PYRAMID) -> Surroundings:
    """What is known around each cell.

    The neighbour of a cell at a room's edge is at the opposite edge of the room beyond; edges are where the outermost
    known cells of any room are.

    Args:
        keys: ``(level, room, keys, x, y)`` each; ``keys`` is a number, whose bits are things, or a tuple of things.
        rooms: how rooms lie, row after row; -1 for none.
    """
    carried = {each[2]: 0 for each in keys}
    carried = {things: number for number, things in enumerate(carried)}
    places = np.array([(each[0], each[1], carried[each[2]], each[3], each[4]) for each in keys], dtype=np.int64)
    level, room, group, x, y = places.T
    low, high = places[:, 3:].min(0), places[:, 3:].max(0)
    width, height = (high - low + 1).tolist()
    plan = np.pad(np.array(rooms), 1, constant_values=-1)
    where = np.argwhere(plan >= 0)
    row_of, column_of = np.zeros((2, plan.max() + 1), dtype=np.int64)
    row_of[plan[tuple(where.T)]], column_of[plan[tuple(where.T)]] = where.T

    def code(at_room: Any, at_x: Any, at_y: Any) -> NDArray[np.int64]:
        coded: NDArray[np.int64] = at_room + (plan.max() + 2) * (level * len(carried) + group)
        whole: NDArray[np.int64] = (coded * width + at_x - low[0]) * height + at_y - low[1]
        return whole

    known = np.unique(code(room, x, y))

    def beside(across: int, down: int) -> Flags:
        over_x = np.sign((x + across > high[0]).astype(int) - (x + across < low[0]))
        over_y = np.sign((y + down > high[1]).astype(int) - (y + down < low[1]))
        beyond = plan[row_of[room] + over_y, column_of[room] + over_x]
        there = code(beyond, low[0] + (x + across - low[0]) % width, low[1] + (y + down - low[1]) % height)
        present: Flags = (beyond >= 0) & np.isin(there, known)
        return present

    number = np.array([things.bit_count() if isinstance(things, int) else len(things) for things in carried])[group]
    _, place = np.unique(np.delete(places, 2, axis=1), axis=0, return_inverse=True)
    most = np.zeros(place.max() + 1, dtype=np.int64)
    np.maximum.at(most, place, number)
    return Surroundings(
        beside(-1, 0).astype(np.int64) + beside(1, 0),
        beside(0, -1).astype(np.int64) + beside(0, 1),
        number == most[place],
        level.max() - level,
    )
