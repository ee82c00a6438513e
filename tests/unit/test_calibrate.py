import math

import numpy as np
import pytest
import yaml
from scipy import stats

from aiga.experiment import Data, Metric, Outcome
from aiga.ledger import calibrate
from aiga.ledger.claims import Band

HIGH = Metric("share", 0.0, 1.0, "higher")
LOW = Metric("error", 0.0, 1.0, "lower")
NEITHER = Metric("rate", 0.0, 1.0, "neither")
VALUES = [0.70, 0.74, 0.72, 0.79, 0.75]


def test_the_interval_is_students():
    low, high = calibrate.prediction(VALUES, confidence=0.95)
    reach = stats.t.ppf(0.975, 4) * np.std(VALUES, ddof=1) * math.sqrt(1 / 5 + 1)
    assert (low, high) == pytest.approx((0.74 - reach, 0.74 + reach))
    narrow = calibrate.prediction(VALUES, confidence=0.95, mean_of=5)
    assert narrow[1] - narrow[0] == pytest.approx(2 * stats.t.ppf(0.975, 4) * np.std(VALUES, ddof=1) * math.sqrt(2 / 5))


def test_the_interval_covers_new_means_as_often_as_it_says():
    random = np.random.default_rng(0)
    hits = 0
    for _ in range(2000):
        low, high = calibrate.prediction(list(random.normal(size=6)), mean_of=3, confidence=0.9)
        hits += low <= random.normal(size=3).mean() <= high
    assert 0.88 < hits / 2000 < 0.92


@pytest.mark.parametrize(("metric", "kind"), [(HIGH, "at_least"), (LOW, "at_most"), (NEITHER, "between")])
def test_bands_are_as_wide_as_the_interval_and_readable(metric, kind):
    band = calibrate.propose_band(VALUES, metric)
    model = Band.model_validate(yaml.safe_load(yaml.safe_dump(band)))
    assert (model.seeds, model.mean_of) == (5, 1)
    assert "5 seeds gave 0.7 to 0.79 (mean 0.74); 99% prediction interval for one new seed" in model.why
    low, high = calibrate.prediction(VALUES)
    assert getattr(model, kind) is not None
    if kind != "at_most":
        assert low - 0.011 < model.limits[0] <= low
    if kind != "at_least":
        assert max(high, 0) <= model.limits[1] < high + 0.011
    assert all(len(f"{limit:g}") <= 4 for limit in model.limits)


def test_clipped_to_the_metrics_range():
    band = calibrate.propose_band([0.90, 0.99, 0.95, 0.92, 0.97], NEITHER)
    assert band["between"][1] == 1.0
    assert band["between"][0] > 0.5


@pytest.mark.parametrize(
    ("values", "metric", "message"),
    [
        (VALUES[:4], HIGH, "at least 5 seeds, got 4"),
        ([0.5] * 5, HIGH, "all 5 seeds gave 0.5: no spread"),
        ([0.0, 1.0, 0.1, 0.9, 0.5], HIGH, "can never fail"),
        ([0.0, 1.0, 0.1, 0.9, 0.5], LOW, "can never fail"),
        ([0.0, 1.0, 0.1, 0.9, 0.5], NEITHER, "can never fail"),
    ],
)
def test_refused(values, metric, message):
    with pytest.raises(ValueError, match=message):
        calibrate.propose_band(values, metric)


def test_orderings_are_judged_seed_by_seed():
    # the seeds differ much more than the conditions do, which pairing takes out
    base = np.array([0.1, 0.5, 0.3, 0.8, 0.6])
    shift = np.array([0.10, 0.11, 0.10, 0.09, 0.10])
    groups = {"b": dict(enumerate(base + shift)), "a": dict(enumerate(base))}
    band = calibrate.propose_ordering(groups, LOW)
    assert band["ordering"] == "a < b"
    assert 0.05 < band["gap_at_least"] <= calibrate.prediction(list(shift))[0]
    Band.model_validate(band)
    groups["b"] = dict(enumerate(base + np.array([0.1, -0.2, 0.1, 0.1, 0.0])))
    with pytest.raises(ValueError, match="cannot be told apart"):
        calibrate.propose_ordering(groups, LOW)


def outcomes(data=None):
    random = np.random.default_rng(1)
    return [
        Outcome(c, s, {"error": m + 0.01 * random.normal(), "share": random.uniform()}, data=data or Data("bits"))
        for c, m in [("plastic", 0.2), ("rnn", 0.4)]
        for s in range(100, 106)
    ]


def test_proposal_as_yaml(toy):
    text = calibrate.propose(toy.module, "ci", outcomes(), mean_of=2)
    entries = [part.split("\n", 1)[1] for part in text.split("# metric: ")[1:]]
    bands = [Band.model_validate(yaml.safe_load(entry)["ci"]) for entry in entries if entry.startswith("ci:")]
    assert [each.ordering for each in bands if each.ordering] == ["plastic < rnn"]
    assert all(each.mean_of == 2 and "the mean of 2 new seeds" in each.why for each in bands)
    assert "# metric: error, condition: rnn" in text
    assert text.count("# refused: the band 'at least 0' can never fail") == 2


def test_no_band_from_stand_in_data(toy):
    with pytest.raises(ValueError, match=r"stand-in data \(stand-in for Omniglot\)"):
        calibrate.propose(toy.module, "ci", outcomes(Data("Omniglot", True)))
