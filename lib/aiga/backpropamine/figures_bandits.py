"""The bandits' figures: results in, matplotlib figure out."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.figure import Figure

from aiga.backpropamine import gamblers
from aiga.backpropamine.bandits import Casino
from aiga.experiment import Outcome
from aiga.viz import interval, sheet, styled
from aiga.viz.style import BLUE, MUTED, ORANGE, PURPLE, VERMILION, Look

_LOOKS = {"lstm": Look(PURPLE, "-", "D"), "not_told": Look(VERMILION, "--", "^")}
_DASHES = ((0, (1, 1)), (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (6, 2, 1, 2)), (0, (2, 3)))


@styled
def regret(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """What each trial costs compared with always pulling the better arm, of networks and of designed players.

    Networks are drawn in colour (means and 95 % intervals over seeds), players in grey (exact).

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
    """
    figure, axes = sheet(height=3.8)
    trials = 0
    for label, group in outcomes.items():
        style, curves = _LOOKS[group[0].condition], [each.curves["regret_by_trial"] for each in group]
        mean, low, high = interval([each.y for each in curves])
        axes.fill_between(curves[0].x, low, high, color=style.color, alpha=0.18, linewidth=0)
        axes.plot(curves[0].x, mean, color=style.color, linestyle=style.linestyle, linewidth=2.4, label=label)
        trials = len(curves[0].x)
    above = -1.0
    players = gamblers.players(trials)
    drawn = {name: gamblers.MEAN_OF_BEST - gamblers.earnings(player, trials) for name, player in players.items()}
    for (name, lost), dashes in zip(sorted(drawn.items(), key=lambda each: each[1][-1]), _DASHES, strict=True):
        axes.plot(range(1, trials + 1), lost, color=MUTED, linestyle=dashes, linewidth=1.2)
        above = max(above + 0.0075, lost[-1])  # no name on top of another
        axes.annotate(name, (trials, above), (4, 0), textcoords="offset points", fontsize=8, va="center")
    axes.set(xlabel="trial of the episode", ylabel="regret per trial", ylim=(0, None), xlim=(1, trials))
    axes.xaxis.get_major_locator().set_params(integer=True)
    figure.legend(loc="outside upper right", ncols=len(outcomes))
    return figure


@styled
def habits(outcomes: Sequence[Outcome]) -> Figure:
    """How often a trained network changes arms, trial by trial, and what forgetting everything half-way costs.

    Args:
        outcomes: of one condition, one a seed.
    """
    figure, (switching, wiped) = sheet(1, 2, height=3.2)
    color = _LOOKS[outcomes[0].condition].color
    for axes, name, line, label in (
        (switching, "switches_by_trial", "-", ""),
        (wiped, "regret_by_trial", "-", "left alone"),
        (wiped, "regret_by_trial_wiped", "--", "activity wiped at half-time"),
    ):
        curves = [each.curves[name] for each in outcomes]
        mean, low, high = interval([each.y for each in curves])
        shade = color if line == "-" else ORANGE
        axes.fill_between(curves[0].x, low, high, color=shade, alpha=0.18, linewidth=0)
        axes.plot(curves[0].x, mean, color=shade, linestyle=line, label=label or None)
        axes.set(xlabel=curves[0].x_label, ylim=(0, None))
        axes.xaxis.get_major_locator().set_params(integer=True)
    switching.set(ylabel="pulls of another arm (fraction)", title="explore, then exploit")
    wiped.set(ylabel="regret per trial", title="what it knows is in its activity")
    wiped.legend(fontsize=8.5)
    return figure


@styled
def games(world: Casino, *, count: int = 40) -> Figure:
    """Some episodes of one network, one a row, those with the most different arms on top: which arm, and did it pay.

    Args:
        world: what happened (of the first seed).
        count: how many episodes.
    """
    odds = world.bandits.odds[0, :count]
    order = (odds[:, 0] - odds[:, 1]).abs().argsort(descending=True)
    better = odds.argmax(-1)
    pulled = torch.stack(world.actions)[:, 0, :count]  # (T, count)
    right = (pulled == better).T[order].cpu().numpy()  # (count, T)
    paid = torch.stack(world.rewards)[:, 0, :count].bool().T[order].cpu().numpy()
    figure, axes = sheet(height=1.4 + 0.085 * count)
    for among, color, name in ((right, BLUE, "the better arm"), (~right, ORANGE, "the worse arm")):
        for hit, marker, word in ((True, "s", "paid"), (False, "_", "did not pay")):
            rows, columns = np.nonzero(among & (paid == hit))
            axes.plot(columns + 1, rows, marker, color=color, markersize=4, linestyle="", label=f"{name}, {word}")
    trials, gap = right.shape[1], (odds.amax(-1) - odds.amin(-1))[order]
    for row in range(0, count, max(count // 8, 1)):
        text = f"{float(gap[row]):.2f}"
        axes.annotate(text, (trials + 0.6, row), (4, 0), textcoords="offset points", fontsize=7.5, va="center")
    axes.set_title("arms differ by", loc="right", fontsize=8)
    axes.set(xlabel="trial of the episode", yticks=[], ylabel="episodes", ylim=(count, -1), xlim=(0.3, trials + 0.7))
    axes.grid(visible=False)
    axes.xaxis.get_major_locator().set_params(integer=True)
    figure.legend(loc="outside lower center", ncols=4, fontsize=8)
    return figure
