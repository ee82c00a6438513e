"""Learning to learn from reward: an LSTM that becomes a player of bandits (Wang et al. 2016; Duan et al. 2016).

Every episode has two arms with new hidden odds. The network is told what it pulled last and whether that paid; its
weights were trained over thousands of bandits and stay as they are while it plays. Whatever it finds out about *this*
bandit it can only keep in its activity. It learns when to explore and when to stop, and is compared with players that
somebody designed, whose earnings are computed exactly (:mod:`aiga.backpropamine.gamblers`).

The task is that of Wang et al. with independent arms; the settings below are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import device as devices
from aiga import seeding
from aiga.backpropamine import gamblers
from aiga.backpropamine.gated import GatedAgent, GatedLife
from aiga.envs.bandits import Bandits
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.plasticity import a2c
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Bandits: a network that explores, then exploits, with its weights frozen"

METRICS = {
    "reward": Metric("reward", 0.0, 1.0, "higher", "per trial"),
    "regret": Metric("earned less than the best arm would have given", 0.0, 100.0, "lower", "per episode"),
    "share_of_optimal": Metric(
        "how far from the random player (0) to the Bayes-optimal one (1)", -1.0, 1.2, "higher", "fraction"
    ),
    "first_best": Metric("pulls of the better arm at the first trial", 0.0, 1.0, "neither", "fraction"),
    "late_best": Metric("pulls of the better arm in the last third", 0.0, 1.0, "higher", "fraction"),
    "early_switches": Metric("pulls of another arm than just before, first third", 0.0, 1.0, "neither", "fraction"),
    "late_switches": Metric("pulls of another arm than just before, last third", 0.0, 1.0, "neither", "fraction"),
    "best_before_wipe": Metric("pulls of the better arm just before half-time", 0.0, 1.0, "higher", "fraction"),
    "best_after_wipe": Metric(
        "pulls of the better arm just after, its activity set to 0 at half-time", 0.0, 1.0, "neither", "fraction"
    ),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment."""

    condition: str = "lstm"
    """Name of this condition in figures, ledger and records."""
    told_reward: bool = True
    """Tell the network what its last pull paid; without, nothing can be learned within an episode."""
    trials: int = 100
    """Length of an episode."""
    cells: int = 48
    """LSTM cells."""
    discount: float = 0.9
    """Of later rewards; what exploring is worth to the network."""
    value: float = 0.1
    """Weight of the critic's squared error."""
    concentration: float = 0.05
    """Weight of the penalty on concentrated policies."""
    learning_rate: float = 3e-3
    """Adam's."""
    longest: float = 4.0
    """Longest gradient."""
    batch: int = 64
    """Episodes in one update."""
    updates: int = 20_000
    """Number of updates."""
    test_episodes: int = 4000
    """Fresh episodes for the metrics after training."""


ARMS = 2
INPUTS = ARMS + 3  # previous action, previous reward, trial, bias

_CI = Config(trials=15, cells=24, learning_rate=6e-3, value=0.5, updates=2000)


def _conditions(told: Config, *, blind: int) -> dict[str, Config]:
    """Each condition; the one that is not told its rewards gets ``blind`` updates."""
    return {"lstm": told, "not_told": replace(told, condition="not_told", told_reward=False, updates=blind)}


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(replace(_CI, trials=6, cells=6, batch=4, updates=3, test_episodes=20), blind=3),
    "ci": _conditions(_CI, blind=100),
    "colab": _conditions(replace(_CI, trials=50, cells=48, learning_rate=3e-3, updates=6000), blind=1000),
    "paper": _conditions(Config(), blind=20_000),
}


class Casino:
    """The bandits as a network sees them: five numbers in, an arm out; remembers what happened.

    Args:
        config: the task.
        generators: one a seed, on the device where the bandits are to live.
        batch: bandits a seed, ``B``.
    """

    def __init__(self, config: Config, generators: Sequence[torch.Generator], batch: int) -> None:
        self.config, self.bandits = config, Bandits(config.trials, generators, batch, arms=ARMS)
        self.actions: list[Tensor] = []  # each (S, B), like the rewards
        self.rewards: list[Tensor] = []

    def observe(self) -> Tensor:
        """What the networks see now, ``(S, B, 5)``."""
        networks, batch, _ = self.bandits.odds.shape
        seen = self.bandits.odds.new_zeros(networks, batch, INPUTS)
        if self.actions:
            seen[..., :ARMS] = F.one_hot(self.actions[-1], ARMS).to(seen.dtype)
            if self.config.told_reward:
                seen[..., ARMS] = 2 * self.rewards[-1] - 1  # so that nothing paid is not the same as nothing pulled
        seen[..., -2] = self.bandits.now / self.config.trials
        seen[..., -1] = 1.0
        return seen

    def act(self, action: Tensor) -> Tensor:
        """Pull; the reward, ``(S, B)``."""
        self.actions.append(action)
        self.rewards.append(self.bandits.pull(action))
        return self.rewards[-1]

    def regrets(self) -> Tensor:
        """At each trial, how much better the odds of the best arm were than those of the one pulled, ``(T, S, B)``."""
        return self.bandits.best - self.bandits.odds_of(torch.stack(self.actions))

    def switches(self) -> Tensor:
        """Whether each trial's arm is another one than that of the trial before, ``(T - 1, S, B)``."""
        pulled = torch.stack(self.actions)
        return pulled[1:] != pulled[:-1]


def live(
    network: GatedAgent,
    config: Config,
    generators: Sequence[torch.Generator],
    batch: int,
    *,
    wipe: int | None = None,
) -> tuple[a2c.Steps, Casino]:
    """One fresh episode for each of ``S x B`` agents: what they did, and what happened to them.

    Args:
        network: the agents.
        config: the task.
        generators: one a seed, on the network's device.
        batch: episodes a seed, ``B``.
        wipe: the trial before which all activity is set to 0; None lets it be.
    """
    world = Casino(config, generators, batch)
    chance = a2c.noise(config.trials, batch, ARMS, generators)
    return a2c.play(GatedLife(network, batch, wipe=wipe), world, chance), world


def create(config: Config, seeds: Sequence[int]) -> GatedAgent:
    """Untrained networks, one a seed."""
    return GatedAgent(INPUTS, config.cells, ARMS, [seeding.generator(seed, "init") for seed in seeds])


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Train one network for each seed, all side by side.

    Args:
        config: the condition.
        seeds: one network each; up to round-off, a network does not depend on the others.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed how it plays fresh bandits with frozen weights, and the course of its training.
    """
    network = create(config, seeds).to(devices.resolve(device))
    training = Training(config, seeds, network, adam(network, config.learning_rate), notes=["regret"])
    for update in training.updates(f"bandits, {config.condition}", checkpoint=checkpoint, limit=limit):
        steps, world = live(network, config, training.streams.generators, config.batch)
        costs = a2c.loss(steps, discount=config.discount, value=config.value, concentration=config.concentration)
        training.descend(costs.mean(1), before_step=partial(a2c.clip, network, config.longest))
        training.note(update, regret=world.regrets().sum(0).mean(1))
    return [_outcome(config, training, seed, network.select(position)) for position, seed in enumerate(seeds)]


@torch.no_grad()
def evaluate(network: GatedAgent, config: Config, *, seed: int, wipe: int | None = None) -> Casino:
    """One network in ``config.test_episodes`` fresh episodes, the same ones with a wipe and without."""
    stream = [seeding.generator(seed, "test", network.into.device)]
    return live(network, config, stream, config.test_episodes, wipe=wipe)[1]


@cache
def best_possible(trials: int) -> float:
    """What the Bayes-optimal player earns in an episode, on average."""
    return float(gamblers.earnings(gamblers.optimal(trials), trials).sum())


def _outcome(config: Config, training: Training, seed: int, network: GatedAgent) -> Outcome:
    half, third = config.trials // 2, config.trials // 3
    world, wiped = evaluate(network, config, seed=seed), evaluate(network, config, seed=seed, wipe=half)
    regrets = world.regrets()[:, 0]  # (T, B)
    best, switches = (regrets == 0).double(), world.switches()[:, 0].double()
    chance, most = config.trials / 2, best_possible(config.trials)
    lost = float(regrets.sum(0).mean())
    earned = gamblers.MEAN_OF_BEST * config.trials - lost
    metrics = {
        "reward": float(torch.stack(world.rewards).mean()),
        "regret": lost,
        "share_of_optimal": (earned - chance) / (most - chance),
        "first_best": float(best[0].mean()),
        "late_best": float(best[-third:].mean()),
        "early_switches": float(switches[:third].mean()),
        "late_switches": float(switches[-third:].mean()),
        "best_before_wipe": float(best[half - 2 : half].mean()),
        "best_after_wipe": float((wiped.regrets()[half : half + 2, 0] == 0).double().mean()),
    }
    numbers = [1.0 + number for number in range(config.trials)]
    wiped_regrets = wiped.regrets()[:, 0].mean(1).tolist()
    curves = {
        "regret": training.curve("regret", seed, per_step=config.batch, y_label="regret per episode"),
        "regret_by_trial": Curve(numbers, regrets.mean(1).tolist(), "trial of the episode", "regret"),
        "regret_by_trial_wiped": Curve(numbers, wiped_regrets, "trial of the episode", "regret"),
        "switches_by_trial": Curve(numbers[1:], switches.mean(1).tolist(), "trial of the episode", "switches"),
    }
    return Outcome(config.condition, seed, metrics, curves, network=network)
