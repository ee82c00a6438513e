"""The Synthetic Petri Dish: what each method says about the motifs, and how well it ranks them.

Each function takes results and returns a figure; nothing is trained or read from disk here. Alt text, for whoever
cannot see the figure, is in each docstring.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from aiga.experiment import Outcome
from aiga.viz import Look, announce, interval, sheet, styled
from aiga.viz.style import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, VERMILION

_LOOKS = {
    "petri": Look(BLUE, "-", "o"),
    "unlearned": Look(PURPLE, (0, (5, 1)), "v"),
    "predictor": Look(VERMILION, "--", "^"),
    "polynomial": Look(GREEN, "-.", "s"),
    "few_steps": Look(ORANGE, ":", "D"),
}


@styled
def judgements(outcomes: Mapping[str, Sequence[Outcome]], *, known_below: float) -> Figure:
    """The truth about every slope and what each method says of it, each method a panel, each seed a line.

    Judgements are shifted and scaled to the truth, of methods that were shown some of it on the known slopes, of the
    others on all; a triangle marks what each calls the best.

    Alt text: One panel for each method, loss against the slope of the sigmoid, both axes logarithmic. The truth, grey,
    falls, is least at a slope of about 2 to 3 and rises again. Left of the dashed line, where the truth was shown, the
    dish, polynomial and predictor follow it; right of it the dish and the polynomial turn upwards soon after the best
    slope, the predictor keeps falling.

    Args:
        outcomes: for each label, the outcomes of one condition of the experiment, one a seed.
        known_below: where the known slopes end (``config.task.known_below``).
    """
    columns = min(3, len(outcomes))
    rows = -(-len(outcomes) // columns)
    figure, axes = sheet(rows, columns, height=0.7 + 2.3 * rows, sharex=True, sharey=True, squeeze=False)
    for panel, (label, group) in zip(axes.flat, outcomes.items(), strict=False):
        style = _LOOKS[group[0].condition]
        for each in group:
            real, said = each.curves["truth"], each.curves["judged"]
            best = int(np.argmin(said.y))
            panel.plot(real.x, real.y, color=MUTED, linewidth=1.0, linestyle="-")
            panel.plot(said.x, said.y, color=style.color, linestyle=style.linestyle, linewidth=1.2)
            panel.plot([said.x[best]], [said.y[best]], color=style.color, marker="v", markersize=6, linestyle="")
        panel.axvline(known_below, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
        panel.set(title=label, xscale="log", yscale="log", ylim=(0.1, 8))
        panel.yaxis.set_minor_formatter(NullFormatter())
    for panel in axes.flat[len(outcomes) :]:
        panel.set_axis_off()
    for panel in axes[-1]:
        panel.set_xlabel("slope of the sigmoid")
    for panel in axes[:, 0]:
        panel.set_ylabel("loss (nats)")
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure


@styled
def ranking(outcomes: Mapping[str, Sequence[Outcome]], *, metric: str = "rank") -> Figure:
    """How well each method ranks the motifs: each seed a small mark, the mean and its 95 % interval.

    Alt text: Dot plot with a row for each method on an axis of rank correlation from -1 to 1. The learned dish is
    highest, close to 1, the polynomial a little lower, the dish before learning and real data for few steps follow,
    and the neural predictor is below zero.

    Args:
        outcomes: for each label, the outcomes of one condition of the experiment, one a seed.
        metric: ``rank``, or ``rank_new`` for motifs whose truth was not shown.
    """
    figure, axes = sheet(height=0.9 + 0.45 * len(outcomes))
    for place, group in enumerate(outcomes.values()):
        style, values = _LOOKS[group[0].condition], [each.metrics[metric] for each in group]
        mean, low, high = interval(values)
        axes.plot(
            values, [place] * len(values), marker=style.marker, markersize=4, alpha=0.4, color=style.color, linestyle=""
        )
        axes.plot([low, high], [place, place], color=style.color, linewidth=2.2, linestyle="-")
        axes.plot([mean], [place], marker=style.marker, markersize=8, color=style.color, linestyle="")
    axes.axvline(0, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.set_yticks(range(len(outcomes)), list(outcomes))
    axes.set(xlim=(-1.05, 1.05), ylim=(len(outcomes) - 0.5, -0.5))
    axes.set_xlabel("Spearman's rank correlation with long training")
    axes.grid(visible=False, axis="y")
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure
