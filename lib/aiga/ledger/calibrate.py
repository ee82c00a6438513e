"""Calibration: bands proposed from at least five seeds, as YAML to paste into a ledger.

A proposed band is a Student-t prediction interval: if further seeds come from the same distribution, and that is
roughly normal, their mean falls inside with the stated probability.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import yaml
from scipy import special

from aiga.experiment import Experiment, Metric, Outcome, address_of
from aiga.ledger.claims import Band, check_band
from aiga.scale import check

FEWEST_SEEDS = 5


def prediction(values: Sequence[float], *, mean_of: int = 1, confidence: float = 0.99) -> tuple[float, float]:
    """Where the mean of ``mean_of`` new seeds falls with probability ``confidence``: lower and upper limit.

    Raises:
        ValueError: fewer than five values, or all of them equal, so that nothing is known about their spread.
    """
    count = len(values)
    if count < FEWEST_SEEDS:
        raise ValueError(f"a band needs at least {FEWEST_SEEDS} seeds, got {count}: run more seeds")
    spread = float(np.std(values, ddof=1))
    if spread <= 1e-12 * max(map(abs, values)):
        raise ValueError(f"all {count} seeds gave {values[0]:g}: no spread to draw a band from, choose it by reason")
    reach = float(special.stdtrit(count - 1, (1 + confidence) / 2)) * spread * math.sqrt(1 / count + 1 / mean_of)
    mean = float(np.mean(values))
    return mean - reach, mean + reach


def propose_band(
    values: Sequence[float], metric: Metric, *, mean_of: int = 1, confidence: float = 0.99
) -> dict[str, Any]:
    """A band for one condition's metric, as the ledger writes it: one-sided where the metric has a better side.

    Raises:
        ValueError: too few seeds, no spread, or the seeds scatter so much that the band could never fail.
    """
    low, high = prediction(values, mean_of=mean_of, confidence=confidence)
    step = _step(high - low)
    low = max(metric.lowest, _tidy(math.floor(low / step) * step))
    high = min(metric.highest, _tidy(math.ceil(high / step) * step))
    band: dict[str, Any]
    if metric.better == "higher":
        band = {"at_least": low}
    elif metric.better == "lower":
        band = {"at_most": high}
    else:
        band = {"between": [low, high]}
    return _finished(band, values, mean_of, confidence, [metric])


def propose_ordering(
    groups: Mapping[str, Mapping[int, float]], metric: Metric, *, mean_of: int = 1, confidence: float = 0.99
) -> dict[str, Any]:
    """An ordering of conditions by their means, with the gap that new seeds will show between neighbours.

    Args:
        groups: for each condition, its value by seed; differences are taken seed by seed.
        metric: the metric's description.
        mean_of: how many new seeds will be averaged.
        confidence: probability with which each gap is kept.

    Raises:
        ValueError: too few common seeds, no spread, or neighbours that cannot be told apart.
    """
    names = sorted(groups, key=lambda name: float(np.mean(list(groups[name].values()))))
    seeds = sorted(set.intersection(*(set(values) for values in groups.values())))
    gaps: list[float] = []
    differences: list[float] = []
    for lower, upper in itertools.pairwise(names):
        differences = [groups[upper][seed] - groups[lower][seed] for seed in seeds]
        gap = prediction(differences, mean_of=mean_of, confidence=confidence)[0]
        if gap <= 0:
            raise ValueError(f"{lower} and {upper} cannot be told apart: their difference may be {gap:.2g}")
        gaps.append(gap)
    step = _step(min(gaps))
    band = {"ordering": " < ".join(names), "gap_at_least": _tidy(math.floor(min(gaps) / step) * step)}
    return _finished(band, differences, mean_of, confidence, [metric] * len(names), "smallest gap")


def propose(
    experiment: Experiment, scale: str, outcomes: Sequence[Outcome], *, mean_of: int = 1, confidence: float = 0.99
) -> str:
    """Bands for everything that the outcomes allow, as YAML; what was refused is a comment that says why.

    Raises:
        ValueError: the outcomes come from stand-in data, for which no band holds.
    """
    if stand_in := next((each.data for each in outcomes if each.data.stand_in), None):
        raise ValueError(f"no band may be drawn from stand-in data ({stand_in}): get the real data (`aiga data fetch`)")
    lines = [f"# {address_of(experiment)} at scale {check(scale)}: paste a band under the claim's `ours`"]
    for name, metric in experiment.METRICS.items():
        groups: dict[str, dict[int, float]] = {}
        for each in outcomes:
            if name in each.metrics:
                groups.setdefault(each.condition, {})[each.seed] = each.metrics[name]
        for condition, values in groups.items():
            lines.append(f"# metric: {name}, condition: {condition}")
            try:
                band = propose_band(list(values.values()), metric, mean_of=mean_of, confidence=confidence)
                lines.append(_entry(scale, band))
            except ValueError as error:
                lines.append(f"# refused: {error}")
        if len(groups) > 1:
            lines.append(f"# metric: {name}, ordering")
            try:
                lines.append(_entry(scale, propose_ordering(groups, metric, mean_of=mean_of, confidence=confidence)))
            except ValueError as error:
                lines.append(f"# refused: {error}")
    return "\n".join(lines) + "\n"


def _finished(
    band: dict[str, Any],
    values: Sequence[float],
    mean_of: int,
    confidence: float,
    metrics: Sequence[Metric],
    what: str = "mean",
) -> dict[str, Any]:
    """The band with its reason, refused if it says nothing."""
    new = "one new seed" if mean_of == 1 else f"the mean of {mean_of} new seeds"
    band |= {
        "seeds": len(values),
        "mean_of": mean_of,
        "why": f"{len(values)} seeds gave {min(values):.3g} to {max(values):.3g} ({what} {np.mean(values):.3g}); "
        f"{confidence:.0%} prediction interval for {new}",
    }
    check_band(Band.model_validate(band), metrics)
    return band


def _entry(scale: str, band: dict[str, Any]) -> str:
    return yaml.safe_dump({scale: band}, sort_keys=False, width=110).rstrip()


def _step(width: float) -> float:
    """A power of ten that gives a number of this size two significant digits."""
    return float(10.0 ** (math.floor(math.log10(width)) - 1))


def _tidy(value: float) -> float:
    """Without the dust of floating-point multiplication."""
    return float(f"{value:.12g}")
