"""The chapter's figures: each takes results and returns a figure; nothing is trained or read from disk here."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from aiga.backpropamine.association import Association
from aiga.backpropamine.microscope import Watched
from aiga.experiment import Outcome
from aiga.viz import floor, look, sheet, styled
from aiga.viz.style import BLUE, CARD, GREEN, INK, MUTED, ORANGE, PURPLE, SKY, VERMILION, Look

LOOKS = {
    "simple": Look(GREEN, "-", "D"),
    "retroactive": Look(PURPLE, "-.", "s"),
    "plastic": Look(BLUE, "--", "o"),
    "plain": Look(VERMILION, ":", "^"),
    "plastic_one_hot": Look(SKY, (0, (5, 1)), "v"),
    "plain_large": Look(ORANGE, (0, (5, 1)), "v"),
    "first_of_batch": Look(INK, (0, (1, 1)), "X"),
    "per_episode": Look(INK, (0, (1, 1)), "X"),
}
"""How the chapter's conditions are drawn."""


def drawn(condition: str) -> Look:
    """The colour, line style and marker of one of the chapter's conditions, or of any other."""
    return LOOKS.get(condition) or look(condition)


def quartiles(axes: Axes, outcomes: Sequence[Outcome], name: str, *, label: str) -> None:
    """One condition's curve as the paper draws it: the median over seeds, and between which values half of them lie.

    Raises:
        ValueError: there are no outcomes.
    """
    if not outcomes:
        raise ValueError(f"no outcomes to draw the curve {name!r} of")
    style, curves = drawn(outcomes[0].condition), [each.curves[name] for each in outcomes]
    low, middle, high = np.percentile([each.y for each in curves], [25, 50, 75], axis=0)
    x = curves[0].x
    axes.fill_between(x, low, high, color=style.color, alpha=0.18, linewidth=0)
    for each in curves:
        axes.plot(x, each.y, color=style.color, linewidth=0.5, alpha=0.35, linestyle="-")
    axes.plot(x, middle, color=style.color, linestyle=style.linestyle, label=label)
    axes.set(xlabel=curves[0].x_label, ylabel=curves[0].y_label)


@styled
def learning(outcomes: Mapping[str, Sequence[Outcome]], name: str = "late_accuracy") -> Figure:
    """How networks come to learn: median and quartiles over seeds, against episodes seen (fig. 1, right).

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
        name: which curve; ``"reward"`` is the paper's.
    """
    figure, axes = sheet(height=3.4)
    for label, group in outcomes.items():
        quartiles(axes, group, name, label=label)
    accuracy = name == "late_accuracy"
    if accuracy:
        axes.set_ylim(0.4, 1.02)
    floor(axes, 0.5 if accuracy else 0.0, "chance")
    figure.legend(loc="outside upper right", ncols=min(len(outcomes), 4))
    return figure


@styled
def by_trial(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Learning within an episode: right answers in its first trial, in its second, and so on.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
    """
    figure, axes = sheet(height=3.4)
    for label, group in outcomes.items():
        quartiles(axes, group, "accuracy_by_trial", label=label)
    axes.set_ylim(0.4, 1.02)
    axes.xaxis.get_major_locator().set_params(integer=True)
    floor(axes, 0.5, "chance")
    figure.legend(loc="outside upper right", ncols=min(len(outcomes), 4))
    return figure


@styled
def episode(world: Association, watched: Watched, *, number: int = 0, title: str = "") -> Figure:
    """One episode under the microscope: what is shown, what is answered, M(t), and what is written.

    Args:
        world: what happened (of the first seed).
        watched: the life that was lived there.
        number: which episode of the batch.
        title: said above.
    """
    trials = world.trials
    steps = np.arange(trials.steps)
    figure, (shown, modulator, written) = sheet(3, 1, height=5.4, sharex=True, height_ratios=[1.5, 1.2, 1])
    which, target = trials.which[:, 0, number].cpu().numpy(), int(trials.target[0, number])
    rewards = torch.stack(world.rewards)[:, 0, number].cpu().numpy()
    beside: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "ha": "right",
        "va": "center",
        "fontsize": 8.5,
    }
    for cue in range(trials.cues.shape[2]):
        color, name = (ORANGE, "target") if cue == target else (MUTED, f"cue {cue + 1}")
        shown.plot(steps[which == cue], np.full((which == cue).sum(), cue), "s", color=color, markersize=7)
        shown.annotate(name, (0, cue), (-4, 0), color=color, **beside)
    go = rewards != 0
    answers = len(trials.cues[0, 0]) + 0.2
    right = ((rewards > 0, "o", BLUE, "right answer"), (rewards < 0, "X", VERMILION, "wrong answer"))
    for among, marker, color, name in right:
        shown.plot(steps[among], np.full(among.sum(), answers), marker, color=color, markersize=7, label=name)
    shown.annotate("answer", (0, answers), (-4, 0), **beside)
    shown.set(yticks=[], ylim=(answers + 0.7, -0.7), title=title)
    shown.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize=8.5)
    if watched.life.modulations:
        values = torch.stack(watched.life.modulations)[:, 0, number].cpu().numpy()
        modulator.bar(steps, values, width=0.8, color=[GREEN if each > 0 else PURPLE for each in values], zorder=2)
    modulator.axhline(0, color=INK, linewidth=0.8, linestyle="-")
    modulator.set(ylim=(-1.1, 1.1), ylabel="$M(t)$")
    changes = torch.stack(watched.changes)[:, 0, number].cpu().numpy()
    written.bar(steps, changes, width=0.8, color=INK, zorder=2)
    written.set(ylabel="written\n(mean $|\\Delta\\,\\alpha\\,$Hebb$|$)", xlabel="step of the episode")
    for panel in (shown, modulator, written):
        for step in steps[go]:
            seen = step + 1  # the reward is seen one step after the answer
            color = BLUE if rewards[step] > 0 else VERMILION
            panel.axvspan(seen - 0.5, seen + 0.5, color=color, alpha=0.16, linewidth=0, zorder=0)
        panel.grid(visible=False, axis="x")
    written.annotate(
        "shaded: the step at which the reward is seen (blue: +1, red: -1)",
        (1, 1),
        (0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        fontsize=8,
        color=MUTED,
    )
    return figure


LESIONS = {
    "late_accuracy": "intact",
    "late_frozen": "M(t) held at its mean",
    "late_shuffled": "M(t) in random order",
    "late_flipped": "sign of M(t) flipped",
    "late_without_plasticity": "plasticity cut (α = 0)",
}


@styled
def damage(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """What a trained network still knows late in an episode after its modulator was tampered with.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
    """
    figure, axes = sheet(height=1.4 + 0.42 * len(LESIONS))
    handles = []
    for position, (label, group) in enumerate(outcomes.items()):
        style = drawn(group[0].condition)
        shift = 0.16 * (2 * position - len(outcomes) + 1)
        for place, metric in enumerate(LESIONS):
            values = [each.metrics[metric] for each in group if metric in each.metrics]
            if not values:
                continue
            low, middle, high = np.percentile(values, [25, 50, 75])
            height = place + shift
            axes.plot(
                values, [height] * len(values), marker=style.marker, markersize=4, alpha=0.45, ls="", color=style.color
            )
            axes.plot([low, high], [height, height], color=style.color, linewidth=2.5, linestyle="-", alpha=0.7)
            axes.plot(
                [middle], [height], marker=style.marker, markersize=8, color=style.color, ls="", markeredgecolor=CARD
            )
        handles.append(axes.plot([], [], marker=style.marker, markersize=8, color=style.color, ls="", label=label)[0])
    axes.axvline(0.5, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.annotate("chance", (0.5, -0.55), (3, 0), textcoords="offset points", fontsize=8, va="top")
    axes.set_yticks(range(len(LESIONS)), list(LESIONS.values()))
    axes.set(ylim=(len(LESIONS) - 0.5, -0.6), xlim=(0, 1.02), xlabel="late accuracy (fraction)")
    axes.grid(visible=False, axis="y")
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return figure


@styled
def bell(rates: Tensor, rings: Tensor) -> Figure:
    """How fast a network lets its connections change at each step of an episode in which a bell rings.

    Args:
        rates: ``M(t)``, ``(T,)``.
        rings: whether the bell rings, ``(T,)``.
    """
    figure, axes = sheet(height=2.4)
    steps = np.arange(len(rates))
    axes.bar(steps, rates.detach().cpu().numpy(), width=0.8, color=GREEN, zorder=2)
    for step in steps[rings.cpu().numpy()]:
        axes.axvspan(step - 0.5, step + 0.5, color=ORANGE, alpha=0.25, linewidth=0, zorder=0)
    axes.axhline(0, color=INK, linewidth=0.8, linestyle="-")
    axes.set(xlabel="step of the episode", ylabel="$M(t)$", xlim=(-0.6, len(rates) - 0.4))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(visible=False, axis="x")
    return figure
