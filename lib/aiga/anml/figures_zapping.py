"""Figure and table of the resets: results in, what is shown out; nothing is trained or read from disk here."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiga.anml.reported import ZAPPING_600
from aiga.experiment import Outcome
from aiga.viz import announce, floor, interval, sheet, styled
from aiga.viz.style import BLUE, INK, MUTED, ORANGE

TRAININGS = {
    "iid": "i.i.d.",
    "asb": "sequence and batch,\nalternating",
    "meta_asb": "the same,\nmeta-learned",
}

_PANELS = {
    "sequential": "one after another, last layer only",
    "shuffled": "shuffled, all layers",
}


@styled
def resets(outcomes: Mapping[str, Sequence[Outcome]], *, classes: int) -> Figure:
    """What the resets during training do for learning new characters afterwards, in two ways of learning them.

    Args:
        outcomes: for each condition of ``anml.zapping`` one a seed.
        classes: new characters that were learned.

    Raises:
        ValueError: a condition is missing.
    """
    missing = [name for name in ZAPPING_600["sequential"] if not outcomes.get(name)]
    if missing:
        raise ValueError(f"no outcomes of {', '.join(missing)}: the figure shows every condition of anml.zapping")
    figure, panels = sheet(1, 2, height=3.6, sharey=True)
    for panel, (metric, title) in zip(panels, _PANELS.items(), strict=True):
        for place, training in enumerate(TRAININGS):
            for shift, suffix, colour, hatch in ((-0.2, "", BLUE, ""), (0.2, "_zap", ORANGE, "///")):
                name = f"{training}{suffix}"
                values = [outcome.metrics[metric] for outcome in outcomes[name]]
                _bar(panel, place + shift, values, colour, hatch)
                reported = ZAPPING_600[metric][name]
                panel.hlines(reported, place + shift - 0.17, place + shift + 0.17, color=INK, linestyle=":")
        floor(panel, 1 / classes, "guessing")
        panel.set_title(title)
        panel.set_xticks(range(len(TRAININGS)), list(TRAININGS.values()), fontsize=8.5)
        panel.grid(visible=False, axis="x")
    panels[0].set_ylabel(f"held-out drawings named,\n{classes} new characters (fraction)")
    panels[0].set_ylim(0, 1)
    handles = [
        panels[0].bar([0], [0], color=BLUE, alpha=0.75),
        panels[0].bar([0], [0], color=ORANGE, alpha=0.75, hatch="///", edgecolor="white"),
        panels[0].plot([], [], color=INK, linestyle=":")[0],
    ]
    labels = ["without resets", "with resets", "the authors, 600 characters, full-size network"]
    figure.legend(handles, labels, ncols=3, loc="outside upper right", fontsize=8.5)
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure


def gains(outcomes: Mapping[str, Sequence[Outcome]]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Head and rows of a table: what resets add to each training, here and in the authors' runs, in points.

    Args:
        outcomes: for each condition of ``anml.zapping`` one a seed; compared seed by seed, with 95 % intervals.
    """
    head = ("training", *(f"{where}: {whose}" for where in _PANELS.values() for whose in ("here", "the authors")))
    rows = []
    for training, label in TRAININGS.items():
        cells = [label.replace("\n", " ")]
        for metric in _PANELS:
            without, reset = (
                {each.seed: each.metrics[metric] for each in outcomes[name]} for name in (training, f"{training}_zap")
            )
            mean, low, high = interval([100 * (reset[seed] - without[seed]) for seed in without.keys() & reset.keys()])
            authors = 100 * (ZAPPING_600[metric][f"{training}_zap"] - ZAPPING_600[metric][training])
            cells += [f"{mean:+.1f} ({low:+.1f} to {high:+.1f})", f"{authors:+.0f}"]
        rows.append(tuple(cells))
    return head, tuple(rows)


def _bar(panel: Axes, place: float, values: Sequence[float], colour: str, hatch: str) -> None:
    """The mean as a bar, its 95 % interval as a whisker, each seed as a dot."""
    mean, low, high = interval(values)
    panel.bar([place], [mean], width=0.36, color=colour, alpha=0.75, hatch=hatch, edgecolor="white")
    panel.plot([place, place], [low, high], color=INK, linewidth=1.4, linestyle="-")
    spread = np.linspace(-0.06, 0.06, len(values)) if len(values) > 1 else [0.0]
    panel.plot(place + np.asarray(spread), values, marker="o", markersize=3, color=MUTED, linestyle="")
