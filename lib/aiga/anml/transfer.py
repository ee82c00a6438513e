"""Transfer in the ordinary way: all layers learn new characters, from shuffled batches (``higherANML``, ``iid.py``)."""

import copy
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from aiga import seeding
from aiga.anml.drawings import Drawings
from aiga.anml.model import Network
from aiga.training import adam

SHOWN = 15
"""Drawings of each character to learn from; the others are held out."""


@torch.no_grad()
def reset(network: Network, generator: torch.Generator) -> None:
    """Draw all weights of the last layer anew; the biases stay, and so does what an optimiser remembers.

    Args:
        network: changed in place.
        generator: source of the new values, on the network's device.
    """
    weight = network.head_weight
    fresh = torch.randn(weight.shape, generator=generator, device=weight.device, dtype=weight.dtype)
    weight.copy_(fresh * (2 / weight.shape[1]) ** 0.5)


def shuffled(
    network: Network,
    new: Drawings,
    *,
    classes: int,
    rates: Sequence[float],
    epochs: int,
    batch: int,
    seed: int,
) -> float:
    """Accuracy on held-out drawings of new characters, after all layers and a new last one have learned them.

    Args:
        network: stays as it is.
        new: characters never trained on.
        classes: how many of them.
        rates: Adam's; of several, the best on another draw of characters and drawings.
        epochs: how often the drawings are shown.
        batch: drawings in a batch.
        seed: decides all draws.
    """

    def reached(rate: float, stream: str) -> float:
        draws = seeding.generator(seed, stream)
        head = seeding.generator(seed, f"{stream}, head", new.flat.device)
        return _learn(network, new, classes, rate, epochs, batch, draws, head)

    best = rates[0] if len(rates) == 1 else max(rates, key=lambda rate: reached(rate, "transfer, choice of rate"))
    return reached(best, "transfer")


def _learn(
    network: Network,
    new: Drawings,
    classes: int,
    rate: float,
    epochs: int,
    batch: int,
    draws: torch.Generator,
    head: torch.Generator,
) -> float:
    place = new.flat.device
    chosen = torch.randperm(new.classes, generator=draws)[:classes]
    drawers = torch.rand(classes, new.drawers, generator=draws).argsort(1)
    positions = (chosen[:, None] * new.drawers + drawers).to(place)  # (classes, 20)
    labels = torch.arange(classes, device=place)[:, None].expand_as(positions)
    shown, right = positions[:, :SHOWN].flatten(), labels[:, :SHOWN].flatten()
    learner = copy.deepcopy(network)
    reset(learner, head)
    learner.head_bias.data.zero_()
    optimiser = adam(learner, rate)
    for _ in range(epochs):
        for part in torch.randperm(len(shown), generator=draws).to(place).split(batch):
            optimiser.zero_grad()
            F.cross_entropy(learner(new.look_up(shown[part])), right[part]).backward()
            optimiser.step()
    with torch.no_grad():
        answers = [learner(new.look_up(part)).argmax(1) for part in positions[:, SHOWN:].flatten().split(500)]
    return float((torch.cat(answers) == labels[:, SHOWN:].flatten()).float().mean())
