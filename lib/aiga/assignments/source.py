"""Sources: an assignment's text with solutions, as questions with their points, functions and tests."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jupytext
import yaml

from aiga.book import template

EXPERIMENT = "# Experiment (not graded)"
"""How a code cell begins that takes long and that no test needs: the grader leaves it out."""
CHECK = "# Check question"
"""How a check cell begins; the autograder brings its tests itself."""


class SourceError(ValueError):
    """A source that does not keep to the format; the message names the file and what to change."""


@dataclass(frozen=True)
class Assignment:
    """One assignment in one checkout.

    Attributes:
        name: its name, which is its chapter's notebook's.
        root: the checkout's folder.
    """

    name: str
    root: Path

    @property
    def source(self) -> Path:
        """The text with solutions, tests and rubrics that authors edit."""
        return self.root / "notebooks" / "assignments" / f"{self.name}.py"

    @property
    def mutants(self) -> Path:
        """The wrong answers that its tests must find."""
        return self.source.with_suffix(".mutants.yaml")

    @property
    def student(self) -> Path:
        """What students open: generated, without solutions, hidden tests and outputs; committed, to be at a URL."""
        return self.root / "notebooks" / "assignments" / "student" / f"{self.name}.ipynb"

    @property
    def build(self) -> Path:
        """Where key and autograder are generated; never committed."""
        return self.root / "_build" / "assignments" / self.name

    @property
    def key(self) -> Path:
        """The instructor's notebook, with solutions and rubrics."""
        return self.build / "key.ipynb"

    @property
    def autograder(self) -> Path:
        """The bundle for Gradescope and for ``otter run``, with all tests."""
        return self.build / "autograder.zip"


@dataclass(frozen=True)
class Case:
    """One test: a function whose parameters are the student's functions, and which raises where they are wrong."""

    name: str
    source: str
    hidden: bool
    functions: tuple[str, ...]


@dataclass
class Question:
    """One question.

    Attributes:
        name: ``q1``, ``q2``, ...
        points: what it is worth.
        manual: graded by hand, with the rubric in the key.
        cases: its tests; none for a manual question.
        answers: positions of the cells that hold its solution, among all cells of the source.
    """

    name: str
    points: float
    manual: bool
    cases: list[Case] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def functions(self) -> list[str]:
        """The functions that the tests ask the student for."""
        return list(dict.fromkeys(name for case in self.cases for name in case.functions))


@dataclass(frozen=True)
class Source:
    """A source, read.

    Attributes:
        cells: the notebook's cells.
        questions: the questions, in their order.
        metadata: the notebook's metadata.
    """

    cells: list[Any]
    questions: list[Question]
    metadata: dict[str, Any]


def find(root: Path, names: Sequence[str] = ()) -> list[Assignment]:
    """The assignments of a checkout, by name; ``names`` chooses some of them.

    Raises:
        ValueError: a chosen one does not exist.
    """
    known = sorted(path.stem for path in (root / "notebooks" / "assignments").glob("*.py"))
    for name in names:
        if name not in known:
            raise ValueError(f"unknown assignment {name!r}: choose from {', '.join(known) or '(there are none yet)'}")
    return [Assignment(name, root) for name in (names or known)]


def read(assignment: Assignment) -> Source:
    """Read an assignment's source.

    Raises:
        SourceError: blocks that do not fit together, or a test that is not one function.
    """
    notebook = jupytext.read(assignment.source)
    questions: list[Question] = []
    block: list[str] = []
    for position, cell in enumerate(notebook.cells):
        boundary = _boundary(cell)
        where = f"{assignment.source.name}, cell {position + 1}"
        if boundary is None:
            if block and block[-1] == "SOLUTION":
                questions[-1].answers.append(position)
            elif block and block[-1] == "TESTS":
                questions[-1].cases.append(_case(cell.source, where))
        elif boundary[0] == "BEGIN":
            block.append(boundary[1])
            if boundary[1] == "QUESTION":
                questions.append(_question(cell.source, where))
        elif not block or block.pop() != boundary[1]:
            raise SourceError(f"{where}: 'END {boundary[1]}' does not close the block that is open there")
    if block:
        raise SourceError(f"{assignment.source.name}: the block {block[-1]} is never closed")
    return Source(notebook.cells, questions, dict(notebook.metadata))


def _question(text: str, where: str) -> Question:
    """The cell that opens a question: its name and its points, and whether it is graded by hand."""
    settings = yaml.safe_load(text)
    name, points = (settings or {}).get("name"), (settings or {}).get("points")
    if not isinstance(name, str) or not isinstance(points, int | float):
        raise SourceError(f"{where}: a question needs 'name: q1' and 'points: 3' (a number), got {name!r}, {points!r}")
    return Question(name, float(points), bool(settings.get("manual", False)))


def boundary_of(cell: Any) -> str:
    """Such as ``BEGIN TESTS`` for a raw cell that opens or closes a block; empty for any other cell."""
    found = _boundary(cell)
    return " ".join(found) if found else ""


def _boundary(cell: Any) -> tuple[str, str] | None:
    if cell.cell_type != "raw":
        return None
    match = re.match(r"#\s+(BEGIN|END)\s+(QUESTION|SOLUTION|TESTS|PROMPT)\b", cell.source)
    return (match[1], match[2]) if match else None


def _case(text: str, where: str) -> Case:
    """A test cell: an optional ``# HIDDEN`` line, then one function."""
    try:
        body = ast.parse(text).body
    except SyntaxError as error:
        raise SourceError(f"{where}, line {error.lineno}: {error.msg}") from error
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef):
        raise SourceError(f"{where}: a test cell holds exactly one function, with its imports inside")
    parameters = tuple(each.arg for each in body[0].args.args)
    return Case(body[0].name, text, bool(re.match(r"#\s*HIDDEN\b", text)), parameters)


def code_cells(source: Source) -> Iterator[tuple[int, str]]:
    """Position and text of the code cells that grading executes: no tests, no experiments, no setup."""
    inside_tests = False
    for position, cell in enumerate(source.cells):
        boundary = boundary_of(cell)
        if boundary.endswith("TESTS"):
            inside_tests = boundary.startswith("BEGIN")
        if cell.cell_type == "code" and not inside_tests and graded(cell.source):
            yield position, cell.source


def graded(text: str) -> bool:
    """Whether the grader executes a code cell with this text."""
    return not text.lstrip().startswith((EXPERIMENT, CHECK, template.SETUP.splitlines()[0]))
