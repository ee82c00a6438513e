import hashlib

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from aiga import seeding

SEEDS = st.lists(st.integers(0, 10**9), min_size=1, max_size=6, unique=True)


@given(SEEDS, st.text(max_size=10))
def test_a_stream_does_not_depend_on_the_seeds_beside_it(seeds, name):
    together = [torch.rand(4, generator=each) for each in seeding.Streams(seeds, name)]
    for seed, numbers in zip(seeds, together, strict=True):
        assert torch.equal(torch.rand(4, generator=seeding.generator(seed, name)), numbers)


@given(st.integers(0, 2**62), st.text(max_size=10), st.text(max_size=10))
def test_streams_differ_by_name_and_seed(seed, one, other):
    assert (seeding.derive(seed, one) == seeding.derive(seed, other)) == (one == other)
    assert seeding.derive(seed, one) != seeding.derive(seed + 1, one)
    assert 0 <= seeding.derive(seed, one) < 2**63


def test_streams_never_change():
    expected = int(hashlib.sha256(b"0/episodes").hexdigest()[:16], 16) >> 1
    assert seeding.derive(0, "episodes") == expected
    assert np.array_equal(seeding.numpy_generator(3, "x").random(5), seeding.numpy_generator(3, "x").random(5))


def test_global_generators_are_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    torch.rand(3, generator=seeding.generator(0, "x"))
    assert torch.equal(torch.rand(3), expected)


def test_order_of_use_does_not_matter():
    first, second = seeding.Streams([1, 2], "x")
    b = torch.rand(3, generator=second)
    a = torch.rand(3, generator=first)
    again_first, again_second = seeding.Streams([1, 2], "x")
    assert torch.equal(a, torch.rand(3, generator=again_first))
    assert torch.equal(b, torch.rand(3, generator=again_second))
