"""``python -m aiga.benchmarks [CHAPTER ...] [--store]``: one table for all chapters."""

import argparse
import datetime
import importlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import torch

from aiga import benchmarks, speed
from aiga.experiment import CHAPTERS
from aiga.speed import Growth, Limit, Row

Found = TypeVar("Found")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the chapters one after another, print what is found, and store it if asked to."""
    parser = argparse.ArgumentParser(prog="python -m aiga.benchmarks", description="How fast the inner loops are.")
    parser.add_argument("chapters", nargs="*", metavar="chapter", help=f"default: all, {', '.join(CHAPTERS)}")
    parser.add_argument("--store", action="store_true", help="keep the measurements in data/bench")
    parser.add_argument("--shown", action="store_true", help="print what is stored, and measure nothing")
    chosen = parser.parse_args(arguments)
    if unknown := [name for name in chosen.chapters if name not in CHAPTERS]:
        parser.error(f"unknown chapter {unknown[0]!r}: choose from {', '.join(CHAPTERS)}")
    torch.set_num_threads(1)
    print(f"{benchmarks.this_machine()}; a second of one thread's CPU time; memory is what one run adds to a process")
    if chosen.shown:
        kept = [each for each in benchmarks.latest() if each.chapter in (chosen.chapters or CHAPTERS)]
        for each in kept:
            print(f"== {each.chapter}, {each.caption()}")
            print("\n".join(speed.lines(each.rows, each.growths)))
        return 0 if kept else 1
    for chapter in chosen.chapters or CHAPTERS:
        print(f"== {chapter}", flush=True)
        found = measure(chapter)
        if chosen.store:
            print(benchmarks.write(found), flush=True)
    return 0


def measure(chapter: str) -> benchmarks.Benchmark:
    """Run a chapter's bench, printing each line as soon as it is there."""
    module = importlib.import_module(f"aiga.{chapter}.bench")
    started = datetime.datetime.now(datetime.UTC)
    limits: dict[Limit, float] = {"matrix product": speed.matrix_product(), "memory copy": speed.memory_copy()}
    rows: list[Row] = []
    growths: list[Growth] = []
    for line in speed.lines(_kept(module.rows(), rows), _kept(module.growths(), growths)):
        print(line, flush=True)
    return benchmarks.make(chapter, rows, growths, started=started, limits=limits)


def _kept(measured: Iterable[Found], kept: list[Found]) -> Iterator[Found]:
    """Pass on each measurement as soon as it is there, and keep it."""
    for each in measured:
        kept.append(each)
        yield each


if __name__ == "__main__":
    sys.exit(main())
