"""POET on the hopper: courses invented and solved, beside what it is without its parts, and beside direct training.

Every condition has the same budget of decisions. At the end of POET's own run its *late* courses, the last admitted
that had time to be learned and whether they were solved or not, are handed to the controls, each with as many decisions
as POET had spent on that course and all its ancestors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch

from aiga import checkpoint as checkpoints
from aiga import seeding
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.poet.algorithm import init, step
from aiga.poet.controls import Attempt, budget_of, direct, direct_path
from aiga.poet.courses import Encoding
from aiga.poet.evolution import Rule
from aiga.poet.hopper import HARD, Hopper
from aiga.poet.settings import PAPER, Settings, without_criterion, without_novelty, without_transfer
from aiga.poet.state import Niche, State
from aiga.poet.world import World
from aiga.scale import Scale

TITLE = "POET on the hopper: inventing courses and solving them"

_MANY = 1e5
METRICS = {
    "admitted": Metric("courses admitted", 1, _MANY, "higher", "courses"),
    "solved": Metric("courses solved", 0, _MANY, "higher", "courses"),
    "challenging": Metric("courses solved with a large pit, stump or roughness", 0, _MANY, "higher", "courses"),
    "very": Metric("courses solved with two of them large", 0, _MANY, "higher", "courses"),
    "extremely": Metric("courses solved with all three large", 0, _MANY, "higher", "courses"),
    "annecs": Metric("courses new to all agents and solved later", 0, _MANY, "higher", "courses"),
    "annecs_of_code": Metric("the same, as Enhanced POET's code counts it", 0, _MANY, "higher", "courses"),
    "covered": Metric("fresh courses that some agent of the run solves", 0, 1, "higher", "fraction"),
    "replaced": Metric("transfer rounds in which a niche's agent was replaced", 0, 1, "neither", "fraction"),
    "from_others": Metric("new niches whose first agent was not the parent's", 0, 1, "neither", "fraction"),
    "iterations": Metric("iterations within the budget", 0, 1e7, "neither", "iterations"),
    "late": Metric("late courses handed to the controls", 0, 1000, "neither", "courses"),
    "late_poet": Metric("late courses that POET solved", 0, 1, "higher", "fraction"),
    "late_direct": Metric("late courses that direct training solved, same budget", 0, 1, "neither", "fraction"),
    "late_path": Metric("late courses that the direct path solved, same budget", 0, 1, "neither", "fraction"),
    "score_poet": Metric("best score on late courses: POET", -150, 300, "higher", "points"),
    "score_direct": Metric("best score on late courses: direct training", -150, 300, "neither", "points"),
    "score_path": Metric("best score on late courses: direct path", -150, 300, "neither", "points"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment."""

    condition: str = "poet"
    """Name of this condition in figures, ledger and records."""
    settings: Settings = PAPER
    """The algorithm."""
    horizon: int = 50
    """Most hops of a life."""
    budget: int = 16_000_000_000
    """Decisions; at paper scale about those of 25,200 iterations."""
    slices: int = 1000
    """Parts of the budget between which a run can be saved."""
    late: int = 0
    """Late courses that are handed to the controls."""
    patience: int = 100
    """Steps of learning that a late course has had at least."""
    fresh: int = 200
    """Fresh courses for ``covered``."""


class Agents(torch.nn.Module):
    """The agents of a run, the run itself, and what the controls came to; for figures and for trying them out."""

    thetas: torch.Tensor

    def __init__(self, world: World, state: State, late: Sequence["Late"]) -> None:
        super().__init__()
        self.world, self.state, self.late = world, state, list(late)
        self.register_buffer("thetas", torch.from_numpy(np.stack([niche.best_theta for niche in state.niches])))


@dataclass(frozen=True)
class Late:
    """A late course, and what the controls came to on it."""

    niche: Niche
    budget: int
    direct: Attempt
    path: Attempt


EASY = 285.0
"""A score that says that a hopper crosses a course with ease: 95 % of what it can get. The paper's 300 is 82 % of what
a walker can get, the script's 340 93 %; but no hopper gets more than 300, to which nothing is then too easy."""


def _conditions(base: Config, *, late: int) -> dict[str, Config]:
    """POET, which alone hands courses to the controls, and POET with one of its parts changed or taken away."""
    settings = base.settings
    others = {
        "enhanced": replace(settings, strict=True, window=5, novelty="pata_ec"),
        "without_proposals": replace(settings, proposals=False),
        "without_transfer": without_transfer(settings),
        "narrow_criterion": replace(settings, upper=EASY),
        "without_criterion": without_criterion(settings),
        "without_novelty": without_novelty(settings),
    }
    table = {name: replace(base, condition=name, settings=each) for name, each in others.items()}
    return {"poet": replace(base, condition="poet", late=late), **table}


# Learning rates are higher than the walker's, and all periods shorter: hoppers learn in few steps.
_CI = Config(
    settings=replace(
        PAPER,
        rule=Rule(pairs=32, rate=0.03, plain_rate=0.03),
        capacity=8,
        reproduce_every=5,
        transfer_every=20,
        children=32,
    ),
    budget=3_000_000,
    slices=30,
    patience=20,
)
_SMOKE = replace(
    _CI, settings=replace(_CI.settings, rule=replace(_CI.settings.rule, pairs=8)), budget=60_000, slices=3, fresh=10
)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE, late=1),
    "ci": _conditions(_CI, late=3),
    "colab": _conditions(replace(_CI, budget=50_000_000, slices=100), late=10),
    "paper": _conditions(Config(), late=20),
}


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Run one condition for each seed.

    Args:
        config: the condition.
        seeds: one run each; a run does not depend on the others.
        device: not used: hoppers live on the CPU.
        checkpoint: file to save to and to resume from; the controls at the end are not part of it.
        limit: stop before this slice of the budget, to try only the beginning.

    Returns:
        For each seed what was admitted and solved, and how that grew; the run itself is ``outcome.network.state``.
    """
    world = World(Hopper(horizon=config.horizon), config.settings)
    states = {seed: init(world, seed) for seed in seeds}
    parts = {f"run {seed}": state for seed, state in states.items()}
    for part in checkpoints.steps(
        config.slices,
        parts,
        label=f"hopper, {config.condition}",
        path=checkpoint,
        belongs_to=checkpoints.identity(config, list(seeds)),
        limit=limit,
    ):
        for state in states.values():
            while state.steps < config.budget * (part + 1) / config.slices:
                step(state, world)
    return [_outcome(config, world, seed, state) for seed, state in states.items()]


def late_courses(state: State, *, count: int, patience: int) -> list[Niche]:
    """The last courses that were admitted and then learned for some time, solved or not; latest first."""
    ready = [niche for niche in state.niches if niche.learned >= patience and niche.uid > 0]
    return ready[::-1][:count]


@cache
def fresh_courses(count: int, substrate: Hopper) -> list[np.ndarray]:
    """Courses that no run has seen, from easy to hard: 1 to 48 random mutations of the flat one; always the same."""
    chance = seeding.numpy_generator(0, "fresh courses")
    found = []
    for number in range(count):
        encoding: Encoding = substrate.first()
        for _ in range(1 + number % 48):
            encoding = substrate.mutate(encoding, chance)
        found.append(substrate.build(encoding, seeding.derive(number, "fresh course")))
    return found


def covered(world: World, state: State, courses: Sequence[np.ndarray]) -> float:
    """Which fraction of courses some agent of a run solves, each agent as it was at its best."""
    thetas = np.stack([niche.best_theta for niche in state.niches])
    which = np.repeat(np.arange(len(courses)), len(thetas))
    lives = world.substrate.rollout(np.tile(thetas, (len(courses), 1)), courses, which)
    best = lives.returns.reshape(len(courses), -1).max(1)
    return float((best >= world.settings.solved_score).mean())


def _outcome(config: Config, world: World, seed: int, state: State) -> Outcome:
    settled = [niche for niche in state.niches if niche.solved >= 0]
    levels = [HARD.level(niche.encoding) for niche in settled]
    admissions = state.admissions
    metrics = {
        "admitted": float(len(state.niches)),
        "solved": float(len(settled)),
        "challenging": float(sum(level >= 1 for level in levels)),
        "very": float(sum(level >= 2 for level in levels)),
        "extremely": float(sum(level >= 3 for level in levels)),
        "annecs": float(state.annecs),
        "annecs_of_code": float(state.annecs_of_code),
        "covered": covered(world, state, fresh_courses(config.fresh, Hopper(horizon=config.horizon))),
        "replaced": len(state.transfers) / max(1, state.attempts),
        "from_others": sum(each.agent_of != each.parent for each in admissions) / max(1, len(admissions)),
        "iterations": float(state.iteration),
    }
    late = [
        Late(
            niche,
            budget_of(niche),
            direct(world, niche, budget_of(niche), seed),
            direct_path(world, niche, budget_of(niche), seed),
        )
        for niche in late_courses(state, count=config.late, patience=config.patience)
    ]
    return Outcome(
        config.condition, seed, metrics | _compared(late), _curves(config, state), network=Agents(world, state, late)
    )


def _compared(late: Sequence[Late]) -> dict[str, float]:
    """POET and the controls on the late courses; nothing where there are none."""
    if not late:
        return {}
    return {
        "late": float(len(late)),
        "late_poet": float(np.mean([each.niche.solved >= 0 for each in late])),
        "late_direct": float(np.mean([each.direct.solved for each in late])),
        "late_path": float(np.mean([each.path.solved for each in late])),
        "score_poet": float(np.mean([each.niche.best for each in late])),
        "score_direct": float(np.mean([each.direct.best for each in late])),
        "score_path": float(np.mean([each.path.best for each in late])),
    }


def _curves(config: Config, state: State) -> dict[str, Curve]:
    """How the counts grew, at the same numbers of decisions in every run."""
    rows = np.array(state.history)
    grid = np.linspace(0, config.budget, 41)[1:]
    grid = grid[grid <= max(state.steps, grid[0])]
    at = (np.searchsorted(rows[:, 1], grid, side="right") - 1).clip(min=0)
    names = {"admitted": 2, "solved": 3, "annecs": 4}
    found = {name: rows[at, column] for name, column in names.items()}
    hard = [niche.solved for niche in state.niches if niche.solved >= 0 and HARD.level(niche.encoding) >= 1]
    found["challenging"] = np.array([sum(solved <= now for solved in hard) for now in rows[at, 0]])
    return {
        name: Curve((grid / 1e6).tolist(), values.tolist(), "decisions (millions)", "courses")
        for name, values in found.items()
    }
