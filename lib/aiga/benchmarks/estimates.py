"""What other machines would do: computed from measured rates and stated peaks, and never called measured."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiga import speed
from aiga.benchmarks.benchmark import Benchmark
from aiga.ledger.verdicts import Table
from aiga.speed import Limit, Row


@dataclass(frozen=True)
class Target:
    """A machine that we do not have."""

    name: str
    source: str
    """Where its peaks were read."""
    peaks: dict[Limit, float] = field(default_factory=dict)
    """What it is said to do in a second, at most."""
    cores: int = 0
    """Cores like the one that was measured, each with a share of seeds, bursts or niches."""

    def estimate(self, row: Row, measured: dict[Limit, float]) -> float | None:
        """Units a second if the share of the limit were the same there, or if all cores were busy; None if neither.

        Args:
            row: what was measured on one thread.
            measured: the limits of the machine that measured it.
        """
        if self.cores:
            return row.ours * self.cores
        if row.limit is None or row.limit not in self.peaks or row.limit not in measured:
            return None
        return row.ours * self.peaks[row.limit] / measured[row.limit]


TARGETS = (
    Target(
        "T4",
        "8.1 TFLOP/s in single precision and 320 GB/s, second-hand",
        {"matrix product": 8.1e12, "memory copy": 320e9},
    ),
    Target(
        "H200",
        "67 TFLOP/s in single precision without tensor cores (from memory) and 4.8 TB/s, second-hand",
        {"matrix product": 67e12, "memory copy": 4.8e12},
    ),
    Target("256 cores", "256 cores like the one measured", cores=256),
)


def estimate_table(found: Sequence[Benchmark]) -> Table:
    """One row for each unit of work: measured here, estimated there."""
    head = ("chapter", "task", "unit of work, a second", "one thread here", *(each.name for each in TARGETS))
    rows = [
        (
            *(each.chapter, row.task, row.unit, f"{speed.number(row.ours)}\nmeasured"),
            *(_cell(target.estimate(row, each.limits)) for target in TARGETS),
        )
        for each in found
        for row in each.rows
    ]
    return Table(head, tuple(rows))


def sources() -> str:
    """Where the peaks come from, in a sentence."""
    return "; ".join(f"{each.name}: {each.source}" for each in TARGETS)


def _cell(value: float | None) -> str:
    return "not on a GPU" if value is None else f"{speed.number(value)}\nat most, estimated"
