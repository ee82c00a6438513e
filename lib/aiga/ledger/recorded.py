"""Recorded runs of one experiment as a table: a row for each condition, its means over seeds in the columns."""

from collections.abc import Mapping
from string import Formatter

from aiga import records
from aiga.experiment import Outcome, load
from aiga.ledger.evaluation import NOT_RECORDED
from aiga.ledger.verdicts import Table


def recorded(address: str, scale: str, columns: Mapping[str, str], *, names: Mapping[str, str] | None = None) -> Table:
    """What the book's records hold of an experiment at one scale.

    Args:
        address: of the experiment.
        scale: at which it was recorded.
        columns: for each heading, a format of the metrics' means over seeds: ``{"maze seen": "{coverage:.0%}"}``. Where
            a condition lacks a metric its cell shows a dash.
        names: what to call conditions; their rows come first, in this order. The others follow by their own names.

    Returns:
        A table with the conditions and their numbers of seeds before these columns; one row that says so where nothing
        is recorded.

    Raises:
        ValueError: unknown experiment or scale, or a metric that the experiment does not have.
    """
    known = load(address).METRICS
    asked = {field for text in columns.values() for _, field, _, _ in Formatter().parse(text) if field is not None}
    if unknown := sorted(asked - set(known)):
        raise ValueError(f"{address} has no metric {unknown[0]!r}: its metrics are {', '.join(known)}")
    names = names or {}
    groups = records.by_condition(address, scale)
    order = [*(name for name in names if name in groups), *(name for name in groups if name not in names)]
    rows = [
        (
            names.get(name, name.replace("_", " ")),
            str(len(groups[name])),
            *(_cell(text, groups[name]) for text in columns.values()),
        )
        for name in order
    ]
    return Table(
        (f"recorded at {scale}", "seeds", *columns),
        tuple(rows or [(NOT_RECORDED, *("–" for _ in range(len(columns) + 1)))]),
    )


def _cell(text: str, group: list[Outcome]) -> str:
    shared = set.intersection(*(set(outcome.metrics) for outcome in group))
    means = {name: sum(outcome.metrics[name] for outcome in group) / len(group) for name in shared}
    try:
        return text.format(**means)
    except KeyError:
        return "–"
