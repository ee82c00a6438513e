"""The maze's figures: results in, matplotlib figure out."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from aiga.experiment import Outcome
from aiga.plasticity import maze
from aiga.viz import curve, floor, interval, look, sheet, styled
from aiga.viz.style import BLUE, CARD, INK, MUTED, ORANGE, VERMILION


@styled
def journeys(worlds: Mapping[str, maze.Exploration], *, episode: int = 0) -> Figure:
    """One episode in each panel, seen from above: the search, the reward, and the ways back to it.

    Args:
        worlds: for each title, what happened (of the first seed).
        episode: which of the batch.
    """
    figure, axes = sheet(1, len(worlds), height=3.9, squeeze=False)
    for panel, (title, world) in zip(axes[0], worlds.items(), strict=True):
        legs = _legs(world, episode)
        finds = len(legs) - 1
        panel.imshow(world.mazes.walls.cpu().numpy(), cmap="Greys", vmin=0, vmax=1.6)
        for number, leg in enumerate(legs):
            _draw(panel, leg, number)
        goal = world.mazes.places[int(world.mazes.goal[0, episode])].tolist()
        panel.plot(goal[1], goal[0], marker="*", markersize=17, color=ORANGE, markeredgecolor=INK, linestyle="")
        middle = len(world.mazes.walls) // 2
        panel.plot(middle, middle, marker="o", markersize=8, color=CARD, markeredgecolor=INK, linestyle="")
        said = f"first find after {len(legs[0]) - 1} steps" if finds else "nothing found"
        panel.set(title=f"{title}: {finds} find{'s' * (finds != 1)}", xlabel=said, xticks=[], yticks=[])
        panel.grid(visible=False)
    handles = [
        axes[0, 0].plot([], [], color=VERMILION, linestyle="--")[0],
        axes[0, 0].plot([], [], color=BLUE)[0],
        axes[0, 0].plot([], [], color=ORANGE, marker="*", markersize=12, markeredgecolor=INK, linestyle="")[0],
        axes[0, 0].plot([], [], color=CARD, marker="o", markeredgecolor=INK, linestyle="")[0],
    ]
    names = ["search, until the first find", "after it", "reward (not to be seen)", "start"]
    figure.legend(handles, names, loc="outside lower center", ncols=4, fontsize=8.5)
    return figure


@styled
def learning(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Finds per episode against episodes seen, for each condition, and what untrained networks find.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
    """
    figure, axes = sheet(height=3.4)
    for label, group in outcomes.items():
        curve(axes, group, "finds", label=label)
    untrained = [each.metrics["finds_untrained"] for group in outcomes.values() for each in group]
    floor(axes, sum(untrained) / len(untrained), "before training")
    axes.set_ylim(bottom=0)
    figure.legend(loc="outside upper right", ncols=len(outcomes))
    return figure


@styled
def first_and_later(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """How long a first find takes, and a later one: exploring, and knowing.

    Args:
        outcomes: for each label, the outcomes of one condition, one a seed.
    """
    figure, axes = sheet(height=1.0 + 0.55 * len(outcomes))
    for place, group in enumerate(outcomes.values()):
        color = look(group[0].condition).color
        for metric, height, marker, face in (
            ("first_find", place - 0.12, "o", CARD),
            ("later_find", place + 0.12, "D", color),
        ):
            values = [each.metrics[metric] for each in group]
            mean, low, high = interval(values)
            axes.plot(values, [height] * len(values), marker=marker, markersize=3, alpha=0.4, linestyle="", color=color)
            axes.plot([low, high], [height, height], color=color, linewidth=2, linestyle="-")
            axes.plot([mean], [height], marker=marker, markersize=8, color=color, markerfacecolor=face, linestyle="")
    handles = [
        axes.plot([], [], marker="o", markersize=8, color=MUTED, markerfacecolor=CARD, linestyle="")[0],
        axes.plot([], [], marker="D", markersize=8, color=MUTED, linestyle="")[0],
    ]
    figure.legend(handles, ["the first find of an episode", "each later one"], loc="outside upper right", ncols=2)
    axes.set_yticks(range(len(outcomes)), list(outcomes))
    axes.set(ylim=(len(outcomes) - 0.5, -0.5), xlabel="steps that a find takes")
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    return figure


def _legs(world: maze.Exploration, episode: int) -> list[list[tuple[int, int]]]:
    """The cells passed through (row, column), up to the first find, from there to the second, and so on."""
    cells = [int(each[0, episode]) for each in world.cells]
    goal = int(world.mazes.goal[0, episode])
    found: Tensor = torch.stack(world.found)[:, 0, episode]
    legs, leg = [], [cells[0]]
    for cell, hit in zip(cells[1:], found.tolist(), strict=True):
        leg.append(goal if hit else cell)
        if hit:
            legs.append(leg)
            leg = [cell]
    places: list[list[int]] = world.mazes.places.tolist()
    return [[(places[cell][0], places[cell][1]) for cell in each] for each in [*legs, leg]]


def _draw(axes: Axes, leg: list[tuple[int, int]], number: int) -> None:
    """One leg as a line, a little beside the others."""
    shift = 0.06 * ((number + 3) % 7 - 3)
    rows, columns = ([place[axis] + shift for place in leg] for axis in (0, 1))
    color, linestyle = (BLUE, "-") if number else (VERMILION, "--")
    axes.plot(columns, rows, linewidth=1.5, alpha=0.8, color=color, linestyle=linestyle)
    if number:
        axes.plot(columns[:1], rows[:1], marker=".", markersize=5, color=BLUE, linestyle="")
