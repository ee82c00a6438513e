"""Phase 2: from a trajectory that was found once to a policy that succeeds whatever happens (Methods 0.6).

Repeating the actions of a demonstration fails as soon as one of them is not heard. The backward algorithm learns a
policy instead: it begins near the demonstration's end and moves back, while actions stick with probability 0.25. The
same code plays the maze of two wings and Atari games; only what an environment is differs (:mod:`.robust_maze`,
:mod:`.robust_atari`).
"""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch

from aiga import device as devices
from aiga import seeding
from aiga.envs.wings import ACTIONS
from aiga.experiment import Metric, Outcome, timed
from aiga.goexplore import robust_atari, robust_maze
from aiga.goexplore.cells import MontezumaRam, Ram
from aiga.goexplore.curriculum import Curriculum
from aiga.goexplore.emulator import Atari
from aiga.goexplore.episodes import FromDemonstrations
from aiga.goexplore.explore import Exploration, explore
from aiga.goexplore.maze_world import Grid, MakeMaze, demonstration, position, solved
from aiga.goexplore.policies import Dense, Memory, Pixels, Policy
from aiga.goexplore.ppo import Imitated, Player, improve
from aiga.goexplore.robust_conditions import CONDITIONS, Config
from aiga.training import Training, adam

__all__ = ["METRICS", "SCALES", "TITLE", "Config", "demonstrations", "train"]

TITLE = "Robustification: the backward algorithm with PPO and self-imitation, under sticky actions"

SCALES = CONDITIONS

METRICS = {
    "success": Metric("share of episodes in which the policy succeeds, actions sticking", 0.0, 1.0, "higher"),
    "replay": Metric("the same for the demonstrations' actions, simply repeated", 0.0, 1.0, "higher"),
    "best_replay": Metric("the same for the one that is repeated best", 0.0, 1.0, "higher"),
    "untrained": Metric("the same for the policy before training", 0.0, 1.0, "neither"),
    "back": Metric("how far back the starting point has moved", 0.0, 1.0, "higher", "share of the demonstration"),
    "demonstration": Metric("mean length of the demonstrations", 1.0, 1e6, "neither", "actions"),
    "score": Metric("mean score of the policy, actions sticking (games only)", -1e6, 1e7, "higher", "points"),
}


class Task(Protocol):
    """What is robustified: the maze, or a game."""

    imitated: Imitated
    lengths: torch.Tensor  # (D,)

    def policy(self, generator: torch.Generator) -> Policy:
        """An untrained policy."""

    def environments(self, curriculum: Curriculum, generator: torch.Generator) -> FromDemonstrations:
        """Where it learns."""

    def test(self, policy: Policy | bytes, generator: torch.Generator) -> dict[str, float]:
        """What a policy, or a demonstration's actions, achieve in fresh episodes: success, and perhaps a score."""


class MazeTask:
    """The maze of two wings (a :class:`Task`)."""

    def __init__(self, config: Config, demonstrations: Sequence[bytes], device: torch.device) -> None:
        self.config, self.plan = config, MakeMaze(config.corridors, config.length)().plan
        self.recalled = robust_maze.recall(self.plan, demonstrations, config.ppo.discount, device)
        self.imitated, self.lengths = self.recalled.imitated, self.recalled.lengths

    def policy(self, generator: torch.Generator) -> Policy:
        """See :class:`Task`."""
        return Dense(robust_maze.inputs(self.plan), self.config.hidden, len(ACTIONS), generator)

    def environments(self, curriculum: Curriculum, generator: torch.Generator) -> FromDemonstrations:
        """See :class:`Task`."""
        batch, sticky = self.config.environments, self.config.sticky
        return robust_maze.MazeFromDemonstrations(self.plan, self.recalled, curriculum, batch, sticky, generator)

    def test(self, policy: Policy | bytes, generator: torch.Generator) -> dict[str, float]:
        """See :class:`Task`."""
        played = robust_maze.play(
            policy, self.plan, episodes=self.config.test_episodes, sticky=self.config.sticky, generator=generator
        )
        return {"success": float(played.reached.float().mean())}


class GameTask:
    """An Atari game (a :class:`Task`)."""

    def __init__(self, config: Config, demonstrations: Sequence[bytes], device: torch.device) -> None:
        self.config, self.kind = config, Atari(config.game)
        self.recalled = robust_atari.recall(self.kind, demonstrations, config.ppo.discount, device, config.sight)
        self.imitated, self.lengths = self.recalled.imitated, self.recalled.lengths

    def policy(self, generator: torch.Generator) -> Policy:
        """See :class:`Task`."""
        config = self.config
        if config.sight == "ram":
            return Memory(robust_atari.SHAPES["ram"][-1], config.hidden, self.kind().actions, generator)
        return Pixels(
            robust_atari.STACK, self.kind().actions, generator, channels=config.channels, hidden=config.hidden
        )

    def environments(self, curriculum: Curriculum, generator: torch.Generator) -> FromDemonstrations:
        """See :class:`Task`."""
        config = self.config
        idle = config.no_ops if config.idle_too else 0
        return robust_atari.GamesFromDemonstrations(
            self.kind, self.recalled, curriculum, config.environments, config.sticky, generator,
            most=config.most, no_ops=idle, threads=config.threads, sight=config.sight,
        )  # fmt: skip

    def test(self, policy: Policy | bytes, generator: torch.Generator) -> dict[str, float]:
        """See :class:`Task`."""
        config = self.config
        scores = robust_atari.play(
            policy, self.kind, episodes=config.test_episodes, sticky=config.sticky, no_ops=config.no_ops,
            most=config.most, generator=generator, sight=config.sight,
        )  # fmt: skip
        return {"success": float((scores >= config.target).float().mean()), "score": float(scores.mean())}


def demonstrations(config: Config, seed: int) -> list[bytes]:
    """Demonstrations, each from a search of its own.

    Raises:
        RuntimeError: a search of ten times the planned length found none.
    """
    asked = (config.world, config.corridors, config.length, config.game, config.target, config.search)
    return [_demonstration(*asked, seeding.derive(seed, f"search {number}")) for number in range(config.demonstrations)]


@functools.lru_cache(maxsize=256)  # conditions share their demonstrations
def _demonstration(world: str, corridors: int, length: int, game: str, target: float, search: int, seed: int) -> bytes:
    for steps in (search, 3 * search, 10 * search):
        if world == "maze":
            make = MakeMaze(corridors, length)
            archive = explore(
                make, Grid(), Exploration(steps, 20, 20, 0.8), seed=seed, landmarks=position, label="phase 1"
            )
            if solved(archive, make().plan) is not None:
                return demonstration(archive, make().plan)
        else:
            kind = Atari(game)
            cell = MontezumaRam() if kind.game == "montezuma_revenge" else Ram()
            archive = explore(kind, cell, Exploration(steps), seed=seed, label="phase 1")
            good = [each for each in archive.cells if each.score >= target]
            if good:
                return archive.trajectory(min(good, key=lambda each: each.length))
    raise RuntimeError(
        f"seed {seed}: no demonstration was found in {10 * search} steps: search for longer, or for less"
    )


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Find demonstrations and robustify them, once for each seed.

    Args:
        config: the condition.
        seeds: one search and one policy each, one after another.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file for checkpoints, to which each seed adds its number; None keeps none.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed how often its policy succeeds, and how the starting point moved back.
    """
    place = devices.resolve(device)
    outcomes = []
    for seed in seeds:
        file = checkpoint and checkpoint.with_stem(f"{checkpoint.stem}.seed{seed}")
        outcomes.append(_robustify(config, seed, place, file, limit))
    return outcomes


def _robustify(config: Config, seed: int, place: torch.device, checkpoint: Path | None, limit: int | None) -> Outcome:
    found = demonstrations(config, seed)
    task: Task = (MazeTask if config.world == "maze" else GameTask)(config, found, place)
    policy = task.policy(seeding.generator(seed, "init")).to(place)
    curriculum = Curriculum(task.lengths, config.backward, seeding.generator(seed, "starts", place))
    chance = place if config.world == "maze" else "cpu"
    world = task.environments(curriculum, seeding.generator(seed, "sticky", chance))
    player = Player(policy, world, config.environments, seeding.generator(seed, "actions", place))
    repeated = [task.test(each, seeding.generator(seed, "replay", place))["success"] for each in found]
    metrics = {
        "untrained": task.test(policy, seeding.generator(seed, "test", place))["success"],
        "replay": sum(repeated) / len(repeated),
        "best_replay": max(repeated),
        "demonstration": float(task.lengths.float().mean()),
    }
    training = Training(
        config, [seed], policy, adam(policy, config.learning_rate, eps=1e-5),
        notes=["back", "reward"], others={"curriculum": curriculum, "world": world, "player": player},
    )  # fmt: skip
    for update in training.updates(f"robustify, {config.condition}", checkpoint=checkpoint, limit=limit):
        happened = player.play(config.ppo.steps)
        improve(policy, training.optimiser, happened, config.ppo, training.streams.generators[0], task.imitated)
        curriculum.move()
        earned = happened.rewards.sum() / happened.over.sum().clamp_min(1)
        training.note(update, back=curriculum.back[None], reward=earned[None])
    metrics |= task.test(policy, seeding.generator(seed, "test", place))
    metrics["back"] = float(curriculum.back)
    steps = config.environments * config.ppo.steps
    says = {"back": "how far back episodes begin (share of the demonstration)", "reward": "reward per episode"}
    curves = {
        name: training.curve(name, seed, per_step=steps, x_label="agent steps", y_label=label)
        for name, label in says.items()
    }
    return Outcome(config.condition, seed, metrics, curves, network=policy)
