"""Wrong answers cannot crash or hang the grader: each hostile submission comes back and costs its own question only."""

import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from aiga.assignments import guard
from aiga.assignments.guard import functions, rehearsed
from aiga.assignments.sandbox import Limits, Sandbox

HEAD = "from otter.test_files import test_case\nOK_FORMAT = False\nname = '{name}'\npoints = 1\n\n"
TESTS = {
    name: HEAD.format(name=name)
    + f"@test_case(points=None, hidden=False)\ndef test_{function}({function}):\n"
    + f"    assert {function}(2) == {right}, 'wrong'\n"
    for name, function, right in (("q1", "double", 4), ("q2", "square", 4))
}
LIMITS = Limits(seconds=2.0, memory_mib=1024)
DOUBLE, SQUARE = "def double(x):\n    return 2 * x", "def square(x):\n    return x * x"


def notebook(*cells: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


@pytest.fixture
def graded(sandbox: Sandbox) -> Callable[..., dict[str, str]]:
    """What the tests say of a submission after the guard, by question; an empty text where they pass."""

    def grade(*cells: str) -> dict[str, str]:
        safe = rehearsed(notebook(*cells), TESTS, sandbox, LIMITS)
        report = sandbox.run([cell.source for cell in safe.cells], TESTS, LIMITS)
        assert report.stopped is None, f"it {report.reason}"
        return {case.question: case.message for case in report.cases}

    return grade


def test_a_right_submission_is_left_alone(graded):
    assert graded(DOUBLE, SQUARE) == {"q1": "", "q2": ""}


HOSTILE_FUNCTIONS = {
    "an endless loop": ("    while True:\n        pass", "did not come back within 2 s"),
    "an endless loop that swallows errors": (
        "    while True:\n        try:\n            pass\n        except BaseException:\n            pass",
        "did not come back within 2 s",
    ),
    "exit": ("    exit()", "ended the process"),
    "sys.exit": ("    import sys\n    sys.exit(0)", "ended the process"),
    "os._exit": ("    import os\n    os._exit(0)", "ended the process"),
    "a signal": ("    import os\n    os.kill(os.getpid(), 9)", "ended the process"),
    "a huge tensor": ("    import torch\n    return torch.ones(10**12)", "RuntimeError"),
    "a huge list": ("    return [0] * 10**12", "MemoryError"),
    "recursion without end": ("    return double(x)", "RecursionError"),
    "an error": ("    return 1 / 0", "ZeroDivisionError"),
    "a string": ("    return 'four'", "wrong"),
}


@pytest.mark.parametrize(("body", "says"), HOSTILE_FUNCTIONS.values(), ids=HOSTILE_FUNCTIONS)
def test_a_hostile_function_costs_its_own_question_only(graded, body, says):
    messages = graded(f"def double(x):\n{body}", SQUARE)
    assert says in messages["q1"]
    assert "\n" not in messages["q1"]
    assert messages["q2"] == ""


HOSTILE_CELLS = {
    "an error at import": ("import no_such_module\n" + DOUBLE, "no_such_module"),
    "a syntax error": ("def double(x)\n    return 2 * x", "SyntaxError"),
    "an endless loop": ("while True:\n    pass", "did not come back within 2 s"),
    "os._exit": ("import os\nos._exit(1)", "ended the process"),
    "exit": ("exit()", "ended the process"),
    "a huge request": ("numbers = [0] * 10**12\n" + DOUBLE, "MemoryError"),
    "a deleted cell": ("pass", "double is not defined"),
    "a renamed function": (DOUBLE.replace("double", "twice"), "double is not defined"),
    "a number in its place": ("double = 4", "double is not defined"),
}


@pytest.mark.parametrize(("cell", "says"), HOSTILE_CELLS.values(), ids=HOSTILE_CELLS)
def test_a_hostile_cell_costs_its_own_question_only(graded, cell, says):
    messages = graded(cell, SQUARE)
    assert says in messages["q1"]
    assert "\n" not in messages["q1"]
    assert messages["q2"] == ""


def test_several_hostile_cells_are_all_taken_out(graded):
    loop = "while True:\n    pass"
    assert graded(loop, DOUBLE, "import os\nos._exit(3)", SQUARE) == {"q1": "", "q2": ""}


def test_experiments_and_check_cells_are_not_executed(sandbox):
    text = "\n".join(
        cell.source
        for cell in rehearsed(
            notebook("# Experiment (not graded): hours\n1 / 0", "# Check question 1: ...\n1 / 0", DOUBLE, SQUARE),
            TESTS,
            sandbox,
            LIMITS,
        ).cells
    )
    assert "1 / 0" not in text
    assert DOUBLE in text


def test_magic_commands_are_no_obstacle(graded):
    assert graded("%pip --version", "!true", DOUBLE, SQUARE) == {"q1": "", "q2": ""}


def test_what_a_test_file_asks_for():
    text = "def test_a(one, two):\n    pass\n\ndef test_b(two, three):\n    def inner(four):\n        pass\n"
    assert functions(text) == ["one", "two", "three"]


def test_the_submission_itself_is_not_changed(sandbox):
    given = notebook(DOUBLE, "while True:\n    pass")
    before = nbformat.writes(given)
    rehearsed(given, TESTS, sandbox, LIMITS)
    assert nbformat.writes(given) == before


def test_otter_itself_comes_back_from_a_hostile_notebook(tmp_path: Path):
    """The whole way: bundle, plugin, kernel. Without the guard this notebook would hang it, or kill its kernel."""
    from otter.api import grade_submission

    bundle, submission = tmp_path / "autograder.zip", tmp_path / "hostile.ipynb"
    with zipfile.ZipFile(bundle, "w") as archive:
        plugin = {f"{guard.__name__}.Guard": {"seconds": 3.0, "memory_mib": 1024}}
        archive.writestr("otter_config.json", json.dumps({"plugins": [plugin], "lang": "python"}))
        for name, text in TESTS.items():
            archive.writestr(f"tests/{name}.py", text)
    written = notebook("import os\nos._exit(0)", "while True:\n    pass", "def double(x):\n    exit()", SQUARE)
    written.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(written, submission)
    began = time.monotonic()
    results = grade_submission(str(submission), str(bundle))
    assert results.catastrophic_error is None
    assert {name: file.score for name, file in results.results.items()} == {"q1": 0, "q2": 1}
    assert "ended the process" in results.results["q1"].test_case_results[0].message
    assert time.monotonic() - began < 300
