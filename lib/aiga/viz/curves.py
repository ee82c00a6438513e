"""Curves and intervals over seeds, and the paper's value beside ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy import special

from aiga.experiment import Outcome
from aiga.viz.style import BLUE, CARD, INK, MUTED, ORANGE, Look, look, sheet, styled


def interval(values: ArrayLike, *, level: float = 0.95) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Mean over seeds and its Student-t interval.

    Args:
        values: ``(seeds, ...)``.
        level: confidence.

    Returns:
        Mean, lower and upper end, each of shape ``(...)``. With one seed all three are that seed's values.
    """
    array = np.atleast_1d(np.asarray(values, dtype=float))
    mean = array.mean(0)
    if len(array) == 1:
        return mean, mean, mean
    half = special.stdtrit(len(array) - 1, (1 + level) / 2) * array.std(0, ddof=1) / np.sqrt(len(array))
    return mean, mean - half, mean + half


def curve(axes: Axes, outcomes: Sequence[Outcome], name: str, *, label: str, as_: Look | None = None) -> None:
    """Draw one condition's curve: the mean over seeds, its 95 % interval as a band, each seed as a thin line.

    Args:
        axes: where to draw; its labels are set from the curve.
        outcomes: one a seed, all of one condition.
        name: which of their curves.
        label: for the legend.
        as_: colour and line style; by default those of the condition.

    Raises:
        ValueError: there are no outcomes.
    """
    if not outcomes:
        raise ValueError(f"no outcomes to draw the curve {name!r} of")
    style = as_ or look(outcomes[0].condition)
    drawn = [outcome.curves[name] for outcome in outcomes]
    x, values = np.asarray(drawn[0].x), np.asarray([each.y for each in drawn])
    mean, low, high = interval(values)
    if len(drawn) > 1:
        axes.plot(x, values.T, color=style.color, linewidth=0.6, alpha=0.35, linestyle="-")
        axes.fill_between(x, low, high, color=style.color, alpha=0.15, linewidth=0)
    axes.plot(x, mean, color=style.color, linestyle=style.linestyle, label=label)
    axes.set_xlabel(drawn[0].x_label)
    axes.set_ylabel(drawn[0].y_label)


def floor(axes: Axes, value: float, text: str, *, below: bool = False) -> None:
    """A horizontal line with its meaning written on it, or below it where curves end on it."""
    axes.axhline(value, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.annotate(
        text,
        (1, value),
        (-3, -3 if below else 3),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        va="top" if below else "bottom",
        fontsize=8,
        bbox={"facecolor": CARD, "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
        zorder=5,
    )


@dataclass(frozen=True)
class Comparison:
    """One row of a comparison with the paper; what is None has not been reported or not been run."""

    label: str
    ours: Sequence[float] | None = None
    recorded: Sequence[float] | None = None
    paper: float | None = None
    spread: float | None = None


@styled
def comparison(
    rows: Sequence[Comparison], *, x_label: str, ours_label: str = "this page", limits: Any = None
) -> Figure:
    """The paper's value, our recorded run and this page's run on one axis, a row each.

    Args:
        rows: what to compare.
        x_label: name and unit of the value.
        ours_label: what the live result is called in the legend.
        limits: ends of the axis.
    """
    figure, axes = sheet(height=0.9 + 0.55 * len(rows))
    for place, row in enumerate(rows):
        if row.paper is not None:
            half = row.spread or 0.0
            axes.plot([row.paper], [place], marker="|", markersize=22, color=MUTED, markeredgewidth=3, linestyle="")
            axes.barh(place, 2 * half, left=row.paper - half, height=0.6, color=MUTED, alpha=0.25, linewidth=0)
        _dots(axes, row.recorded, place - 0.16, BLUE, "s")
        _dots(axes, row.ours, place + 0.16, ORANGE, "o")
    axes.plot([], [], marker="|", markersize=12, markeredgewidth=3, color=MUTED, linestyle="", label="the paper")
    if any(row.recorded for row in rows):
        axes.plot([], [], marker="s", color=BLUE, linestyle="", label="recorded run")
    axes.plot([], [], marker="o", color=ORANGE, linestyle="", label=ours_label)
    figure.legend(ncols=3, loc="outside upper right", fontsize=8.5)
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(x_label)
    axes.grid(visible=False, axis="y")
    if limits is not None:
        axes.set_xlim(*limits)
    return figure


def _dots(axes: Axes, values: Sequence[float] | None, height: float, color: str, marker: str) -> None:
    """Each seed as a small mark, the mean's interval as a bar."""
    if values is None or not len(values):
        return
    mean, low, high = interval(values)
    axes.plot(values, [height] * len(values), marker=marker, markersize=3, color=color, alpha=0.4, linestyle="")
    axes.plot([low, high], [height, height], color=color, linewidth=2, linestyle="-")
    axes.plot([mean], [height], marker=marker, markersize=7, color=color, linestyle="")


@styled
def lesions(rows: Mapping[str, Sequence[float]], *, x_label: str, chance: float, chance_label: str) -> Figure:
    """What is left when one ingredient is taken away: each seed a mark, the mean and its interval.

    Args:
        rows: for each intervention, one value a seed.
        x_label: name and unit of the values.
        chance: where guessing ends up.
        chance_label: what that line means.
    """
    figure, axes = sheet(height=0.9 + 0.5 * len(rows))
    for place, values in enumerate(rows.values()):
        mean, low, high = interval(values)
        axes.plot(values, [place] * len(values), marker="o", markersize=4, alpha=0.4, linestyle="", color=BLUE)
        axes.plot([low, high], [place, place], color=BLUE, linewidth=2.4, linestyle="-")
        axes.plot([mean], [place], marker="D", markersize=7, color=BLUE, linestyle="")
    axes.axvline(chance, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.annotate(
        chance_label, (chance, 1), (4, -10), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=8
    )
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set(ylim=(len(rows) - 0.4, -0.7), xlabel=x_label)
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    return figure
