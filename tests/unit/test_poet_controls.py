"""The controls get what POET had, and no more."""

from dataclasses import replace

import numpy as np
import pytest

from aiga.poet.algorithm import init
from aiga.poet.controls import budget_of, direct, direct_path
from aiga.poet.courses import Encoding
from aiga.poet.evolution import Rule
from aiga.poet.hopper import Hopper
from aiga.poet.settings import Settings
from aiga.poet.state import Niche
from aiga.poet.world import World

WORLD = World(Hopper(), Settings(rule=Rule(pairs=16, rate=0.03)))
EASY = Encoding(stump=(0.0, 0.4))
MEAN = Encoding(roughness=1.0, pit=(3.0, 4.0), stump=(1.6, 2.0))


def niche(encoding: Encoding, **changed: int) -> Niche:
    return replace(init(WORLD, 0).active[0], uid=5, encoding=encoding, **changed)


def test_a_budget_is_the_way_to_a_course_until_it_was_solved() -> None:
    assert budget_of(niche(EASY, inherited=100, spent=50, solved=3, spent_solving=20)) == 120
    assert budget_of(niche(EASY, inherited=100, spent=50)) == 150


def test_direct_training_stops_at_success_or_at_the_end_of_its_budget() -> None:
    easy = direct(WORLD, niche(EASY), 2_000_000, 0)
    assert easy.solved
    assert easy.best >= 230
    assert easy.steps < 2_000_000
    assert easy.reached == EASY
    hard = direct(WORLD, niche(MEAN), 30_000, 0)
    assert not hard.solved
    assert 30_000 <= hard.steps < 30_000 + 33 * 50  # it ends with the step during which the budget ran out
    assert hard.reached == Encoding()
    again = direct(WORLD, niche(MEAN), 30_000, 0)
    assert (again.best, again.steps) == (hard.best, hard.steps)
    np.testing.assert_array_equal(again.theta, hard.theta)


def test_the_direct_path_starts_flat_and_goes_on_when_it_does_well() -> None:
    easy = direct_path(WORLD, niche(EASY), 2_000_000, 0)
    assert easy.solved
    assert easy.reached == EASY
    hard = direct_path(WORLD, niche(MEAN), 60_000, 0)
    assert not hard.solved
    assert hard.reached.pit is None or hard.reached.pit < MEAN.pit  # type: ignore[operator]
    assert 60_000 <= hard.steps < 60_000 + 33 * 50


@pytest.mark.parametrize("control", [direct, direct_path])
def test_what_a_control_reports_is_what_its_agent_did(control: type[direct]) -> None:  # type: ignore[valid-type]
    target = niche(EASY)
    found = control(WORLD, target, 2_000_000, 1)
    life = WORLD.substrate.rollout(found.theta[None], [WORLD.of(target)], np.zeros(1, np.int64))
    assert life.returns[0] == found.best
