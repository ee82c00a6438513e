"""What happens before the meta-test of :mod:`aiga.anml.continual`: meta-training, ordinary training, or nothing."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding
from aiga.anml.conditions import Config
from aiga.anml.drawings import Drawings
from aiga.anml.inner import meta_loss, zap
from aiga.anml.model import ANML, OML, Network
from aiga.training import Training, adam


def create(config: Config, seed: int, place: torch.device) -> Network:
    """A network that has not learned anything yet, on ``place``."""
    generator = seeding.generator(seed, "init")
    network: Network
    if config.network == "oml":
        network = OML(
            generator,
            head=config.head,
            channels=config.channels,
            width=config.width,
            outputs=config.outputs,
            image_channels=config.image_channels,
        )
    else:
        network = ANML(
            generator,
            channels=config.channels,
            gate_channels=config.gate_channels,
            outputs=config.outputs,
            gated=config.gated,
            image_channels=config.image_channels,
        )
    return network.to(place)


def objective(
    network: Network, drawings: Drawings, config: Config, stream: torch.Generator, resets: torch.Generator
) -> Tensor:
    """What one update descends; where the condition resets a row, the network's head has been changed before.

    Args:
        network: the network.
        drawings: what may be shown.
        config: the condition.
        stream: source of classes and drawings.
        resets: source of fresh rows.

    Raises:
        ValueError: more steps than drawings of a class.
    """
    if not 0 < config.steps <= drawings.drawers:
        raise ValueError(f"steps must be 1 to {drawings.drawers}, the drawings of a class; got {config.steps}")
    if config.learning == "pretrain":
        images, labels = drawings.batch(stream, drawings.drawers + config.remember)
        return F.cross_entropy(network(images), labels)
    drawn = drawings.meta_batch(stream, config.remember)
    if config.zap:
        zap(network, drawn.label, resets)
    return meta_loss(
        network,
        drawn.images[: config.steps],
        drawn.label,
        drawn.images,
        drawn.labels,
        rate=config.inner_rate,
        order=config.order,
        inner=config.inner,
        reuse=True,
    )


def learn(
    network: Network,
    drawings: Drawings,
    config: Config,
    seed: int,
    *,
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> Training:
    """Train a network in place, between inner loops, as the condition says.

    Args:
        network: from :func:`create`.
        drawings: what training may show.
        config: the condition.
        seed: decides what is shown, and fresh rows.
        checkpoint: file to save to and to resume from.
        limit: stop before this update.
    """
    resets = seeding.Streams([seed], "resets", network.head_weight.device)
    optimiser = adam(network, config.learning_rate)
    training = Training(config, [seed], network, optimiser, notes=["loss"], others={"resets": resets})

    def clip() -> None:
        if config.clip:
            torch.nn.utils.clip_grad_value_(network.parameters(), config.clip)

    label = f"Omniglot {config.condition}, seed {seed}"
    for update in training.updates(label, checkpoint=checkpoint, limit=limit):
        loss = objective(network, drawings, config, training.streams.generators[0], resets.generators[0])
        training.descend(loss, before_step=clip)
        training.note(update, loss=loss)
    return training
