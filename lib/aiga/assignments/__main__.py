"""``python -m aiga.assignments <command>``: what the Makefile calls."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from aiga import files
from aiga.assignments import build, grade, mutants, structure, teaching
from aiga.assignments.sandbox import Sandbox
from aiga.assignments.source import Assignment, find, read
from aiga.book.notebook import checkout

Command = Callable[[Path, Sequence[str]], list[str]]


def _build(root: Path, names: Sequence[str]) -> list[str]:
    for assignment in find(root, names):
        build.build(assignment)
        for path in (assignment.student, assignment.key, assignment.autograder):
            print(f"{assignment.name}: {path.relative_to(root)}")
    return []


def _check(root: Path, names: Sequence[str]) -> list[str]:
    """Structure of the sources, and whether the committed student notebooks are what they generate."""
    return [problem for assignment in find(root, names) for problem in _problems(assignment)]


def _problems(assignment: Assignment) -> list[str]:
    found = list(structure.problems(assignment, read(assignment)))
    stored = assignment.student.read_text(encoding="utf8") if assignment.student.exists() else ""
    if not found and build.generate(assignment)[0] != stored:
        found.append(f"{assignment.name}: the student notebook is not what the source generates; run: make assignments")
    return found


def _mutants(root: Path, names: Sequence[str]) -> list[str]:
    found = []
    with Sandbox() as sandbox:
        for assignment in find(root, names):
            report, verdicts = mutants.try_all(assignment, sandbox)
            wrong = [*mutants.failures(report), *mutants.survivors(verdicts)]
            found += [f"{assignment.name}: {line}" for line in wrong]
            for each in verdicts:
                print(f"{assignment.name} {each.mutant.question}: {each.mutant.name}: {each.says()}")
    return found


def _pages(root: Path, names: Sequence[str]) -> list[str]:
    folder = root / "book" / "_generated"
    for name, text in {"mutants.md": mutants.table(find(root)), **teaching.pages(root)}.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf8") != text:  # an untouched page is not built again
            files.write_text(path, text)
    return []


def _grade(root: Path, names: Sequence[str]) -> list[str]:
    if len(names) < 2:
        return ["say which assignment, and which notebooks were handed in: grade anml submissions/*.ipynb"]
    assignment = find(root, names[:1])[0]
    return grade.write_table(assignment, [Path(name) for name in names[1:]], sys.stdout)


COMMANDS: dict[str, tuple[str, Command]] = {
    "build": ("generate student notebooks, keys and autograder bundles", _build),
    "check": ("structure of the sources; student notebooks as generated", _check),
    "mutants": ("try every wrong answer on the tests", _mutants),
    "grade": ("grade notebooks that were handed in: assignment, then files; a table in CSV", _grade),
    "pages": ("write the tables of the instructor pages", _pages),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well."""
    parser = argparse.ArgumentParser(prog="python -m aiga.assignments", description="The book's assignments.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (says, _) in COMMANDS.items():
        commands.add_parser(name, help=says).add_argument("names", nargs="*", metavar="assignment", help="default: all")
    chosen = parser.parse_args(arguments)
    try:
        found = COMMANDS[chosen.command][1](checkout(), chosen.names)
    except (ValueError, RuntimeError, OSError) as error:
        found = [str(error)]
    for line in found:
        print(f"aiga.assignments {chosen.command}: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
