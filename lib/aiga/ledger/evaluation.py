"""Evaluation: whether given results match a claim."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from aiga.experiment import Outcome
from aiga.ledger.claims import Claim
from aiga.scale import Scale, check

HOLDS = "holds"
FAILS = "fails"
NOT_RECORDED = "not yet recorded"
NO_BAND = "no band at this scale"
STAND_IN = "not compared: stand-in data"


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its 95 % interval (Student's t; None for a single seed)."""

    label: str
    mean: float
    half_width: float | None
    seeds: int

    def __str__(self) -> str:
        spread = "" if self.half_width is None else f" ± {self.half_width:.2g}"
        return f"{self.mean:.3g}{spread}"


@dataclass(frozen=True)
class Verdict:
    """What results say about a claim at one scale."""

    claim: Claim
    scale: Scale
    state: str
    data: str
    seeds: int
    estimates: tuple[Estimate, ...]

    @property
    def holds(self) -> bool | None:
        """True or False; None where nothing was compared."""
        return {HOLDS: True, FAILS: False}.get(self.state)


def evaluate(claim: Claim, scale: str, outcomes: Sequence[Outcome]) -> Verdict:
    """Compare outcomes of the claim's experiment, obtained at ``scale``, with its band: means over the seeds."""
    band = claim.ours.get(check(scale))
    estimates: list[Estimate] = []
    state = "" if outcomes else NOT_RECORDED
    terms = claim.terms(scale) if outcomes else []
    several = len({metric for _, metric in terms}) > 1
    for condition, metric in terms:
        name = condition or outcomes[0].condition
        values = [each.metrics[metric] for each in outcomes if each.condition == name and metric in each.metrics]
        if values:
            estimates.append(estimate(f"{name}.{metric}" if several else name, values))
        else:
            state = state or f"not compared: no {metric} of {name}"
    seeds = min((each.seeds for each in estimates), default=0)
    if any(each.data.stand_in for each in outcomes):
        state = STAND_IN  # whatever else is missing: such numbers say nothing about the claim
    elif not state and band is None:
        state = NO_BAND
    elif not state and band is not None and seeds < band.mean_of:
        state = f"not compared: fewer than {band.mean_of} seeds"
    elif not state and band is not None:
        state = HOLDS if band.contains([each.mean for each in estimates]) else FAILS
    data = ", ".join(sorted({str(each.data) for each in outcomes})) or "-"
    return Verdict(claim, check(scale), state, data, seeds, tuple(estimates))


def estimate(label: str, values: Sequence[float]) -> Estimate:
    """The mean of one value per seed, with its 95 % interval."""
    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return Estimate(label, mean, None, count)
    error = float(np.std(values, ddof=1)) / math.sqrt(count)
    return Estimate(label, mean, float(special.stdtrit(count - 1, 0.975)) * error, count)
