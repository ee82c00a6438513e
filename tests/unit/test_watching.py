"""Bars that tell the memory, and forecasts from a run's first steps."""

import datetime
import re
import time

import pytest
import torch

from aiga import benchmarks, checkpoint, cli, experiment, files, progress, watching
from aiga.benchmarks import forecasts
from aiga.benchmarks.forecasts import Forecast
from aiga.records import codehash


def test_a_long_runs_bar_tells_rate_time_left_and_memory(monkeypatch, capsys):
    monkeypatch.setenv("AIGA_PROGRESS", "on")
    with watching.memory_shown(), progress.Bar(3, "toy") as bar:
        time.sleep(0.6)
        bar.step()
        bar.step()
    shown = capsys.readouterr().err
    assert re.search(r"toy: .*/3 \[.*, *[\d.]+ ?(it/s|s/it), \d+\.\d\d GiB\]", shown), shown
    with progress.Bar(3, "toy") as bar:
        bar.step()
    assert "GiB" not in capsys.readouterr().err, "outside of long runs a bar is as it was"


def test_runs_of_hours_show_their_memory(toy, tmp_path, monkeypatch, capsys):
    from aiga import longrun

    monkeypatch.setenv("AIGA_PROGRESS", "on")
    monkeypatch.setenv("TOY_PAUSE", "0.3")
    cpu = torch.device("cpu")
    longrun.carry_out("toy.fake", "smoke", seeds=[0], device=cpu, conditions=["rnn"], folder=tmp_path / "p")
    assert "GiB]" in capsys.readouterr().err


def test_memory_is_this_processes(monkeypatch):
    before = float(watching.memory().split()[0])
    kept = torch.ones(2**27)  # half a GiB
    assert 0.4 < float(watching.memory().split()[0]) - before < 0.6
    del kept


def test_memory_of_a_gpu_is_told_once_it_is_in_use(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    assert "GPU" not in watching.memory()
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: 3 * 2**30)
    assert watching.memory().endswith("GiB, GPU 3.00 GiB")


def test_a_forecast_is_what_the_whole_takes(toy, monkeypatch):
    ticks = iter(range(1000))
    monkeypatch.setattr(watching.time, "process_time", lambda: float(next(ticks)))
    found = watching.forecast("toy.fake", "paper", "plastic", device="cpu", within=4)
    assert (found.steps, found.measured, found.seconds_a_step) == (100, 3, 1.0)
    assert found.seconds == 100
    assert found.code_hash == codehash.of("toy.fake")
    assert checkpoint.Bar is progress.Bar


def test_time_in_which_others_work_for_a_training_counts(toy, monkeypatch):
    """Go-Explore's child processes, say; waiting for them takes none of the process's own time."""
    monkeypatch.setenv("TOY_PAUSE", "0.1")
    found = watching.forecast("toy.fake", "paper", "plastic", device="cpu", within=0.5)
    assert found.measured >= 2
    assert 0.1 <= found.seconds_a_step < 1


def test_a_training_that_is_over_soon_is_measured_whole(toy):
    found = watching.forecast("toy.fake", "smoke", "rnn", device="cpu", within=60)
    assert (found.steps, found.measured) == (3, 2)


def test_where_no_step_ends_each_takes_at_least_as_long_as_was_waited_for_the_first(toy, monkeypatch):
    experiment.run(toy.module, "smoke", seeds=[0], device="cpu")  # a process's first training takes longer to set up
    monkeypatch.setenv("TOY_PAUSE", "30")
    monkeypatch.setattr(watching, "FEWEST_SECONDS", 2)
    found = watching.forecast("toy.fake", "paper", "plastic", device="cpu", within=0.01)
    assert (found.steps, found.measured, found.at_least) == (100, 0, True)
    assert 0 < found.seconds_a_step < 20


def test_where_nothing_is_trained_the_forecast_says_so(toy, monkeypatch, capsys):
    monkeypatch.setattr(toy.module, "train", lambda *_, **__: list(checkpoint.steps(0, {}, label="nothing")))
    found = watching.forecast("toy.fake", "paper", "plastic", device="cpu")
    assert (found.steps, found.seconds, found.at_least) == (0, 0, False)
    assert cli.main(["cost", "toy.fake", "--scale", "paper", "--conditions", "rnn"]) == 0
    assert capsys.readouterr().out == "toy.fake, paper, rnn: nothing to train\n"


def test_no_forecast_where_training_does_not_begin(toy, monkeypatch):
    monkeypatch.setattr(toy.module, "train", lambda *_, **__: time.sleep(30))
    monkeypatch.setattr(watching, "FEWEST_SECONDS", 0.2)
    assert watching.forecast("toy.fake", "paper", "plastic", device="cpu", within=0.01) is None


def test_a_training_whose_first_part_is_empty(toy, monkeypatch):
    def train(config, **_):
        for total, label in ((0, f"search, {config.condition}"), (config.updates, "learn, seed 0")):
            for _ in checkpoint.steps(total, {}, label=label):
                pass

    monkeypatch.setattr(toy.module, "train", train)
    found = watching.forecast("toy.fake", "paper", "plastic", device="cpu", within=60)
    assert (found.steps, found.measured, found.at_least) == (100, 99, False)


@pytest.mark.parametrize(
    ("within", "expected"),
    [(4, (True, 0, 50, 3, 50)), (60, (False, 51, 100, 8, 151)), (1000, (False, 51, 100, 99, 151))],
)
def test_a_training_of_two_parts(toy, monkeypatch, within, expected):
    """The first part of fifty steps takes 51 ticks of the clock; a forecast without the second one is a lower bound."""

    def train(config, **_):
        small = config.updates < 10
        for total, label in ((2 if small else 50, f"search, {config.condition}"), (config.updates, "learn, seed 0")):
            for _ in checkpoint.steps(total, {}, label=label):
                pass

    ticks = iter(range(1000))
    monkeypatch.setattr(watching.time, "process_time", lambda: float(next(ticks)))
    monkeypatch.setattr(toy.module, "train", train)
    found = watching.forecast("toy.fake", "paper", "plastic", device="cpu", within=within)
    assert (found.at_least, found.seconds_before, found.steps, found.measured, found.seconds) == expected


def test_a_part_whose_result_is_kept_is_not_forgotten(toy, monkeypatch):
    """Go-Explore's learners share their demonstrations: a process searches for them once."""
    kept = set()

    def train(config, **_):
        parts = [(50, "search, shared")] * (config.updates not in kept) + [(config.updates, "learn, seed 0")]
        for total, label in parts:
            for _ in checkpoint.steps(total, {}, label=label):
                pass
        kept.add(config.updates)

    ticks = iter(range(1000))
    monkeypatch.setattr(watching.time, "process_time", lambda: float(next(ticks)))
    monkeypatch.setattr(toy.module, "train", train)
    for condition in ("plastic", "rnn"):
        found = watching.forecast("toy.fake", "paper", condition, device="cpu", within=4)
        assert (found.steps, found.at_least) == (50, True)


@pytest.mark.parametrize("cause", [watching._Enough(), ValueError()])
def test_the_end_of_patience_in_compiled_code(toy, monkeypatch, cause):
    def train(*arguments, **options):
        raise SystemError("returned a result with an exception set") from cause

    monkeypatch.setattr(toy.module, "train", train)
    if isinstance(cause, watching._Enough):
        assert watching.forecast("toy.fake", "paper", "plastic", device="cpu") is None
    else:
        with pytest.raises(SystemError):
            watching.forecast("toy.fake", "paper", "plastic", device="cpu")


def test_unknown_conditions_are_refused(toy):
    with pytest.raises(ValueError, match=r"unknown condition .elastic. of toy\.fake: choose from plastic, rnn"):
        watching.forecast("toy.fake", "paper", "elastic")


def entry(**changed):
    given = {
        "address": "toy.fake",
        "scale": "paper",
        "condition": "rnn",
        "steps": 100,
        "measured": 3,
        "seconds_a_step": 2.0,
        "date": datetime.date(2026, 3, 1),
        "machine": benchmarks.this_machine(),
        "code_hash": "0" * 16,
    }
    return Forecast(**(given | changed))


def test_forecasts_are_kept_and_replaced(tmp_path):
    assert forecasts.load(tmp_path) == []
    forecasts.keep(entry(), tmp_path)
    forecasts.keep(entry(condition="plastic"), tmp_path)
    forecasts.keep(entry(seconds_a_step=5.0), tmp_path)
    assert [(each.condition, each.seconds) for each in forecasts.load(tmp_path)] == [("plastic", 200), ("rnn", 500)]
    (tmp_path / forecasts.NAME).write_text('[{"address": "x"}]')
    with pytest.raises(benchmarks.BenchmarkError, match="holds no forecasts"):
        forecasts.load(tmp_path)


def test_the_command_prints_and_stores(toy, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(files, "book_data", lambda: tmp_path)
    assert cli.main(["cost", "toy.fake", "--scale", "smoke", "--device", "cpu"]) == 0
    assert capsys.readouterr().out.startswith("toy.fake, smoke, plastic: about 0 s (2 steps measured)\ntoy.fake, smoke")
    assert not forecasts.load()
    assert cli.main(["cost", "--scale", "smoke", "--conditions", "rnn", "--device", "cpu", "--store"]) == 0
    assert [each.condition for each in forecasts.load()] == ["rnn"]


def test_a_lower_bound_is_called_one(toy, monkeypatch, capsys):
    monkeypatch.setattr(watching, "forecast", lambda *_, **__: entry(at_least=True, seconds_before=40.0))
    assert cli.main(["cost", "toy.fake", "--scale", "paper", "--conditions", "rnn"]) == 0
    assert capsys.readouterr().out == "toy.fake, paper, rnn: at least 4 min (3 steps measured)\n"


def test_the_books_forecasts_are_of_todays_experiments():
    for each in forecasts.load():
        assert each.condition in experiment.load(each.address).SCALES[each.scale]
        assert each.seconds > 0 or not each.steps
