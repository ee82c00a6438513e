"""A few steps on learned data against a few on real data, what the order is worth, and what the data look like.

Each function takes results and returns a figure; nothing is trained or read from disk here.
"""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor

from aiga.experiment import Outcome
from aiga.gtn.looks import look
from aiga.gtn.teaching import Teacher
from aiga.viz import announce, curve, interval, sheet, styled
from aiga.viz.style import BLUE, MUTED


@styled
def accuracy(outcomes: Mapping[str, Sequence[Outcome]], *, paper: float | None = None, paper_steps: int = 32) -> Figure:
    """Accuracy during meta-training, and of the trained teacher's learners during an inner loop (fig. 2).

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
        paper: accuracy after the last inner step that the paper reports for its networks; None shows none.
        paper_steps: how many inner steps these have.
    """
    figure, (left, right) = sheet(1, 2, height=3.9, sharey=True)
    for label, group in outcomes.items():
        curve(left, group, "outer", label=label, as_=look(group[0].condition))
        curve(right, group, "inner", label=label, as_=look(group[0].condition))
    left.set(title="after the inner loop", xscale="log", ylim=(0, 1.02), ylabel="accuracy (fraction)")
    left.xaxis.set_major_formatter("{x:g}")
    right.set(title="during the inner loop, teacher trained", ylabel="")
    right.xaxis.get_major_locator().set_params(integer=True)
    handles, labels = left.get_legend_handles_labels()
    if paper is not None:
        handles += right.plot(
            [paper_steps], [paper], marker="x", markersize=9, markeredgewidth=2, color=MUTED, linestyle=""
        )
        labels.append("the paper, its networks")
    figure.legend(handles, labels, loc="outside upper left", ncols=4, fontsize=8.5)
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure


@styled
def comparison(
    outcomes: Mapping[str, Sequence[Outcome]],
    *,
    metrics: Mapping[str, str] | None = None,
    x_label: str = "accuracy on test images after the last step (fraction)",
) -> Figure:
    """One metric of each condition, or a few: each seed a mark, the mean and its 95 % interval.

    Args:
        outcomes: for each row's label, the outcomes of one condition, one a seed.
        metrics: which metrics, each with its name in the legend; by default the accuracy alone, without a legend.
        x_label: name and unit of the values.
    """
    shown = metrics or {"accuracy": ""}
    figure, axes = sheet(height=1.0 + 0.42 * len(outcomes))
    for place, group in enumerate(outcomes.values()):
        style = look(group[0].condition)
        for shift, (metric, fill) in enumerate(zip(shown, ("full", "none", "left"), strict=False)):
            height = place + 0.22 * (shift - (len(shown) - 1) / 2)
            values = [each.metrics[metric] for each in group]
            mean, low, high = interval(values)
            axes.plot(
                values, [height] * len(values), marker="o", markersize=3, alpha=0.4, linestyle="", color=style.color
            )
            axes.plot([low, high], [height, height], color=style.color, linewidth=2.2, linestyle="-")
            axes.plot(
                [mean], [height], marker=style.marker, markersize=7, fillstyle=fill, linestyle="", color=style.color
            )
    axes.set_yticks(range(len(outcomes)), list(outcomes))
    axes.set(ylim=(len(outcomes) - 0.4, -0.6), xlabel=x_label)
    axes.grid(visible=False, axis="y")
    if metrics:
        handles = [
            axes.plot([], [], marker="o", markersize=7, fillstyle=fill, linestyle="", color=BLUE)[0]
            for _, fill in zip(shown, ("full", "none", "left"), strict=False)
        ]
        figure.legend(handles, list(shown.values()), loc="outside upper right", ncols=3, fontsize=8.5)
    announce(figure, next(iter(outcomes.values()))[0].data)
    return figure


@styled
def lessons(images: Tensor, labels: Tensor, *, classes: int = 10, steps: Sequence[int] | None = None) -> Figure:
    """What the teacher shows: one column a batch, in the order of the curriculum, one row a class (fig. 3).

    Args:
        images: of one inner loop, ``(T, B, 1, H, W)``, in [-2, 2].
        labels: ``(T, B)``.
        classes: rows.
        steps: which batches; by default about sixteen of them, evenly spread, the first and the last among them.

    Raises:
        ValueError: the images are in colour, or have a dimension too many.
    """
    if images.dim() != 5 or images.shape[2] != 1:
        raise ValueError(f"expected one learner's grey images (T, B, 1, H, W), got {tuple(images.shape)}")
    total = len(images)
    chosen = list(steps) if steps is not None else _spread(total, 16)
    height, width = images.shape[-2:]
    gap = 1
    grid = torch.full((classes * (height + gap) - gap, len(chosen) * (width + gap) - gap), torch.nan)
    for column, step in enumerate(chosen):
        for row in range(classes):
            found = (labels[step] == row).nonzero()
            if len(found):
                top, left = row * (height + gap), column * (width + gap)
                grid[top : top + height, left : left + width] = images[step, int(found[0]), 0]
    figure, axes = sheet(height=0.6 + 6.6 * grid.shape[0] / grid.shape[1])
    axes.imshow(grid.numpy(), cmap="gray_r", vmin=-2, vmax=2)
    axes.set_xticks(
        [column * (width + gap) + width / 2 for column in range(len(chosen))], [str(step + 1) for step in chosen]
    )
    axes.set_yticks([row * (height + gap) + height / 2 for row in range(classes)], [str(row) for row in range(classes)])
    axes.set(xlabel="inner step", ylabel="label")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def _spread(total: int, count: int) -> list[int]:
    """About ``count`` of the numbers below ``total``, evenly spread, with both ends."""
    return sorted({round(place * (total - 1) / max(1, count - 1)) for place in range(count)})


@styled
def rates(outcomes: Sequence[Outcome]) -> Figure:
    """The learned rate and momentum of each inner step, each seed a line.

    Args:
        outcomes: of one condition, with their teachers.

    Raises:
        ValueError: an outcome has no teacher: it comes from a record.
    """
    figure, panels = sheet(1, 2, height=2.9)
    for outcome in outcomes:
        if not isinstance(outcome.network, Teacher):
            raise ValueError(f"seed {outcome.seed} has no teacher: rates are not part of a record")
        with torch.no_grad():
            for axes, values in zip(panels, outcome.network.rates(), strict=True):
                axes.plot(range(1, len(values) + 1), values[:, 0], color=BLUE, linestyle="-", alpha=0.7, linewidth=1.2)
    for axes, name in zip(panels, ("rate", "momentum"), strict=True):
        axes.set(xlabel="inner step", ylabel=f"learned {name}")
        axes.set_ylim(bottom=0)
    announce(figure, outcomes[0].data)
    return figure
