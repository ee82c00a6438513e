"""The chapter's figures of words: perplexities beside the paper's, what the trace is worth, and what M(t) does."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from aiga.experiment import Data, Outcome
from aiga.viz import announce, curve, interval, look, sheet, styled
from aiga.viz.style import INK, MUTED

PAPER = {
    "plain": (104.26, 0.22),
    "plastic": (103.80, 0.25),
    "simple": (102.65, 0.30),
    "retroactive": (102.48, 0.28),
}
"""Test perplexity on Penn Treebank and its 95 % interval over 16 runs (table 1, as shown in Clune's invited talk)."""

LABELS = {
    "plain": "LSTM",
    "plastic": "+ plasticity",
    "simple": "+ simple modulation",
    "retroactive": "+ retroactive modulation",
}


@styled
def perplexities(panels: Mapping[str, Mapping[str, Sequence[Outcome]]], *, paper: bool = True) -> Figure:
    """Test perplexity of each condition, a panel a run, each seed a mark; the paper's in a panel of its own.

    Args:
        panels: for each title, for each condition, its outcomes, one a seed.
        paper: draw the paper's means and intervals first.
    """
    count = len(panels) + int(paper)
    figure, axes = sheet(1, count, height=2.6, sharey=True, squeeze=False, gridspec_kw={"wspace": 0.1})
    places = {condition: place for place, condition in enumerate(LABELS)}
    if paper:
        panel = axes[0][0]
        for condition, (reported, half) in PAPER.items():
            style, place = look(condition), places[condition]
            ends = [reported - half, reported + half]
            panel.plot(ends, [place, place], color=style.color, linewidth=2.2, linestyle="-")
            panel.plot([reported], [place], marker=style.marker, markersize=8, color=style.color, linestyle="")
        panel.set_title("the paper, 4.8 million parameters")
    for panel, (title, groups) in zip(axes[0][int(paper) :], panels.items(), strict=True):
        for condition, group in groups.items():
            style, values = look(condition), [outcome.metrics["perplexity"] for outcome in group]
            mean, low, high = interval(values)
            place = places[condition]
            panel.plot([low, high], [place, place], color=style.color, linewidth=2.2, linestyle="-")
            panel.plot(values, [place] * len(values), marker="o", markersize=4, alpha=0.4, linestyle="", color=INK)
            panel.plot([mean], [place], marker=style.marker, markersize=8, color=style.color, linestyle="")
        panel.set_title(title)
    for panel in axes[0]:
        panel.set_xlabel("perplexity of the test text")
        panel.xaxis.set_major_locator(MaxNLocator(4))
        panel.grid(visible=False, axis="y")
    axes[0][0].set_yticks(list(places.values()), list(LABELS.values()))
    axes[0][0].set_ylim(len(places) - 0.5, -0.5)
    announce(figure, _data(panels))
    return figure


@styled
def learning(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Surprise during training against words read; after it, on the test text, beside what counting words achieves.

    Args:
        outcomes: for each condition, its outcomes, one a seed.
    """
    figure, axes = sheet(height=3.6)
    for condition, group in outcomes.items():
        curve(axes, group, "surprise", label=LABELS[condition])
    some = next(iter(outcomes.values()))[0]
    for name, text in (("perplexity_unigram", "word frequencies"), ("perplexity_bigram", "pairs of words")):
        height = math.log(some.metrics[name])
        axes.axhline(height, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
        says = f"{text}: perplexity {some.metrics[name]:.0f}"
        left = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "fontsize": 8}
        axes.annotate(says, (0, height), (4, 3), **left)
    place = max(some.curves["surprise"].x)
    for condition, group in outcomes.items():
        place, style = 1.22 * place, look(condition)
        mean, low, high = interval([math.log(outcome.metrics["perplexity"]) for outcome in group])
        axes.errorbar(
            [place], [mean], yerr=[[mean - low], [high - mean]], fmt=style.marker, color=style.color, capsize=3
        )
    axes.axvspan(max(some.curves["surprise"].x) * 1.1, place * 1.15, color=MUTED, alpha=0.12, linewidth=0)
    axes.annotate("test", (place * 1.12, 1), (0, -10), **{**left, "xycoords": ("data", "axes fraction")}, ha="right")
    axes.set(xscale="log", ylabel="surprise (nats a word)")
    figure.legend(loc="outside upper right", ncols=4)
    announce(figure, some.data)
    return figure


@styled
def lesion(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """What the trace is worth: how much the test perplexity rises when alpha is 0, each trained network a mark.

    Args:
        outcomes: for each plastic condition, its outcomes, one a seed.
    """
    figure, axes = sheet(height=0.9 + 0.5 * len(outcomes))
    for place, (condition, group) in enumerate(outcomes.items()):
        style = look(condition)
        rises = [100 * outcome.metrics["rise_without_plasticity"] for outcome in group]
        mean, low, high = interval(rises)
        axes.plot([low, high], [place, place], color=style.color, linewidth=2.2, linestyle="-")
        axes.plot(rises, [place] * len(rises), marker="o", markersize=4, alpha=0.4, linestyle="", color=INK)
        axes.plot([mean], [place], marker=style.marker, markersize=8, color=style.color, linestyle="")
    axes.axvline(0, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.set_yticks(range(len(outcomes)), [LABELS[condition] for condition in outcomes])
    axes.set(ylim=(len(outcomes) - 0.5, -0.5), xlabel="rise of the test perplexity with alpha set to 0 (percent)")
    axes.grid(visible=False, axis="y")
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure


@styled
def reading(words: Sequence[str], surprise: Tensor, modulation: Tensor, *, data: Data) -> Figure:
    """A network reads: how surprised it is by each word, and what its modulators say then.

    Args:
        words: the words, in their order.
        surprise: of each of them, in nats, ``(n,)``.
        modulation: of each layer at the step that follows each word, ``(layers, n)``.
        data: what text it is.
    """
    figure, axes = sheet(2, 1, height=3.9, sharex=True)
    places = range(len(words))
    axes[0].bar(places, surprise.tolist(), color=MUTED)
    axes[0].set_ylabel("surprise (nats)")
    for layer, values in enumerate(modulation.cpu()):
        style = look(("simple", "retroactive", "plastic")[layer % 3])
        axes[1].plot(
            places,
            values,
            color=style.color,
            linestyle=style.linestyle,
            marker=style.marker,
            markersize=4,
            label=f"layer {layer + 1}",
        )
    axes[1].axhline(0, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes[1].set(ylim=(-1.05, 1.05), ylabel="modulation $M(t)$", xlim=(-0.7, len(words) - 0.3))
    axes[1].set_xticks(list(places), list(words), rotation=60, ha="right", fontsize=8, rotation_mode="anchor")
    for panel in axes:
        panel.grid(visible=False, axis="x")
    if len(modulation) > 1:
        figure.legend(loc="outside upper right", ncols=len(modulation))
    announce(figure, data)
    return figure


def _data(panels: Mapping[str, Mapping[str, Sequence[Outcome]]]) -> Data:
    """What the runs were made on; a stand-in anywhere is said."""
    every = [outcome.data for groups in panels.values() for group in groups.values() for outcome in group]
    return next((data for data in every if data.stand_in), every[0])
