"""Grading on one's own machine: otter's result for each notebook that was handed in, as a table."""

import contextlib
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from otter.api import grade_submission

from aiga.assignments.source import Assignment


@dataclass(frozen=True)
class Grade:
    """What one submission got.

    Attributes:
        points: by question.
        possible: what there was to get, by question.
        messages: what the failed tests said, by question.
    """

    points: dict[str, float]
    possible: dict[str, float]
    messages: dict[str, list[str]]


def grade(assignment: Assignment, submission: Path) -> Grade:
    """Grade one notebook with the bundle in ``_build/assignments``.

    Args:
        assignment: which one.
        submission: a notebook, ``.ipynb``.

    Raises:
        FileNotFoundError: the bundle was not built yet, or there is no such notebook.
        RuntimeError: otter could not grade it; the message says why.
    """
    if not assignment.autograder.exists():
        raise FileNotFoundError(f"{assignment.autograder} does not exist; run: make assignments")
    if not submission.exists():
        raise FileNotFoundError(f"there is no notebook {submission}")
    with contextlib.redirect_stdout(io.StringIO()):
        results = grade_submission(str(submission), str(assignment.autograder))
    if results.catastrophic_error is not None:
        raise RuntimeError(f"{submission.name} could not be graded: {results.catastrophic_error}")
    said = {
        name: [
            f"{case.test_case.name}: {_last_line(case.message)}" for case in file.test_case_results if not case.passed
        ]
        for name, file in results.results.items()
    }
    return Grade(
        {name: float(file.score) for name, file in results.results.items()},
        {name: float(file.possible) for name, file in results.results.items()},
        said,
    )


def _last_line(message: str | None) -> str:
    return (message or "").strip().splitlines()[-1] if message else ""


def write_table(assignment: Assignment, submissions: Sequence[Path], stream: IO[str]) -> list[str]:
    """Grade notebooks one after the other; write a row for each as soon as it is known.

    Args:
        assignment: which one.
        submissions: notebooks.
        stream: where the CSV goes: file, a column a question, total, what failed.

    Returns:
        The notebooks that could not be graded, one line each.
    """
    writer, problems, names = csv.writer(stream), [], list[str]()
    for submission in submissions:
        try:
            one = grade(assignment, submission)
        except (OSError, RuntimeError, ValueError) as error:
            problems.append(f"{submission}: {error}")
            continue
        if not names:
            names = sorted(one.possible)
            writer.writerow(["file", *(f"{name} of {one.possible[name]:g}" for name in names), "total", "failed"])
        failed = "; ".join(line for name in names for line in one.messages[name])
        scores = [one.points[name] for name in names]
        writer.writerow([submission.name, *(f"{score:g}" for score in scores), f"{sum(scores):g}", failed])
        stream.flush()
    return problems
