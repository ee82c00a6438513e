"""The status page's tables: every notebook and every record is there, with its day, machine and state."""

import json
from pathlib import Path

import nbformat

from aiga import files
from aiga.book import status
from aiga.book.notebook import Notebook, find

ROOT = files.repository() or Path()


def test_every_notebook_has_its_day_machine_and_versions() -> None:
    lines = status.notebooks(ROOT).splitlines()[2:]
    assert len(lines) == len(find(ROOT)) > 0
    for line, notebook in zip(lines, find(ROOT), strict=True):
        kept = nbformat.read(notebook.stored, as_version=4).metadata["aiga"]
        newest = max(kept["results"], key=lambda result: result["created"])
        assert f"</notebooks/{notebook.stem}>" in line
        for words in (newest["created"][:10], newest["device"], newest["versions"]["torch"]):
            assert words in line


def test_a_notebook_that_was_never_executed_is_named(copy: Notebook) -> None:
    copy.stored.unlink()
    assert "| demo | not yet executed |" in status.notebooks(copy.root)


def test_a_notebook_without_results_has_no_day(copy: Notebook) -> None:
    assert "| – | – | – | omniglot: " in status.notebooks(copy.root)


def test_every_record_is_listed_and_an_aged_one_is_called_stale(copy: Notebook) -> None:
    stored = sorted((ROOT / "data" / "runs").glob("*.json"))
    lines = status.runs(ROOT).splitlines()[2:]
    assert len(lines) == len(stored) > 0
    record = json.loads(stored[0].read_text(encoding="utf8")) | {"code_hash": "0" * 16, "confirmations": []}
    (copy.root / "data" / "runs" / "old.json").write_text(json.dumps(record))
    (line,) = status.runs(copy.root).splitlines()[2:]
    assert record["address"] in line
    assert "stale: the code has changed since" in line


def test_the_weekly_runs_are_those_of_this_repository(copy: Notebook) -> None:
    assert "/actions/workflows/weekly.yml)" in status.weekly(copy.root)
    assert (ROOT / ".github" / "workflows" / "weekly.yml").is_file()
