"""Figures of many games and of phase 2 on one: that they draw what was found."""

import numpy as np
import pytest

from aiga.experiment import Curve, Outcome
from aiga.goexplore import figures_games, reported
from aiga.goexplore.reported import GAMES

X = [1e5, 2e5, 3e5]


def outcome(game: str, seed: int = 0, **metrics: float) -> Outcome:
    curves = {name: Curve(X, [1.0, 2.0, 2.0 + seed], "game frames", name) for name in ("rooms", "cells", "score")}
    return Outcome(game, seed, {"best_score": 0.0, "frames": 3e5, **metrics}, curves)


FOUND = [
    outcome("pitfall"),
    outcome("skiing", best_score=0.0, end_score=-8672.0),
    outcome("freeway", best_score=3.0, end_score=15.0),
]


def test_the_table_says_what_was_found_and_where_nothing_ended() -> None:
    head, rows = figures_games.games_table(FOUND)
    assert head[-3:] == ("ours: best on the way", "ours: best end of an episode", "frames")
    by_name = {row[0]: row for row in rows}
    assert by_name["Pitfall"][-3:] == ("0", "none has ended", "300,000")
    assert by_name["Skiing"][-3:] == ("", "-8,672", "300,000")
    assert by_name["Berzerk"][-3:] == ("", "", "")
    assert [row[:5] for row in rows] == [row[:5] for row in reported.games_table()[1]]


def test_scores_are_shares_of_a_humans() -> None:
    axes = figures_games.scores(FOUND).axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["Freeway", "Pitfall", "Skiing"]
    lines = {line.get_label(): np.column_stack(line.get_data()) for line in axes.lines}
    way, end = lines["ours, best on the way"], lines["ours, best end of an episode"]
    np.testing.assert_allclose(way[:, 0], [3 / 30, figures_games._NONE])  # nothing on the way is nothing, but in Skiing
    np.testing.assert_allclose(end[:, 0], [15 / 30, 4336 / 8672])
    np.testing.assert_allclose(lines["2021, phase 1 (from memory)"][:, 0], [34 / 30, 6945 / 6463, 4336 / 4242])


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.id)
def test_who_plays_better_than_a_human_has_a_share_above_one(game: reported.Game) -> None:
    assert figures_games.share(game, game.human) == 1
    assert figures_games.share(game, game.human + 5) > 1 > figures_games.share(game, game.human - 5)


def test_rooms_cells_and_score_are_drawn_for_each_seed() -> None:
    panels = figures_games.in_rooms([outcome("pitfall"), outcome("pitfall", seed=1)]).axes
    for panel in panels:
        assert [line.get_ydata()[-1] for line in panel.lines] == [2.0, 3.0]
    assert [panel.get_ylabel() for panel in panels] == ["rooms", "cells", "score"]


def test_phase_2_on_a_game_shows_the_start_the_reward_and_success() -> None:
    group = []
    for seed in range(2):
        curves = {name: Curve(X, [0.1, 0.5, 1.0], "agent steps", name) for name in ("back", "reward")}
        metrics = {"best_replay": 0.0, "untrained": 0.0, "success": 0.5 + 0.25 * seed}
        group.append(Outcome("first_key_ram", seed, metrics, curves))
    back, reward, success = figures_games.robustified({"RAM": group}).axes
    for panel in (back, reward):
        assert [line.get_ydata()[-1] for line in panel.lines] == [1.0, 1.0]
    assert [list(line.get_ydata()) for line in success.lines] == [[0, 0], [0, 0], [0.5, 0.75]]
    assert success.lines[2].get_xdata()[0] < 2 < success.lines[2].get_xdata()[1]
