"""The networks of chapter 3: their sizes are the original's, and so are their numbers."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding
from aiga.anml import model
from aiga.anml.model import ANML, OML, Network, count


def generator(seed: int = 0) -> torch.Generator:
    return seeding.generator(seed, "init")


def images(n: int = 5, side: int = 28) -> Tensor:
    return torch.rand(n, 1, side, side, generator=seeding.generator(0, "images"), dtype=torch.float64)


def head(network: Network) -> list[Tensor]:
    return [network.head_weight, network.head_bias]


def small(gated: bool = True, image_channels: int = 1) -> ANML:
    network = ANML(
        generator(), channels=6, gate_channels=4, outputs=11, gated=gated, image_channels=image_channels
    ).double()
    noise = seeding.generator(1, "noise")
    with torch.no_grad():
        for parameter in network.parameters():  # no weight of 1 or bias of 0 hides an error
            parameter += 0.1 * torch.randn(parameter.shape, generator=noise, dtype=torch.float64)
    return network


def test_networks_are_as_large_as_the_originals() -> None:
    anml = ANML(generator(), image_channels=3)
    assert count(list(anml.parameters())) == 6_048_424
    assert count(anml.adaptable() + head(anml)) == 3_493_864
    assert count(list(anml.modulator.parameters())) + anml.gate_weight.numel() + len(anml.gate_bias) == 2_554_560
    assert count(head(anml)) == 2_305_000
    without = ANML(generator(), gated=False, image_channels=3)
    assert count(list(without.parameters())) == 3_493_864
    two = OML(generator(), image_channels=3)
    assert count(list(two.parameters())) == 6_342_888
    assert count(two.adaptable() + head(two)) == 3_385_320
    assert count(head(two)) == 1_025_000
    linear = OML(generator(), layout="published", head="linear")
    assert count(list(linear.parameters())) == 5_257_960
    assert count(linear.adaptable() + head(linear)) == 2_305_000


@pytest.mark.parametrize("image_channels", [1, 3])
def test_anml_is_the_originals_layers_one_image_at_a_time(image_channels: int) -> None:
    """Convolution, batch norm over a batch of one, ReLU, then the pool, as ``learner.py`` has them."""
    network = small(image_channels=image_channels)

    def encoded(image: Tensor, values: list[Tensor]) -> Tensor:
        features = image
        for block in range(3):
            kernel, bias, scale, shift = values[4 * block : 4 * block + 4]
            features = F.conv2d(features, kernel, bias)
            features = F.relu(F.batch_norm(features, None, None, scale, shift, training=True))
            features = F.max_pool2d(features, 2) if block < 2 else features
        return features.flatten(1)

    for position, image in enumerate(images().split(1)):
        coloured = image.repeat(1, image_channels, 1, 1)
        hidden = encoded(coloured, list(network.encoder.values))
        gate = torch.sigmoid(
            F.linear(encoded(coloured, list(network.modulator.values)), network.gate_weight, network.gate_bias)
        )
        logits = F.linear(hidden * gate, network.head_weight, network.head_bias)
        for ours, literal in (
            (network.hidden(images()), hidden),
            (network.gate(images()), gate),
            (network.embed(images()), hidden * gate),
            (network(images()), logits),
        ):
            torch.testing.assert_close(ours[position : position + 1], literal, rtol=1e-10, atol=1e-12)


def test_pooling_before_the_relu_leaves_gradients_as_they_are() -> None:
    values = torch.randn(4, 3, 8, 8, generator=generator(), dtype=torch.float64)
    first, second = (values.clone().requires_grad_() for _ in range(2))
    target = torch.randn(4, 3, 4, 4, generator=generator(1), dtype=torch.float64)
    (F.relu(F.max_pool2d(first, 2)) * target).sum().backward()
    (F.max_pool2d(F.relu(second), 2) * target).sum().backward()
    assert first.grad is not None
    assert second.grad is not None
    assert torch.equal(first.grad, second.grad)


def test_without_a_gate_everything_passes() -> None:
    network = small(gated=False)
    assert torch.equal(network.gate(images()), torch.ones(5, 54, dtype=torch.float64))
    torch.testing.assert_close(network.embed(images()), network.hidden(images()))
    assert all(not name.startswith(("gate", "modulator")) for name, _ in network.named_parameters())


@pytest.mark.parametrize(("layout", "side"), [("repository", 28), ("published", 84)])
@pytest.mark.parametrize("kind", ["two", "linear"])
def test_oml_is_six_convolutions_and_a_head(layout: str, side: int, kind: str) -> None:
    network = OML(generator(), layout=layout, head=kind, channels=4, width=7, outputs=11).double()  # type: ignore[arg-type]
    features = images(side=side)
    for kernel, bias, stride in zip(network.kernels, network.biases, network.strides, strict=True):
        features = F.relu(F.conv2d(features, kernel, bias, stride))
    assert features.shape == (5, 4, 3, 3)
    features = features.flatten(1)
    if kind == "two":
        features = F.relu(F.linear(features, network.linear_weight, network.linear_bias))
    assert network.embed(images(side=side)).shape == (5, 7 if kind == "two" else 36)
    torch.testing.assert_close(network.embed(images(side=side)), features)
    torch.testing.assert_close(network(images(side=side)), F.linear(features, network.head_weight, network.head_bias))
    assert torch.equal(network.gate(images(side=side)), torch.ones_like(features))


def test_initial_values_are_kaiming_normal_and_the_generators_own() -> None:
    network = ANML(generator(), channels=64, gate_channels=32)
    for weight, incoming in (
        (network.head_weight, 576),
        (network.gate_weight, 288),
        (network.encoder.values[4], 576),
        (network.modulator.values[8], 288),
    ):
        assert float(weight.detach().std()) == pytest.approx((2 / incoming) ** 0.5, rel=0.03)
        assert float(weight.detach().mean()) == pytest.approx(0, abs=0.002)
    again, other = (ANML(generator(seed), channels=64, gate_channels=32) for seed in (0, 1))
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters(), strict=True))
    assert not torch.equal(network.head_weight, other.head_weight)
    assert not network.head_bias.detach().any()


def test_unknown_forms_of_oml_are_refused() -> None:
    with pytest.raises(ValueError, match=r"layout must be one of repository, published, got 'new'"):
        OML(generator(), layout="new")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"head must be 'two' or 'linear', got 'three'"):
        OML(generator(), head="three")  # type: ignore[arg-type]


def test_many_images_are_encoded_in_parts_without_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    network = small()
    whole = network(images(40))
    monkeypatch.setattr(model, "IN_CACHE", 1)  # parts of 14
    torch.testing.assert_close(network(images(40)), whole, rtol=1e-12, atol=0)
