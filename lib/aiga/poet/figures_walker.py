"""POET on the walker: courses with the walkers on them, who can walk what, and how scores rose when agents moved.

Each function takes a run and returns a figure; nothing is trained or read from disk here, only agents that exist are
looked at once more. ``Alt text`` in a docstring says what a picture shows of our runs, for the notebook's metadata.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from aiga.poet import walker
from aiga.poet.substrate import Weights
from aiga.poet.walker.render import draw_course, draw_walker
from aiga.poet.walker.replay import player
from aiga.poet.walker.terrain import Course
from aiga.poet.walker.traces import Trace, compact, trace_of
from aiga.poet.walker_agents import Agents, table
from aiga.viz import floor, sheet, styled
from aiga.viz.style import BLUE, CARD, INK, VERMILION

STARTS_AT = 6.0
"""Metres; what lies before is flat on every course."""


def trace(theta: Weights, course: Course, *, horizon: int = 2000) -> Trace:
    """One life of an agent, step by step, for pictures and for :func:`aiga.poet.walker.replay.player`."""
    return trace_of(walker.rollout(theta[None], [course], [0], horizon=horizon, traced=True), 0)


@styled
def courses(agents: Agents, *, width: float = 50.0, apart: float = 6.0) -> Figure:
    """The beginning of every course, with its own agent at its best, drawn again every few metres.

    Alt text: a stack of strips, one a course, each with the same two-legged walker drawn several times from left to
    right. The flat strip is a line; on the others the ground undulates, boxes stand on it, or gaps open in it.

    Args:
        agents: the run.
        width: metres of each course that are shown.
        apart: metres between two pictures of the walker.
    """
    niches = agents.state.niches
    figure, grid = sheet(len(niches), 1, height=0.3 + 1.15 * len(niches), squeeze=False, layout="constrained")
    for axes, niche in zip(grid[:, 0], niches, strict=True):
        course = agents.world.of(niche)
        lived = trace(niche.best_theta, course, horizon=agents.world.substrate.horizon)
        draw_course(axes, course, left=STARTS_AT - 3.0, width=width)
        for step in places(lived, STARTS_AT, STARTS_AT + width - 6.0, apart):
            draw_walker(axes, lived, step, rays=False)
        axes.set_title(f"{agents.name(niche.uid)}: its agent gets {niche.best:.0f}", loc="left", fontsize=9, pad=3)
        axes.set(xlabel="", ylabel="", yticks=[])
        axes.grid(visible=False)
    spans = [axes.get_ylim() for axes in grid[:, 0]]
    tallest = max(high - low for low, high in spans)
    for axes, (low, _) in zip(grid[:, 0], spans, strict=True):
        axes.set_ylim(low, low + tallest)  # strips of one scale
    grid[-1, 0].set_xlabel("metres")
    return figure


def places(lived: Trace, first: float, last: float, apart: float) -> list[int]:
    """Steps at which a walker first comes to places a certain distance apart; none that it never reaches."""
    x = lived.pose[:, 0, 0]
    wanted = np.arange(first, last, apart)
    return [int(np.argmax(x >= place)) for place in wanted if x.max() >= place]


def replay(agents: Agents, pairs: Sequence[tuple[int, int]], *, alt: str, every: int = 2) -> str:
    """HTML that plays agents on courses: each niche's best agent, on its own course or on another's.

    Args:
        agents: the run.
        pairs: for each episode the niche whose agent walks, and the niche whose course it walks on.
        alt: what is to be seen, for those who cannot see it.
        every: keep every so manieth step; 2 shows 25 pictures a second at about 1.5 kB a second.
    """
    scenes, niches = {}, agents.state.niches
    for walks, on in pairs:
        course = agents.world.of(niches[on])
        lived = trace(niches[walks].best_theta, course, horizon=agents.world.substrate.horizon)
        whose = "its own agent" if walks == on else f"the agent from {agents.name(walks)}"
        scenes[f"{agents.name(on)}: {whose}, {lived.rewards.sum():.0f} points"] = compact(lived, course, every=every)
    return player(scenes, alt=alt)


@styled
def matrix(agents: Agents) -> Figure:
    """Who can walk what: the agents of the beginning, and those of the end, on every course.

    Alt text: two tables of coloured squares with the score written in each, agents from top to bottom and courses from
    left to right. On the left, before learning, several squares are dark; on the right the frame along the diagonal,
    an agent on its own course, is bright almost everywhere.

    Args:
        agents: a run that began with several niches.

    Raises:
        ValueError: it began with one random agent.
    """
    starts = agents.starts
    if not starts:
        raise ValueError("a run from random weights has no agents of the beginning to compare with")
    first = agents.state.niches[: len(starts)]
    before = table(agents.world, first, agents.first_thetas)
    niches = agents.state.niches
    after = table(agents.world, niches, np.stack([niche.best_theta for niche in niches]))
    figure, (left, right) = sheet(1, 2, height=3.4, layout="constrained", width_ratios=[len(first), len(niches)])
    names = [agents.name(niche.uid) for niche in niches]
    taught = [start.walker.removeprefix("walker_") for start in starts]
    _table(left, before, [f"taught on {name}" for name in taught], names[: len(first)])
    _table(right, after, [f"from {name}" for name in names], names)
    left.set(title="at the beginning", xlabel="course", ylabel="agent")
    right.set(title="at the end", xlabel="course")
    return figure


def _table(axes: Axes, scores: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
    axes.imshow(scores, cmap="cividis", vmin=-100, vmax=310, aspect="auto")
    for row, column in np.ndindex(*scores.shape):
        value = scores[row, column]
        colour = "black" if value > 150 else "white"
        weight = "bold" if row == column else "normal"
        axes.text(column, row, f"{value:.0f}", ha="center", va="center", color=colour, fontsize=8, weight=weight)
        if row == column:
            axes.add_patch(_frame(column, row))
    axes.set_xticks(range(len(columns)), columns, rotation=30, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    axes.grid(visible=False)


def _frame(column: int, row: int) -> Rectangle:
    return Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=VERMILION, linewidth=1.5)


@styled
def curves(agents: Agents, alone: Agents | None = None) -> Figure:
    """Scores in every niche against the decisions spent on it; agents that moved in are marked.

    Alt text: one panel a niche. A solid line jumps up and down between falling and arriving; where an agent from
    another niche moved in, a vertical arrow rises from the old score to the new, with the niche's name it came from. A
    dashed line is the same niche without transfer.

    Args:
        agents: a run.
        alone: the same run without transfer, if it is to be drawn.
    """
    niches = agents.state.niches
    figure, grid = sheet(
        (len(niches) + 1) // 2, 2, height=0.6 + 1.9 * ((len(niches) + 1) // 2), squeeze=False, sharey=True,
        layout="constrained",
    )  # fmt: skip
    for axes in grid.flat[len(niches) :]:
        axes.set_visible(False)
    for axes, niche in zip(grid.flat, niches, strict=False):
        rows = agents.log.of(niche.uid)
        axes.plot(rows[:, 1] / 1e6, rows[:, 2], color=BLUE, linestyle="-", marker="o", markersize=3, label="POET")
        if alone is not None and niche.uid < len(alone.starts):
            own = alone.log.of(niche.uid)
            axes.plot(
                own[:, 1] / 1e6, own[:, 2], color=VERMILION, linestyle="--", marker="^", markersize=3,
                label="its own agent, without transfer",
            )  # fmt: skip
        for move in agents.state.transfers:
            at = rows[rows[:, 0] >= move.iteration + 1, 1]
            if move.target == niche.uid and len(at):
                place = float(at[0]) / 1e6
                axes.annotate(
                    "", (place, move.after), (place, move.before), arrowprops={"arrowstyle": "->", "color": INK}
                )
                said = f" from {agents.name(move.source)}"
                ground = {"facecolor": CARD, "edgecolor": "none", "alpha": 0.8, "pad": 0.6}
                axes.text(place, move.before, said, fontsize=7, ha="left", va="top", color=INK, bbox=ground)
        floor(axes, agents.world.settings.solved_score, "")
        axes.set_title(agents.name(niche.uid), loc="left", fontsize=9)
    for axes in grid[:, 0]:
        axes.set_ylabel("score")
    figure.supxlabel("decisions spent on the niche (millions)", fontsize=9.5)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=2, fontsize=8.5)
    return figure
