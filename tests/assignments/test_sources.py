"""Sources, their structure and what is built from them; and the check cells of students."""

import subprocess
import sys
from pathlib import Path

import pytest

from aiga import files
from aiga.assignments import __main__ as command
from aiga.assignments import build, structure
from aiga.assignments.check import check, describe
from aiga.assignments.source import EXPERIMENT, Assignment, SourceError, find, graded, read

ROOT = files.repository() or Path()
REAL = Assignment("differentiable_plasticity", ROOT)


def damage(assignment, old, new):
    text = assignment.source.read_text(encoding="utf8")
    assert old in text
    assignment.source.write_text(text.replace(old, new, 1), encoding="utf8")


# --- check


def doubles(double):
    assert double(2) == 4, "twice two is four"


def check_with(capsys, **names):
    check(names, doubles)
    return capsys.readouterr().out.splitlines()


def test_check_says_how_many_pass(capsys):
    assert check_with(capsys, double=lambda x: 2 * x) == ["1 of 1 tests in this cell pass"]


@pytest.mark.parametrize(
    ("double", "says"),
    [
        (lambda x: x, "✗ doubles: twice two is four"),
        (lambda x: 1 / 0, "✗ doubles: ZeroDivisionError: division by zero"),
        (None, "✗ doubles: double is not defined; run its cell first"),
        (4, "✗ doubles: double is not defined; run its cell first"),
    ],
)
def test_check_says_what_is_wrong_in_one_line(capsys, double, says):
    assert check_with(capsys, double=double) == [says, "0 of 1 tests in this cell pass"]


def test_an_error_without_a_message_is_described_too():
    assert describe(AssertionError()) == "(no message)"
    assert describe(ValueError("first\nsecond")) == "ValueError: first"


def test_what_students_import_needs_no_tooling():
    """On Colab there is neither otter nor jupytext, and IPython is old."""
    absent = ["otter", "jupytext", "nbformat", "papermill", "IPython", "ipywidgets", "jupyter_client"]
    modules = "aiga.assignments.check, aiga.assignments.hardware"
    code = f"import sys; sys.modules.update(dict.fromkeys({absent})); import {modules}"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


# --- source and structure


def test_find_names_what_there_is():
    assert REAL in find(ROOT)
    with pytest.raises(ValueError, match=r"unknown assignment 'nonsense': choose from .*differentiable_plasticity"):
        find(ROOT, ["nonsense"])


def test_read_finds_questions_tests_and_functions():
    questions = read(REAL).questions
    assert [question.name for question in questions] == ["q1", "q2", "q3", "q4", "q5"]
    assert questions[1].functions == ["plastic_step"]
    assert questions[4].manual
    assert not questions[4].cases


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("# # END TESTS", "# # END SOLUTION", "'END SOLUTION' does not close the block that is open there"),
        ("# # END QUESTION", "# # nothing", "the block QUESTION is never closed"),
        ("# points: 4", "# points: four", "a question needs 'name: q1' and 'points: 3'"),
        ("# HIDDEN\ndef test_random", "# HIDDEN\ndef (test_random", "line 2: invalid syntax"),
        ("# HIDDEN\ndef test", "# HIDDEN\nx = 1\n\n\ndef test", "exactly one function"),
    ],
)
def test_blocks_that_do_not_fit_are_refused(copy, old, new, says):
    damage(copy, old, new)
    with pytest.raises(SourceError, match=says):
        read(copy)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("# # Assignment 1:", "# # Exercise 1:", "begins with '# Assignment N: title'"),
        ("assignments/student/differentiable", "student/differentiable", "Colab badge"),
        ("**You need**", "**Needed**", "in this order"),
        ("**Points.** 20", "**Points.** 21", "must say"),
        ("importlib.invalidate_caches()", "pass", "setup cell"),
        ('scale: str = "ci"', 'scale: str = "colab"', "second code cell"),
        ("hardware.advise(", "print(", "hardware.advise"),
        ("# name: q2", "# name: second", "q1, q2"),
        ("together (4 points)", "together (5 points)", "q1: needs the heading"),
        ("**Rubric**", "**Marks**", "Rubric"),
    ],
)
def test_a_source_that_departs_from_the_structure_is_told_how(copy, old, new, says):
    damage(copy, old, new)
    assert any(says in line for line in structure.problems(copy, read(copy)))


def test_what_the_grader_executes():
    assert graded("def mine(): ...")
    assert graded("# Checking my own work\n1")
    assert not graded(f"{EXPERIMENT}: hours\n1")
    assert not graded("# Check question 1: run this cell\n1")


# --- build


def test_two_builds_are_equal_to_the_byte():
    assert build.generate(REAL) == build.generate(REAL)


def test_what_otter_refuses_is_said_with_the_assignments_name(copy):
    damage(copy, "    # END SOLUTION\n", "")
    with pytest.raises(RuntimeError, match="otter could not build the assignment 'differentiable_plasticity'"):
        build.generate(copy)


def test_what_was_generated_and_then_edited_is_found(copy, capsys):
    build.build(copy)
    assert command._problems(copy) == []
    copy.student.write_text(copy.student.read_text(encoding="utf8").replace("outer product", "inner product"), "utf8")
    assert "run: make assignments" in command._problems(copy)[0]
