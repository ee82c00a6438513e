"""Go-Explore without restoring: a goal-conditioned policy returns, while actions stick (Methods 0.7; sheet sec. 4).

In a world that cannot be reset to a state, returning must be learned along with exploring. One policy does both: it is
given the next square on the way to where it should return, and, once there, squares to explore. Self-imitation on the
archive's trajectories, which the paper adds, is left out here: the maze does without.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aiga import device as devices
from aiga import seeding
from aiga.envs.wings import ACTIONS, LAVA, WALL, plan
from aiga.experiment import Metric, Outcome, timed
from aiga.goexplore.goals import POLICY, RANDOM, GoalMaze, Rules
from aiga.goexplore.policies import Dense, Policy
from aiga.goexplore.ppo import Player, Settings, improve, sample
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Policy-based Go-Explore: returning by policy, in a maze where actions stick"

METRICS = {
    "coverage": Metric("share of the walkable positions that were visited", 0.0, 1.0, "higher"),
    "solved": Metric("whether the goal was reached", 0.0, 1.0, "higher"),
    "first_goal": Metric("steps until it first was; all steps where it never was", 0.0, 1e10, "lower", "steps"),
    "returns": Metric("share of the last tenth's returns that arrived", 0.0, 1.0, "higher"),
    "squares": Metric("squares in the archive", 0.0, 1e6, "higher"),
    "new_random": Metric("squares found by random exploration, per 1,000 of its steps", 0.0, 1000.0, "neither"),
    "new_policy": Metric("squares found by the policy's exploration, per 1,000 of its steps", 0.0, 1000.0, "neither"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment; the network and its training are ours."""

    condition: str = "policy_based"
    """Name of this condition in figures, ledger and records."""
    corridors: int = 5
    """Of each wing of the maze."""
    length: int = 15
    """Of a corridor, in cells."""
    sticky: float = 0.25
    """Probability that an action is not heard."""
    hidden: int = 48
    """Neurons of a layer."""
    learning_rate: float = 2e-3
    """Adam's; the paper's is 2.5e-4."""
    environments: int = 64
    """Side by side."""
    updates: int = 50
    """Of ``environments * ppo.steps`` steps each."""
    rules: Rules = Rules()  # noqa: RUF009, it is frozen
    ppo: Settings = Settings(steps=64, discount=0.99, entropy=0.01, passes=3, imitation=0.0)  # noqa: RUF009


def _conditions(ours: Config) -> dict[str, Config]:
    every = [
        ours,
        replace(ours, condition="random_exploration", rules=replace(ours.rules, random=1.0)),
        replace(ours, condition="policy_exploration", rules=replace(ours.rules, random=0.0)),
        replace(ours, condition="no_return", rules=replace(ours.rules, returns=False)),
    ]
    return {each.condition: each for each in every}


_SMOKE = Config(corridors=1, length=9, hidden=8, environments=8, updates=3, ppo=Settings(steps=16, imitation=0.0))
_CI = {name: each for name, each in _conditions(Config()).items() if name in ("policy_based", "no_return")}

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE),
    "ci": _CI,
    "colab": _conditions(Config(updates=400)),
    "paper": _conditions(Config(corridors=11, length=41, updates=5000, environments=256)),
}


class GoalPlayer(Player):
    """A policy with goals: more random while it is stuck, and wholly random where that is how to explore."""

    def __init__(self, policy: Policy, world: GoalMaze, batch: int, generator: torch.Generator) -> None:
        super().__init__(policy, world, batch, generator)
        self.maze = world

    def choose(self, logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See :class:`aiga.goexplore.ppo.Player`; random actions are kept out of the loss."""
        own = self.maze.own
        heated = torch.where(own[:, None], logits / self.maze.heat, torch.zeros_like(logits))
        actions, _ = sample(heated, self.generator)
        chances = logits.log_softmax(-1).gather(-1, actions[:, None])[:, 0]
        return actions, chances, own.to(chances.dtype)


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Explore the maze and learn to return in it, once for each seed.

    Args:
        config: the condition.
        seeds: one archive and one policy each, one after another.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file for checkpoints, to which each seed adds its number; None keeps none.
        limit: stop before this update, to try only the beginning.
    """
    place = devices.resolve(device)
    outcomes = []
    for seed in seeds:
        file = checkpoint and checkpoint.with_stem(f"{checkpoint.stem}.seed{seed}")
        outcomes.append(_explore(config, seed, place, file, limit))
    return outcomes


def create(config: Config, seed: int, device: torch.device | str) -> GoalMaze:
    """The maze with its agents, before the first step."""
    return GoalMaze(
        plan(config.corridors, config.length), config.rules, config.environments, config.sticky,
        seeding.numpy_generator(seed, "goals"), seeding.generator(seed, "sticky", device),
    )  # fmt: skip


def _explore(config: Config, seed: int, place: torch.device, checkpoint: Path | None, limit: int | None) -> Outcome:
    world = create(config, seed, place)
    policy = Dense(world.inputs, config.hidden, len(ACTIONS), seeding.generator(seed, "init")).to(place)
    player = GoalPlayer(policy, world, config.environments, seeding.generator(seed, "actions", place))
    training = Training(
        config, [seed], policy, adam(policy, config.learning_rate, eps=1e-5),
        notes=["coverage", "tried", "returned"], others={"world": world, "player": player},
    )  # fmt: skip
    walkable = ~np.isin(world.plan.kinds.flatten(), (WALL, LAVA))
    for update in training.updates(f"policy-based, {config.condition}", checkpoint=checkpoint, limit=limit):
        tried, returned = world.tried, world.returned
        happened = player.play(config.ppo.steps)
        improve(policy, training.optimiser, happened, config.ppo, training.streams.generators[0])
        now = (np.isfinite(world.found[walkable]).mean(), world.tried - tried, world.returned - returned)
        coverage, tries, arrivals = torch.tensor(now, dtype=torch.float32, device=place)[:, None]
        training.note(update, coverage=coverage, tried=tries, returned=arrivals)
    goal = float(world.found[world.plan.goal])
    last = slice(max(0, training.ran - max(1, config.updates // 10)), training.ran)
    tries, arrivals = (float(training.noted[name][last].sum()) for name in ("tried", "returned"))
    metrics = {
        "coverage": float(np.isfinite(world.found[walkable]).mean()),
        "solved": float(np.isfinite(goal)),
        "first_goal": min(goal, float(world.steps)),
        "squares": float(len(world.routes.routes)),
    }
    if config.rules.returns:
        metrics["returns"] = min(1.0, arrivals / max(tries, 1.0))
    for name, mode in (("new_random", RANDOM), ("new_policy", POLICY)):
        if world.acted[mode]:
            metrics[name] = 1000 * world.new[mode] / world.acted[mode]
    steps = config.environments * config.ppo.steps
    says = {"coverage": "share of the positions visited", "tried": "returns begun", "returned": "returns that arrived"}
    curves = {
        name: training.curve(name, seed, per_step=steps, x_label="agent steps", y_label=label)
        for name, label in says.items()
        if name == "coverage" or config.rules.returns
    }
    return Outcome(config.condition, seed, metrics, curves, network=policy)
