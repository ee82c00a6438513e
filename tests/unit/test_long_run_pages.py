"""What the page on performance includes: nothing typed, everything marked as measured or estimated."""

import datetime
from dataclasses import replace

import pytest

from aiga import benchmarks, experiment, files, records
from aiga.benchmarks import estimates, figures, forecasts
from aiga.book import long_runs, performance
from aiga.experiment import Data
from aiga.records import codehash
from aiga.speed import Growth, Row

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
LIMITS = {"matrix product": 1e10, "memory copy": 1e10}
ROWS = [
    Row("patterns", "episodes", 100.0, 10.0, "matrix product", 0.5),
    Row("game", "frames", 1000.0, 500.0, "bare emulator", 0.9),
]
GROWTHS = [Growth.fitted("an update", "batch", [1, 2, 4], [1.0, 1.5, 2.0])]


@pytest.fixture
def found():
    return benchmarks.make("plasticity", ROWS, GROWTHS, started=NOW, limits=LIMITS)


def record_of(toy, conditions, seeds=(0, 1)):
    outcomes = experiment.run(toy.module, "paper", seeds=list(seeds), device="cpu", conditions=conditions)
    return records.make(toy.module, "paper", outcomes, device="cpu", started=NOW, peak_memory_mib=1)


def row(text, address="toy.fake"):
    return next(line for line in text.splitlines() if line.startswith(f"| **{address}**"))


def test_estimates_keep_the_share_of_the_limit(found):
    by_name = {each.name: each for each in estimates.TARGETS}
    pattern, game = found.rows
    assert by_name["T4"].estimate(pattern, found.limits) == pytest.approx(100 * 8.1e12 / 1e10)
    assert by_name["H200"].estimate(pattern, found.limits) == pytest.approx(100 * 67e12 / 1e10)
    assert by_name["T4"].estimate(game, found.limits) is None
    assert by_name["256 cores"].estimate(game, found.limits) == 256_000


def test_every_number_is_marked(found):
    table = estimates.estimate_table([found])
    for line in table.rows:
        assert line[3].endswith("\nmeasured")
        assert all(cell.endswith("\nat most, estimated") or cell == "not on a GPU" for cell in line[4:])
    assert "second-hand" in estimates.sources()


def test_the_parts_of_the_page(found, tmp_path):
    benchmarks.write(found, tmp_path / "data" / "bench")
    parts = performance.parts(tmp_path)
    assert "| plasticity: patterns | episodes | 10 | 100 | 10.0× | 50% matrix product |" in parts["bench.md"]
    assert found.growths[0].says() in parts["growth.md"]
    assert "10 GFLOP/s" in parts["limits.md"]
    assert "nothing in this book has been measured on a GPU" in parts["estimates.md"]
    performance.draw(tmp_path)
    first = (tmp_path / "book" / "_generated" / "growth.svg").read_bytes()
    (tmp_path / "book" / "_generated" / "growth.svg").unlink()
    performance.draw(tmp_path)
    assert (tmp_path / "book" / "_generated" / "growth.svg").read_bytes() == first, "no date, no random names"


def test_a_gpu_that_made_a_record_is_named(found, toy, tmp_path):
    benchmarks.write(found, tmp_path / "data" / "bench")
    record = record_of(toy, ["rnn"]).model_copy(update={"device": "NVIDIA H100"})
    records.write(record, tmp_path / "data" / "runs")
    words = performance.parts(tmp_path)["estimates.md"]
    assert "Records were made on NVIDIA H100." in words
    assert "nothing in this book" not in words


def test_without_measurements_the_page_says_so(tmp_path):
    assert set(performance.parts(tmp_path).values()) == {performance.NONE + "\n"}
    performance.draw(tmp_path)
    assert (tmp_path / "book" / "_generated" / "growth.svg").exists()


def test_the_figure_has_a_panel_for_each_chapter_with_slopes(found):
    bare = benchmarks.make("gtn", ROWS, [], started=NOW, limits=LIMITS)
    figure = figures.growth([found, bare])
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "plasticity"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [f"batch: {found.growths[0].slope:.2f}"]
    assert axes.get_xscale() == axes.get_yscale() == "log"


def test_the_list_of_long_runs_follows_the_records(toy, tmp_path):
    data = tmp_path / "data"
    assert "1 experiments: 0 recorded, 0 partly recorded, 1 not yet recorded." in long_runs.recorded(tmp_path)
    line = row(long_runs.recorded(tmp_path))
    assert "`aiga run toy.fake --scale paper --seeds 0:5`" in line
    assert "not yet estimated" in line
    machine = benchmarks.this_machine()
    given = {"steps": 7200, "measured": 3, "seconds_a_step": 1.0, "date": NOW.date(), "machine": machine}
    for scale, condition in (("paper", "plastic"), ("paper", "rnn"), ("ci", "rnn")):
        keys = {"address": "toy.fake", "scale": scale, "condition": condition, "code_hash": codehash.of("toy.fake")}
        forecasts.keep(forecasts.Forecast(**keys, **given), data)
        if condition == "plastic":
            assert "| plastic: about 2.0 h, estimated<br>rnn: not yet estimated |" in row(long_runs.recorded(tmp_path))
    assert "| plastic, rnn: about 2.0 h, estimated |" in row(long_runs.recorded(tmp_path))
    keys |= {"scale": "paper", "condition": "plastic"}
    later = NOW.date() + datetime.timedelta(days=2)
    forecasts.keep(forecasts.Forecast(**keys, **given | {"date": later}), data)
    assert f"on one thread of {machine} ({NOW.date()} to {later});" in long_runs.recorded(tmp_path)
    forecasts.keep(forecasts.Forecast(**keys | {"condition": "rnn"}, **given, at_least=True), data)
    assert "<br>rnn: at least 2.0 h, estimated from its first part |" in row(long_runs.recorded(tmp_path))
    forecasts.keep(forecasts.Forecast(**keys | {"condition": "rnn", "code_hash": "0"}, **given), data)
    assert "<br>rnn: about 2.0 h, estimated, with earlier code |" in row(long_runs.recorded(tmp_path))
    waited = given | {"measured": 0, "seconds_a_step": 60.0}
    forecasts.keep(forecasts.Forecast(**keys | {"condition": "rnn"}, **waited, at_least=True), data)
    assert "<br>rnn: at least 5 days: no step ended within 60 s |" in row(long_runs.recorded(tmp_path))
    untrained = given | {"steps": 0, "measured": 0, "seconds_a_step": 0.0}
    forecasts.keep(forecasts.Forecast(**keys | {"condition": "rnn"}, **untrained), data)
    assert "<br>rnn: nothing to train, its tests alone |" in row(long_runs.recorded(tmp_path))
    outcomes = experiment.run(toy.module, "smoke", seeds=[0], device="cpu")
    small = records.make(toy.module, "smoke", outcomes, device="cpu", started=NOW, peak_memory_mib=1)
    records.write(small, data / "runs")
    assert "1 not yet recorded (1 of them at a smaller scale)." in long_runs.recorded(tmp_path)
    assert "| not yet recorded<br>at smoke: recorded |" in row(long_runs.recorded(tmp_path))
    imitated = [replace(each, data=Data("toy", stand_in=True)) for each in outcomes]
    records.write(
        records.make(toy.module, "paper", imitated, device="cpu", started=NOW, peak_memory_mib=1), data / "runs"
    )
    assert "| not yet recorded<br>at smoke: recorded |" in row(long_runs.recorded(tmp_path)), "on stand-ins"
    records.write(record_of(toy, ["plastic"]), data / "runs")
    line = row(long_runs.recorded(tmp_path))
    assert "partly recorded, without rnn, 2 seeds" in line
    assert "--seeds 0:5 --conditions rnn`" in line
    assert "plastic: about" not in line
    records.write(record_of(toy, ["rnn"], [0, 1, 2]), data / "runs")
    line = row(long_runs.recorded(tmp_path))
    assert "| **toy.fake** | recorded, 2 to 3 seeds<br>at smoke: recorded | about 0 s, measured on " in line
    toy.edit("helper.py", "0.1 *", "0.3 *")
    line = row(long_runs.recorded(tmp_path))
    assert "recorded, 2 to 3 seeds, stale: plastic, rnn" in line
    assert "`aiga run toy.fake --scale paper --seeds 0:5`" in line


def test_the_books_own_list_has_every_experiment():
    root = files.repository()
    assert root is not None
    text = long_runs.recorded(root)
    for address in experiment.addresses():
        assert row(text, address)


def test_seeds_recorded_in_parts_are_counted_together(toy, tmp_path):
    folder = tmp_path / "data" / "runs"
    for conditions, seeds in ((["plastic"], (0, 1)), (["plastic"], (2,)), (["rnn"], (0,))):
        records.write(record_of(toy, conditions, seeds), folder)
    assert "| recorded, 1 to 3 seeds |" in row(long_runs.recorded(tmp_path))
    assert "about 0 s, measured on " in row(long_runs.recorded(tmp_path))


def test_a_run_that_was_resumed_is_not_timed(toy, tmp_path):
    record = record_of(toy, ["plastic", "rnn"]).model_copy(update={"resumed": True})
    records.write(record, tmp_path / "data" / "runs")
    assert "not timed: the run went on from a checkpoint |" in row(long_runs.recorded(tmp_path))
