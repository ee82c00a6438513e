"""Recorded runs as a chapter shows them: a table of one experiment's results, and a list of where they come from."""

from collections.abc import Mapping
from string import Formatter

from aiga import records
from aiga.experiment import Outcome, load
from aiga.ledger.evaluation import NOT_RECORDED
from aiga.ledger.seeds import mean_of
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


def sources(chapter: str) -> str:
    """The recorded runs of a chapter's experiments, oldest first: a Markdown list of their provenance.

    Args:
        chapter: the first part of the experiments' addresses, such as ``"plasticity"``.
    """
    runs = [run for run in records.load_all() if run.address.partition(".")[0] == chapter]
    lines = [f"- `{run.address}` at `{run.scale}`: {run.caption()}" for run in runs]
    return "\n".join(lines) or f"Larger runs: {NOT_RECORDED}."


def _cell(text: str, group: list[Outcome]) -> str:
    shared = set.intersection(*(set(outcome.metrics) for outcome in group))
    means = {name: mean_of(group, name) for name in shared}
    try:
        return text.format(**means)
    except KeyError:
        return "–"
