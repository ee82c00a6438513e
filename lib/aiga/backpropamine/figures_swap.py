"""Pictures of networks with one another's modulators."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from aiga.viz import sheet, styled


@styled
def swaps(table: Tensor, names: Sequence[str]) -> Figure:
    """Late accuracy of each network with each network's modulator.

    Args:
        table: ``(n, n)``, a row a patient and a column a donor (:func:`aiga.backpropamine.swap.swapped`).
        names: of the networks, in the same order.

    Raises:
        ValueError: not one name for each network.
    """
    if table.shape != (len(names), len(names)):
        raise ValueError(f"expected a row and a column for each of {len(names)} names, got {tuple(table.shape)}")
    figure, axes = sheet(height=1.6 + 0.42 * len(names))
    # Half way is chance, so the colours part there; the numbers say the same in print.
    drawn = axes.imshow(table.numpy(), cmap="PuOr_r", vmin=0.0, vmax=1.0, aspect="auto")
    for row, line in enumerate(table.tolist()):
        for column, value in enumerate(line):
            ink = "white" if abs(value - 0.5) > 0.3 else "black"
            own = "bold" if row == column else "normal"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=9, fontweight=own, color=ink)
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="whose modulator", ylabel="whose network")
    axes.grid(visible=False)
    figure.colorbar(drawn, ax=axes, label="late accuracy (fraction; 0.5 is chance)")
    return figure
