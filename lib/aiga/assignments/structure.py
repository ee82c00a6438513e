"""Structure: what every assignment's source keeps to, so that students find the same things in the same places."""

import re
from collections.abc import Iterator
from typing import Any

from aiga.assignments.source import EXPERIMENT, Assignment, Source, boundary_of
from aiga.book import template

PARTS = ("**Time.**", "**Points.**", "**You need**", "**You will be able to**")
"""What stands in the first cell, in this order."""
PICTURE = "../../../book/_static/colab.svg"
"""The badge's picture, as seen from the student notebook."""
PARAMETERS = f"{template.PARAMETERS}\nkeep_on_drive: bool = False"


def badge(assignment: Assignment) -> str:
    """Where the Colab badge of an assignment leads: to its student notebook."""
    return f"{template.BADGE}assignments/student/{assignment.name}.ipynb"


def problems(assignment: Assignment, source: Source) -> Iterator[str]:
    """What is wrong with a source, one line each."""
    for says in (*_first(assignment, source), *_cells(source), *_questions(source)):
        yield f"{assignment.name}: {says}"


def _first(assignment: Assignment, source: Source) -> Iterator[str]:
    text = str(source.cells[0].source)
    if not text.startswith("# Assignment "):
        yield "the first cell begins with '# Assignment N: title'"
    if f"[![Open in Colab]({PICTURE})]({badge(assignment)})" not in text:
        yield f"the first cell needs the Colab badge, [![Open in Colab]({PICTURE})]({badge(assignment)})"
    places = [text.find(part) for part in PARTS]
    if -1 in places or places != sorted(places):
        yield f"the first cell needs {', '.join(PARTS)}, in this order"
    total = sum(question.points for question in source.questions)
    by_hand = sum(question.points for question in source.questions if question.manual)
    if f"**Points.** {total:g}" not in text or f"{total - by_hand:g} by tests" not in text:
        yield f"the first cell must say '**Points.** {total:g}' and '{total - by_hand:g} by tests'"


def _cells(source: Source) -> Iterator[str]:
    code = [cell for cell in source.cells if cell.cell_type == "code"]
    if code[0].source != template.SETUP or "setup" not in code[0].metadata.get("tags", []):
        yield "the first code cell is the setup cell of the chapters (python -m aiga.book setup), with the tag 'setup'"
    if code[1].source != PARAMETERS or "parameters" not in code[1].metadata.get("tags", []):
        yield f"the second code cell has the tag 'parameters' and is exactly:\n{PARAMETERS}"
    if not any("hardware.advise(" in cell.source and cell.source.startswith(EXPERIMENT) for cell in code):
        yield f"a cell beginning with '{EXPERIMENT}' calls hardware.advise and hardware.checkpoint_folder"


def _questions(source: Source) -> Iterator[str]:
    if not 3 <= len(source.questions) <= 5:
        yield f"it has {len(source.questions)} questions; an assignment has three to five"
    names = [question.name for question in source.questions]
    if names != [f"q{number + 1}" for number in range(len(names))]:
        yield f"the questions are called {names}; call them q1, q2, ... in their order"
    for question, cells in zip(source.questions, _by_question(source), strict=True):
        prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        heading = rf"^## Question {question.name[1:]}: .+ \({question.points:g} points\)$"
        if not re.search(heading, prose, re.MULTILINE):
            number = question.name[1:]
            yield f"{question.name}: needs the heading '## Question {number}: ... ({question.points:g} points)'"
        if question.manual:
            if "**Rubric" not in prose:
                yield f"{question.name}: is graded by hand and needs a '**Rubric' in its solution"
            continue
        if "<details>" not in prose:
            yield f"{question.name}: needs hints in steps (<details><summary>Hint 1</summary> ... </details>)"
        if not any(case.hidden for case in question.cases) or all(case.hidden for case in question.cases):
            yield f"{question.name}: needs public tests and hidden ones"
        if question.functions != list(dict.fromkeys(question.functions)) or not question.functions:
            yield f"{question.name}: its tests ask for no function"


def _by_question(source: Source) -> Iterator[list[Any]]:
    """The cells of each question."""
    current: list[Any] | None = None
    for cell in source.cells:
        boundary = boundary_of(cell)
        if boundary == "BEGIN QUESTION":
            current = []
        elif boundary == "END QUESTION" and current is not None:
            yield current
            current = None
        elif current is not None:
            current.append(cell)
