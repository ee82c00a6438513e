"""How fast the chapter's meta-training is, against a literal transcription of the released procedure, in the same run.

The transcription does what ``model/meta_learner.py`` and ``model/learner.py`` of ``uvm-neurobotics-lab/ANML`` do: one
image at a time through both networks, gradients of every inner step also for the network that the inner loop leaves
alone, all weights copied at every step. With ``create_graph`` it differentiates through the steps, as the paper says.
"""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import datasets, seeding
from aiga.anml.drawings import Drawings
from aiga.anml.inner import Order, meta_loss, zap
from aiga.anml.model import ANML
from aiga.training import adam

WIDTHS = {"small (32 and 16 channels)": (32, 16), "the paper's (256 and 112)": (256, 112)}
REMEMBER = 64


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


def seconds(update: Callable[[], None], repeats: int) -> float:
    """CPU seconds of one update, the least of a few after one to warm up."""
    update()
    least = float("inf")
    for _ in range(repeats):
        began = time.process_time()
        update()
        least = min(least, time.process_time() - began)
    return least


def memory(build: Callable[[], Callable[[], None]]) -> float:
    """MiB that two updates, the first of which makes Adam's moments, add to the largest size of a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(_growth, build).result()


def main() -> None:
    """Print seconds and memory of one meta-iteration on both sides, and the ratio."""
    torch.set_num_threads(1)
    drawings = _drawings()
    print("one meta-iteration: 20 steps, 84 drawings, one thread; CPU seconds, MiB at the peak")
    print(f"{'network':28} {'order':>5} {'literal':>9} {'ours':>9} {'ratio':>7} {'literal':>9} {'ours':>7}")
    for name, channels in WIDTHS.items():
        orders: tuple[tuple[Order, int], ...] = ((1, 4), (2, 2))
        for order, repeats in orders:
            slow = partial(literal_update, drawings, channels, order)
            quick = partial(quick_update, drawings, channels, order)
            before, after = seconds(slow(), repeats), seconds(quick(), 2 * repeats)
            sizes = f"{memory(slow):9.0f} {memory(quick):7.0f}"
            print(f"{name:28} {order:5} {before:8.3f}s {after:8.3f}s {before / after:6.1f}x {sizes}", flush=True)


def _growth(build: Callable[[], Callable[[], None]]) -> float:
    torch.set_num_threads(1)
    update = build()
    before = _largest()
    update()
    update()
    return _largest() - before


def _largest() -> float:
    """Largest size of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage() would count what the parent process had before
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _network(channels: tuple[int, int]) -> ANML:
    plain, gate = channels
    return ANML(seeding.generator(0, "init"), channels=plain, gate_channels=gate, image_channels=3)


def _drawings() -> Drawings:
    characters = datasets.omniglot(28)
    return Drawings(characters.images[~characters.evaluation][:963])


if __name__ == "__main__":
    main()
