"""What the gate does to the units, and characters taught one after another.

Each function takes results and returns a figure; nothing is trained or read from disk here.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from aiga.anml import reported
from aiga.anml.analysis import ACTIVE, Representation, sparsity
from aiga.anml.figures_inner import guessing, marked
from aiga.anml.looks import look
from aiga.experiment import Data, Outcome
from aiga.viz import announce, floor, interval, sheet, styled
from aiga.viz.style import BLUE, CARD, INK, MUTED, ORANGE, VERMILION

_BEFORE, _AFTER = (ORANGE, "--"), (BLUE, "-")


@styled
def active_units(seen: Sequence[Representation], *, data: Data, paper: bool = True) -> Figure:
    """How strongly units respond before and after the gate, and how many count as active (fig. 5).

    Args:
        seen: what each seed's network makes of the same drawings.
        data: what the drawings are.
        paper: whether to show the paper's fractions of active units.
    """
    figure, (left, right) = sheet(1, 2, height=3.6, width_ratios=[1.6, 1])
    edges = np.logspace(-5, 1.5, 66)
    for name, (color, linestyle) in (("hidden", _BEFORE), ("embedded", _AFTER)):
        shares = []
        for each in seen:
            values = getattr(each, name).detach().cpu().flatten().numpy()
            clipped = values[values > 0].clip(edges[0], edges[-1])
            shares.append(np.histogram(clipped, edges)[0] / values.size)
        mean, low, high = interval(shares)
        label = "before the gate" if name == "hidden" else "after the gate"
        left.stairs(mean, edges, color=color, linestyle=linestyle, linewidth=1.8, label=label)
        left.fill_between(edges[:-1], low.clip(0), high, step="post", color=color, alpha=0.2, linewidth=0)
    left.axvline(ACTIVE, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    left.annotate(
        "active", (ACTIVE, 1), (4, -9), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=8
    )
    left.set(xscale="log", xlabel="activation of a unit (exact zeros not shown)", ylabel="units x drawings (fraction)")
    left.set_ylim(bottom=0)
    found = [sparsity(each) for each in seen]
    bars = (
        ("before", [each.active_before_gate for each in found], _BEFORE[0], "//", reported.PAPER_ACTIVE["before"]),
        ("after", [each.active_after_gate for each in found], _AFTER[0], "", reported.PAPER_ACTIVE["after"]),
    )
    for place, (_, values, color, hatch, published) in enumerate(bars):
        mean, low, high = interval(values)
        right.bar(place, mean, width=0.6, color=color, hatch=hatch, edgecolor=CARD)
        right.errorbar([place], [mean], yerr=[[mean - low], [high - mean]], color=INK, capsize=4, linestyle="")
        right.plot([place] * len(values), values, marker=".", color=INK, alpha=0.5, linestyle="")
        if paper:
            right.plot([place - 0.38, place + 0.38], [published] * 2, color=VERMILION, linestyle=(0, (2, 1)))
    right.set_xticks([0, 1], ["before\nthe gate", "after\nthe gate"])
    right.set(ylim=(0, 1), ylabel=f"units active (fraction above {ACTIVE})", xlim=(-0.6, 1.6))
    handles, labels = left.get_legend_handles_labels()
    if paper:
        handles.append(right.plot([], [], color=VERMILION, linestyle=(0, (2, 1)))[0])
        labels.append("the paper")
    figure.legend(handles, labels, loc="outside upper right", ncols=3)
    announce(figure, data)
    return figure


@styled
def activity_by_class(seen: Representation, images: Tensor, classes: Sequence[int], *, data: Data) -> Figure:
    """The mean activity of all units for some characters, before the gate, in the gate and after it.

    Args:
        seen: what one network makes of the drawings.
        images: the drawings, ink = 1, ``(classes, drawers, side, side)``.
        classes: which characters, a column each.
        data: what the drawings are.
    """
    parts = (
        ("before\nthe gate", seen.hidden, None),
        ("the gate", seen.gate, 1.0),
        ("after\nthe gate", seen.embedded, None),
    )
    figure, axes = sheet(4, len(classes), height=4.9, squeeze=False)
    for column, which in zip(axes.T, classes, strict=True):
        _picture(column[0], images[which, 0], "Greys", 0, 1)
        for panel, (_, values, top) in zip(column[1:], parts, strict=True):
            mean = values.mean(1)
            _picture(panel, as_rectangle(mean[which]), "cividis", 0, top or float(mean[list(classes)].max()))
    axes[0, 0].set_ylabel("one drawing", fontsize=9)
    for row, (text, _, _) in zip(axes[1:], parts, strict=True):
        row[0].set_ylabel(text, fontsize=9)
        bar = figure.colorbar(row[-1].images[0], ax=list(row), shrink=0.8, aspect=12, pad=0.01)
        bar.ax.tick_params(labelsize=8)
    figure.suptitle("mean activation of each unit over a character's drawings, one unit a pixel", fontsize=10)
    announce(figure, data)
    return figure


def as_rectangle(units: Tensor) -> NDArray[np.float64]:
    """A vector of units as a picture, as square as its length allows: ``(F,)`` to ``(rows, columns)``."""
    values: NDArray[np.float64] = units.detach().cpu().double().numpy()
    rows = next(rows for rows in range(math.isqrt(len(values)), 0, -1) if len(values) % rows == 0)
    return values.reshape(rows, -1)


def _picture(panel: Axes, picture: Tensor | NDArray[np.float64], colours: str, low: float, high: float) -> None:
    panel.imshow(
        np.asarray(picture), cmap=colours, vmin=low, vmax=high, aspect="equal" if colours == "Greys" else "auto"
    )
    panel.set(xticks=[], yticks=[])
    panel.grid(visible=False)


@styled
def neighbours(outcomes: Mapping[str, Sequence[Outcome]], *, chance: float, paper: bool = True) -> Figure:
    """Held-out drawings whose five nearest neighbours are of their class, before and after the gate (sec. 4.2).

    Args:
        outcomes: for each label, the outcomes of one condition, one a seed, with ``knn_ungated`` and ``knn_gated``.
        chance: what guessing gives: one in the number of classes.
        paper: whether to show the paper's two values.
    """
    figure, axes = sheet(height=1.35 + 0.62 * len(outcomes))
    for place, group in enumerate(outcomes.values()):
        style = look(group[0].condition)
        gated = all("knn_gated" in each.metrics for each in group)
        marks = (("knn_ungated", -0.14), ("knn_gated", 0.14))
        for metric, shift in marks if gated else (("knn_ungated", 0.0),):
            values = [each.metrics[metric] for each in group]
            marked(axes, values, place + shift, style, filled=metric == "knn_gated")
    shown = {"ungated": (":", "the paper, before"), "gated": ("--", "the paper, after")} if paper else {}
    handles = [
        axes.plot([], [], marker="o", markersize=8, color=MUTED, markerfacecolor=CARD, linestyle="")[0],
        axes.plot([], [], marker="o", markersize=8, color=MUTED, linestyle="")[0],
        *(axes.axvline(reported.PAPER_KNN[name], color=MUTED, linestyle=line) for name, (line, _) in shown.items()),
    ]
    labels = ["before the gate (or no gate)", "after it", *(text for _, text in shown.values())]
    guessing(axes, chance)
    axes.set_yticks(range(len(outcomes)), list(outcomes))
    axes.set(ylim=(len(outcomes) - 0.5, -0.5), xlim=(0, 1))
    axes.set_xlabel("held-out drawings named by their 5 nearest neighbours (fraction)")
    axes.grid(visible=False, axis="y")
    figure.legend(handles, labels, loc="outside upper right", ncols=4, fontsize=8.5)
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure


@styled
def taught(matrices: Mapping[str, Tensor], images: Tensor, *, data: Data) -> Figure:
    """Characters taught one after another: who is still known after each, a panel a network.

    Args:
        matrices: for each title the fraction of each character's held-out drawings named correctly,
            ``(taught so far, character)``, NaN where it has not been taught yet.
        images: one drawing of each character in the order of teaching, ink = 1, ``(characters, side, side)``.
        data: what the drawings are.
    """
    count = len(images)
    figure, axes = sheet(1, len(matrices), height=1.0 + 3.1, sharey=True, squeeze=False)
    for panel, (title, matrix) in zip(axes[0], matrices.items(), strict=True):
        values = matrix.detach().cpu().numpy()
        panel.imshow(values, cmap="cividis", vmin=0, vmax=1, aspect="auto")
        for row, column in np.argwhere(~np.isnan(values)):
            value = values[row, column]
            color = INK if value > 0.55 else CARD
            panel.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=7.5, color=color)
        for place, image in enumerate(images.detach().cpu().numpy()):
            corner = panel.inset_axes([place / count, 1.01, 1 / count, 0.11])
            corner.imshow(image, cmap="Greys", vmin=0, vmax=1)
            corner.axis("off")
        panel.set_xticks(range(count), [str(number + 1) for number in range(count)])
        panel.set(xlabel="character")
        panel.set_title(title, pad=30)
        panel.grid(visible=False)
    axes[0, 0].set_yticks(range(count), [str(number + 1) for number in range(count)])
    axes[0, 0].set_ylabel("characters taught so far")
    bar = figure.colorbar(axes[0, -1].images[0], ax=list(axes[0]), shrink=0.8)
    bar.set_label("held-out drawings named (fraction)", fontsize=9)
    announce(figure, data)
    return figure


@styled
def by_order(taught: Mapping[str, Tensor], *, chance: float, data: Data) -> Figure:
    """How well each character is known at the end, from the one taught first to the one taught last.

    Args:
        taught: for each panel's title the accuracy on each character, in the order of teaching.
        chance: what guessing gives.
        data: what the drawings are.
    """
    figure, axes = sheet(len(taught), 1, height=0.7 + 1.2 * len(taught), sharex=True, sharey=True, squeeze=False)
    for panel, (title, accuracy), color in zip(axes[:, 0], taught.items(), (ORANGE, BLUE, MUTED), strict=False):
        values = accuracy.detach().cpu().numpy()
        panel.bar(np.arange(len(values)) + 1, values, color=color, width=0.75)
        floor(panel, chance, "guessing")
        panel.set(ylim=(0, 1.02), title=title)
        panel.set_ylabel("named\n(fraction)")
        panel.grid(visible=False, axis="x")
    axes[-1, 0].set_xlabel("character, in the order of teaching")
    axes[-1, 0].set_xticks([1, *range(5, len(values) + 1, 5)])
    announce(figure, data)
    return figure
