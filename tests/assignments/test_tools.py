"""What students and graders use: advice on hardware, checkpoints, grades, commands."""

import sys
import types
from pathlib import Path

import nbformat
import pytest
import torch

from aiga import files
from aiga.assignments import __main__ as command
from aiga.assignments import grade, hardware
from aiga.assignments.source import Assignment

ROOT = files.repository() or Path()
REAL = Assignment("differentiable_plasticity", ROOT)


def damage(assignment, old, new):
    text = assignment.source.read_text(encoding="utf8")
    assert old in text
    assignment.source.write_text(text.replace(old, new, 1), encoding="utf8")


# --- hardware


class Card:
    """What torch says of a GPU."""

    def __init__(self, mebibytes):
        self.total_memory = mebibytes * 2**20


@pytest.mark.parametrize(("memory", "scale"), [(None, "ci"), (2048, "ci"), (16_000, "colab")])
def test_the_scale_that_fits(monkeypatch, memory, scale):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: memory is not None)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: Card(memory))
    assert hardware.fitting() == scale


def test_the_advice_names_machine_scale_and_time(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    hardware.advise("plasticity.binary", "colab")
    said = capsys.readouterr().out
    assert "fits this machine: scale 'ci'" in said
    assert "at 'ci': less than the chapter's whole page" in said
    assert "you have set scale 'colab': a GPU is needed for it" in said
    hardware.advise("plasticity.maze", "colab")
    assert "min a seed on" in capsys.readouterr().out
    with pytest.raises(ValueError, match="unknown scale"):
        hardware.advise("plasticity.binary", "huge")


def test_checkpoints_lie_in_the_working_directory_or_on_the_drive(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLAB_RELEASE_TAG", raising=False)
    assert hardware.checkpoint_folder("demo", drive=True) == Path("results/assignments/demo")
    assert (tmp_path / "results/assignments/demo").is_dir()

    mounted: list[str] = []
    service = types.SimpleNamespace(mount=mounted.append)

    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "google.colab.drive", service)
    monkeypatch.setattr(hardware, "DRIVE", tmp_path / "drive")
    assert hardware.checkpoint_folder("demo", drive=True) == tmp_path / "drive/MyDrive/aiga-book/assignments/demo"
    assert mounted == [str(tmp_path / "drive")]
    assert hardware.checkpoint_folder("demo") == Path("results/assignments/demo")


def test_a_cut_run_goes_on_where_it_was(tmp_path):
    """What the assignments promise of their checkpoints: the second call trains the rest only."""
    from aiga.plasticity import binary

    task = binary.SCALES["smoke"]["plastic"]
    whole = binary.train(task, seeds=[0], device="cpu")[0]
    checkpoint = tmp_path / "run.pt"
    binary.train(task, seeds=[0], device="cpu", checkpoint=checkpoint)
    assert checkpoint.exists()
    assert binary.train(task, seeds=[0], device="cpu", checkpoint=checkpoint)[0].metrics == whole.metrics


# --- grade and commands


def test_grading_without_a_bundle_says_what_to_do(copy, tmp_path):
    with pytest.raises(FileNotFoundError, match="make assignments"):
        grade.grade(copy, tmp_path / "one.ipynb")


def test_a_table_of_grades_goes_on_after_a_file_that_is_none(copy, tmp_path, monkeypatch, capsys):
    copy.build.mkdir(parents=True)
    copy.autograder.write_bytes(b"")
    for name in ("one.ipynb", "two.ipynb"):
        nbformat.write(nbformat.v4.new_notebook(), tmp_path / name)
    result = grade.Grade({"q1": 3.0, "q2": 0.0}, {"q1": 3.0, "q2": 1.0}, {"q1": [], "q2": ["q2 - 1: wrong"]})

    def stand_in(assignment, submission):
        if submission.name == "one.ipynb":
            raise RuntimeError("not a notebook")
        return result

    monkeypatch.setattr(grade, "grade", stand_in)
    found = grade.write_table(copy, [tmp_path / "one.ipynb", tmp_path / "two.ipynb"], sys.stdout)
    assert len(found) == 1
    assert "one.ipynb: not a notebook" in found[0]
    assert capsys.readouterr().out.splitlines() == [
        "file,q1 of 3,q2 of 1,total,failed",
        "two.ipynb,3,0,3,q2 - 1: wrong",
    ]


def test_commands_report_what_is_wrong(capsys):
    assert command.main(["build", "nonsense"]) == 1
    assert "unknown assignment 'nonsense'" in capsys.readouterr().err
    assert command.main(["grade", "anml"]) == 1
    assert "say which assignment" in capsys.readouterr().err
