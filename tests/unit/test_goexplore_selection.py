"""Weights of both papers against their formulas written out, and that drawing follows them."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiga import seeding
from aiga.goexplore.archive import Archive
from aiga.goexplore.neighbours import PYRAMID, RULES, EarlyDomain, NatureDomain, surroundings
from aiga.goexplore.selection import NATURE, Count, Early, Selection, Uniform, choose

COUNTS = ((0, 0, 0), (3, 1, 1), (8, 2, 0), (99, 40, 17))
KEYS = st.tuples(st.integers(0, 1), st.integers(0, 23), st.integers(0, 7), st.integers(0, 2), st.integers(0, 2))


def archive(keys: object = "abcd", counts: tuple[tuple[int, int, int], ...] = COUNTS) -> Archive:
    names = list(keys)  # type: ignore[call-overload]
    made = Archive(names[0], b"")
    made.cells = [
        replace(made.root, key=key, seen=seen, chosen=chosen, chosen_since_new=since)
        for key, (seen, chosen, since) in zip(names, counts, strict=True)
    ]
    made.index = {key: place for place, key in enumerate(names)}
    return made


def test_in_2021_the_weight_is_one_over_the_root_of_visits() -> None:
    np.testing.assert_allclose(NATURE.weights(archive()), [1 / np.sqrt(seen + 1) for seen, _, _ in COUNTS])


@pytest.mark.parametrize("rule", [Early(), Early(Count(0.3, 0.5), Count(1.0, 1.0), Count(2.0, 0.7))])
def test_in_2019_it_is_a_sum_over_counters(rule: Early) -> None:
    expected = [
        1
        + (rule.seen.weight * (1 / (seen + 0.001)) ** rule.seen.power + 0.00001)
        + (rule.chosen.weight * (1 / (chosen + 0.001)) ** rule.chosen.power + 0.00001)
        + (rule.chosen_since_new.weight * (1 / (since + 0.001)) ** rule.chosen_since_new.power + 0.00001)
        for seen, chosen, since in COUNTS
    ]
    np.testing.assert_allclose(rule.weights(archive()), expected)
    assert (Early().seen, Early().chosen, Early().chosen_since_new.weight) == ((3.0, 0.5), (0.1, 0.5), 0.0)


def neighbour(key: tuple[int, ...], across: int, down: int, known: set[tuple[int, ...]]) -> bool:
    """The original's search for a neighbour, one key at a time."""
    level, room, things, x, y = key
    xs, ys = sorted({each[3] for each in known}), sorted({each[4] for each in known})
    row = next(row for row, rooms in enumerate(PYRAMID) if room in rooms)
    column = PYRAMID[row].index(room)
    x, y = x + across, y + down
    if x < xs[0]:
        x, column = xs[-1], column - 1
    elif x > xs[-1]:
        x, column = xs[0], column + 1
    elif y < ys[0]:
        y, row = ys[-1], row - 1
    elif y > ys[-1]:
        y, row = ys[0], row + 1
    if not (0 <= row < len(PYRAMID) and 0 <= column < len(PYRAMID[0])) or PYRAMID[row][column] == -1:
        return False
    return (level, PYRAMID[row][column], things, x, y) in known


@given(st.sets(KEYS, min_size=1, max_size=60))
def test_with_knowledge_places_count_as_the_papers_say(keys: set[tuple[int, ...]]) -> None:
    names = sorted(keys)
    made = archive(names, tuple((place, 0, 0) for place in range(len(names))))
    highest = max(key[0] for key in names)
    nature, early = [], []
    for seen, key in enumerate(names):
        level, room, things, x, y = key
        horizontal = sum(neighbour(key, across, 0, keys) for across in (-1, 1))
        vertical = sum(neighbour(key, 0, down, keys) for down in (-1, 1))
        richer = any((level, room, more, x, y) in keys for more in range(8) if more.bit_count() > things.bit_count())
        nature.append(0.1 ** (highest - level) * ((seen + 1) ** -0.5 + (2 - horizontal) / 10 + (not richer)))
        place = 1 + 0.3 * (2 - horizontal) + 0.1 * (2 - vertical) + 10 * (not richer)
        early.append(0.1 ** (highest - level) * (place + 2 * 0.00001))
    np.testing.assert_allclose(NatureDomain().weights(made), nature)
    np.testing.assert_allclose(EarlyDomain().weights(made), early)


def test_things_may_be_told_apart_by_where_they_were_found() -> None:
    names = [(0, 1, (), 0, 0), (0, 1, ((40, 1),), 0, 0), (0, 1, ((40, 1), (37, 6)), 1, 0), (0, 1, ((40, 7),), 1, 0)]
    about = surroundings(names)
    assert about.most_keys.tolist() == [False, True, True, False]
    assert about.horizontal.tolist() == [0, 0, 0, 0]


def test_the_code_of_2019_takes_every_neighbour_to_be_missing() -> None:
    names = [(0, 1, 0, x, y) for x, y in product(range(3), range(3))]
    made = archive(names, tuple((0, 0, 0) for _ in names))
    np.testing.assert_allclose(EarlyDomain(code=True).weights(made), 1 + 0.6 + 0.2 + 10 + 0.00002)
    assert EarlyDomain().weights(made).min() == pytest.approx(1 + 10 + 0.00002)  # the one in the middle


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_drawing_follows_the_weights(rule: Selection) -> None:
    made = archive([(0, 1, 0, 3, 0), (0, 1, 2, 3, 0), (0, 2, 0, 0, 0), (1, 1, 0, 3, 0)])
    weights = rule.weights(made)
    drawn = choose(made, rule, 20_000, seeding.generator(0, "test"))
    shares = [sum(each is cell for each in drawn) / len(drawn) for cell in made.cells]
    np.testing.assert_allclose(shares, weights / weights.sum(), atol=0.015)


def test_uniform_is_uniform() -> None:
    assert Uniform().weights(archive()).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("bad", [[1.0, 1.0], [0.0] * 4, [1.0, -1.0, 1.0, 1.0], [1.0, np.nan, 1.0, 1.0]])
def test_weights_that_are_none_are_refused(bad: list[float]) -> None:
    class Rule:
        def weights(self, archive: Archive) -> np.ndarray:
            return np.array(bad)

    with pytest.raises(ValueError, match="expected 4 finite ones"):
        choose(archive(), Rule(), 3, seeding.generator(0, "test"))
