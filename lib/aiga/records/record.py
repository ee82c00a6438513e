"""Records: what a run gave, kept as a few kB of JSON with everything that is needed to trust it.

A record is never edited by hand. When the code that made it changes it is *stale*, and is shown as stale until it is
run again or confirmed (:mod:`aiga.records.confirm`).
"""

import datetime
import hashlib
import json
import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aiga import files
from aiga.device import describe, peak_memory_mib, resolve
from aiga.experiment import Curve, Data, Experiment, Outcome, address_of, load
from aiga.records import codehash, provenance
from aiga.records.condense import duration, rounded, thin
from aiga.records.settings import plain_settings, same_settings
from aiga.scale import Scale, check


class RecordError(ValueError):
    """A record that cannot be made, read or compared."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Result(_Model):
    """One condition trained with one seed."""

    condition: str
    seed: int
    metrics: dict[str, float]
    curves: dict[str, Curve]
    seconds: float


class Confirmation(_Model):
    """The first steps of a record's run, repeated with other code, gave the same curves."""

    date: datetime.date
    code_hash: str
    steps: int
    seed: int
    points: int
    largest_difference: float
    """Relative to each curve's largest absolute value."""
    device: str


class Record(_Model):
    """A run at one scale: settings, results, and where they come from."""

    format: Literal[1] = 1
    address: str
    scale: Scale
    created: datetime.datetime
    seconds: float
    resumed: bool = False
    """The run went on from a checkpoint, and ``seconds`` counts from there."""
    seeds: list[int]
    data: Data
    device: str
    peak_memory_mib: float
    versions: dict[str, str]
    commit: str | None
    dirty: bool
    """Whether the library differed from the commit when the run started."""
    code_hash: str
    settings: dict[str, dict[str, Any]]
    results: list[Result]
    confirmations: list[Confirmation] = Field(default_factory=list)

    @property
    def outcomes(self) -> list[Outcome]:
        """The results as :class:`aiga.experiment.Outcome`, without networks."""
        return [
            Outcome(each.condition, each.seed, each.metrics, each.curves, self.data, each.seconds)
            for each in self.results
        ]

    def by_condition(self) -> dict[str, list[Outcome]]:
        """The results, grouped by condition."""
        return grouped(self.outcomes)

    @property
    def name(self) -> str:
        """The record's file name; confirming a record does not change it."""
        content = json.dumps(self.model_dump(mode="json", exclude={"confirmations"}), sort_keys=True)
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        return f"{self.address}.{self.scale}.{self.created:%Y%m%d}-{digest}.json"

    def why_stale(self) -> str:
        """Why the record no longer speaks for today's code; empty when it still does."""
        try:
            experiment = load(self.address)
        except ValueError:
            return "the experiment no longer exists"
        today = experiment.SCALES.get(self.scale, {})
        for condition, recorded in self.settings.items():
            if condition not in today or not same_settings(today[condition], recorded):
                return f"the settings of {condition!r} have changed since"
        hashes = {self.code_hash, *(each.code_hash for each in self.confirmations)}
        return "" if codehash.of(self.address) in hashes else "the code has changed since"

    def stale(self) -> bool:
        """Whether the code or the settings have changed since the record was made or last confirmed."""
        return bool(self.why_stale())

    def caption(self) -> str:
        """One line of provenance for a figure or a table."""
        count = f"{len(self.seeds)} seed" + ("s" if len(self.seeds) != 1 else "")
        time = duration(self.seconds) + (" since it was resumed" if self.resumed else "")
        text = f"recorded {self.created:%Y-%m-%d} on {self.device}, {time}, {count}"
        if self.data.stand_in:
            text += f", {self.data}"
        if reason := self.why_stale():
            return f"{text}; stale: {reason}"
        if self.confirmations:
            text += f"; confirmed {self.confirmations[-1].date:%Y-%m-%d}"
        return text


def grouped(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Outcomes by condition, in the order in which they come."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.condition, []).append(outcome)
    return groups


def make(
    experiment: Experiment,
    scale: str,
    outcomes: Sequence[Outcome],
    *,
    device: str | torch.device,
    started: datetime.datetime,
    peak_memory_mib: float,
    resumed: bool = False,
) -> Record:
    """A record of outcomes that the present code has just produced.

    Curves are thinned to at most 200 points (all of the first 20, so that a run's beginning can be compared), floats
    are rounded to 6 significant digits.

    Args:
        experiment: the experiment's module.
        scale: the scale at which it was run.
        outcomes: what :func:`aiga.experiment.run` returned.
        device: where it ran.
        started: when the run began, with a time zone.
        peak_memory_mib: most memory used.
        resumed: whether the run went on from a checkpoint.

    Raises:
        RecordError: no outcomes, different data sets, an unknown condition or metric, or a number that is not finite
            or lies outside its metric's range.
    """
    check_outcomes(experiment, outcomes)
    table = experiment.SCALES[check(scale)]
    conditions = dict.fromkeys(each.condition for each in outcomes)
    if unknown := [name for name in conditions if name not in table]:
        raise RecordError(f"unknown condition {unknown[0]!r} at scale {scale}: expected one of {', '.join(table)}")
    if len(sources := {each.data for each in outcomes}) > 1:
        raise RecordError(f"one record holds one data set, got {', '.join(sorted(map(str, sources)))}")
    commit, dirty = provenance.commit()
    results = [
        Result(
            condition=each.condition,
            seed=each.seed,
            metrics={name: rounded(value) for name, value in each.metrics.items()},
            curves={name: thin(curve) for name, curve in each.curves.items()},
            seconds=rounded(each.seconds),
        )
        for each in outcomes
    ]
    return Record(
        address=address_of(experiment),
        scale=check(scale),
        created=started.astimezone(datetime.UTC),
        seconds=rounded((datetime.datetime.now(datetime.UTC) - started).total_seconds()),
        resumed=resumed,
        seeds=sorted({each.seed for each in outcomes}),
        data=outcomes[0].data,
        device=describe(resolve(device)),
        peak_memory_mib=rounded(peak_memory_mib),
        versions=provenance.versions(),
        commit=commit,
        dirty=dirty,
        code_hash=codehash.of(address_of(experiment)),
        settings={name: plain_settings(table[name]) for name in conditions},
        results=results,
    )


def check_outcomes(experiment: Experiment, outcomes: Sequence[Outcome]) -> None:
    """Refuse outcomes that cannot be right.

    Raises:
        RecordError: none at all, an undeclared metric, or a number that is not finite or outside its declared range.
    """
    if not outcomes:
        raise RecordError(f"no outcomes of {address_of(experiment)}: train it first")
    for each in outcomes:
        who = f"{address_of(experiment)}, condition {each.condition!r}, seed {each.seed}"
        for name, value in each.metrics.items():
            if name not in experiment.METRICS:
                raise RecordError(
                    f"{who}: metric {name!r} is not declared in METRICS ({', '.join(experiment.METRICS)})"
                )
            metric = experiment.METRICS[name]
            if not (math.isfinite(value) and metric.lowest <= value <= metric.highest):
                raise RecordError(
                    f"{who}: {name} is {value}, expected a finite number from {metric.lowest} to {metric.highest}. "
                    "The run has diverged, or the metric's declared range is wrong."
                )
        for name, curve in each.curves.items():
            if len(curve.x) != len(curve.y) or not all(map(math.isfinite, [*curve.x, *curve.y])):
                raise RecordError(f"{who}: the curve {name!r} needs as many x as y values, all of them finite")


def write(record: Record, folder: Path | None = None) -> Path:
    """Write a record, atomically; by default among the book's records. Returns its file."""
    path = (folder or files.book_data() / "runs") / record.name
    rewrite(record, path)
    return path


def rewrite(record: Record, path: Path) -> None:
    """Write a record to a file of the caller's choice, atomically."""
    fields = record.model_dump(mode="json")
    # one line for each field: small, and a change shows in a diff where it happened
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fields.items())
    files.write_text(path, f"{{\n{lines}\n}}\n")


def keep(
    experiment: Experiment, scale: str, outcomes: Sequence[Outcome], *, device: str | torch.device = "auto"
) -> Path:
    """Keep a notebook's results as ``<address>.<scale>.json`` in ``$AIGA_RESULTS`` (default: ``results/`` here).

    Raises:
        RecordError: as :func:`make`.
    """
    place = resolve(device)
    started = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=sum(each.seconds for each in outcomes))
    record = make(experiment, scale, outcomes, device=place, started=started, peak_memory_mib=peak_memory_mib(place))
    path = Path(os.environ.get("AIGA_RESULTS") or "results") / f"{record.address}.{record.scale}.json"
    rewrite(record, path)
    return path


def read(path: Path) -> Record:
    """Read one record.

    Raises:
        RecordError: there is no such file, or it is not a record.
    """
    try:
        return Record.model_validate_json(Path(path).read_text(encoding="utf8"))
    except FileNotFoundError as error:
        raise RecordError(f"no record {path}: `aiga report` lists the records that exist") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise RecordError(
            f"{path} is not a record of format 1; restore it, or delete it and run it again: {error}"
        ) from error


def load_all(address: str | None = None, scale: str | None = None, folder: Path | None = None) -> list[Record]:
    """The book's records, oldest first, of one experiment and one scale if these are given.

    Raises:
        RecordError: a file among them is not a record.
        ValueError: unknown scale.
    """
    wanted = check(scale) if scale is not None else None
    found = [read(path) for path in sorted((folder or files.book_data() / "runs").glob("*.json"))]
    chosen = [each for each in found if address in (None, each.address) and wanted in (None, each.scale)]
    return sorted(chosen, key=lambda each: (each.created, each.name))
