"""The real games: cells against literal computations, exact repetition, and the experiment."""

import json
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from aiga import experiment, seeding
from aiga.checkpoint import CheckpointError
from aiga.goexplore import atari, bench, demonstration
from aiga.goexplore.archive import Archive
from aiga.goexplore.cells import KEYS, MontezumaRam, PitfallRam, Pixels, Place, Ram, unpacked
from aiga.goexplore.conditions import Config
from aiga.goexplore.demonstration import Demonstration, DemonstrationError, demonstrate, replay, verify
from aiga.goexplore.downscaling import ONE_CELL, Dynamic, fit, objective
from aiga.goexplore.emulator import Atari, Emulator, known
from aiga.goexplore.explore import Exploration, explore
from aiga.goexplore.knowledge import Knowledge, Known, Watched, carried, face

QUICK = Exploration(steps=600, burst=40, batch=5)


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Atari()()


@pytest.fixture(scope="module")
def found() -> Archive:
    return explore(Atari(), MontezumaRam(), QUICK, seed=0)


def test_a_lost_life_is_a_plain_truth_value() -> None:
    """Montezuma's is read from RAM, and tensors of bool do not take numpy's."""
    moved = Atari()().step(0)
    assert (moved.done, moved.life_lost) == (False, False)
    assert type(moved.life_lost) is bool


def area_means(grey: np.ndarray, width: int, height: int) -> np.ndarray:
    """Each pixel of the small picture by itself, with fractions of pixels at its edges."""
    small = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            total = weight = 0.0
            top, left = row * grey.shape[0] / height, column * grey.shape[1] / width
            bottom, right = top + grey.shape[0] / height, left + grey.shape[1] / width
            for y in range(int(top), min(int(np.ceil(bottom)), grey.shape[0])):
                for x in range(int(left), min(int(np.ceil(right)), grey.shape[1])):
                    part = (min(bottom, y + 1) - max(top, y)) * (min(right, x + 1) - max(left, x))
                    total, weight = total + part * grey[y, x], weight + part
            small[row, column] = total / weight
    return small


@pytest.mark.parametrize("size", [(11, 8, 8), (7, 13, 255), (160, 210, 3), (1, 1, 12)])
def test_pixel_cells_are_areas_means_in_few_shades(emulator: Emulator, size: tuple[int, int, int]) -> None:
    emulator.reset()
    for action in seeding.numpy_generator(0, "test").integers(emulator.actions, size=30):
        emulator.step(action)
    means = area_means(emulator.grey, size[0], size[1])
    certain = np.abs(means % 1 - 0.5) > 1e-6  # where rounding does not hang on the last bit
    expected = np.floor(size[2] * np.round(means) / 255)
    got = np.frombuffer(Pixels(*size)(emulator), np.uint8).reshape(size[1], size[0])
    assert certain.mean() > 0.9
    np.testing.assert_array_equal(got[certain], expected[certain])
    assert (size == (1, 1, 12)) or len(np.unique(got)) > 1


@given(arrays.arrays(np.uint8, (3, 6, 10)), st.integers(1, 9), st.integers(1, 6), st.integers(1, 255))
def test_any_size_is_exact_and_many_screens_are_as_one(
    screens: np.ndarray, width: int, height: int, depth: int
) -> None:
    pixels = Pixels(width, height, depth)
    together = pixels.of(screens)
    for screen, small in zip(screens, together, strict=True):
        np.testing.assert_array_equal(small, pixels.of(screen))
        means = area_means(screen, width, height)
        certain = np.abs(means % 1 - 0.5) > 1e-6
        np.testing.assert_array_equal(small[certain], np.floor(depth * np.round(means) / 255)[certain])


def test_a_screen_that_was_kept_gives_the_same_key(emulator: Emulator) -> None:
    pixels = Pixels(13, 9, 20)
    kept = pixels.keep(emulator)
    assert pixels.rekey(kept) == pixels(emulator)
    assert len(kept) < 4000
    np.testing.assert_array_equal(unpacked(kept), emulator.grey)


def test_cells_from_ram_are_what_the_screen_shows() -> None:
    watched, ram, seen = Watched()(), MontezumaRam(), set()
    for action in seeding.numpy_generator(3, "test").integers(18, size=40).repeat(8):
        if watched.step(int(action)).life_lost:
            watched.reset()
        level, room, _, x, y = Knowledge()(watched)
        byte = ram(watched)
        assert (level, room) == byte[:2]
        assert abs(x - byte[3]) <= 1
        assert abs(y - byte[4]) <= 1
        seen.add(byte)
    assert len(seen) > 8
    assert Ram(64)(watched) == (watched.ram // 64).tobytes()


def screen(*, face_at: tuple[int, int] = (100, 80), carries: tuple[int, ...] = ()) -> np.ndarray:
    """A drawing of what matters: a face, and things carried, each so many pixels."""
    colour = np.zeros((210, 160, 3), np.uint8)
    y, x = face_at
    colour[y : y + 2, x : x + 4, 0] = 228
    for place, pixels in enumerate(carries):
        rows, rest = divmod(pixels, 8)
        left = 56 + 10 * place
        colour[26 : 26 + rows, left : left + 8, 0] = 150
        colour[26 + rows, left : left + rest, 0] = 150
    return colour


def test_what_is_known_follows_the_screen() -> None:
    assert face(screen(face_at=(100, 80))) == (163.0, 50.5)
    assert face(np.zeros((210, 160, 3), np.uint8)) is None
    assert carried(screen(carries=(42, 40, 33, 40))) == (40, 40, 42)
    start = Known(163.0, 50.5)
    assert start.after(np.zeros((210, 160, 3), np.uint8)) == start
    with_key = start.after(screen(carries=(40,)))
    assert (with_key.room, with_key.things) == (1, ((40, 1),))
    edge = replace(with_key, x=310.0)
    beyond = edge.after(screen(face_at=(100, 2), carries=(40, 37)))  # out on the right, in on the left
    assert (beyond.room, beyond.level, beyond.things) == (2, 0, ((40, 1), (37, 2)))
    assert replace(start, y=140.0).after(screen(face_at=(55, 80))).room == 5  # out below
    last = replace(start, y=140.0, room=15).after(screen(face_at=(55, 80)))
    assert (last.room, last.level) == (1, 1)
    with pytest.raises(RuntimeError, match="jumped from room 1 by 0 rooms to the right and -1 down"):
        replace(start, y=5.0).after(screen(face_at=(190, 80)))


def test_what_is_known_is_saved_with_the_state() -> None:
    watched = Watched()()
    for _ in range(5):
        watched.step(3)
    watched.known = replace(watched.known, things=((40, 1),), room=7)
    state, before, ram = watched.clone(), watched.known, watched.fingerprint()
    watched.reset()
    assert watched.known.room == 1
    watched.restore(state)
    assert (watched.known, watched.fingerprint()) == (before, ram)
    with pytest.raises(ValueError, match="only montezuma_revenge is known so well, not pitfall"):
        Watched(Atari("pitfall"))


def test_a_restored_state_goes_on_as_the_first_did(emulator: Emulator) -> None:
    actions = seeding.numpy_generator(1, "test").integers(emulator.actions, size=60).tolist()
    emulator.reset()
    for action in actions[:20]:
        emulator.step(action)
    state, other = emulator.clone(), Atari(seed=9)()
    other.restore(state)
    for action in actions:
        assert emulator.step(action) == other.step(action)
        assert emulator.fingerprint() == other.fingerprint()
    np.testing.assert_array_equal(emulator.grey, other.grey)
    assert len(emulator.fingerprint()) == 128


def test_trajectories_are_repeated_exactly_in_another_emulator(found: Archive) -> None:
    ours, fresh = Atari()(), Atari(seed=77)()
    assert len(found) > 20
    for cell in found.cells[:: max(1, len(found) // 8)]:
        seen = replay(fresh, found.trajectory(cell))
        ours.restore(cell.state)
        assert (seen.score, seen.fingerprint) == (cell.score, ours.fingerprint())
        assert MontezumaRam()(fresh) == cell.key or cell is found.cells[0]


def test_two_processes_find_what_one_finds(found: Archive) -> None:
    both = explore(Atari(), MontezumaRam(), QUICK, seed=0, workers=2)
    assert [each.key for each in both.cells] == [each.key for each in found.cells]
    assert both.cells == found.cells
    assert [both.trajectory(cell) for cell in both.cells] == [found.trajectory(cell) for cell in found.cells]


def test_two_processes_fit_the_same_cells() -> None:
    config, found = replace(QUICK, steps=500), []
    for workers in (1, 2):
        cells = Dynamic(seed=1, sample=0.3, first=200, every=1000, proposals=5)
        archive = explore(Atari(), cells, config, seed=7, workers=workers)
        found.append((cells.fits, [(cell.key, cell.score, archive.trajectory(cell)) for cell in archive.cells]))
    assert found[0] == found[1]
    assert len(found[0][0]) == 1


def test_a_demonstration_is_exported_and_repeated(found: Archive, tmp_path: Path) -> None:
    farthest = max(found.cells, key=lambda cell: cell.length)
    made = demonstrate(found, Atari(), farthest)
    demonstration.save(made, tmp_path / "way.json")
    read = demonstration.load(tmp_path / "way.json")
    assert read == made
    assert len(read) == farthest.length > 20
    assert verify(read, Atari(seed=3)()).score == farthest.score
    with pytest.raises(DemonstrationError, match="is another one: repeat it in the world that it was made in"):
        verify(replace(read, actions=read.actions[:-9] + bytes(9)), Atari()())
    with pytest.raises(DemonstrationError, match=r"gave a score of 0 here, expected 5"):
        verify(replace(read, score=5.0), Atari()())
    with pytest.raises(DemonstrationError, match="this is not the world of the archive"):
        demonstrate(found, Atari(), replace(farthest, score=7.0))


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"format": 2}', None])
def test_a_file_that_is_no_demonstration_is_refused(tmp_path: Path, damage: str | None) -> None:
    path = tmp_path / "way.json"
    demonstration.save(Demonstration("world", b"abc", 1.0, b"ff"), path)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"actions": "?"}) if damage is None else damage)
    with pytest.raises(DemonstrationError, match="is not a demonstration of format 1"):
        demonstration.load(path)


def test_a_game_that_is_unknown_or_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert known("MontezumaRevenge") == known("montezuma-revenge") == "montezuma_revenge"
    with pytest.raises(ValueError, match=r"not 'montezumas': did you mean montezuma_revenge\?"):
        Atari("montezumas")
    with pytest.raises(ValueError, match="none of them is similar"):
        Atari("xxxxxxxxxxxxxx")
    monkeypatch.setenv("ALE_ROMS_DIR", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"the ROM of pitfall cannot be used \(.*unset ALE_ROMS_DIR"):
        Atari("pitfall")()
    (tmp_path / "pitfall.bin").write_bytes(b"not a game")
    with pytest.raises(FileNotFoundError, match=r"hash of pitfall\.bin does not match"):
        Atari("pitfall")()


@pytest.mark.parametrize("game", ["pitfall", "PrivateEye", "freeway"])
def test_other_games_can_be_explored(game: str) -> None:
    config = replace(atari.SCALES["smoke"]["pixels"], game=game, frames=1600)
    outcome = atari.train(config, seeds=[0], workers=1)[0]
    assert outcome.metrics["cells"] > 1
    assert outcome.metrics["replayed"] == 1
    assert ("rooms" in outcome.metrics) == (game == "pitfall")
    assert "first_key" not in outcome.metrics


def test_screens_are_kept_only_where_cells_may_change() -> None:
    short = Exploration(steps=300, burst=50, batch=3)
    fixed = explore(Atari(), Pixels(), short, seed=0)
    fitted = explore(Atari(), Dynamic(0, first=100, proposals=5), short, seed=0)
    assert len(fixed) > 3
    assert {cell.kept for cell in fixed.cells} == {b""}
    assert all(unpacked(cell.kept).shape == (210, 160) for cell in fitted.cells)


def test_rooms_of_pitfall_are_told_apart() -> None:
    """To the left of the first room, which is number 196 of the game's shift register, lies number 226."""
    world, place = Atari("pitfall")(), PitfallRam()
    left = [str(code) for code in world.codes].index("Action.LEFT")
    begun = Place(*place(world.observe()))
    assert (begun.level, begun.room, begun.keys) == (0, 196, 0)
    passed = [begun]
    while passed[-1].room == 196:
        world.step(left)
        passed.append(Place(*place(world.observe())))
    assert passed[-1].room == 226
    assert passed[-2].x == 1  # at the left edge of the one room, and then at the right edge of the other
    assert passed[-1].x == 18


def test_the_objective_is_entropy_over_distance_from_the_wanted_number() -> None:
    counts = [5, 3, 1, 1]
    p = np.array(counts) / 10
    entropy = -sum(each * np.log(each) for each in p) / np.log(4)
    assert objective(counts, 0.2) == pytest.approx(entropy / np.sqrt(abs(4 / 2 - 1) + 1))
    assert objective([2, 2, 2, 2], 0.5) == pytest.approx(1.0)
    assert objective([10], 0.1) == 0.0


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.floats(0.01, 0.9))
def test_the_objective_lies_between_0_and_1(counts: list[int], share: float) -> None:
    assert 0 <= objective(counts, share) <= 1 + 1e-12


def test_a_fit_finds_the_division_that_is_wanted() -> None:
    generator = seeding.numpy_generator(0, "test")
    screens = np.zeros((64, 20, 16), np.uint8)
    kinds = generator.permutation(64) % 8
    for screen, kind in zip(screens, kinds, strict=True):  # eight kinds of screens, and noise that hides them
        screen[:, 2 * kind : 2 * kind + 2] = 255
        screen[generator.integers(20), generator.integers(16)] = 90
    best = fit(screens, seeding.numpy_generator(1, "test"), proposals=150)
    assert best.objective > 0.8
    assert 6 <= best.cells <= 12
    counts = np.unique(best.pixels.of(screens).reshape(64, -1), axis=0, return_counts=True)[1]
    assert objective(counts) == pytest.approx(best.objective)
    few = fit(screens, seeding.numpy_generator(1, "test"), proposals=10)
    assert few.objective <= best.objective
    with pytest.raises(ValueError, match="the sample has no screens"):
        fit(screens[:0], generator)


def test_dynamic_cells_are_fitted_saved_and_sorted_anew(tmp_path: Path) -> None:
    def cells() -> Dynamic:
        return Dynamic(seed=2, sample=0.2, first=300, every=500, proposals=12)

    whole_cells, cells_with_stop = cells(), cells()
    config = replace(QUICK, steps=1200, life_loss_ends=False)
    whole = explore(Atari(), whole_cells, config, seed=5)
    assert [steps >= due for (steps, _), due in zip(whole_cells.fits, (300, 800), strict=False)] == [True, True]
    assert len(whole) > 3
    assert all(whole_cells.current.rekey(cell.kept) == cell.key for cell in whole.cells)
    with pytest.raises(KeyboardInterrupt):
        _stopped(cells_with_stop, config, tmp_path / "archive.pt")
    again = cells()
    resumed = explore(Atari(), again, config, seed=5, checkpoint=tmp_path / "archive.pt")
    assert resumed.cells == whole.cells
    assert again.fits == whole_cells.fits


def _stopped(cells: Dynamic, config: Exploration, path: Path) -> None:
    """A run that is stopped after its first fit, with a checkpoint."""
    learn = cells.learn

    def learn_and_stop(archive: Archive, sample: list[bytes]) -> bool:
        changed = learn(archive, sample)
        if len(cells.fits) == 1 and archive.steps > 600:
            import signal

            signal.raise_signal(signal.SIGINT)
        return changed

    cells.learn = learn_and_stop  # type: ignore[assignment,method-assign]
    explore(Atari(), cells, config, seed=5, checkpoint=path)


def test_before_the_first_fit_all_screens_are_one_cell(emulator: Emulator) -> None:
    assert Dynamic().current == ONE_CELL
    emulator.reset()
    first = ONE_CELL(emulator)
    for _ in range(20):
        emulator.step(3)
    assert ONE_CELL(emulator) == first
    assert zlib.decompress(ONE_CELL.keep(emulator)) == emulator.grey.tobytes()


def test_the_experiment_reports_what_it_declares(tmp_path: Path) -> None:
    outcomes = experiment.run(atari, "smoke", seeds=[0], conditions=["ram", "knowledge", "dynamic"])
    for outcome in outcomes:
        assert set(outcome.metrics) | {"end_score"} == set(atari.METRICS)
        assert "end_score" in outcome.metrics or outcome.condition == "dynamic"  # in so few frames no game is over
        assert all(
            atari.METRICS[name].lowest <= value <= atari.METRICS[name].highest
            for name, value in outcome.metrics.items()
        )
        assert outcome.metrics["replayed"] == 1
        assert set(outcome.curves) == {"cells", "score", "rooms", "places"}
        assert all(len(curve.x) == atari.POINTS for curve in outcome.curves.values())
    limited = atari.train(atari.SCALES["smoke"]["ram"], seeds=[0], limit=1, workers=1)[0]
    shown = limited.curves["places"]
    assert 10 < len(shown.x) < atari.POINTS
    assert shown.y == outcomes[0].curves["places"].y[: len(shown.y)]


def test_a_damaged_checkpoint_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "atari.pt"
    config = replace(atari.SCALES["smoke"]["ram"], frames=800)
    first = atari.train(config, seeds=[4], workers=1, checkpoint=file)[0]
    saved = tmp_path / "atari.seed4.pt"
    assert atari.train(config, seeds=[4], workers=1, checkpoint=file)[0].metrics == first.metrics
    saved.write_bytes(saved.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"atari\.seed4\.pt: it is damaged"):
        atari.train(config, seeds=[4], workers=1, checkpoint=file)


def test_keys_found_are_counted_from_ram() -> None:
    archive = Archive((0, 1, 0, 0, 0), Atari()().clone())
    archive.landmarks = {(0, 1, 0, 3, 4): 1, (0, 1, 2, 3, 4): 50, (0, 2, 2, 0, 0): 90, (0, 2, 0x80, 9, 9): 95}
    archive.steps = 100
    metrics = atari.measure(archive, Config(frames=400), Atari())
    assert (metrics["rooms"], metrics["places"], metrics["key"]) == (2, 3, 1)
    assert (metrics["first_key"], metrics["second_room"]) == (200, 360)
    assert KEYS == 0b1110
    archive.landmarks = {(0, 1, 1, 3, 4): 1}
    metrics = atari.measure(archive, Config(frames=400), Atari())
    assert (metrics["key"], metrics["first_key"], metrics["second_room"]) == (0, 400, 400)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cells": "sound"}, "unknown cells 'sound': choose from pixels"),
        ({"selection": "best"}, "unknown rule of selection 'best'"),
        ({"game": "pitfall"}, "know montezuma_revenge alone, not pitfall"),
        ({"cells": "pixels", "selection": "nature_domain"}, "needs cells that are places"),
    ],
)
def test_impossible_conditions_are_refused(changes: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Config(**({"frames": 100} | changes))  # type: ignore[arg-type]


def test_the_papers_budgets_are_the_sheets() -> None:
    paper = atari.SCALES["paper"]
    assert {name: config.frames for name, config in paper.items()} == {
        "ram": 600_000_000,
        "knowledge": 1_000_000_000,
        "dynamic": 2_000_000_000,
        "early": 1_200_000_000,
        "early_knowledge": 600_000_000,
    }
    assert (paper["early_knowledge"].batch, paper["early"].batch, paper["dynamic"].batch) == (1000, 100, 100)
    assert (paper["dynamic"].life_loss_ends, paper["knowledge"].life_loss_ends) == (False, True)
    assert all((config.burst, config.repeat, config.frame_skip) == (100, 0.95, 4) for config in paper.values())


def test_the_benchmark_counts_the_frames_that_a_search_really_takes() -> None:
    """A search ends with a whole round, so it takes more than its budget."""
    run = partial(bench.ours, "cells from RAM", steps=50, batch=1)
    taken = run()
    assert taken > 50
    assert bench.side(run).units == 4 * taken
