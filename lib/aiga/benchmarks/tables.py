"""Benchmarks as tables that a page, a notebook and a terminal can show."""

from collections.abc import Sequence

from aiga import speed
from aiga.benchmarks.benchmark import Benchmark
from aiga.ledger.verdicts import Table

UNITS = {
    "matrix product": (1e9, "GFLOP/s"),
    "memory copy": (1e9, "GB/s"),
    "bare emulator": (1.0, "frames/s"),
    "bare Box2D": (1.0, "steps/s"),
}


def table(found: Sequence[Benchmark]) -> Table:
    """One row for each unit of work of all chapters: both rates, their ratio, the share of a limit, peak memory."""
    head = ("task", "unit of work", "literal, a second", "ours, a second", "ratio", "share of this machine's limit")
    rows = []
    for each in found:
        chapter = each.chapter + (" (stale)" if each.stale() else "")
        for row in each.rows:
            *numbers, literal, ours = speed.cells(row)
            rows.append((f"{chapter}: {row.task}", row.unit, *numbers, f"{literal} / {ours}"))
    return Table((*head, "MiB, literal / ours"), tuple(rows))


def growth_table(found: Sequence[Benchmark]) -> Table:
    """One row for each slope: what takes the time, over what, between which sizes."""
    head = ("chapter", "what", "over", "from … to", "slope")
    rows = [
        (each.chapter, growth.task, growth.over, f"{growth.sizes[0]:g} … {growth.sizes[-1]:g}", growth.says())
        for each in found
        for growth in each.growths
    ]
    return Table(head, tuple(rows))


def limits_table(found: Sequence[Benchmark]) -> Table:
    """What one thread of the machine did beside each chapter's measurements."""
    rows = []
    for each in found:
        for name, value in each.limits.items():
            scale, unit = UNITS[name]
            rows.append((name, f"{value / scale:,.0f} {unit}", each.chapter, each.caption()))
    return Table(("limit", "one thread", "measured beside", "provenance"), tuple(rows))
