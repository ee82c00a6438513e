"""The biped as POET's world: courses, lives, a step of evolution, and whole iterations of the algorithm."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiga import checkpoint, seeding
from aiga.poet import biped as module
from aiga.poet import walker
from aiga.poet.algorithm import init, step
from aiga.poet.biped import Biped
from aiga.poet.controls import direct_path
from aiga.poet.courses import Encoding
from aiga.poet.cppn import LEVEL, Genome
from aiga.poet.evolution import Moments, Rule, Task, Workers, adam, estimate
from aiga.poet.settings import PAPER, Settings
from aiga.poet.state import State
from aiga.poet.substrate import Substrate, score
from aiga.poet.walker import weights
from aiga.poet.world import World

HARD = Encoding(0.6, pit=(0.4, 0.8), stump=(0.2, 0.4), stair=(0.2, 0.4), stairs=(2, 2))


def test_it_is_a_substrate() -> None:
    world: Substrate = Biped()
    assert (world.parameters, world.horizon, world.first()) == (2804, 2000, Encoding())
    child = world.mutate(world.first(), seeding.numpy_generator(0, "child"))
    assert child.stump == (0.0, 0.4)
    assert child.pit == (0.0, 0.8)


def test_courses_are_the_walkers_own() -> None:
    course = Biped().build(HARD, 3)
    expected = walker.generate(HARD, 3)
    assert np.array_equal(course.y, expected.y)
    assert course.obstacles == expected.obstacles
    assert course.push == expected.push


def test_a_layout_that_cannot_be_walked_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, pack = [], module.pack

    def refuse(courses: list[walker.Course]) -> object:
        asked.append(courses[0])
        if len(asked) < 3:
            raise ValueError("an obstacle has no area")
        return pack(courses)

    monkeypatch.setattr(module, "pack", refuse)
    course = Biped().build(HARD, 3)
    assert len(asked) == 3
    assert course is asked[2]
    assert not np.array_equal(course.y, asked[0].y)
    monkeypatch.setattr(module, "TRIES", 2)
    asked.clear()
    with pytest.raises(ValueError, match=r"none of 2 layouts.*the last one: an obstacle has no area"):
        Biped().build(HARD, 3)


def test_lives_are_the_walkers_own_whoever_is_beside_them() -> None:
    world = Biped(horizon=60)
    courses = [world.build(Encoding(), 0), world.build(HARD, 1)]
    thetas = seeding.numpy_generator(0, "thetas").normal(0, 0.3, (3, 2804)).astype(np.float32)
    lives = world.rollout(thetas, courses, np.array([0, 1, 1]))
    for number, place in enumerate((0, 1, 1)):
        alone = walker.rollout(thetas[number : number + 1], [courses[place]], [0], horizon=60, threads=1)
        assert lives.returns[number] == alone.returns[0]
        assert lives.steps[number] == alone.lengths[0] <= 60


def test_lidar_can_be_the_originals() -> None:
    """Where obstacles stand, what is reported first is often not the nearest."""
    course, theta = Biped().build(Encoding(stump=(0.4, 0.8)), 2), weights.walker("walker_stumps")
    nearest, first = (
        score(Biped(horizon=150, lidar=kind), [theta], course).returns[0] for kind in ("nearest", "first")
    )
    alone = walker.rollout(theta[None], [course], [0], horizon=150, lidar="first", threads=1)
    assert first == alone.returns[0] != nearest


def test_the_books_walker_solves_the_flat_course() -> None:
    world = Biped()
    lives = score(world, [weights.walker("walker_flat")], world.build(world.first(), 0))
    assert lives.returns[0] > 230


def test_one_launch_serves_several_niches_and_a_step_goes_uphill() -> None:
    """The estimate is the covariance of ranks and noise, whichever niches are computed together."""
    world, rule = Biped(horizon=40), Rule(pairs=8)
    theta = seeding.numpy_generator(1, "theta").normal(0, 0.1, 2804).astype(np.float32)
    tasks = [
        Task(theta, world.build(Encoding(), 0), rule.sigma, (0, 0, 0, 0)),
        Task(theta, world.build(HARD, 1), rule.sigma, (0, 1, 0, 0)),
    ]
    together, _ = estimate(world, tasks, rule.pairs, 5, Workers())
    for task, gradient in zip(tasks, together, strict=True):
        (alone,), _ = estimate(world, [task], rule.pairs, 5, Workers())
        np.testing.assert_array_equal(gradient, alone)
    moved, moments = adam(theta, together[0], Moments.fresh(rule, world.parameters), rule)
    assert moments.taken == 1
    assert float((moved - theta) @ together[0]) > 0


# Short lives, in which no walker comes far: every score is good enough for children.
OPEN = replace(
    PAPER,
    rule=Rule(pairs=3),
    capacity=3,
    reproduce_every=1,
    transfer_every=2,
    children=2,
    parent_score=-np.inf,
    lower=-np.inf,
    upper=np.inf,
)
WORLDS = {
    "numbers": (Biped(horizon=25), OPEN),
    "cppn": (Biped(horizon=25, encoding="cppn"), replace(OPEN, novelty="pata_ec", strict=True, window=5)),
}


def run(name: str, iterations: int, workers: Workers | None = None, settings: Settings | None = None) -> State:
    substrate, usual = WORLDS[name]
    world = World(substrate, settings or usual, workers or Workers())
    state = init(world, 100)
    for _ in range(iterations):
        step(state, world)
    return state


def plain(value: object) -> object:
    """A state's dictionary with lists for tensors, so that it can be compared."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.tolist() if hasattr(value, "tolist") else value


@pytest.mark.parametrize("name", list(WORLDS))
def test_poet_itself_runs_on_it(name: str) -> None:
    state = run(name, 5)
    assert len(state.active) == 3
    assert len(state.archive) == state.count - 3 > 0
    assert state.attempts == 3 + 3
    assert state.transfers
    assert all(each.after > each.before for each in state.transfers)
    assert len({niche.encoding for niche in state.niches}) == state.count
    kind = Encoding if name == "numbers" else Genome
    assert all(isinstance(niche.encoding, kind) for niche in state.niches)
    assert len(state.history) == 5


@pytest.mark.parametrize("name", list(WORLDS))
def test_a_run_on_it_can_be_saved_and_does_not_depend_on_its_workers(name: str, tmp_path: Path) -> None:
    whole = plain(run(name, 4).state_dict())
    checkpoint.save(tmp_path / "half.pt", run(name, 2).state_dict())
    resumed = State(seed=0)
    resumed.load_state_dict(checkpoint.load(tmp_path / "half.pt"))
    substrate, settings = WORLDS[name]
    world = World(replace(substrate, threads=2), settings, Workers(jobs=2, at_once=1))
    for _ in range(2):
        step(resumed, world)
    assert plain(resumed.state_dict()) == whole
    assert plain(run(name, 4, Workers(jobs=2, backend="loky", at_once=2)).state_dict()) == whole


def test_networks_make_courses_without_obstacles() -> None:
    world = Biped(encoding="cppn")
    assert world.first() is LEVEL
    assert np.ptp(world.build(LEVEL, 3).y) == 0
    child = world.mutate(LEVEL, seeding.numpy_generator(0, "child"))
    course = world.build(child, 3)
    assert np.ptp(course.y) > 0.2
    assert course.obstacles == ()
    assert np.array_equal(course.y, walker.from_heights(child.height, 3).y)  # type: ignore[union-attr]


def test_what_networks_cannot_do_is_said() -> None:
    with pytest.raises(ValueError, match="encoding must be numbers or cppn, got 'pixels'"):
        Biped(encoding="pixels")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="novelty='pata_ec' compares how agents rank"):
        World(Biped(encoding="cppn"), PAPER)
    substrate, settings = WORLDS["cppn"]
    world = World(substrate, replace(settings, parent_score=-1000.0))
    niche = run("cppn", 1).active[0]
    niche.encoding = world.substrate.mutate(LEVEL, seeding.numpy_generator(0, "child"))
    with pytest.raises(ValueError, match="no straight way from one course to another"):
        direct_path(world, niche, 10_000, 0)


def test_networks_that_no_course_can_be_made_of_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.cppn, "walkable", lambda genome: False)
    monkeypatch.setattr(module, "TRIES", 3)
    with pytest.raises(RuntimeError, match="in 3 mutations"):
        Biped(encoding="cppn").mutate(LEVEL, seeding.numpy_generator(0, "child"))
