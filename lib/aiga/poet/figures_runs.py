"""How conditions compare over seeds: growth, late courses under equal budgets, and transfers.

Each function takes outcomes and returns a figure; nothing is trained or read from disk here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiga.experiment import Outcome
from aiga.poet.looks import look
from aiga.viz import curve, floor, interval, sheet, styled


@styled
def growth(outcomes: Mapping[str, Sequence[Outcome]], *, left_is: str = "solved") -> Figure:
    """Courses solved, or ANNECS, and challenging courses solved, against the budget used.

    Alt text: two panels of rising curves over millions of decisions, one line a condition with its interval over seeds;
    on the left courses solved, on the right only those with at least one large difficulty.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
        left_is: which curve the left panel shows, ``solved`` or ``annecs``.
    """
    figure, (left, right) = sheet(1, 2, height=3.6, sharex=True)
    for label, group in outcomes.items():
        style = look(group[0].condition)
        curve(left, group, left_is, label=label, as_=style)
        curve(right, group, "challenging", label=label, as_=style)
    left.set(title="courses solved" if left_is == "solved" else "new to all agents, and solved (ANNECS)")
    right.set(title="challenging courses solved", ylabel="")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=3, fontsize=8.5)
    return figure


@styled
def late(outcomes: Sequence[Outcome], *, solved: float = 230.0) -> Figure:
    """Best scores on POET's late courses: POET, and two controls that had as many decisions.

    Alt text: three columns of dots, a dot for each late course, joined by thin lines. POET's dots lie above the line
    that means solved, those of direct training far below it, those of the direct path on both sides.

    Args:
        outcomes: of the condition that hands courses to the controls, one a seed.
        solved: from which score on a course is solved.
    """
    figure, axes = sheet(height=3.4)
    every = [each for outcome in outcomes for each in outcome.network.late]  # type: ignore[union-attr]
    scores = np.array([[each.niche.best, each.direct.best, each.path.best] for each in every])  # (courses, 3)
    seeds = np.repeat(np.arange(len(outcomes)), [len(outcome.network.late) for outcome in outcomes])  # type: ignore[union-attr, arg-type]
    axes.plot(range(3), scores.T, color=look("poet").color, linewidth=0.4, alpha=0.3, linestyle="-")
    for place, condition in enumerate(("poet", "direct", "direct_path")):
        style = look(condition)
        shift = 0.02 * (seeds - seeds.mean())
        axes.plot(place + shift, scores[:, place], color=style.color, marker=style.marker, linestyle="", alpha=0.6)
        means = [scores[seeds == seed, place].mean() for seed in np.unique(seeds)]  # seeds are what is independent
        mean, low, high = interval(means)
        axes.errorbar(
            place + 0.22,
            mean,
            yerr=[[mean - low], [high - mean]],
            color=style.color,
            marker="_",
            markersize=14,
            capsize=4,
        )
    floor(axes, solved, "solved")
    axes.set_xticks(range(3), ["POET", "direct training,\nsame budget", "direct path,\nsame budget"])
    axes.set(ylabel="best score on the course", xlim=(-0.5, 2.5))
    return figure


@styled
def walkers(outcomes: Mapping[str, Sequence[Outcome]], *, solved: float = 230.0) -> Figure:
    """Walkers' scores over the iterations: on each of the first courses, and the mean of all courses.

    Alt text: panels with the same lines each, one line a condition, scores against iterations; a dotted line marks the
    score from which a course is solved.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
        solved: from which score on a course is solved.

    Raises:
        ValueError: there are no outcomes.
    """
    if not outcomes:
        raise ValueError("no outcomes to draw the scores of: expected at least one condition")
    names = [name for name in next(iter(outcomes.values()))[0].curves if name != "mean"] + ["mean"]
    rows = (len(names) + 1) // 2
    figure, grid = sheet(rows, 2, height=0.6 + 1.9 * rows, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[len(names) :]:
        axes.set_visible(False)
    for axes, name in zip(grid.flat, names, strict=False):
        for label, group in outcomes.items():
            curve(axes, group, name, label=label, as_=look(group[0].condition))
        floor(axes, solved, "solved" if axes is grid[0, 0] else "")
        axes.set_title(f"{name}: all courses, new ones too" if name == "mean" else name, loc="left", fontsize=9)
        axes.label_outer()
    if len(names) % 2:
        grid[-2, 1].xaxis.set_tick_params(labelbottom=True)
        grid[-2, 1].set_xlabel(grid[-1, 0].get_xlabel())
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=3, fontsize=8.5)
    return figure


@styled
def transfers(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """How often agents moved, and in which form.

    Alt text: bars for each condition. Left, the share of transfer rounds in which a niche's agent was replaced, split
    into agents taken as they were and agents taken after a step of learning; right, the share of new courses whose
    first agent came from another niche than the parent's.

    Args:
        outcomes: for each label, the outcomes of one condition that has transfers, one a seed.
    """
    figure, (left, right) = sheet(1, 2, height=0.9 + 0.55 * len(outcomes), sharey=True)
    for place, group in enumerate(outcomes.values()):
        style = look(group[0].condition)
        direct = [_share(outcome, proposal=False) for outcome in group]
        learned = [_share(outcome, proposal=True) for outcome in group]
        left.barh(place, np.mean(direct), color=style.color, alpha=0.85, height=0.55)
        left.barh(
            place, np.mean(learned), left=np.mean(direct), color=style.color, alpha=0.35, hatch="///", height=0.55
        )
        _bar(left, place, [a + b for a, b in zip(direct, learned, strict=True)], style.color)
        others = [outcome.metrics["from_others"] for outcome in group]
        right.barh(place, np.mean(others), color=style.color, alpha=0.85, height=0.55)
        _bar(right, place, others, style.color)
    left.set_yticks(range(len(outcomes)), list(outcomes))
    left.set(xlim=(0, 1), xlabel="niches replaced, a round (fraction)", title="plain: as it was; hatched: after a step")
    right.set(xlim=(0, 1), xlabel="first agents from another niche (fraction)")
    left.invert_yaxis()
    return figure


def _share(outcome: Outcome, *, proposal: bool) -> float:
    state: Any = outcome.network.state  # type: ignore[union-attr]
    return float(sum(each.proposal == proposal for each in state.transfers) / max(1, state.attempts))


def _bar(axes: Axes, place: int, values: Sequence[float], color: str) -> None:
    """The interval over seeds, and each seed as a dot."""
    mean, low, high = interval(values)
    axes.errorbar(mean, place, xerr=[[mean - low], [high - mean]], color="black", capsize=3, linewidth=1)
    axes.plot(values, [place] * len(values), marker=".", color="black", linestyle="", markersize=4)
