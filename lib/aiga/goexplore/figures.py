"""Phase 1 on Atari: how far it comes, and the map of Montezuma's Revenge as it fills.

Each function takes results and returns a figure; nothing is searched or read from disk here. The map is drawn from the
places that RAM told; no picture of the game is in it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import EngFormatter
from numpy.typing import NDArray

from aiga.experiment import Outcome
from aiga.goexplore import reported
from aiga.goexplore.archive import Archive
from aiga.goexplore.atari import places
from aiga.goexplore.cells import Place
from aiga.goexplore.neighbours import PYRAMID
from aiga.viz import curve, sheet, styled
from aiga.viz import look as look_of_others
from aiga.viz.style import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, SKY, VERMILION, WIDE, Look

LOOKS = {
    "ram": Look(BLUE, "-", "o"),
    "pixels": Look(ORANGE, "--", "s"),
    "dynamic": Look(GREEN, "-.", "^"),
    "knowledge": Look(PURPLE, (0, (5, 1)), "D"),
    "early": Look(SKY, (0, (3, 1, 1, 1)), "v"),
    "places_known": Look(INK, (0, (8, 2)), "p"),
    "counts_reset": Look(PURPLE, ":", "P"),
    "uniform": Look(VERMILION, (0, (1, 1)), "X"),
    "no_return": Look(MUTED, ":", "<"),
}
"""How this experiment's conditions are drawn, everywhere."""

_ASPECT = 1.5  # pixels are not square on the screen

ACROSS, DOWN = 20, 8
"""Places of 16 pixels in a room, on a picture of double width; what is lower in RAM counts to the lowest row."""


def look(condition: str) -> Look:
    """The look of a condition; those not named here get one from the book's spare ones."""
    return LOOKS.get(condition) or look_of_others(condition)


def runs(panel: Axes, group: Sequence[Outcome], name: str, *, label: str, as_: Look) -> None:
    """Draw mean and interval of three runs or more; of two, which have no interval to speak of, both.

    Args:
        panel: where to draw.
        group: outcomes, one a seed, all of one condition.
        name: which of their curves.
        label: for the legend.
        as_: colour and line style.
    """
    if len(group) > 2:
        curve(panel, group, name, label=label, as_=as_)
        return
    for number, each in enumerate(group):
        line, named = each.curves[name], label if number == 0 else None
        panel.plot(line.x, line.y, color=as_.color, linestyle=as_.linestyle, label=named)
        panel.set(xlabel=line.x_label, ylabel=line.y_label)


@styled
def rooms_and_cells(outcomes: Mapping[str, Sequence[Outcome]], *, paper: bool = True) -> Figure:
    """Rooms and cells against game frames, with what the papers state: frames to solve the first level, and budgets.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
        paper: whether to show the papers' numbers.
    """
    figure, panels = sheet(1, 2, height=3.9)
    for panel, name in zip(panels, ("rooms", "cells"), strict=True):
        for label, group in outcomes.items():
            runs(panel, group, name, label=label, as_=look(group[0].condition))
        panel.set_ylim(bottom=0)
        panel.xaxis.set_major_formatter(EngFormatter(sep=""))
    rooms = panels[0]
    handles, labels = rooms.get_legend_handles_labels()
    if paper:
        rooms.set(xscale="log")
        rooms.set_ylim(0, max(rooms.get_ylim()[1], reported.FIRST_LEVEL_ROOMS + 2))
        rooms.axhline(reported.FIRST_LEVEL_ROOMS, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
        _note(rooms, "24 rooms: a whole level", (0, reported.FIRST_LEVEL_ROOMS), ("axes fraction", "data"))
        for (name, frames), marker in zip(reported.LEVEL_ONE.items(), ("*", "X"), strict=True):
            place = (frames, reported.FIRST_LEVEL_ROOMS)
            color = look(name).color
            handles += rooms.plot(*place, marker=marker, markersize=11, color=color, linestyle="", zorder=5)
            labels.append(f"2019: level 1 solved, {name} (second-hand)")
    figure.legend(handles, labels, loc="outside upper left", ncols=2, fontsize=8.5)
    return figure


@styled
def growth(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """How the archive grows: cells, places of the game among them, and the best score, against game frames.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
    """
    figure, panels = sheet(1, 3, height=3.3, sharex=True)
    for panel, name in zip(panels, ("cells", "places", "score"), strict=True):
        for label, group in outcomes.items():
            if name in group[0].curves:
                runs(panel, group, name, label=label, as_=look(group[0].condition))
        panel.set_ylim(bottom=0)
        panel.xaxis.set_major_formatter(EngFormatter(sep=""))
        panel.set_xlabel("game frames" if name == "places" else "")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=4, fontsize=8.5)
    return figure


@styled
def filling(archive: Archive, *, at: Sequence[float] = (), frame_skip: int = 4, level: int = 0) -> Figure:
    """The map of a level of Montezuma's Revenge as it fills: when each place was first seen.

    Args:
        archive: what a search has found, with landmarks from RAM.
        at: game frames after which to show the map, a panel each; none for the end only.
        frame_skip: game frames an agent step.
        level: which level.

    Raises:
        ValueError: the archive has no landmarks, or none of this level.
    """
    first = _first_seen(archive, level) * frame_skip
    moments = list(at) or [archive.steps * frame_skip]
    in_all = _rooms(archive, max(moments) / frame_skip, level)
    columns = 1 if len(moments) == 1 else 2
    rows = -(-len(moments) // columns)
    figure, axes = sheet(rows, columns, squeeze=False)
    shades = LogNorm(max(frame_skip, float(np.nanmin(first))), max(float(np.nanmax(first)), 2.0 * frame_skip))
    for panel, moment in zip(axes.flat, moments, strict=False):
        shown = np.where(first <= moment, first, np.nan)
        panel.imshow(shown, norm=shades, aspect=_ASPECT, extent=(0, 9 * ACROSS, 4 * DOWN, 0), zorder=2)
        entered = _rooms(archive, moment / frame_skip, level)
        _walls(panel, entered, around=in_all)
        panel.set_title(f"{moment:,.0f} frames: {len(entered)} room{'s' if len(entered) != 1 else ''}")
    for panel in axes.flat[len(moments) :]:
        panel.set_axis_off()
    figure.set_figheight(rows * (0.3 + _height(axes[0, 0], WIDE / columns)) + 0.8)
    bar = ScalarMappable(shades, "cividis")
    figure.colorbar(bar, ax=axes, location="bottom", aspect=50, label="first seen after (game frames)")
    return figure


@styled
def route(archive: Archive, passed: Sequence[Place], *, title: str = "", level: int = 0) -> Figure:
    """One trajectory on the map, over all places that the search has seen.

    Args:
        archive: what the search has found.
        passed: the places on the way (:func:`aiga.goexplore.atari.route`).
        title: above the map.
        level: which level.

    Raises:
        ValueError: the archive has no landmarks, or none of this level.
    """
    figure, panel = sheet()
    panel.imshow(
        np.where(np.isnan(_first_seen(archive, level)), np.nan, 0.5),
        cmap="Greys",
        vmin=0,
        vmax=2,
        aspect=_ASPECT,
        extent=(0, 9 * ACROSS, 4 * DOWN, 0),
        zorder=2,
    )
    entered = _rooms(archive, archive.steps, level)
    _walls(panel, entered, around=entered)
    here = [place for place in passed if place.level == level]
    for with_things, color, label in ((False, BLUE, "nothing carried"), (True, VERMILION, "something carried")):
        points = [_on_map(place) for place in here if bool(place.keys) == with_things]
        if points:
            x, y = np.array(points).T
            panel.plot(x, y, color=color, marker="s" if with_things else "o", markersize=2.5, linestyle="", label=label)
    if here:
        panel.plot(*_on_map(here[0]), marker="*", markersize=11, color=GREEN, linestyle="", label="start", zorder=6)
        panel.plot(*_on_map(here[-1]), marker="X", markersize=8, color=INK, linestyle="", label="end", zorder=6)
        figure.legend(loc="outside lower center", ncols=4, fontsize=8.5)
    panel.set_title(title)
    figure.set_figheight(0.7 + _height(panel, WIDE))
    return figure


def _first_seen(archive: Archive, level: int) -> NDArray[np.float64]:
    """Agent steps after which each place of a level was first seen, ``(4 DOWN, 9 ACROSS)``; NaN where never."""
    if not archive.landmarks:
        raise ValueError("the archive has no landmarks: explore with landmarks=MontezumaRam() to draw its map")
    first = np.full((len(PYRAMID) * DOWN, len(PYRAMID[0]) * ACROSS), np.nan)
    for place, when in places(archive).items():
        if place.level == level:
            x, y = _on_map(place)
            first[int(y), int(x)] = np.fmin(first[int(y), int(x)], max(when, 1))
    if np.isnan(first).all():
        raise ValueError(f"level {level} was never reached: there is no map of it")
    return first


def _on_map(place: Place) -> tuple[float, float]:
    """The middle of a place on the map of a level."""
    row, column = _corner(place.room)
    return column * ACROSS + min(place.x, ACROSS - 1) + 0.5, row * DOWN + min(place.y, DOWN - 1) + 0.5


def _corner(room: int) -> tuple[int, int]:
    return next((row, rooms.index(room)) for row, rooms in enumerate(PYRAMID) if room in rooms)


def _rooms(archive: Archive, steps: float, level: int) -> set[int]:
    return {place.room for place, when in places(archive).items() if place.level == level and when <= steps}


def _walls(panel: Axes, entered: set[int], *, around: set[int]) -> None:
    """The rooms of a level with their numbers, those entered in stronger lines; seen are some and those beside."""
    for room in (room for rooms in PYRAMID for room in rooms if room >= 0):
        row, column = _corner(room)
        inside = room in entered
        edge = INK if inside else MUTED
        panel.add_patch(
            Rectangle(
                (column * ACROSS, row * DOWN),
                ACROSS,
                DOWN,
                fill=False,
                edgecolor=edge,
                linewidth=1.3 if inside else 0.5,
                zorder=4 if inside else 3,
            )
        )
        panel.annotate(
            str(room),
            (column * ACROSS + 1, (row + 1) * DOWN - 0.5),
            fontsize=6,
            va="bottom",
            color=edge,
            zorder=5,
            annotation_clip=True,
        )
    rows, columns = zip(*map(_corner, around), strict=True)
    panel.set_xlim(ACROSS * max(min(columns) - 1, 0) - 0.5, ACROSS * min(max(columns) + 2, len(PYRAMID[0])) + 0.5)
    panel.set_ylim(DOWN * min(max(rows) + 2, len(PYRAMID)) + 0.5, DOWN * max(min(rows) - 1, 0) - 0.5)
    panel.set_axis_off()


def _height(panel: Axes, width: float) -> float:
    """How high a map is that is so wide, in inches."""
    (left, right), (low, high) = panel.get_xlim(), panel.get_ylim()
    return width * _ASPECT * abs(high - low) / abs(right - left)


def _note(panel: Axes, text: str, place: tuple[float, float], coordinates: tuple[str, str]) -> None:
    panel.annotate(text, place, (4, 3), xycoords=coordinates, textcoords="offset points", fontsize=8)
