"""Long runs: stopped by the clock or a scheduler, with a full disk or a failing device, twice at once, shared out."""

import errno
import itertools
import os
import re
import resource
import signal
import time
from types import SimpleNamespace

import pytest
import torch

from aiga import checkpoint, cli, experiment, files, longrun, records

RUN = """
from pathlib import Path
from aiga import cli, files
files.book_data = lambda: Path({records!r})
sys.exit(cli.main(["run", "toy.fake", "--scale", "paper", "--seeds", "3,8", "--device", "cpu",
    "--checkpoints", {checkpoints!r}, *{more!r}]))
"""


@pytest.fixture
def start(toy, tmp_path):
    """Start the toy's run of 200 paused steps in a process of its own."""

    def begin(*more, pause="0.01"):
        os.environ["TOY_PAUSE"] = pause
        try:
            return toy.start(
                RUN.format(records=str(tmp_path / "data"), checkpoints=str(tmp_path / "points"), more=list(more))
            )
        finally:
            del os.environ["TOY_PAUSE"]

    return begin


def finished(toy, tmp_path):
    """The one record that there is now, and what an uninterrupted run gives."""
    (record,) = records.load_all(folder=tmp_path / "data" / "runs")
    return record.results, experiment.run(toy.module, "paper", seeds=[3, 8], device="cpu")


def points(tmp_path):
    return {path: path.read_bytes() for path in (tmp_path / "points").rglob("*.pt")}


def wait_for_a_checkpoint(process, tmp_path, count=1, *, other_than=()):
    """Until there are so many, and all of them others than those."""
    limit = time.monotonic() + 60
    known = dict(other_than)
    while len(found := points(tmp_path)) < count or any(found[path] == before for path, before in known.items()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.01)


def assert_same(results, outcomes):
    assert [each.metrics for each in results] == [pytest.approx(each.metrics, rel=1e-5) for each in outcomes]


def test_the_end_of_the_time_stops_a_run_which_then_goes_on(toy, tmp_path, start):
    for minutes in ("0.05", "0.2", "0.8"):  # a busy machine may not get to the training in three seconds
        process = start("--minutes", minutes, pause="1")
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 130
        assert re.fullmatch(r"aiga: stopped.* run the same command.*\n", errors)
        if "saved to" in errors:
            break
    assert re.match(r"aiga: stopped after step \d+ of 100: saved to .*; run the same command again", errors)
    process = start(pause="0")
    assert process.wait(timeout=120) == 0
    assert_same(*finished(toy, tmp_path))


def test_a_stop_that_somebody_swallows_is_asked_for_again():
    swallowed = []

    def wait():
        for _ in range(3):
            try:
                time.sleep(20)
            except KeyboardInterrupt as lost:
                swallowed.append(lost)
        time.sleep(20)

    with pytest.raises(KeyboardInterrupt), longrun.asked_to_stop(time.time() + 1, again=0.05):
        wait()
    assert len(swallowed) == 3


def test_the_time_ends_a_run_in_the_background_too():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does that starts a command with &
    try:
        with pytest.raises(KeyboardInterrupt), longrun.asked_to_stop(time.time() + 1):
            time.sleep(20)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_training_that_has_heard_ends_its_step_undisturbed(tmp_path):
    ended = []

    def train():
        parts = {"weight": torch.nn.Linear(1, 1)}
        for step in checkpoint.steps(3, parts, label="toy", path=tmp_path / "point.pt", belongs_to="toy"):
            until = time.monotonic() + 3
            while time.monotonic() < until:
                time.sleep(0.01)
            ended.append(step)

    with (
        pytest.raises(KeyboardInterrupt, match="stopped after step 1 of 3: saved to"),
        longrun.asked_to_stop(time.time() + 1, again=0.5),
    ):
        train()
    assert ended == [0]
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize(("jobs", "signals"), [(1, [signal.SIGTERM]), (2, [signal.SIGTERM, signal.SIGINT])])
def test_a_scheduler_or_the_keyboard_stops_a_run_which_saves(toy, tmp_path, start, jobs, signals, monkeypatch):
    """With several processes too, whose parent alone hears of it; and a run that has gone on is stopped as well."""
    toy.known_everywhere(monkeypatch)
    saved = {}
    for number in signals:
        process = start("--jobs", str(jobs), pause="0.1")
        wait_for_a_checkpoint(process, tmp_path, jobs, other_than=saved)
        saved = points(tmp_path)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130, errors
        assert "stopped after step" in errors
        assert "run the same command again" in errors
        assert len(saved) == jobs
        now = points(tmp_path)
        assert all(now[path] != content for path, content in saved.items()), "its last steps were saved"
        saved = now
    process = start("--jobs", str(jobs), pause="0")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "Going on from the checkpoints" in output
    assert_same(*finished(toy, tmp_path))


def test_a_killed_run_goes_on_and_leaves_no_lock(toy, tmp_path, start):
    process = start(pause="0.05")
    wait_for_a_checkpoint(process, tmp_path)
    process.kill()
    process.wait(timeout=60)
    process = start(pause="0")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "Going on from the checkpoints" in output
    assert_same(*finished(toy, tmp_path))


def test_two_runs_do_not_share_a_folder(toy, tmp_path, start, capsys):
    process = start(pause="1")
    try:
        wait_for_a_checkpoint(process, tmp_path)
        again = start(pause="0")
        _, errors = again.communicate(timeout=60)
    finally:
        process.kill()
        process.wait(timeout=60)
    assert again.returncode == 1
    assert errors.startswith(f"aiga: another run is using the checkpoints in {tmp_path / 'points'}: wait for it")


def test_a_full_disk_keeps_the_last_good_checkpoint_and_says_so(toy, tmp_path, start):
    process = start(pause="0.05")
    wait_for_a_checkpoint(process, tmp_path)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    (good,) = (tmp_path / "points").glob("*.pt")
    before = good.read_bytes()
    # A file may not grow beyond a hundred bytes: to the writer the same as a disk that is full.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, old[1]))
    try:
        process = start(pause="0")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1, errors
    assert "the disk is full" in errors
    assert f"The last good checkpoint is in {tmp_path / 'points'}: run the same command again to go on." in errors
    assert good.read_bytes() == before
    process = start(pause="0")
    assert process.wait(timeout=120) == 0
    assert_same(*finished(toy, tmp_path))


def test_a_partial_record_is_written_on_the_way(toy, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(files, "book_data", lambda: tmp_path / "data")
    train, seen = toy.module.train, []

    def look(config, **options):
        seen.append([list(each.settings) for each in records.load_all(folder=tmp_path / "points" / cli.PARTIAL)])
        return train(config, **options)

    monkeypatch.setattr(toy.module, "train", look)
    command = ["run", "toy.fake", "--scale", "smoke", "--device", "cpu", "--checkpoints", str(tmp_path / "points")]
    assert cli.main(command) == 0
    assert seen == [[], [["plastic"]]]
    assert "So far: " in capsys.readouterr().out
    assert not list((tmp_path / "points" / cli.PARTIAL).glob("*"))


def test_two_processes_give_what_one_gives(tmp_path):
    given = {"seeds": [4, 2, 7], "device": torch.device("cpu"), "conditions": ["plastic"]}
    one = longrun.carry_out("plasticity.binary", "smoke", folder=tmp_path / "one", **given)
    two = longrun.carry_out("plasticity.binary", "smoke", folder=tmp_path / "two", jobs=2, **given)
    assert [each.seed for each in two.outcomes] == [4, 2, 7]
    assert one.peak_memory_mib > 50
    assert two.peak_memory_mib > 50, "of the processes that train, not of the one that waits for them"
    for mine, theirs in zip(one.outcomes, two.outcomes, strict=True):
        assert mine.metrics == pytest.approx(theirs.metrics, rel=1e-4)


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), r"the disk is full .*The last good checkpoint is in"),
        (torch.cuda.OutOfMemoryError("CUDA out of memory. Tried"), r"the GPU's memory is full: give it fewer seeds"),
        (
            RuntimeError("CUDA error: device-side\nassert"),
            r"the GPU failed \(CUDA error: device-side\)\. .*Another machine",
        ),
        (RuntimeError("shapes differ"), r"^shapes differ$"),
        (OSError(errno.EACCES, "Permission denied"), r"Permission denied$"),
    ],
)
def test_failures_say_what_is_left(toy, tmp_path, monkeypatch, raised, said):
    def fail(*arguments, **options):
        raise raised

    monkeypatch.setattr(toy.module, "train", fail)
    with pytest.raises(
        type(raised) if not isinstance(raised, torch.cuda.OutOfMemoryError) else RuntimeError, match=said
    ):
        longrun.carry_out(
            "toy.fake", "smoke", seeds=[0], device=torch.device("cpu"), conditions=["plastic"], folder=tmp_path / "p"
        )


def test_a_disk_that_is_full_in_the_midst_of_a_large_checkpoint_is_recognised(toy, tmp_path, monkeypatch):
    """PyTorch writes an error of its own over the one of the disk; a small checkpoint fits into a buffer."""

    def train(config, **_):
        torch.manual_seed(0)
        checkpoint.save(tmp_path / "point.pt", {"weight": torch.rand(40_000)})

    monkeypatch.setattr(toy.module, "train", train)
    given = {"seeds": [0], "device": torch.device("cpu"), "conditions": ["plastic"], "folder": tmp_path / "p"}
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, old[1]))
    try:
        with pytest.raises(OSError, match=r"the disk is full .*The last good checkpoint is in"):
            longrun.carry_out("toy.fake", "smoke", **given)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not list(tmp_path.glob("point*"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"minutes": 0.0}, "a positive number of minutes, got 1 and 0.0"),
        ({"jobs": 0}, "at least one job"),
        ({"conditions": ["plastic", "elastic"]}, "unknown condition 'elastic' of toy.fake: choose from plastic, rnn"),
        ({"scale": "huge"}, "unknown scale"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(toy, tmp_path, changed, said):
    given = {"scale": "smoke", "seeds": [0], "device": torch.device("cpu"), "conditions": ["plastic"]} | changed
    with pytest.raises(ValueError, match=said):
        longrun.carry_out("toy.fake", folder=tmp_path / "p", **given)
    assert not (tmp_path / "p").exists()


def test_jobs_take_the_machines_gpus_in_turn(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(longrun.devices, "resolve", torch.device)
    cuda = torch.device("cuda")
    assert [longrun._device(cuda, place).index for place in range(3)] == [0, 1, 0]
    assert longrun._device(torch.device("cuda:1"), 0).index == 1
    assert longrun._device(torch.device("cpu"), 1).type == "cpu"


def test_every_process_gets_seeds_a_gpu_and_a_folder_of_its_own(toy, tmp_path, monkeypatch):
    """On a pretended machine with two GPUs: what each of three processes is handed."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(longrun.devices, "resolve", torch.device)
    handed = []

    def pretend(train, work, *, jobs, backend):
        handed.append((jobs, backend, work))
        trained = [[experiment.Outcome("rnn", seed, {"error": float(seed)}) for seed in seeds] for seeds, _, _ in work]
        return [longrun.Done(outcomes, 100.0 * len(outcomes)) for outcomes in trained]

    monkeypatch.setattr(longrun.parallel, "run", pretend)
    done = longrun.carry_out(
        "toy.fake",
        "smoke",
        seeds=[5, 1, 4, 2],
        device=torch.device("cuda"),
        conditions=["rnn"],
        folder=tmp_path,
        jobs=3,
        backend="ray",
    )
    ((jobs, backend, work),) = handed
    assert (jobs, backend) == (3, "ray")
    assert [seeds for seeds, _, _ in work] == [[5, 2], [1], [4]]
    assert [str(device) for _, device, _ in work] == ["cuda:0", "cuda:1", "cuda:0"]
    assert [folder.name for _, _, folder in work] == ["part 1 of 3", "part 2 of 3", "part 3 of 3"]
    assert [each.seed for each in done.outcomes] == [5, 1, 4, 2], "in the order that was asked for"
    assert done.peak_memory_mib == 200


def test_a_run_stopped_again_and_again_is_the_run_that_was_not(toy, tmp_path, monkeypatch):
    """Curves and metrics to the last digit, whatever the points at which it was interrupted."""
    whole = experiment.run(toy.module, "ci", seeds=[3, 8], device="cpu", conditions=["plastic"])
    steps = itertools.count(1)

    def sometimes_stop(_):
        if next(steps) % 4 == 0:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(toy.module, "time", SimpleNamespace(sleep=sometimes_stop))
    given = {"seeds": [3, 8], "device": torch.device("cpu"), "conditions": ["plastic"], "folder": tmp_path / "p"}
    for _ in range(7):
        with pytest.raises(KeyboardInterrupt, match="stopped after step"):
            longrun.carry_out("toy.fake", "ci", **given)
    outcomes = longrun.carry_out("toy.fake", "ci", **given).outcomes
    assert next(steps) == 31, "thirty steps, none of them twice"
    for mine, theirs in zip(outcomes, whole, strict=True):
        assert mine.metrics == theirs.metrics
        assert mine.curves == theirs.curves
