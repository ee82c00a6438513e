"""Two failures of exploration, and the remedy, in a maze that can be seen at a glance (supplementary sec. 0.10).

*Derailment*: a learner whose every step may be random does not get back to where it has been. *Detachment*: a learner
that is paid for rare states uses up the pay on its way, and loses a frontier that it has left for another. Go-Explore
remembers, returns without exploring, and explores from there. The maze and all settings are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from aiga import checkpoint as checkpoints
from aiga.envs.wings import LAVA, WALL, Plan, plan
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.goexplore.archive import Archive
from aiga.goexplore.baselines import Learner, QLearning
from aiga.goexplore.explore import Exploration, explore
from aiga.goexplore.maze_world import Grid, MakeMaze, demonstration, position
from aiga.goexplore.selection import Early, Nature, Selection, Uniform
from aiga.scale import Scale

TITLE = "Maze of two wings: Go-Explore against learners that lose their way"

METRICS = {
    "coverage": Metric("share of the walkable cells that were visited", 0.0, 1.0, "higher"),
    "left": Metric("the same in the wing of the decoy", 0.0, 1.0, "higher"),
    "right": Metric("the same in the wing of the goal", 0.0, 1.0, "higher"),
    "solved": Metric("whether the goal was reached", 0.0, 1.0, "higher"),
    "first_goal": Metric("steps until it first was; all steps where it never was", 0.0, 1e9, "lower", "steps"),
    "cells": Metric("cells in the archive", 0.0, 1e6, "neither"),
    "demonstration": Metric("actions of the best way to the goal", 0.0, 1e6, "lower", "actions"),
}

POINTS = 100
"""Points of a curve."""


@dataclass(frozen=True)
class Config:
    """One condition of the experiment."""

    condition: str = "go_explore"
    """Name of this condition in figures, ledger and records."""
    method: Literal["go_explore", "q_learning"] = "go_explore"
    corridors: int = 7
    """Of each wing."""
    length: int = 21
    """Of a corridor, in cells."""
    steps: int = 200_000
    """Agent steps in all."""
    epsilon: float = 0.1
    """Q-learning: probability of a random action."""
    bonus: float = 0.0
    """Q-learning: what the first visit of a state pays."""
    rule: Literal["nature", "early", "uniform"] = "nature"
    """Go-Explore: which cells to return to."""
    cell: int = 1
    """Go-Explore: side of a square of positions that are one cell."""
    burst: int = 20
    """Go-Explore: actions after each return."""
    batch: int = 20
    """Go-Explore: returns between two looks at the archive."""
    repeat: float = 0.8
    """Go-Explore: probability that an action is the last one again."""
    returns: bool = True
    """Go-Explore: False begins every burst where the episode begins."""


_SELECTIONS: dict[str, Selection] = {"nature": Nature(), "early": Early(), "uniform": Uniform()}


def _conditions(ours: Config, *, learning: int) -> dict[str, Config]:
    """Every condition; the learners take ``learning`` steps."""
    learner = replace(ours, method="q_learning", steps=learning)
    every = [
        ours,
        replace(learner, condition="epsilon_greedy"),
        replace(learner, condition="small_bonus", bonus=0.1),
        replace(learner, condition="bonus", bonus=1.0),
        replace(ours, condition="no_return", returns=False),
        replace(ours, condition="uniform", rule="uniform"),
        replace(ours, condition="early", rule="early"),
        replace(ours, condition="cells_of_3", cell=3),
        replace(ours, condition="cells_of_7", cell=7),
        replace(ours, condition="bursts_of_4", burst=4, batch=100),
        replace(ours, condition="bursts_of_100", burst=100, batch=4),
        replace(ours, condition="no_repetition", repeat=0.0),
    ]
    return {each.condition: each for each in every}


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(Config(corridors=2, length=9, steps=2000), learning=4000),
    "ci": _conditions(Config(steps=100_000), learning=2_000_000),
    "colab": _conditions(Config(steps=400_000), learning=20_000_000),
    "paper": _conditions(Config(corridors=11, length=41, steps=4_000_000), learning=200_000_000),
}


@dataclass
class Search:
    """What one search saw of the maze, position by position."""

    plan: Plan
    steps: int
    """Agent steps taken."""
    found: NDArray[np.float64]  # (cells,), steps until each position was first visited; infinite where it never was
    visits: NDArray[np.float64] | None = None  # (K, cells), a learner's visits in each of K equal stretches of time
    archive: Archive | None = None
    """Go-Explore's."""

    @property
    def parts(self) -> dict[str, NDArray[np.bool_]]:
        """Which positions belong to the whole maze and to its wings, lava left out, ``(cells,)`` each."""
        walkable = ~np.isin(self.plan.kinds.flatten(), (WALL, LAVA))
        return {
            "coverage": walkable,
            "left": walkable & (self.plan.wings < 0),
            "right": walkable & (self.plan.wings > 0),
        }

    def share(self, part: str, steps: float) -> float:
        """How much of a part of the maze had been visited after so many steps."""
        return float((self.found[self.parts[part]] <= steps).mean())


def search(config: Config, *, seed: int, checkpoint: Path | None = None, limit: int | None = None) -> Search:
    """One search, with all that it found.

    Args:
        config: the condition.
        seed: of all chance there is.
        checkpoint: file to save to and to resume from.
        limit: stop after so many times ``burst * batch`` steps, to try only the beginning.
    """
    walk = _explore if config.method == "go_explore" else _learn
    return walk(config, seed, checkpoint, limit)


def _explore(config: Config, seed: int, checkpoint: Path | None, limit: int | None) -> Search:
    settings = Exploration(
        config.steps, config.burst, config.batch, config.repeat,
        returns=config.returns, selection=_SELECTIONS[config.rule],
    )  # fmt: skip
    make = MakeMaze(config.corridors, config.length)
    archive = explore(
        make, Grid(config.cell), settings,
        seed=seed, checkpoint=checkpoint, limit=limit, landmarks=position, label=f"maze, {config.condition}",
    )  # fmt: skip
    drawn = make().plan
    found = np.full(drawn.kinds.size, np.inf)
    for cell in range(len(found)):
        found[cell] = archive.landmarks.get(divmod(cell, drawn.shape[1]), np.inf)
    found[drawn.start] = 0
    return Search(drawn, archive.steps, found, archive=archive)


def _learn(config: Config, seed: int, checkpoint: Path | None, limit: int | None) -> Search:
    drawn, stretch = plan(config.corridors, config.length), config.burst * config.batch
    learner = QLearning(drawn, Learner(config.epsilon, config.bonus), seed)
    total = -(-config.steps // stretch)
    visits = checkpoints.Tensors(visits=torch.zeros(POINTS, drawn.kinds.size, dtype=torch.float64))
    for step in checkpoints.steps(
        total,
        {"learner": learner, "visits": visits},
        label=f"maze, {config.condition}",
        path=checkpoint,
        belongs_to=checkpoints.identity(config, seed),
        limit=limit,
    ):
        visits["visits"][step * POINTS // total] += torch.as_tensor(learner.advance(stretch))
    found = np.where(learner.found < 0, np.inf, learner.found)
    return Search(drawn, int(learner.now[-1]), found, visits=visits["visits"].numpy())


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Search the maze once for each seed.

    Args:
        config: the condition.
        seeds: one search each, one after another.
        device: of no importance: the maze is searched on the CPU.
        checkpoint: beginning of the names of the files to save to and to resume from, one a seed.
        limit: stop after so many times ``burst * batch`` steps, to try only the beginning.
    """
    outcomes = []
    for seed in seeds:
        file = checkpoint.with_suffix(f".{seed}{checkpoint.suffix}") if checkpoint else None
        outcomes.append(_outcome(config, seed, search(config, seed=seed, checkpoint=file, limit=limit)))
    return outcomes


def _outcome(config: Config, seed: int, found: Search) -> Outcome:
    goal = float(found.found[found.plan.goal])
    metrics = {
        **{part: found.share(part, found.steps) for part in found.parts},
        "solved": float(np.isfinite(goal)),
        "first_goal": min(goal, float(found.steps)),
    }
    moments = _moments(config, found)
    curves = {part: _curve(moments, [found.share(part, steps) for steps in moments]) for part in found.parts}
    if found.archive is not None:
        metrics["cells"] = float(len(found.archive))
        if np.isfinite(goal):
            metrics["demonstration"] = float(len(demonstration(found.archive, found.plan)))
    if found.visits is not None:
        total = found.visits.sum(1).clip(min=1)
        for wing in ("left", "right"):
            values = found.visits[:, found.parts[wing]].sum(1) / total
            shown = values[: len(moments)].tolist()
            curves[f"visits_{wing}"] = _curve(moments, shown, "share of the steps in a stretch of time")
    return Outcome(config.condition, seed, metrics, curves)


def _moments(config: Config, found: Search) -> list[float]:
    """Agent steps at the points of the curves: equally spaced, and the same whether or not a run stopped early."""
    every = (config.steps * (np.arange(POINTS) + 1) / POINTS).tolist()
    return [x for x in every if x <= found.steps] or every[:1]


def _curve(moments: list[float], values: list[float], says: str = "share of the positions visited") -> Curve:
    return Curve(moments, values, "agent steps", says)
