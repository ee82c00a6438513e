"""Benchmarks on disk: provenance, refusal of what was changed, tables."""

import datetime
import json

import pytest

from aiga import benchmarks, experiment, files
from aiga.benchmarks import __main__ as program
from aiga.records import codehash
from aiga.speed import Growth, Row

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
ROWS = [Row("50 bits", "episodes", 200.0, 50.0, "matrix product", 0.125, 20.0, 10.0), Row("mazes", "steps", 1234570.0)]
GROWTHS = [Growth.fitted("an update", "episodes in the batch", [1, 2, 4], [1.0, 2.1, 3.9])]


def made(chapter="gtn", started=NOW, rows=ROWS):
    return benchmarks.make(
        chapter, rows, GROWTHS, started=started, limits={"matrix product": 5e10, "memory copy": 1e10}
    )


def test_round_trip(tmp_path):
    found = made()
    path = benchmarks.write(found, tmp_path)
    assert benchmarks.read(path) == found
    assert path.name == found.name
    assert path.name.startswith("gtn.20260301-")
    assert found.code_hash == codehash.of("gtn.bench")
    assert not found.stale()
    assert "measured 2026-03-01 on " in found.caption()


def test_no_name_of_a_host_and_no_path(tmp_path):
    import platform

    text = benchmarks.write(made(), tmp_path).read_text()
    assert str(files.repository()) not in text
    assert len(platform.node()) < 4 or platform.node() not in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"ours": 200.0', '"ours": 400.0', "was changed by hand"),
        ('"ours": 200.0', '"ours": -1.0', "expected finite rates and shares above 0"),
        ('"slope": 0.98', '"slope": 1.98', "its times give the slope 0.98"),
        ('"chapter": "gtn"', '"chapter": "anml"', "was changed by hand"),
        ('"format": 1', '"format": 2', "is not a benchmark of format 1"),
        ('"share": 0.125', '"share": null', "a share is of a limit"),
    ],
)
def test_what_was_changed_is_refused(tmp_path, old, new, said):
    path = benchmarks.write(made(), tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(benchmarks.BenchmarkError, match=said):
        benchmarks.load_all(folder=tmp_path)


def test_nothing_and_the_impossible_are_refused(tmp_path):
    with pytest.raises(benchmarks.BenchmarkError, match="nothing was measured"):
        made(rows=[])
    with pytest.raises(benchmarks.BenchmarkError, match="expected finite rates"):
        made(rows=[Row("t", "u", float("nan"))])
    with pytest.raises(benchmarks.BenchmarkError, match="make bench STORE=1"):
        benchmarks.read(tmp_path / "none.json")


def test_the_latest_of_each_chapter_in_the_books_order(tmp_path):
    later = NOW + datetime.timedelta(days=1)
    for each in (made(), made(started=later), made("plasticity")):
        benchmarks.write(each, tmp_path)
    found = benchmarks.latest(tmp_path)
    assert [(each.chapter, each.created) for each in found] == [("plasticity", NOW), ("gtn", later)]
    assert len(benchmarks.load_all("gtn", tmp_path)) == 2


def test_stale_when_the_code_changes(monkeypatch):
    found = made()
    monkeypatch.setattr(codehash, "of", lambda address: "other")
    assert found.stale()
    assert "stale" in found.caption()


def test_tables():
    found = [made()]
    table = benchmarks.table(found)
    assert len(table.head) == len(table.rows[0])
    assert table.rows[0] == ("gtn: 50 bits", "episodes", "50", "200", "4.0×", "12% matrix product", "10 / 20")
    assert table.rows[1][3] == "1,230,000"
    (growth,) = benchmarks.growth_table(found).rows
    assert growth[:4] == ("gtn", "an update", "episodes in the batch", "1 … 4")
    limits = benchmarks.limits_table(found).rows
    assert [row[:2] for row in limits] == [("matrix product", "50 GFLOP/s"), ("memory copy", "10 GB/s")]
    assert str(found[0].machine) in limits[0][3]


def test_the_program_measures_prints_and_stores(tmp_path, monkeypatch, capsys):
    from aiga.gtn import bench

    monkeypatch.setattr(files, "book_data", lambda: tmp_path)
    monkeypatch.setattr(bench, "rows", lambda: iter(ROWS))
    monkeypatch.setattr(bench, "growths", lambda: iter(GROWTHS))
    assert program.main(["gtn"]) == 0
    assert not (tmp_path / "bench").exists()
    assert program.main(["gtn", "--store"]) == 0
    (kept,) = benchmarks.load_all()
    assert kept.rows == ROWS
    assert set(kept.limits) == {"matrix product", "memory copy"}
    assert program.main(["--shown"]) == 0
    assert capsys.readouterr().out.count("50 bits") == 3
    with pytest.raises(SystemExit):
        program.main(["gtm"])


def test_the_books_own_are_whole_and_of_chapters():
    for path in (files.book_data() / "bench").glob("*.json"):
        found = benchmarks.read(path)
        assert found.chapter in experiment.CHAPTERS
        assert path.stat().st_size < 30_000
        assert json.loads(path.read_text())["machine"].keys() == {"processor", "cores", "memory_gib"}
