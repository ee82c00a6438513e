"""The inner loop's shortcuts against literal loops, first and second order."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding, speed
from aiga.anml import bench, inner
from aiga.anml.drawings import Drawings
from aiga.anml.model import ANML, OML, Network

OUTPUTS, STEPS, LABEL, RATE = 11, 20, 4, 0.1


def build(kind: str) -> Network:
    generator = seeding.generator(0, "init")
    network: Network
    if kind.startswith("OML"):
        head = "two" if kind == "OML" else "linear"
        network = OML(generator, channels=3, width=9, outputs=OUTPUTS, head=head)  # type: ignore[arg-type]
    else:
        network = ANML(generator, channels=5, gate_channels=3, outputs=OUTPUTS, gated=kind == "ANML")
    with torch.no_grad():
        for parameter in network.parameters():  # no weight of 1 or bias of 0 hides an error
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return network


def batch(dtype: torch.dtype, n: int = 64) -> tuple[Tensor, Tensor, Tensor]:
    """A trajectory, and the images and labels of the meta-loss; the trajectory is the first of them."""
    generator = seeding.generator(0, "images")
    images = torch.rand(STEPS + n, 1, 28, 28, generator=generator, dtype=torch.float64).to(dtype)
    labels = torch.randint(OUTPUTS, (STEPS + n,), generator=generator)
    labels[:STEPS] = LABEL
    return images[:STEPS], images, labels


def literal(
    network: Network,
    trajectory: Tensor,
    labels: Tensor,
    meta_images: Tensor,
    meta_labels: Tensor,
    *,
    order: int,
    learns: str,
) -> Tensor:
    """Twenty steps on the network itself, one after another, by functional calls: slow, and hard to get wrong."""
    start = dict(network.named_parameters())
    adapting = {"head_weight", "head_bias"}
    if learns == "network":
        adapting |= {name for name in start if name.startswith(("encoder", "linear"))}
    now: dict[str, Tensor] = dict(start)
    for image, label in zip(trajectory.split(1), labels.split(1), strict=True):
        loss = F.cross_entropy(torch.func.functional_call(network, now, (image,)), label)
        names = sorted(adapting)
        gradients = torch.autograd.grad(loss, [now[name] for name in names], create_graph=order == 2)
        now |= {name: now[name] - RATE * gradient for name, gradient in zip(names, gradients, strict=True)}
    return F.cross_entropy(torch.func.functional_call(network, now, (meta_images,)), meta_labels)


def gradients(network: Network, loss: Tensor) -> dict[str, Tensor]:
    network.zero_grad()
    loss.backward()
    return {
        name: torch.zeros_like(value) if value.grad is None else value.grad.clone()
        for name, value in network.named_parameters()
    }


def difference(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> float:
    """Largest difference, relative to the largest gradient of the same tensor.

    A bias before a norm has no effect; its gradient is rounding error, and is measured against the kernel's.
    """
    sizes = {name: float(value.abs().max()) for name, value in theirs.items()}
    largest = max(sizes.values())
    return max(
        float((ours[name] - value).abs().max()) / (sizes[name] if sizes[name] > 1e-5 * largest else largest)
        for name, value in theirs.items()
    )


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("learns", ["network", "head"])
@pytest.mark.parametrize("kind", ["ANML", "without gate", "OML", "OML linear"])
def test_meta_gradients_are_those_of_a_literal_loop(
    kind: str, learns: str, order: inner.Order, dtype: torch.dtype, tolerance: float
) -> None:
    network = build(kind).to(dtype)
    trajectory, images, labels = batch(dtype)
    theirs = literal(network, trajectory, labels[:STEPS], images, labels, order=order, learns=learns)
    expected = gradients(network, theirs)
    assert max(float(each.abs().max()) for each in expected.values()) > 1e-3
    for reuse in (True, False):
        ours = inner.meta_loss(
            network, trajectory, LABEL, images, labels, rate=RATE, order=order, inner=learns, reuse=reuse
        )  # type: ignore[arg-type]
        torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=0)
        assert difference(gradients(network, ours), expected) < tolerance


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("gated", [True, False])
def test_meta_gradients_are_the_released_procedures(order: inner.Order, gated: bool) -> None:
    """The transcription that the speed is measured against: one image at a time, batch norm, all gradients."""
    network = build("ANML" if gated else "without gate").double()
    assert isinstance(network, ANML)
    trajectory, images, labels = batch(torch.float64)
    theirs = bench.literal_meta_loss(network, trajectory, LABEL, images, labels, rate=RATE, order=order)
    ours = inner.meta_loss(network, trajectory, LABEL, images, labels, rate=RATE, order=order, reuse=True)
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=0)
    assert difference(gradients(network, ours), gradients(network, theirs)) < 1e-10


def test_second_order_is_the_derivative_of_the_loss() -> None:
    """Finite differences of the loss itself; the first order's gradient is another one."""
    network = build("ANML").double()
    trajectory, images, labels = batch(torch.float64)

    def loss(order: inner.Order = 2) -> Tensor:
        return inner.meta_loss(network, trajectory[:5], LABEL, images, labels, rate=RATE, order=order)

    second, first = gradients(network, loss()), gradients(network, loss(1))
    generator = seeding.generator(0, "direction")
    for name in ("encoder.values.4", "gate_weight", "head_weight"):
        parameter = dict(network.named_parameters())[name]
        direction = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        step = 1e-6
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                parameter += sign * step * direction
            values.append(float(loss().detach()))
            with torch.no_grad():
                parameter -= sign * step * direction
        slope = (values[0] - values[1]) / (2 * step)
        assert float((second[name] * direction).sum()) == pytest.approx(slope, rel=1e-4)
        assert float((first[name] * direction).sum()) != pytest.approx(slope, rel=1e-2)


def test_a_trajectory_may_hold_several_classes() -> None:
    network = build("ANML").double()
    trajectory, images, labels = batch(torch.float64)
    several = torch.arange(STEPS) % OUTPUTS
    ours = inner.meta_loss(network, trajectory, several, images, labels, rate=RATE)
    theirs = literal(network, trajectory, several, images, labels, order=1, learns="network")
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=0)


def test_the_network_is_left_as_it_was() -> None:
    network = build("ANML")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    trajectory, images, labels = batch(torch.float32)
    for order in (1, 2):
        inner.meta_loss(network, trajectory, LABEL, images, labels, rate=RATE, order=order).backward()  # type: ignore[arg-type]
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_zapping_resets_one_classs_weights_and_nothing_else() -> None:
    network = ANML(seeding.generator(0, "init"), channels=64, gate_channels=2, outputs=OUTPUTS)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    inner.zap(network, torch.tensor(LABEL), seeding.generator(0, "zap"))
    after = network.state_dict()
    changed = (after["head_weight"] != before["head_weight"]).any(1).nonzero().flatten().tolist()
    assert changed == [LABEL]
    assert float(after["head_weight"][LABEL].std()) == pytest.approx((2 / 576) ** 0.5, rel=0.1)
    assert all(torch.equal(value, before[name]) for name, value in after.items() if name != "head_weight")
    again = ANML(seeding.generator(0, "init"), channels=64, gate_channels=2, outputs=OUTPUTS)
    inner.zap(again, LABEL, seeding.generator(0, "zap"))
    assert torch.equal(again.head_weight, network.head_weight)


def test_what_cannot_be_is_refused() -> None:
    network = build("ANML")
    trajectory, images, labels = batch(torch.float32)
    with pytest.raises(ValueError, match="order 1 or 2"):
        inner.meta_loss(network, trajectory, LABEL, images, labels, order=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="inner 'network' or 'head'"):
        inner.meta_loss(network, trajectory, LABEL, images, labels, inner="gate")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the 20 images of the trajectory"):
        inner.meta_loss(network, trajectory, LABEL, images[:3], labels[:3], reuse=True)


@pytest.mark.parametrize("order", [1, 2])
def test_both_sides_of_the_bench_do_whole_updates(order: inner.Order) -> None:
    generator = seeding.generator(0, "drawings")
    drawings = Drawings(torch.randint(256, (5, 20, 28, 28), generator=generator, dtype=torch.uint8))
    for build in (bench.literal_update, bench.quick_update):
        update = build(drawings, (2, 2), order)
        assert speed.clocked(update) > 0
