"""The maze's figures: that they draw what happened."""

import numpy as np
import pytest
import torch

from aiga import experiment, seeding
from aiga.envs.wings import plan
from aiga.experiment import Outcome
from aiga.goexplore import figures_maze, maze, robust_maze, robustify


def groups(outcomes: list[Outcome]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for each in outcomes:
        found.setdefault(each.condition, []).append(each)
    return found


def test_the_map_shows_what_was_visited_and_nothing_else() -> None:
    table = maze.SCALES["smoke"]
    searches = {name: maze.search(table[name], seed=0) for name in ("go_explore", "epsilon_greedy", "no_return")}
    figure = figures_maze.explored(searches)
    for panel, search in zip(figure.axes, searches.values(), strict=False):
        shown = panel.images[1].get_array()
        visible = ~np.ma.getmaskarray(shown).flatten()
        assert visible.sum() == round(search.share("coverage", search.steps) * search.plan.walkable)
        assert not visible[~search.parts["coverage"]].any()
    assert len(figures_maze.maze(plan()).axes) == 1


def test_a_ledge_shows_when_each_place_was_visited() -> None:
    holes = [(-1, 0), (-1, 2), (1, 0), (1, 2)]
    figure = figures_maze.ledge({"one": {(0, 1): 0, (1, 1): 40}, "two": {(0, 1): 0, (-2, 2): 300}}, holes)
    ground, when = (image.get_array() for image in figure.axes[1].images)
    assert ground.shape == when.shape == (3, 4)
    assert ground.sum() == len(holes)
    assert np.argwhere(~np.ma.getmaskarray(when)).tolist() == [[1, 2], [2, 0]]
    assert when[2, 0] == 300


def test_curves_for_every_condition() -> None:
    outcomes = groups(experiment.run(maze, "smoke", seeds=[0, 1], device="cpu"))
    some = {name: outcomes[name] for name in ("go_explore", "epsilon_greedy", "bonus")}
    assert len(figures_maze.coverage(some).legends[0].get_texts()) == 3
    learners = {name: outcomes[name] for name in ("epsilon_greedy", "bonus")}
    figure = figures_maze.attention(learners)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(learners)
    drawn = figure.axes[0].lines[0].get_ydata()
    assert list(drawn) == outcomes["epsilon_greedy"][0].curves["visits_left"].y
    with pytest.raises(ValueError, match="can tell 6 conditions apart, got 12"):
        figures_maze.coverage(outcomes)


def test_robustification_is_drawn() -> None:
    outcomes = groups(experiment.run(robustify, "smoke", seeds=[0, 1], device="cpu", conditions=["one", "several"]))
    assert len(figures_maze.going_back(outcomes).axes) == 2
    ticks = figures_maze.success(outcomes).axes[0].get_yticklabels()
    assert [each.get_text() for each in ticks] == ["one", "several"]


def test_journeys_go_where_the_agents_went() -> None:
    drawn = plan(1, 9)
    played = robust_maze.play(bytes([3] * 10), drawn, episodes=30, sticky=0.9, generator=seeding.generator(0, "sticky"))
    played.reached[0] = True
    played.cells[:, 0] = torch.arange(11) + drawn.start
    figure = figures_maze.journeys(drawn, {"repeated": played}, shown=1)
    columns = figure.axes[0].lines[3].get_xdata()
    assert list(columns) == [drawn.start % drawn.shape[1] + step for step in range(11)]
