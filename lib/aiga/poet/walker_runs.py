"""POET on the paper's walker: a short run from walkers that can walk already, and the paper's own from nothing.

At ``smoke``, ``ci`` and ``colab`` a run begins with four niches, each with a walker that was taught *elsewhere*
(``data/weights``): the paper spends thousands of processor hours before its agents walk like that. From there on it is
POET as everywhere else. At ``paper`` it begins as the paper does, with one flat course and random weights.

The physics is the paper's at every scale. At the end each niche's best agent lives once more in Box2D itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from aiga import checkpoint as checkpoints
from aiga import device as devices
from aiga import seeding
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.poet.algorithm import init, step
from aiga.poet.biped import Biped
from aiga.poet.courses import Encoding
from aiga.poet.cppn import LEVEL
from aiga.poet.evolution import Moments, Rule, Workers
from aiga.poet.log import Log
from aiga.poet.settings import ENHANCED, PAPER, Settings, without_transfer
from aiga.poet.state import Niche, State
from aiga.poet.substrate import score
from aiga.poet.walker import weights
from aiga.poet.walker_agents import Agents, Start, in_both_engines
from aiga.poet.world import World
from aiga.scale import Scale

TITLE = "POET on the walker: agents change courses"

_MANY = 1e5
METRICS = {
    "admitted": Metric("courses, those of the beginning included", 1, _MANY, "higher", "courses"),
    "solved": Metric("courses solved", 0, _MANY, "higher", "courses"),
    "moved": Metric("agents that took another's place", 0, 1e7, "neither", "agents"),
    "replaced": Metric("transfer rounds in which a niche's agent was replaced", 0, 1, "neither", "fraction"),
    "gained_moving": Metric("what a niche's score rose by when an agent moved in, mean", 0, 600, "neither", "points"),
    "first": Metric("score on the first courses at the beginning, mean", -300, 360, "neither", "points"),
    "best": Metric("best score on the first courses, mean", -300, 360, "higher", "points"),
    "score_ours": Metric("score of the final agents in our engine, mean", -300, 360, "higher", "points"),
    "score_box2d": Metric("score of the same agents in Box2D, mean", -300, 360, "higher", "points"),
    "apart": Metric("largest difference between the two for one agent", 0, 700, "lower", "points"),
    "decisions": Metric("decisions taken", 0, 1e7, "neither", "millions"),
    "iterations": Metric("iterations", 0, 1e7, "neither", "iterations"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment."""

    condition: str = "poet"
    """Name of this condition in figures, ledger and records."""
    settings: Settings = PAPER
    """The algorithm."""
    starts: tuple[Start, ...] = ()
    """Niches of the beginning; none for the flat course and small random weights."""
    encoding: Literal["numbers", "cppn"] = "numbers"
    """How courses are written down."""
    horizon: int = 2000
    """Most steps of a life."""
    iterations: int = 25_200
    logged: int = 50
    """Iterations between two rows of the log."""


# Where each agent was taught is two places further on: none begins where it is at home.
_STARTS = (
    Start("flat", Encoding(), "walker_stumps"),
    Start("rough", Encoding(2.0), "walker_pits"),
    Start("stumps", Encoding(stump=(0.1, 0.4)), "walker_flat"),
    Start("pits", Encoding(pit=(0.4, 1.2)), "walker_rough"),
)

# Walkers that can walk are disturbed less than random ones. Few lives for each gradient, frequent transfers, of agents
# as they are only, and one new course: what a page has time for.
_CI = Config(
    settings=replace(
        PAPER,
        rule=Rule(pairs=8, sigma=0.02, rate=0.01),
        capacity=5,
        reproduce_every=4,
        transfer_every=3,
        proposals=False,
    ),
    starts=_STARTS,
    iterations=6,
    logged=1,
)
_SMOKE = replace(
    _CI,
    settings=replace(_CI.settings, rule=replace(_CI.settings.rule, pairs=2), transfer_every=1, reproduce_every=1),
    starts=_STARTS[:2],
    horizon=60,
    iterations=2,
)
# Long enough for agents to come and go many times and for new courses, and still an hour or two of one core: at this
# scale a course's students have two.
_COLAB = replace(
    _CI,
    settings=replace(
        PAPER, rule=Rule(pairs=32, sigma=0.02, rate=0.01), capacity=8, reproduce_every=15, transfer_every=10
    ),
    iterations=120,
    logged=2,
)


def _conditions(base: Config, enhanced: Settings) -> dict[str, Config]:
    """POET; the same without transfer, so that each niche's own agent goes on alone; and Enhanced POET.

    Where walkers can walk from the beginning, Enhanced POET begins with one niche: its courses are networks.
    """
    return {
        "poet": replace(base, condition="poet"),
        "without_transfer": replace(base, condition="without_transfer", settings=without_transfer(base.settings)),
        "enhanced": replace(
            base,
            condition="enhanced",
            settings=enhanced,
            starts=(Start("level", LEVEL, "walker_flat"),) if base.starts else (),
            encoding="cppn",
        ),
    }


def _enhanced(settings: Settings, *, reproduce_every: int) -> Settings:
    """Enhanced POET's rules with the sizes of other settings."""
    return replace(
        ENHANCED,
        rule=settings.rule,
        capacity=settings.capacity,
        transfer_every=settings.transfer_every,
        reproduce_every=reproduce_every,
    )


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE, _enhanced(_SMOKE.settings, reproduce_every=1)),
    "ci": _conditions(_CI, replace(_enhanced(_CI.settings, reproduce_every=2), rule=Rule(4, 0.02, rate=0.01))),
    "colab": _conditions(_COLAB, _enhanced(_COLAB.settings, reproduce_every=15)),
    "paper": _conditions(Config(), ENHANCED),
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
        seeds: one run each, with courses of its own; a run does not depend on the others.
        device: a CUDA device takes all lives of a step at once; anything else is the CPU, on all its processors.
        checkpoint: file to save to and to resume from.
        limit: stop before this iteration, to try only the beginning.

    Returns:
        For each seed what happened, and what the final agents score in both engines. The numbers of Box2D are left out
        where the package ``box2d`` is not installed. The run is ``outcome.network``, an :class:`Agents`.
    """
    world = world_of(config, device)
    states = {seed: begin(world, seed, config.starts) for seed in seeds}
    logs = {seed: Log() for seed in seeds}
    for seed in seeds:
        logs[seed].add(states[seed])
    parts = {f"run {seed}": state for seed, state in states.items()} | {f"log {s}": log for s, log in logs.items()}
    for _ in checkpoints.steps(
        config.iterations,
        parts,
        label=f"walker, {config.condition}",
        path=checkpoint,
        belongs_to=checkpoints.identity(config, list(seeds)),
        limit=limit,
    ):
        for seed, state in states.items():
            step(state, world)
            if state.iteration % config.logged == 0:
                logs[seed].add(state)
    return [_outcome(config, seed, Agents(world, states[seed], logs[seed], config.starts)) for seed in seeds]


def world_of(config: Config, device: str | torch.device = "cpu") -> World:
    """The walkers, and the rules of one condition."""
    where = devices.resolve(device)
    cuda = where.type == "cuda"
    biped = Biped(horizon=config.horizon, encoding=config.encoding, device=str(where) if cuda else "cpu", threads=None)
    return World(biped, config.settings, Workers(at_once=32 if cuda else 8))


def begin(world: World, seed: int, starts: Sequence[Start]) -> State:
    """A run that begins with several niches and with walkers that can walk; without any, as the paper's."""
    if not starts:
        return init(world, seed)
    settings, state = world.settings, State(seed=seed)
    for uid, start in enumerate(starts):
        niche = Niche(
            uid=uid,
            parent=-1,
            encoding=start.encoding,
            course_seed=seeding.derive(seed, f"course {start.name}"),
            born=0,
            theta=weights.walker(start.walker),
            moments=Moments.fresh(settings.rule, world.substrate.parameters),
        )
        life = score(world.substrate, [niche.theta], world.of(niche))
        niche.spent = int(life.steps[0])
        state.steps += niche.spent
        niche.see(float(life.returns[0]), 0, settings.solved_score, settings.window)
        state.active.append(niche)
    return state


def _outcome(config: Config, seed: int, agents: Agents) -> Outcome:
    state = agents.state
    first = state.niches[: max(1, len(config.starts))]
    scores = in_both_engines(agents.world, state.active)
    gains = [each.after - each.before for each in state.transfers]
    began = [float(agents.log.of(niche.uid)[0, 2]) for niche in first]
    metrics = {
        "admitted": float(state.count),
        "solved": float(sum(niche.solved >= 0 for niche in state.niches)),
        "moved": float(len(gains)),
        "replaced": len(gains) / max(1, state.attempts),
        "best": float(np.mean([niche.best for niche in first])),
        "decisions": state.steps / 1e6,
        "iterations": float(state.iteration),
        **{f"score_{name}": float(values.mean()) for name, values in scores.items()},
    }
    if config.starts:
        metrics["first"] = float(np.mean(began))
    if gains:
        metrics["gained_moving"] = float(np.mean(gains))
    if "box2d" in scores:
        metrics["apart"] = float(np.abs(scores["ours"] - scores["box2d"]).max())
    return Outcome(config.condition, seed, metrics, _curves(agents), network=agents)


def _curves(agents: Agents) -> dict[str, Curve]:
    """The mean score of all active niches, and that of each first one."""
    rows = np.array(agents.log.rows)
    iterations = np.unique(rows[:, 0])
    mean = [float(rows[rows[:, 0] == each, 3].mean()) for each in iterations]
    found = {"mean": Curve(iterations.tolist(), mean, "iteration", "score")}
    for uid, start in enumerate(agents.starts):
        own = agents.log.of(uid)
        found[start.name] = Curve(own[:, 0].tolist(), own[:, 2].tolist(), "iteration", "score")
    return found
