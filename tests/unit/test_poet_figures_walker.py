"""Figures of the walker's runs: that they draw what happened."""

import numpy as np
import pytest

from aiga.poet import figures_walker as figures
from aiga.poet.state import Transfer
from aiga.poet.walker_agents import Agents, table
from aiga.poet.walker_runs import SCALES, train


@pytest.fixture(scope="module")
def runs() -> list[Agents]:
    networks = [train(config, seeds=[100], device="cpu")[0].network for config in list(SCALES["smoke"].values())[:2]]
    return [network for network in networks if isinstance(network, Agents)]


def test_every_course_is_drawn_with_its_agent(runs: list[Agents]) -> None:
    niches = runs[0].state.niches
    figure = figures.courses(runs[0])
    assert len(figure.axes) == len(niches)
    for axes, niche in zip(figure.axes, niches, strict=True):
        assert f"gets {niche.best:.0f}" in axes.get_title(loc="left")
        assert axes.get_xlim() == (3.0, 53.0)
    spans = {round(float(np.diff(axes.get_ylim())[0]), 6) for axes in figure.axes}
    assert len(spans) == 1


def test_pictures_are_as_far_apart_as_asked(runs: list[Agents]) -> None:
    niche = runs[0].state.niches[0]
    lived = figures.trace(niche.best_theta, runs[0].world.of(niche), horizon=200)
    steps = figures.places(lived, 5.0, 30.0, 1.0)
    x = lived.pose[steps, 0, 0]
    assert len(steps) == int(lived.pose[:, 0, 0].max() - 5.0) + 1 > 3
    np.testing.assert_allclose(x, 5.0 + np.arange(len(steps)), atol=0.15)


def test_the_tables_hold_the_scores(runs: list[Agents]) -> None:
    agents = runs[0]
    left, right = figures.matrix(agents).axes
    niches = agents.state.niches
    expected = table(agents.world, niches, np.stack([niche.best_theta for niche in niches]))
    assert [text.get_text() for text in right.texts] == [f"{score:.0f}" for score in expected.flat]
    diagonal = [agents.log.of(uid)[0, 2] for uid in (0, 1)]
    assert [left.texts[0].get_text(), left.texts[3].get_text()] == [f"{score:.0f}" for score in diagonal]
    empty = Agents(agents.world, agents.state, agents.log, ())
    with pytest.raises(ValueError, match="random weights"):
        figures.matrix(empty)


def test_moves_are_marked_on_the_curves(runs: list[Agents]) -> None:
    poet, alone = runs
    poet.state.transfers = [Transfer(0, 1, 0, proposal=False, before=-20.0, after=30.0)]
    figure = figures.curves(poet, alone)
    first, second = figure.axes[:2]
    assert any("from rough" in text.get_text() for text in first.texts)
    assert not any("from" in text.get_text() for text in second.texts)
    assert first.lines[0].get_ydata().tolist() == poet.log.of(0)[:, 2].tolist()  # type: ignore[union-attr]
    assert first.lines[1].get_ydata().tolist() == alone.log.of(0)[:, 2].tolist()  # type: ignore[union-attr]


def test_the_player_has_a_choice_for_each_pair(runs: list[Agents]) -> None:
    page = figures.replay(runs[0], [(0, 0), (1, 0)], alt="two walkers")
    assert page.count("<option") == 2
    assert "flat: its own agent, " in page
    assert "flat: the agent from rough, " in page
