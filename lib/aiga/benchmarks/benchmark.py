"""One chapter's measurements on one machine, written by ``make bench`` and never by hand.

They are *stale* when the code that they measured has changed, and are then shown as stale.
"""

import datetime
import hashlib
import importlib.metadata
import json
import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from aiga import files, parallel
from aiga.device import describe
from aiga.experiment import CHAPTERS
from aiga.records import codehash, provenance
from aiga.records.condense import rounded
from aiga.speed import Growth, Limit, Row

PACKAGES = ("scipy", "numba", "gymnasium", "ale-py", "box2d", "joblib")
"""Libraries beside PyTorch and NumPy that a rate may depend on."""


class BenchmarkError(ValueError):
    """A file that is no benchmark, or measurements that cannot be right."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Machine(_Model):
    """What the measurements were made on, without its name or place."""

    processor: str
    cores: int
    """That the process might use."""
    memory_gib: float | None

    def __str__(self) -> str:
        memory = "" if self.memory_gib is None else f", {self.memory_gib:.0f} GiB"
        return f"{self.processor}, {self.cores} core{'s' if self.cores != 1 else ''} to use{memory}"


class Benchmark(_Model):
    """The rows and growths of one chapter, and where they come from."""

    format: Literal[1] = 1
    chapter: str
    created: datetime.datetime
    seconds: float
    """How long it took by the clock."""
    machine: Machine
    versions: dict[str, str]
    commit: str | None
    dirty: bool
    """Whether the library differed from the commit."""
    code_hash: str
    limits: dict[Limit, float]
    """What one thread of this machine did in the same run, a second."""
    rows: list[Row]
    growths: list[Growth]

    @model_validator(mode="after")
    def _possible(self) -> "Benchmark":
        """Numbers that cannot have been measured, or that do not follow from one another, are refused."""
        if not self.rows:
            raise ValueError("no row: nothing was measured")
        for row in self.rows:
            numbers = (row.ours, row.literal, row.share)
            if not all(math.isfinite(each) and each > 0 for each in numbers if each is not None):
                raise ValueError(f"{row.task}: expected finite rates and shares above 0, got {numbers}")
            if (row.limit is None) != (row.share is None):
                raise ValueError(f"{row.task}: a share is of a limit, got {row.share} of {row.limit}")
        for growth in self.growths:
            again = Growth.fitted(growth.task, growth.over, growth.sizes, growth.seconds)
            if not math.isclose(again.slope, growth.slope, rel_tol=1e-3, abs_tol=1e-3):
                raise ValueError(f"{growth.task}: its times give the slope {again.slope:.4g}, not {growth.slope:.4g}")
        return self

    @property
    def name(self) -> str:
        """The file's name."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        return f"{self.chapter}.{self.created:%Y%m%d}-{digest}.json"

    def stale(self) -> bool:
        """Whether the code that was measured has changed since."""
        return self.chapter not in CHAPTERS or codehash.of(f"{self.chapter}.bench") != self.code_hash

    def caption(self) -> str:
        """One line of provenance."""
        versions = ", ".join(f"{name} {self.versions[name]}" for name in ("python", "torch", "numpy"))
        commit = (self.commit or "no commit")[:10] + (" with changes" if self.dirty else "")
        stale = "; stale: the code has changed since" if self.stale() else ""
        return f"measured {self.created:%Y-%m-%d} on {self.machine}; {versions}; {commit}{stale}"


def make(
    chapter: str,
    rows: Sequence[Row],
    growths: Sequence[Growth],
    *,
    started: datetime.datetime,
    limits: dict[Limit, float],
) -> Benchmark:
    """A benchmark of what has just been measured on this machine.

    Args:
        chapter: whose.
        rows: its table.
        growths: its slopes.
        started: when the first of it was measured, with a time zone.
        limits: what one thread of this machine can do.

    Raises:
        BenchmarkError: a number that cannot be right.
    """
    commit, dirty = provenance.commit()
    try:
        return Benchmark(
            chapter=chapter,
            created=started.astimezone(datetime.UTC).replace(microsecond=0),
            seconds=rounded((datetime.datetime.now(datetime.UTC) - started).total_seconds()),
            machine=this_machine(),
            versions=provenance.versions() | _packages(),
            commit=commit,
            dirty=dirty,
            code_hash=codehash.of(f"{chapter}.bench"),
            limits={name: rounded(value) for name, value in limits.items()},
            rows=[_rounded(each) for each in rows],
            growths=list(growths),
        )
    except ValidationError as error:
        raise BenchmarkError(f"the bench of {chapter} measured what cannot be: {error}") from error


def this_machine() -> Machine:
    """The machine that this process runs on."""
    memory = None
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = rounded(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)
    processor = describe(torch.device("cpu")).rpartition(",")[0]
    return Machine(processor=processor, cores=parallel.cores(), memory_gib=memory)


def write(benchmark: Benchmark, folder: Path | None = None) -> Path:
    """Write it, atomically; by default among the book's own. Returns its file."""
    path = (folder or files.book_data() / "bench") / benchmark.name
    fields = benchmark.model_dump(mode="json")
    lines = [f"{json.dumps(name)}: {_text(value)}" for name, value in fields.items()]
    files.write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")
    return path


def read(path: Path) -> Benchmark:
    """Read one benchmark.

    Raises:
        BenchmarkError: there is no such file, it is none, or it was changed since it was written.
    """
    try:
        found = Benchmark.model_validate_json(Path(path).read_text(encoding="utf8"))
    except FileNotFoundError as error:
        raise BenchmarkError(f"no benchmark {path}: `make bench STORE=1` writes them") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise BenchmarkError(f"{path} is not a benchmark of format 1; delete it and measure again: {error}") from error
    if Path(path).name != found.name:
        raise BenchmarkError(f"{path} should be called {found.name}: its content was changed by hand. Measure again")
    return found


def load_all(chapter: str | None = None, folder: Path | None = None) -> list[Benchmark]:
    """The book's benchmarks, oldest first, of one chapter if it is given.

    Raises:
        BenchmarkError: a file among them is not a benchmark.
    """
    found = [read(path) for path in sorted((folder or files.book_data() / "bench").glob("*.json"))]
    chosen = [each for each in found if chapter in (None, each.chapter)]
    return sorted(chosen, key=lambda each: (each.created, each.name))


def latest(folder: Path | None = None) -> list[Benchmark]:
    """The newest benchmark of every chapter that has one, in the book's order."""
    newest = {each.chapter: each for each in load_all(folder=folder)}
    return [newest[chapter] for chapter in CHAPTERS if chapter in newest]


def _packages() -> dict[str, str]:
    """Versions of those libraries that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _rounded(row: Row) -> Row:
    floats: dict[str, Any] = {name: rounded(value) for name, value in vars(row).items() if isinstance(value, float)}
    return replace(row, **floats)


def _text(value: object) -> str:
    """JSON; a list of objects has one of them on a line."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(json.dumps(each) for each in value) + "\n]"
    return json.dumps(value)
