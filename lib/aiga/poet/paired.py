r"""PAIRED: an adversary designs mazes for the protagonist, and is paid for its regret (Dennis et al. 2020).

The regret of a maze is what the antagonist gets there at best, less what the protagonist gets on average,

.. math:: \text{regret} = \max_i U(\pi^A, \tau_i) - \operatorname{mean}_i U(\pi^P, \tau_i).

Adversary and antagonist raise it, the protagonist lowers it. A maze that nobody can solve has no regret, so such mazes
do not pay: that is the difference to *minimax*, where the adversary is paid for the protagonist's failure alone. In
*domain randomisation* mazes are drawn uniformly.

The paper has PPO, memory, and mazes of 15 x 15; this has plain policy gradients, none, and small mazes.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from aiga import device as devices
from aiga import seeding
from aiga.experiment import Metric, Outcome, timed
from aiga.poet.mazes import INPUTS, MOVES, Explorers, Mazes, drawn
from aiga.poet.players import Lives, Players, choose, loss
from aiga.scale import Scale
from aiga.training import Training

TITLE = "PAIRED: mazes designed for regret"

METRICS = {
    "solvable": Metric("designed mazes that can be solved, last fifth of training", 0, 1, "higher", "fraction"),
    "length": Metric("shortest way through solvable designed mazes, last fifth", 0, 200, "neither", "steps"),
    "regret": Metric("regret (best of antagonist less protagonist's mean), last fifth", -1, 1, "neither", "reward"),
    "random_solved": Metric("episodes in fresh random mazes with a way through: goal reached", 0, 1, "higher"),
    "far_solved": Metric("the same, where the way is longest (a quarter of the mazes)", 0, 1, "higher"),
    "drawn_solved": Metric("episodes in mazes drawn by hand: goal reached", 0, 1, "higher", "fraction"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment."""

    condition: str = "paired"
    """Name of this condition in figures, ledger and records."""
    pays: Literal["regret", "failure", "nothing"] = "regret"
    """What the adversary is paid for."""
    side: int = 7
    """Cells along a side."""
    blocks: int = 16
    """Walls that the adversary may place, one after another; a choice of an occupied cell does nothing."""
    horizon: int = 24
    """Steps of an episode."""
    batch: int = 24
    """Mazes in one update."""
    episodes: int = 2
    """Episodes of each agent in each maze."""
    hidden: int = 48
    """Units of the hidden layer of agents and adversary."""
    noise: int = 8
    """Random inputs of the adversary, so that its mazes can differ."""
    discount: float = 0.97
    learning_rate: float = 4e-3
    """Adam's, agents."""
    design_rate: float = 0.01
    """Adam's, adversary: it gets one reward for many choices, and must keep up."""
    spread: float = 0.02
    """Weight of the bonus on entropy, agents."""
    design_spread: float = 0.03
    """The same for the adversary."""
    updates: int = 30_000
    """Number of updates."""
    test: int = 100
    """Fresh random mazes after training."""


def _conditions(base: Config) -> dict[str, Config]:
    pays: dict[str, Literal["regret", "failure", "nothing"]] = {
        "paired": "regret",
        "minimax": "failure",
        "domain_randomisation": "nothing",
    }
    return {name: replace(base, condition=name, pays=each) for name, each in pays.items()}


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(Config(side=5, blocks=4, horizon=6, batch=2, episodes=2, hidden=8, updates=5, test=10)),
    "ci": _conditions(Config(updates=250)),
    "colab": _conditions(Config(updates=6000)),
    "paper": _conditions(Config(side=13, blocks=50, horizon=100, batch=32, hidden=128)),
}

DRAWN = (
    "S..#...  ...#...  ...#...  .......  ...#...  ...#...  ...#..G",
    "S......  ######.  .......  .######  .......  ######.  G......",
    "S#.....  .#.###.  .#.#...  .#.#.##  .#.#...  .#.###.  ...#..G",
    ".......  .#####.  .#G..#.  .###.#.  .....#.  S#####.  .......",
)
"""Mazes drawn by hand, seven cells a side: two rooms, a zigzag, a labyrinth, a hook."""


class Game(nn.Module):
    """Protagonist, antagonist and adversary, for each seed."""

    def __init__(self, config: Config, seeds: Sequence[int]) -> None:
        super().__init__()

        def streams(name: str) -> list[torch.Generator]:
            return [seeding.generator(seed, name) for seed in seeds]

        cells = config.side**2
        self.protagonist = Players(INPUTS, config.hidden, len(MOVES), streams("protagonist"))
        self.antagonist = Players(INPUTS, config.hidden, len(MOVES), streams("antagonist"))
        self.adversary = Players(3 * cells + 1 + config.noise, config.hidden, cells, streams("adversary"))

    def select(self, position: int) -> "Game":
        """The game of one seed, by its position, as a copy."""
        alone = copy.deepcopy(self)
        for parameter in alone.parameters():
            parameter.data = parameter.data[position : position + 1].clone()
        return alone


@torch.no_grad()
def design(
    adversary: Players | None, config: Config, batch: int, generators: Sequence[torch.Generator]
) -> tuple[Mazes, Lives]:
    """Mazes: the goal first, then the start, then walls one by one (sec. 5.2).

    Args:
        adversary: who chooses; None chooses uniformly.
        config: size and number of blocks.
        batch: mazes for each seed.
        generators: one a seed.
    """
    seeds, cells, steps = len(generators), config.side**2, config.blocks + 2
    plan = torch.zeros(seeds, batch, 3, cells)  # walls, goal, start
    noise = torch.stack([torch.randn(batch, config.noise, generator=each) for each in generators])
    seen, actions = [], []
    for step in range(steps):
        clock = torch.full((seeds, batch, 1), step / steps)
        seen.append(torch.cat([plan.flatten(2), clock, noise], -1))
        logits = torch.zeros(seeds, batch, cells) if adversary is None else adversary(seen[-1])[0]
        cell = choose(logits, generators)
        actions.append(cell)
        mark = nn.functional.one_hot(cell, cells).float()
        if step == 1:  # the start: beside the goal's cell, which is taken
            mark = torch.where((mark * plan[:, :, 1]).sum(-1, keepdim=True) > 0, mark.roll(1, -1), mark)
        layer = (1, 2)[step] if step < 2 else 0
        taken = plan.sum(2) if layer == 0 else torch.zeros_like(mark)
        plan[:, :, layer] = (plan[:, :, layer] + mark * (taken == 0)).clamp(max=1)
    walls = plan[:, :, 0].view(seeds, batch, config.side, config.side).bool()
    mazes = Mazes(walls, plan[:, :, 2].argmax(-1), plan[:, :, 1].argmax(-1))
    chosen = torch.stack(actions)
    return mazes, Lives(torch.stack(seen), chosen, torch.zeros(chosen.shape), torch.ones(chosen.shape))


@torch.no_grad()
def explore(
    players: Players, mazes: Mazes, config: Config, episodes: int, generators: Sequence[torch.Generator]
) -> Lives:
    """Let agents live in mazes, ``episodes`` times in each."""
    world = Explorers(mazes, episodes, config.horizon)
    seen, actions, rewards, counts = [], [], [], []
    for _ in range(config.horizon):
        seen.append(world.observe())
        actions.append(choose(players(seen[-1])[0], generators))
        reward, under_way = world.act(actions[-1])
        rewards.append(reward)
        counts.append(under_way.float())
    return Lives(torch.stack(seen), torch.stack(actions), torch.stack(rewards), torch.stack(counts))


def play(game: Game, config: Config, generators: Sequence[torch.Generator]) -> tuple[Tensor, dict[str, Tensor]]:
    """One round: mazes are designed, agents live in them, everybody's loss; ``(S,)``, and what is noted."""
    adversary = None if config.pays == "nothing" else game.adversary
    mazes, drawing = design(adversary, config, config.batch, generators)
    lives = explore(game.protagonist, mazes, config, config.episodes, generators)
    mean = _totals(lives, config).mean(-1)  # (S, B)
    losses = loss(game.protagonist, lives, config.discount, config.spread)
    regret = torch.full_like(mean, torch.nan)
    if config.pays == "regret":
        rival = explore(game.antagonist, mazes, config, config.episodes, generators)
        regret = _totals(rival, config).amax(-1) - mean
        losses = losses + loss(game.antagonist, rival, config.discount, config.spread)
    if adversary is not None:
        drawing.rewards[-1] = regret if config.pays == "regret" else -mean
        losses = losses + loss(adversary, drawing, 1.0, config.design_spread)
    way = mazes.shortest()
    solvable = (way >= 0).float()
    length = (way * solvable).sum(1) / solvable.sum(1).clamp(min=1)
    return losses, {"solvable": solvable.mean(1), "length": length, "regret": regret.mean(1), "reward": mean.mean(1)}


def _totals(lives: Lives, config: Config) -> Tensor:
    """What each episode brought, ``(S, B, E)``."""
    return lives.rewards.sum(0).view(lives.rewards.shape[1], config.batch, config.episodes)


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Train protagonist, antagonist and adversary for each seed, all seeds side by side.

    Args:
        config: the condition.
        seeds: one game each; up to round-off, a game does not depend on the others.
        device: ``cpu`` or ``auto``: these networks are too small for anything else.
        checkpoint: file to save to and to resume from.
        limit: stop before this update, to try only the beginning.

    Raises:
        ValueError: another device was asked for.
    """
    if device != "auto" and devices.resolve(device).type != "cpu":
        raise ValueError(f"PAIRED's small games run on the CPU, got device {device!r}: choose 'cpu' or 'auto'")
    game = Game(config, seeds)
    notes = ["solvable", "length", "regret", "reward"]
    training = Training(config, seeds, game, _optimiser(game, config), notes=notes)
    for update in training.updates(f"mazes, {config.condition}", checkpoint=checkpoint, limit=limit):
        losses, noted = play(game, config, training.streams.generators)
        training.descend(losses)
        training.note(update, **noted)
    return [_outcome(config, training, game.select(position), position, seed) for position, seed in enumerate(seeds)]


def _optimiser(game: Game, config: Config) -> torch.optim.Adam:
    """Agents and adversary learn at rates of their own."""
    agents = [*game.protagonist.parameters(), *game.antagonist.parameters()]
    groups: list[dict[str, Any]] = [
        {"params": agents, "lr": config.learning_rate},
        {"params": list(game.adversary.parameters()), "lr": config.design_rate},
    ]
    return torch.optim.Adam(groups, fused=True)


def fresh(config: Config) -> Mazes:
    """Random mazes with a way through, the same for every condition and seed; ``S = 1``."""
    stream = [seeding.generator(0, "fresh mazes")]
    mazes, _ = design(None, config, 4 * config.test, stream)
    kept = (mazes.shortest()[0] >= 0).nonzero()[: config.test, 0]
    return Mazes(mazes.walls[:, kept], mazes.start[:, kept], mazes.goal[:, kept])


def solves(game: Game, mazes: Mazes, config: Config, seed: int) -> Tensor:
    """How often the protagonist of a game with one seed reaches the goal, ``(B,)``; ten episodes in each maze."""
    lives = explore(game.protagonist, mazes, config, 10, [seeding.generator(seed, "test")])
    return (lives.rewards.sum(0) > 0).float().view(-1, 10).mean(-1)


def _outcome(config: Config, training: Training, game: Game, position: int, seed: int) -> Outcome:
    mazes = fresh(config)
    share, way = solves(game, mazes, config, seed), mazes.shortest()[0]
    far = way.argsort(descending=True, stable=True)[: max(1, len(way) // 4)]
    last = slice(training.ran - max(1, training.ran // 5), training.ran)
    names = ("solvable", "length", "regret") if config.pays == "regret" else ("solvable", "length")
    metrics = {name: float(training.noted[name][last, position].mean()) for name in names}
    metrics |= {"random_solved": float(share.mean()), "far_solved": float(share[far].mean())}
    if config.side == drawn(DRAWN[0]).side:
        longer = replace(config, horizon=2 * config.horizon)
        each = [solves(game, drawn(plan), longer, seed) for plan in DRAWN]
        metrics["drawn_solved"] = float(torch.cat(each).mean())
    per_step = config.batch * config.episodes
    labels = {
        "solvable": "mazes with a way through",
        "length": "shortest way (steps)",
        "reward": "protagonist's reward",
    }
    if config.pays == "regret":
        labels["regret"] = "regret"
    curves = {
        name: training.curve(name, seed, per_step=per_step, x_label="episodes of the protagonist", y_label=label)
        for name, label in labels.items()
    }
    return Outcome(config.condition, seed, metrics, curves, network=game)
