"""Mutants: wrong answers, each a small change of the key, that the tests of its question must find.

A test that no wrong answer fails proves nothing. ``<name>.mutants.yaml`` beside a source lists, for each question,
changes that students really make: a sign, an axis, an off-by-one, a detached tensor::

    - question: q1
      name: the sign of the update is wrong
      replace: hebb + eta * together
      with: hebb - eta * together
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from aiga import files
from aiga.assignments.sandbox import CaseResult, Limits, Report, Sandbox
from aiga.assignments.source import Assignment, Source, SourceError, code_cells, read

LIMITS = Limits(memory_mib=2048)
"""A wrong answer that never ends does not belong into the list: it would cost a minute each time."""


class Mutant(BaseModel):
    """One wrong answer.

    Attributes:
        question: whose solution is changed.
        name: what is wrong, in the words of the table.
        replace: text that occurs exactly once in the question's solution.
        by: what stands there instead (``with`` in the file).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    name: str
    replace: str = Field(min_length=1)
    by: str = Field(alias="with")


@dataclass(frozen=True)
class Verdict:
    """What the tests said about one mutant.

    Attributes:
        mutant: the wrong answer.
        killed_by: the names of the tests that failed, hidden ones marked.
        stopped: how it ended where it did not come back; empty otherwise.
    """

    mutant: Mutant
    killed_by: tuple[str, ...]
    stopped: str = ""

    @property
    def killed(self) -> bool:
        """Whether anything noticed."""
        return bool(self.killed_by or self.stopped)

    def says(self) -> str:
        """Who found it, for the table."""
        return self.stopped or ", ".join(self.killed_by) or "**nothing**"


def load(assignment: Assignment) -> list[Mutant]:
    """The mutants of an assignment.

    Raises:
        SourceError: the file is missing, or does not keep to the format.
    """
    path = assignment.mutants
    if not path.exists():
        raise SourceError(f"{path} does not exist: every assignment declares wrong answers that its tests must find")
    try:
        return TypeAdapter(list[Mutant]).validate_python(yaml.safe_load(path.read_text(encoding="utf8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise SourceError(f"{path.name}: {error}") from error


def mutate(source: Source, mutant: Mutant) -> list[str]:
    """The key's code cells, with the mutant's change in the solution of its question.

    Raises:
        SourceError: no such question, or the text to replace does not occur exactly once in its solution.
    """
    question = next((each for each in source.questions if each.name == mutant.question), None)
    if question is None:
        raise SourceError(f"mutant {mutant.name!r}: there is no question {mutant.question!r}")
    answers = [source.cells[position].source for position in question.answers]
    count = sum(text.count(mutant.replace) for text in answers)
    if count != 1:
        raise SourceError(
            f"mutant {mutant.name!r} of {mutant.question}: {mutant.replace!r} occurs {count} times in the solution; "
            "it must occur exactly once"
        )
    return [
        text.replace(mutant.replace, mutant.by) if position in question.answers else text
        for position, text in code_cells(source)
    ]


def try_all(
    assignment: Assignment, sandbox: Sandbox, mutants: Sequence[Mutant] | None = None
) -> tuple[Report, list[Verdict]]:
    """The key's report, and a verdict on each mutant.

    Args:
        assignment: which one.
        sandbox: where they are run.
        mutants: the wrong answers; None takes those declared beside the source, and remembers the verdicts.
    """
    source = read(assignment)
    tests = {question.name: test_file(source, question.name) for question in source.questions if question.cases}
    declared = [(mutant, mutate(source, mutant)) for mutant in (load(assignment) if mutants is None else mutants)]
    key = sandbox.run([text for _, text in code_cells(source)], tests, LIMITS)
    verdicts = []
    for mutant, cells in declared:
        report = sandbox.run(cells, {mutant.question: tests[mutant.question]}, LIMITS)
        verdicts.append(_verdict(source, mutant, report))
    if mutants is None:
        kept = [{"killed_by": each.killed_by, "stopped": each.stopped} for each in verdicts]
        files.write_text(_memory(assignment), json.dumps({"digest": _digest(assignment), "verdicts": kept}))
    return key, verdicts


def _memory(assignment: Assignment) -> Path:
    return assignment.build / "mutants.json"


def _digest(assignment: Assignment) -> str:
    """A hash of all that a verdict depends on."""
    modules = sorted(Path(__file__).parent.glob("*.py"))
    texts = [path.read_text(encoding="utf8") for path in (assignment.source, assignment.mutants, *modules)]
    return hashlib.sha256(json.dumps([*texts, torch.__version__]).encode()).hexdigest()


def remembered(assignment: Assignment) -> list[Verdict] | None:
    """The verdicts of the last :func:`try_all`; None if there were none, or if anything has changed since."""
    path = _memory(assignment)
    kept = json.loads(path.read_text(encoding="utf8")) if path.exists() else {}
    if kept.get("digest") != _digest(assignment):
        return None
    return [
        Verdict(mutant, tuple(each["killed_by"]), each["stopped"])
        for mutant, each in zip(load(assignment), kept["verdicts"], strict=True)
    ]


def test_file(source: Source, question: str) -> str:
    """A question's tests as otter writes them into the bundle."""
    cases = next(each for each in source.questions if each.name == question).cases
    head = f'from otter.test_files import test_case\nOK_FORMAT = False\nname = "{question}"\npoints = None\n\n'
    return head + "\n\n".join(f"@test_case(points=None, hidden={case.hidden})\n{case.source}" for case in cases)


def table(assignments: Sequence[Assignment]) -> str:
    """The mutation table of the book: for each assignment its wrong answers and the tests that find them."""
    parts = []
    for assignment in sorted(assignments, key=title):
        verdicts = remembered(assignment)
        if verdicts is None:
            with Sandbox() as sandbox:
                verdicts = try_all(assignment, sandbox)[1]
        rows = [f"| {each.mutant.question[1:]} | {each.mutant.name} | {each.says()} |" for each in verdicts]
        found = sum(each.killed for each in verdicts)
        count = f"{len(verdicts)} wrong answers, {found} found by the tests of their question."
        head = ["| question | wrong answer | found by |", "| --- | --- | --- |"]
        parts.append("\n".join([f"## {title(assignment)}", "", count, "", *head, *rows]))
    return "\n\n".join(parts) + "\n"


def title(assignment: Assignment) -> str:
    """The assignment's title, without its number sign."""
    return str(read(assignment).cells[0].source).splitlines()[0].removeprefix("# ")


def _verdict(source: Source, mutant: Mutant, report: Report) -> Verdict:
    cases = next(each for each in source.questions if each.name == mutant.question).cases
    failed = [case for case in report.cases if not case.passed]
    names = tuple(_label(cases[case.number].name, case) for case in failed)
    return Verdict(mutant, names, f"it {report.reason}" if report.stopped else "")


def _label(name: str, case: CaseResult) -> str:
    return name.removeprefix("test_").replace("_", " ") + (" (hidden)" if case.hidden else "")


def failures(key: Report) -> Iterator[str]:
    """What the key itself gets wrong, one line each."""
    if key.stopped is not None:
        yield f"the key: {key.stopped[0]} {key.stopped[1] + 1} {key.reason}"
    for number, says in key.errors.items():
        yield f"the key: code cell {number + 1}: {says}"
    for case in key.cases:
        if not case.passed:
            yield f"the key fails test {case.number + 1} of {case.question}: {case.message}"


def survivors(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The mutants that nothing found, one line each."""
    for verdict in verdicts:
        if not verdict.killed:
            yield f"{verdict.mutant.question}: no test finds {verdict.mutant.name!r}"
