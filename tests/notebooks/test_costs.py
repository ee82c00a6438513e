"""Cost cards: measured, coarse, and between their markers."""

import datetime
from types import SimpleNamespace

import pytest

from aiga import records
from aiga.book import costs
from aiga.book.execution import Cost
from aiga.book.notebook import Notebook


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


def test_the_size_of_the_data_is_measured_where_they_are_and_kept_where_not(
    copy: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = Cost(seconds=1, cpu_seconds=1, peak_memory_mib=1)
    file = copy.root / "a.zip"
    file.write_bytes(b"0" * 2_500_000)
    monkeypatch.setattr(costs.store, "search", lambda source: SimpleNamespace(paths=[file]))
    costs.keep(copy, "ci", some, ["omniglot"])
    assert "| Omniglot, 3 MB |" in costs.card(copy)
    monkeypatch.setattr(costs.store, "search", lambda source: None)
    costs.keep(copy, "ci", some, ["omniglot"])
    assert "| Omniglot, 3 MB |" in costs.card(copy)
