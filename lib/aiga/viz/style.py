"""One look for every figure: colour-blind safe, with line styles that say the same, on a light card.

The card's colour is part of the picture, so that a figure reads equally well on a light and on a dark page.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure

from aiga.experiment import Data

CARD = "#fbfaf7"
INK = "#22262b"
MUTED = "#6b7078"

# Okabe & Ito's palette, which people with any of the common colour-vision deficiencies can tell apart.
BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9"

WIDE = 7.2
"""Width of a figure that fills the text column, in inches."""

_SETTINGS: Any = {
    "axes.edgecolor": MUTED,
    "axes.facecolor": CARD,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY])
    + cycler(linestyle=["-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1))]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "figure.constrained_layout.use": True,
    "figure.dpi": 112,
    "figure.facecolor": CARD,
    "font.size": 10.5,
    "grid.alpha": 0.18,
    "grid.color": INK,
    "image.cmap": "cividis",
    "image.interpolation": "nearest",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.facecolor": CARD,
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}


@dataclass(frozen=True)
class Look:
    """How one condition is drawn, everywhere in the book."""

    color: str
    linestyle: Any
    marker: str


_LOOKS = {
    "plastic": Look(BLUE, "-", "o"),
    "homogeneous": Look(GREEN, "-.", "s"),
    "rnn": Look(VERMILION, "--", "^"),
    "lstm": Look(PURPLE, ":", "D"),
    "plain": Look(VERMILION, "--", "^"),
    "simple": Look(ORANGE, (0, (5, 1)), "v"),
    "retroactive": Look(GREEN, "-.", "s"),
}
_SPARE = (Look(ORANGE, (0, (5, 1)), "v"), Look(SKY, (0, (1, 1)), "P"), Look(INK, "-", "X"))


def look(condition: str) -> Look:
    """The colour, line style and marker of a condition; conditions without one of their own share three spare ones."""
    return _LOOKS.get(condition) or _SPARE[sum(condition.encode()) % len(_SPARE)]


P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Give a function that returns a figure the book's style, without touching anybody's global settings."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with plt.rc_context(_SETTINGS):
            figure = draw(*args, **kwargs)
            figure.canvas.draw()  # ticks are made lazily, with whatever settings are in force then
        return figure

    return wrapper


def sheet(
    rows: int = 1, columns: int = 1, *, height: float = 3.0, width: float = WIDE, **grid: Any
) -> tuple[Figure, Any]:
    """A figure and its axes, unknown to pyplot, so that a notebook shows it once: where it is returned."""
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), **grid)
    plt.close(figure)
    return figure, axes


def announce(figure: Figure, data: Data) -> None:
    """Say on the figure itself when it shows results on stand-in data."""
    if data.stand_in:
        text = f"Stand-in data, not the real {data.name} set: nothing here is comparable with the paper"
        figure.supxlabel(text, color=VERMILION, fontsize=9.5)  # below, where no legend is
