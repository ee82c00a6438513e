"""The biped as POET's world: courses, lives, and a step of evolution."""

import numpy as np
import pytest

from aiga import seeding
from aiga.poet import biped as module
from aiga.poet import walker
from aiga.poet.biped import Biped
from aiga.poet.courses import Encoding
from aiga.poet.evolution import Moments, Rule, Task, Workers, adam, estimate
from aiga.poet.substrate import Substrate, score
from aiga.poet.walker import weights

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
