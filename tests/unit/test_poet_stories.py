"""What would have become of an agent had nobody moved in."""

from dataclasses import replace

import pytest

from aiga.poet import stories
from aiga.poet.algorithm import init, step
from aiga.poet.hopper import Hopper
from aiga.poet.hopper_runs import SCALES
from aiga.poet.state import State
from aiga.poet.world import World


@pytest.fixture(scope="module")
def run() -> tuple[World, State]:
    settings = SCALES["ci"]["poet"].settings
    world = World(Hopper(), replace(settings, rule=replace(settings.rule, pairs=16), transfer_every=5))
    state = init(world, 101)
    for _ in range(40):
        step(state, world)
    assert state.transfers
    return world, state


def test_settled_moves_lead_into_courses_that_were_tried_and_not_solved(run: tuple[World, State]) -> None:
    _, state = run
    niches = {niche.uid: niche for niche in state.niches}
    found = stories.settled(state, patience=2, count=3)
    assert 0 < len(found) <= 3
    assert len({each.target for each in found}) == len(found)
    gains = [each.after - each.before for each in found]
    assert gains == sorted(gains, reverse=True)
    for each in found:
        niche = niches[each.target]
        assert each.iteration >= niche.born + 2
        assert niche.solved < 0 or niche.solved >= each.iteration
    assert not stories.settled(state, patience=1000, count=3)


def test_the_fork_finds_the_agent_as_it_was_before_the_move(run: tuple[World, State]) -> None:
    world, state = run
    [move] = stories.settled(state, patience=2, count=1)
    before = init(world, state.seed)
    while before.iteration < move.iteration:
        step(before, world)
    alone, spent = stories._alone(world, before, move)
    [niche] = alone.active
    assert niche.uid == move.target
    assert niche.score == pytest.approx(move.before)
    [end] = [each for each in state.niches if each.uid == move.target]
    [fork] = stories.fork(world, state, [move])
    assert fork.budget == end.spent - spent > 0
    assert fork.moved == end.best
    assert fork == stories.fork(world, state, [move])[0]


def test_an_agent_alone_spends_its_budget_and_no_more_than_a_step_beyond(run: tuple[World, State]) -> None:
    world, state = run
    [move] = stories.settled(state, patience=2, count=1)
    before = init(world, state.seed)
    while before.iteration < move.iteration:
        step(before, world)
    alone, _ = stories._alone(world, before, move)
    stories._left_alone(world, alone, 5000)
    one_step = (2 * world.settings.rule.pairs + 1) * Hopper().horizon
    assert 5000 <= alone.steps <= 5000 + one_step
    assert len(alone.active) == 1
    assert not alone.transfers


def test_a_move_of_another_run_is_refused(run: tuple[World, State]) -> None:
    world, state = run
    with pytest.raises(ValueError, match="no move of this run"):
        stories.fork(world, state, [replace(state.transfers[0], iteration=3999)])
