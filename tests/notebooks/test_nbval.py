"""nbval compares: a wrong verdict fails, and what cannot be compared is said."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from aiga.book import compare, costs, execution
from aiga.book.notebook import Notebook

WITHOUT_DATA = {"AIGA_OFFLINE": "1", "AIGA_REQUIRE": ""}


def stored(path: Path, verdict: str = "holds", tags: tuple[str, ...] = (), source: str = "print('holds')") -> Path:
    """A notebook of one verdict cell whose stored output is ``verdict``."""
    cell = nbformat.v4.new_code_cell(source, execution_count=1, metadata={"tags": ["nbval-check-output", *tags]})
    cell.outputs = [nbformat.v4.new_output("stream", text=f"{verdict}\n")]
    content = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(content, path)
    return path


def run(path: Path, *, hide_data: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    """What ``make nbval`` runs, on a machine whose data folders are empty unless ``hide_data`` is false."""
    empty = path.parent / "empty"
    empty.mkdir(exist_ok=True)
    code = (
        "import sys, pathlib; from aiga.book import compare; p = pathlib.Path(sys.argv[1]); "
        "sys.exit(compare.nbval([p], results=p.parent / 'results', root=p.parent))"
    )
    folders = {"AIGA_DATA": str(empty), "AIGA_CACHE": str(empty)} if hide_data else {}
    environment = os.environ | WITHOUT_DATA | folders | variables
    return subprocess.run(
        [sys.executable, "-c", code, str(path)], env=environment, capture_output=True, text=True, check=False
    )


def test_a_right_verdict_passes(tmp_path: Path) -> None:
    answer = run(stored(tmp_path / "right.ipynb"))
    assert answer.returncode == 0, answer.stdout
    assert "not made" not in answer.stdout


def test_a_wrong_verdict_fails(tmp_path: Path) -> None:
    answer = run(stored(tmp_path / "wrong.ipynb", "fails"))
    assert answer.returncode == 1
    assert "mismatch" in answer.stdout


def test_without_the_data_a_cell_is_executed_not_compared_and_said_so(tmp_path: Path) -> None:
    answer = run(stored(tmp_path / "absent.ipynb", "fails", ("needs-omniglot",)))
    assert answer.returncode == 0, answer.stdout
    assert "comparisons that were not made" in answer.stdout
    assert "needs the real data set omniglot" in answer.stdout


def test_without_the_data_a_broken_cell_still_fails(tmp_path: Path) -> None:
    answer = run(stored(tmp_path / "broken.ipynb", tags=("needs-omniglot",), source="raise ValueError('broken')"))
    assert answer.returncode == 1
    assert "broken" in answer.stdout


def test_required_data_that_are_absent_are_a_failure(tmp_path: Path) -> None:
    answer = run(stored(tmp_path / "required.ipynb", tags=("needs-omniglot",)), AIGA_REQUIRE="data")
    assert answer.returncode == 1
    assert "AIGA_REQUIRE lists 'data'" in answer.stdout


@pytest.mark.needs_data("omniglot")
def test_with_the_data_a_wrong_verdict_fails(tmp_path: Path) -> None:
    path = stored(tmp_path / "present.ipynb", "fails", ("needs-omniglot",))
    assert run(path, hide_data=False).returncode == 1


def test_the_longest_notebook_comes_first_and_the_others_keep_their_order(tmp_path: Path) -> None:
    notebooks = [Notebook(name, tmp_path) for name in ("first", "long", "second", "never_measured")]
    for notebook, seconds in zip(notebooks, (200, 500, 250), strict=False):
        costs.keep(notebook, "ci", execution.Cost(seconds, cpu_seconds=1, peak_memory_mib=1))
    assert [each.stem for each in compare.longest_first(notebooks)] == ["long", "first", "second", "never_measured"]


def test_two_notebooks_share_the_work_a_notebook_a_worker(tmp_path: Path) -> None:
    second = "assert value == 3\nprint('holds')"
    for name in ("one", "two"):
        path = stored(tmp_path / f"{name}.ipynb", source=second)
        content = nbformat.read(path, as_version=4)
        content.cells.insert(0, nbformat.v4.new_code_cell("value = 3", execution_count=1))
        nbformat.write(content, path)
    paths = [tmp_path / "one.ipynb", tmp_path / "two.ipynb"]
    assert compare.nbval(paths, results=tmp_path / "results", root=tmp_path) == 0
