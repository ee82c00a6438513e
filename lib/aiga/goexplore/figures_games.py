"""Figures of many games, and of phase 2 on one: results in, matplotlib figure out."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter, MaxNLocator

from aiga.experiment import Outcome
from aiga.goexplore import reported
from aiga.goexplore.figures import runs
from aiga.goexplore.reported import GAMES, Game
from aiga.viz import sheet, styled
from aiga.viz.style import BLUE, INK, MUTED, ORANGE, PURPLE, VERMILION, Look

PAPER, HUMAN = Look(ORANGE, "--", "s"), Look(MUTED, ":", "D")
ON_THE_WAY, AT_THE_END = Look(BLUE, "-", "o"), Look(PURPLE, "-.", "^")

_NONE = 2e-4  # where a score of nothing is drawn, on an axis that has no 0


def games_table(outcomes: Sequence[Outcome]) -> tuple[reported.Row, tuple[reported.Row, ...]]:
    """The eleven games with our scores after phase 1 beside those reported, as head and rows of a table.

    Args:
        outcomes: of :mod:`aiga.goexplore.games`, one a game.
    """
    found = {each.condition: each.metrics for each in outcomes}
    times = {game.id for game in GAMES if game.human < 0}  # scores below 0, told at the end: 0 on the way means nothing
    best = {name: each["best_score"] for name, each in found.items() if name not in times}
    head, rows = reported.games_table(best, label="ours: best on the way")
    columns = ("ours: best end of an episode", "frames")
    filled = []
    for game, row in zip(GAMES, rows, strict=True):
        metrics = found.get(game.id, {})
        end = f"{metrics['end_score']:,.0f}" if "end_score" in metrics else "none has ended" if metrics else ""
        filled.append((*row, end, f"{metrics['frames']:,.0f}" if metrics else ""))
    return (*head, *columns), tuple(filled)


@styled
def scores(outcomes: Sequence[Outcome]) -> Figure:
    """Our scores after phase 1 beside the paper's, both as shares of a human's, on a logarithmic axis.

    Where scores are negative (Skiing's is a time) the share is the human's by ours. A score of 0 stands at the left,
    and one below 0, where a human has points, as well.

    Args:
        outcomes: of :mod:`aiga.goexplore.games`, one a game.
    """
    found = {each.condition: each.metrics for each in outcomes}
    shown = [game for game in GAMES if game.id in found]
    figure, axes = sheet(height=1.2 + 0.36 * len(shown))
    for metric, label, style, shift in (
        ("best_score", "ours, best on the way", ON_THE_WAY, 0.12),
        ("end_score", "ours, best end of an episode", AT_THE_END, -0.12),
    ):
        rows = [(place, share(game, found[game.id][metric])) for place, game in enumerate(shown)
                if metric in found[game.id] and not (game.human < 0 and metric == "best_score")]  # fmt: skip
        axes.plot([max(x, _NONE) for _, x in rows], [place + shift for place, _ in rows],
                  marker=style.marker, markersize=7, color=style.color, linestyle="", label=label)  # fmt: skip
    axes.plot([share(game, game.phase1) for game in shown], range(len(shown)), marker=PAPER.marker, markersize=7,
              color=PAPER.color, linestyle="", markerfacecolor="none", label="2021, phase 1 (from memory)")  # fmt: skip
    axes.axvline(1, color=HUMAN.color, linestyle=HUMAN.linestyle, linewidth=1.2, label="human (from memory)")
    axes.set(xscale="log", xlim=(_NONE * 0.7, 300), xlabel="share of a human's score", ylim=(len(shown) - 0.5, -0.5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: "none" if x <= _NONE else f"{x:g}"))
    axes.set_xticks([_NONE, 1e-3, 1e-2, 0.1, 1, 10, 100])
    axes.minorticks_off()
    axes.set_yticks(range(len(shown)), [game.name for game in shown])
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside upper left", ncols=2, fontsize=8.5)
    return figure


def share(game: Game, score: float) -> float:
    """A score as a share of a human's; of two times, the human's by the other."""
    return score / game.human if game.human > 0 else game.human / min(score, -1.0)


@styled
def in_rooms(group: Sequence[Outcome]) -> Figure:
    """Rooms entered, cells and best score against game frames, of a game whose rooms RAM tells.

    Args:
        group: outcomes of one game, one a seed.
    """
    figure, panels = sheet(1, 3, height=2.9, sharex=True)
    for panel, name in zip(panels, ("rooms", "cells", "score"), strict=True):
        runs(panel, group, name, label=name, as_=ON_THE_WAY)
        low, high = panel.get_ylim()
        panel.set_ylim(min(0, low), max(high, 1))
        panel.xaxis.set_major_formatter(EngFormatter(sep=""))
        panel.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        panel.set_xlabel("game frames" if name == "cells" else "")
    return figure


@styled
def robustified(groups: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Phase 2 on a game: the start moving back, what an episode earns, and how often policy and demonstration succeed.

    Args:
        groups: for each label, the outcomes of one condition of :mod:`aiga.goexplore.robustify`, one a seed.
    """
    figure, (back, reward, success) = sheet(1, 3, height=3.2)
    looks = (Look(BLUE, "-", "o"), Look(VERMILION, "--", "^"), Look(INK, ":", "s"))
    for style, (label, group) in zip(looks, groups.items(), strict=False):
        for panel, name in ((back, "back"), (reward, "reward")):
            runs(panel, group, name, label=label, as_=style)
    for panel in (back, reward):
        panel.xaxis.set_major_formatter(EngFormatter(sep=""))
        panel.xaxis.set_major_locator(MaxNLocator(4))
    back.set(ylim=(0, 1.04), ylabel="how far back episodes begin\n(share of the demonstration)")
    reward.set_ylim(bottom=0)
    everybody = [each for group in groups.values() for each in group]
    kinds = (("best_replay", "actions\nrepeated"), ("untrained", "policy,\nbefore"), ("success", "policy,\nafter"))
    for place, (name, _) in enumerate(kinds):
        found = [each.metrics[name] for each in everybody]
        spread = [place + 0.12 * (number - (len(found) - 1) / 2) for number in range(len(found))]
        success.plot(spread, found, marker="o", markersize=7, color=BLUE, linestyle="", alpha=0.8)
    success.set(ylim=(-0.03, 1.04), xlim=(-0.6, 2.6), ylabel="share of episodes that succeed")
    success.set_xticks(range(len(kinds)), [text for _, text in kinds], fontsize=7.5)
    success.grid(visible=False, axis="x")
    if len(groups) > 1:
        figure.legend(*back.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return figure
