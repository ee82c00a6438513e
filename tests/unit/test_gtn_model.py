"""The learners and the generator: what they compute, and that they are as large as the paper's."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding
from aiga.gtn.curriculum import Synthetic
from aiga.gtn.generator import Generator
from aiga.gtn.inner import Rates
from aiga.gtn.model import CifarConv, Family, Mlp, MnistConv, Weights, side_by_side

LEARNERS: dict[str, tuple[Family, tuple[int, int, int]]] = {
    "mlp": (Mlp(inputs=2 * 5 * 5, hidden=(9, 7), classes=4), (2, 5, 5)),
    "mlp, one layer": (Mlp(inputs=50, hidden=(), classes=4), (2, 5, 5)),
    "mlp, no batch norm": (Mlp(inputs=50, hidden=(9,), classes=4, batch_norm=False), (2, 5, 5)),
    "mlp, no weight norm": (Mlp(inputs=50, hidden=(9,), classes=4, weight_norm=False), (2, 5, 5)),
    "mnist": (MnistConv(side=9, widths=(3, 4, 5), classes=4), (1, 9, 9)),
    "cifar": (CifarConv(widths=(3, 4, 5), classes=4), (3, 8, 8)),
}


def stream(seed: int = 0, name: str = "test") -> torch.Generator:
    return seeding.generator(seed, name)


def weights_of(learner: Family, seed: int = 0) -> Weights:
    """In float64, with biases and gains that hide nothing."""
    source = stream(seed, "weights")
    fresh = (each.double() for each in learner.create(source))
    return tuple(each + 0.1 * torch.randn(each.shape, generator=source, dtype=torch.float64) for each in fresh)


def batch(shape: tuple[int, ...], *lead: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    source = stream(seed, "images")
    images = torch.randn(*lead, *shape, generator=source, dtype=torch.float64)
    return images, torch.randint(4, lead, generator=source)


def count(tensors: Any) -> int:
    return sum(each.numel() for each in tensors)


def test_the_papers_networks_are_as_large_as_the_originals() -> None:
    """1,683,668 numbers with 256 biases that batch norm takes away again; 6,731,403 with all that is frozen."""
    assert count(MnistConv().create(stream())) == 1_683_668 - 256
    steps, labels, unused = 4, 4 * 128 * (10 + 1), 1
    generator = Generator([stream()])
    curriculum = Synthetic(generator, [stream()], steps=steps, batch=128)
    numbers = count(curriculum.parameters()) + count(Rates(1, steps).parameters())
    assert numbers == 6_731_403 - labels - unused
    assert curriculum.z.numel() == 65_536


@pytest.mark.parametrize("name", [name for name in LEARNERS if name != "mlp, no weight norm"])
def test_weight_norm_leaves_the_initial_function_as_it_is(name: str) -> None:
    learner, shape = LEARNERS[name]
    fresh = learner.create(stream())
    images = batch(shape, 6)[0].float()
    plain = tuple(each for place, each in enumerate(fresh) if place % 3 != 1)
    bare = type(learner)(**{**vars(learner), "weight_norm": False})
    torch.testing.assert_close(learner.logits(fresh, images), bare.logits(plain, images), rtol=1e-5, atol=1e-6)


def test_a_unit_weighs_what_its_gain_says() -> None:
    learner, _ = LEARNERS["mnist"]
    weights = weights_of(learner)
    for (kernel, _), gain in zip(learner.layers(weights), weights[1::3], strict=True):
        torch.testing.assert_close(kernel.flatten(1).norm(dim=1), gain.abs())


@pytest.mark.parametrize("name", ["mlp", "mnist", "cifar"])
def test_batch_norm_moves_the_mean_and_nothing_else(name: str) -> None:
    """Brightening a layer's output changes nothing; given means are used as they are."""
    learner, shape = LEARNERS[name]
    weights = weights_of(learner)
    images, _ = batch(shape, 12)
    logits, means = learner.logits(weights, images)
    assert [each.shape for each in means] == [kernel.shape[:1] for kernel, _ in learner.layers(weights)[:-1]]
    again, used = learner.logits(weights, images[:5], means)
    torch.testing.assert_close(again, logits[:5])
    assert all(torch.equal(one, other) for one, other in zip(used, means, strict=True))
    other, _ = learner.logits(weights, images[:5], tuple(each + 1 for each in means))
    assert (other - again).abs().max() > 1e-3
    without = type(learner)(**{**vars(learner), "batch_norm": False})
    assert without.logits(weights, images)[1] == ()


def test_mean_only_batch_norm_by_hand() -> None:
    learner = Mlp(inputs=4, hidden=(3,), classes=2, weight_norm=False)
    first, bias, last, offset = weights_of(learner)
    images = batch((1, 2, 2), 5)[0]
    hidden = images.flatten(1) @ first.T
    expected = F.leaky_relu(hidden - hidden.mean(0) + bias, 0.1) @ last.T + offset
    logits, (mean,) = learner.logits((first, bias, last, offset), images)
    torch.testing.assert_close(logits, expected)
    torch.testing.assert_close(mean, hidden.mean(0))


@pytest.mark.parametrize("name", LEARNERS)
def test_the_written_out_gradient_is_autograds(name: str) -> None:
    learner, shape = LEARNERS[name]
    weights = tuple(each.requires_grad_() for each in weights_of(learner))
    images, labels = batch(shape, 6)
    logits, means = learner.logits(weights, images)
    expected = torch.autograd.grad(F.cross_entropy(logits, labels), weights)
    found, used = learner.gradient(weights, images, labels)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(used, means)
    assert max(float(each.abs().max()) for each in expected) > 1e-2
    with torch.no_grad():
        quick, _ = learner.gradient(weights, images, labels)
    assert not any(each.requires_grad for each in quick)
    torch.testing.assert_close(quick, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("owed", [False, True])
@pytest.mark.parametrize("name", LEARNERS)
def test_the_written_out_curvature_is_autograds(name: str, owed: bool) -> None:
    learner, shape = LEARNERS[name]
    weights = weights_of(learner)
    images, labels = batch(shape, 6)
    along = weights_of(learner, seed=1)
    means = learner.logits(weights, images)[1]
    d_means = tuple(torch.randn(each.shape, generator=stream(), dtype=each.dtype) for each in means) if owed else ()

    def product(*inputs: Tensor) -> Tensor:
        gradient, used = Family.gradient(learner, inputs[:-1], inputs[-1], labels)
        total = sum((a * b).sum() for a, b in zip(gradient, along, strict=True))
        return total + sum(((a * b).sum() for a, b in zip(used, d_means, strict=False)), torch.zeros(()).double())

    inputs = [each.detach().requires_grad_() for each in (*weights, images)]
    expected = torch.autograd.grad(product(*inputs), inputs, materialize_grads=True)
    found, d_images = learner.curvature(weights, images, labels, along, d_means)
    torch.testing.assert_close((*found, d_images), expected, rtol=1e-9, atol=1e-12)
    assert float(expected[-1].abs().max()) > 1e-3


@pytest.mark.parametrize("name", LEARNERS)
def test_learners_side_by_side_are_the_same_learners(name: str) -> None:
    learner, shape = LEARNERS[name]
    alone = [weights_of(learner, seed) for seed in range(3)]
    images, labels = batch(shape, 3, 6)
    together = side_by_side(alone)
    logits, means = learner.logits(together, images)
    gradient, _ = learner.gradient(together, images, labels)
    examined, _ = learner.logits(together, images, means)
    torch.testing.assert_close(examined, logits)
    for place, weights in enumerate(alone):
        expected, expected_means = learner.logits(weights, images[place])
        torch.testing.assert_close(logits[place], expected)
        torch.testing.assert_close(tuple(each[place] for each in means), expected_means)
        torch.testing.assert_close(
            tuple(each[place] for each in gradient), learner.gradient(weights, images[place], labels[place])[0]
        )


@pytest.mark.parametrize(("maps", "side"), [((), 7), ((6, 5), 8)])
def test_generated_images_lie_in_the_range_of_normalised_data(maps: tuple[int, ...], side: int) -> None:
    inits = [stream(seed) for seed in range(2)]
    generator = Generator(inits, channels=3, side=side, latent=4, classes=5, hidden=11, maps=maps)
    z = 10 * torch.randn(2, 3, 6, 4, generator=stream())
    labels = torch.randint(5, (2, 3, 6), generator=stream())
    images = generator(z, labels)
    assert images.shape == (2, 3, 6, 3, side, side)
    assert 0.5 < float(images.detach().abs().max()) <= 2
    assert not torch.allclose(generator(z, (labels + 1) % 5), images, atol=1e-3)


@pytest.mark.parametrize(("maps", "side"), [((), 7), ((6, 5), 8)])
def test_neither_seeds_nor_batches_of_a_generator_see_each_other(maps: tuple[int, ...], side: int) -> None:
    generator = Generator([stream(seed) for seed in range(2)], side=side, latent=4, hidden=11, maps=maps)
    alone = Generator([stream(1)], side=side, latent=4, hidden=11, maps=maps)
    z = torch.randn(2, 3, 6, 4, generator=stream())
    labels = torch.randint(10, (2, 3, 6), generator=stream())
    images = generator(z, labels)
    torch.testing.assert_close(images[1:], alone(z[1:], labels[1:]), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(images[:, 1:2], generator(z[:, 1:2], labels[:, 1:2]), rtol=1e-5, atol=1e-5)
    fewer = generator(z[:, :, :3], labels[:, :, :3])  # batch norm: images of one batch do see each other
    assert (fewer - images[:, :, :3]).abs().max() > 1e-2


def test_a_generators_layers_are_normalised_over_the_batch() -> None:
    """Against torch's own layers, with the same numbers."""
    generator = Generator([stream()], side=8, latent=4, hidden=11, maps=(6, 5)).double()
    source = stream(1)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=source, dtype=torch.float64)
    z = torch.randn(1, 1, 7, 4, generator=source, dtype=torch.float64)
    labels = torch.randint(10, (1, 1, 7), generator=source)
    x = torch.cat([z[0, 0], F.one_hot(labels[0, 0], 10).double()], 1)
    for place, layer in enumerate(generator.layers):
        kernel = layer.kernel[0]
        kernel = kernel * (layer.gain[0] / kernel.flatten(1).norm(dim=1)).view(-1, *[1] * (kernel.dim() - 1))
        if place == 2:
            x = x.view(7, 6, 2, 2)
        if place < 2:
            x = x @ kernel.T
        else:
            x = F.conv2d(F.pad(F.interpolate(x, scale_factor=2), (1, 1, 1, 1), mode="reflect"), kernel)
        if place < 3:
            x = F.leaky_relu(F.batch_norm(x, None, None, layer.scale[0], layer.shift[0], training=True), 0.1)
    expected = 2 * torch.tanh(x + layer.shift[0].view(-1, 1, 1))
    torch.testing.assert_close(generator(z, labels)[0, 0], expected)


def test_a_generator_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        Generator([stream()], side=14)
