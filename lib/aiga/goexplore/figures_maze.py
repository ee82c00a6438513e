"""The maze's figures: results in, matplotlib figure out."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from aiga.envs.wings import DECOY, GOAL, LAVA, WALL, Plan
from aiga.experiment import Outcome
from aiga.goexplore.figures import runs
from aiga.goexplore.maze import Search
from aiga.goexplore.robust_maze import Played
from aiga.viz import curve, interval, sheet, styled
from aiga.viz.style import BLUE, CARD, GREEN, INK, MUTED, ORANGE, PURPLE, SKY, VERMILION, Look

LOOKS = (
    Look(BLUE, "-", "o"),
    Look(VERMILION, "--", "^"),
    Look(GREEN, "-.", "s"),
    Look(PURPLE, ":", "D"),
    Look(ORANGE, (0, (5, 1)), "v"),
    Look(SKY, (0, (1, 1)), "P"),
)
"""In the order in which conditions are given."""


@styled
def maze(plan: Plan) -> Figure:
    """The maze from above: walls, lava, the start, the decoy and the goal."""
    figure, axes = sheet(height=3.9)
    _ground(axes, plan)
    figure.legend(handles=_marks(), loc="outside lower center", ncols=4)
    return figure


@styled
def ledge(found: Mapping[str, Mapping[tuple[int, int], int]], holes: Collection[tuple[int, int]]) -> Figure:
    """When each place of a narrow ledge was first visited, a panel for each search; what was never visited stays blank.

    Args:
        found: for each title, the places that were visited, ``(column, lane)``, and after how many moves.
        holes: places where one falls.
    """
    every = [*holes, *(place for each in found.values() for place in each)]
    first, last = (choose(column for column, _ in every) for choose in (min, max))
    lanes = 1 + max(lane for _, lane in every)
    figure, axes = sheet(len(found), 1, height=0.8 + 0.95 * len(found), sharex=True, squeeze=False)
    scale = LogNorm(10, max(max(each.values()) for each in found.values()))
    for panel, (title, seen) in zip(axes[:, 0], found.items(), strict=True):
        when, ground = np.full((lanes, last - first + 1), np.nan), np.zeros((lanes, last - first + 1))
        for column, lane in holes:
            ground[lane, column - first] = 1
        for (column, lane), moves in seen.items():
            when[lane, column - first] = max(moves, 10)
        extent = (first - 0.5, last + 0.5, lanes - 0.5, -0.5)
        panel.imshow(ground, cmap=ListedColormap([CARD, MUTED]), vmin=0, vmax=1, extent=extent, aspect="auto")
        panel.imshow(when, cmap="viridis", norm=scale, extent=extent, aspect="auto", zorder=2)
        panel.set(title=title, yticks=[])
        panel.grid(visible=False)
    axes[-1, 0].set_xlabel("column, from where you start")
    bar = ScalarMappable(scale, "viridis")
    figure.colorbar(bar, ax=axes, label="first visited\n(moves)", fraction=0.03, aspect=12)
    return figure


@styled
def explored(searches: Mapping[str, Search]) -> Figure:
    """When each position was first visited, a panel for each search; what was never visited stays blank.

    Args:
        searches: for each title, a search of the same maze.
    """
    first = next(iter(searches.values()))
    rows = -(-len(searches) // 2)
    height = 0.7 + rows * 3.6 * first.plan.shape[0] / first.plan.shape[1] + 0.35 * rows
    figure, axes = sheet(rows, 2, height=height, squeeze=False)
    scale = LogNorm(100, max(each.steps for each in searches.values()))
    for panel, (title, search) in zip(axes.flat, searches.items(), strict=False):
        _ground(panel, search.plan)
        blank = ~(np.isfinite(search.found) & search.parts["coverage"])
        found = np.ma.masked_array(search.found.clip(min=100), blank).reshape(search.plan.shape)
        panel.imshow(found, cmap="viridis", norm=scale, alpha=0.85, zorder=2)
        seen = search.share("coverage", search.steps)
        goal = search.found[search.plan.goal]
        said = f"goal after {goal:,.0f} steps" if np.isfinite(goal) else "goal never reached"
        panel.set_title(title)
        panel.set_xlabel(f"{seen:.0%} of {search.plan.walkable} cells; {said}", fontsize=9)
    for panel in axes.flat[len(searches) :]:
        panel.set_axis_off()
    figure.colorbar(
        ScalarMappable(scale, "viridis"), ax=axes, label="first visited (agent steps)", fraction=0.03, aspect=30
    )
    figure.legend(handles=_marks(), loc="outside lower center", ncols=4)
    return figure


@styled
def coverage(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Share of the positions visited against agent steps, for each condition.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
    """
    figure, axes = sheet(height=3.4)
    for style, (label, group) in zip(_looks(len(outcomes)), outcomes.items(), strict=True):
        runs(axes, group, "coverage", label=label, as_=style)
    axes.set(xscale="log", ylim=(0, 1.02))
    figure.legend(loc="outside upper right", ncols=3)
    return figure


@styled
def attention(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Which wing a learner spends its steps in as time goes by, a panel for each condition, the first seed of each.

    Args:
        outcomes: for each title, the outcomes of a learner, one a seed.
    """
    figure, axes = sheet(1, len(outcomes), height=2.9, squeeze=False, sharey=True)
    for panel, (title, group) in zip(axes[0], outcomes.items(), strict=True):
        for name, style, wing in (
            ("visits_left", LOOKS[1], "left (decoy)"),
            ("visits_right", LOOKS[0], "right (goal)"),
        ):
            line = group[0].curves[name]
            panel.plot(line.x, line.y, color=style.color, linestyle=style.linestyle, label=wing)
        panel.set(title=title, xlabel="agent steps", ylim=(0, 1))
    axes[0, 0].set_ylabel("share of the steps")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    return figure


@styled
def going_back(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """How the starting point moves back, and what an episode earns meanwhile, against agent steps.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
    """
    figure, axes = sheet(1, 2, height=3.3)
    for style, (label, group) in zip(_looks(len(outcomes)), outcomes.items(), strict=True):
        curve(axes[0], group, "back", label=label, as_=style)
        curve(axes[1], group, "reward", label=label, as_=style)
    axes[0].set(ylim=(0, 1.04), ylabel="how far back episodes begin\n(share of the demonstration)")
    axes[1].set_ylim(bottom=0)
    for panel in axes:
        panel.xaxis.set_major_locator(MaxNLocator(4))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3)
    return figure


@styled
def success(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """How often the policies succeed while actions stick, and how often their demonstrations do, simply repeated.

    Args:
        outcomes: for each label, the outcomes of one condition, one a seed.
    """
    figure, axes = sheet(height=1.0 + 0.55 * len(outcomes))
    for place, group in enumerate(outcomes.values()):
        for shift, name, style in ((-0.14, "replay", LOOKS[1]), (0.14, "success", LOOKS[0])):
            values = [each.metrics[name] for each in group]
            mean, low, high = interval(values)
            height = place + shift
            axes.plot(values, [height] * len(values), marker=style.marker, markersize=4, color=style.color, alpha=0.4,
                      linestyle="")  # fmt: skip
            ends = np.clip([low, high], 0, 1)
            axes.plot(ends, [height, height], color=style.color, linewidth=2, linestyle="-")
            axes.plot([mean], [height], marker=style.marker, markersize=8, color=style.color, linestyle="")
    handles = [
        Line2D([], [], marker=style.marker, markersize=8, color=style.color, linestyle="") for style in LOOKS[1::-1]
    ]
    figure.legend(handles, ["demonstration repeated", "policy"], loc="outside upper right", ncols=2)
    axes.set_yticks(range(len(outcomes)), list(outcomes))
    axes.set(ylim=(len(outcomes) - 0.5, -0.5), xlim=(-0.03, 1.03), xlabel="share of episodes that reach the goal")
    axes.grid(visible=False, axis="y")
    return figure


@styled
def journeys(plan: Plan, played: Mapping[str, Played], *, shown: int = 12) -> Figure:
    """Ways through the maze, a panel for each title, from above; a cross where an episode ended badly.

    Args:
        plan: the maze.
        played: for each title, episodes.
        shown: how many of them are drawn.
    """
    figure, axes = sheet(1, len(played), height=1.2 + 7.0 / len(played) * plan.shape[0] / plan.shape[1], squeeze=False)
    for panel, (title, episodes) in zip(axes[0], played.items(), strict=True):
        _ground(panel, plan)
        for number, way in enumerate(episodes.cells.T[:shown].tolist()):
            rows, columns = np.divmod(way, plan.shape[1])
            shift = 0.5 * (number + 0.5) / shown - 0.25
            good = bool(episodes.reached[number])
            panel.plot(columns + shift, rows + shift, color=BLUE if good else VERMILION, linewidth=0.9, alpha=0.7,
                       linestyle="-" if good else "--")  # fmt: skip
            if not good:
                panel.plot(columns[-1] + shift, rows[-1] + shift, marker="x", color=INK, linestyle="", zorder=4)
        reached = float(episodes.reached.float().mean())
        panel.set_title(title)
        panel.set_xlabel(f"{reached:.0%} of {len(episodes.reached)} episodes reach the goal", fontsize=9)
    figure.legend(handles=_marks(), loc="outside lower center", ncols=4)
    return figure


def _looks(count: int) -> Sequence[Look]:
    if count > len(LOOKS):
        raise ValueError(f"a figure can tell {len(LOOKS)} conditions apart, got {count}: draw two figures")
    return LOOKS[:count]


def _ground(axes: Axes, plan: Plan) -> None:
    """Walls and lava, and the marks of start, decoy and goal."""
    shade = np.where(plan.kinds == WALL, 2, np.where(plan.kinds == LAVA, 1, 0))
    axes.imshow(shade, cmap=ListedColormap([CARD, VERMILION, MUTED]), vmin=0, vmax=2)
    columns = plan.shape[1]
    places = {
        "start": divmod(plan.start, columns),
        "decoy": np.argwhere(plan.kinds == DECOY)[0],
        "goal": np.argwhere(plan.kinds == GOAL)[0],
    }
    for handle in _marks()[:3]:
        row, column = places[str(handle.get_label())]
        axes.plot(column, row, marker=handle.get_marker(), markersize=8, color=handle.get_color(),
                  markeredgecolor=INK, linestyle="", zorder=5)  # fmt: skip
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)


def _marks() -> list[Line2D]:
    kinds = (("start", "o", CARD), ("decoy", "d", SKY), ("goal", "*", ORANGE), ("lava", "s", VERMILION))
    return [
        Line2D([], [], marker=marker, markersize=9, color=color, markeredgecolor=INK, linestyle="", label=label)
        for label, marker, color in kinds
    ]
