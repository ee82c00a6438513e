"""What POET made: its courses as pictures, how they descend from one another, and who moved where.

Each function takes results and returns a figure; nothing is trained or read from disk here, only agents that exist are
looked at once more. ``Alt text`` in a docstring says what a picture shows of our runs, for the notebook's metadata.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aiga.poet.courses import CELL, Hard
from aiga.poet.hopper import HARD, PIT, Hopper
from aiga.poet.looks import LEVEL_MARKERS, LEVEL_NAMES, LEVELS
from aiga.poet.state import Niche, State
from aiga.poet.world import World
from aiga.viz import sheet, styled
from aiga.viz.style import BLUE, INK, MUTED, VERMILION

_DEPTH = -2.5  # metres; how deep a pit is drawn


@styled
def courses(world: World, state: State, *, count: int = 8) -> Figure:
    """Courses in the order of their invention, each with the path of its own agent at its best.

    Alt text: a stack of hopper courses, oldest on top. The first is flat; further down stumps rise, pits widen and the
    ground grows rough. A line of hops crosses each solved course from end to end.

    Args:
        world: of hoppers.
        state: the run.
        count: how many courses, spread evenly over the run.
    """
    niches = [niche for niche in state.niches if niche.solved >= 0] or state.niches
    chosen = [niches[place] for place in np.unique(np.linspace(0, len(niches) - 1, count).round().astype(int))]
    figure, grid = sheet(len(chosen), 1, height=0.35 + 0.72 * len(chosen), squeeze=False, sharex=True)
    for axes, niche in zip(grid[:, 0], chosen, strict=True):
        heights = world.of(niche)
        _ground(axes, heights)
        assert isinstance(world.substrate, Hopper)  # others have other pictures
        path = world.substrate.trace(niche.best_theta, heights)
        axes.plot(path[:, 0], path[:, 1].clip(min=_DEPTH), color=BLUE, linewidth=0.9, linestyle="-")
        said = f"course {niche.uid}, iteration {niche.born}: {described(niche)}; its agent gets {niche.best:.0f}"
        axes.set_title(said, fontsize=8, pad=2)
    grid[-1, 0].set_xlabel("metres")
    return figure


def described(niche: Niche) -> str:
    """A course's encoding in words."""
    encoding, parts = niche.encoding, []
    for name in ("pit", "stump", "stair"):
        pair = getattr(encoding, name)
        if pair is not None:
            parts.append(f"{name}s {pair[0]:g} to {pair[1]:g}")
    return ", ".join([*parts, f"roughness {encoding.roughness:g}"]) if parts or encoding.roughness else "flat"


def _ground(axes: Axes, heights: NDArray[np.float64]) -> None:
    """The course's silhouette, pits down to the lower edge."""
    x = np.repeat(np.arange(len(heights) + 1), 2)[1:-1] * CELL / 4
    shown = np.where(heights == PIT, _DEPTH, heights)
    axes.fill_between(x, _DEPTH, np.repeat(shown, 2), color=MUTED, alpha=0.45, linewidth=0)
    axes.set(ylim=(_DEPTH, float(shown.max()) + 1.6), xlim=(0, len(heights) * CELL / 4), yticks=[])
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)


@styled
def family(state: State, *, hard: Hard = HARD, moves: bool = True) -> Figure:
    """The family tree of courses: when each was invented, from which, and which agents moved where.

    Alt text: a tree that grows from one dot at the left. Dots are courses, further right invented later; colour and
    shape give the number of large difficulties, hollow ones were never solved. Faint arcs join niches between which an
    agent moved.

    Args:
        state: the run.
        hard: from where on a difficulty counts.
        moves: whether transfers are drawn.
    """
    figure, axes = sheet(height=4.2)
    niches, place = state.niches, rows(state.niches)
    if moves:
        for each in state.transfers:
            ends = [place[each.source], place[each.target]]
            axes.plot([each.iteration] * 2, ends, color=MUTED, linewidth=0.5, alpha=0.35, linestyle="-")
    for niche in niches:
        row, last = place[niche.uid], state.iteration if niche.retired < 0 else niche.retired
        axes.plot([niche.born, last], [row, row], color=MUTED, linewidth=0.8, linestyle="-")
        if niche.parent >= 0:
            axes.plot([niche.born] * 2, [place[niche.parent], row], color=INK, linewidth=0.9, linestyle="-")
    for level, (color, marker, name) in enumerate(zip(LEVELS, LEVEL_MARKERS, LEVEL_NAMES, strict=True)):
        those = [niche for niche in niches if hard.level(niche.encoding) == level]
        for solved in (True, False):
            some = [niche for niche in those if (niche.solved >= 0) == solved]
            axes.plot(
                [niche.born for niche in some],
                [place[niche.uid] for niche in some],
                color=color,
                marker=marker,
                markersize=5.5,
                markerfacecolor=color if solved else "none",
                linestyle="",
                zorder=4,
            )
        axes.plot([], [], color=color, marker=marker, linestyle="", label=name)
    axes.set(xlabel="iteration", yticks=[], xlim=(-0.02 * state.iteration, 1.02 * state.iteration))
    axes.set_ylabel("courses, families together")
    axes.grid(visible=False)
    figure.legend(loc="outside upper left", ncols=4, fontsize=8.5)
    return figure


def rows(niches: Sequence[Niche]) -> dict[int, int]:
    """A row for each niche such that children stand beneath their parents: 0 for the first, -1 for the next."""
    children: dict[int, list[int]] = {}
    for niche in niches:
        children.setdefault(niche.parent, []).append(niche.uid)
    found: dict[int, int] = {}
    waiting = [children[-1][0]]
    while waiting:
        uid = waiting.pop()
        found[uid] = -len(found)
        waiting += sorted(children.get(uid, []))  # the youngest next, so that branches do not cross
    return found


@styled
def roses(late: Sequence[Any], *, highest: Sequence[float] | None = None) -> Figure:
    """Late courses as roses: POET's course, and how far the direct path came with the same number of decisions.

    Alt text: one rose for each late course, with five axes: roughness, narrowest and widest pit, lowest and highest
    stump. POET's course is a filled area; the dashed area of the direct path lies within it where the path did not
    arrive.

    Args:
        late: what :class:`aiga.poet.hopper_runs.Late` holds.
        highest: the end of each axis, for the five numbers of an encoding; by default what the hardest of them reaches.

    Raises:
        ValueError: there is no course to draw.
    """
    if not late:
        raise ValueError("no late courses to draw: run a condition whose config has late > 0")
    vectors = np.stack([each.niche.encoding.vector() for each in late])
    ends = np.asarray(highest or [vectors[:, 0].max(), *[vectors[:, 1:3].max()] * 2, *[vectors[:, 3:].max()] * 2])
    columns = min(4, len(late))
    rows = -(-len(late) // columns)
    figure, grid = sheet(rows, columns, height=0.6 + 2.2 * rows, squeeze=False, subplot_kw={"projection": "polar"})
    angles = np.linspace(0, 2 * np.pi, 6)
    for axes, each in zip(grid.flat, late, strict=False):
        for encoding, color, style, filled in (
            (each.niche.encoding, BLUE, "-", 0.2),
            (each.path.reached, VERMILION, "--", 0.0),
        ):
            values = (encoding.vector() / np.maximum(ends, 1e-9)).clip(max=1)
            axes.plot(angles, [*values, values[0]], color=color, linestyle=style)
            axes.fill(angles[:-1], values, color=color, alpha=filled, linewidth=0)
        axes.set_xticks(angles[:-1], ["rough", "pit lo", "pit hi", "stump lo", "stump hi"], fontsize=6.5)
        axes.set(ylim=(0, 1), yticks=[0.5, 1.0], yticklabels=[])
        axes.set_title(_verdict(each), fontsize=7.5, loc="center")
    for axes in grid.flat[len(late) :]:
        axes.set_visible(False)
    handles = [grid[0, 0].plot([], [], color=BLUE)[0], grid[0, 0].plot([], [], color=VERMILION, linestyle="--")[0]]
    figure.legend(
        handles, ["POET's course", "reached by the direct path"], loc="outside upper left", ncols=2, fontsize=8.5
    )
    return figure


def _verdict(each: Any) -> str:
    best = {"POET": each.niche.best, "direct": each.direct.best, "path": each.path.best}
    return f"course {each.niche.uid}\n" + ", ".join(f"{name} {value:.0f}" for name, value in best.items())
