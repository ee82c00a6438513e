"""Every assignment: built as committed, solvable, graded; its tests find every wrong answer declared beside it."""

import ast
import re
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from aiga.assignments import build, grade, mutants, structure
from aiga.assignments.sandbox import Limits
from aiga.assignments.source import code_cells, graded, read
from aiga.book import template

STANDARD = {"torch", "matplotlib", "numpy", "sklearn", "aiga", "google"} | set(sys.stdlib_module_names)
"""What a student notebook may import: there on Colab, or brought by the setup cell."""


@pytest.fixture(scope="session")
def built(assignment):
    """The assignment, with key and bundle in ``_build``; the student notebook's text as generated, not written."""
    student, key, bundle = build.generate(assignment)
    assignment.build.mkdir(parents=True, exist_ok=True)
    assignment.key.write_text(key, encoding="utf8")
    assignment.autograder.write_bytes(bundle)
    return student


def bundled(assignment):
    return build.tests_in(assignment.autograder)


def test_the_source_keeps_to_the_structure(assignment):
    assert list(structure.problems(assignment, read(assignment))) == []


def test_the_student_notebook_is_what_the_source_generates(assignment, built):
    assert assignment.student.read_text(encoding="utf8") == built, "run: make assignments"


def test_students_see_no_solution_no_hidden_test_and_no_output(assignment, student, built):
    notebook, source = student(assignment), read(assignment)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    everything = "\n".join(cell.source for cell in notebook.cells)
    hidden = [case for question in source.questions for case in question.cases if case.hidden]
    assert hidden
    for case in hidden:
        assert case.source.split("\n", 1)[1].strip()[:200] not in code
        assert ast.unparse(ast.parse(case.source)) not in code
    assert "HIDDEN" not in everything
    assert "SOLUTION" not in everything
    assert "Rubric" not in everything
    assert "Model answer" not in everything
    for question in source.questions:
        for position in question.answers:
            text = source.cells[position].source
            for solution in re.findall(r"# BEGIN SOLUTION\n(.*?)# END SOLUTION", text, re.DOTALL):
                assert solution.strip() not in code
    assert all(not cell.get("outputs") for cell in notebook.cells)
    assert all(cell.get("execution_count") is None for cell in notebook.cells)


def test_the_key_has_solutions_and_rubrics(assignment, built):
    text = "\n".join(cell.source for cell in nbformat.read(assignment.key, as_version=4).cells)
    assert "**Rubric" in text
    assert "is not written yet" not in text
    assert "PROMPT" not in text


def test_the_bundle_holds_all_tests_the_guard_and_no_times(assignment, built):
    source = read(assignment)
    for question, text in bundled(assignment).items():
        cases = next(each.cases for each in source.questions if each.name == question)
        assert text.count("@test_case(") == len(cases)
    assert build.settings_in(assignment.autograder)["plugins"] == [build.GUARD]
    with zipfile.ZipFile(assignment.autograder) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist() == sorted(archive.namelist())


def test_the_key_passes_and_every_wrong_answer_fails(assignment, sandbox):
    report, verdicts = mutants.try_all(assignment, sandbox)
    assert list(mutants.failures(report)) == []
    assert list(mutants.survivors(verdicts)) == []
    questions = [question for question in read(assignment).questions if question.cases]
    assert len(report.cases) == sum(len(question.cases) for question in questions)
    for question in questions:
        count = sum(each.mutant.question == question.name for each in verdicts)
        assert count >= 5, f"{question.name} has only {count} wrong answers"


def test_an_untouched_notebook_fails_in_plain_words(assignment, student, sandbox, built):
    cells = [cell.source for cell in student(assignment).cells if cell.cell_type == "code" and graded(cell.source)]
    report = sandbox.run(cells, bundled(assignment))
    assert report.errors == {}
    assert report.stopped is None
    assert report.cases
    for case in report.cases:
        assert not case.passed
        assert re.fullmatch(r"\w+ is not written yet \(question \d\)", case.message), case.message


def test_a_version_solved_from_the_text_alone_gets_all_points(assignment, solved, built, tmp_path):
    """Through otter, the guard and a kernel, as a submission would go."""
    submission = tmp_path / f"{assignment.name}.ipynb"
    nbformat.write(solved(assignment), submission)
    got = grade.grade(assignment, submission)
    assert got.messages == {name: [] for name in got.points}
    assert got.points == got.possible
    by_tests = sum(question.points for question in read(assignment).questions if not question.manual)
    assert sum(got.possible.values()) == by_tests


def test_the_key_runs_from_top_to_bottom_at_the_smallest_scale(assignment, sandbox, built, monkeypatch):
    cells = [cell.source for cell in nbformat.read(assignment.key, as_version=4).cells if cell.cell_type == "code"]
    small = [text.replace('scale: str = "ci"', 'scale: str = "smoke"') for text in cells]
    assert small != cells
    report = sandbox.run(
        ["import matplotlib; matplotlib.use('Agg')", *small], limits=Limits(seconds=300, memory_mib=8192)
    )
    assert report.errors == {}
    assert report.stopped is None


def test_a_student_notebook_needs_nothing_that_colab_has_not(assignment, student):
    """Colab brings torch, numpy and matplotlib; the setup cell the library and what it needs; that is all."""
    cells = [cell.source for cell in student(assignment).cells if cell.cell_type == "code"]
    assert cells[0] == template.SETUP
    for text in cells:
        for node in ast.walk(ast.parse(text)):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= STANDARD, f"imports {names}"


def test_code_cells_leave_out_what_takes_long(assignment):
    source = read(assignment)
    kept = [text for _, text in code_cells(source)]
    assert kept
    assert not any("hardware.advise" in text or ".train(" in text for text in kept)
    assert Path(assignment.student).stat().st_size < 200_000
