"""What is left after many classes: accuracy, what the order costs, and whether the gate is needed.

Each function takes results and returns a figure; nothing is trained or read from disk here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiga.anml import reported
from aiga.anml.looks import look
from aiga.experiment import Data, Outcome
from aiga.viz import announce, curve, interval, sheet, styled
from aiga.viz.style import BLUE, INK, MUTED, ORANGE, Look

_TICKS = (10, 20, 50, 100, 200, 600)
_NAMES = {"anml": "ANML", "oml": "OML", "oml_last": "OML, last\nlayer"}


@styled
def forgetting(outcomes: Mapping[str, Sequence[Outcome]], *, paper: bool = True, oracles: bool = True) -> Figure:
    """Accuracy against the number of classes learned, on the drawings learned and on those held out (fig. 3).

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
        paper: whether to show the paper's values after 600 classes and the authors' replication.
        oracles: whether to show the same with shuffled drawings, faintly.
    """
    figure, (left, right) = sheet(1, 2, height=4.3, sharex=True, sharey=True)
    for label, group in outcomes.items():
        for panel, name in ((left, "seen"), (right, "held_out")):
            curve(panel, group, name, label=label, as_=look(group[0].condition))
            _marks(panel, group, name)
        if oracles and "oracle" in group[0].curves:
            _faint(right, group, "oracle")
    handles, labels = left.get_legend_handles_labels()
    if oracles:
        handles.append(
            right.plot([], [], color=MUTED, linewidth=1, marker="o", markersize=5, markerfacecolor="none")[0]
        )
        labels.append("same, drawings shuffled (the oracle)")
    if paper:
        handles_of_others, labels_of_others = _reported(left, right)
        handles += handles_of_others
        labels += labels_of_others
    _number_of_classes(left, outcomes, to=600 if paper else None)
    left.set(title="drawings it has learned", ylim=(0, 1.03), ylabel="drawings named correctly (fraction)")
    right.set(title="drawings it has not seen", ylabel="")
    right.set_xlabel("classes learned, one after another")
    figure.legend(handles, labels, loc="outside upper left", ncols=3, fontsize=8.5)
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure


def _marks(panel: Axes, group: Sequence[Outcome], name: str) -> None:
    """The condition's marker at each point of the mean curve."""
    style, drawn = look(group[0].condition), [each.curves[name] for each in group]
    mean = np.mean([each.y for each in drawn], axis=0)
    panel.plot(drawn[0].x, mean, color=style.color, marker=style.marker, markersize=4, linestyle="")


def _faint(panel: Axes, group: Sequence[Outcome], name: str) -> None:
    style, drawn = look(group[0].condition), [each.curves[name] for each in group]
    mean, low, high = interval([each.y for each in drawn])
    panel.errorbar(
        drawn[0].x,
        mean,
        yerr=[mean - low, high - mean],
        color=style.color,
        linestyle=style.linestyle,
        linewidth=0.9,
        elinewidth=0.9,
        marker=style.marker,
        markersize=5,
        markerfacecolor="none",
        alpha=0.75,
    )


def _reported(left: Axes, right: Axes) -> tuple[list[Any], list[str]]:
    """The numbers that others state; returned for the legend."""
    style: dict[str, Any] = {"markersize": 9, "markeredgewidth": 2, "linestyle": "", "zorder": 6}
    for condition, value in reported.PAPER_600.items():
        color = look(condition).color
        right.plot([600], [value], marker="x", color=color, **style)
        _beside(right, _NAMES[condition], value, color)
    right.plot([600], [reported.PAPER_ORACLE_600["anml"]], marker="+", color=look("anml").color, **style)
    authors = reported.REPLICATION[True, True]
    right.plot(list(authors), list(authors.values()), color=MUTED, linestyle=":", linewidth=2)
    left.plot([600], [reported.REPLICATION_SEEN_600[True, True]], marker=".", color=MUTED, linestyle="")
    handles: list[Any] = [
        right.plot([], [], marker="x", color=INK, **style)[0],
        right.plot([], [], marker="+", color=INK, **style)[0],
        right.plot([], [], marker=".", color=MUTED, linestyle=":", linewidth=2)[0],
    ]
    return handles, ["the paper, 600 classes", "the paper's ANML oracle", "the authors' replication of ANML"]


def _beside(panel: Axes, name: str, value: float, color: str) -> None:
    """The name of a value that is drawn at 600 classes, outside of the axes."""
    panel.annotate(
        name,
        (1, value),
        (4, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        fontsize=8,
        va="center",
        color=color,
        annotation_clip=False,
    )


def _number_of_classes(panel: Axes, outcomes: Mapping[str, Sequence[Outcome]], *, to: int | None) -> None:
    """A logarithmic axis whose ticks are numbers of classes."""
    lengths = [x for group in outcomes.values() for x in group[0].curves["held_out"].x]
    first, last = min(lengths), max(*lengths, to or 0)
    panel.set_xscale("log")
    panel.set_xlim(0.88 * first, 1.15 * last)
    ticks = [tick for tick in _TICKS if first <= tick <= last] or [int(first)]
    panel.set_xticks(ticks, [str(tick) for tick in ticks])
    panel.minorticks_off()
    panel.set_xlabel("classes learned, one after another")


@styled
def drops(outcomes: Mapping[str, Sequence[Outcome]], *, paper: bool = True) -> Figure:
    """How much of its own oracle's accuracy each condition loses to the order, against the number of classes (fig. 4).

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed; those without an oracle are
            left out.
        paper: whether to show the paper's drops after 600 classes.
    """
    figure, axes = sheet(height=3.8)
    lowest = 0.0
    with_oracle = {label: group for label, group in outcomes.items() if "oracle" in group[0].curves}
    for label, group in with_oracle.items():
        style = look(group[0].condition)
        lengths = group[0].curves["oracle"].x
        lost = np.array([[_drop(outcome, length) for length in lengths] for outcome in group])
        mean, low, high = interval(lost)
        lowest = min(lowest, float(mean.min()))
        axes.errorbar(
            lengths,
            mean,
            yerr=[mean - low, high - mean],
            color=style.color,
            linestyle=style.linestyle,
            marker=style.marker,
            capsize=3,
            label=label,
        )
        if len(group) > 1:
            axes.plot(lengths, lost.T, color=style.color, marker=style.marker, markersize=2.5, alpha=0.4, linestyle="")
    handles, labels = axes.get_legend_handles_labels()
    if paper:
        _paper_drops(axes)
        handles.append(axes.plot([], [], marker="x", markersize=9, markeredgewidth=2, color=INK, linestyle="")[0])
        labels.append("the paper, 600 classes")
    axes.axhline(0, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.annotate(
        "0: the order costs nothing",
        (0, 0),
        (4, -11),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        fontsize=8,
    )
    _number_of_classes(axes, with_oracle, to=600 if paper else None)
    axes.set_ylim(max(-1.0, min(-0.12, lowest - 0.05)), 1.05)  # untrained networks can gain any multiple of nothing
    axes.set_ylabel("lost to the order\n(1 - sequential / shuffled, fraction)")
    figure.legend(handles, labels, loc="outside upper left", ncols=4, fontsize=8.5)
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure


def _drop(outcome: Outcome, length: float) -> float:
    held_out, shuffled = outcome.curves["held_out"], outcome.curves["oracle"]
    return 1 - held_out.y[held_out.x.index(length)] / max(shuffled.y[shuffled.x.index(length)], 1e-9)


def _paper_drops(axes: Axes) -> None:
    for condition, name in (_NAMES | {"pretrain": "pretrain,\nscratch"}).items():
        value = reported.PAPER_DROP_600[condition]
        axes.plot([600], [value], marker="x", markersize=9, markeredgewidth=2, color=INK, linestyle="", zorder=6)
        _beside(axes, name, value, MUTED)


Cell = tuple[bool, bool]
"""With the gate or without, with the reset of the class's row or without."""


@styled
def gate_and_reset(panels: Mapping[str, Mapping[Cell, Sequence[float]]], *, y_label: str, data: Data) -> Figure:
    """Is the gate needed? Accuracy with and without the gate, with and without the reset of the class's row.

    Args:
        panels: for each title, the values of each (gate, reset), one a seed. A panel may lack some of the four.
        y_label: what the values are, and their unit.
        data: what was learned from.

    Raises:
        ValueError: there is nothing to draw.
    """
    if not panels:
        raise ValueError("no panels: expected a title with values of each (gate, reset), at least one")
    figure, axes = sheet(1, len(panels), height=3.7, sharey=True, squeeze=False)
    for panel, (title, cells) in zip(axes[0], panels.items(), strict=True):
        for gated, style, text in _GATES:
            _one_line(
                panel,
                {reset: cells[gated, reset] for reset in (False, True) if cells.get((gated, reset))},
                style,
                text,
                -0.05 if gated else 0.05,
            )
        panel.set(title=title, xlim=(-0.4, 1.4), ylim=(0, 1))
        panel.set_xticks([0, 1], ["row not reset", "row reset"])
    axes[0, 0].set_ylabel(y_label)
    named = {label: line for panel in axes[0] for line, label in zip(*panel.get_legend_handles_labels(), strict=True)}
    figure.legend(list(named.values()), list(named), loc="outside upper right", ncols=2)
    announce(figure, data)
    return figure


def _one_line(panel: Axes, found: Mapping[bool, Sequence[float]], style: Look, text: str, shift: float) -> None:
    """Means joined by a line, with intervals and each seed where there are several."""
    if not found:
        return
    mean, low, high = (np.array(each) for each in zip(*map(interval, found.values()), strict=True))
    several = max(map(len, found.values())) > 1
    for reset, values in found.items():
        if len(values) > 1:
            panel.plot(
                [reset + 3.2 * shift] * len(values),
                values,
                marker=style.marker,
                markersize=3,
                alpha=0.4,
                linestyle="",
                color=style.color,
            )
    panel.errorbar(
        [reset + shift for reset in found],
        mean,
        yerr=[mean - low, high - mean] if several else None,
        color=style.color,
        linestyle=style.linestyle,
        marker=style.marker,
        markersize=7,
        capsize=4,
        label=text,
    )


_GATES = ((True, Look(BLUE, "-", "o"), "with the gate"), (False, Look(ORANGE, "--", "s"), "without the gate"))


@styled
def learning(outcomes: Mapping[str, Sequence[Outcome]], *, name: str = "loss") -> Figure:
    """The course of meta-training.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed; those without the curve are
            left out (what was never trained has none).
        name: which curve.
    """
    figure, axes = sheet(height=3.5)
    for label, group in outcomes.items():
        if name in group[0].curves:
            curve(axes, group, name, label=label, as_=look(group[0].condition))
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    figure.legend(loc="outside upper right", ncols=3)
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure
