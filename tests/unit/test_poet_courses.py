"""How courses are written down, mutated and ordered by novelty."""

from dataclasses import replace

import numpy as np
import pytest

from aiga import seeding
from aiga.poet import novelty
from aiga.poet.courses import PAPER_RULES, Encoding, Hard, Rules, Sizes, mutate, towards

EVERY = Encoding(roughness=1.0, pit=(0.4, 1.2), stump=(0.2, 0.6))


def children(parent: Encoding, rules: Rules, count: int = 300) -> list[Encoding]:
    chance = seeding.numpy_generator(0, "mutations")
    return [mutate(parent, rules, chance) for _ in range(count)]


def test_the_first_child_has_every_obstacle() -> None:
    for child in children(Encoding(), Rules(), 20):
        assert (child.pit, child.stump, child.stair) == ((0.0, 0.8), (0.0, 0.4), None)
        assert 0 <= child.roughness <= 0.6


def test_pairs_move_by_a_step_to_each_legal_neighbour() -> None:
    found = {child.pit for child in children(EVERY, Rules())}
    around = {(a, b) for a in (0.0, 0.4, 0.8) for b in (0.8, 1.2, 1.6)} - {EVERY.pit}
    assert found == around
    at_the_end = {child.stump for child in children(replace(EVERY, stump=(5.0, 5.0)), Rules())}
    assert at_the_end == {(4.8, 5.0), (4.8, 4.8)}
    floor = {child.stump for child in children(replace(EVERY, stump=(0.0, 0.4)), Rules())}
    assert floor == {(0.0, 0.6), (0.2, 0.4), (0.2, 0.6)}


def test_code_and_paper_differ_where_the_sheet_says() -> None:
    code, paper = children(EVERY, Rules()), children(EVERY, PAPER_RULES)
    assert min(child.roughness for child in code) < 1.0 <= min(child.roughness for child in paper)
    assert {child.stairs for child in code} == {(1, 1)}
    stairs = replace(EVERY, stair=(0.2, 0.6))
    assert {child.stairs for child in children(stairs, PAPER_RULES)} == {(2, 2)}
    assert {child.stairs for child in children(replace(stairs, stairs=(9, 9)), PAPER_RULES)} == {(9, 9)}
    assert (Rules().pit.highest, PAPER_RULES.pit.highest) == (8.0, 10.0)


def test_one_kind_at_a_time() -> None:
    for child in children(EVERY, replace(Rules(), every=False), 50):
        kept = [child.roughness == EVERY.roughness, child.pit == EVERY.pit, child.stump == EVERY.stump]
        assert sum(kept) >= 2


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="lake"):
        Rules(kinds=("lake",))  # type: ignore[arg-type]


def test_a_straight_way_reaches_its_target() -> None:
    rules, here, target = Rules(), Encoding(), Encoding(roughness=1.5, pit=(1.2, 2.8), stump=(0.6, 0.6))
    for length in range(20):  # noqa: B007
        if here == target:
            break
        after = towards(here, target, rules)
        assert after != here
        assert (after.pit or (0, 1))[0] <= (after.pit or (0, 1))[1]
        here = after
    assert here == target
    assert length == 6  # the pit's upper end: there at 0.8, then five steps
    assert towards(replace(target, stump=(2.0, 2.0)), replace(target, stump=None), rules).stump is None


def test_packing_is_lossless() -> None:
    for encoding in (EVERY, Encoding(), Encoding(stair=(0.2, 0.4), stairs=(2, 3))):
        assert Encoding.unpacked(encoding.packed()) == encoding


def test_levels_count_what_is_hard() -> None:
    assert Hard().level(Encoding(roughness=4.5, pit=(0.0, 6.0), stump=(0.0, 2.2))) == 2
    assert Hard().level(EVERY) == 0


def test_novelty_is_the_mean_distance_to_the_nearest() -> None:
    known = [Encoding(roughness=float(r)) for r in range(7)]
    assert novelty.of_parameters(Encoding(), known, 5) == pytest.approx((0 + 1 + 2 + 3 + 4) / 5)
    assert novelty.of_parameters(Encoding(roughness=9.0), known[:2], 5) == pytest.approx(8.5)
    assert novelty.of_parameters(Encoding(pit=(3.0, 4.0)), known[:1], 5) == pytest.approx(5.0)


def test_pata_ec_sees_order_only() -> None:
    scores = np.array([[60.0, 100.0, 200.0], [55.0, 56.0, 57.0], [200.0, 100.0, 60.0], [10.0, 20.0, 400.0]])
    order = novelty.pata_ec(scores, 50, 300)
    np.testing.assert_array_equal(order[0], order[1])
    np.testing.assert_allclose(order[2], [0.5, 0.0, -0.5])
    np.testing.assert_allclose(order[3], [-0.25, -0.25, 0.5])  # both too bad to matter
    assert not novelty.pata_ec(scores[:, :1], 50, 300).any()
    assert Sizes((0.0, 0.4), 0.2, 5.0).highest == 5.0
