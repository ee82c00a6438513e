"""Confirmation: a stale record speaks again when its first steps, run with today's code, give the same curves."""

import datetime
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from aiga import experiment, records
from aiga.device import describe, resolve
from aiga.experiment import Curve, Outcome
from aiga.records import codehash
from aiga.records.condense import rounded
from aiga.records.record import Confirmation, RecordError

FEWEST_POINTS = 2


def confirm(
    path: Path, *, steps: int = 100, device: str | torch.device = "auto", tolerance: float = 1e-3
) -> Confirmation:
    """Run the first steps of a record again, and write the confirmation into it if the curves agree.

    Every condition of the record is run with the record's first seed. Curves are compared at the points that both have,
    and a difference is relative to the recorded curve's largest absolute value.

    Args:
        path: the record's file.
        steps: how many training steps to run.
        device: where; another kind of device than the record's gives slightly other numbers.
        tolerance: largest relative difference that counts as the same.

    Raises:
        RecordError: the record cannot be read, the settings have changed, there are too few points to compare, or the
            curves differ. The record is then left as it is.
    """
    record = records.read(path)
    module = experiment.load(record.address)
    today = module.SCALES[record.scale]
    for condition, settings in record.settings.items():
        if condition not in today or not records.same_settings(today[condition], settings):
            raise RecordError(
                f"{path}: the settings of {condition!r} at scale {record.scale} have changed since it was recorded, "
                "so that there is nothing to confirm. Run the experiment again."
            )
    place = resolve(device)
    seed = record.seeds[0]
    again = experiment.run(
        module, record.scale, seeds=[seed], device=place, conditions=list(record.settings), limit=steps
    )
    points, difference = compare(record.outcomes, again, seed)
    if not difference <= tolerance:  # so written, a difference that is not a number is refused too
        raise RecordError(
            f"{path} is not confirmed: over the first {steps} steps the curves differ by {difference:.2g} of their "
            f"height, more than {tolerance:g} ({points} points, seed {seed}). The code gives other results now, or "
            f"{describe(place)} rounds differently from {record.device}. Run the experiment again."
        )
    confirmation = Confirmation(
        date=datetime.datetime.now(datetime.UTC).date(),
        code_hash=codehash.of(record.address),
        steps=steps,
        seed=seed,
        points=points,
        largest_difference=rounded(difference),
        device=describe(place),
    )
    confirmed = record.model_copy(update={"confirmations": [*record.confirmations, confirmation]})
    records.rewrite(confirmed, path)
    return confirmation


def compare(recorded: Sequence[Outcome], again: Sequence[Outcome], seed: int) -> tuple[int, float]:
    """Number of points compared and largest relative difference, over all conditions and curves of one seed.

    Raises:
        RecordError: a condition's curves have fewer than two points in common.
    """
    points, largest = 0, 0.0
    fresh = {each.condition: each.curves for each in again if each.seed == seed}
    for outcome in recorded:
        if outcome.seed == seed:
            shared, difference = _compare_curves(outcome.curves, fresh.get(outcome.condition, {}))
            if shared < FEWEST_POINTS:
                raise RecordError(
                    f"only {shared} recorded point(s) of condition {outcome.condition!r} lie within these steps, "
                    f"at least {FEWEST_POINTS} are needed: run more steps (--steps)"
                )
            points, largest = points + shared, max(largest, difference)
    return points, largest


def _compare_curves(recorded: Mapping[str, Curve], again: Mapping[str, Curve]) -> tuple[int, float]:
    points, largest = 0, 0.0
    for name in recorded.keys() & again.keys():
        old, new = recorded[name], again[name]
        values = {rounded(x): y for x, y in zip(new.x, new.y, strict=True)}
        pairs = [(y, values[x]) for x, y in zip(old.x, old.y, strict=True) if x in values]
        height = max(map(abs, old.y), default=0.0) or 1.0
        points += len(pairs)
        for before, now in pairs:
            largest = max(largest, abs(before - now) / height if math.isfinite(now) else math.inf)
    return points, largest
