"""POET's rules, one by one, and that a run is a function of its seed alone."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiga import checkpoint
from aiga.poet import algorithm
from aiga.poet.algorithm import init, reproduce, step, transfer
from aiga.poet.children import children
from aiga.poet.courses import Encoding
from aiga.poet.evolution import Rule, Workers
from aiga.poet.hopper import Hopper
from aiga.poet.settings import (
    CODE,
    ENHANCED,
    PAPER,
    Settings,
    without_criterion,
    without_novelty,
    without_transfer,
)
from aiga.poet.state import Niche, State
from aiga.poet.substrate import Rollouts
from aiga.poet.world import World

QUICK = Settings(
    rule=Rule(pairs=16, rate=0.03, plain_rate=0.03), capacity=3, reproduce_every=3, transfer_every=4, parent_score=100.0
)


@dataclass(frozen=True)
class Scoreboard(Hopper):
    """A world in which scores are set by hand: the agent's first weight, less the course's roughness."""

    @property
    def parameters(self) -> int:
        return 4

    def build(self, encoding: Encoding, seed: int) -> Any:
        return np.full(4, encoding.roughness)

    def rollout(self, thetas, courses, which):  # type: ignore[no-untyped-def]
        values = [float(theta[0]) - courses[c][0] for theta, c in zip(thetas, which, strict=True)]
        return Rollouts(np.array(values), np.full(len(thetas), 10))


def run(settings: Settings, iterations: int, seed: int = 100, workers: Workers | None = None) -> State:
    world = World(Hopper(), settings, workers or Workers())
    state = init(world, seed)
    for _ in range(iterations):
        step(state, world)
    return state


def board(settings: Settings, scores: list[float], roughness: list[float] | None = None) -> tuple[State, World]:
    """A state whose agents have these first weights, on courses of that roughness."""
    world = World(Scoreboard(), settings)
    state = init(world, 0)
    rough = roughness or [0.0] * len(scores)
    niches = []
    for uid, (value, height) in enumerate(zip(scores, rough, strict=True)):
        theta = np.array([value, 0, 0, 0], np.float32)
        niche = replace(state.active[0], uid=uid, encoding=Encoding(roughness=height), theta=theta, recent=[])
        niche.see(value - height, 0, settings.solved_score, settings.window)
        niches.append(niche)
    state.active = niches
    state.admissions = [None] * (len(scores) - 1)  # type: ignore[list-item]
    return state, world


def same(one: State, two: State) -> bool:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items()}
        if isinstance(value, list):
            return [plain(each) for each in value]
        return value.tolist() if hasattr(value, "tolist") else value

    return bool(plain(one.state_dict()) == plain(two.state_dict()))


def test_the_papers_settings_are_the_sheets() -> None:
    assert (PAPER.rule.pairs, PAPER.capacity, PAPER.reproduce_every, PAPER.transfer_every) == (256, 20, 200, 25)
    assert (PAPER.lower, PAPER.upper, PAPER.parent_score, PAPER.children, PAPER.admissions) == (50, 300, 200, 8, 1)
    assert (CODE.capacity, CODE.lower, CODE.upper) == (25, 25, 340)
    assert (ENHANCED.capacity, ENHANCED.reproduce_every, ENHANCED.window, ENHANCED.novelty) == (40, 150, 5, "pata_ec")
    assert ENHANCED.strict


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"window": 0}, "at least 1"), ({"novelty": "size"}, "'size'"), ({"strict": True, "proposals": False}, "strict")],
)
def test_settings_that_make_no_sense_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(PAPER, **changed)


def test_the_first_niche_is_flat_and_its_agent_small() -> None:
    state = init(World(Hopper(), PAPER), 4)
    [first] = state.active
    assert first.encoding == Encoding()
    assert first.theta.std() == pytest.approx(0.1, rel=0.15)
    assert not np.array_equal(first.theta, init(World(Hopper(), PAPER), 5).active[0].theta)


def test_a_run_grows_and_keeps_its_books() -> None:
    state = run(QUICK, 30)
    assert len(state.niches) > 3 == len(state.active)
    assert [niche.uid for niche in state.niches] == list(range(len(state.niches)))
    assert all(old.retired > old.born and old.uid < state.active[0].uid for old in state.archive)  # first in, first out
    assert len(state.history) == state.iteration == 30
    assert state.learned == sum(niche.learned for niche in state.niches)
    assert sum(niche.spent for niche in state.niches) < state.steps  # what refused children cost is nobody's
    for niche in state.niches[1:]:
        parent = state.niches[niche.parent]
        assert 0 < niche.inherited <= parent.inherited + parent.spent
        assert niche.best >= niche.score
    assert state.niches[0].inherited == 0
    assert state.attempts > len(state.transfers) > 0


@pytest.mark.parametrize("workers", [Workers(at_once=1), Workers(jobs=2, at_once=2), Workers(2, "loky", 2)])
def test_the_number_of_workers_does_not_matter(workers: Workers) -> None:
    assert same(run(QUICK, 13), run(QUICK, 13, workers=workers))


def test_seeds_do_matter() -> None:
    assert not same(run(QUICK, 7), run(QUICK, 7, seed=101))


@pytest.mark.parametrize("settings", [QUICK, replace(QUICK, strict=True, window=5, novelty="pata_ec")])
def test_a_run_that_is_saved_and_resumed_is_the_uninterrupted_one(settings: Settings, tmp_path: Path) -> None:
    whole, world = run(settings, 17), World(Hopper(), settings)
    checkpoint.save(tmp_path / "half.pt", run(settings, 9).state_dict())
    resumed = State(seed=0)
    resumed.load_state_dict(checkpoint.load(tmp_path / "half.pt"))
    for _ in range(8):
        step(resumed, world)
    assert len(whole.niches) > 2
    assert same(whole, resumed)


def test_only_niches_that_do_well_have_children_and_the_criterion_holds() -> None:
    state, world = board(replace(QUICK, children=200), [90.0, 100.1, 300.2])
    found = children(state, world)
    assert {child.parent.uid for child in found} == {1, 2}
    assert all(child.encoding not in [niche.encoding for niche in state.active] for child in found)
    upper = {child.encoding.roughness for child in found if child.parent.uid == 2}
    assert upper  # 300.2 on the flat course is too much: only rougher children pass
    assert min(upper) >= 0.2 - 1e-6
    novel = [child.novelty for child in found]
    assert novel == sorted(novel, reverse=True)
    assert novel[0] > novel[-1]


def test_novelty_and_the_criterion_can_be_left_out() -> None:
    state, world = board(without_novelty(replace(QUICK, children=20)), [200.0])
    assert {child.novelty for child in children(state, world)} == {0.0}
    state, world = board(without_criterion(replace(QUICK, children=20, parent_score=0.0)), [1.0])
    assert children(state, world)
    state, world = board(replace(QUICK, children=20, parent_score=0.0), [1.0])
    assert not children(state, world)
    assert state.refused["hard"] + state.refused["twin"] == 20


def test_the_best_agent_of_all_moves_into_a_new_niche() -> None:
    state, world = board(replace(QUICK, proposals=False), [150.0, 250.0, 200.0])
    reproduce(state, world)
    newest = state.active[-1]
    assert newest.theta[0] == 250.0
    assert state.admissions[-1].agent_of == 1
    assert len(state.active) == 3  # the cap
    assert [niche.uid for niche in state.archive] == [0]
    assert newest.moments.taken == 0
    state, world = board(without_transfer(QUICK), [150.0, 250.0, 200.0])
    reproduce(state, world)
    assert state.admissions[-1].agent_of == state.admissions[-1].parent


def test_a_course_that_the_best_agent_finds_too_easy_is_refused() -> None:
    state, world = board(replace(QUICK, proposals=False), [250.0, 400.0])
    reproduce(state, world)
    assert len(state.active) == 2
    assert state.refused["easy"] >= 8 - state.refused["twin"] > 0


def test_a_transfer_takes_the_best_and_forgets_the_moments() -> None:
    state, world = board(replace(QUICK, proposals=False), [150.0, 250.0, 200.0])
    for niche in state.active:
        niche.moments = replace(niche.moments, taken=7)
    transfer(state, world)
    assert [niche.theta[0] for niche in state.active] == [250.0, 250.0, 250.0]
    assert [niche.moments.taken for niche in state.active] == [0, 7, 0]
    assert {(each.source, each.target) for each in state.transfers} == {(1, 0), (1, 2)}
    assert state.attempts == 3
    assert state.steps == 6 * 10  # every ordered pair, once
    assert state.transfers[0].after == 250.0 > state.transfers[0].before == 150.0


def test_a_newcomer_must_beat_the_last_scores_where_the_window_is_long() -> None:
    for window, moves in ((1, 1), (2, 0)):
        state, world = board(replace(QUICK, proposals=False, window=window), [150.0, 250.0])
        weak = state.active[0]
        weak.recent = [260.0, 150.0][-window:]
        transfer(state, world)
        assert len(state.transfers) == moves


def test_the_strict_rule_asks_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent must be better before a step of learning and after it, and comes as it is after it."""

    def learned(gain: float) -> Any:
        return lambda state, world, moves: [(s, t, theta + np.float32([gain, 0, 0, 0])) for s, t, theta in moves]

    for gain, expected in ((5.0, 255.0), (-120.0, 150.0)):
        state, world = board(replace(QUICK, strict=True), [150.0, 250.0])
        monkeypatch.setattr(algorithm, "_proposals", learned(gain))
        transfer(state, world)
        assert state.active[0].theta[0] == expected
        assert state.active[1].theta[0] == 250.0  # 155 is better than 150 only: never tried on
    state, world = board(QUICK, [150.0, 250.0])
    monkeypatch.setattr(algorithm, "_proposals", learned(-120.0))
    transfer(state, world)
    assert state.active[0].theta[0] == 250.0  # the original rule takes either


@pytest.mark.parametrize("settings", [CODE, ENHANCED])
def test_who_is_only_as_good_moves_nowhere_and_is_not_taught(settings: Settings) -> None:
    state, world = board(replace(settings, rule=QUICK.rule, proposals=settings.strict), [50.0, 50.0])
    transfer(state, world)
    assert state.transfers == []
    assert state.steps == 2 * 10  # each tried the other's course once, and the strict rule tries no more


def test_annecs_counts_what_was_hard_for_all_and_is_solved() -> None:
    niches = [
        Niche(uid, -1, Encoding(), 0, 0, np.zeros(1, np.float32), None, solved=solved, passed_all=passed)  # type: ignore[arg-type]
        for uid, (solved, passed) in enumerate([(3, True), (-1, True), (5, False), (0, True)])
    ]
    state = State(seed=0, active=niches[2:], archive=niches[:2])
    assert state.annecs == 2
    assert state.annecs_of_code == 4
