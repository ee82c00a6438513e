"""Phase 1 on the eleven games that are hard to explore, one condition a game, with cells that know none of them.

The settings are those of 2021 for games without domain knowledge (a burst ends with the game, not with a life), but for
the cells, which are the fixed 11 x 8 pixels of 2019 below paper scale: so few frames leave nothing to fit cells to.
"""

from dataclasses import replace

from aiga.goexplore import atari
from aiga.goexplore.atari import train
from aiga.goexplore.conditions import Config
from aiga.goexplore.reported import GAMES
from aiga.scale import Scale

__all__ = ["METRICS", "SCALES", "TITLE", "train"]

TITLE = "Go-Explore, phase 1: eleven games that are hard to explore"

METRICS = atari.METRICS

BUDGETS = {"pitfall": 5_000_000_000, "private_eye": 15_000_000_000, "skiing": 5_000_000_000}
"""Game frames of the 2021 paper where they are not 2,000 million (Methods 0.6)."""


def _games(base: Config) -> dict[str, Config]:
    return {game.id: replace(base, game=game.id, condition=game.id) for game in GAMES}


_OURS = Config(frames=300_000, cells="pixels", life_loss_ends=False, reset_counts=False)
_PAPER = replace(_OURS, cells="dynamic", reset_counts=True)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _games(replace(_OURS, frames=2_000, batch=5)),
    "ci": _games(replace(_OURS, frames=20_000, batch=10)),
    "colab": _games(_OURS),
    "paper": {
        name: replace(config, frames=BUDGETS.get(name, 2_000_000_000)) for name, config in _games(_PAPER).items()
    },
}
