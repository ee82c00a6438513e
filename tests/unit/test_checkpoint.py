import os
import signal
import time

import pytest
import torch

from aiga import checkpoint, seeding

TRAIN = """
import torch
from pathlib import Path
from aiga.toy import fake
outcomes = fake.train(fake.SCALES["paper"]["plastic"], seeds=[3, 8], checkpoint={checkpoint})
torch.save([outcomes[0].network.state_dict(), [o.curves["error"].y for o in outcomes]], {result!r})
"""


def finish(process):
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output


def step_of(path):
    return checkpoint.load(path)["step"] if path.exists() else 0


def wait_beyond(path, step, process):
    """Wait until the checkpoint has moved on from ``step``; returns where it is."""
    limit = time.monotonic() + 60
    while step_of(path) <= step:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit, "the training process writes no checkpoint"
        time.sleep(0.01)
    return step_of(path)


@pytest.mark.slow
def test_killed_runs_end_with_the_bits_of_an_uninterrupted_one(toy, tmp_path):
    path, resumed = tmp_path / "run.pt", tmp_path / "resumed.pt"
    whole = toy.module.train(toy.module.SCALES["paper"]["plastic"], seeds=[3, 8])
    code = TRAIN.format(checkpoint=f"Path({str(path)!r})", result=str(resumed))
    reached = 0
    for _ in range(2):
        process = toy.start(code, TOY_PAUSE="0.03")
        reached = wait_beyond(path, reached, process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert 0 < step_of(path) < 100
        assert not resumed.exists()
    finish(toy.start(code))
    assert step_of(path) == 100
    weights, curves = torch.load(resumed)
    assert torch.equal(weights["w"], whole[0].network["w"])
    assert curves == [each.curves["error"].y for each in whole]


def test_control_c_saves_and_says_so(toy, tmp_path):
    path = tmp_path / "run.pt"
    code = TRAIN.format(checkpoint=f"Path({str(path)!r})", result=str(tmp_path / "result.pt"))
    process = toy.start(code, TOY_PAUSE="0.03")
    wait_beyond(path, 0, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "Interrupted: stopped after step" in errors
    assert f"saved to {path}; run the same command again" in errors
    assert f"after step {step_of(path)} of 100" in errors


def test_control_c_without_a_checkpoint_says_that_nothing_is_saved():
    before = signal.getsignal(signal.SIGINT)
    steps = checkpoint.steps(5, {}, label="x")
    assert [next(steps), next(steps)] == [0, 1]
    assert signal.getsignal(signal.SIGINT) != before
    signal.raise_signal(signal.SIGINT)  # only noted: a step is never cut in half
    with pytest.raises(checkpoint.Interrupted, match="stopped after step 2 of 5: nothing is saved"):
        next(steps)
    assert signal.getsignal(signal.SIGINT) == before  # which in a background process may be to ignore it


def run(path, belongs_to="a", total=3, **options):
    tensors = checkpoint.Tensors(count=torch.zeros(1))
    for _ in checkpoint.steps(total, {"tensors": tensors}, label="x", path=path, belongs_to=belongs_to, **options):
        tensors["count"] += 1
    return float(tensors["count"])


def test_a_finished_run_is_not_run_again(tmp_path):
    assert run(tmp_path / "a.pt") == 3
    before = (tmp_path / "a.pt").stat().st_mtime_ns
    assert run(tmp_path / "a.pt") == 3
    assert (tmp_path / "a.pt").stat().st_mtime_ns == before


def test_the_checkpoint_of_another_configuration_is_refused(tmp_path):
    run(tmp_path / "a.pt")
    with pytest.raises(checkpoint.CheckpointError, match=r"a\.pt belongs to another run.*Delete it"):
        run(tmp_path / "a.pt", belongs_to="b")
    assert checkpoint.load(tmp_path / "a.pt")["step"] == 3


def test_a_checkpoint_with_other_parts_is_refused(tmp_path):
    run(tmp_path / "a.pt")
    with pytest.raises(checkpoint.CheckpointError, match="another run"):
        next(checkpoint.steps(3, {"others": checkpoint.Tensors()}, label="x", path=tmp_path / "a.pt", belongs_to="a"))


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "text"])
def test_a_damaged_checkpoint_is_refused(tmp_path, damage):
    path = tmp_path / "a.pt"
    run(path)
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(
        {
            "truncated": content[:middle],
            "flipped": content.replace(b"belongs_to", b"\xff" * 10),
            "empty": b"",
            "text": b"not a checkpoint",
        }[damage]
    )
    with pytest.raises(checkpoint.CheckpointError, match=r"a\.pt.*Delete it"):
        run(path)


def test_code_in_a_checkpoint_is_never_executed(tmp_path):
    class Evil:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "executed"),))

    torch.save({"format": 1, "state": Evil()}, tmp_path / "a.pt")
    with pytest.raises(checkpoint.CheckpointError):
        checkpoint.load(tmp_path / "a.pt")
    assert not (tmp_path / "executed").exists()


def test_another_format_is_refused(tmp_path):
    torch.save({"format": 99}, tmp_path / "a.pt")
    with pytest.raises(checkpoint.CheckpointError, match="format 1"):
        checkpoint.load(tmp_path / "a.pt")


def test_a_limit_runs_the_beginning_and_saves_nothing(tmp_path):
    assert run(tmp_path / "a.pt", limit=2) == 2
    assert not (tmp_path / "a.pt").exists()
    assert run(None, limit=9) == 3


def test_streams_go_on_where_they_were():
    streams = seeding.Streams([1, 2], "x")
    state = streams.state_dict()
    first = [torch.rand(3, generator=each) for each in streams]
    streams.load_state_dict(state)
    assert all(torch.equal(a, torch.rand(3, generator=each)) for a, each in zip(first, streams, strict=True))


def test_identity_tells_settings_apart():
    assert checkpoint.identity({"a": 1}, [1]) == checkpoint.identity({"a": 1}, [1])
    assert len({checkpoint.identity(*parts) for parts in [({"a": 1}, [1]), ({"a": 2}, [1]), ({"a": 1}, [2])]}) == 3
