"""What a sentence says of a condition's seeds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiga import ledger
from aiga.experiment import Outcome


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9))
def test_the_mean_is_over_seeds(values):
    group = [Outcome("plastic", seed, {"error": value}) for seed, value in enumerate(values)]
    assert math.isclose(ledger.mean_of(group, "error"), sum(values) / len(values), rel_tol=1e-9, abs_tol=1e-6)


def test_a_seed_that_never_got_there_leaves_no_number():
    group = [Outcome("plastic", 0, {"first": 3.0}), Outcome("plastic", 1, {})]
    assert math.isnan(ledger.mean_of(group, "first"))


def test_no_seeds_have_no_mean():
    with pytest.raises(ValueError, match="the mean of 'error' over no seeds: train the condition"):
        ledger.mean_of([], "error")


@pytest.mark.parametrize(
    ("numbers", "text"), [([3.2, 1200, 7], "3 to 1,200"), ([4], "4"), ([1.6, 2.4], "2"), ([-1.0, 1], "-1 to 1")]
)
def test_a_span_goes_from_the_least_to_the_greatest(numbers, text):
    assert ledger.span(numbers) == text
    assert ledger.span(reversed(numbers)) == text


def test_an_empty_span_is_refused():
    with pytest.raises(ValueError, match="no least and no greatest"):
        ledger.span([])
