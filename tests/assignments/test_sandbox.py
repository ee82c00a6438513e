"""The sandbox and the wrong answers that are tried in it, each part seen to accept and to refuse."""

from pathlib import Path

import pytest

from aiga import files
from aiga.assignments import mutants
from aiga.assignments.sandbox import Limits
from aiga.assignments.source import Assignment, SourceError, read

ROOT = files.repository() or Path()
REAL = Assignment("differentiable_plasticity", ROOT)


def damage(assignment, old, new):
    text = assignment.source.read_text(encoding="utf8")
    assert old in text
    assignment.source.write_text(text.replace(old, new, 1), encoding="utf8")


# --- sandbox


def test_the_sandbox_reports_errors_and_goes_on(sandbox):
    report = sandbox.run(["a = 1", "b = a / 0", "def c():\n    return a"])
    assert report.errors == {1: "ZeroDivisionError: division by zero"}
    assert report.defined == ["c"]
    assert report.passed


def test_a_job_sees_nothing_of_the_one_before(sandbox):
    sandbox.run(["def left_over():\n    pass"])
    assert sandbox.run(["left_over()"]).errors == {0: "NameError: name 'left_over' is not defined"}


def test_the_sandbox_says_what_was_running(sandbox):
    report = sandbox.run(["a = 1", "while True:\n    pass"], limits=Limits(seconds=1.0))
    assert (report.stopped, report.reason) == (("cell", 1), "did not come back within 1 s")
    assert not report.passed


def test_what_a_job_prints_does_not_disturb_the_answer(sandbox):
    assert sandbox.run(["print('{}' * 10000)", "import os\nos.system('echo {}')"]).passed


def test_a_job_that_leaves_a_process_behind_is_answered(sandbox):
    report = sandbox.run(["import subprocess\nsubprocess.Popen(['sleep', '60'])"], limits=Limits(seconds=5.0))
    assert report.stopped is None


# --- mutants


def mutant(**changes):
    given = {"question": "q1", "name": "a name", "replace": "eta * together", "with": "together"} | changes
    return mutants.Mutant.model_validate(given)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"question": "q9"}, "there is no question 'q9'"),
        ({"replace": "not there"}, "occurs 0 times"),
        ({"replace": "hebb"}, "must occur exactly once"),
    ],
)
def test_a_mutant_that_fits_nowhere_is_refused(changes, says):
    with pytest.raises(SourceError, match=says):
        mutants.mutate(read(REAL), mutant(**changes))


def test_a_mutants_file_is_checked(copy):
    copy.mutants.write_text("- {question: q1, name: x, replace: y}", encoding="utf8")
    with pytest.raises(SourceError, match="with"):
        mutants.load(copy)
    copy.mutants.unlink()
    with pytest.raises(SourceError, match="declares wrong answers"):
        mutants.load(copy)


def test_a_wrong_answer_that_no_test_finds_is_reported(sandbox):
    harmless = mutant(name="nothing is wrong", replace="eta * together", **{"with": "together * eta"})
    _, verdicts = mutants.try_all(REAL, sandbox, [harmless, mutant()])
    assert [verdict.killed for verdict in verdicts] == [False, True]
    assert list(mutants.survivors(verdicts)) == ["q1: no test finds 'nothing is wrong'"]
    assert verdicts[0].says() == "**nothing**"


def test_a_key_that_fails_is_reported(copy, sandbox):
    damage(copy, "return (1 - eta) * hebb + eta * together", "return hebb + eta * together")
    report, _ = mutants.try_all(copy, sandbox, [])
    assert any("the key fails test" in line for line in mutants.failures(report))


def test_verdicts_are_remembered_until_something_changes(copy, sandbox):
    assert mutants.remembered(copy) is None
    copy.mutants.write_text("- {question: q1, name: a sign, replace: hebb + eta, with: hebb - eta}", "utf8")
    _, verdicts = mutants.try_all(copy, sandbox)
    assert mutants.remembered(copy) == verdicts
    assert "| 1 | a sign | the example of the text," in mutants.table([copy])
    damage(copy, "return (1 - eta) * hebb", "return hebb * (1 - eta)")
    assert mutants.remembered(copy) is None
