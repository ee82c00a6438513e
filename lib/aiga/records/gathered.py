"""What several records say of one experiment at one scale: a long experiment is recorded in parts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from aiga.experiment import Outcome
from aiga.records.record import Record, grouped, load_all
from aiga.scale import Scale


@dataclass(frozen=True)
class Gathered:
    """Records of one experiment at one scale, oldest first.

    Of a seed that was run twice the newer result counts. Of each condition only the best records count: those of real
    data where there are any, and among them those that speak for today's code.
    """

    records: Sequence[Record]

    @cached_property
    def _counted(self) -> list[tuple[Record, list[Outcome]]]:
        """The records that count, each with those of its outcomes that do; later ones replace earlier ones."""
        judged = [(record, (record.data.stand_in, record.stale())) for record in self.records]
        best: dict[str, tuple[bool, bool]] = {}
        for record, faults in judged:
            for each in record.outcomes:
                best[each.condition] = min(faults, best.get(each.condition, faults))
        found = [
            (record, [each for each in record.outcomes if faults == best[each.condition]]) for record, faults in judged
        ]
        return [(record, outcomes) for record, outcomes in found if outcomes]

    @property
    def outcomes(self) -> list[Outcome]:
        """One outcome for each condition and seed, in order."""
        found = {(each.condition, each.seed): each for _, outcomes in self._counted for each in outcomes}
        return [found[key] for key in sorted(found)]

    def by_condition(self) -> dict[str, list[Outcome]]:
        """The outcomes, grouped by condition."""
        return grouped(self.outcomes)

    @property
    def stale(self) -> bool:
        """Whether any of the records that count no longer speaks for today's code."""
        return any(record.stale() for record, _ in self._counted)

    def caption(self) -> str:
        """One line of provenance: that of a single record, or how many there are and of which days."""
        counted = [record for record, _ in self._counted]
        if len(counted) == 1:
            return counted[0].caption()
        days = sorted(f"{record.created:%Y-%m-%d}" for record in counted)
        when = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
        imitated = "; some on stand-in data" if any(record.data.stand_in for record in counted) else ""
        return f"{len(counted)} records, {when}{imitated}" + ("; stale" if self.stale else "")


def gather(records: Iterable[Record]) -> dict[tuple[str, Scale], Gathered]:
    """Records, oldest first, by experiment and scale."""
    groups: dict[tuple[str, Scale], list[Record]] = {}
    for record in records:
        groups.setdefault((record.address, record.scale), []).append(record)
    return {key: Gathered(found) for key, found in groups.items()}


def by_condition(
    address: str, scale: str, folder: Path | None = None, *, names: Mapping[str, str] | None = None
) -> dict[str, list[Outcome]]:
    """What has been recorded of an experiment at one scale, in however many records: each condition's seeds in order.

    Nothing recorded gives an empty dictionary.

    Args:
        address: of the experiment.
        scale: at which it was recorded.
        folder: where the records are; by default the book's.
        names: labels by condition: these conditions only, as far as recorded, in this order and under their labels.

    Raises:
        RecordError, ValueError: as :func:`aiga.records.load_all`.
    """
    groups = Gathered(load_all(address, scale, folder)).by_condition()
    return groups if names is None else {label: groups[name] for name, label in names.items() if name in groups}
