"""Figures of the photographs: each takes results and returns a figure; nothing is trained or read from disk here."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from aiga.experiment import Data, Outcome
from aiga.plasticity import images
from aiga.viz import announce, curve, floor, sheet, styled
from aiga.viz.style import INK, VERMILION


@styled
def reconstructions(
    drawn: images.Episodes,
    completed: Mapping[str, Tensor],
    config: images.Config,
    *,
    data: Data,
    episodes: Sequence[int] = (0, 1, 2, 3),
) -> Figure:
    """Episodes as rows: the photographs shown, half of one of them, what each network makes of it, and the target.

    Args:
        drawn: the episodes.
        completed: for each network's name its last activity, ``(B, pixels)``.
        config: the task.
        data: what the photographs are.
        episodes: which of the batch.
    """
    titles = [f"shown {place + 1}" for place in range(config.patterns)] + ["probe", *completed, "target"]
    figure, axes = sheet(len(episodes), len(titles), height=0.35 + 1.0 * len(episodes), squeeze=False)
    for row, episode in zip(axes, episodes, strict=True):
        target, visible = drawn.target[episode], drawn.visible[episode]
        pictures = [*drawn.patterns[episode], target * visible, *(each[episode] for each in completed.values()), target]
        for panel, picture in zip(row, pictures, strict=True):
            _picture(panel, picture.detach().cpu().view(config.side, config.side))
        for spine in row[int(drawn.probed[episode])].spines.values():  # which of them is asked for
            spine.set(visible=True, color=VERMILION, linewidth=2.2)
    for panel, title in zip(axes[0], titles, strict=True):
        panel.set_title(title, fontsize=9, loc="center")
    announce(figure, data)
    return figure


def _picture(panel: Axes, picture: Tensor, *, limit: float = 1.0, colours: str = "gray") -> None:
    panel.imshow(picture.numpy(), cmap=colours, vmin=-limit, vmax=limit)
    panel.set(xticks=[], yticks=[])
    panel.grid(visible=False)


@styled
def learning(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Error of the hidden pixels against episodes seen, with the two simple answers that need no memory or little.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
    """
    figure, axes = sheet(height=3.6)
    for label, group in outcomes.items():
        curve(axes, group, "error", label=label)
    everyone = [outcome for group in outcomes.values() for outcome in group]
    for name, meaning in (("error_of_blank", "mean grey"), ("error_of_mean", "mean of the three photographs")):
        value = float(np.mean([outcome.metrics[name] for outcome in everyone]))
        floor(axes, value, f"{meaning}: {value:.2f}")
    axes.set(xscale="log", ylabel="error of the hidden pixels\n(root mean square, grey levels)")
    axes.set_ylim(bottom=0)
    figure.legend(loc="outside upper right", ncols=len(outcomes))
    announce(figure, everyone[0].data)
    return figure


@styled
def connections(weight: Tensor, alpha: Tensor, config: images.Config, *, pixel: tuple[int, int]) -> Figure:
    """What one pixel receives from every pixel, as pictures, and how plastic connections are from row to row.

    Args:
        weight: ``(N, N)``, pre-synaptic index first.
        alpha: ``(N, N)``.
        config: the task.
        pixel: row and column of the receiving pixel in the first two pictures; the third is over all of them.
    """
    figure, axes = sheet(1, 3, height=3.4)
    row, column = pixel
    incoming = [
        matrix.detach().cpu()[: config.pixels, row * config.side + column].view(config.side, config.side)
        for matrix in (weight, alpha)
    ]
    titles = ("$w$ to one pixel", r"$\alpha$ to the same pixel", r"mean $\alpha$, row to row")
    for panel, picture, title in zip(axes, [*incoming, by_row(alpha, config)], titles, strict=True):
        _picture(panel, picture, limit=float(picture.abs().max()) or 1.0, colours="PuOr")
        panel.set_title(title)
        figure.colorbar(panel.images[0], ax=panel, location="bottom", shrink=0.85)
    for panel in axes[:2]:
        panel.plot([column], [row], marker="s", markersize=7, markerfacecolor="none", color=VERMILION)
    for panel in axes:
        panel.axhline(config.side / 2 - 0.5, color=INK, linewidth=0.9, linestyle="--")
    axes[2].axvline(config.side / 2 - 0.5, color=INK, linewidth=0.9, linestyle="--")
    axes[2].set(xlabel="to row", ylabel="from row")
    return figure


def by_row(matrix: Tensor, config: images.Config) -> Tensor:
    """Mean over all connections from the pixels of one row to those of another, a pixel's own left out.

    Args:
        matrix: ``(N, N)``, pre-synaptic index first; pixels come before other neurons.
        config: the task.

    Returns:
        ``(side, side)``, from row to row.
    """
    side = config.side
    between = matrix.detach().cpu()[: config.pixels, : config.pixels].clone()
    between.fill_diagonal_(0)
    pairs = torch.full((side, side), float(side * side)) - side * torch.eye(side)
    return between.view(side, side, side, side).sum((1, 3)) / pairs
