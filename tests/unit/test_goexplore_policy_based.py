"""Policy-based Go-Explore: routes, goals, what is paid for, and that it gets around."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from aiga import checkpoint, experiment, seeding
from aiga.envs.wings import plan
from aiga.goexplore import policy_based
from aiga.goexplore.goals import POLICY, RANDOM, RETURN, Agent, GoalMaze, Routes, Rules

SMOKE = policy_based.SCALES["smoke"]
DRAWN = plan(1, 15)


def world(batch: int = 4, sticky: float = 0.0, **rules: object) -> GoalMaze:
    chosen = Rules(**{"side": 1, **rules})  # type: ignore[arg-type]
    return GoalMaze(DRAWN, chosen, batch, sticky, seeding.numpy_generator(0, "goals"), seeding.generator(0, "sticky"))


def everyone(action: int, batch: int = 4) -> torch.Tensor:
    return torch.full((batch,), action)


def test_routes_keep_the_shortest_way() -> None:
    routes = Routes((0, 0))
    assert routes.visit([(0, 0), (0, 1), (1, 1)])
    assert not routes.visit([(0, 0), (1, 0), (2, 0), (1, 1)])
    assert routes.routes[(1, 1)] == ((0, 0), (0, 1), (1, 1))
    assert not routes.visit([(0, 0), (1, 1)])
    assert routes.routes[(1, 1)] == ((0, 0), (1, 1))


def test_squares_are_drawn_by_their_weight() -> None:
    routes = Routes((0, 0))
    routes.visit([(0, 0), (0, 1)])
    routes.acted = {(0, 0): 99, (0, 1): 0}
    generator = seeding.numpy_generator(0, "draw")
    share = np.mean([routes.draw(generator) == (0, 1) for _ in range(5000)])
    assert share == pytest.approx(1 / 1.1, abs=0.02)


def test_sub_goals_pay_and_may_be_skipped_within_the_window() -> None:
    maze = world(1, window=3)
    row, column = maze.square(DRAWN.start)
    route = tuple((row, column + step) for step in range(8))
    agent = Agent(RETURN, route, 1, [route[0]])
    assert maze._lead(agent, (row - 1, column)) == (0.0, False, False)
    assert agent.stuck == 1
    assert maze._lead(agent, route[3]) == (1.0, False, False)  # one and two are skipped
    assert (agent.place, agent.stuck, agent.goal) == (4, 0, route[4])
    assert maze._lead(agent, route[7]) == (0.0, False, False)  # beyond the window
    assert maze._lead(agent, route[5]) == (1.0, False, False)
    assert maze._lead(agent, route[7]) == (3.0, True, False)
    assert maze.returned == 1
    assert agent.mode in (RANDOM, POLICY)


def test_who_makes_no_progress_gives_up_and_begins_anew() -> None:
    maze = world(1, patience=5, random=0.0)
    row, column = maze.square(DRAWN.start)
    maze.agents[0] = Agent(RETURN, ((row, column), (row, column + 9)), 1, [(row, column)])
    results = [maze.step(everyone(2, 1)) for _ in range(5)]
    assert [bool(over) for _, over in results] == [False] * 4 + [True]
    assert int(maze.walkers.cell) == DRAWN.start
    assert maze.agents[0].trail == [(row, column)]


def test_what_was_passed_is_remembered_without_loops() -> None:
    maze = world(1, returns=False, random=1.0)
    row, column = maze.square(DRAWN.start)
    for action in (3, 3, 2, 0):
        maze.step(everyone(action, 1))
    assert maze.routes.routes[(row - 1, column + 1)] == ((row, column), (row, column + 1), (row - 1, column + 1))
    assert maze.new[RANDOM] == 3
    assert sum(maze.acted) == maze.steps == 4
    assert np.isfinite(maze.found).sum() == 4
    assert maze.found[DRAWN.start + 2] == 2


def test_a_goal_is_seen() -> None:
    maze = world(2)
    maze.agents[0].route, maze.agents[0].place = ((1, 4),), 0
    seen = maze.observe()
    assert seen.shape == (2, maze.inputs)
    goal = seen[0, -sum(maze.squares) :]
    assert goal.nonzero().flatten().tolist() == [1, maze.squares[0] + 4]


def test_the_policy_heats_up_while_it_is_stuck() -> None:
    maze = world(3, heat_after=20, heat=0.01)
    for agent, stuck in zip(maze.agents, (0, 20, 120), strict=True):
        agent.stuck = stuck
    torch.testing.assert_close(maze.heat[:, 0], torch.tensor([1.0, 1.0, 2.0]))


def test_random_actions_are_uniform_and_not_learned_from() -> None:
    maze = world(3000, returns=False, random=1.0)
    config = SMOKE["policy_based"]
    policy = policy_based.Dense(maze.inputs, 8, 4, seeding.generator(0, "init"))
    player = policy_based.GoalPlayer(policy, maze, 3000, seeding.generator(0, "actions"))
    for agent in maze.agents[:1000]:
        agent.mode = POLICY
    logits = torch.tensor([9.0, 0.0, 0.0, 0.0]).expand(3000, 4)
    actions, chances, counted = player.choose(logits)
    assert counted.tolist() == [1.0] * 1000 + [0.0] * 2000
    assert float((actions[:1000] == 0).float().mean()) > 0.99
    torch.testing.assert_close(actions[1000:].bincount() / 2000, torch.full((4,), 0.25), atol=0.04, rtol=0)
    torch.testing.assert_close(chances, logits.log_softmax(-1).gather(-1, actions[:, None])[:, 0])
    assert config.rules.random == 0.5


def test_every_condition_runs_and_measures_within_bounds() -> None:
    outcomes = experiment.run(policy_based, "smoke", seeds=[0], device="cpu")
    assert [each.condition for each in outcomes] == list(SMOKE)
    for each in outcomes:
        assert ("returns" in each.metrics) == (each.condition != "no_return")
        assert ("new_random" in each.metrics) == (each.condition != "policy_exploration")
        for name, value in each.metrics.items():
            assert policy_based.METRICS[name].lowest <= value <= policy_based.METRICS[name].highest
        assert each.curves["coverage"].y == sorted(each.curves["coverage"].y)


@pytest.mark.slow
def test_returning_by_policy_gets_farther_than_starting_over() -> None:
    config = replace(policy_based.SCALES["ci"]["policy_based"], updates=30, corridors=3)
    ours = policy_based.train(config, seeds=[100], device="cpu")[0].metrics
    starting_over = replace(policy_based.SCALES["ci"]["no_return"], updates=30, corridors=3)
    over = policy_based.train(starting_over, seeds=[100], device="cpu")[0]
    assert ours["coverage"] > 1.2 * over.metrics["coverage"]
    assert ours["returns"] > 0.1


def test_a_run_that_was_killed_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, file = replace(SMOKE["policy_based"], updates=5), tmp_path / "goals.pt"
    whole = policy_based.train(config, seeds=[2], device="cpu")[0]
    real, calls = checkpoint.steps, []

    def dying(total: int, parts: object, **settings: object) -> object:
        for step in real(total, parts, **{**settings, "every": 0.0}):  # type: ignore[arg-type]
            calls.append(step)
            if calls == [0, 1, 2]:
                raise RuntimeError("killed")
            yield step

    monkeypatch.setattr(checkpoint, "steps", dying)
    with pytest.raises(RuntimeError, match="killed"):
        policy_based.train(config, seeds=[2], device="cpu", checkpoint=file)
    again = policy_based.train(config, seeds=[2], device="cpu", checkpoint=file)[0]
    assert calls == [0, 1, 2, 2, 3, 4]
    assert again.metrics == whole.metrics
    assert again.curves == whole.curves
