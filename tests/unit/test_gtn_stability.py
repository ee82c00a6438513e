"""Stability: the map's norms, each seed's own settings, the sweep's training, and the figures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from aiga import experiment, records, seeding
from aiga.checkpoint import CheckpointError
from aiga.experiment import GENERATED, Curve, Outcome
from aiga.gtn import figures_stability, stability
from aiga.gtn.curriculum import Real
from aiga.gtn.teaching import Task

SMALL = stability.SCALES["smoke"]["weight_norm"]


def task() -> Task:
    generator = seeding.generator(0, "task")
    images, labels = torch.randn(60, 1, 4, 4, generator=generator), torch.arange(60) % 10
    return Task(images, labels, images, labels, images, labels, GENERATED)


CONFIG = replace(SMALL, side=4)


@pytest.mark.parametrize(("weight_norm", "batch_norm"), [(True, True), (False, True), (False, False)])
def test_norms_are_those_of_plain_autograd_through_plain_sgd(weight_norm: bool, batch_norm: bool) -> None:
    config = replace(CONFIG, weight_norm=weight_norm, batch_norm=batch_norm)
    given = stability.norms(config, task(), seeds=[3, 4], rates=[0.1, 0.7], steps=3)
    assert given.shape == (2, 2)
    kind = stability.learner(config)
    for column, seed in enumerate([3, 4]):
        streams = [seeding.generator(seed, "map")]
        images, labels = Real(task().train_images, task().train_labels, steps=3, batch=4).batches(streams)
        asked, answers = Real(task().train_images, task().train_labels, steps=1, batch=16).batches(streams)
        start = kind.create(streams[0])
        for row, rate in enumerate([0.1, 0.7]):
            shown = images[:, 0].clone().requires_grad_()
            weights = [each.clone().requires_grad_() for each in start]
            momenta = [torch.zeros_like(each) for each in weights]
            for step in range(3):
                logits, means = kind.logits(tuple(weights), shown[step])
                loss = F.cross_entropy(logits, labels[step, 0])
                slopes = torch.autograd.grad(loss, weights, create_graph=True)
                momenta = [0.5 * m + g for m, g in zip(momenta, slopes, strict=True)]
                weights = [w - rate * m for w, m in zip(weights, momenta, strict=True)]
            outer = F.cross_entropy(kind.logits(tuple(weights), asked[0, 0], means)[0], answers[0, 0])
            expected = torch.autograd.grad(outer, shown)[0].norm()
            torch.testing.assert_close(given[row, column], expected, rtol=1e-3, atol=1e-6)


def test_a_seed_draws_the_same_settings_for_both_conditions_within_their_ranges() -> None:
    several = stability.settings(SMALL, range(300))
    plain = stability.settings(stability.SCALES["smoke"]["plain"], [7])
    for name, (low, high) in {
        "learning_rate": SMALL.learning_rates,
        "rate": SMALL.rates,
        "momentum": SMALL.momenta,
    }.items():
        drawn = getattr(several, name)
        assert float(drawn[7]) == float(getattr(plain, name)[0])
        assert low <= float(drawn.min()) < low + 0.1 * (high - low)
        assert high - 0.1 * (high - low) < float(drawn.max()) <= high
    assert float(several.rate.log().mean()) == pytest.approx(np.log(SMALL.rates).mean(), abs=0.2)


def test_each_seed_learns_at_the_rate_that_it_drew() -> None:
    """One update: every number moves by Adam's first step, which is the learning rate itself."""
    config = replace(SMALL, updates=1)
    drawn = stability.settings(config, [5, 6])
    teacher = stability._create(config, [5, 6], drawn, torch.device("cpu"))
    before = [each.detach().clone() for each in teacher.parameters()]
    optimiser = torch.optim.Adam(teacher.parameters(), lr=1.0)
    sum(each.sum() for each in teacher.parameters()).backward()  # type: ignore[union-attr]
    optimiser.step()
    stability._shorten(teacher, before, drawn.learning_rate)
    for parameter, start in zip(teacher.parameters(), before, strict=True):
        moved = (start - parameter.detach()).flatten(1).mean(1)
        torch.testing.assert_close(moved, drawn.learning_rate, rtol=1e-3, atol=1e-5)
    assert teacher.rates()[0][0].shape == (2,)


def test_outcomes_are_within_what_the_experiment_declares() -> None:
    outcomes = experiment.run(stability, "smoke", seeds=[0], device="cpu")
    assert [each.condition for each in outcomes] == ["weight_norm", "plain"]
    for outcome in outcomes:
        assert set(outcome.metrics) == set(stability.METRICS)
        for name, value in outcome.metrics.items():
            assert stability.METRICS[name].lowest <= value <= stability.METRICS[name].highest
        assert set(outcome.curves) == {"loss"}


def test_a_run_that_diverges_says_so_and_spares_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = stability.settings(SMALL, [1, 2])
    wild = stability.Settings(quiet.learning_rate, quiet.rate * torch.tensor([1.0, 1e30]), quiet.momentum)
    alone = stability.train(SMALL, seeds=[1], device="cpu")[0]
    monkeypatch.setattr(stability, "settings", lambda config, seeds: wild)
    one, other = stability.train(SMALL, seeds=[1, 2], device="cpu")
    assert other.metrics["diverged"] == 1
    assert one.metrics["diverged"] == alone.metrics["diverged"] == 0
    assert one.curves["loss"].y == pytest.approx(alone.curves["loss"].y, rel=1e-4)
    records.check_outcomes(stability, [one, other])  # a sweep may be recorded, whatever has become of some


def test_the_loss_of_a_run_ends_where_it_is_no_number_any_more() -> None:
    def course(*y: float) -> Curve:
        return Curve([float(x) for x in range(len(y))], list(y), "outer iterations", "loss")

    assert stability.while_finite(course(2.0, 1.0)) == {"loss": course(2.0, 1.0)}
    assert stability.while_finite(course(2.0, 3.0, float("inf"), 1.0)) == {"loss": course(2.0, 3.0)}
    assert stability.while_finite(course(float("nan"))) == {}


def test_resuming_changes_nothing(tmp_path: Path) -> None:
    whole = stability.train(SMALL, seeds=[1], device="cpu")[0]
    beginning = stability.train(SMALL, seeds=[1], device="cpu", limit=2)[0]
    assert beginning.curves["loss"].y == whole.curves["loss"].y[:2]
    file = tmp_path / "run.pt"
    saved = stability.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    again = stability.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    assert saved.metrics == whole.metrics == again.metrics
    with pytest.raises(CheckpointError, match="another run"):
        stability.train(replace(SMALL, momenta=(0.1, 0.2)), seeds=[1], device="cpu", checkpoint=file)


def test_a_line_of_the_map_ends_where_a_seed_is_no_number() -> None:
    fine = torch.tensor([[0.1, 0.2, 0.3], [1.0, 2.0, 3.0], [4.0, 5.0, 60.0]])
    broken = torch.tensor([[0.1, 0.2, 0.3], [1.0, 2.0, torch.nan], [torch.inf, 5.0, 60.0]])
    figure = figures_stability.norm_map(
        {8: {"weight_norm": fine, "plain": broken}}, rates=[0.1, 0.3, 1.0], data=GENERATED
    )
    lines = {line.get_label(): list(line.get_ydata()) for line in figure.axes[0].lines}
    assert lines["with weight normalisation"] == pytest.approx([0.2, 2.0, 5.0])
    assert lines["without"] == pytest.approx([0.2])


def test_the_sweep_joins_the_two_runs_of_a_draw() -> None:
    def group(condition: str, values: list[float]) -> list[Outcome]:
        return [
            Outcome(condition, seed, {"accuracy": value, "diverged": float(value < 0.2)})
            for seed, value in enumerate(values)
        ]

    groups = {"plain": group("plain", [0.8, 0.1]), "weight_norm": group("weight_norm", [0.9, 0.7])}
    figure = figures_stability.sweep(groups)
    joined = [list(line.get_ydata()) for line in figure.axes[0].lines if len(line.get_ydata()) == 2]
    assert joined[:2] == [[0.8, 0.9], [0.1, 0.7]]
    assert sum(line.get_marker() == "x" for line in figure.axes[0].lines) == 1
    with pytest.raises(ValueError, match="the same seeds"):
        figures_stability.sweep({"plain": group("plain", [0.8]), "weight_norm": groups["weight_norm"]})


@pytest.mark.needs_data("mnist")
def test_without_weight_normalisation_the_meta_gradient_is_ten_times_longer() -> None:
    table = stability.SCALES["ci"]
    known = stability.task(table["plain"])
    medians = {
        name: float(stability.norms(config, known, seeds=[100, 101, 102], rates=[0.3], steps=32).median())
        for name, config in table.items()
    }
    assert medians["plain"] > 10 * medians["weight_norm"]


def test_the_experiment_has_an_address() -> None:
    assert experiment.load("gtn.stability").TITLE == stability.TITLE
