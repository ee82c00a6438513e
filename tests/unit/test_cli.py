import datetime
import itertools
import re
import signal
import time
from types import SimpleNamespace

import pytest
import torch
import yaml

from aiga import cli, datasets, experiment, files, records, saved
from aiga.records import codehash

LEDGER = """
paper: {key: x2018, title: "A paper"}
claims:
  - id: toy.fake.share
    says: Most targets are met
    paper: {status: ours}
    metric: share
    ours:
      ci: {at_least: 0.9, seeds: 5, why: "by reason"}
"""


@pytest.fixture
def book(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "book_data", lambda: tmp_path)
    monkeypatch.setattr(files, "repository", lambda: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "paper_one.yaml").write_text(LEDGER)
    return toy


def test_run_records_and_compares(book, tmp_path, capsys):
    assert cli.main(["run", "toy.fake", "--scale", "ci", "--seeds", "0:3", "--device", "cpu"]) == 0
    (record,) = records.load_all("toy.fake", "ci")
    output = capsys.readouterr().out
    assert f"runs/{record.name}" in output
    assert re.search(r"toy\.fake\.share: 1.* \(3 seeds, generated\): holds", output)
    assert (record.seeds, record.resumed, list(record.settings)) == ([0, 1, 2], False, ["plastic", "rnn"])
    assert record.versions["torch"] == torch.__version__
    assert 10 < record.peak_memory_mib < 1e5
    assert not list(tmp_path.rglob("*.pt")), "checkpoints have served once the record is written"


def test_run_of_some_conditions_to_a_folder(book, tmp_path, capsys):
    command = ["run", "toy.fake", "--scale", "smoke", "--conditions", "rnn", "--records-folder", str(tmp_path / "mine")]
    assert cli.main([*command, "--device", "cpu"]) == 0
    (record,) = records.load_all(folder=tmp_path / "mine")
    assert list(record.settings) == ["rnn"]
    assert "not yet recorded" not in capsys.readouterr().out


RUN = """
from pathlib import Path
from aiga import cli, files
files.book_data = lambda: Path({records!r})
sys.exit(cli.main(["run", "toy.fake", "--scale", "paper", "--seeds", "3,8", "--device", "cpu",
    "--checkpoints", {checkpoints!r}]))
"""


@pytest.mark.slow
def test_control_c_leaves_a_checkpoint_that_the_same_command_uses(toy, tmp_path):
    folder, runs = tmp_path / "checkpoints", tmp_path / "data" / "runs"
    code = RUN.format(checkpoints=str(folder), records=str(tmp_path / "data"))
    process = toy.start(code, TOY_PAUSE="0.03")
    limit = time.monotonic() + 60
    while not list(folder.glob("*.pt")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(
        r"aiga: stopped after step \d+ of 100: saved to .*toy\.fake\.paper\.plastic\.pt; "
        r"run the same command again to go on\n",
        errors,
    )
    assert not runs.exists()
    process = toy.start(code)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert f"Going on from the checkpoints in {folder}." in output
    (resumed,) = records.load_all(folder=runs)
    assert resumed.resumed
    assert "since it was resumed" in resumed.caption()
    assert not list(folder.glob("*.pt"))
    outcomes = experiment.run(toy.module, "paper", seeds=[3, 8], device="cpu")
    started = datetime.datetime.now(datetime.UTC)
    uninterrupted = records.make(toy.module, "paper", outcomes, device="cpu", started=started, peak_memory_mib=1)
    assert [each.metrics for each in resumed.results] == [each.metrics for each in uninterrupted.results]
    assert [each.curves for each in resumed.results] == [each.curves for each in uninterrupted.results]


def test_control_c_between_two_loops(book, monkeypatch, capsys):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(book.module, "train", stop)
    assert cli.main(["run", "toy.fake", "--scale", "ci", "--device", "cpu"]) == 130
    assert "aiga: stopped; what checkpoints/" in capsys.readouterr().err


def test_other_seeds_or_code_have_checkpoints_of_their_own(book):
    one = saved.default_folder("toy.fake", "ci", [1, 2])
    assert one == saved.default_folder("toy.fake", "ci", [1, 2])
    assert one != saved.default_folder("toy.fake", "ci", [1, 3])
    assert one != saved.default_folder("toy.fake", "paper", [1, 2])
    book.edit("helper.py", "0.1 *", "0.2 *")
    assert one != saved.default_folder("toy.fake", "ci", [1, 2])


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("run toy.none --scale ci", "unknown experiment 'toy.none': choose one of toy.fake"),
        ("run toy.fake --scale ci --seeds 3:1", "seeds '3:1': expected at least one"),
        ("run toy.fake --scale ci --seeds one", "seeds 'one': expected a range like 0:10"),
        ("run toy.fake --scale ci --seeds 1,1 --device cpu", "seeds must be distinct"),
        ("run toy.fake --scale ci --device cuda:9", "'cuda:9' is not present"),
        ("run toy.fake --scale ci --device gpu", "unknown device 'gpu'"),
        ("run toy.fake --scale ci --conditions lstm --device cpu", "unknown condition 'lstm'"),
        ("confirm none.json", "no record"),
        ("calibrate toy.fake --scale ci --seeds 0:4", "at least 5 seeds, got 4"),
        ("data where nothing", "nothing"),
    ],
)
def test_errors_are_one_clear_line(book, capsys, command, message):
    assert cli.main(command.split()) == 1
    errors = capsys.readouterr().err
    assert errors.startswith("aiga: ")
    assert message in errors
    assert "Traceback" not in errors


def test_the_traceback_can_be_had(book, monkeypatch):
    monkeypatch.setenv("AIGA_TRACEBACK", "1")
    with pytest.raises(ValueError, match="unknown experiment"):
        cli.main(["run", "toy.none", "--scale", "ci"])


def test_a_mistake_in_the_ledger_shows_before_the_training(book, tmp_path, monkeypatch, capsys):
    monkeypatch.delattr(book.module, "train")
    (tmp_path / "ledger" / "paper_one.yaml").write_text(LEDGER.replace("0.9", "-1"))
    assert cli.main(["run", "toy.fake", "--scale", "ci", "--device", "cpu"]) == 1
    assert "can never fail" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run toy.fake --scale huge", "run", "fly", "data steal"])
def test_wrong_usage_is_refused(book, capsys, command):
    with pytest.raises(SystemExit) as caught:
        cli.main(command.split())
    assert caught.value.code == 2


def test_unwritable_record_loses_nothing(book, tmp_path, capsys):
    (tmp_path / "runs").write_text("a file in the way")
    assert cli.main(["run", "toy.fake", "--scale", "smoke", "--device", "cpu"]) == 1
    assert "could not write" in capsys.readouterr().err
    assert len(list(tmp_path.rglob("*.pt"))) == 2  # what was trained is still there
    (tmp_path / "runs").unlink()
    assert cli.main(["run", "toy.fake", "--scale", "smoke", "--device", "cpu"]) == 0
    assert records.load_all()[0].resumed


def test_a_condition_does_not_take_the_checkpoints_of_one_whose_name_begins_as_its_own_does(book, tmp_path):
    """``plastic`` and ``plastic_large``, say: the end of the one must not delete what the other has saved."""
    points = tmp_path / "points"
    points.mkdir()
    others = [points / "toy.fake.smoke.rnn_large.pt", points / "toy.fake.smoke.rnn_large.seed 0.pt"]
    for other in others:
        other.write_text("hours of training")
    command = ["run", "toy.fake", "--scale", "smoke", "--conditions", "rnn", "rnn", "--device", "cpu"]
    assert cli.main([*command, "--checkpoints", str(points)]) == 0
    assert [other.read_text() for other in others] == ["hours of training"] * 2
    (record,) = records.load_all()
    assert not record.resumed, "what another condition has saved is nothing to go on from"
    assert [(each.condition, each.seed) for each in record.results] == [("rnn", 0)]
    assert not list(points.glob("toy.fake.smoke.rnn.*"))


def test_checkpoints_of_other_code_or_another_number_of_processes_are_refused(book, tmp_path, monkeypatch, capsys):
    command = ["run", "toy.fake", "--scale", "smoke", "--device", "cpu", "--seeds", "0:2"]
    command += ["--checkpoints", str(tmp_path / "points")]
    with monkeypatch.context() as patched:
        stop_after(book, patched, steps=2)
        assert cli.main(command) == 130
    assert "Going on" not in capsys.readouterr().out
    assert cli.main([*command, "--jobs", "2"]) == 1
    assert "is of a run with --jobs 1, which this run with 2 cannot use" in capsys.readouterr().err
    book.edit("helper.py", "0.1 *", "0.2 *")
    assert cli.main(command) == 1
    assert "were made by other code (hash " in capsys.readouterr().err
    book.edit("helper.py", "0.2 *", "0.1 *")
    assert cli.main(command) == 0
    assert "Going on" in capsys.readouterr().out


def test_a_record_names_the_code_that_ran_even_if_it_was_edited_meanwhile(book, monkeypatch):
    before = codehash.of("toy.fake")
    train = book.module.train

    def edit(config, **options):
        book.edit("helper.py", "0.1 *", "0.2 *")
        monkeypatch.setattr(book.module, "train", train)
        return train(config, **options)

    monkeypatch.setattr(book.module, "train", edit)
    assert cli.main(["run", "toy.fake", "--scale", "smoke", "--device", "cpu"]) == 0
    (record,) = records.load_all()
    assert record.code_hash == before != codehash.of("toy.fake")
    assert record.stale()


def stop_after(book, monkeypatch, steps):
    """Ctrl-C in this step of the training."""
    count = itertools.count(1)

    def sleep(_):
        if next(count) == steps:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(book.module, "time", SimpleNamespace(sleep=sleep))


def test_without_ray_the_error_is_one_clear_line(book, monkeypatch, capsys):
    def absent(*_, **__):
        raise ModuleNotFoundError("the back end 'ray' needs the package ray: pip install 'ray[default]'")

    monkeypatch.setattr(cli.longrun.parallel, "run", absent)
    assert cli.main(["run", "toy.fake", "--scale", "smoke", "--device", "cpu", "--backend", "ray"]) == 1
    assert capsys.readouterr().err.startswith("aiga: the back end 'ray' needs the package ray")


def test_confirm_writes_into_the_record(book, capsys):
    cli.main(["run", "toy.fake", "--scale", "ci", "--seeds", "0:2", "--device", "cpu"])
    (record,) = records.load_all()
    assert cli.main(["confirm", record.name, "--steps", "6", "--device", "cpu"]) == 0
    assert "is confirmed: 12 points of 6 steps differ by" in capsys.readouterr().out
    assert len(records.load_all()[0].confirmations) == 1


def test_report_to_the_screen_and_to_a_file(book, tmp_path, capsys):
    assert cli.main(["report"]) == 0
    text = capsys.readouterr().out
    assert "`toy.fake.share` |" in text
    assert cli.main(["report", "--output", str(tmp_path / "deep" / "report.md")]) == 0
    assert (tmp_path / "deep" / "report.md").read_text() == text


def test_list_shows_what_a_run_cost(book, capsys):
    cli.main(["run", "toy.fake", "--scale", "ci", "--seeds", "0:2", "--device", "cpu"])
    capsys.readouterr()
    assert cli.main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "toy.fake: A toy"
    assert lines[1] == "  smoke  plastic, rnn; not yet measured"
    assert re.fullmatch(r"  ci     plastic, rnn; \d+ s a seed, \d+ MiB on [^,]+, 1 thread\(s\)", lines[2])
    (record,) = records.load_all()
    (files.book_data() / "runs" / record.name).unlink()
    records.write(record.model_copy(update={"resumed": True}))
    cli.main(["list"])
    assert "  ci     plastic, rnn; not timed, " in capsys.readouterr().out
    cli.main(["run", "toy.fake", "--scale", "ci", "--seeds", "2:3", "--conditions", "rnn", "--device", "cpu"])
    cli.main(["list"])
    assert " s a seed with 1 of 2 conditions, " in capsys.readouterr().out


def test_calibrate_prints_yaml(book, capsys):
    command = ["calibrate", "toy.fake", "--scale", "ci", "--seeds", "100:106", "--conditions", "rnn", "--device", "cpu"]
    assert cli.main(command) == 0
    output = capsys.readouterr().out
    assert output.startswith("# toy.fake at scale ci: paste a band under the claim's `ours`\n")
    entry = output.split("# metric: error, condition: rnn\n")[1].split("# metric")[0]
    assert yaml.safe_load(entry)["ci"]["seeds"] == 6


def test_of_all_data_sets_those_that_are_absent_are_named_and_no_error(monkeypatch, tmp_path, capsys):
    for variable in ("AIGA_DATA", "AIGA_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert cli.main(["data", "verify"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines if ": " in line][: len(datasets.NAMES)] == list(datasets.NAMES)
    assert cli.main(["data", "verify", "mnist"]) == 1
    (tmp_path / "ptb").mkdir()
    for part in ("train", "valid", "test"):
        (tmp_path / "ptb" / f"ptb.{part}.txt").write_text("damaged")
    assert cli.main(["data", "verify"]) == 1
    assert "ptb.train.txt" in capsys.readouterr().err


def test_data_commands_go_through_all_sets(monkeypatch, capsys):
    monkeypatch.setattr(cli.store, "search", lambda source: source)
    for action in ("fetch", "verify", "where"):
        monkeypatch.setattr(datasets, action, lambda name, action=action: f"{action} {name} done")
        assert cli.main(["data", action]) == 0
        assert capsys.readouterr().out.splitlines() == [f"{name}: {action} {name} done" for name in datasets.NAMES]
        assert cli.main(["data", action, "mnist"]) == 0
        assert capsys.readouterr().out == f"mnist: {action} mnist done\n"


@pytest.mark.parametrize(
    ("text", "seeds"), [("5", [5]), ("0:3", [0, 1, 2]), (":2", [0, 1]), ("0,3,7", [0, 3, 7]), ("100:102", [100, 101])]
)
def test_seeds(text, seeds):
    assert cli.parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "x", "1:", "1:2:3", "1.5", "-1", "-2:1", "5:5"])
def test_no_seeds(text):
    with pytest.raises(ValueError, match="seeds "):
        cli.parse_seeds(text)
