"""Verification: whether a record is as it was written, and whether its parts agree with one another.

The digest in a record's file name is that of its content, so a changed metric, curve, seed or hash shows at once. Who
renames the file as well must still make seeds, conditions, metrics and curves agree.
"""

import re
from collections import Counter
from pathlib import Path

from aiga import experiment, records
from aiga.records.record import Record, RecordError, check_outcomes

HASH = re.compile(r"[0-9a-f]{16}")
COMMIT = re.compile(r"[0-9a-f]{40}")


def verify(path: Path) -> Record:
    """Read one record and check all that can be checked without running anything.

    Raises:
        RecordError: it is no record, it was changed since it was written, or its parts contradict one another.
    """
    record = records.read(path)
    if path.name != record.name:
        raise RecordError(
            f"{path}: its content gives it the name {record.name}, so it was changed after it was written. "
            "Restore it from the repository, or run the experiment again"
        )
    for problem in contradictions(record):
        raise RecordError(f"{path}: {problem}. Restore it from the repository, or run the experiment again")
    return record


def contradictions(record: Record) -> list[str]:
    """What a record's parts say against one another; nothing if they agree."""
    found = []
    pairs = Counter((each.condition, each.seed) for each in record.results)
    if again := [pair for pair, count in pairs.items() if count > 1]:
        found.append(f"condition {again[0][0]!r} has seed {again[0][1]} twice")
    if {condition for condition, _ in pairs} != set(record.settings):
        found.append("its results and its settings are of different conditions")
    if missing := [pair for pair in _every_pair(record) if pair not in pairs]:
        found.append(f"condition {missing[0][0]!r} has no result of seed {missing[0][1]}")
    if stray := [seed for _, seed in pairs if seed not in record.seeds]:
        found.append(f"a result is of seed {stray[0]}, which is not among its seeds")
    for name, settings in record.settings.items():
        if settings.get("condition") != name:
            found.append(f"the settings of {name!r} are those of {settings.get('condition')!r}")
    codes = [record.code_hash, *(each.code_hash for each in record.confirmations)]
    if wrong := [code for code in codes if not HASH.fullmatch(code)]:
        found.append(f"{wrong[0]!r} is no code hash (16 hexadecimal digits)")
    if record.commit is not None and not COMMIT.fullmatch(record.commit):
        found.append(f"{record.commit!r} is no commit (40 hexadecimal digits)")
    if confirmed := [each.seed for each in record.confirmations if each.seed not in record.seeds]:
        found.append(f"it was confirmed with seed {confirmed[0]}, which is not among its seeds")
    return found + _impossible(record)


def _every_pair(record: Record) -> list[tuple[str, int]]:
    return [(condition, seed) for condition in record.settings for seed in record.seeds]


def _impossible(record: Record) -> list[str]:
    """Metrics that are undeclared or out of range, and curves that are none, as far as the experiment still exists."""
    try:
        check_outcomes(experiment.load(record.address), record.outcomes)
    except ValueError as error:
        return [str(error)] if record.address in experiment.addresses() else []
    return []
