"""Cart-pole in one step: the course of training by simulator steps, single policies before and after, the lesson.

Each function takes results and returns a figure; nothing is trained or read from disk here. Alt text, for whoever
cannot see the figure, is in each docstring.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from aiga.envs.cart_pole import LONGEST, STEEPEST
from aiga.experiment import Outcome
from aiga.gtn.cartpole import CAP, Agent
from aiga.gtn.policies import Policies, Teacher, logits
from aiga.viz import Look, floor, sheet, styled
from aiga.viz.style import BLUE, INK, MUTED, ORANGE

_AT_LEFT: Any = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
_LOOKS = {"gtn": Look(BLUE, "-", "o"), "a2c": Look(ORANGE, "--", "s")}


@styled
def simulator_steps(outcomes: Mapping[str, Sequence[Outcome]], *, paper: float | None = 190.0) -> Figure:
    """How long policies balance in training, against all simulator steps used until then; a thin line a seed.

    Alt text: Steps upright, from 0 to 200, against simulator steps in thousands on a logarithmic axis. The lines of the
    policy that is itself trained rise first; those of fresh policies taught in one step rise at about twenty to thirty
    times as many steps and end somewhat lower.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
        paper: the paper's score after one step (from memory); None leaves it out.
    """
    figure, axes = sheet(height=3.5)
    for label, group in outcomes.items():
        style = _LOOKS[group[0].condition]
        for number, each in enumerate(group):
            axes.plot(
                each.curves["simulated"].y,
                each.curves["score"].y,
                color=style.color,
                linestyle=style.linestyle,
                linewidth=1.3,
                label=label if number == 0 else None,
            )
    if paper is not None:
        axes.axhline(paper, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
        axes.annotate("the paper, after one step (from memory)", (0, paper), (4, 3), fontsize=8, **_AT_LEFT)
    axes.set_xscale("log")
    axes.set_ylim(0, CAP * 1.08)
    axes.set_xlabel("simulator steps used by training (thousands)")
    axes.set_ylabel("steps upright, actions drawn at random")
    figure.legend(loc="outside upper right", ncols=2)
    return figure


@styled
def before_and_after(before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> Figure:
    """Each tested policy as a dot: before its one step and after it, a column of dots a seed.

    Alt text: Two groups of dots on an axis from 0 to 500 steps. Before the step nearly all lie near 10; one or two
    stay up by luck. After it most lie above 150, many at the end of the episode at 500, and a few still fall early.

    Args:
        before: of each seed, the steps upright of its policies before the step (:func:`aiga.gtn.cartpole.balance`).
        after: the same after it.
    """
    figure, axes = sheet(height=3.6)
    for group, (values, style) in enumerate(((before, Look(MUTED, "", "^")), (after, _LOOKS["gtn"]))):
        for seed, scores in enumerate(values):
            place = group + (seed - (len(values) - 1) / 2) * 0.6 / max(len(values), 1)
            spread = place + np.linspace(-0.05, 0.05, len(scores))
            axes.plot(spread, scores, marker=style.marker, markersize=4, alpha=0.55, linestyle="", color=style.color)
            axes.plot([place - 0.08, place + 0.08], [np.mean(scores)] * 2, color=INK, linewidth=2.2, linestyle="-")
    floor(axes, CAP, "longest episode of training")
    axes.set_xticks([0, 1], ["before", "after one step of SGD"])
    axes.set(xlim=(-0.5, 1.5), ylim=(0, LONGEST * 1.04))
    axes.set_ylabel("steps upright in Gymnasium")
    axes.grid(visible=False, axis="x")
    return figure


@styled
def lesson(agent: Agent, before: Policies, after: Policies) -> Figure:
    """What the generator teaches, and what one fresh policy makes of it.

    Alt text: Three panels with the pole's angle across and its angular velocity upwards. Left: generated states as
    dots along a diagonal, far outside of what a cart-pole can do, coloured by the push that is wanted. Middle: an
    untaught policy changes its mind gently. Right: after the step a sharp edge near zero angular velocity divides
    pushing left from pushing right.

    Args:
        agent: of one seed (a trained outcome's ``network``), with a teacher.
        before: untaught policies of that seed, of which the first is drawn (:func:`aiga.gtn.cartpole.tested`).
        after: the same after the step.

    Raises:
        ValueError: the agent is the control and has no teacher.
    """
    if not isinstance(agent.learner, Teacher):
        raise ValueError("expected an agent with a teacher, got the control: give an outcome of the condition 'gtn'")
    figure, (left, middle, right) = sheet(1, 3, height=3.1)
    with torch.no_grad():
        states, wanted = (each[0].cpu().numpy() for each in agent.learner.batch())
    push = wanted[:, 1] - wanted[:, 0]
    most = float(np.abs(push).max())
    angle, spin = np.rad2deg(states[:, 2:]).T
    dots = left.scatter(angle, spin, c=push, cmap="PuOr", vmin=-most, vmax=most, s=9, linewidths=0.2)
    dots.set_edgecolor(INK)
    left.set(title="what is taught", ylabel="angular velocity (degrees / s)")
    angles, spins = np.linspace(-STEEPEST, STEEPEST, 61), np.linspace(-3, 3, 61)
    grid = torch.zeros(1, 1, 61 * 61, 4)
    grid[..., 2] = torch.from_numpy(np.tile(angles, 61))
    grid[..., 3] = torch.from_numpy(np.repeat(spins, 61))
    for panel, policies, title in ((middle, before, "fresh policy"), (right, after, "after one step")):
        first, first_bias, second, second_bias = (each[:1, :1].detach().cpu() for each in policies)
        given = logits((first, first_bias, second, second_bias), grid)[0, 0]
        preferred = (given[:, 1] - given[:, 0]).view(61, 61).numpy()
        place = (np.rad2deg(angles), np.rad2deg(spins))
        drawn = panel.pcolormesh(*place, np.tanh(preferred), cmap="PuOr", vmin=-1, vmax=1, rasterized=True)
        panel.contour(*place, preferred, levels=[0.0], colors=[INK])
        panel.set(title=title)
        panel.grid(visible=False)
    bar = figure.colorbar(drawn, ax=right, ticks=[-1, 0, 1])
    bar.ax.set_yticklabels(["left", "either", "right"])
    for each in (left, middle, right):
        each.set_xlabel("angle (degrees)")
    return figure
