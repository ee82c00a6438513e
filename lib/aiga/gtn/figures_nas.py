"""Architectures: how well a few steps rank them, what random search finds, and who profits from the lessons.

Each function takes results and returns a figure; nothing is trained or read from disk here.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiga import seeding
from aiga.experiment import Outcome
from aiga.gtn.looks import look
from aiga.gtn.nas import ESTIMATES
from aiga.gtn.ranking import agreement, best_half, resampled
from aiga.gtn.unseen import KINDS
from aiga.viz import announce, curve, interval, sheet, styled
from aiga.viz.style import BLUE, GREEN, INK, MUTED, Look

LOOKS = {
    "gtn": look("gtn"),
    "real": look("real"),
    "longer": Look(GREEN, "-.", "s"),
    "one_width": Look(GREEN, "-.", "s"),
    "random_widths": Look(BLUE, "-", "o"),
}
"""How each source of data is drawn."""

TITLES = {"gtn": "generated data", "real": "real data, as many steps", "longer": "real data, nine times the steps"}

PAPER_TOP = 0.5582
"""Rank correlation in the better half of 128 steps on generated data (figure in the authors' article)."""


@styled
def correlation(outcomes: Sequence[Outcome]) -> Figure:
    """Truth against each estimate, a mark for each candidate and seed; filled where the estimate puts it on top.

    In the corner the rank correlation, the mean over seeds, and in brackets how far it goes when candidates are drawn
    again (bootstrap of the first seed's).

    Args:
        outcomes: one a seed, of one condition of :mod:`aiga.gtn.nas`.

    Raises:
        ValueError: there are no outcomes.
    """
    if not outcomes:
        raise ValueError("no outcomes to draw: run gtn.nas first")
    figure, panels = sheet(1, 3, height=3.3, sharey=True)
    for axes, name in zip(panels, ESTIMATES, strict=True):
        _scatter(axes, outcomes, name)
    panels[0].set_ylabel("accuracy after long training\n(fraction of test images)")
    figure.supxlabel("accuracy after few steps (fraction of validation images)", fontsize=10)
    announce(figure, outcomes[0].data)
    return figure


def _scatter(axes: Axes, outcomes: Sequence[Outcome], name: str) -> None:
    style = LOOKS[name]
    for outcome in outcomes:
        x, y = np.asarray(outcome.curves[name].x), np.asarray(outcome.curves[name].y)
        top = np.isin(np.arange(len(x)), best_half(x))
        axes.plot(x[top], y[top], style.marker, color=style.color, markersize=4, alpha=0.6)
        axes.plot(x[~top], y[~top], style.marker, color=style.color, markersize=4, alpha=0.6, markerfacecolor="none")
    said = [agreement(each.curves[name].x, each.curves[name].y) for each in outcomes]
    first = outcomes[0].curves[name]
    low, high = resampled(first.x, first.y, seeding.numpy_generator(outcomes[0].seed, f"bootstrap {name}"))
    everywhere, top_half = np.mean([each.everywhere for each in said]), np.mean([each.top for each in said])
    text = f"all: {everywhere:.2f} [{low:.2f}, {high:.2f}]\nbetter half: {top_half:.2f}"
    axes.annotate(text, (0.97, 0.03), xycoords="axes fraction", ha="right", fontsize=8)
    axes.set_title(TITLES[name], fontsize=9)


@styled
def correlations(outcomes: Sequence[Outcome], *, paper: bool = True) -> Figure:
    """Rank correlation of the three estimates, over all candidates and over the better half, a mark a seed.

    Args:
        outcomes: one a seed, of one condition of :mod:`aiga.gtn.nas`.
        paper: whether to show the paper's value for the better half.
    """
    figure, axes = sheet(height=2.9)
    places = {(name, part): place for place, (part, name) in enumerate((p, n) for p in ("all", "top") for n in TITLES)}
    for (name, part), place in places.items():
        values, style = [each.metrics[f"{part}_{name}"] for each in outcomes], LOOKS[name]
        mean, low, high = interval(values)
        axes.plot(values, [place] * len(values), style.marker, color=style.color, markersize=4, alpha=0.4)
        axes.plot([low, high], [place, place], color=style.color, linewidth=2.2, linestyle="-")
        axes.plot([mean], [place], style.marker, color=style.color, markersize=8)
    if paper:
        place = places["gtn", "top"]
        axes.plot([PAPER_TOP], [place], "|", color=MUTED, markersize=22, markeredgewidth=3)
        axes.annotate("the paper", (PAPER_TOP, place - 0.45), ha="center", va="bottom", fontsize=8, color=MUTED)
    words = {"all": "all", "top": "better half"}
    axes.set_yticks(list(places.values()), [f"{words[part]}: {TITLES[name]}" for name, part in places])
    axes.axvline(0, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.set(ylim=(5.6, -0.6), xlim=(min(-0.1, axes.get_xlim()[0]), 1.02), xlabel="rank correlation with long training")
    axes.grid(visible=False, axis="y")
    announce(figure, outcomes[0].data)
    return figure


@styled
def search(outcomes: Sequence[Outcome]) -> Figure:
    """What random search by each estimate finds, against the steps spent on candidates.

    What the teacher cost, and the rates learned for real data, is not counted: it is spent once, before the search.

    Args:
        outcomes: one a seed, of one condition of :mod:`aiga.gtn.nas`.
    """
    figure, axes = sheet(height=3.6)
    for name in ESTIMATES:
        curve(axes, outcomes, f"search_{name}", label=TITLES[name], as_=LOOKS[name])
    for metric, words in (("best", "the truly best"), ("typical", "guessing")):
        height = float(np.mean([each.metrics[metric] for each in outcomes]))
        axes.axhline(height, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
        axes.annotate(words, (0.99, height), (0, 3), ("axes fraction", "data"), "offset points", ha="right", fontsize=8)
    axes.set_xscale("log")
    axes.set_ylabel("true accuracy of the find\n(fraction of test images)")
    figure.legend(loc="outside upper left", ncols=3, fontsize=8.5)
    announce(figure, outcomes[0].data)
    return figure


@styled
def unseen(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Accuracy of learners of all kinds after the lessons of each teacher, the mean over seeds with its interval.

    Args:
        outcomes: for each condition of :mod:`aiga.gtn.unseen`, one outcome a seed.
    """
    figure, axes = sheet(height=4.6)
    words = {"one_width": "teacher of one learner", "random_widths": "of random widths", "real": "real data"}
    for shift, (condition, group) in zip((-0.22, 0.0, 0.22), outcomes.items(), strict=True):
        style = LOOKS[condition]
        for place, kind in enumerate(KINDS):
            mean, low, high = interval([each.metrics[kind] for each in group])
            height = place + shift
            axes.plot([low, high], [height, height], color=style.color, linewidth=2, linestyle="-")
            label = words[condition] if place == 0 else None
            axes.plot([mean], [height], style.marker, color=style.color, markersize=6, label=label)
    axes.axvline(0.1, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.set_yticks(range(len(KINDS)), [each.replace("_", " ") for each in KINDS])
    axes.set(ylim=(len(KINDS) - 0.5, -0.6), xlim=(0, 1), xlabel="test images named after the lessons (fraction)")
    axes.annotate("guessing", (0.1, len(KINDS) - 0.6), (3, 0), textcoords="offset points", fontsize=8)
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside upper left", ncols=3, fontsize=8.5)
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure


@styled
def photographs(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Accuracy on photographs against inner steps, generated data and real data.

    Args:
        outcomes: for the conditions of :mod:`aiga.gtn.cifar`, ``gtn`` and ``real``, one outcome a seed.
    """
    figure, axes = sheet(height=3.2)
    for name, group in outcomes.items():
        label = TITLES["gtn"] if name == "gtn" else "real data, learned rates"
        curve(axes, group, "inner", label=label, as_=LOOKS[name])
    axes.set_ylim(bottom=0)
    axes.axhline(0.1, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.annotate("guessing", (0.99, 0.1), (0, 3), ("axes fraction", "data"), "offset points", ha="right", fontsize=8)
    axes.legend(loc="lower right", fontsize=8.5)
    data = next(iter(outcomes.values()))[0].data
    axes.set_title(f"{data.name}: {data.detail}", fontsize=9)
    announce(figure, data)
    return figure
