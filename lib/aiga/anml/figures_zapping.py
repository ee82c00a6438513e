"""Figure of the resets: takes results and returns a figure; nothing is trained or read from disk here."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiga.experiment import Outcome
from aiga.viz import announce, floor, interval, sheet, styled
from aiga.viz.style import BLUE, INK, MUTED, ORANGE

TRAININGS = {
    "iid": "i.i.d.",
    "asb": "sequence and batch,\nalternating",
    "meta_asb": "the same,\nmeta-learned",
}

AUTHORS: dict[str, dict[str, float]] = {
    "sequential": {
        "iid": 0.419,
        "iid_zap": 0.564,
        "asb": 0.426,
        "asb_zap": 0.570,
        "meta_asb": 0.422,
        "meta_asb_zap": 0.675,
    },
    "shuffled": {
        "iid": 0.69,
        "iid_zap": 0.78,
        "asb": 0.70,
        "asb_zap": 0.78,
        "meta_asb": 0.69,
        "meta_asb_zap": 0.78,
    },
}
"""The authors' own figures for 600 characters, read off the vector paths of the plots in ``higherANML``'s notebooks
(to 0.3 points on the left, to a point on the right); whether the paper's tables say the same was not checked."""

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
    missing = [name for name in AUTHORS["sequential"] if not outcomes.get(name)]
    if missing:
        raise ValueError(f"no outcomes of {', '.join(missing)}: the figure shows every condition of anml.zapping")
    figure, panels = sheet(1, 2, height=3.6, sharey=True)
    for panel, (metric, title) in zip(panels, _PANELS.items(), strict=True):
        for place, training in enumerate(TRAININGS):
            for shift, suffix, colour, hatch in ((-0.2, "", BLUE, ""), (0.2, "_zap", ORANGE, "///")):
                name = f"{training}{suffix}"
                values = [outcome.metrics[metric] for outcome in outcomes[name]]
                _bar(panel, place + shift, values, colour, hatch)
                panel.plot(
                    [place + shift - 0.17, place + shift + 0.17], [AUTHORS[metric][name]] * 2, color=INK, linestyle=":"
                )
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


def _bar(panel: Axes, place: float, values: Sequence[float], colour: str, hatch: str) -> None:
    """The mean as a bar, its 95 % interval as a whisker, each seed as a dot."""
    mean, low, high = interval(values)
    panel.bar([place], [mean], width=0.36, color=colour, alpha=0.75, hatch=hatch, edgecolor="white")
    panel.plot([place, place], [low, high], color=INK, linewidth=1.4, linestyle="-")
    spread = np.linspace(-0.06, 0.06, len(values)) if len(values) > 1 else [0.0]
    panel.plot(place + np.asarray(spread), values, marker="o", markersize=3, color=MUTED, linestyle="")
