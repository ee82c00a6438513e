"""How long recorded runs took. An experiment may be recorded in parts, and a part may not know its whole time."""

from collections.abc import Sequence

from aiga.records.record import Record


def seconds_each(runs: Sequence[Record]) -> dict[str, float]:
    """Mean seconds of a seed for each condition that was timed from its beginning.

    A run that went on from a checkpoint knows the time of its last part only and does not count.
    """
    timed = [result for run in runs if not run.resumed for result in run.results]
    found: dict[str, list[float]] = {}
    for result in timed:
        found.setdefault(result.condition, []).append(result.seconds)
    return {condition: sum(seconds) / len(seconds) for condition, seconds in found.items()}


def seeds_each(runs: Sequence[Record]) -> dict[str, int]:
    """How many seeds of each condition are recorded, in however many parts."""
    found = {(result.condition, result.seed) for run in runs for result in run.results}
    return {condition: sum(other == condition for other, _ in found) for condition, _ in sorted(found)}
