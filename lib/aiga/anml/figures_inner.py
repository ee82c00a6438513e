"""Figure of other inner loops: takes results and returns a figure; nothing is trained or read from disk here."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiga.experiment import Outcome
from aiga.viz import Look, announce, interval, sheet, styled
from aiga.viz.style import BLUE, CARD, INK, MUTED

_LOOK = Look(BLUE, "-", "o")


@styled
def inner_loops(outcomes: Mapping[str, Sequence[Outcome]], *, classes: int) -> Figure:
    """What is left after learning in sequence, and shuffled, for networks meta-trained with another inner loop.

    Args:
        outcomes: for each label, the outcomes of one condition of ``anml.continual``, one a seed.
        classes: after how many classes.
    """
    figure, axes = sheet(height=1.35 + 0.55 * len(outcomes))
    for place, group in enumerate(outcomes.values()):
        shuffled, sequential = (
            [each.metrics[f"{metric}_{classes}"] for each in group] for metric in ("oracle", "accuracy")
        )
        marked(axes, shuffled, place - 0.14, _LOOK, filled=False)
        marked(axes, sequential, place + 0.14, _LOOK, filled=True)
    handles = [
        axes.plot([], [], marker="o", markersize=8, color=MUTED, markerfacecolor=face, linestyle="")[0]
        for face in (CARD, MUTED)
    ]
    guessing(axes, 1 / classes)
    axes.set_yticks(range(len(outcomes)), list(outcomes))
    axes.set(ylim=(len(outcomes) - 0.5, -0.5), xlim=(0, 1))
    axes.set_xlabel(f"held-out drawings named after {classes} characters (fraction)")
    axes.grid(visible=False, axis="y")
    figure.legend(handles, ["shuffled", "one after another"], loc="outside upper right", ncols=2, fontsize=8.5)
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure


def marked(axes: Axes, values: Sequence[float], height: float, look: Look, *, filled: bool) -> None:
    """A group's mean as a marker at this height, its 95 % interval as a bar, its seeds as dots."""
    mean, low, high = interval(values)
    axes.plot([low, high], [height] * 2, color=look.color, linewidth=2, linestyle="-")
    axes.plot(values, [height] * len(values), marker=".", markersize=4, color=INK, alpha=0.5, linestyle="")
    face = look.color if filled else CARD
    axes.plot([mean], [height], marker=look.marker, markersize=8, markerfacecolor=face, color=look.color, linestyle="")


def guessing(axes: Axes, chance: float) -> None:
    """An upright line where guessing ends up."""
    axes.axvline(chance, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.annotate(
        "chance", (chance, 0), (4, 4), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=8
    )
