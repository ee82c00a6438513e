"""Figure of MAML: takes results and returns a figure; nothing is trained or read from disk here."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from aiga.anml.looks import look
from aiga.experiment import Outcome
from aiga.viz import announce, curve, floor, sheet, styled


@styled
def learning(outcomes: Mapping[str, Sequence[Outcome]], *, ways: int = 5) -> Figure:
    """How fast each network learns new characters: during training, and step by step in the test.

    Args:
        outcomes: for each condition of ``anml.maml`` that is to be shown, one a seed.
        ways: characters in a task.
    """
    figure, (during, after) = sheet(1, 2, height=3.5, sharey=True)
    names = {"maml": "MAML", "first_order": "first order", "pretrained": "pretrained", "untrained": "untrained"}
    for condition, group in outcomes.items():
        if condition in ("maml", "first_order"):
            curve(during, group, "accuracy", label=names[condition], as_=look(condition))
        curve(after, group, "steps", label=names[condition], as_=look(condition))
    during.set(xscale="log", title="meta-training: after the inner loop", ylabel="queries named correctly (fraction)")
    after.set(title="test: new characters, one drawing of each", ylabel="")
    after.set_xticks(range(len(next(iter(outcomes.values()))[0].curves["steps"].x)))
    for panel in (during, after):
        floor(panel, 1 / ways, "guessing")
    during.set_ylim(0, 1)
    handles, labels = after.get_legend_handles_labels()
    figure.legend(handles, labels, ncols=len(outcomes), loc="outside upper right", fontsize=9)
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure
