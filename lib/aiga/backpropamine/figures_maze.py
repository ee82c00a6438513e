"""The maze's figures: results in, matplotlib figure out. Journeys are drawn by ``plasticity.figures_maze``."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiga.backpropamine import maze_bounds
from aiga.backpropamine.exploration import Exploration
from aiga.backpropamine.figures import quartiles
from aiga.backpropamine.model import Life
from aiga.backpropamine.significance import rank_sum
from aiga.experiment import Outcome
from aiga.viz import floor, sheet, styled
from aiga.viz.style import CARD, GREEN, INK, MUTED, ORANGE


@styled
def learning(
    outcomes: Mapping[str, Sequence[Outcome]],
    *,
    side: int,
    steps: int,
    test: tuple[str, str] | None = None,
) -> Figure:
    """Finds per episode against episodes seen: median and quartiles over seeds (fig. 2).

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
        side: of the maze, walls included; decides what wandering about finds.
        steps: length of an episode.
        test: two of the labels; stars mark where a rank-sum test tells them apart (p < .05), full ones where the
            first is above the second, hollow ones where it is below.
    """
    figure, axes = sheet(height=3.6)
    for label, group in outcomes.items():
        quartiles(axes, group, "finds", label=label)
    if test is not None:
        _stars(axes, outcomes, *test)
    floor(axes, maze_bounds.wandering(side, steps), "wandering about")
    axes.set_ylim(bottom=0)
    figure.legend(loc="outside upper right", ncols=min(len(outcomes), 3))
    return figure


def _stars(axes: Axes, outcomes: Mapping[str, Sequence[Outcome]], first: str, second: str) -> None:
    x, p = rank_sum(outcomes[first], outcomes[second], "finds")
    ours, theirs = (np.median([each.curves["finds"].y for each in outcomes[label]], 0) for label in (first, second))
    top = max(max(each.curves["finds"].y) for group in outcomes.values() for each in group)
    for there, face, word in ((ours > theirs, INK, "above"), (ours < theirs, CARD, "below")):
        at = x[there & (p < 0.05)]
        if len(at):
            label = f"{first} {word} {second}, p < .05"
            axes.plot(at, np.full(len(at), 1.06 * top), "*", ms=8, color=INK, mfc=face, ls="", label=label)


@styled
def modulation(world: Exploration, life: Life, *, episode: int = 0, title: str = "") -> Figure:
    """M(t) along one journey: on the plan of the maze, and over time with the finds marked (fig. 3).

    Args:
        world: what happened (of the first seed).
        life: the modulated agent that it happened to.
        episode: which of the batch.
        title: said above.
    """
    values = torch.stack(life.modulations)[:, 0, episode].cpu().numpy()
    found = torch.stack(world.found)[:, 0, episode].cpu().numpy()
    places = world.mazes.places.cpu().numpy()
    cells = places[[int(each[0, episode]) for each in world.cells[:-1]]]  # where each M(t) was computed
    figure, (plan, time) = sheet(1, 2, height=3.3, width_ratios=[1, 1.7])
    plan.imshow(world.mazes.walls.cpu().numpy(), cmap="Greys", vmin=0, vmax=1.6)
    jitter = 0.26 * np.stack([np.sin(2.4 * np.arange(len(cells))), np.cos(2.4 * np.arange(len(cells)))], 1)
    drawn = plan.scatter(
        *(cells + jitter).T[::-1], c=values, cmap="PRGn", vmin=-1, vmax=1, s=26, edgecolors=INK, lw=0.4
    )
    goal = places[int(world.mazes.goal[0, episode])]
    plan.plot(goal[1], goal[0], "*", markersize=16, color=ORANGE, markeredgecolor=INK)
    plan.set(xticks=[], yticks=[], title=title)
    plan.grid(visible=False)
    figure.colorbar(drawn, ax=plan, shrink=0.6)
    steps = np.arange(len(values))
    time.plot(steps, values, color=GREEN, linestyle="-")
    seen = steps[1:][found[:-1]]  # with the next observation; one at the last step is never seen
    for number, step in enumerate(seen):
        time.axvline(step, color=ORANGE, linestyle="--", linewidth=1.3, label="" if number else "reward is seen")
    time.axhline(0, color=INK, linewidth=0.8, linestyle="-")
    time.set(ylim=(-1.05, 1.05), xlabel="step of the episode", ylabel="$M(t)$")
    if len(seen):
        figure.legend(loc="outside upper right", fontsize=8.5)
    return figure


@styled
def around_the_find(lives: Mapping[str, tuple[Exploration, Life]], *, before: int = 6, after: int = 10) -> Figure:
    """M(t) before and after the reward is first seen: means over episodes, and between which values half of them lie.

    Args:
        lives: for each label, what happened and to whom (of the first seed of each).
        before: steps shown before it; episodes whose first find comes earlier or too late are left out.
        after: steps shown after it.
    """
    figure, panels = sheet(1, len(lives), height=2.9, sharey=True, squeeze=False)
    for number, (axes, (label, (world, life))) in enumerate(zip(panels[0], lives.items(), strict=True)):
        values = torch.stack(life.modulations)[:, 0].cpu().numpy()  # (T, B)
        found = torch.stack(world.found)[:, 0].cpu().numpy()
        seen = found.argmax(0) + 1  # the step whose observation shows it
        chosen = found.any(0) & (seen >= before) & (seen + after < len(values))
        window = np.arange(-before, after + 1)
        axes.axvline(0, color=ORANGE, linestyle="--", linewidth=1.3)
        axes.axhline(0, color=INK, linewidth=0.8, linestyle="-")
        if chosen.any():
            aligned = values[seen[chosen] + window[:, None], np.nonzero(chosen)[0]]
            low, high = np.percentile(aligned, [25, 75], axis=1)
            axes.fill_between(window, low, high, color=GREEN, alpha=0.2, linewidth=0)
            axes.plot(window, aligned.mean(1), color=GREEN, linestyle="-")
        axes.set(xlabel="steps from there", ylim=(-1.05, 1.05), title=f"{label}: {int(chosen.sum())} episodes")
        if number == 0:
            axes.set_ylabel("$M(t)$")
            axes.annotate("first reward\nis seen", (0, -1), (4, 3), textcoords="offset points", fontsize=8, color=MUTED)
    return figure
