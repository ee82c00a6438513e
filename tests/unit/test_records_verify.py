"""The book's records are as they were written, and a record that somebody has changed is refused."""

import datetime
import json

import numpy as np
import pytest
from scipy import stats

from aiga import cli, experiment, files, ledger, records
from aiga.ledger import evaluation
from aiga.records.verify import contradictions, verify

NOW = datetime.datetime.now(datetime.UTC)
OWN = sorted((files.book_data() / "runs").glob("*.json"))


@pytest.fixture
def record(toy):
    outcomes = experiment.run(toy.module, "ci", seeds=[0, 1], device="cpu")
    return records.make(toy.module, "ci", outcomes, device="cpu", started=NOW, peak_memory_mib=12.0)


def change_metric(content):
    content["results"][0]["metrics"]["error"] *= 0.5


def change_curve(content):
    content["results"][1]["curves"]["error"]["y"][3] += 0.001


def change_seed(content):
    content["results"][1]["seed"] = 7


def change_seeds(content):
    content["seeds"] = [0, 1, 2]


def change_hash(content):
    content["code_hash"] = "0" * 16


def change_hash_to_none(content):
    content["code_hash"] = "unknown"


def change_condition(content):
    content["results"][0]["condition"] = "rnn"


def change_settings(content):
    content["settings"]["rnn"]["condition"] = "plastic"


def leave_out_a_condition(content):
    content["results"] = [each for each in content["results"] if each["condition"] == "rnn"]


def change_commit(content):
    content["commit"] = "main"


def cut_a_curve(content):
    content["results"][0]["curves"]["error"]["y"].pop()


def exaggerate(content):
    content["results"][0]["metrics"]["share"] = 1.2


CHANGES = [
    (change_metric, None),
    (change_curve, None),
    (change_hash, None),
    (change_seed, "condition 'plastic' has no result of seed 1"),
    (change_seeds, "has no result of seed 2"),
    (change_hash_to_none, "'unknown' is no code hash"),
    (change_condition, "condition 'rnn' has seed 0 twice"),
    (change_settings, "the settings of 'rnn' are those of 'plastic'"),
    (leave_out_a_condition, "different conditions"),
    (change_commit, "'main' is no commit"),
    (cut_a_curve, "the curve 'error' needs as many x as y values"),
    (exaggerate, "share is 1.2, expected a finite number from 0.0 to 1.0"),
]


def test_an_honest_record_is_verified(record, tmp_path):
    assert verify(records.write(record, tmp_path)) == record
    assert contradictions(record) == []


@pytest.mark.parametrize(("change", "said"), CHANGES, ids=lambda each: getattr(each, "__name__", ""))
def test_a_changed_record_is_refused(record, tmp_path, change, said):
    path = records.write(record, tmp_path)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(records.RecordError, match="it was changed after it was written"):
        verify(path)
    if said:  # and under the name that its new content gives it
        renamed = records.write(records.read(path), tmp_path / "renamed")
        with pytest.raises(records.RecordError, match=said):
            verify(renamed)


def test_a_confirmation_changes_no_name_but_must_fit(record, tmp_path):
    given = {"date": NOW.date(), "steps": 9, "points": 9, "largest_difference": 0.0, "device": "here"}
    fits = records.Confirmation(code_hash="0" * 16, seed=1, **given)
    path = records.write(record.model_copy(update={"confirmations": [fits]}), tmp_path)
    assert path.name == record.name
    assert verify(path).confirmations == [fits]
    stray = records.Confirmation(code_hash="0" * 16, seed=9, **given)
    records.write(record.model_copy(update={"confirmations": [stray]}), tmp_path)
    with pytest.raises(records.RecordError, match="confirmed with seed 9"):
        verify(path)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_the_books_own_records_are_as_they_were_written(path):
    assert verify(path).results


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_what_pages_show_of_a_record_follows_from_its_seeds(path):
    """Means and intervals again, from the file's text alone."""
    content, record = json.loads(path.read_text()), records.read(path)
    for claim in (each for one in ledger.load_all() for each in one.claims if each.address == content["address"]):
        shown = {each.label: each for each in evaluation.evaluate(claim, record.scale, record.outcomes).estimates}
        for label, estimate in shown.items():
            name, _, metric = label.rpartition(".") if "." in label else (label, "", claim.metric)
            values = [each["metrics"][metric] for each in content["results"] if each["condition"] == name]
            assert estimate.mean == pytest.approx(np.mean(values))
            if len(values) > 1:
                half = stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
                assert estimate.half_width == pytest.approx(half)


@pytest.mark.parametrize("path", [each for each in OWN if each.name.startswith("anml.continual")], ids=str)
def test_a_sequences_numbers_lie_on_its_curves(path):
    for result in records.read(path).results:
        for metric, curve in (("accuracy", "held_out"), ("seen", "seen"), ("oracle", "oracle")):
            points = dict(zip(result.curves[curve].x, result.curves[curve].y, strict=True))
            named = {name: value for name, value in result.metrics.items() if name.startswith(f"{metric}_")}
            assert named
            for name, value in named.items():
                assert points[float(name.rpartition("_")[2])] == pytest.approx(value, rel=1e-5)


def test_the_command_verifies_all_and_names_what_is_wrong(toy, record, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(files, "book_data", lambda: tmp_path)
    path = records.write(record)
    assert cli.main(["verify"]) == 0
    assert capsys.readouterr().out == f"{path.name}: as it was written\n"
    path.write_text(path.read_text().replace('"dirty": true', '"dirty": false').replace("12.0", "11.0"))
    assert cli.main(["verify", str(path)]) == 1
    assert "it was changed after it was written" in capsys.readouterr().err
