"""The chapter's sixty lines, drawn: two-number courses as points of a plane, and how they descend from one another."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from aiga.viz import sheet, styled
from aiga.viz.style import BLUE, INK, MUTED, VERMILION


@styled
def plane(niches: Sequence[Mapping[str, Any]], failed: Sequence[Any], *, labels: tuple[str, str]) -> Figure:
    """Courses with two numbers each, from the first one outwards, and those at which direct training failed.

    Alt text: a plane of dots joined by lines from parent to child, which spread from the lower left; full dots were
    solved, hollow ones not. Crosses mark courses that POET solved and direct training did not: all that lie far out.

    Args:
        niches: each with ``course`` (two numbers), ``parent`` (a niche or None) and ``solved`` (None if never).
        failed: courses on which direct training failed, two numbers each.
        labels: names of the two numbers, with units.
    """
    figure, axes = sheet(height=4.0, width=5.6)
    for niche in niches:
        if niche["parent"] is not None:
            ends = np.array([niche["parent"]["course"], niche["course"]])
            axes.plot(*ends.T, color=MUTED, linewidth=0.8, linestyle="-", zorder=1)
    for solved, name in ((True, "solved by POET"), (False, "invented, not solved")):
        those = np.array([n["course"] for n in niches if (n["solved"] is not None) == solved]).reshape(-1, 2)
        face = BLUE if solved else "none"
        axes.plot(*those.T, marker="o", linestyle="", color=BLUE, markerfacecolor=face, markersize=7, label=name)
    crosses = np.array(failed).reshape(-1, 2)
    axes.plot(*crosses.T, marker="x", linestyle="", color=VERMILION, markersize=11, label="direct training fails")
    axes.plot(*np.asarray(niches[0]["course"]), marker="*", color=INK, linestyle="", markersize=14, label="the first")
    axes.set(xlabel=labels[0], ylabel=labels[1])
    figure.legend(loc="outside upper left", ncols=2, fontsize=8.5)
    return figure
