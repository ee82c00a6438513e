"""The eleven games as an experiment: that each can be searched, and what is known of it."""

from dataclasses import replace

import pytest

from aiga import experiment
from aiga.goexplore import games
from aiga.goexplore.reported import GAMES
from aiga.records import record


def test_there_is_a_condition_for_each_game_at_every_scale() -> None:
    for table in games.SCALES.values():
        assert list(table) == [game.id for game in GAMES]
        assert all(config.game == config.condition == name for name, config in table.items())
    longest = {config.frames for config in games.SCALES["paper"].values()}
    assert longest == {2e9, 5e9, 15e9}


@pytest.mark.parametrize("game", ["montezuma_revenge", "pitfall", "skiing"])
def test_what_is_measured_is_declared_and_repeats(game: str) -> None:
    config = replace(games.SCALES["smoke"][game], frames=1200)
    outcome = games.train(config, seeds=[0], workers=1)[0]
    record.check_outcomes(games, [outcome])
    assert outcome.metrics["replayed"] == 1
    assert ("rooms" in outcome.metrics) == (game != "skiing")


def test_it_is_found_by_its_address() -> None:
    assert experiment.load("goexplore.games") is games
