"""What weight normalisation does to meta-gradients: the map without training, and the sweep.

Each function takes results and returns a figure; nothing is trained or read from disk here. Alt text, for whoever
cannot see the figure, is in each docstring.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from aiga.experiment import Data, Outcome
from aiga.viz import Look, announce, interval, sheet, styled
from aiga.viz.style import BLUE, ORANGE

_LOOKS = {"weight_norm": Look(BLUE, "-", "o"), "plain": Look(ORANGE, "--", "s")}
_NAMES = {"weight_norm": "with weight normalisation", "plain": "without"}


@styled
def norm_map(norms: Mapping[int, Mapping[str, Tensor]], *, rates: Sequence[float], data: Data) -> Figure:
    """The norm of the meta-gradient against the inner rate, a panel for each number of inner steps.

    The line is the median over seeds, marks are seeds. A line ends where any seed is no longer a number.

    Alt text: Panels side by side, one for each number of inner steps; the meta-gradient's norm, logarithmic, against
    the inner rate, logarithmic. Both lines begin together at small rates. The one without weight normalisation turns
    steeply upwards and ends at a rate about three times smaller than the other, earlier where there are more steps.

    Args:
        norms: for each number of inner steps and each condition, what :func:`aiga.gtn.stability.norms` returns.
        rates: the inner rates that it was given.
        data: what the map was made with.
    """
    figure, axes = sheet(1, len(norms), height=3.4, sharex=True, sharey=True, squeeze=False)
    for panel, (steps, groups) in zip(axes[0], norms.items(), strict=True):
        for condition, found in groups.items():
            values = found.detach().cpu().double().numpy()  # (rates, seeds)
            fine = np.isfinite(values).all(1)
            style = _LOOKS[condition]
            x = np.asarray(rates)[fine]
            panel.plot(x, values[fine], color=style.color, marker=style.marker, markersize=3, alpha=0.4, linestyle="")
            panel.plot(
                x,
                np.median(values[fine], 1),
                color=style.color,
                linestyle=style.linestyle,
                marker=style.marker,
                label=_NAMES[condition],
            )
        panel.set(xscale="log", yscale="log", title=f"{steps} inner steps", xlabel="inner rate")
        panel.set_ylim(1e-2, 1e6)
        panel.set_xlim(0.8 * min(rates), 1.25 * max(rates))
    axes[0, 0].set_ylabel("norm of the meta-gradient\n(for the inner images)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    announce(figure, data)
    return figure


@styled
def sweep(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Accuracy of each draw of hyper-parameters with and without weight normalisation, the same draw joined.

    Alt text: Two columns of dots, without and with weight normalisation, accuracy upwards; a thin line joins the two
    dots of each draw; crosses are runs that diverged. Bars are means and 95 % intervals.

    Args:
        outcomes: for ``plain`` and ``weight_norm`` the outcomes of the experiment, with the same seeds.

    Raises:
        ValueError: the two conditions have other seeds.
    """
    groups = [outcomes["plain"], outcomes["weight_norm"]]
    if [each.seed for each in groups[0]] != [each.seed for each in groups[1]]:
        seeds = [[each.seed for each in group] for group in groups]
        raise ValueError(f"expected the same seeds for both conditions, since draws are compared, got {seeds}")
    figure, axes = sheet(height=3.4)
    values = np.array([[each.metrics["accuracy"] for each in group] for group in groups])  # (2, seeds)
    axes.plot([0, 1], values, color="0.6", linewidth=0.8, linestyle="-")
    for place, group in enumerate(groups):
        style = _LOOKS[group[0].condition]
        for each in group:
            mark = "x" if each.metrics["diverged"] else style.marker
            axes.plot([place], [each.metrics["accuracy"]], marker=mark, markersize=6, color=style.color, linestyle="")
        mean, low, high = interval(values[place])
        shift = -0.15 if place == 0 else 1.15
        axes.errorbar(
            [shift], [mean], yerr=[[mean - low], [high - mean]], color=style.color, marker=style.marker, capsize=4
        )
    axes.set_xticks([0, 1], [_NAMES["plain"], _NAMES["weight_norm"]])
    axes.set(xlim=(-0.5, 1.5), ylim=(0, 1))
    axes.set_ylabel("accuracy on test images (fraction)")
    axes.grid(visible=False, axis="x")
    announce(figure, groups[0][0].data)
    return figure
