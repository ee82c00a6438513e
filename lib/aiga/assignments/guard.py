"""The guard: an otter plugin that takes out of a submission whatever would not come back.

Otter executes a submission in one kernel, without limits: an endless loop hangs it, ``os._exit`` leaves it without a
result. So before otter sees the submission, its cells and tests are rehearsed in the sandbox. A cell that hangs or ends
the process is replaced by its message; a function that is missing, or on which a test hangs, is replaced by one that
raises an error which says so. The question is lost, the others are graded.
"""

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from otter.plugins import AbstractOtterPlugin

from aiga.assignments.sandbox import Limits, Report, Sandbox
from aiga.assignments.source import graded

FIRST = """\
import torch
from aiga.assignments.sandbox import limit_memory
torch.set_num_threads(1)
limit_memory({memory_mib})"""

STUB = """\
def {name}(*_, **__):
    raise RuntimeError({message!r})"""


class Guard(AbstractOtterPlugin):  # type: ignore[misc]
    """Named in every bundle; its settings are the fields of :class:`aiga.assignments.sandbox.Limits`."""

    def before_execution(self, submission: Any) -> Any:
        """The submission that otter may execute.

        Args:
            submission: the notebook that was handed in; the working directory holds ``tests/``.
        """
        tests = {path.stem: path.read_text(encoding="utf8") for path in sorted(Path("tests").glob("*.py"))}
        with Sandbox() as sandbox:
            return rehearsed(submission, tests, sandbox, Limits(**(self.plugin_config or {})))


def rehearsed(submission: Any, tests: Mapping[str, str], sandbox: Sandbox, limits: Limits) -> Any:
    """A copy of the notebook in which every cell, and every function that a test calls, comes back.

    Args:
        submission: the notebook that was handed in.
        tests: otter's test files, by question.
        sandbox: where it is rehearsed.
        limits: what each cell and each test may use.
    """
    cells = [cell.source for cell in submission.cells if cell.cell_type == "code" and graded(cell.source)]
    report = sandbox.run(cells, limits=limits)
    while report.stopped is not None:
        cells[report.stopped[1]] = f"raise RuntimeError({'this cell was taken out: it ' + report.reason!r})"
        report = sandbox.run(cells, limits=limits)
    stubs: dict[str, str] = {}
    for question, text in tests.items():
        wanted = functions(text)
        for name in wanted:
            if name not in report.defined:
                stubs[name] = _missing(name, report)
        tried = sandbox.run([*cells, *_code(stubs)], {question: text}, limits)
        if tried.stopped is not None:
            says = f"a test of this question called it, and it {tried.reason}; so {', '.join(wanted)} cannot be graded"
            stubs |= dict.fromkeys(wanted, says)
    safe = copy.deepcopy(submission)
    first = FIRST.format(memory_mib=limits.memory_mib)
    safe.cells = [nbformat.v4.new_code_cell(text) for text in [first, *cells, *_code(stubs)]]
    return safe


def functions(text: str) -> list[str]:
    """The functions that a test file asks the student for: the parameters of its tests."""
    found = re.findall(r"^def \w+\(([^)]*)\)", text, re.MULTILINE)
    return list(dict.fromkeys(name.strip() for names in found for name in names.split(",") if name.strip()))


def _missing(name: str, report: Report) -> str:
    """Why a function is not there."""
    errors = "; ".join(f"cell {number + 1}: {says}" for number, says in report.errors.items())
    return f"{name} is not defined: its cell was deleted or renamed, or stopped" + (f" ({errors})" if errors else "")


def _code(stubs: Mapping[str, str]) -> list[str]:
    return [STUB.format(name=name, message=message) for name, message in stubs.items()]
