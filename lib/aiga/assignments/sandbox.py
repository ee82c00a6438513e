"""The sandbox: a stranger's cells and tests, run in a process of their own within limits of time and memory.

``python -m aiga.assignments.sandbox`` is a small server: it imports torch and otter's test format once, then forks a
child for each job that comes as a line of JSON. The child says which cell or test it has begun, so whoever waits knows
what to blame when it does not come back. What runs away is killed with its children; what uses up memory or leaves the
process takes only its child along.

This protects a grader from mistakes. It is no protection against somebody who means harm: that is what the container is
for in which Gradescope and ``otter grade`` run each submission.
"""

import contextlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from aiga.assignments.check import describe


@dataclass(frozen=True)
class Limits:
    """What one cell, and one test, may use."""

    seconds: float = 60.0
    memory_mib: int = 4096
    """On top of what Python and torch hold before the first cell."""


@dataclass(frozen=True)
class CaseResult:
    """What one test said."""

    question: str
    number: int
    hidden: bool
    passed: bool
    message: str


@dataclass
class Report:
    """What became of a job.

    Attributes:
        errors: the cells that raised an error, by position among those given, and the error in one line.
        defined: the callables that the cells left behind.
        cases: the tests that came to an end.
        stopped: what was running when the job ended too early: ``("cell", 2)`` or ``("q1", 0)``; None if it did not.
        reason: how it ended then, in words that follow "it".
    """

    errors: dict[int, str] = field(default_factory=dict)
    defined: list[str] = field(default_factory=list)
    cases: list[CaseResult] = field(default_factory=list)
    stopped: tuple[str, int] | None = None
    reason: str = ""

    @property
    def passed(self) -> bool:
        """Whether every test came to an end and passed."""
        return self.stopped is None and all(case.passed for case in self.cases)


class Sandbox:
    """A running server; use it as a context, one job after another.

    Args:
        folder: the working directory of the cells; None leaves them in this process's.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "aiga.assignments.sandbox"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        cast(IO[str], self._server.stdin).close()
        self._server.wait(timeout=10)
        cast(IO[str], self._server.stdout).close()

    def run(self, cells: Sequence[str], tests: Mapping[str, str] | None = None, limits: Limits | None = None) -> Report:
        """Execute cells, then the tests of some questions on what the cells have defined.

        Args:
            cells: source texts; a cell that raises an error does not keep the others from running.
            tests: otter's test files (exception format), by question.
            limits: what each cell and each test may use.

        Raises:
            RuntimeError: the server itself has died.
        """
        job = {"cells": list(cells), "tests": dict(tests or {}), "limits": asdict(limits or Limits())}
        sending, answering = cast(IO[str], self._server.stdin), cast(IO[str], self._server.stdout)
        sending.write(json.dumps(job) + "\n")
        sending.flush()
        report, running = Report(), None
        for line in answering:
            event = json.loads(line)
            match event.pop("is"):
                case "begin":
                    running = (event["what"], event["number"])
                case "error":
                    report.errors[event["number"]] = event["says"]
                case "defined":
                    report.defined = event["names"]
                case "case":
                    report.cases.append(CaseResult(**event))
                case "end":
                    if event["reason"]:
                        report.stopped, report.reason = running or ("cell", 0), event["reason"]
                    return report
        raise RuntimeError("the sandbox has ended without an answer: is torch installed, and otter-grader?")


def limit_memory(mebibytes: int) -> None:
    """Let this process have so much more memory than it has now; larger requests raise an error (Linux only)."""
    status = Path("/proc/self/statm")
    if status.exists():
        now = int(status.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + mebibytes * 2**20, resource.RLIM_INFINITY))


def serve() -> None:
    """Answer jobs from standard input until it is closed."""
    import torch
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: F401 - here, so that no child has to import it
    from otter.test_files import ExceptionTestFile  # noqa: F401

    torch.set_num_threads(1)
    optimises = False
    for line in sys.stdin:
        if "torch.optim" in line and not optimises:  # its first use imports for a second, which each child would repeat
            torch.optim.SGD([torch.zeros(1)], lr=0.1)
            optimises = True
        for event in _watch(json.loads(line)):
            print(json.dumps(event), flush=True)


def _watch(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Fork a child for the job, pass on what it says, and end it when it has been silent for too long."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(job, writing)
    os.close(writing)
    reason, buffer, deadline = "", b"", time.monotonic() + job["limits"]["seconds"]
    finished = False
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            reason = f"did not come back within {job['limits']['seconds']:g} s"
            break
        piece = os.read(reading, 65536)
        if not piece:
            reason = "" if finished else "ended the process that it ran in"
            break
        *lines, buffer = (buffer + piece).split(b"\n")
        for line in lines:
            event = json.loads(line)
            finished = event["is"] == "finished"
            deadline = time.monotonic() + job["limits"]["seconds"]
            if not finished:
                yield event
    os.close(reading)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    yield {"is": "end", "reason": reason}


def _child(job: dict[str, Any], writing: int) -> None:
    """Run the job; never returns."""
    os.setpgid(0, 0)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    limit_memory(job["limits"]["memory_mib"])

    def tell(**event: Any) -> None:
        os.write(writing, json.dumps(event).encode() + b"\n")

    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        for number, cell in enumerate(job["cells"]):
            tell(**{"is": "begin"}, what="cell", number=number)
            if error := _execute(cell, f"cell {number + 1}", names):
                tell(**{"is": "error"}, number=number, says=error)
        tell(**{"is": "defined"}, names=[name for name, value in names.items() if callable(value)])
        for question, text in job["tests"].items():
            _test(question, text, names, tell)
        tell(**{"is": "finished"})
    finally:
        os._exit(0)


def _execute(cell: str, label: str, names: dict[str, Any]) -> str:
    """Run one cell as a notebook would; its error in one line, or nothing. An exit is not caught."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        exec(compile(TransformerManager().transform_cell(cell), label, "exec"), names)
    except Exception as error:
        return describe(error)
    return ""


def _test(question: str, text: str, names: dict[str, Any], tell: Any) -> None:
    """Run one question's tests, as otter does."""
    from otter.test_files import ExceptionTestFile

    file = ExceptionTestFile.from_string(text)
    for number, case in enumerate(file.test_cases):
        tell(**{"is": "begin"}, what=question, number=number)
        message = ""
        try:
            case.body.call_func(names)
        except Exception as error:
            message = describe(error)
        passed = not message
        tell(**{"is": "case"}, question=question, number=number, hidden=case.hidden, passed=passed, message=message)


if __name__ == "__main__":
    serve()
