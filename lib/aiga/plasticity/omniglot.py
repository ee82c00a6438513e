"""Name handwritten characters after seeing each once: Omniglot, 5-way 1-shot (sec. 4.4, table 1).

An episode shows one drawing of each of five characters with its label, one step each, then a drawing without a label.
The characters of the test were never seen in training; only the plastic output layer can know which label is whose.

Original code: ``uber-research/differentiable-plasticity``, ``omniglot/omniglot.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import datasets, seeding
from aiga import device as devices
from aiga.experiment import Metric, Outcome, timed
from aiga.plasticity.model import Alpha
from aiga.plasticity.one_shot import OneShotNet
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Omniglot: name one of five characters seen once"

METRICS = {
    "accuracy": Metric("queries named correctly, characters never seen in training", 0.0, 1.0, "higher", "fraction"),
    "training_accuracy": Metric("the same on new episodes of training characters", 0.0, 1.0, "higher", "fraction"),
    "accuracy_without_plasticity": Metric(
        "accuracy after alpha was set to 0 in the trained network", 0.0, 1.0, "neither", "fraction"
    ),
    "eta": Metric("the learned rate of the trace", -10.0, 10.0, "neither", "per step"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment. Line numbers are those of the original ``omniglot/omniglot.py``."""

    condition: str = "plastic"
    """Name of this condition in figures, ledger and records."""
    alpha: Alpha = "per_connection"
    """Plasticity coefficients; ``homogeneous`` is the script's ``yoked`` (line 26), ``none`` cannot learn here."""
    ways: int = 5
    """Characters in an episode (line 117)."""
    queries: int = 1
    """Unlabelled drawings, each asked of the same memory; 1 in the original (line 140)."""
    features: int = 64
    """Maps of each convolution (line 175)."""
    resampling: Literal["bilinear", "area", "antialias"] = "bilinear"
    """How 105x105 becomes 31x31; bilinear without anti-aliasing is what skimage did when the paper was written
    (line 127; its default changed later)."""
    test_classes: int = 100
    """Characters kept for the test, drawn with the run's own seed from all 1,623 (lines 81, 281)."""
    alpha_range: float = 0.01
    """Initial alpha is uniform in [0, alpha_range] (line 190)."""
    eta: float = 0.01
    """Initial rate of the trace (line 196)."""
    loss: Literal["bce", "cross_entropy"] = "bce"
    """Binary cross-entropy over the five softmax outputs (line 328), or the usual cross-entropy."""
    learning_rate: float = 3e-5
    """Adam's (line 23)."""
    decay: float = 0.666
    """The learning rate is multiplied by this ... (line 300)"""
    decay_every: int = 1_000_000
    """... every so many updates (line 299)."""
    batch: int = 1
    """Episodes in one update; 1 in the original."""
    updates: int = 5_000_000
    """Number of updates (line 301)."""
    test_episodes: int = 100
    """Test episodes for each network (``test_omniglot_allseeds.py`` line 197)."""


# The original initial values sit on a plateau for tens of thousands of episodes: eta and alpha both start near 0.01, so
# the memory is scaled by 1e-4. Below paper scale we start with a memory that is felt at once.
_QUICK = Config(
    alpha_range=1.0,
    eta=0.5,
    queries=5,
    resampling="area",
    loss="cross_entropy",
    learning_rate=1e-3,
    decay=0.3,
    decay_every=360,
    batch=8,
    test_episodes=1000,
)
_CI = replace(_QUICK, updates=1000)
_COLAB = replace(_QUICK, batch=64, updates=16_000, decay_every=5_800)  # a million episodes, a fifth of the paper's


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": {"plastic": replace(_QUICK, batch=4, updates=3, test_episodes=20)},
    "ci": {"plastic": _CI},
    "colab": {"plastic": _COLAB},
    "paper": {"plastic": Config()},
}


@dataclass
class Episodes:
    """A batch of episodes, already as numbers in [0, 1] (white = 1, ink = 0, not inverted: line 275)."""

    drawings: Tensor  # (B, ways, 31, 31); the second index is the label
    queries: Tensor  # (B, Q, 31, 31)
    answers: Tensor  # (B, Q), the right label


class Characters:
    """The drawings of some characters on the training device, and episodes drawn from them.

    Args:
        images: uint8 drawings, ``(classes, drawers, 31, 31)``.
    """

    def __init__(self, images: Tensor) -> None:
        self.classes, self.drawers, self.side, _ = images.shape
        self.pixels = images.flatten(2).flatten(0, 1)  # (classes * drawers, 961), uint8
        grid = torch.arange(self.side**2, device=images.device).view(self.side, self.side)
        self.turned = torch.stack([grid.rot90(quarter).flatten() for quarter in range(4)])  # (4, 961)

    def episodes(self, config: Config, stream: torch.Generator, batch: int) -> Episodes:
        """Draw fresh episodes.

        Each character is turned by a random number of quarters, the same for all of its drawings in the episode (lines
        111, 125-126). A query may show the very drawing that was shown before, one time in twenty (lines 117-146).
        """
        place, ways, queries = self.pixels.device, config.ways, config.queries
        chosen = torch.rand(batch, self.classes, generator=stream, device=place).topk(ways).indices
        turns = torch.randint(4, (batch, ways), generator=stream, device=place)
        shown = torch.randint(self.drawers, (batch, ways), generator=stream, device=place)
        answers = torch.rand(batch, ways, generator=stream, device=place).argsort(1)[:, :queries]
        asked = torch.randint(self.drawers, (batch, queries), generator=stream, device=place)
        return Episodes(
            drawings=self._look_up(chosen, shown, turns),
            queries=self._look_up(chosen.gather(1, answers), asked, turns.gather(1, answers)),
            answers=answers,
        )

    def _look_up(self, classes: Tensor, drawers: Tensor, turns: Tensor) -> Tensor:
        upright = self.pixels[classes * self.drawers + drawers]  # (B, n, 961)
        turned = upright.gather(2, self.turned[turns]).float() / 255
        return turned.view(*classes.shape, self.side, self.side)


def split(images: Tensor, config: Config, seed: int) -> tuple[Tensor, Tensor]:
    """Shuffle the characters with the run's seed and keep the last ``test_classes`` for the test.

    Raises:
        ValueError: too few characters for that many test classes, or for an episode.
    """
    classes = len(images)
    if classes - config.test_classes < config.ways or config.test_classes < config.ways:
        raise ValueError(
            f"{classes} characters cannot give {config.test_classes} test classes and episodes of {config.ways}: "
            "lower test_classes"
        )
    order = torch.randperm(classes, generator=seeding.generator(seed, "split")).to(images.device)
    return images[order[: -config.test_classes]], images[order[-config.test_classes :]]


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Train one network for each seed, one after the other.

    Args:
        config: the condition.
        seeds: each decides its network's initial values, split and episodes.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from; each seed's own is named after it.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed the accuracy on characters never seen in training, and its course during training.

    Raises:
        ValueError: more queries than characters in an episode.
    """
    if config.queries > config.ways:
        raise ValueError(f"queries must be at most ways = {config.ways}, got {config.queries}")
    place = devices.resolve(device)
    characters = datasets.omniglot(31, resampling=config.resampling)
    images = characters.images.to(place)
    outcomes = []
    for seed in seeds:
        file = checkpoint.with_name(f"{checkpoint.stem}.seed{seed}{checkpoint.suffix}") if checkpoint else None
        outcome = _train_one(config, images, seed, file, limit)
        outcome.data = characters.data
        outcomes.append(outcome)
    return outcomes


def create(config: Config, seed: int, place: torch.device) -> OneShotNet:
    """A network that has not learned anything yet, on ``place``."""
    network = OneShotNet(
        seeding.generator(seed, "init"),
        ways=config.ways,
        features=config.features,
        alpha=config.alpha,
        eta=config.eta,
        alpha_range=config.alpha_range,
    ).to(place)
    for parameter in network.embedding.parameters():
        if parameter.dim() == 4:  # the same numbers, a third faster
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network


def _train_one(config: Config, images: Tensor, seed: int, file: Path | None, limit: int | None) -> Outcome:
    place = images.device
    seen, unseen = (Characters(part) for part in split(images, config, seed))
    network = create(config, seed, place)
    optimiser = adam(network, config.learning_rate)
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, config.decay_every, config.decay)
    training = Training(config, [seed], network, optimiser, notes=["loss", "accuracy"], others={"schedule": schedule})
    for update in training.updates(f"Omniglot {config.condition}, seed {seed}", checkpoint=file, limit=limit):
        drawn = seen.episodes(config, training.streams.generators[0], config.batch)
        logits = network(drawn.drawings, drawn.queries)
        loss = objective(logits, drawn.answers, config.loss)
        training.descend(loss)
        schedule.step()
        training.note(update, loss=loss, accuracy=(logits.argmax(-1) == drawn.answers).float().mean())
    return _outcome(config, training, seed, network, seen, unseen)


def objective(logits: Tensor, answers: Tensor, kind: str) -> Tensor:
    """Training loss: ``"bce"`` as in the original (0.5004 for a uniform guess over five), or ``"cross_entropy"``."""
    if kind == "cross_entropy":
        return F.cross_entropy(logits.flatten(0, 1), answers.flatten())
    return F.binary_cross_entropy(logits.softmax(-1), F.one_hot(answers, logits.shape[-1]).float())


@torch.no_grad()
def evaluate(network: OneShotNet, characters: Characters, config: Config, *, seed: int, stream: str) -> float:
    """Accuracy over ``config.test_episodes`` fresh episodes, one query each, as in the paper."""
    generator = seeding.generator(seed, stream, characters.pixels.device)
    single = replace(config, queries=1)
    hits = []
    at_once = 100
    for first in range(0, config.test_episodes, at_once):
        drawn = characters.episodes(single, generator, min(at_once, config.test_episodes - first))
        hits.append((network(drawn.drawings, drawn.queries).argmax(-1) == drawn.answers).float())
    return float(torch.cat(hits).mean())


def _outcome(
    config: Config, training: Training, seed: int, network: OneShotNet, seen: Characters, unseen: Characters
) -> Outcome:
    metrics = {
        "accuracy": evaluate(network, unseen, config, seed=seed, stream="test"),
        "training_accuracy": evaluate(network, seen, config, seed=seed, stream="test on training characters"),
    }
    if network.plastic:
        metrics["accuracy_without_plasticity"] = evaluate(
            network.without_plasticity(), unseen, config, seed=seed, stream="test"
        )
        metrics["eta"] = float(network.eta.detach())
    curves = {
        name: training.curve(name, seed, per_step=config.batch, y_label=label)
        for name, label in (
            ("loss", f"training loss ({config.loss.replace('_', '-')})"),
            ("accuracy", "training accuracy (fraction)"),
        )
    }
    return Outcome(config.condition, seed, metrics, curves, network=network)
