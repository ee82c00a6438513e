"""Reset it and forget it: is it the reset of output weights that makes a network ready to learn?

Frati, Traft, Clune & Cheney, "Reset it and forget it: relearning last-layer weights improves continual and transfer
learning", ECAI 2024, arXiv 2310.07996. Three ways of training one network, each with resets ("zapping") and without;
then it learns new characters, one after another or shuffled.

Original code: ``uvm-neurobotics-lab/higherANML``; file names below are of that repository.
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
from aiga.anml import transfer
from aiga.anml.drawings import Drawings
from aiga.anml.inner import Inner, Order, meta_loss, zap
from aiga.anml.meta_test import meta_test
from aiga.anml.model import ANML
from aiga.anml.sequences import Protocol
from aiga.experiment import Metric, Outcome, timed
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Zapping: reset the output weights while training"

METRICS = {
    "sequential": Metric(
        "held-out drawings named, new characters learned one after another by a new last layer",
        0.0,
        1.0,
        "higher",
        "fraction",
    ),
    "shuffled": Metric(
        "held-out drawings named, new characters learned by all layers from shuffled drawings",
        0.0,
        1.0,
        "higher",
        "fraction",
    ),
}

Learning = Literal["iid", "asb", "meta_asb"]


@dataclass(frozen=True)
class Config:
    """One condition of the experiment."""

    condition: str = "iid"
    """Name of this condition in figures, ledger and records."""
    learning: Learning = "iid"
    """``iid``: batches of shuffled drawings. ``asb``, alternating sequential and batch: one class in sequence by plain
    SGD, then a batch of it and others, over and over. ``meta_asb``: the same, but the sequence is only tried, and the
    batch's gradient goes back through it; this is ANML without its gate (``anml.py``)."""
    zap: bool = False
    """Whether output weights are reset: with ``iid`` all of them, every ``epoch`` updates (``iid.py`` lines 86-92);
    else those of the class that comes next."""
    channels: int = 256
    """Maps of the three convolutions (model ``sanml``)."""
    outputs: int = 1000
    """Classes that the last layer can name."""
    classes: int = 963
    """Characters that are trained on, drawn with the run's seed from the background set."""
    drawers: int = 20
    """Drawings of each that are trained on: 15 with ``iid``."""
    inner_rate: float = 0.1
    """Rate of the SGD in the sequence."""
    inner: Inner = "network"
    """What the sequence of ``meta_asb`` changes."""
    order: Order = 2
    """Order of the gradient of ``meta_asb``."""
    remember: int = 64
    """Drawings of any class in a batch, beside the class's own."""
    batch: int = 256
    """Drawings in a batch of ``iid``."""
    epoch: int = 57
    """Updates from one reset of all weights to the next: once through 963 x 15 drawings."""
    learning_rate: float = 1e-3
    """Adam's, for the batches."""
    updates: int = 570
    """Number of batches: 10 epochs of ``iid``; 9,000 with ``asb`` and 25,000 with ``meta_asb``."""
    test_classes: int = 600
    """New characters that are learned afterwards."""
    trajectories: int = 10
    """How often, each time with other characters, in another order."""
    rates: tuple[float, ...] = (3e-3, 1e-3, 6e-4, 3e-4, 1e-4)
    """Adam's, for the last layer in sequence: of 16 in the original (``configs/learning-rates.yml``) those that could
    win; the best on trajectories that are not reported."""
    transfer_rates: tuple[float, ...] = (3e-3, 1e-3, 3e-4)
    """Adam's, for all layers from shuffled drawings."""
    transfer_epochs: int = 5
    """How often these drawings are shown."""
    transfer_batch: int = 256
    """In batches of so many."""


def _conditions(iid: Config, asb: Config, meta_asb: Config) -> dict[str, Config]:
    plain = {"iid": iid, "asb": replace(asb, learning="asb"), "meta_asb": replace(meta_asb, learning="meta_asb")}
    return {
        f"{name}{suffix}": replace(config, condition=f"{name}{suffix}", zap=bool(suffix))
        for name, config in plain.items()
        for suffix in ("", "_zap")
    }


# In seconds: few maps, and few characters, so that each one's weights are reset several times.
_CI = Config(
    channels=16,
    outputs=50,
    classes=50,
    inner="head",
    batch=84,
    epoch=15,
    learning_rate=3e-3,
    updates=150,
    test_classes=50,
    trajectories=2,
    rates=(1e-2, 3e-3, 1e-3, 3e-4),
    transfer_rates=(1e-2,),
    transfer_batch=64,
)
# With so few maps, sequences whose changes stay undo more than the batches learn at the original's 0.1: after 500
# updates with resets the loss was 4.9, more than guessing costs (3.9). At 0.03 it was 2.5.
_GENTLE = 0.03
_SMOKE = replace(_CI, channels=2, updates=3, test_classes=10, trajectories=1, rates=(1e-3,), transfer_epochs=1)
_COLAB = replace(_CI, channels=64, outputs=1000, classes=963, batch=256, epoch=57, learning_rate=1e-3, test_classes=600)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(replace(_SMOKE, drawers=15), replace(_SMOKE, inner_rate=_GENTLE), _SMOKE),
    "ci": _conditions(replace(_CI, drawers=15), replace(_CI, inner_rate=_GENTLE), _CI),
    "colab": _conditions(
        replace(_COLAB, drawers=15, updates=570),
        replace(_COLAB, inner_rate=_GENTLE, updates=2000),
        replace(_COLAB, updates=2000),
    ),
    "paper": _conditions(Config(drawers=15), Config(updates=9_000), Config(updates=25_000)),
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
    """Train one network for each seed, one after the other, and let it learn new characters.

    Args:
        config: the condition.
        seeds: each decides its network's initial values, its characters, and what is shown when.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from; each seed's own is named after it.
        limit: stop before this update, to try only the beginning.
    """
    place = devices.resolve(device)
    characters = datasets.omniglot(28)
    images = characters.images.to(place)
    known, new = images[~characters.evaluation.to(place)], images[characters.evaluation.to(place)]
    outcomes = []
    for seed in seeds:
        file = checkpoint.with_name(f"{checkpoint.stem}.seed{seed}{checkpoint.suffix}") if checkpoint else None
        outcome = _train_one(config, known, new, seed, file, limit)
        outcome.data = characters.data
        outcomes.append(outcome)
    return outcomes


def _train_one(config: Config, known: Tensor, new: Tensor, seed: int, file: Path | None, limit: int | None) -> Outcome:
    chosen = torch.randperm(len(known), generator=seeding.generator(seed, "classes"))[: config.classes]
    drawings = Drawings(known[chosen.to(known.device), : config.drawers])
    network = ANML(seeding.generator(seed, "init"), channels=config.channels, outputs=config.outputs, gated=False).to(
        known.device
    )
    resets = seeding.Streams([seed], "resets", known.device)
    training = Training(
        config, [seed], network, adam(network, config.learning_rate), notes=["loss"], others={"resets": resets}
    )
    for update in training.updates(f"zapping {config.condition}, seed {seed}", checkpoint=file, limit=limit):
        loss = objective(network, drawings, config, training.streams.generators[0], resets.generators[0], update)
        training.descend(loss)
        training.note(update, loss=loss)
    metrics = {
        "sequential": sequential(network, new, config, seed),
        "shuffled": transfer.shuffled(
            network,
            Drawings(new),
            classes=config.test_classes,
            rates=config.transfer_rates,
            epochs=config.transfer_epochs,
            batch=config.transfer_batch,
            seed=seed,
        ),
    }
    curves = {"loss": training.curve("loss", seed, per_step=1, x_label="batches", y_label="training loss")}
    return Outcome(config.condition, seed, metrics, curves, network=network)


def objective(
    network: ANML,
    drawings: Drawings,
    config: Config,
    stream: torch.Generator,
    resets: torch.Generator,
    update: int,
) -> Tensor:
    """The loss of one batch; where the condition says so, after a reset and a sequence that change the network.

    Args:
        network: the network.
        drawings: what is trained on.
        config: the condition.
        stream: source of classes and drawings.
        resets: source of fresh weights.
        update: how many batches there have been.
    """
    if config.learning == "iid":
        if config.zap and update % config.epoch == 0:
            transfer.reset(network, resets)
        images, labels = drawings.batch(stream, config.batch)
        return F.cross_entropy(network(images), labels)
    drawn = drawings.meta_batch(stream, config.remember)
    shown = drawn.images[: drawings.drawers]
    if config.zap:
        zap(network, drawn.label, resets)
    if config.learning == "asb":
        learn_in_sequence(network, shown, drawn.label, config.inner_rate)
        return F.cross_entropy(network(drawn.images), drawn.labels)
    return meta_loss(
        network,
        shown,
        drawn.label,
        drawn.images,
        drawn.labels,
        rate=config.inner_rate,
        order=config.order,
        inner=config.inner,
        reuse=True,
    )


def learn_in_sequence(network: ANML, images: Tensor, label: Tensor, rate: float) -> None:
    """Plain SGD, one image a step, on all weights; the changes stay (``anml.py``, ``run_sequential_episode``).

    Args:
        network: changed in place.
        images: ``(k, 1, 28, 28)``, in this order.
        label: their class, ``(1,)``.
        rate: step size.
    """
    weights: list[Tensor] = list(network.parameters())
    for image in images.split(1):
        gradients = torch.autograd.grad(F.cross_entropy(network(image), label), weights)
        with torch.no_grad():
            torch._foreach_add_(weights, gradients, alpha=-rate)


@torch.no_grad()
def sequential(network: ANML, new: Tensor, config: Config, seed: int) -> float:
    """Accuracy on held-out drawings after a new last layer has learned new characters one after another.

    Args:
        network: the network, of which the other layers stay as they are.
        new: uint8 drawings of characters never trained on, ``(classes, drawers, 28, 28)``.
        config: how many of them, how often, at what rates.
        seed: decides which, their order, and the new layer.
    """
    wanted = 2 * config.test_classes  # the rate is chosen on others, where there are enough
    order = torch.randperm(len(new), generator=seeding.generator(seed, "sequential classes"))[:wanted]
    drawings = Drawings(new[order.to(new.device)])
    positions = torch.arange(len(drawings.flat), device=new.device)
    features = torch.cat([network.embed(drawings.look_up(part)) for part in positions.split(500)])
    protocol = Protocol(
        lengths=(config.test_classes,),
        oracle_lengths=(),
        rates=config.rates,
        trajectories=config.trajectories,
        outputs=config.outputs,
    )
    embedded = features.unflatten(0, (drawings.classes, drawings.drawers))
    return meta_test(embedded, protocol, seed=seed).metrics()[f"accuracy_{config.test_classes}"]
