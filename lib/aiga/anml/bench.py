"""How fast the chapter's meta-training is, against a literal transcription of the released procedure, in the same run.

The transcription does what ``model/meta_learner.py`` and ``model/learner.py`` of ``uvm-neurobotics-lab/ANML`` do: one
image at a time through both networks, gradients of every inner step also for the network that the inner loop leaves
alone, all weights copied at every step. With ``create_graph`` it differentiates through the steps, as the paper says.
"""

import functools
from collections.abc import Callable, Iterator
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding, speed
from aiga.anml.drawings import Drawings
from aiga.anml.inner import Order, meta_loss, zap
from aiga.anml.model import ANML
from aiga.speed import Growth, Row, Side
from aiga.training import adam

SMALL = "32 and 16 channels"
LARGE = "the paper's 256 and 112 channels"
WIDTHS = {SMALL: (32, 16), LARGE: (256, 112)}
REMEMBER = 64
ITERATIONS = 2
"""Meta-iterations of a measurement; the first of them makes Adam's moments."""

Build = Callable[[Drawings, tuple[int, int], Order], Callable[[], None]]


def literal_logits(weights: dict[str, Tensor], image: Tensor) -> Tensor:
    """Logits ``(1, outputs)`` of one image, as ``learner.py`` lines 188-279 compute them."""

    def encoded(prefix: str) -> Tensor:
        features = image.expand(-1, weights[f"{prefix}.values.0"].shape[1], -1, -1)
        for block in range(3):
            kernel, bias, scale, shift = (weights[f"{prefix}.values.{4 * block + part}"] for part in range(4))
            features = F.conv2d(features, kernel, bias)
            features = F.relu(F.batch_norm(features, None, None, scale, shift, training=True))
            if block < 2:
                features = F.max_pool2d(features, 2)
        return features.flatten(1)

    features = encoded("encoder")
    if "gate_weight" in weights:
        gate = torch.sigmoid(F.linear(encoded("modulator"), weights["gate_weight"], weights["gate_bias"]))
        features = features * gate
    return F.linear(features, weights["head_weight"], weights["head_bias"])


def literal_meta_loss(
    network: ANML,
    trajectory: Tensor,
    label: int,
    meta_images: Tensor,
    meta_labels: Tensor,
    *,
    rate: float = 0.1,
    order: Order = 1,
) -> Tensor:
    """The released inner loop (``meta_learner.py`` lines 151-177), whose ``backward()`` gives the meta-gradient."""
    weights: dict[str, Tensor] = dict(network.named_parameters())
    target = torch.tensor([label])
    for image in trajectory.split(1):
        loss = F.cross_entropy(literal_logits(weights, image), target)
        gradients = torch.autograd.grad(loss, list(weights.values()), create_graph=order == 2)
        for name, gradient in zip(list(weights), gradients, strict=True):
            if name.startswith(("encoder", "head")):
                weights[name] = weights[name] - rate * gradient
    logits = torch.cat([literal_logits(weights, image) for image in meta_images.split(1)])
    return F.cross_entropy(logits, meta_labels)


def literal_update(drawings: Drawings, channels: tuple[int, int], order: Order) -> Callable[[], None]:
    """A meta-iteration as released: the row reset before every step, plain Adam."""
    network, stream = _network(channels), seeding.generator(0, "episodes")
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)

    def update() -> None:
        drawn = drawings.meta_batch(stream, REMEMBER)
        for _ in range(drawings.drawers):
            zap(network, drawn.label, stream)
        shown = drawn.images[: drawings.drawers]
        loss = literal_meta_loss(network, shown, int(drawn.label), drawn.images, drawn.labels, order=order)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return update


def quick_update(drawings: Drawings, channels: tuple[int, int], order: Order) -> Callable[[], None]:
    """The same meta-iteration as the trainer does it."""
    network, stream = _network(channels), seeding.generator(0, "episodes")
    optimiser = adam(network, 1e-3)

    def update() -> None:
        drawn = drawings.meta_batch(stream, REMEMBER)
        zap(network, drawn.label, stream)
        shown = drawn.images[: drawings.drawers]
        loss = meta_loss(network, shown, drawn.label, drawn.images, drawn.labels, order=order, reuse=True)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return update


def rows() -> Iterator[Row]:
    """A meta-iteration of 20 steps and 84 drawings, of both orders; and with the paper's network."""
    cases: tuple[tuple[str, Order, str, int], ...] = (
        (SMALL, 1, "first", 2),
        (SMALL, 2, "second", 2),
        (LARGE, 1, "first", 1),
    )
    for name, order, says, repeats in cases:
        ours, literal = (partial(updates, build, WIDTHS[name], order) for build in (quick_update, literal_update))
        yield speed.compare(
            f"{name}, {says} order",
            "meta-iterations",
            Side(ours, ITERATIONS),
            Side(literal, ITERATIONS),
            share=speed.of_products(speed.operations(ours) / ITERATIONS),
            repeats=repeats,
        )


def growths() -> Iterator[Growth]:
    """Time of a meta-iteration over the width of the network, and over the number of drawings in the inner loop."""
    yield speed.grow(
        "a meta-iteration",
        "channels",
        (16, 32, 64),
        lambda width: quick_update(made_up(), (int(width), int(width) // 2), 1),
        repeats=2,
    )
    yield speed.grow(
        f"a meta-iteration, {SMALL}",
        "steps of the inner loop",
        (5, 10, 20, 40),
        lambda count: quick_update(made_up(int(count)), WIDTHS[SMALL], 1),
        repeats=2,
    )


def updates(build: Build, channels: tuple[int, int], order: Order) -> None:
    """Make a network and its optimiser, and do a few meta-iterations."""
    update = build(made_up(), channels, order)
    for _ in range(ITERATIONS):
        update()


def _network(channels: tuple[int, int]) -> ANML:
    plain, gate = channels
    return ANML(seeding.generator(0, "init"), channels=plain, gate_channels=gate, image_channels=3)


@functools.cache
def made_up(drawers: int = 20) -> Drawings:
    """Noise in the shape of drawings: the speed does not depend on what is drawn."""
    noise = torch.randint(256, (100, drawers, 28, 28), generator=seeding.generator(0, "noise"), dtype=torch.uint8)
    return Drawings(noise)


if __name__ == "__main__":
    speed.show(rows(), growths())
