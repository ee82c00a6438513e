"""The figures of phase 1: that they draw what was found, and what others have reported."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from aiga.experiment import Curve, Outcome
from aiga.goexplore import atari, figures, reported
from aiga.goexplore.archive import Archive
from aiga.goexplore.cells import Place
from aiga.goexplore.emulator import Atari

FRAMES = [1e5, 2e5, 3e5]


def outcomes(condition: str, *, seeds: int = 3, rooms: bool = True) -> list[Outcome]:
    found = []
    for seed in range(seeds):
        values = {"cells": [10.0, 20.0, 30.0 + seed], "score": [0.0, 100.0, 100.0]}
        if rooms:
            values |= {"rooms": [1.0, 2.0, 4.0 + seed], "places": [5.0, 9.0, 12.0]}
        curves = {name: Curve(FRAMES, y, "game frames", name) for name, y in values.items()}
        found.append(Outcome(condition, seed, {}, curves))
    return found


def archive() -> Archive:
    made = Archive((0, 1, 0, 9, 1), b"")
    made.landmarks = {
        (0, 1, 0, 9, 1): 1,
        (0, 1, 0, 10, 1): 20,
        (0, 1, 2, 10, 1): 40,
        (0, 2, 2, 0, 3): 500,
        (1, 1, 2, 4, 4): 900,
    }
    made.steps = 1000
    return made


def shown(panel: object) -> np.ndarray:
    return np.ma.filled(panel.images[0].get_array().astype(float), np.nan)  # type: ignore[attr-defined,no-any-return]


def test_rooms_and_cells_have_every_condition_and_the_papers_anchors() -> None:
    figure = figures.rooms_and_cells({"RAM": outcomes("ram"), "pixels": outcomes("pixels")})
    texts = [each.get_text() for each in figure.legends[0].get_texts()]
    assert texts[:2] == ["RAM", "pixels"]
    assert sum("second-hand" in text for text in texts) == 2
    rooms, cells = figure.axes
    mean = next(line.get_ydata() for line in rooms.lines if line.get_label() == "RAM")
    np.testing.assert_allclose(mean, [1, 2, 5])
    anchors = {
        (float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in rooms.lines if len(line.get_xdata()) == 1
    }
    assert anchors == {(57.6e6, 24.0), (640e6, 24.0)}
    assert (rooms.get_xscale(), cells.get_xscale()) == ("log", "linear")
    plain = figures.rooms_and_cells({"RAM": outcomes("ram")}, paper=False)
    assert plain.axes[0].get_xscale() == "linear"
    assert len(plain.legends[0].get_texts()) == 1


def test_two_searches_are_drawn_one_by_one() -> None:
    figure = figures.rooms_and_cells({"RAM": outcomes("ram", seeds=2)}, paper=False)
    cells = figure.axes[1]
    assert [line.get_ydata()[-1] for line in cells.lines] == [30, 31]
    assert not cells.collections  # no interval of two
    assert [each.get_text() for each in figure.legends[0].get_texts()] == ["RAM"]
    assert len(figures.rooms_and_cells({"RAM": outcomes("ram")}, paper=False).axes[1].collections) == 1


def test_growth_leaves_out_what_a_game_does_not_tell() -> None:
    cells, places, score = figures.growth({"RAM": outcomes("ram"), "Pitfall": outcomes("pixels", rooms=False)}).axes
    drawn = [[line for line in panel.lines if not line.get_label().startswith("_")] for panel in (cells, places, score)]
    assert [len(each) for each in drawn] == [2, 1, 2]


def test_the_map_fills() -> None:
    figure = figures.filling(archive(), at=(100, 200, 4000))
    panels = figure.axes[:3]
    assert [int(np.isfinite(shown(panel)).sum()) for panel in panels] == [
        2,
        2,
        3,
    ]  # with and without the key: one place
    first = shown(panels[2])
    assert sorted(first[np.isfinite(first)]) == [4, 80, 2000]
    row, column = 0, 4 * figures.ACROSS  # room 1 is in the middle of the top row
    assert first[row + 1, column + 9] == 4
    assert first[row + 3, column + figures.ACROSS] == 2000
    assert [panel.get_title(loc="left") for panel in panels] == [
        "100 frames: 1 room",
        "200 frames: 1 room",
        "4,000 frames: 2 rooms",
    ]
    assert len([patch for patch in panels[0].patches if isinstance(patch, Rectangle)]) == 24
    assert {text.get_text() for text in panels[0].texts} == {str(room) for room in range(24)}
    above = figures.filling(archive(), level=1)
    assert np.isfinite(shown(above.axes[0])).sum() == 1
    with pytest.raises(ValueError, match="level 2 was never reached"):
        figures.filling(archive(), level=2)
    with pytest.raises(ValueError, match="no landmarks"):
        figures.filling(Archive((0, 1, 0, 9, 1), b""))


def test_a_route_is_drawn_where_it_went() -> None:
    passed = [Place(0, 1, 0, 9, 1), Place(0, 1, 2, 10, 1), Place(0, 2, 2, 0, 3), Place(1, 1, 2, 4, 4)]
    panel = figures.route(archive(), passed, title="a way").axes[0]
    lines = {line.get_label(): np.column_stack(line.get_data()).tolist() for line in panel.lines}
    assert lines["nothing carried"] == [[89.5, 1.5]]
    assert lines["something carried"] == [[90.5, 1.5], [100.5, 3.5]]
    assert (lines["start"], lines["end"]) == ([[89.5, 1.5]], [[100.5, 3.5]])
    assert panel.get_title(loc="left") == "a way"


def test_the_first_places_of_a_game_are_where_it_begins() -> None:
    passed = atari.route([0, 3, 3, 3])
    assert len(passed) == 5
    assert passed[0] == passed[1] == Place(0, 1, 0, 9, 1)
    assert passed[-1].x >= passed[0].x


def test_the_table_has_eleven_games_and_marks_what_was_read() -> None:
    head, rows = reported.games_table({"pitfall": 0.0})
    assert {len(row) for row in (head, *rows)} == {6}
    assert len(rows) == 11
    assert [row[0] for row in rows if row[2].endswith("*")] == ["Montezuma Revenge", "Pitfall"]
    assert next(row for row in rows if row[0] == "Pitfall") == ("Pitfall", "6,945", "6,954*", "0", "6,463", "0")
    assert len(reported.games_table()[0]) == 5
    with pytest.raises(ValueError, match="not among the eleven games: pong"):
        reported.games_table({"pong": 21.0})
    for game in reported.GAMES:
        assert Atari(game.id).game == game.id
