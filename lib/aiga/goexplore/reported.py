"""Numbers that the papers and others have reported, each with where it was read."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiga.goexplore.emulator import known

LEVEL_ONE = {"knowledge": 57.6e6, "pixels": 640e6}
"""Game frames until the first level of Montezuma's Revenge was solved, 2019 (second-hand)."""

BUDGETS = {"knowledge": 600e6, "pixels": 1.2e9, "nature_knowledge": 1e9, "nature_pixels": 2e9}
"""Game frames of phase 1 on Montezuma's Revenge: 2019 (scripts of tag v1.0), 2021 (Methods 0.6)."""

ROOMS = {"knowledge": 238, "pixels": 37}
"""Rooms after phase 1 on Montezuma's Revenge, 2019 (from memory)."""

FIRST_LEVEL_ROOMS = 24

Row = tuple[str, ...]

MEMORY, SECOND_HAND = "from memory", "second-hand"


@dataclass(frozen=True)
class Game:
    """One of the eleven games that are hard to explore: mean scores of the 2021 paper and what it compares with."""

    name: str
    phase1: float
    """The best end of an episode after phase 1."""
    robustified: float
    """The policy's mean score under sticky actions."""
    prior: float
    """The best before, with sticky actions."""
    human: float
    source: str = MEMORY
    """Where the robustified score was read; all the others are from memory."""

    @property
    def id(self) -> str:
        """The game's name in ale-py."""
        return known(self.name)


GAMES = (
    Game("Berzerk", 131_216, 197_376, 1_383, 2_630),
    Game("Bowling", 247, 260, 69, 160),
    Game("Centipede", 613_815, 1_422_628, 10_166, 12_017),
    Game("Freeway", 34, 34, 34, 30),
    Game("Gravitar", 13_385, 7_588, 3_906, 3_351),
    Game("Montezuma Revenge", 24_758, 43_791, 11_618, 4_753, SECOND_HAND),
    Game("Pitfall", 6_945, 6_954, 0, 6_463, SECOND_HAND),
    Game("Private Eye", 60_529, 95_756, 26_364, 69_571),
    Game("Skiing", -4_242, -3_660, -10_386, -4_336),
    Game("Solaris", 20_306, 19_671, 3_282, 12_326),
    Game("Venture", 3_074, 2_281, 1_916, 1_187),
)


def games_table(
    ours: Mapping[str, float] | None = None, *, label: str = "ours, phase 1"
) -> tuple[Row, tuple[Row, ...]]:
    """The eleven games as head and rows of a table; a star marks what was read second-hand, all else is from memory.

    Args:
        ours: our scores after phase 1, by the game's name in ale-py.
        label: what their column is called.

    Raises:
        ValueError: a score is for a game that is not in the table.
    """
    if unknown := set(ours or {}) - {game.id for game in GAMES}:
        raise ValueError(f"not among the eleven games: {', '.join(sorted(unknown))}")
    heads = ["game", "phase 1", "robustified", "before", "human", *([label] if ours else [])]
    rows = []
    for game in GAMES:
        star = "*" if game.source == SECOND_HAND else ""
        cells = [game.name, f"{game.phase1:,}", f"{game.robustified:,}{star}", f"{game.prior:,}", f"{game.human:,}"]
        if ours:
            cells.append(f"{ours[game.id]:,.0f}" if game.id in ours else "")
        rows.append(tuple(cells))
    return tuple(heads), tuple(rows)
