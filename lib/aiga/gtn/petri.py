"""The Synthetic Petri Dish: learn data on which tiny networks rank motifs as long training of large ones does.

The follow-up of the paper (Rawal et al. 2020, arXiv 2005.13092; described from memory), its experiment on MNIST: which
slope of the sigmoid is best, if results are known for slopes on one side of the best only? A predictor that reads the
slope must extrapolate; the dish really trains networks with that slope, on learned data.

Rivals: a neural network and a polynomial from slope to result; real data for as few steps as the dish takes; and the
dish before anything is learned. Our networks and data are smaller than the paper's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from aiga import device as devices
from aiga import seeding
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.gtn import dish
from aiga.gtn.dish import Dish
from aiga.gtn.motifs import Task, motifs, truth
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Synthetic Petri Dish: rank motifs on learned data"

METRICS = {
    "rank": Metric("Spearman's rank correlation with the truth, all motifs", -1.0, 1.0, "higher"),
    "rank_new": Metric("the same for motifs whose truth was not shown", -1.0, 1.0, "higher"),
    "miss": Metric("distance of the motif said to be best from the best", 0.0, 20.0, "lower", "octaves of slope"),
    "regret": Metric("loss of the motif said to be best, more than the least", 0.0, 10.0, "lower", "nats"),
    "images": Metric("real images that its judgement took", 0.0, 1e9, "lower", "thousand images"),
}


@dataclass(frozen=True)
class Config:
    """One condition: a way to judge motifs."""

    condition: str = "petri"
    """Name of this condition in figures, ledger and records."""
    method: Literal["dish", "predictor", "polynomial", "few_steps"] = "dish"
    """Learned data, a network or a polynomial from the slope, or real data for few steps."""
    task: Task = field(default_factory=Task)
    """What is to be judged."""
    features: int = 10
    """Numbers in a synthetic example."""
    hidden: int = 8
    """Units of each hidden layer of the tiny networks."""
    classes: int = 5
    """Of the tiny networks."""
    examples: int = 4
    """Synthetic examples of each class to learn from, and as many to be examined on."""
    steps: int = 15
    """Steps in the dish; the few steps on real data are as many."""
    starts: int = 4
    """Initial weights of a motif in an update."""
    test_starts: int = 16
    """Initial weights of a motif in the final judgement."""
    rate: float = 3.0
    """Step size in the dish before it is learned."""
    learning_rate: float = 0.03
    """Adam's; it falls along a cosine to a tenth."""
    updates: int = 100
    """Number of updates; 0 leaves the dish as it begins."""
    degree: int = 2
    """Of the polynomial, in the logarithm of the slope."""
    predictor_updates: int = 400
    """Steps of Adam for the neural predictor."""


_CI = Config()
_SMALL = Task(motifs=8, images=100, hidden=4, starts=1, batch=8, steps=6)
_SMOKE = Config(
    task=_SMALL, features=3, hidden=3, classes=2, examples=2, steps=2, test_starts=2, updates=3, predictor_updates=3
)


def _conditions(base: Config) -> dict[str, Config]:
    return {
        "petri": base,
        "unlearned": replace(base, condition="unlearned", updates=0),
        "predictor": replace(base, condition="predictor", method="predictor"),
        "polynomial": replace(base, condition="polynomial", method="polynomial"),
        "few_steps": replace(base, condition="few_steps", method="few_steps"),
    }


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE),
    "ci": _conditions(_CI),
    "colab": _conditions(replace(_CI, task=Task(motifs=40, starts=4, steps=1500), updates=200, starts=8)),
    "paper": _conditions(
        replace(_CI, task=Task(motifs=60, side=28, images=10_000, hidden=100, starts=5, steps=5000), updates=300)
    ),
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
    """Judge all motifs by one method, from the truth about those below ``known_below``.

    Args:
        config: the condition.
        seeds: each has a truth and a judgement of its own; dishes of several seeds are learned side by side.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save a dish to and to resume from; each seed's truth is saved beside it.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed how well motifs are ranked; the truth and the judgement as curves over slopes.
    """
    place = devices.resolve(device)
    found = [
        truth(config.task, config.steps, seed, str(place), checkpoint=checkpoint and _beside(checkpoint, seed))
        for seed in seeds
    ]
    few, long = (torch.stack([each[part] for each in found]) for part in (0, 1))  # type: ignore[misc]  # (S, M)
    slopes, known = motifs(config.task)
    network: Dish | None = None
    if config.method == "dish":
        network, judged = _dish(config, long, seeds, place, checkpoint, limit)
    elif config.method == "few_steps":
        judged = few
    else:
        fit = _polynomial if config.method == "polynomial" else _predictor
        judged = torch.stack([fit(config, each, seed) for each, seed in zip(long, seeds, strict=True)])
    fitted = config.method != "few_steps" and config.updates > 0  # or it knows no loss, and only its order counts
    outcomes = []
    for seed, real, said, each in zip(seeds, long, judged, found, strict=True):
        metrics = scores(slopes, known, real, said) | {"images": _images(config) / 1000}
        basis = known if fitted else torch.ones_like(known)
        drawn = dish.standardised(said, basis) * real[basis].std() + real[basis].mean()
        curves = {
            name: Curve(slopes.tolist(), values.exp().tolist(), "slope of the sigmoid", "validation loss (nats)")
            for name, values in (("truth", real), ("judged", drawn.clamp(max=5)))
        }
        outcomes.append(Outcome(config.condition, seed, metrics, curves, each[2], network=network))
    return outcomes


def _beside(checkpoint: Path, seed: int) -> Path:
    """Where the long training behind a seed's truth is saved."""
    return checkpoint.with_name(f"{checkpoint.stem}.truth{seed}{checkpoint.suffix}")


def _images(config: Config) -> int:
    """Real images, repetitions counted, that the judgement of all motifs took for one start of each."""
    task = config.task
    if config.method == "few_steps":
        return task.motifs * task.batch * min(config.steps, task.steps)
    known = 0 if config.updates == 0 else int(motifs(task)[1].sum())
    return known * task.batch * task.steps


def scores(slopes: Tensor, known: Tensor, real: Tensor, said: Tensor) -> dict[str, float]:
    """How good a judgement is.

    Args:
        slopes: the motifs, ``(M,)``.
        known: whose truth was shown, ``(M,)``.
        real: logarithms of their losses, ``(M,)``.
        said: the judgement, ``(M,)``; less is better; only its order matters.
    """
    best, chosen = int(real.argmin()), int(said.argmin())
    return {
        "rank": _spearman(said, real),
        "rank_new": _spearman(said[~known], real[~known]),
        "miss": abs(math.log2(float(slopes[chosen] / slopes[best]))),
        "regret": float(real[chosen].exp() - real[best].exp()),
    }


def _spearman(left: Tensor, right: Tensor) -> float:
    """Rank correlation; 0 where one side makes no difference between motifs."""
    if float(left.std()) == 0 or float(right.std()) == 0:
        return 0.0
    return min(1.0, max(-1.0, float(stats.spearmanr(left.numpy(), right.numpy()).statistic)))


def _dish(
    config: Config, long: Tensor, seeds: Sequence[int], place: torch.device, file: Path | None, limit: int | None
) -> tuple[Dish, Tensor]:
    """Learn the dishes' data so that known motifs come out in proportion to their truth; then judge all motifs."""
    slopes, known = motifs(config.task)
    generators = [seeding.generator(seed, "init", place) for seed in seeds]
    network = Dish(
        generators,
        features=config.features,
        hidden=config.hidden,
        classes=config.classes,
        examples=config.examples,
        steps=config.steps,
        rate=config.rate,
    )
    wanted = dish.standardised(long, known)[:, known].to(place)  # (S, known)
    every = torch.ones(int(known.sum()), dtype=torch.bool, device=place)
    optimiser = adam(network, config.learning_rate)
    training = Training(config, seeds, network, optimiser, notes=["error"])
    for update in training.updates(f"Petri dish, {config.condition}", checkpoint=file, limit=limit):
        wave = 0.5 + 0.5 * math.cos(math.pi * update / config.updates)
        optimiser.param_groups[0]["lr"] = config.learning_rate * (0.1 + 0.9 * wave)
        given = network(slopes[known].to(place), training.streams.generators, config.starts)
        errors = (dish.standardised(given, every) - wanted).square().mean(1)
        training.descend(errors)
        training.note(update, error=errors)
    tests = [seeding.generator(seed, "test", place) for seed in seeds]
    with torch.no_grad():
        return network, network(slopes.to(place), tests, config.test_starts).cpu()


def _polynomial(config: Config, long: Tensor, seed: int) -> Tensor:
    """A least-squares polynomial in the logarithm of the slope; it has no randomness, so ``seed`` is not used."""
    slopes, known = motifs(config.task)
    x = slopes.log().double().numpy()
    fitted = np.polyfit(x[known.numpy()], long[known].double().numpy(), config.degree)
    return torch.from_numpy(np.polyval(fitted, x)).float()


def _predictor(config: Config, long: Tensor, seed: int) -> Tensor:
    """A network of two hidden layers of 32 tanh units that reads the slope, fitted to the known results."""
    slopes, known = motifs(config.task)
    x = dish.standardised(slopes.log(), known)[None, :, None]  # (1, M, 1)
    wanted = dish.standardised(long, known)
    weights = [each.requires_grad_() for each in dish.create(seeding.generator(seed, "predictor"), 1, (1, 32, 32, 1))]

    def predict(at: Tensor) -> Tensor:
        hidden = torch.tanh(torch.tanh(at @ weights[0] + weights[1]) @ weights[2] + weights[3])
        return (hidden @ weights[4] + weights[5])[0, :, 0]

    optimiser = torch.optim.Adam(weights, lr=0.01)
    for _ in range(config.predictor_updates):
        optimiser.zero_grad()
        (predict(x[:, known]) - wanted[known]).square().mean().backward()
        optimiser.step()
    return predict(x).detach()
