"""The chapter's figures: each takes results and returns a figure; nothing is trained or read from disk here."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from torch import Tensor

from aiga.experiment import Data, Outcome
from aiga.plasticity import binary, omniglot
from aiga.viz import announce, curve, floor, interval, look, sheet, styled
from aiga.viz.style import BLUE, GREEN, INK, MUTED, VERMILION, Look

RECORDED = (Look(INK, (0, (5, 1)), "s"), Look(MUTED, (0, (1, 1)), "v"))
"""How recorded runs are drawn beside the page's own."""


@styled
def connection() -> Figure:
    """One connection: a fixed part, and a plastic part that grows while the two neurons are active together."""
    figure, axes = sheet(height=2.3)
    axes.set(xlim=(0, 10), ylim=(0, 3), aspect="equal")
    axes.axis("off")
    for x, name in ((1.2, "$x_i$"), (8.8, "$x_j$")):
        axes.add_patch(Circle((x, 1.5), 0.62, facecolor="white", edgecolor=INK, linewidth=1.6))
        axes.text(x, 1.5, name, ha="center", va="center", fontsize=15)
    fixed = ("$w_{ij}$", "fixed while the network lives", 2.85, 2.0)
    plastic = (r"$\alpha_{ij}\,\mathrm{Hebb}_{ij}(t)$", "changes at every step", 0.15, 1.0)
    for (symbol, meaning, high, low), bend, color, style in (
        (fixed, -0.16, MUTED, "-"),
        (plastic, 0.16, BLUE, (0, (5, 2))),
    ):
        axes.add_patch(
            FancyArrowPatch(
                (1.9, 1.5 - 2 * bend),
                (8.1, 1.5 - 2 * bend),
                connectionstyle=f"arc3,rad={bend}",
                arrowstyle="-|>",
                mutation_scale=16,
                linewidth=2.4,
                linestyle=style,
                color=color,
            )
        )
        axes.text(5, high, symbol, ha="center", va="center", fontsize=13, color=color)
        axes.text(5, low, meaning, ha="center", va="center", fontsize=9, color=color)
    return figure


@styled
def recall(activity: Tensor, drawn: binary.Episodes, config: binary.Config, *, episode: int = 0) -> Figure:
    """One episode, step by step: what the network is shown, what it does, and what it should have completed.

    Args:
        activity: the neurons' activity after each step, ``(T, B, N)``.
        drawn: the episodes.
        config: their settings.
        episode: which of the batch.
    """
    order = drawn.visible[episode].argsort(descending=True, stable=True).cpu()  # visible bits first
    shown = drawn.drives[:, episode, : config.bits].sign().cpu()[:, order]
    active = activity[:, episode, : config.bits].detach().cpu()[:, order]
    target = drawn.target[episode].cpu()[order]
    probe = config.steps - config.probe
    figure, axes = sheet(1, 3, height=4.4, sharey=True, width_ratios=[4, 4, 1.1])
    scale = {"vmin": -1, "vmax": 1, "cmap": "cividis", "aspect": "auto"}
    axes[0].imshow(shown.T, **scale)
    axes[0].set(title="what it is shown", xlabel="step of the episode", ylabel="bit (those hidden in the probe below)")
    axes[1].imshow(active.T, **scale)
    axes[1].set(title="what its neurons do", xlabel="step of the episode")
    final = torch.stack([active[-1].sign(), target], 1)
    axes[2].imshow(final, **scale)
    axes[2].set(title="result", xticks=[0, 1])
    axes[2].set_xticklabels(["it says", "target"], rotation=40, ha="right")
    for panel in axes:
        panel.axhline(int(drawn.visible[episode].sum()) - 0.5, color=VERMILION, linewidth=1.2)
        panel.grid(visible=False)
    for panel in axes[:2]:
        panel.axvline(probe - 0.5, color=VERMILION, linewidth=1.2, linestyle="--")
    return figure


@styled
def learning(
    outcomes: Mapping[str, Sequence[Outcome]],
    config: binary.Config,
    *,
    recorded: Mapping[str, Sequence[Outcome]] | None = None,
    paper: float | None = None,
    paper_is: str = "the paper ends here",
) -> Figure:
    """Error against episodes seen, for each condition, with the two floors that explain the plateaus.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
        config: the task.
        recorded: the same of a recorded run, drawn in one colour of its own.
        paper: the error below which the paper ends up.
        paper_is: what the legend says of it.
    """
    figure, axes = sheet(height=3.7)
    for label, group in outcomes.items():
        curve(axes, group, "error", label=label)
    for (label, group), style in zip((recorded or {}).items(), RECORDED, strict=False):
        curve(axes, group, "error", label=label, as_=style)
    floor(axes, config.guessing, "copies the visible half, guesses the rest: 1/4")
    floor(axes, config.last_only, f"remembers only the last pattern: {config.last_only:.3g}", below=True)
    if paper is not None:
        axes.axhspan(0, paper, color=MUTED, alpha=0.3, linewidth=0, label=paper_is)
    axes.set(xscale="log", ylim=(0, 0.32), ylabel="wrong bits (fraction of all bits)")
    figure.legend(loc="outside upper right", ncols=3)
    return figure


@styled
def matrices(weight: Tensor, alpha: Tensor, hebb: Tensor) -> Figure:
    """Fixed weights, plasticity coefficients and one episode's trace, as matrices.

    Args:
        weight: ``(N, N)``, pre-synaptic index first.
        alpha: ``(N, N)``.
        hebb: the trace of one episode, ``(N, N)``.
    """
    figure, axes = sheet(1, 3, height=2.9, sharey=True)
    titles = ("fixed weight $w$", r"plasticity $\alpha$", "one episode's trace Hebb")
    for panel, matrix, title in zip(axes, (weight, alpha, hebb), titles, strict=True):
        values = matrix.detach().cpu().numpy()
        limit = float(np.abs(values).max()) or 1.0
        picture = panel.imshow(values, cmap="PuOr", vmin=-limit, vmax=limit)
        panel.set(title=title, xlabel="to neuron $j$")
        panel.grid(visible=False)
        figure.colorbar(picture, ax=panel, location="bottom", shrink=0.85)
    axes[0].set_ylabel("from neuron $i$")
    return figure


@styled
def one_shot(drawn: omniglot.Episodes, probabilities: Tensor, *, data: Data, episode: int = 0) -> Figure:
    """One Omniglot episode: the five drawings with their labels, the query, and the network's answer.

    Args:
        drawn: the episodes.
        probabilities: of each label for each query, ``(B, Q, ways)``.
        data: what the drawings are.
        episode: which of the batch.
    """
    ways = drawn.drawings.shape[1]
    figure, axes = sheet(1, ways + 2, height=1.9, width_ratios=[1] * ways + [1.15, 1.7])
    for label in range(ways):
        axes[label].imshow(drawn.drawings[episode, label].cpu(), cmap="gray", vmin=0, vmax=1)
        axes[label].set_title(f"label {label}", fontsize=9)
    axes[ways].imshow(drawn.queries[episode, 0].cpu(), cmap="gray", vmin=0, vmax=1)
    axes[ways].set_title("which?", fontsize=9, color=VERMILION)
    for panel in axes[: ways + 1]:
        panel.set(xticks=[], yticks=[])
        panel.grid(visible=False)
    answer = int(drawn.answers[episode, 0])
    colors = [GREEN if label == answer else MUTED for label in range(ways)]
    bars = axes[-1].barh(range(ways), probabilities[episode, 0].detach().cpu(), color=colors)
    bars[answer].set_hatch("//")
    axes[-1].set(xlim=(0, 1), xlabel="probability", ylabel="label", yticks=range(ways))
    axes[-1].invert_yaxis()
    announce(figure, data)
    return figure


@styled
def accuracy(
    outcomes: Sequence[Outcome],
    *,
    ways: int,
    recorded: Sequence[Outcome] = (),
    paper: float | None = None,
    spread: float | None = None,
) -> Figure:
    """Accuracy during training, the final accuracy on new characters, chance and the paper's value.

    Args:
        outcomes: of one condition, one a seed.
        ways: characters in an episode; chance is one in that many.
        recorded: the same from a longer recorded run; the axis of episodes is logarithmic then.
        paper: the paper's accuracy.
        spread: its 95 % interval.
    """
    figure, axes = sheet(height=3.4)
    lines = [("this page", outcomes, look(outcomes[0].condition))]
    if recorded:
        lines.append(("recorded", recorded, RECORDED[0]))
        axes.set_xscale("log")
    for source, group, style in lines:
        whose = f", {source}" if recorded else ""
        curve(axes, group, "accuracy", label=f"training characters{whose}", as_=style)
        end = max(group[0].curves["accuracy"].x)
        mean, low, high = interval([outcome.metrics["accuracy"] for outcome in group])
        axes.errorbar(
            [1.04 * end],
            [mean],
            yerr=[[mean - low], [high - mean]],
            fmt=style.marker,
            color=style.color if recorded else INK,
            markeredgecolor=INK,
            capsize=4,
            label=f"new characters, after training{whose}",
        )
    floor(axes, 1 / ways, "chance")
    if paper is not None:
        axes.axhspan(paper - (spread or 0), paper + (spread or 0), color=MUTED, alpha=0.25, linewidth=0)
        axes.axhline(paper, color=MUTED, linewidth=1.2, linestyle="-", label="the paper")
    axes.set(ylim=(0, 1.02), ylabel="queries named correctly (fraction)")
    figure.legend(loc="outside upper right", ncols=2 if recorded else 3)
    announce(figure, outcomes[0].data)
    return figure
