import datetime
import json
import math
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiga import experiment, files, records
from aiga.experiment import Curve, Data, Outcome
from aiga.records import condense, confirm

NOW = datetime.datetime.now(datetime.UTC)
NUMBER = st.floats(-1e9, 1e9, allow_nan=False)


@dataclass(frozen=True)
class Inner:
    width: int
    slow: bool = False


@dataclass(frozen=True)
class Outer:
    inner: Inner
    depth: int


def record_of(toy, scale="ci", seeds=(0, 1), **changes):
    outcomes = experiment.run(toy.module, scale, seeds=list(seeds), device="cpu")
    for each in outcomes:
        each.data = changes.get("data", each.data)
    return records.make(toy.module, scale, outcomes, device="cpu", started=NOW, peak_memory_mib=12.3456789)


@pytest.fixture
def record(toy):
    return record_of(toy)


def test_round_trip_of_a_real_run(record, tmp_path):
    path = records.write(record, tmp_path)
    assert records.read(path) == record
    assert path.name == record.name
    assert path.stat().st_size < 20_000
    assert json.loads(path.read_text())["settings"]["rnn"]["sizes"] == [4]
    assert [(each.condition, each.seed) for each in record.outcomes] == [
        (c, s) for c in ("plastic", "rnn") for s in (0, 1)
    ]
    assert all(each.network is None for each in record.outcomes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    error=st.floats(0, 100),
    seconds=st.floats(0, 1e7),
    seeds=st.lists(st.integers(0, 10**6), min_size=1, max_size=4, unique=True),
    points=st.lists(st.tuples(NUMBER, NUMBER), max_size=450),
    label=st.text(max_size=30),
    stand_in=st.booleans(),
)
def test_round_trip(toy, tmp_path, error, seconds, seeds, points, label, stand_in):
    curve = Curve([x for x, _ in points], [y for _, y in points], label, "y")
    data = Data("Omniglot", stand_in, label)
    outcomes = [Outcome("rnn", seed, {"error": error}, {"c": curve}, data, seconds) for seed in seeds]
    record = records.make(toy.module, "ci", outcomes, device="cpu", started=NOW, peak_memory_mib=1)
    again = records.read(records.write(record, tmp_path))
    assert again == record
    back = again.outcomes
    assert [each.seed for each in back] == seeds
    assert math.isclose(back[0].metrics["error"], error, rel_tol=1e-5, abs_tol=1e-300)
    assert len(back[0].curves["c"].x) == min(len(points), 200)
    assert back[0].data == data


def test_thinning_keeps_the_beginning_and_the_end():
    curve = Curve([float(x) for x in range(5000)], [math.sin(x) for x in range(5000)], "x", "y")
    thinned = condense.thin(curve)
    assert thinned.x[:20] == curve.x[:20]
    assert thinned.x[-1] == 4999
    assert len(thinned.x) == len(set(thinned.x)) == 200
    assert thinned.y[:20] == [float(f"{y:.6g}") for y in curve.y[:20]]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (99, "99 s"), (100, "2 min"), (719, "12 min"), (5939, "99 min"), (12600, "3.5 h")],
)
def test_durations(seconds, text):
    assert condense.duration(seconds) == text


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (Outcome("rnn", 0, {"error": math.nan}), "error is nan, expected a finite number from 0.0 to 100.0"),
        (Outcome("rnn", 0, {"error": -0.1}), "error is -0.1"),
        (Outcome("rnn", 0, {"share": 1.1}), "share is 1.1"),
        (Outcome("rnn", 0, {"speed": 1.0}), "'speed' is not declared in METRICS"),
        (Outcome("lstm", 0, {"error": 1.0}), "unknown condition 'lstm'"),
        (Outcome("rnn", 0, {}, {"c": Curve([1.0], [math.inf], "x", "y")}), "curve 'c'"),
        (Outcome("rnn", 0, {}, {"c": Curve([1.0, 2.0], [1.0], "x", "y")}), "curve 'c'"),
    ],
)
def test_impossible_outcomes_are_refused(toy, outcome, message):
    with pytest.raises(records.RecordError, match=message):
        records.make(toy.module, "ci", [outcome], device="cpu", started=NOW, peak_memory_mib=1)


def test_nothing_and_mixed_data_are_refused(toy):
    mixed = [Outcome("rnn", 0, {"error": 1.0}), Outcome("rnn", 1, {"error": 1.0}, data=Data("MNIST", True))]
    for outcomes, message in [([], "no outcomes"), (mixed, "one data set, got generated, stand-in for MNIST")]:
        with pytest.raises(records.RecordError, match=message):
            records.make(toy.module, "ci", outcomes, device="cpu", started=NOW, peak_memory_mib=1)


def test_stale_when_the_code_changes(toy, record):
    assert not record.stale()
    toy.edit("helper.py", "Normal numbers", "Words")
    assert not record.stale()
    toy.edit("helper.py", "0.1 *", "0.3 *")
    assert record.stale()
    assert record.caption().endswith("; stale: the code has changed since")


def test_stale_when_its_settings_change(toy, record, monkeypatch):
    ours = toy.module.SCALES
    monkeypatch.setitem(ours, "paper", ours["smoke"])
    assert not record.stale()
    monkeypatch.setitem(ours, "ci", {"plastic": ours["ci"]["plastic"]})
    assert record.why_stale() == "the settings of 'rnn' have changed since"
    monkeypatch.setitem(ours, "ci", ours["smoke"])
    assert record.why_stale() == "the settings of 'plastic' have changed since"


def test_a_switch_that_is_newer_than_the_record_and_off_is_no_change(toy, record):
    recorded = record.settings["plastic"]
    config = toy.module.SCALES["ci"]["plastic"]
    older = {name: value for name, value in recorded.items() if name != "learning_rate"}
    assert records.same_settings(config, recorded)
    assert records.same_settings(config, older)
    assert not records.same_settings(replace(config, learning_rate=0.2), older)
    assert not records.same_settings(replace(config, updates=31), older)
    assert not records.same_settings(config, recorded | {"gone": 1})


def test_a_switch_within_a_setting_may_be_newer_too():
    config = Outer(Inner(width=3), depth=2)
    assert records.same_settings(config, {"inner": {"width": 3}, "depth": 2})
    assert not records.same_settings(config, {"inner": {"width": 4}, "depth": 2})
    assert not records.same_settings(Outer(Inner(width=3, slow=True), depth=2), {"inner": {"width": 3}, "depth": 2})


def test_a_bound_that_is_infinite_stays_the_same_on_its_way_through_a_file(toy, record, monkeypatch):
    free = {"plastic": replace(toy.module.SCALES["ci"]["plastic"], learning_rate=math.inf)}
    monkeypatch.setitem(toy.module.SCALES, "ci", free)
    settings = {name: records.plain_settings(config) for name, config in free.items()}
    kept = record.model_copy(update={"settings": settings, "results": record.results[:1], "seeds": record.seeds[:1]})
    read = records.Record.model_validate_json(kept.model_dump_json())
    assert records.same_settings(free["plastic"], read.settings["plastic"])
    assert not records.same_settings(replace(free["plastic"], learning_rate=0.1), read.settings["plastic"])


def test_stale_when_the_experiment_is_gone(record, monkeypatch):
    monkeypatch.setattr(experiment, "CHAPTERS", ())
    assert record.why_stale() == "the experiment no longer exists"


def test_caption(toy):
    caption = record_of(toy, seeds=[4], data=Data("Omniglot", True)).caption()
    assert caption.startswith(f"recorded {NOW:%Y-%m-%d} on ")
    assert caption.endswith("1 seed, stand-in for Omniglot")


def test_several_records_are_gathered_by_condition_and_the_newer_seed_counts(toy, tmp_path):
    assert records.by_condition("toy.fake", "ci", tmp_path) == {}
    early = record_of(toy, seeds=[1, 0]).model_copy(update={"created": NOW - datetime.timedelta(days=2)})
    late = record_of(toy, seeds=[2, 1])
    for each in (late, early):
        records.write(each, tmp_path)
    found = records.by_condition("toy.fake", "ci", tmp_path)
    assert {name: [outcome.seed for outcome in group] for name, group in found.items()} == {
        name: [0, 1, 2] for name in early.settings
    }
    for name, group in found.items():
        assert group[0] == early.by_condition()[name][1]
        assert group[1:] == late.by_condition()[name][::-1]


def test_what_stale_records_say_of_a_condition_gives_way_to_a_fresh_record_of_it(toy):
    def made(days, conditions, **changed):
        outcomes = [Outcome(name, seed, {"error": 0.0}) for name, seeds in conditions.items() for seed in seeds]
        record = records.make(toy.module, "ci", outcomes, device="cpu", started=NOW, peak_memory_mib=1)
        return record.model_copy(update={"created": NOW - datetime.timedelta(days=days), **changed})

    old = made(2, {"plastic": [0, 1, 2], "rnn": [0]}, code_hash="of yesterday")
    new = made(1, {"plastic": [1]})
    assert old.stale()
    both = records.Gathered([old, new])
    assert [(each.condition, each.seed) for each in both.outcomes] == [("plastic", 1), ("rnn", 0)]
    assert both.stale, "there is no fresh record of the plain network"
    assert "2 records" in both.caption()
    whole = records.Gathered([old, new, made(0, {"rnn": [5]})])
    assert [(each.condition, each.seed) for each in whole.outcomes] == [("plastic", 1), ("rnn", 5)]
    assert not whole.stale
    assert whole.caption().startswith("2 records")
    alone = records.Gathered([old, made(1, {"plastic": [0], "rnn": [0]})])
    assert alone.caption().startswith("recorded ")
    assert "stale" not in alone.caption()
    assert len(records.Gathered([old]).outcomes) == 4, "better stale than nothing"


def test_real_data_go_before_stand_ins(toy):
    """Even where the real ones speak for yesterday's code only."""

    def made(days, data, error, **changed):
        outcomes = [Outcome(name, 0, {"error": error}, data=data) for name in ("plastic", "rnn")]
        record = records.make(toy.module, "ci", outcomes, device="cpu", started=NOW, peak_memory_mib=1)
        return record.model_copy(update={"created": NOW - datetime.timedelta(days=days), **changed})

    real = made(2, Data("toy"), 0.25, code_hash="of yesterday")
    imitated = made(1, Data("toy", stand_in=True), 0.5)
    assert [each.metrics["error"] for each in records.Gathered([imitated]).outcomes] == [0.5, 0.5]
    both = records.Gathered([real, imitated])
    assert [each.metrics["error"] for each in both.outcomes] == [0.25, 0.25]
    assert both.stale
    assert both.caption() == real.caption()
    fresh = made(3, Data("toy"), 0.1)
    assert [each.metrics["error"] for each in records.Gathered([fresh, real, imitated]).outcomes] == [0.1, 0.1]
    twice = records.Gathered([imitated, made(0, Data("toy", stand_in=True), 0.5)])
    assert "stand-in" in twice.caption()


def test_of_records_of_one_second_the_newest_counts(toy, tmp_path):
    for k in range(8):
        outcome = Outcome("rnn", 0, {"error": float(k)})
        started = NOW + datetime.timedelta(milliseconds=k)
        made = records.make(toy.module, "ci", [outcome], device="cpu", started=started, peak_memory_mib=1)
        records.write(made, tmp_path)
        assert records.by_condition("toy.fake", "ci", tmp_path)["rnn"][0].metrics == {"error": k}


def test_gathered_conditions_can_be_chosen_ordered_and_labelled(toy, tmp_path):
    names = {"rnn": "without plasticity", "none": "never run", "plastic": "plastic"}
    assert records.by_condition("toy.fake", "ci", tmp_path, names=names) == {}
    whole = record_of(toy)
    records.write(whole, tmp_path)
    found = records.by_condition("toy.fake", "ci", tmp_path, names=names)
    assert list(found) == ["without plasticity", "plastic"]
    assert found["plastic"] == whole.by_condition()["plastic"]


def test_load_all_chooses_and_sorts(toy, tmp_path):
    early = record_of(toy).model_copy(update={"created": NOW - datetime.timedelta(days=2)})
    late, smoke = record_of(toy), record_of(toy, "smoke")
    for each in (late, early, smoke):
        records.write(each, tmp_path)
    assert [each.created for each in records.load_all("toy.fake", "ci", tmp_path)] == [early.created, late.created]
    assert len(records.load_all(folder=tmp_path)) == 3
    assert records.load_all("toy.other", folder=tmp_path) == []
    with pytest.raises(ValueError, match="unknown scale"):
        records.load_all(scale="huge", folder=tmp_path)


def test_damaged_and_missing_records_are_named(record, tmp_path):
    path = records.write(record, tmp_path)
    with pytest.raises(records.RecordError, match="no record"):
        records.read(tmp_path / "none.json")
    for content in ["{", path.read_text().replace('"format": 1', '"format": 2'), '{"format": 1}']:
        path.write_text(content)
        with pytest.raises(records.RecordError, match=rf"{path.name} is not a record of format 1"):
            records.load_all(folder=tmp_path)


def test_keep_writes_where_the_notebook_is_told(toy, tmp_path, monkeypatch):
    outcomes = experiment.run(toy.module, "smoke", seeds=[3], device="cpu")
    monkeypatch.setenv("AIGA_RESULTS", str(tmp_path / "here"))
    path = records.keep(toy.module, "smoke", outcomes, device="cpu")
    assert path == tmp_path / "here" / "toy.fake.smoke.json"
    assert records.read(path).outcomes[0].metrics["error"] == pytest.approx(outcomes[0].metrics["error"], rel=1e-5)
    monkeypatch.delenv("AIGA_RESULTS")
    monkeypatch.chdir(tmp_path)
    assert records.keep(toy.module, "smoke", outcomes, device="cpu").resolve().parent == tmp_path / "results"
    outcomes[0].metrics["error"] = math.inf
    with pytest.raises(records.RecordError, match="error is inf"):
        records.keep(toy.module, "smoke", outcomes, device="cpu")


def test_confirming_makes_a_stale_record_fresh(toy, record, tmp_path):
    path = records.write(record, tmp_path)
    toy.edit("helper.py", "0.1 *", "1 * 0.1 *")  # other code (not loaded here), same numbers
    assert records.read(path).stale()
    done = confirm.confirm(path, steps=5, device="cpu")
    assert (done.steps, done.points, done.seed) == (5, 10, 0)
    assert done.largest_difference < 1e-5
    again = records.read(path)
    assert not again.stale()
    assert again.caption().endswith(f"; confirmed {done.date}")
    assert again.name == path.name
    toy.edit("helper.py", "0.1 *", "0.2 *")
    assert records.read(path).stale()


def test_other_curves_are_not_confirmed(toy, record, tmp_path, monkeypatch):
    path = records.write(record, tmp_path)
    before = path.read_text()
    noise = toy.module.noise
    monkeypatch.setattr(toy.module, "noise", lambda generator, size: 1.1 * noise(generator, size))
    with pytest.raises(records.RecordError, match="not confirmed: over the first 5 steps the curves differ"):
        confirm.confirm(path, steps=5, device="cpu")
    monkeypatch.setattr(toy.module, "noise", lambda generator, size: math.nan * noise(generator, size))
    with pytest.raises(records.RecordError, match="not confirmed"):
        confirm.confirm(path, steps=5, device="cpu")
    assert path.read_text() == before


def test_too_few_points_and_other_settings_are_not_confirmed(toy, record, tmp_path, monkeypatch):
    path = records.write(record, tmp_path)
    with pytest.raises(records.RecordError, match=r"only 1 recorded point\(s\).*run more steps"):
        confirm.confirm(path, steps=1, device="cpu")
    monkeypatch.setitem(toy.module.SCALES, "ci", toy.module.SCALES["smoke"])
    with pytest.raises(records.RecordError, match="settings of 'plastic' at scale ci have changed"):
        confirm.confirm(path, steps=5, device="cpu")
    assert records.read(path) == record


def test_the_books_own_records_are_readable_and_small():
    for path in (files.book_data() / "runs").glob("*.json"):
        record = records.read(path)
        assert record.name == path.name
        assert path.stat().st_size < 15_000 * len(record.results)
