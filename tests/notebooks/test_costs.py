"""Cost cards: measured, coarse, and between their markers."""

import datetime
import math
from types import SimpleNamespace

import pytest

from aiga import datasets, records
from aiga.book import costs
from aiga.book.execution import Cost
from aiga.book.notebook import Notebook
from aiga.datasets import store


@pytest.mark.parametrize(("seconds", "minutes"), [(5, 1), (61, 2), (170, 3), (200, 5), (3599, 60), (3700, 120)])
def test_minutes_are_coarse(seconds: float, minutes: int) -> None:
    assert costs.coarse_minutes(seconds) == minutes


def test_the_card_shows_what_was_measured_and_what_was_not(copy: Notebook) -> None:
    costs.keep(copy, "ci", Cost(seconds=100, cpu_seconds=90, peak_memory_mib=700))
    costs.write_cards(copy.root)
    text = copy.twin.read_text(encoding="utf8")
    assert "# | `ci` (this page) | under 2 min | 1.0 GB | none |" in text
    assert "# | `paper` | not yet recorded |" in text


def test_a_similar_run_changes_nothing(copy: Notebook) -> None:
    costs.keep(copy, "ci", Cost(seconds=100, cpu_seconds=90, peak_memory_mib=700))
    costs.write_cards(copy.root)
    before = copy.twin.read_bytes(), (copy.root / "data" / "costs.json").read_bytes()
    costs.keep(copy, "ci", Cost(seconds=80, cpu_seconds=70, peak_memory_mib=650))
    assert costs.write_cards(copy.root) == []
    assert (copy.twin.read_bytes(), (copy.root / "data" / "costs.json").read_bytes()) == before


def test_recorded_runs_are_shown_with_their_machine(copy: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    copy.ledger.write_text("claims:\n- id: demo.line.rises\n- id: demo.curve.bends\n")
    costs.keep(copy, "ci", Cost(seconds=100, cpu_seconds=90, peak_memory_mib=700))
    runs = [
        SimpleNamespace(
            created=datetime.datetime(2026, 1, day, tzinfo=datetime.UTC),
            seconds=seconds,
            peak_memory_mib=900.0,
            device="a small GPU",
            resumed=False,
            settings={name: {}},
        )
        for day, seconds, name in [(2, 660.0, "plastic"), (1, 9999.0, "plastic"), (1, 400.0, "rnn")]
    ]

    def load_all(address: str, scale: str, folder: object) -> list[object]:
        return runs if (address, scale) == ("demo.line", "paper") else []

    monkeypatch.setattr(records, "load_all", load_all)
    assert "| `paper` | under 20 min (demo.line only) | 1.0 GB | none | a small GPU |" in costs.card(copy)
    runs[0].resumed = True  # the time of its last part is not the run's
    assert "| `paper` | not timed (demo.line only) | 1.0 GB | none | a small GPU |" in costs.card(copy)


def test_a_missing_marker_is_said(copy: Notebook) -> None:
    copy.twin.write_text(copy.twin.read_text(encoding="utf8").replace(costs.CLOSING, ""), encoding="utf8")
    assert "cost-card" in costs.write_cards(copy.root)[0]


def test_the_size_of_the_data_is_that_of_a_readers_download(copy: Notebook) -> None:
    """Not that of a repacked copy which may be on this machine: those cannot be downloaded."""
    costs.keep(copy, "ci", Cost(seconds=1, cpu_seconds=1, peak_memory_mib=1), ["cifar10", "mnist"])
    assert "| CIFAR-10, 162 MB, MNIST, 12 MB |" in costs.card(copy)


def test_every_data_set_has_a_size_and_what_is_here_was_counted() -> None:
    assert set(costs.DOWNLOAD_MB) == set(datasets.NAMES)
    for name, size in costs.DOWNLOAD_MB.items():
        source = datasets.source(name)
        for form in source.forms:
            if form.downloadable and (found := store.search(source, [form])):
                assert size == math.ceil(sum(path.stat().st_size for path in found.paths) / 1e6), name


def test_an_experiment_without_a_claim_whose_records_are_drawn_is_shown(copy: Notebook) -> None:
    assert copy.shown() == copy.experiments()
    before = copy.records()
    record = copy.root / "data" / "runs" / "demo.game.colab.20260101-00000000.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text("{}")
    assert copy.records() == before
    twin = copy.twin.read_text(encoding="utf8")
    copy.twin.write_text(twin + '\n# %%\nrecords.by_condition(\n    "demo.game", "colab"\n)\n', encoding="utf8")
    assert set(copy.shown()) - set(copy.experiments()) == {"demo.game"}
    assert copy.records() == sorted([*before, record])
