"""The maze experiment: the world of phase 1, searches, metrics, and the two failures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiga import checkpoint, experiment, seeding
from aiga.envs.wings import Wings, plan
from aiga.goexplore import maze
from aiga.goexplore.maze_world import Grid, MakeMaze, MazeWorld, demonstration, position

SMALL = maze.Config(corridors=3, length=11, steps=30_000)


def test_the_world_is_the_maze_but_for_its_last_step() -> None:
    drawn, chance = plan(1, 10), seeding.numpy_generator(0, "actions")
    world, same = MazeWorld(drawn), Wings(drawn)
    goals = 0
    for action in chance.choice(4, size=4000, p=[0.05, 0.05, 0.2, 0.7]):
        step, (reward, done) = world.step(int(action)), same.step(int(action))
        assert step.reward == reward
        assert (*divmod(same.cell, drawn.shape[1]), same.taken) == world.observe()
        assert world.fingerprint() == world.clone() == same.clone()
        if reward == 1:
            goals += 1
            assert done
            assert not step.done
            assert world.step(0) == (0.0, True, False)
        else:
            assert step.done == done
        if done:
            world.reset()
            same.reset()
    assert goals > 20


def test_cells_and_landmarks() -> None:
    world = MakeMaze(5, 15)()
    place = world.observe()
    assert position(place) == (2, 17)
    assert Grid()(place) == (2, 17, False)
    assert Grid(3)(place) == (0, 5, False)
    for _ in range(6):
        world.step(2)
    assert Grid(3)(world.observe()) == (0, 3, True)


def test_a_demonstration_earns_everything_when_replayed() -> None:
    found = maze.search(SMALL, seed=0)
    assert found.archive is not None
    actions = demonstration(found.archive, found.plan)
    world = Wings(found.plan)
    steps = [world.step(action) for action in actions]
    assert sum(reward for reward, _ in steps) == pytest.approx(1.1)
    assert [over for _, over in steps] == [False] * (len(actions) - 1) + [True]


def test_a_demonstration_wants_a_known_way() -> None:
    found = maze.search(replace(SMALL, steps=400), seed=0)
    assert found.archive is not None
    with pytest.raises(ValueError, match="no way to the goal is known after"):
        demonstration(found.archive, found.plan)


def test_what_go_explore_found_is_what_its_archive_knows() -> None:
    found = maze.search(SMALL, seed=1)
    assert found.archive is not None
    known = {(cell.key[0], cell.key[1]) for cell in found.archive.cells}  # type: ignore[index]
    seen = {divmod(int(each), found.plan.shape[1]) for each in np.flatnonzero(np.isfinite(found.found))}
    assert known == seen
    first = {(cell.key[0], cell.key[1]): np.inf for cell in found.archive.cells}  # type: ignore[index]
    for cell in found.archive.cells:
        where = (cell.key[0], cell.key[1])  # type: ignore[index]
        first[where] = min(first[where], cell.found)
    assert all(found.found[row * found.plan.shape[1] + column] == when for (row, column), when in first.items())


def test_remembering_and_returning_find_what_learners_do_not() -> None:
    outcomes = {
        name: maze.train(replace(maze.SCALES["ci"][name], **chosen), seeds=[100])[0].metrics  # type: ignore[arg-type]
        for name, chosen in {
            "go_explore": {},
            "epsilon_greedy": {"steps": 500_000},
            "bonus": {"steps": 500_000},
            "no_return": {},
        }.items()
    }
    ours = outcomes.pop("go_explore")
    assert ours["coverage"] > 0.95
    assert ours["solved"] == 1
    assert ours["first_goal"] < 100_000
    assert ours["demonstration"] > 100
    assert outcomes["epsilon_greedy"]["coverage"] < 0.2 < outcomes["bonus"]["coverage"] < 0.7
    assert outcomes["no_return"]["coverage"] < 0.2
    assert all(each["solved"] == 0 and each["first_goal"] >= 100_000 for each in outcomes.values())


def test_every_condition_runs_and_measures_within_bounds() -> None:
    outcomes = experiment.run(maze, "smoke", seeds=[0, 1], device="cpu")
    assert len(outcomes) == 2 * len(maze.SCALES["smoke"])
    for each in outcomes:
        for name, value in each.metrics.items():
            bounds = maze.METRICS[name]
            assert bounds.lowest <= value <= bounds.highest, (each.condition, name)
        for name, curve in each.curves.items():
            assert len(curve.x) == len(curve.y)
            if name in ("coverage", "left", "right"):
                assert curve.y == sorted(curve.y)
                assert curve.y[-1] == pytest.approx(each.metrics[name], abs=0.15)
        learner = maze.SCALES["smoke"][each.condition].method == "q_learning"
        assert ("visits_left" in each.curves) == learner
        assert ("cells" in each.metrics) != learner


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    for name in ("go_explore", "bonus"):
        config = maze.SCALES["smoke"][name]
        both, alone = maze.train(config, seeds=[3, 4]), maze.train(config, seeds=[4])
        assert both[1].metrics == alone[0].metrics != both[0].metrics
        assert both[1].curves == alone[0].curves


@pytest.mark.parametrize("name", ["go_explore", "bonus"])
def test_a_search_that_was_killed_goes_on(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, file = maze.SCALES["smoke"][name], tmp_path / "maze.pt"
    whole = maze.train(config, seeds=[2])[0]
    real, calls = checkpoint.steps, []

    def dying(total: int, parts: object, **settings: object) -> object:
        for step in real(total, parts, **{**settings, "every": 0.0}):  # type: ignore[arg-type]
            calls.append(step)
            if step == 2 and calls.count(2) == 1:
                raise RuntimeError("killed")
            yield step

    monkeypatch.setattr(checkpoint, "steps", dying)
    with pytest.raises(RuntimeError, match="killed"):
        maze.train(config, seeds=[2], checkpoint=file)
    again = maze.train(config, seeds=[2], checkpoint=file)[0]
    assert calls[:4] == [0, 1, 2, 2]
    assert again.metrics == whole.metrics
    assert again.curves == whole.curves


def test_a_runs_beginning_is_the_run() -> None:
    for name in ("go_explore", "bonus"):
        config = replace(maze.SCALES["smoke"][name], steps=40_000)
        whole, begun = maze.train(config, seeds=[0])[0], maze.train(config, seeds=[0], limit=10)[0]
        count = len(begun.curves["coverage"].x)
        assert 5 <= count < 20
        assert begun.curves["coverage"].y == whole.curves["coverage"].y[:count]
