"""The maze's figures: that they draw what happened."""

import itertools

import torch

from aiga import experiment, seeding
from aiga.plasticity import figures_maze, maze


def test_the_legs_of_a_journey_are_what_happened() -> None:
    config = maze.SCALES["smoke"]["plastic"]
    network = maze.create(config, [0])
    with torch.no_grad():
        _, world = maze.live(network, config, [seeding.generator(0, "picture")], 50)
    for episode in range(50):
        legs = figures_maze._legs(world, episode)
        assert len(legs) - 1 == int(torch.stack(world.found)[:, 0, episode].sum())
        assert sum(len(leg) - 1 for leg in legs) == config.steps
        goal = tuple(world.mazes.places[world.mazes.goal[0, episode]].tolist())
        assert legs[0][0] == (config.side // 2, config.side // 2)
        assert all(leg[-1] == goal for leg in legs[:-1])
        for leg in legs:
            assert all(abs(a[0] - b[0]) + abs(a[1] - b[1]) <= 1 for a, b in itertools.pairwise(leg))
            assert not any(world.mazes.walls[place] for place in leg)
    assert len(figures_maze.journeys({"before": world, "after": world}, episode=1).axes) == 2


def test_curves_and_intervals_are_drawn_for_every_condition() -> None:
    outcomes = experiment.run(maze, "smoke", seeds=[0, 1], device="cpu")
    groups = {name: [each for each in outcomes if each.condition == name] for name in maze.SCALES["smoke"]}
    assert len(figures_maze.learning(groups).legends[0].get_texts()) == 3
    ticks = figures_maze.first_and_later(groups).axes[0].get_yticklabels()
    assert [each.get_text() for each in ticks] == list(groups)
