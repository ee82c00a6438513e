"""One sandbox, and each assignment built once, for all tests of assignments."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from aiga import files
from aiga.assignments.sandbox import Sandbox
from aiga.assignments.source import Assignment, find

ROOT = files.repository() or Path()
REAL = Assignment("differentiable_plasticity", ROOT)
SOLVED = Path(__file__).parent / "solved"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with a parameter ``assignment`` is run for every assignment that there is."""
    if "assignment" in metafunc.fixturenames:
        metafunc.parametrize("assignment", find(ROOT), ids=lambda each: each.name, scope="session")


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="session")
def student() -> Callable[[Assignment], Any]:
    """The committed student notebook."""
    return lambda assignment: nbformat.read(assignment.student, as_version=4)


@pytest.fixture(scope="session")
def solved() -> Callable[[Assignment], Any]:
    """The student notebook with the answers that were written from its text alone."""

    def fill_in(assignment: Assignment) -> Any:
        text = (SOLVED / f"{assignment.name}.py").read_text(encoding="utf8")
        answers = {
            node.name: ast.get_source_segment(text, node)
            for node in ast.parse(text).body
            if isinstance(node, ast.FunctionDef)
        }
        notebook = nbformat.read(assignment.student, as_version=4)
        for cell in notebook.cells:
            name = re.match(r"def (\w+)", cell.source)
            if cell.cell_type == "code" and name and "otter_answer_cell" in cell.metadata.get("tags", []):
                cell.source = answers.pop(name[1])
        assert not answers, f"answers to no question: {', '.join(answers)}"
        return notebook

    return fill_in


@pytest.fixture
def copy(tmp_path: Path) -> Assignment:
    """A copy of the first assignment's source that a test may damage."""
    made = Assignment(REAL.name, tmp_path)
    made.source.parent.mkdir(parents=True)
    shutil.copy(REAL.source, made.source)
    shutil.copy(REAL.mutants, made.mutants)
    return made
