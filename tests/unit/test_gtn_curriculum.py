"""What each curriculum shows, in which order, and what of it learns."""

from collections import Counter

import pytest
import torch
from torch import Tensor

from aiga import seeding
from aiga.gtn.curriculum import Distilled, Order, Real, Synthetic
from aiga.gtn.generator import Generator

SEEDS, STEPS, BATCH, LATENT = 2, 5, 7, 3


def streams(name: str = "lessons") -> list[torch.Generator]:
    return [seeding.generator(seed, name) for seed in range(SEEDS)]


def synthetic(order: Order, **settings: bool) -> Synthetic:
    inits = streams("init")
    generator = Generator(inits, side=4, latent=LATENT, hidden=8, maps=())
    return Synthetic(generator, inits, steps=STEPS, batch=BATCH, order=order, **settings)


def shown(curriculum: Synthetic, lessons: list[torch.Generator]) -> tuple[Tensor, Tensor]:
    """The latent vectors, numbered in the order of the curriculum, and labels that reach the generator, (S, T, B)."""
    seen: list[tuple[Tensor, Tensor]] = []
    hook = curriculum.generator.register_forward_pre_hook(lambda module, inputs: seen.append(inputs))
    curriculum.batches(lessons)
    hook.remove()
    ((z, labels),) = seen
    known = curriculum.z.flatten(1, 2)[:, None, :, :]  # (S, 1, T B, latent)
    return (z.flatten(1, 2)[:, :, None] == known).all(-1).int().argmax(-1).view(labels.shape), labels


IN_TURN = torch.arange(STEPS * BATCH).view(STEPS, BATCH).expand(SEEDS, -1, -1)


def test_the_full_curriculum_keeps_its_order() -> None:
    curriculum = synthetic("full")
    for lessons in (streams(), streams("others")):
        numbers, labels = shown(curriculum, lessons)
        assert torch.equal(numbers, IN_TURN)
        assert torch.equal(labels, IN_TURN % 10)


def test_shuffled_batches_stay_whole() -> None:
    curriculum, lessons = synthetic("shuffled_batch"), streams()
    orders = set()
    for _ in range(20):
        numbers, labels = shown(curriculum, lessons)
        assert torch.equal(labels, numbers % 10)
        for one in numbers:
            assert torch.equal(one - one[:, :1], IN_TURN[0] - IN_TURN[0, :, :1])
            assert sorted((one[:, 0] // BATCH).tolist()) == list(range(STEPS))
            orders.add(tuple(one[:, 0].tolist()))
    assert len(orders) > 30  # of 120; each seed has its own


def test_all_shuffled_mixes_samples_across_batches() -> None:
    numbers, labels = shown(synthetic("all_shuffled"), streams())
    assert torch.equal(labels, numbers % 10)
    for one in numbers:
        assert sorted(one.flatten().tolist()) == list(range(STEPS * BATCH))
        assert all(len(set((batch // BATCH).tolist())) > 1 for batch in one)
    assert not torch.equal(numbers[0], numbers[1])


@pytest.mark.parametrize("order", ["shuffled_batch", "all_shuffled"])
def test_the_released_codes_shuffles_draw_with_replacement(order: Order) -> None:
    numbers, labels = shown(synthetic(order, replacement=True), streams())
    assert torch.equal(labels, numbers % 10)
    assert max(Counter(numbers[0].flatten().tolist()).values()) > 1


def test_without_a_curriculum_everything_is_drawn_anew() -> None:
    curriculum, lessons = synthetic("none"), streams()
    assert not hasattr(curriculum, "z")
    first, second = curriculum.batches(lessons), curriculum.batches(lessons)
    assert not torch.equal(first[0], second[0])
    assert not torch.equal(first[1], second[1])
    assert torch.equal(curriculum.batches(streams())[0], first[0])


@pytest.mark.parametrize(
    ("order", "settings", "learns"),
    [("full", {}, True), ("full", {"learned": False}, False), ("all_shuffled", {}, True)],
)
def test_what_learns(order: Order, settings: dict[str, bool], learns: bool) -> None:
    curriculum = synthetic(order, **settings)
    images, labels = curriculum.batches(streams())
    assert images.shape == (STEPS, SEEDS, BATCH, 1, 4, 4)
    assert labels.shape == (STEPS, SEEDS, BATCH)
    images.square().sum().backward()
    assert (curriculum.z.grad is not None) == learns
    assert all(each.grad is not None for each in curriculum.generator.parameters())
    assert "z" in curriculum.state_dict()  # random vectors must be saved too, or another generator would be restored


def test_the_large_generators_batches_are_made_one_by_one_and_are_the_same() -> None:
    inits = streams("init")
    generator = Generator(inits, side=4, latent=LATENT, hidden=8, maps=(3, 2))
    curriculum = Synthetic(generator, inits, steps=STEPS, batch=BATCH)
    images, labels = curriculum.batches(streams())
    whole = generator(curriculum.z, labels.transpose(0, 1)).transpose(0, 1)
    torch.testing.assert_close(images, whole)
    weight = torch.randn(images.shape, generator=streams()[0])
    parameters = list(curriculum.parameters())
    expected, found = (torch.autograd.grad((each * weight).sum(), parameters) for each in (whole, images))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert max(float(each.abs().max()) for each in found) > 1e-2


def test_distilled_pixels_are_shown_as_they_are() -> None:
    curriculum = Distilled(streams("init"), steps=STEPS, batch=BATCH, channels=2, side=3)
    images, labels = curriculum.batches(streams())
    assert torch.equal(images, 2 * curriculum.pixels.tanh().transpose(0, 1))
    assert torch.equal(labels.transpose(0, 1), IN_TURN % 10)
    assert not torch.equal(images[:, 0], images[:, 1])


def test_real_batches_are_real_images_with_their_labels() -> None:
    images = torch.arange(30.0)[:, None, None, None].expand(-1, 1, 2, 2)
    curriculum = Real(images, torch.arange(30) % 10, steps=STEPS, batch=BATCH)
    assert not list(curriculum.parameters())
    assert not curriculum.state_dict()
    lessons = streams()
    drawn, labels = curriculum.batches(lessons)
    assert torch.equal(drawn[..., 0, 0, 0].long() % 10, labels)
    assert labels.shape == (STEPS, SEEDS, BATCH)
    assert not torch.equal(curriculum.batches(lessons)[1], labels)


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(ValueError, match="choose one of full"):
        synthetic("backwards")  # type: ignore[arg-type]
