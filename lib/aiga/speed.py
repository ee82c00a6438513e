"""Speed: how fast an inner loop is, said in one form by all chapters.

A chapter's ``bench.py`` has two functions, and prints them when it is run as a program::

    def rows() -> Iterator[Row]: ...      # ours beside a literal transcription of the method
    def growths() -> Iterator[Growth]: ... # how the cost grows with one size

    if __name__ == "__main__":
        speed.show(rows(), growths())

Times are CPU seconds of one thread, the best of a few; what is compared is measured in alternation in the same run.
"""

import ctypes
import functools
import gc
import math
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from scipy import stats
from torch.utils.flop_counter import FlopCounterMode

from aiga import seeding

Limit = Literal["matrix product", "memory copy", "bare emulator", "bare Box2D"]

COUNTS: dict[Limit, str] = {
    "matrix product": "floating-point operations",
    "memory copy": "bytes read or written",
    "bare emulator": "game frames",
    "bare Box2D": "steps of the physics",
}
"""What of a unit of work is compared with a limit."""


@dataclass(frozen=True)
class Side:
    """One of the two that are compared."""

    run: Callable[[], object]
    """Does the work. It can be pickled, so that a fresh process can measure its memory."""
    units: float
    """How many units of work that is."""


@dataclass(frozen=True)
class Share:
    """What a unit of work needs of something that the machine can do only so fast."""

    limit: Limit
    work: float
    """Operations, bytes, frames or steps of one unit."""
    most: float
    """What the machine does of these in a second, at most."""


@dataclass(frozen=True)
class Row:
    """One line of the table: a unit of work, how many a second of one thread's CPU time brings, MiB that a run adds."""

    task: str
    unit: str
    """The unit of work: episodes, words, steps."""
    ours: float
    literal: float | None = None
    limit: Limit | None = None
    """What of this machine bounds the rate."""
    share: float | None = None
    """The part of that limit which ours reaches."""
    ours_mib: float | None = None
    literal_mib: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as fast as the transcription ours is."""
        return None if self.literal is None else self.ours / self.literal


@dataclass(frozen=True)
class Growth:
    """How the time of something grows with one size: a straight line through the logarithms of both."""

    task: str
    over: str
    """What grows, with its unit."""
    sizes: list[float]
    seconds: list[float]
    """Of one run at each size."""
    slope: float
    """1 is proportional, 2 quadratic, 0 no growth at all."""
    error: float | None
    """The slope's standard error; two points have none."""

    @classmethod
    def fitted(cls, task: str, over: str, sizes: Sequence[float], seconds: Sequence[float]) -> "Growth":
        """Fit the line.

        Raises:
            ValueError: fewer than two sizes, a size twice, or something that has no logarithm.
        """
        if len(set(sizes)) < 2 or len(set(sizes)) != len(seconds) or min(*sizes, *seconds) <= 0:
            raise ValueError(f"{task}: expected a positive time for each of two sizes or more, got {sizes}, {seconds}")
        line = stats.linregress([math.log(size) for size in sizes], [math.log(each) for each in seconds])
        error = float(line.stderr) if len(sizes) > 2 else None
        return cls(task, over, [*map(float, sizes)], [*map(float, seconds)], float(line.slope), error)

    def says(self) -> str:
        """The slope in words."""
        return f"{self.slope:.2f}" + ("" if self.error is None else f" ± {self.error:.2f}")


def compare(
    task: str,
    unit: str,
    ours: Side,
    literal: Side | None = None,
    *,
    share: Share | None = None,
    repeats: int = 3,
    measure_memory: bool = True,
) -> Row:
    """Measure both sides in alternation, and the memory of each in a process of its own.

    Args:
        task: what is done, with its sizes.
        unit: the unit of work, plural.
        ours: the library's way.
        literal: the method as its equations or its original code say it.
        share: what bounds the rate here.
        repeats: rounds after one to warm up; each side has its best.
        measure_memory: whether to start the two processes.
    """
    sides = [each for each in (ours, literal) if each is not None]
    best = [0.0] * len(sides)
    for turn in range(repeats + 1):
        for place, side in enumerate(sides):
            found = side.units / clocked(side.run)
            best[place] = max(best[place], found if turn else 0.0)
    sizes: list[float | None] = [None for _ in sides]
    if measure_memory:
        with ThreadPoolExecutor(len(sides)) as both:
            sizes = list(both.map(memory, [side.run for side in sides]))
    part = None if share is None else best[0] * share.work / share.most
    return Row(
        task,
        unit,
        best[0],
        best[1] if literal else None,
        share.limit if share else None,
        part,
        sizes[0],
        sizes[1] if literal else None,
    )


def grow(
    task: str,
    over: str,
    sizes: Sequence[float],
    build: Callable[[float], Callable[[], object]],
    *,
    repeats: int = 3,
    clock: Callable[[], float] = time.process_time,
) -> Growth:
    """Measure how the time of a run grows with one size.

    Args:
        task: what is done.
        over: what grows.
        sizes: at least two of them.
        build: makes what is run at a size; making it is not measured.
        repeats: rounds after one to warm up; each size has its best.
        clock: ``time.perf_counter`` where several processes work.
    """
    runs = [build(size) for size in sizes]
    times = [[clocked(run, clock) for run in runs] for _ in range(repeats + 1)]
    return Growth.fitted(task, over, sizes, [min(column) for column in zip(*times[1:], strict=True)])


def clocked(run: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Seconds that one call takes."""
    began = clock()
    run()
    return max(clock() - began, 1e-9)


def rate(run: Callable[[], object], units: float, repeats: int = 3) -> float:
    """Units a second of CPU time, the best of a few repeats after one to warm up."""
    run()
    return max(units / clocked(run) for _ in range(repeats))


@functools.cache
def matrix_product() -> float:
    """Floating-point operations a second in a large matrix product on one thread: as fast as arithmetic gets here."""
    matrix = torch.randn(1024, 1024, generator=seeding.generator(0, "limit"))
    return rate(lambda: torch.mm(matrix, matrix), 2 * 1024**3, 5)


@functools.cache
def memory_copy() -> float:
    """Bytes a second that one thread reads and writes when it copies what no cache can hold."""
    source = torch.ones(64 * 2**20, dtype=torch.uint8)
    target = torch.empty_like(source)
    return rate(lambda: target.copy_(source), 2 * len(source), 5)


def operations(run: Callable[[], object]) -> float:
    """Floating-point operations that a run spends in PyTorch's matrix products and convolutions, forward and back."""
    with FlopCounterMode(display=False) as counter:
        run()
    return float(counter.get_total_flops())


def of_products(work: float) -> Share:
    """A share of the matrix product; ``work`` in operations a unit."""
    return Share("matrix product", work, matrix_product())


def memory(run: Callable[[], object]) -> float | None:
    """MiB that ``run`` adds to a fresh process at its largest, after one run to load libraries; None beside Linux."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(_added, run).result()


def show(rows: Iterable[Row], growths: Iterable[Growth] = ()) -> None:
    """Print a chapter's measurements, each as soon as it is there."""
    torch.set_num_threads(1)
    print("a second of one thread's CPU time; memory is what one run adds to a process")
    for line in lines(rows, growths):
        print(line, flush=True)


def lines(rows: Iterable[Row], growths: Iterable[Growth] = ()) -> Iterator[str]:
    """The measurements as text, one line each."""
    head = ("task", "unit", "literal", "ours", "ratio", "share of", "MiB lit.", "MiB ours")
    yield _line(head)
    for each in rows:
        yield _line((each.task, each.unit, *cells(each)))
    for line in growths:
        times = ", ".join(f"{size:g}: {seconds:.3g} s" for size, seconds in zip(line.sizes, line.seconds, strict=True))
        yield f"{line.task}, over {line.over}: slope {line.says()} ({times})"


def cells(row: Row) -> tuple[str, ...]:
    """A row's numbers in words: literal, ours, ratio, share of which limit, and both memories."""
    ratio = "–" if row.ratio is None else f"{row.ratio:.1f}×"
    share = "–" if row.share is None else f"{row.share:.0%} {row.limit}"
    return (number(row.literal), number(row.ours), ratio, share, number(row.literal_mib), number(row.ours_mib))


def _line(texts: Sequence[str]) -> str:
    task, unit, *numbers, before, after = texts
    literal, ours, ratio, share = numbers
    return f"{task:52} {unit:16} {literal:>9} {ours:>9} {ratio:>7} {share:>20} {before:>8} {after:>8}"


def number(value: float | None) -> str:
    """Three digits that say something, thousands apart."""
    if value is None:
        return "–"
    if value < 100:
        return f"{value:.3g}"
    digits = 3 - len(str(int(value)))
    return f"{round(value, digits):,.0f}"


def _added(run: Callable[[], object]) -> float | None:
    """In a fresh process: how far one run lifts the largest size, in MiB."""
    torch.set_num_threads(1)
    run()
    gc.collect()
    with suppress(OSError, AttributeError):  # freed memory goes back to the system, or it would hide what comes next
        ctypes.CDLL(None).malloc_trim(0)
    if sys.platform != "linux":
        return None
    Path("/proc/self/clear_refs").write_text("5")  # the largest size is counted anew
    before = _status("VmRSS")
    run()
    return max(_status("VmHWM") - before, 0.0)


def _status(name: str) -> float:
    """The size of this process now (``VmRSS``) or at its largest (``VmHWM``), in MiB."""
    table: dict[str, Any] = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(table[name].split()[0]) / 2**10
