"""Where the errors of the fifty-bit task are: on the pattern shown first, on the one shown last, or on both."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from aiga.experiment import Outcome
from aiga.plasticity import binary
from aiga.viz import look, sheet, styled
from aiga.viz.style import INK, MUTED


@styled
def by_probe(panels: Mapping[str, Mapping[str, Sequence[Outcome]]], config: binary.Config) -> Figure:
    """Error on the pattern shown first against error on the pattern shown last, a panel a run, a mark a network.

    Args:
        panels: for each title, for each label in the legend, the outcomes of one condition, one a seed.
        config: the task.
    """
    figure, axes = sheet(1, len(panels), height=3.9, sharex=True, sharey=True, squeeze=False)
    guess = config.guessing
    labels = {}
    for panel, (title, groups) in zip(axes[0], panels.items(), strict=True):
        total = 2 * config.last_only  # the sum of the two errors where their mean is that floor
        panel.plot([total, 0], [0, total], color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
        panel.annotate(
            f"{config.last_only:g} on average", (total / 2, total / 2), (4, 4), textcoords="offset points", fontsize=8
        )
        for (x, y), text, shift in (
            ((0, 0), "recalls both", (9, 7)),
            ((0, guess), "holds the last", (9, 5)),
            ((guess, guess), "guesses", (-44, -15)),
        ):
            panel.plot([x], [y], marker="o", markersize=15, markerfacecolor="none", color=MUTED, linestyle="")
            panel.annotate(text, (x, y), shift, textcoords="offset points", fontsize=8, color=MUTED)
        for label, group in groups.items():
            style = look(group[0].condition)
            (labels[label],) = panel.plot(
                [outcome.metrics["error_last"] for outcome in group],
                [outcome.metrics["error_first"] for outcome in group],
                marker=style.marker,
                markersize=6,
                markerfacecolor="none",  # marks on top of each other stay visible
                markeredgewidth=1.6,
                color=style.color,
                linestyle="",
            )
        panel.set(title=title, xlim=(-0.02, 0.28), ylim=(-0.02, 0.28), aspect="equal")
        panel.set_xlabel("wrong bits, probe shown last (fraction)")
    axes[0][0].set_ylabel("wrong bits, probe shown first (fraction)")
    figure.legend(labels.values(), labels.keys(), loc="outside upper right", ncols=len(labels))
    return figure
