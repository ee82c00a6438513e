"""Learn hundreds of characters one after another, each drawing shown once (secs. 3 and 4, figs. 3 and 4).

In meta-training a network learns one character from twenty drawings, one step of gradient descent each, and is then
asked for it and for 64 drawings of any character. Its rivals are trained on as many drawings in the ordinary way, or
not at all. The meta-test is :mod:`aiga.anml.meta_test`: characters of other alphabets, fifteen drawings of each to
learn from, five held out.

Original code: ``uvm-neurobotics-lab/ANML``, ``mrcl_classification.py`` and ``evaluate_classification.py``.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aiga import datasets
from aiga import device as devices
from aiga.anml.analysis import Representation, knn, represent, sparsity
from aiga.anml.conditions import Config, conditions
from aiga.anml.drawings import Drawings, spread
from aiga.anml.learning import create, learn
from aiga.anml.meta_test import Accuracy, Protocol, Result, Trajectories, fine_tune, meta_test
from aiga.anml.model import Network
from aiga.experiment import Metric, Outcome, timed
from aiga.scale import Scale

TITLE = "Characters learned one after another: what is left at the end"

LENGTHS = (10, 50, 75, 100, 150, 200, 300, 400, 500, 600)
"""Numbers of classes after which the paper measures (``evaluate_classification.py`` line 373 lacks 150)."""

TRAINING = 963
"""Classes of the background set that may be trained on: all but the last (``mrcl_classification.py`` line 27)."""


def _metrics() -> dict[str, Metric]:
    declared = {}
    for length in LENGTHS:
        after = f"after {length} classes"
        declared[f"accuracy_{length}"] = Metric(f"held-out drawings named, {after}", 0.0, 1.0, "higher", "fraction")
        declared[f"seen_{length}"] = Metric(f"learned drawings named, {after}", 0.0, 1.0, "higher", "fraction")
        declared[f"oracle_{length}"] = Metric(
            f"held-out drawings named, {after} whose drawings came shuffled", 0.0, 1.0, "higher", "fraction"
        )
        declared[f"drop_{length}"] = Metric(
            f"what the order cost, {after}: 1 - sequential / shuffled", -10.0, 1.0, "lower", "fraction"
        )
    return declared


METRICS = _metrics() | {
    "active_before_gate": Metric("hidden units above 0.01 for a new drawing, ungated", 0.0, 1.0, "neither", "fraction"),
    "active_after_gate": Metric("hidden units above 0.01 for a new drawing, gated", 0.0, 1.0, "neither", "fraction"),
    "knn_ungated": Metric("held-out drawings named by 5 neighbours, ungated units", 0.0, 1.0, "higher", "fraction"),
    "knn_gated": Metric("held-out drawings named by 5 neighbours, gated units", 0.0, 1.0, "higher", "fraction"),
}


# The paper's rivals have OML's network (sec. 3.4). Below paper scale they have ANML's without its gate, so that only
# meta-training is missing; and training shows a part of the classes, so that each is met more than once.
_PAPER = Config()
_RIVAL = replace(_PAPER, network="oml", gated=False, learning_rate=1e-4, learns=("head", "linear"))
_SMALL = replace(
    _PAPER,
    channels=32,
    gate_channels=16,
    image_channels=1,
    classes=200,
    outputs=200,
    learning_rate=3e-3,
    updates=240,
    test_classes=200,
    protocol=Protocol(lengths=(10, 50, 100), rates=(1e-2, 3e-3, 1e-3, 3e-4), trajectories=5, outputs=100, draws=2),
)
_SHOWN = ("anml", "without_gate", "without_reset", "without_both", "pretrain", "scratch")
_INNER = ("second_order", "head_only", "five_steps", "one_step")
_SMOKE = replace(
    _SMALL,
    channels=4,
    gate_channels=3,
    width=8,
    updates=4,
    test_classes=20,
    protocol=Protocol(lengths=(10,), rates=(3e-3,), trajectories=1, outputs=10),
)
_COLAB = replace(
    _PAPER,
    channels=128,
    gate_channels=56,
    image_channels=1,
    updates=3_000,
    protocol=Protocol(
        lengths=(10, 50, 100, 200, 400, 600),
        oracle_lengths=(600,),
        rates=(3e-3, 1e-3, 3e-4),
        trajectories=2,
        outputs=600,
    ),
)


def _short(those: dict[str, Config], **changed: Any) -> dict[str, Config]:
    """Where more than the head learns, it is one rate and one sequence at a time: a shorter test."""
    whole = {name: config for name, config in those.items() if config.learns != ("head",)}
    return those | {name: replace(each, protocol=replace(each.protocol, **changed)) for name, each in whole.items()}


SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": conditions(_SMOKE, replace(_SMOKE, gated=False)),
    "ci": _short(
        conditions(_SMALL, replace(_SMALL, gated=False), *_SHOWN, *_INNER),
        lengths=(10, 50),
        oracle_lengths=(50,),
        rates=(3e-3, 1e-3),
        trajectories=1,
        draws=1,
    ),
    "colab": _short(
        conditions(_COLAB, replace(_COLAB, gated=False), *_SHOWN, *_INNER),
        lengths=(10, 50, 100),
        oracle_lengths=(100,),
        trajectories=1,
    ),
    "paper": _short(conditions(_PAPER, _RIVAL), oracle_lengths=(600,)),
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
    """Train one network for each seed, one after the other, and let each learn the test's characters in sequence.

    Args:
        config: the condition.
        seeds: each decides its network's initial values, what training shows, and the test's classes.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from; each seed's own is named after it.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed the accuracies after each number of classes, and the course of the loss during training.
    """
    place = devices.resolve(device)
    characters = datasets.omniglot(28)
    images = characters.images.to(place)
    drawings = Drawings(spread(images[~characters.evaluation][:TRAINING], config.classes))
    new = 1 - spread(images[characters.evaluation], config.test_classes).float() / 255
    outcomes = []
    for seed in seeds:
        file = checkpoint.with_name(f"{checkpoint.stem}.seed{seed}{checkpoint.suffix}") if checkpoint else None
        network = create(config, seed, place)
        training = learn(network, drawings, config, seed, checkpoint=file, limit=limit)
        outcome = Outcome(config.condition, seed, {}, network=network, data=characters.data)
        if config.updates:
            shown, words = drawings.drawers + config.remember, "loss (cross-entropy)"
            outcome.curves["loss"] = training.curve("loss", seed, per_step=shown, x_label="drawings", y_label=words)
        if limit is None or not config.updates:  # where nothing is trained, the test is all that can be compared
            _measure(outcome, network, new, config)
        outcomes.append(outcome)
    return outcomes


def examine(network: Network, seen: Representation, images: Tensor, config: Config, seed: int) -> Result:
    """The meta-test of a trained network.

    Args:
        network: the network, which is not changed.
        seen: what it makes of the images.
        images: drawings of characters that training never showed, ink = 1, ``(classes, drawers, side, side)``.
        config: the condition.
        seed: decides classes, their order, and fresh heads; the same for all conditions.
    """
    if config.learns == ("head",):
        return meta_test(seen.embedded, config.protocol, seed=seed)
    sequential = partial(_fine_tuned, network, config.learns, images, shuffled=False)
    shuffled = partial(_fine_tuned, network, config.learns, images, shuffled=True)
    return meta_test(seen.embedded, config.protocol, seed=seed, learn=sequential, learn_shuffled=shuffled)


def _fine_tuned(
    network: Network,
    names: Sequence[str],
    images: Tensor,
    embedded: Tensor,
    trajectories: Trajectories,
    *,
    lengths: Sequence[int],
    rates: Sequence[float],
    shown: int,
    shuffled: bool,
) -> Accuracy:
    """More than the head learns: one rate and one sequence after the other."""
    del embedded  # changes with every step here
    found = [
        fine_tune(network, names, images, one, lengths=lengths, rate=rate, shown=shown, shuffled=shuffled)
        for rate in rates
        for one in (trajectories[place : place + 1] for place in range(len(trajectories.classes)))
    ]
    seen, held_out = (torch.stack(part).unflatten(0, (len(rates), -1)) for part in zip(*found, strict=True))
    return Accuracy(seen, held_out)


def _measure(outcome: Outcome, network: Network, images: Tensor, config: Config) -> None:
    seen = represent(network, images)
    result = examine(network, seen, images, config, outcome.seed)
    outcome.metrics |= result.metrics() | {"knn_ungated": knn(seen.hidden)}
    active = sparsity(seen)
    outcome.metrics["active_before_gate"] = active.active_before_gate
    if config.network == "anml" and config.gated:
        outcome.metrics["active_after_gate"] = active.active_after_gate
        outcome.metrics["knn_gated"] = knn(seen.embedded)
    outcome.curves |= result.curves()
