"""Benchmarks: how fast the chapters' inner loops were found to be, with everything that is needed to trust it.

- ``benchmark``: one chapter's measurements as a few kB of JSON: rows, growths, limits, machine, versions, commit
- ``tables``: the measurements as tables, and what other machines would do, marked as estimated
- ``python -m aiga.benchmarks``: measure, print and store (``make bench``)

A notebook or a page shows what is stored: ``benchmarks.table(benchmarks.latest())``.
"""

from aiga.benchmarks.benchmark import (
    Benchmark,
    BenchmarkError,
    Machine,
    latest,
    load_all,
    make,
    read,
    this_machine,
    write,
)
from aiga.benchmarks.tables import growth_table, limits_table, table

__all__ = [
    "Benchmark",
    "BenchmarkError",
    "Machine",
    "growth_table",
    "latest",
    "limits_table",
    "load_all",
    "make",
    "read",
    "table",
    "this_machine",
    "write",
]
