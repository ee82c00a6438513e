"""The maze of two wings: its plan, its rules, and that the two forms of it are one maze."""

import itertools

import numpy as np
import pytest
import torch

from aiga import seeding
from aiga.envs.wings import DECOY, FREE, GOAL, LAVA, WALL, Plan, Walkers, Wings, plan, unpack

UP, DOWN, LEFT, RIGHT = range(4)


def distances(drawn: Plan) -> dict[int, int]:
    """Steps from the start to every cell that can be reached without lava."""
    away, edge = {drawn.start: 0}, [drawn.start]
    while edge:
        beyond = {int(there) for here in edge for there in drawn.ahead[here]}
        new = [cell for cell in beyond if cell not in away and drawn.kinds.flat[cell] != LAVA]
        away |= dict.fromkeys(new, away[edge[0]] + 1)
        edge = new
    return away


@pytest.mark.parametrize(("corridors", "length", "cells"), [(5, 15, 443), (7, 21, 829)])
def test_the_plan(corridors: int, length: int, cells: int) -> None:
    """As many cells as intended; all of them can be reached, and the goal is among the farthest."""
    drawn = plan(corridors, length)
    assert drawn.walkable == cells
    away = distances(drawn)
    assert len(away) == cells
    assert away[drawn.goal] > 0.85 * max(away.values())
    assert (drawn.kinds == GOAL).sum() == (drawn.kinds == DECOY).sum() == 1
    decoy = int(np.flatnonzero(drawn.kinds == DECOY)[0])
    assert away[decoy] < 10
    assert (drawn.wings[decoy], drawn.wings[drawn.start], drawn.wings[drawn.goal]) == (-1, 0, 1)
    mirrored = np.isin(drawn.kinds, (FREE, DECOY, GOAL))
    assert np.array_equal(mirrored, mirrored[:, ::-1])
    edges = (drawn.kinds[0], drawn.kinds[-1], drawn.kinds[:, 0], drawn.kinds[:, -1])
    assert all((edge == WALL).all() for edge in edges)


def test_the_middle_lane_is_safe_and_the_goal_pays() -> None:
    world = Wings(plan(1, 15))
    rewards = [world.step(RIGHT) for _ in range(16)]
    assert rewards == [(0.0, False)] * 15 + [(1.0, True)]


def test_the_decoy_pays_once_an_episode() -> None:
    world = Wings(plan())
    earned = [world.step(action) for action in [LEFT] * 7 + [RIGHT] * 2 + [LEFT] * 2]
    assert [reward for reward, _ in earned] == [0, 0, 0, 0, 0, 0.1, 0, 0, 0, 0, 0]
    assert not any(over for _, over in earned)
    world.reset()
    assert [world.step(LEFT)[0] for _ in range(6)][-1] == 0.1


def test_lava_walls_and_the_clock() -> None:
    drawn = plan()
    world = Wings(drawn)
    for _ in range(5):
        world.step(RIGHT)
    assert drawn.kinds.flat[drawn.ahead[world.cell, DOWN]] == LAVA
    assert world.step(DOWN) == (0.0, True)
    world.reset()
    world.step(UP)
    here = world.cell
    assert world.step(UP) == (0.0, False)
    assert world.cell == here
    overs = [world.step(UP)[1] for _ in range(drawn.steps - 2)]
    assert overs == [False] * (drawn.steps - 3) + [True]


def test_a_stuck_action_repeats_what_was_done() -> None:
    world = Wings(plan())
    world.step(RIGHT)
    before = world.cell
    world.step(LEFT, stuck=True)
    assert world.cell == before + 1
    assert world.previous == RIGHT


def test_a_restored_world_goes_on_as_the_first_did() -> None:
    chance = seeding.numpy_generator(0, "actions")
    first, second = Wings(plan()), Wings(plan())
    for action in chance.integers(4, size=37):
        if first.step(int(action))[1]:
            first.reset()
    second.restore(first.clone())
    for action in chance.integers(4, size=200):
        assert first.step(int(action)) == second.step(int(action))
        assert first.clone() == second.clone()
    with pytest.raises(ValueError, match="has 10 bytes, got 3"):
        first.restore(b"abc")


def test_many_at_once_are_the_same_maze() -> None:
    """Every walker does what a maze of its own does: rewards, ends and states, with actions that stick."""
    drawn, batch, chance = plan(1, 10), 30, seeding.numpy_generator(1, "actions")
    single, many = [Wings(drawn) for _ in range(batch)], Walkers(drawn, batch)
    ends = itertools.count()
    wins = 0
    for _ in range(800):
        chosen = chance.choice(4, size=batch, p=[0.05, 0.05, 0.3, 0.6])
        stuck = chance.random(batch) < 0.25
        expected = [
            world.step(int(action), stuck=bool(held)) for world, action, held in zip(single, chosen, stuck, strict=True)
        ]
        reward, over = many.step(torch.as_tensor(chosen), torch.as_tensor(stuck))
        assert reward.tolist() == pytest.approx([each for each, _ in expected])
        assert over.tolist() == [each for _, each in expected]
        assert torch.equal(many.state, unpack([world.clone() for world in single]))
        wins += int((reward == 1).sum())
        for place in over.nonzero().flatten().tolist():
            next(ends)
            single[place].reset()
        many.place(over, unpack([world.clone() for world in single]))
    assert next(ends) > 100
    assert wins > 10


def test_refusals() -> None:
    with pytest.raises(ValueError, match="got 0 of 15"):
        plan(0, 15)
    with pytest.raises(ValueError, match="got 2 of 7"):
        plan(2, 7)
