"""What smoke finds wrong with the results that a notebook keeps, and that passed checks are not repeated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from aiga import experiment
from aiga.book import smoke, stamps
from aiga.book.notebook import Notebook
from aiga.experiment import Metric, Outcome


@dataclass
class Kept:
    """The part of a record that smoke looks at."""

    address: str = "demo.line"
    scale: str = "smoke"
    seeds: Sequence[int] = (smoke.SEED,)
    metrics: Mapping[str, float] = field(default_factory=lambda: {"error": 0.25})

    @property
    def outcomes(self) -> list[Outcome]:
        return [Outcome("plain", seed, dict(self.metrics)) for seed in self.seeds]


@pytest.fixture(autouse=True)
def demo_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(METRICS={"error": Metric("share of wrong bits", 0.0, 1.0, "lower")})
    monkeypatch.setattr(experiment, "load", lambda address: module)


def faults(*kept: Kept) -> list[str]:
    return list(smoke.faults(kept, ["demo.line"]))  # type: ignore[arg-type]


def test_good_results_pass() -> None:
    assert faults(Kept()) == []


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        ([], "kept no result of demo.line"),
        ([Kept(address="demo.other")], "kept no result of demo.line"),
        ([Kept(scale="ci")], "of scale 'ci'"),
        ([Kept(seeds=(0,))], "asked for 1234"),
        ([Kept(seeds=())], "no outcomes"),
        ([Kept(metrics={"error": float("nan")})], "error is nan"),
        ([Kept(metrics={"error": 1.5})], "expected a value in [0.0, 1.0]"),
        ([Kept(metrics={"errors": 0.5})], "not among its METRICS"),
    ],
)
def test_faults_are_seen(kept: list[Kept], says: str) -> None:
    assert any(says in fault for fault in faults(*kept)), faults(*kept)


def test_a_notebook_without_results_fails_and_one_that_passed_is_not_run_again(
    checkout: Callable[[str], Notebook], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FORCE", raising=False)
    notebook = checkout('# %% tags=["parameters"]\nscale: str = "ci"\nseed: int = 0\n')
    assert smoke.smoke(notebook.root) == []
    assert "smoke passed in" in capsys.readouterr().out
    assert smoke.smoke(notebook.root) == []
    assert "passed before" in capsys.readouterr().out
    notebook.ledger.write_text("claims:\n- id: demo.line.rises\n")
    assert any("kept no result of demo.line" in problem for problem in smoke.smoke(notebook.root))


def test_force_runs_what_has_passed(copy: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE", raising=False)
    stamps.note(copy, "smoke", stamps.key(copy))
    assert stamps.passed(copy, "smoke", stamps.key(copy))
    monkeypatch.setenv("FORCE", "1")
    assert not stamps.passed(copy, "smoke", stamps.key(copy))
    monkeypatch.setenv("FORCE", "0")
    copy.stored.write_text(copy.stored.read_text() + "\n")
    assert not stamps.passed(copy, "smoke", stamps.key(copy))
