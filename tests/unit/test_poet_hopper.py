"""The hopper does what a plain-Python reading of its rules does, and its courses are POET's."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from aiga import seeding
from aiga.poet import hopper
from aiga.poet.courses import CELL, Encoding
from aiga.poet.hopper import PARAMETERS, PIT, Hopper, heights

HARD = Encoding(roughness=1.0, pit=(0.0, 0.8), stump=(0.2, 0.8))


def agents(count: int, scale: float = 0.3, seed: int = 0) -> NDArray[np.float32]:
    return scale * seeding.numpy_generator(seed, "agents").standard_normal((count, PARAMETERS), np.float32)


def squash(x: float) -> float:
    x = min(max(x, -3.0), 3.0)
    return x * (27 + x * x) / (27 + 9 * x * x)


def think(theta: NDArray[np.float64], seen: list[float]) -> list[float]:
    """The network, layer by layer, with Python's numbers only."""
    values, first = seen, 0
    for size in (16, 16, 2):
        after = []
        for j in range(size):
            total = float(theta[first + len(values) * size + j])
            for k, value in enumerate(values):
                total += value * float(theta[first + k * size + j])
            after.append(squash(total))
        first += (len(values) + 1) * size
        values = after
    assert first in (13 * 16, 13 * 16 + 17 * 16, PARAMETERS)
    return values


def literal(theta32: NDArray[np.float32], course: NDArray[np.float64], horizon: int) -> tuple[float, int, str]:
    """One life as the rules say it, slowly; the third value says how it ended."""
    theta, width = theta32.astype(np.float64), CELL / 4
    goal, start = 118 * CELL, 5 * CELL
    x, y, speed, total = start, float(course[int(start / width)]), 0.0, 0.0
    for hop in range(horizon):
        ahead = [min(int((x + half * 0.5 * CELL) / width), 479) for half in range(1, 11)]
        seen = [speed / 4.0, 1.0] + [min(max(float(course[place]) - y, -1.5), 1.5) for place in ahead]
        lift_wanted, push = think(theta, seen)
        lift = 2.0 + 2.5 * lift_wanted if lift_wanted > -0.8 else 0.0
        speed = min(max(0.5 * speed + 2.2 * push + 0.6, -2.0), 3.5)
        cost = 0.05 * lift * lift + 0.02 * abs(push)
        before, from_height, bumps, up = x, y, 0, lift
        while True:
            new_x, new_y = x + speed * 0.02, y + up * 0.02
            up -= 9.8 * 0.02
            outside = new_x < 0 or int(new_x / width) >= 480
            ground = math.inf if outside else float(course[int(new_x / width)])
            if ground > new_y + 1e-9 and ground > y + 0.12:  # a wall
                bumps += speed != 0
                speed, new_x = 0.0, x
                ground = float(course[int(x / width)])
                if ground > new_y:
                    y = ground
                    break
            elif ground > new_y + 1e-9:
                x, y = new_x, ground
                break
            x, y = new_x, new_y
            if ground == PIT and y < from_height - 4 * CELL:
                break
        total += 300.0 * (x - before) / (goal - start) - 2.0 * bumps
        total -= cost
        if course[int(x / width)] == PIT and y < from_height - 4 * CELL:
            return total - 100.0, hop + 1, "fell"
        if x >= goal:
            return total, hop + 1, "arrived"
    return total, horizon, "late"


def test_every_life_is_the_literal_one() -> None:
    substrate, thetas = Hopper(horizon=120), agents(40)
    thetas[20:, 15 * 16 + 3] += 0.5
    thetas[20:, -2:] += np.float32([0.9, 0.6])  # half of them get far
    courses = [heights(encoding, 3) for encoding in (Encoding(), HARD, Encoding(stair=(0.2, 0.6), stairs=(2, 3)))]
    which = np.arange(40) % 3
    lives = substrate.rollout(thetas, courses, which)
    ends = set()
    for theta, course, got, steps in zip(thetas, which, lives.returns, lives.steps, strict=True):
        expected, hops, end = literal(theta, courses[course], substrate.horizon)
        assert got == pytest.approx(expected, abs=1e-9)
        assert steps == hops
        ends.add(end)
    assert ends == {"fell", "arrived", "late"}


def test_a_life_depends_on_its_weights_and_its_course_alone() -> None:
    substrate, thetas, courses = Hopper(), agents(12), [heights(HARD, 1), heights(HARD, 2)]
    together = substrate.rollout(thetas, courses, np.arange(12) % 2)
    for position in (0, 5, 11):
        alone = substrate.rollout(thetas[[position]], [courses[position % 2]], np.zeros(1, np.int64))
        assert alone.returns[0] == together.returns[position]
        assert alone.steps[0] == together.steps[position]


def test_a_trace_ends_where_the_life_does() -> None:
    substrate, course = Hopper(), heights(HARD, 1)
    for theta in agents(5):
        path = substrate.trace(theta, course)
        assert path.shape[1] == 2
        assert len(path) > 10
        assert path[:, 0].min() >= 0
        assert np.abs(np.diff(path[:, 0])).max() <= 3.5 * 0.02 + 1e-9


def test_courses_have_the_sizes_that_their_encoding_asks_for() -> None:
    assert not heights(Encoding(), 0).any()
    for seed in range(5):
        pits = heights(Encoding(pit=(1.0, 1.0)), seed)
        holes = np.flatnonzero(np.diff(np.concatenate([[0], pits == PIT, [0]])))
        widths = np.diff(holes)[::2]
        assert set(widths[:-1]) == {8}  # 1 + 1 cells; the last may be cut off
        ground = np.diff(holes)[1::2]
        assert ground.min() >= 5 * 4
        assert ground.max() <= 9 * 4
        stumps = heights(Encoding(stump=(0.5, 1.0)), seed)
        tops = stumps[stumps > 0] / CELL
        assert 0.5 <= tops.min() < tops.max() <= 1.0
        assert len(stumps) == 480
        assert not stumps[: 20 * 4].any()
    stairs = heights(Encoding(stair=(0.5, 0.5), stairs=(2, 2)), 0) / CELL
    assert set(np.unique(np.abs(np.diff(stairs)).round(6))) == {0.0, 0.5}


def test_courses_are_fixed_by_their_seed_and_differ_between_seeds() -> None:
    np.testing.assert_array_equal(heights(HARD, 1), heights(HARD, 1))
    assert not np.array_equal(heights(HARD, 1), heights(HARD, 2))
    rougher = [heights(Encoding(roughness=r), 0) for r in (0.5, 2.0)]
    assert 0 < rougher[0].std() < rougher[1].std()


def test_the_squashing_function_is_nearly_tanh() -> None:
    x = np.linspace(-6, 6, 501)
    found = np.array([hopper._squash(value) for value in x])
    assert np.abs(found - np.tanh(x)).max() < 0.024
    assert found[0] == -1.0
    assert found[-1] == 1.0


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match=f"{PARAMETERS}.*got"):
        Hopper().rollout(np.zeros((2, 7), np.float32), [heights(Encoding(), 0)], np.zeros(2, np.int64))
