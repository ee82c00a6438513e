import math
import textwrap

import pytest

from aiga import experiment, files, ledger
from aiga.experiment import Data, Metric, Outcome
from aiga.ledger import claims
from aiga.ledger.claims import Band, LedgerError

HEAD = 'paper: {key: x2018, title: "A paper", arxiv: "1804.02464"}\n'

GOOD = HEAD + textwrap.dedent(
    """
    claims:
      - id: toy.fake.error
        says: The error is small
        paper: {value: 0.1, spread: 0.02, spread_is: 95 % interval, where: Table 1, status: opened}
        metric: error
        ours:
          ci: {at_most: 0.5, seeds: 5, why: "5 seeds gave 0.1 to 0.3"}
          paper: {between: [0.05, 0.15], seeds: 10, mean_of: 3, why: "the paper's interval"}
      - id: toy.fake.ordering
        says: Plastic beats plain
        paper: {ordering: "plastic < rnn", where: Fig. 3, status: memory}
        metric: error
        ours:
          ci: {ordering: "rnn > plastic", gap_at_least: 0.1, seeds: 5, why: "5 seeds gave 0.3"}
      - id: toy.fake.share
        says: Most targets are met
        paper: {status: ours}
        metric: share
        condition: rnn
        ours:
          ci: {at_least: 0.9, seeds: 5, why: "all were met"}
      - id: toy.fake.mixed
        says: An ordering across two metrics
        paper: {status: ours}
        metric: error
        ours:
          ci: {ordering: "plastic < plastic.share", gap_at_least: 0.1, seeds: 5, why: "by reason"}
      - id: toy.fake.open
        says: Not looked at yet
        paper: {says: "It works", where: abstract, status: second-hand}
        metric: share
        ours: {}
    """
)


@pytest.fixture
def write(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "book_data", lambda: tmp_path)
    (tmp_path / "ledger").mkdir()
    (tmp_path / "runs").mkdir()

    def put(text=GOOD, stem="paper_one"):
        (tmp_path / "ledger" / f"{stem}.yaml").write_text(text)

    return put


def test_a_good_ledger_is_read(write):
    write()
    book = ledger.load("paper_one")
    assert [claim.address for claim in book.claims] == ["toy.fake"] * 5
    assert [claim.condition for claim in book.claims] == ["plastic", "plastic", "rnn", "plastic", "plastic"]
    assert book.claims[1].terms("ci") == [("plastic", "error"), ("rnn", "error")]
    assert book.claims[3].terms("smoke") == [("plastic", "error"), ("plastic", "share")]
    assert [str(claim.ours["ci"]) for claim in book.claims[:3]] == [
        "at most 0.5",
        "rnn > plastic, each step at least 0.1",
        "at least 0.9",
    ]
    assert ledger.load_all() == [book]


def test_unknown_ledger(write):
    write()
    with pytest.raises(LedgerError, match="unknown ledger 'other': choose one of paper_one"):
        ledger.load("other")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # bands that can never fail, or never hold
        ("at_most: 0.5", "at_most: 100", "'at most 100' can never fail: the metric's range is 0 to 100"),
        ("at_most: 0.5", "at_most: 1000", "can never fail"),
        ("at_most: 0.5", "at_least: 0", "can never fail"),
        ("at_most: 0.5", "at_most: -1", "can never hold"),
        ("at_least: 0.9", "at_least: 1.1", "can never hold"),
        ("at_least: 0.9", "between: [0, 1]", "can never fail"),
        ("[0.05, 0.15]", "[-1, 200]", "can never fail"),
        ("[0.05, 0.15]", "[0.2, 0.1]", "can never hold"),
        ("[0.05, 0.15]", "[100.5, 101]", "can never hold"),
        ('gap_at_least: 0.1, seeds: 5, why: "5', 'gap_at_least: 0, seeds: 5, why: "5', "must be positive"),
        ('gap_at_least: 0.1, seeds: 5, why: "5', 'gap_at_least: -1, seeds: 5, why: "5', "must be positive"),
        ('gap_at_least: 0.1, seeds: 5, why: "5', 'gap_at_least: 101, seeds: 5, why: "5', "can never hold"),
        ('gap_at_least: 0.1, seeds: 5, why: "5', 'seeds: 5, why: "5', "an ordering needs gap_at_least"),
        ("at_most: 0.5", "at_most: .inf", "finite"),
        ("at_most: 0.5", "at_most: .nan", "finite"),
        # bands that are no bands
        ("at_most: 0.5", "at_most: 0.5, at_least: 0.1", "exactly one of"),
        ("at_most: 0.5, ", "", "exactly one of"),
        ("at_most: 0.5", "at_most: 0.5, gap_at_least: 0.1", "nothing else has one"),
        ("at_most: 0.5", "about: 0.5", "about"),
        ('seeds: 5, why: "5 seeds gave 0.1 to 0.3"', "seeds: 5", "why"),
        ('seeds: 5, why: "5 seeds gave 0.1 to 0.3"', "seeds: 0, why: x", "seeds"),
        ('"rnn > plastic"', '"rnn > plastic < rnn"', "by '<' alone or by '>' alone"),
        ('"rnn > plastic"', '"rnn > rnn"', "different terms"),
        ('"rnn > plastic"', '"rnn"', "different terms"),
        ('"rnn > plastic"', '"rnn > lstm"', "unknown condition 'lstm' at scale ci: choose from plastic, rnn"),
        ("plastic.share", "plastic.speed", "unknown metric 'speed'"),
        # names
        (
            "metric: share\n    condition: rnn",
            "metric: speed",
            "toy.fake.share: unknown metric 'speed': choose from error",
        ),
        ("condition: rnn", "condition: lstm", "unknown condition 'lstm'"),
        ("      ci: {at_most", "      colab: {at_most", "the experiment has no such scale"),
        ("      ci: {at_most", "      huge: {at_most", "huge"),
        ("toy.fake.error", "toy.none.error", "unknown experiment 'toy.none'"),
        ("toy.fake.error", "error", "pattern"),
        ("toy.fake.share", "toy.fake.error", "toy.fake.error is there twice"),
        ("says: The error is small", "says: ''", "says"),
        # the paper's side
        ("status: opened", "status: certain", "status"),
        ("where: Table 1, ", "", "the paper's side needs 'where'"),
        ("value: 0.1, spread: 0.02, spread_is: 95 % interval, ", "", "needs 'where'.*and a value"),
        ("spread_is: 95 % interval, ", "", "needs 'spread_is'"),
        ("{status: ours}", "{status: ours, value: 1.0}", "for claims that the paper does not make"),
        ('"1804.02464"', "1804.02464", "arxiv"),
        # the file
        ("claims:", "claims: [", "paper_one.yaml"),
        (
            "    metric: error\n    ours:\n      ci: {at_most",
            "    metric: error\n    metric: share\n    ours:\n      ci: {at_most",
            "twice",
        ),
        ("claims:", "demands:", "demands"),
    ],
)
def test_mistakes_are_refused(write, old, new, message):
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    write(text)
    with pytest.raises(LedgerError, match=message) as caught:
        ledger.load("paper_one")
    assert "paper_one.yaml" in str(caught.value)


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n"])
def test_a_file_that_is_no_ledger(write, text):
    write(text)
    with pytest.raises(LedgerError, match="expected a mapping"):
        ledger.load("paper_one")


def outcomes(error=0.2, rnn=0.6, share=0.95, seeds=3, data=experiment.GENERATED):
    table = {"plastic": (error, 0.9), "rnn": (rnn, share)}
    return [Outcome(c, s, {"error": e, "share": m}, data=data) for c, (e, m) in table.items() for s in range(seeds)]


def states(write, results, scale="ci"):
    write()
    return {
        each.id.split(".")[2]: ledger.evaluate(each, scale, results).state for each in ledger.load("paper_one").claims
    }


def test_states(write):
    none = "no band at this scale"
    assert list(states(write, outcomes()).values()) == ["holds", "holds", "holds", "holds", none]
    assert list(states(write, outcomes(0.55, 0.6, 0.89)).values()) == ["fails", "fails", "fails", "holds", none]
    assert states(write, outcomes(rnn=0.1))["ordering"] == "fails"
    assert states(write, outcomes(error=0.85))["mixed"] == "fails"
    assert set(states(write, []).values()) == {"not yet recorded"}
    assert set(states(write, outcomes(), "smoke").values()) == {none}
    assert set(states(write, outcomes(data=Data("Omniglot", True))).values()) == {"not compared: stand-in data"}
    assert states(write, outcomes(0.1), "paper")["error"] == "holds"
    assert states(write, outcomes(0.1, seeds=2), "paper")["error"] == "not compared: fewer than 3 seeds"
    assert states(write, outcomes()[:3])["ordering"] == "not compared: no error of rnn"
    assert states(write, outcomes()[:3])["share"] == "not compared: no share of rnn"


def test_one_stand_in_among_real_data_is_enough(write):
    results = outcomes()
    results[4].data = Data("Omniglot", True)
    assert set(states(write, results).values()) == {"not compared: stand-in data"}


def test_the_mean_over_seeds_is_judged(write):
    write()
    claim = ledger.load("paper_one").claims[0]
    results = [Outcome("plastic", s, {"error": e}) for s, e in enumerate([0.1, 0.2, 0.9])]
    judged = ledger.evaluate(claim, "ci", results)
    assert judged.holds is True
    assert judged.estimates[0].mean == pytest.approx(0.4)
    assert judged.estimates[0].half_width == pytest.approx(4.30265 * 0.43589 / math.sqrt(3), rel=1e-4)
    assert judged.seeds == 3
    results[0].metrics["error"] = math.nan
    assert ledger.evaluate(claim, "ci", results).holds is False
    with pytest.raises(ValueError, match="unknown scale"):
        ledger.evaluate(claim, "huge", results)


def test_limits_belong_to_the_band(write):
    write()
    claim = ledger.load("paper_one").claims[0]
    for value, scale, holds in [(0.5, "ci", True), (math.nextafter(0.5, 1), "ci", False), (0.05, "paper", True)]:
        results = [Outcome("plastic", s, {"error": value}) for s in range(4)]
        assert ledger.evaluate(claim, scale, results).holds is holds


# Every band of the real ledger must be able to hold and to fail.


def bands(book):
    return [
        pytest.param(claim, scale, id=f"{claim.id}-{scale}")
        for each in book
        for claim in each.claims
        for scale in claim.ours
    ]


def inside_and_outside(band: Band, metrics: list[Metric]) -> list[tuple[list[float], bool]]:
    """Means for the terms of a band, within the metrics' ranges, and whether the band shall hold for them."""
    lowest, highest = min(each.lowest for each in metrics), max(each.highest for each in metrics)
    if band.gap_at_least is None:
        low, high = band.limits
        first, last = max(low, lowest), min(high, highest)
        middle = first if math.isinf(last) else last if math.isinf(first) else (first + last) / 2
        cases = [([middle], True)]
        if low > lowest:
            cases.append(([max(lowest, low - 1e-3 * (1 + abs(low)))], False))
        if high < highest:
            cases.append(([min(highest, high + 1e-3 * (1 + abs(high)))], False))
        return cases
    steps = len(metrics) - 1
    room = (highest - lowest) / steps
    start = (
        lowest if math.isfinite(lowest) else highest - 2 * band.gap_at_least * steps if math.isfinite(highest) else 0.0
    )

    def ladder(step: float) -> list[float]:
        return [start + step * index for index in range(steps + 1)]

    wide = 2 * band.gap_at_least if math.isinf(room) else (band.gap_at_least + room) / 2
    return [(ladder(wide), True), (ladder(band.gap_at_least / 2), False), (ladder(wide)[::-1], False)]


def perturb(claim, scale, metrics):
    band = claim.ours[scale]
    terms = claim.terms(scale)
    cases = inside_and_outside(band, [metrics[name] for _, name in terms])
    assert {holds for _, holds in cases} == {True, False}, "a band must be able to hold and to fail"
    for means, holds in cases:
        results: dict[str, dict[str, float]] = {}
        for (condition, metric), mean in zip(terms, means, strict=True):
            results.setdefault(condition, {})[metric] = mean
        made = [Outcome(c, s, m) for c, m in results.items() for s in range(max(band.seeds, band.mean_of))]
        judged = claims_state(claim, scale, made)
        assert judged == ("holds" if holds else "fails"), (means, str(band))
        for each in made:
            each.data = Data("Omniglot", stand_in=True)
        assert claims_state(claim, scale, made) == "not compared: stand-in data"


def claims_state(claim, scale, made):
    return ledger.evaluate(claim, scale, made).state


@pytest.mark.parametrize(("claim", "scale"), bands(claims.load_all()))
def test_every_verdict_of_the_book_turns(claim, scale):
    perturb(claim, scale, experiment.load(claim.address).METRICS)


def test_every_verdict_of_the_toy_turns(write, toy):
    write()
    found = bands(ledger.load_all())
    assert len(found) == 5
    for each in found:
        perturb(*each.values, toy.module.METRICS)


def test_the_book_claims_something():
    book = ledger.load_all()
    assert len(bands(book)) >= 3
    for each in book:
        assert (files.repository() / "notebooks" / f"{each.stem}.ipynb").exists()


def test_every_step_of_a_long_ordering_counts():
    band = Band(ordering="a < b < c", gap_at_least=0.25, seeds=5, why="by reason")
    assert band.contains([0.0, 0.25, 0.5])
    assert not band.contains([0.0, 0.5, 0.5])
    assert not band.contains([0.5, 0.5, 1.0])
    assert not band.contains([0.0, math.nan, 0.5])
