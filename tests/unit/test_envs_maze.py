"""The mazes: their plan, their moves, and exact expectations from their Markov chain."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aiga import seeding
from aiga.envs.maze import Mazes, walls

MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))


def mazes(side: int, steps: int, batch: int, seed: int = 0, **options: bool) -> Mazes:
    return Mazes(side, steps, [seeding.generator(seed, "mazes")], batch, **options)


@pytest.mark.parametrize(("side", "free"), [(7, 21), (9, 41), (11, 65), (13, 97)])
def test_the_plan_has_as_many_free_cells_as_the_sheet_says(side: int, free: int) -> None:
    plan = walls(side)
    assert int((~plan).sum()) == free == mazes(side, 1, 1).free
    assert not plan[side // 2, side // 2]
    assert torch.equal(plan, plan.T)
    assert torch.equal(plan, plan.flip(0))


@settings(max_examples=25, deadline=None)
@given(
    side=st.sampled_from([5, 7, 9, 11]),
    seed=st.integers(0, 10_000),
    centre=st.booleans(),
    land=st.booleans(),
)
def test_moves_are_those_of_a_literal_maze(side: int, seed: int, centre: bool, land: bool) -> None:
    """One agent at a time, on the grid, rule by rule."""
    steps, batch = 30, 4
    world = mazes(side, steps, batch, seed, reward_at_centre=centre, land_on_reward=land)
    actions = torch.randint(4, (steps, 1, batch), generator=seeding.generator(seed, "actions"))
    plan = walls(side)
    here = [(side // 2, side // 2)] * batch
    for action in actions:
        for agent in range(batch):
            seen = world.surroundings[world.cell[0, agent]].view(3, 3)
            row, column = here[agent]
            assert torch.equal(seen, plan[row - 1 : row + 2, column - 1 : column + 2].float())
        landing = world.landings[world.now]
        found, bumped = world.step(action)
        for agent in range(batch):
            row, column = here[agent]
            down, right = MOVES[int(action[0, agent])]
            wall = bool(plan[row + down, column + right])
            if not wall:
                row, column = row + down, column + right
            goal = tuple(world.places[world.goal[0, agent]].tolist())
            assert bool(bumped[0, agent]) == wall
            assert bool(found[0, agent]) == ((row, column) == goal)
            if (row, column) == goal:
                row, column = world.places[landing[0, agent]].tolist()
            here[agent] = (row, column)
            assert not plan[row, column]
            assert tuple(world.places[world.cell[0, agent]].tolist()) == here[agent]
    if not centre:
        assert not (world.goal == world.centre).any()
    if not land:
        assert not (world.landings == world.goal).any()


@pytest.mark.parametrize(("side", "steps", "expected"), [(7, 60, 0.87), (9, 200, 1.44)])
def test_random_agents_find_what_the_markov_chain_says(side: int, steps: int, expected: float) -> None:
    """Sheet of the second chapter, section 7: no reward at the centre, no landing on the reward."""
    world = mazes(side, steps, 4000, reward_at_centre=False, land_on_reward=False)
    source = seeding.generator(1, "actions")
    finds = sum(float(world.step(torch.randint(4, (1, 4000), generator=source))[0].sum()) for _ in range(steps))
    assert finds / 4000 == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize(("side", "mean"), [(7, 3.62), (9, 4.88), (11, 6.27)])
def test_who_knows_the_way_needs_what_the_sheet_says(side: int, mean: float) -> None:
    """Mean shortest path from where an agent lands to the reward, by breadth-first search through the mazes' moves."""
    world = mazes(side, 1, 1)
    onward = world._next.view(-1, 4)
    lengths = []
    for goal in range(world.free):
        far = torch.full((world.free,), torch.inf)
        far[goal] = 0
        for _ in range(world.free):
            far = torch.minimum(far, far[onward].amin(1) + 1)
        lengths.append(far[torch.arange(world.free) != goal])
    assert float(torch.stack(lengths).mean()) == pytest.approx(mean, abs=0.006)


def test_a_seeds_mazes_do_not_depend_on_their_neighbours() -> None:
    def world(seeds: list[int]) -> Mazes:
        return Mazes(7, 5, [seeding.generator(seed, "mazes") for seed in seeds], 6)

    alone, among = world([7]), world([3, 7])
    assert torch.equal(alone.goal[0], among.goal[1])
    assert torch.equal(alone.landings[:, 0], among.landings[:, 1])


@pytest.mark.parametrize("side", [4, 3, 10])
def test_impossible_mazes_are_refused(side: int) -> None:
    with pytest.raises(ValueError, match="odd and at least 5"):
        walls(side)
