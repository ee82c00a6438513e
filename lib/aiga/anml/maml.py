"""MAML, on whose shoulders OML and ANML stand: learn initial weights from which one step of SGD suffices.

Finn, Abbeel & Levine, "Model-agnostic meta-learning for fast adaptation of deep networks", ICML 2017, arXiv 1703.03400.
The task is theirs (sec. 5.2, table 1): tell five characters never seen before apart after one drawing of each.

Original code: ``cbfinn/maml``; file names and settings below are of that repository.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from aiga import datasets, seeding
from aiga import device as devices
from aiga.anml.learner import ConvNet, Parameters, adapt, logits, loss, shared
from aiga.anml.tasks import Tasks, draw, split, turned
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "MAML: initial weights from which one step suffices"

METRICS = {
    "accuracy": Metric(
        "queries named correctly after the last inner step, characters never seen in training",
        0.0,
        1.0,
        "higher",
        "fraction",
    ),
    "accuracy_1": Metric("the same after one step, at the rate that is best for one", 0.0, 1.0, "higher", "fraction"),
    "accuracy_0": Metric("the same before any step", 0.0, 1.0, "neither", "fraction"),
    "rate": Metric("rate of the inner loop of the test", 0.0, 10.0, "neither"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment."""

    condition: str = "maml"
    """Name of this condition in figures, ledger and records."""
    learn: Literal["maml", "pretrain"] = "maml"
    """What happens before the test: meta-learning, or ordinary classification of all training characters."""
    order: Literal[1, 2] = 2
    """Of the meta-gradient: 2 differentiates through the inner steps, 1 takes the inner gradients for constants
    (``stop_grad`` in ``main.py``)."""
    ways: int = 5
    """Characters in a task."""
    shots: int = 1
    """Drawings of each that the inner loop learns from."""
    queries: int = 1
    """Further drawings of each that the outer loss is measured on; as many as shots (``DataGenerator(2 * ...)``)."""
    filters: int = 64
    """Of each convolution (``num_filters``)."""
    head_init: float = 1.0
    """Standard deviation of the initial output weights (``maml.py``, ``w5``)."""
    inner_rate: float = 0.4
    """Of the inner SGD (``update_lr``)."""
    inner_steps: int = 1
    """Of SGD in training (``num_updates``)."""
    adapt_shift: bool = False
    """Whether the inner loop also moves the offsets of the batch norms; the original leaves them out (``maml.py``:
    they are no part of ``weights``), its outer loop learns them."""
    soft_labels: bool = True
    """Targets of 0.91 and 0.01 rather than 1 and 0 (``xent`` in ``utils.py``)."""
    tasks: int = 32
    """In one update (``meta_batch_size``)."""
    learning_rate: float = 1e-3
    """Adam's (``meta_lr``)."""
    updates: int = 60_000
    """Number of updates: 60,000 in the paper (from memory), 40,000 in ``main.py``."""
    training_classes: int = 1200
    """Characters for training, drawn with the run's seed from all 1,623 whatever their alphabet; the code keeps 100 of
    them for validation (``data_generator.py``)."""
    test_steps: int = 3
    """Inner steps in the test: 3 in the paper (from memory); the code reports each of 1 to 10."""
    test_rates: tuple[float, ...] = (0.4,)
    """Rates of the inner loop in the test; of several, the best on training characters is taken."""
    test_tasks: int = 600
    """``NUM_TEST_POINTS`` in ``main.py``."""


def _conditions(maml: Config) -> dict[str, Config]:
    """MAML, its first-order form, and two networks that never heard of tasks."""
    rates = (0.01, 0.03, 0.1, 0.3, 1.0)
    pretrained = replace(maml, condition="pretrained", learn="pretrain", test_rates=rates)
    return {
        "maml": maml,
        "first_order": replace(maml, condition="first_order", order=1),
        "pretrained": pretrained,
        "untrained": replace(pretrained, condition="untrained", updates=0),
    }


# In a few seconds: fewer filters, smaller output weights to begin with (1 saturates the softmax), a larger outer rate.
_CI = Config(
    filters=16,
    head_init=0.1,
    queries=2,
    adapt_shift=True,
    soft_labels=False,
    tasks=8,
    learning_rate=1e-2,
    updates=250,
    test_tasks=300,
)
_COLAB = replace(_CI, filters=64, tasks=32, learning_rate=1e-3, updates=5000, test_tasks=600)


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(replace(_CI, filters=4, tasks=2, updates=3, test_tasks=10)),
    "ci": _conditions(_CI),
    "colab": _conditions(_COLAB),
    "paper": _conditions(Config()),
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
    """Train one network for each seed, one after the other; the tasks of an update are a batch dimension.

    Args:
        config: the condition.
        seeds: each decides its network's initial values, its split and its tasks.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from; each seed's own is named after it.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed the accuracy on new characters, against inner steps too, and the course of the training.
    """
    characters = datasets.omniglot(28)
    images = characters.images.to(devices.resolve(device))
    outcomes = []
    for seed in seeds:
        file = checkpoint.with_name(f"{checkpoint.stem}.seed{seed}{checkpoint.suffix}") if checkpoint else None
        outcome = _train_one(config, images, seed, file, limit)
        outcome.data = characters.data
        outcomes.append(outcome)
    return outcomes


def _train_one(config: Config, images: Tensor, seed: int, file: Path | None, limit: int | None) -> Outcome:
    known, new = split(images, config, seed)
    pretrain = config.learn == "pretrain"
    network = ConvNet(
        seeding.generator(seed, "init"),
        outputs=len(known) if pretrain else config.ways,
        filters=config.filters,
        head_init=config.head_init,
    ).to(images.device)
    training = Training(config, [seed], network, adam(network, config.learning_rate), notes=["loss", "accuracy"])
    for update in training.updates(f"MAML {config.condition}, seed {seed}", checkpoint=file, limit=limit):
        step = _classify if pretrain else _meta_learn
        losses, right = step(network, known, config, training.streams.generators[0])
        training.descend(losses)
        training.note(update, loss=losses, accuracy=right)
    metrics, steps = test(network, known, new, config, seed)
    seen = config.tasks * config.ways * (config.shots + config.queries)
    curves = {"steps": steps}
    for name, what in (("loss", "training loss (cross-entropy)"), ("accuracy", "training accuracy (fraction)")):
        if training.ran:
            curves[name] = training.curve(name, seed, per_step=seen, x_label="drawings seen", y_label=what)
    return Outcome(config.condition, seed, metrics, curves, network=network)


def meta_losses(network: ConvNet, drawn: Tasks, config: Config) -> tuple[Tensor, Tensor]:
    """The outer loss of each task, ``(T,)``, after the inner steps, and the logits ``(T, n, ways)`` of its queries."""
    parameters: Parameters = shared(dict(network.named_parameters()), len(drawn.support))
    for _ in range(config.inner_steps):
        parameters = _step(parameters, drawn, config, rate=config.inner_rate, order=config.order)
    answers = logits(parameters, drawn.query)
    return loss(answers, drawn.query_labels, soft=config.soft_labels), answers


def _step(parameters: Parameters, drawn: Tasks, config: Config, *, rate: float, order: Literal[1, 2]) -> Parameters:
    def objective(current: Parameters) -> Tensor:
        return loss(logits(current, drawn.support), drawn.support_labels, soft=config.soft_labels)

    fixed = () if config.adapt_shift else tuple(name for name in parameters if name.startswith("shift"))
    return adapt(parameters, objective, rate=rate, order=order, fixed=fixed)


def _meta_learn(network: ConvNet, known: Tensor, config: Config, stream: torch.Generator) -> tuple[Tensor, Tensor]:
    """Loss and accuracy over one update's tasks."""
    drawn = draw(known, config, stream, config.tasks)
    losses, answers = meta_losses(network, drawn, config)
    return losses.mean(), _right(answers, drawn.query_labels).mean()


def _classify(network: ConvNet, known: Tensor, config: Config, stream: torch.Generator) -> tuple[Tensor, Tensor]:
    """Loss and accuracy on as many drawings, upright, each character being a class."""
    batch = config.tasks * config.ways * (config.shots + config.queries)
    classes = torch.randint(len(known), (batch,), generator=stream, device=known.device)
    drawers = torch.randint(known.shape[1], (batch,), generator=stream, device=known.device)
    pictures = turned(known[classes, drawers], torch.zeros_like(classes))
    answers = network(pictures[:, None])[None]
    return loss(answers, classes[None], soft=config.soft_labels).mean(), _right(answers, classes[None]).mean()


def _right(answers: Tensor, labels: Tensor) -> Tensor:
    """Share of right answers in each task, ``(T,)``."""
    return (answers.detach().argmax(-1) == labels).float().mean(-1)


def test(network: ConvNet, known: Tensor, new: Tensor, config: Config, seed: int) -> tuple[dict[str, float], Curve]:
    """Teach the network tasks of new characters.

    A network that was trained to classify gets a fresh output layer first. Where there is a choice of rates, we take
    the one that serves best on tasks of training characters.

    Returns:
        The metrics, and the accuracy against the number of inner steps.
    """
    parameters = {name: value.detach() for name, value in network.named_parameters()}
    if config.learn == "pretrain":
        fresh = ConvNet(
            seeding.generator(seed, "test head"),
            outputs=config.ways,
            filters=config.filters,
            head_init=config.head_init,
        )
        parameters |= {name: getattr(fresh, name).detach().to(new.device) for name in ("head_weight", "head_bias")}
    for_one, for_all = _best_rates(parameters, known, config, seed)
    accuracy = _by_steps(parameters, new, config, for_all, seed, "test")
    first = accuracy if for_one == for_all else _by_steps(parameters, new, config, for_one, seed, "test")
    metrics = {"accuracy": accuracy[-1], "accuracy_1": first[1], "accuracy_0": accuracy[0], "rate": for_all}
    steps = [float(step) for step in range(config.test_steps + 1)]
    return metrics, Curve(steps, accuracy, "inner steps", "queries named correctly (fraction)")


def _best_rates(parameters: Parameters, known: Tensor, config: Config, seed: int) -> tuple[float, float]:
    """The best of the rates on tasks of training characters: for one inner step, and for all of them."""
    if len(config.test_rates) == 1:
        return config.test_rates[0], config.test_rates[0]
    few = replace(config, test_tasks=max(1, config.test_tasks // 4))
    tried = {rate: _by_steps(parameters, known, few, rate, seed, "rate") for rate in config.test_rates}
    one, every = (max(tried, key=lambda rate: tried[rate][step]) for step in (1, config.test_steps))
    return one, every


def _by_steps(
    parameters: Parameters, images: Tensor, config: Config, rate: float, seed: int, stream: str
) -> list[float]:
    """Accuracy before the first inner step and after each."""
    generator = seeding.generator(seed, stream, images.device)
    right = []
    at_once = 50
    for first in range(0, config.test_tasks, at_once):
        drawn = draw(images, config, generator, min(at_once, config.test_tasks - first))
        current = {name: value.requires_grad_() for name, value in shared(parameters, len(drawn.support)).items()}
        right.append([_right(logits(current, drawn.query), drawn.query_labels)])
        for _ in range(config.test_steps):
            current = {
                name: value.detach().requires_grad_()
                for name, value in _step(current, drawn, config, rate=rate, order=1).items()
            }
            with torch.no_grad():
                right[-1].append(_right(logits(current, drawn.query), drawn.query_labels))
    return torch.cat([torch.stack(each) for each in right], 1).mean(1).tolist()
