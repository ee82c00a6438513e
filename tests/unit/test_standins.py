"""Stand-ins: recognisable, as varied as the real thing, and never silent."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aiga import datasets
from aiga.datasets import standins, store


@pytest.mark.parametrize(
    ("load", "name"),
    [
        (datasets.mnist, "MNIST"),
        (datasets.cifar10, "CIFAR-10"),
        (datasets.ptb, "Penn Treebank"),
        (datasets.wikitext2, "WikiText-2"),
        (lambda **options: datasets.omniglot(28, **options), "Omniglot"),
    ],
)
def test_announced_marked_and_refused(no_data, monkeypatch, load, name):
    monkeypatch.setattr(store, "_memory", store._Memory())
    with pytest.warns(datasets.StandInWarning, match=f"STAND-IN DATA: {name} was not found in the cache") as caught:
        data = load().data
    assert caught[0].filename == __file__, "the warning points at whoever asked"
    assert data.stand_in
    assert data.detail
    assert str(data) == f"stand-in for {data.name}"
    with pytest.raises(datasets.DataError, match=f"{name} is needed"):
        load(allow_standin=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load()


@given(alphabet=st.integers(0, 49))
@settings(max_examples=8, deadline=None)
def test_alphabets_are_always_drawn_the_same_and_never_blank(alphabet):
    once, again = standins.draw(alphabet, 5), standins.draw(alphabet, 5)
    assert (once == again).all()
    ink = once.reshape(5, 20, -1).mean(-1)
    assert ink.min() > 0.002
    assert ink.max() < 0.3
    assert (ink.std(1) > 0).all(), "drawers differ"


def test_characters_can_be_told_apart():
    """In 20 unknown classes, the nearest of one example each is right far more often than 1 in 20, but not always."""
    drawn = torch.from_numpy(standins.draw(7, 20).reshape(20, 20, 105, 105)).float()
    small = torch.nn.functional.avg_pool2d(drawn, 7).flatten(2)  # (20, 20, 225)
    distance = torch.cdist(small[:, 1:].flatten(0, 1), small[:, 0])
    right = (distance.argmin(1) == torch.arange(20).repeat_interleave(19)).float().mean()
    assert 0.5 < right < 0.999


def test_characters_are_laid_out_as_omniglot(no_data):
    drawn = datasets.omniglot(31)
    assert drawn.images.shape == (1623, 20, 31, 31)
    assert drawn.images.dtype == torch.uint8
    assert int(drawn.evaluation.sum()) == 659
    assert not drawn.evaluation[:964].any()
    assert drawn.alphabet.unique().tolist() == list(range(50))
    assert len(set(drawn.alphabet_names)) == 50
    assert not (set(drawn.alphabet[:964].tolist()) & set(drawn.alphabet[964:].tolist()))
    assert 180 < drawn.images.float().mean() < 254, "mostly paper"
    assert torch.equal(drawn.images, datasets.omniglot(31).images)
    assert len(list(no_data.rglob("*.npz"))) == 1


def test_digits_can_be_read(no_data):
    digits = datasets.mnist()
    assert digits.train_images.shape == (1500, 28, 28)
    assert digits.test_images.shape == (297, 28, 28)
    assert digits.train_images.dtype == torch.uint8
    assert digits.train_images.max() == 255
    assert not digits.train_images[:, :4].any(), "a margin of paper, as in MNIST"
    nearest = torch.cdist(digits.test_images.flatten(1).float(), digits.train_images.flatten(1).float()).argmin(1)
    assert (digits.train_labels[nearest] == digits.test_labels).float().mean() > 0.9


def test_photographs_share_no_pixel_between_training_and_test(no_data):
    photos = datasets.cifar10()
    assert photos.train_images.shape[1:] == photos.test_images.shape[1:] == (3, 32, 32)
    assert len(photos.classes) == 10
    assert photos.train_labels.unique().tolist() == photos.test_labels.unique().tolist() == list(range(10))
    rows = {bytes(row) for row in photos.train_images[::7].permute(0, 2, 3, 1).reshape(-1, 96).numpy()}
    test = photos.test_images.permute(0, 2, 3, 1).reshape(-1, 96).numpy()
    plain = np.ptp(test.reshape(-1, 32, 3), axis=1).max(1) < 40  # rows of one colour occur anywhere
    assert not rows & {bytes(row) for row in test[~plain]}


def test_text_is_words(no_data):
    text = datasets.ptb()
    assert len(text.train) > 50_000
    assert len(text.test) > 5_000
    assert 1_000 < len(text.vocabulary) <= 10_000
    assert {"<eos>", "<unk>", "N", "the", "function"} <= set(text.vocabulary)
    known = set(text.train.tolist())
    assert np.mean([token in known for token in text.test.tolist()]) > 0.9
    assert max(map(len, text.vocabulary)) < 100
