"""Search, unseen learners and photographs: what they report, and that figures draw it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from aiga import experiment, seeding
from aiga.experiment import Curve, Data, Outcome
from aiga.gtn import cifar, figures_nas, nas, unseen
from aiga.gtn.candidates import Candidate
from aiga.gtn.model import CifarConv, Mlp, MnistConv
from aiga.gtn.pictures import pictures
from aiga.gtn.ranking import agreement, random_search

STAND_IN = Data("MNIST", stand_in=True)


def searched(seeds: int = 3, data: Data = STAND_IN) -> list[Outcome]:
    """Outcomes of a search in which the estimates are the truth with more and more noise."""
    found = []
    for seed in range(seeds):
        drawn = seeding.numpy_generator(seed, "test")
        truth = drawn.uniform(0.8, 0.95, 12)
        outcome = Outcome("widths", seed, {"best": truth.max(), "typical": truth.mean()}, data=data)
        for noise, name in enumerate(("longer", "gtn", "real")):
            estimate = truth + 0.05 * noise * drawn.normal(size=12)
            said = agreement(estimate, truth)
            outcome.metrics |= {f"all_{name}": said.everywhere, f"top_{name}": said.top}
            outcome.curves[name] = Curve(estimate.tolist(), truth.tolist(), "few steps", "long training")
            steps = [16.0 * count for count in range(1, 13)]
            outcome.curves[f"search_{name}"] = Curve(steps, random_search(estimate, truth).tolist(), "steps", "truth")
        found.append(outcome)
    return found


def test_the_papers_settings_are_the_released_codes() -> None:
    config = nas.SCALES["paper"]["widths"]
    lessons = config.lessons
    assert (lessons.steps, lessons.batch, lessons.meta_batch, lessons.every) == (128, 128, 256, 16)
    assert (lessons.learning_rate, lessons.betas, lessons.epsilon) == (0.004, (0.9, 0.9), 1e-5)
    assert (lessons.rate, lessons.momentum, lessons.updates, config.times) == (0.02, 0.5, 2000, 9)
    assert cifar.SCALES["paper"]["gtn"].lessons == lessons
    assert cifar.SCALES["paper"]["gtn"].widths == CifarConv().widths
    assert unseen.SCALES["paper"]["one_width"].widths == MnistConv().widths


@pytest.mark.parametrize("module", [nas, unseen, cifar], ids=lambda each: each.__name__)
def test_conditions_differ_in_what_they_are_about_alone(module: Any) -> None:
    for table in module.SCALES.values():
        for name, config in table.items():
            assert config.condition == name
    trained_alike = {unseen: "random_widths", cifar: "gtn"}
    for table in module.SCALES.values():
        if "real" in table:
            generated, real = table[trained_alike[module]], table["real"]
            lessons = replace(generated.lessons, source="real")
            assert real == replace(generated, condition="real", lessons=lessons)
        if "one_width" in table:
            assert table["random_widths"] == replace(table["one_width"], condition="random_widths", random_widths=True)
        if "space" in table:
            assert table["space"] == replace(table["widths"], condition="space", learners="space")


def test_a_teacher_meets_random_widths_or_the_space_itself() -> None:
    config = nas.SCALES["smoke"]["widths"]
    task = pictures("digits", 14, tested=20)
    assert all(isinstance(each, Mlp) for each in nas.learners(config, task))
    assert all(isinstance(each, Candidate) for each in nas.learners(replace(config, learners="space"), task))
    proposed = nas.candidates(config, task)
    assert len(set(proposed)) == config.candidates
    assert proposed == nas.candidates(config, task)


def test_kinds_differ_from_the_trained_learner_in_one_thing() -> None:
    config = unseen.SCALES["ci"]["one_width"]
    kinds = unseen.kinds(config, (1, 14, 14))
    assert list(kinds) == list(unseen.KINDS) == list(unseen.METRICS)
    base = Candidate(kind="mlp", depth=1, width=64, shape=(1, 14, 14))
    stream = [seeding.generator(0, "x") for _ in range(2)]
    weights = base.create(stream[0])
    assert all(map(torch.equal, weights, kinds["trained"].create(stream[1])))
    images = torch.randn(5, 1, 14, 14, generator=stream[0])
    torch.testing.assert_close(base.logits(weights, images)[0], kinds["trained"].logits(weights, images)[0])
    changed = [name for name, each in kinds.items() if isinstance(each, Candidate) and name != "other_family"]
    for name in changed:
        each, fields = kinds[name], vars(base)
        assert sum(vars(each)[field] != fields[field] for field in fields) == 1, name
    assert [kinds[name].hidden for name in ("narrow", "trained", "wide")] == [(16,), (64,), (256,)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", [nas, unseen, cifar], ids=lambda each: each.__name__)
def test_outcomes_are_what_the_experiment_declares(module: Any) -> None:
    outcomes = experiment.run(module, "smoke", seeds=[0, 1], device="cpu")
    assert [(each.condition, each.seed) for each in outcomes] == [
        (name, seed) for name in module.SCALES["smoke"] for seed in (0, 1)
    ]
    for outcome in outcomes:
        assert set(outcome.metrics) == set(module.METRICS)
        for name, value in outcome.metrics.items():
            assert module.METRICS[name].lowest <= value <= module.METRICS[name].highest
        assert all(len(each.x) == len(each.y) > 0 for each in outcome.curves.values())


def test_the_search_reports_its_own_candidates() -> None:
    outcome = nas.train(nas.SCALES["smoke"]["widths"], seeds=[0], device="cpu")[0]
    for name in nas.ESTIMATES:
        points = outcome.curves[name]
        assert outcome.metrics[f"all_{name}"] == agreement(points.x, points.y).everywhere
        assert outcome.curves[f"search_{name}"].y[-1] == pytest.approx(outcome.metrics[f"chosen_{name}"])
        assert outcome.curves[f"search_{name}"].y[0] == pytest.approx(outcome.metrics["typical"])
    assert outcome.curves["search_longer"].x[0] == 9 * outcome.curves["search_gtn"].x[0] == 18


@pytest.mark.parametrize("module", [nas, unseen, cifar], ids=lambda each: each.__name__)
def test_stopping_early_and_resuming_change_nothing(module: Any, tmp_path: Path) -> None:
    config = next(iter(module.SCALES["smoke"].values()))
    whole = module.train(config, seeds=[1], device="cpu")[0]
    beginning = module.train(config, seeds=[1], device="cpu", limit=2)[0]
    for name, each in beginning.curves.items():
        if name.startswith("loss"):
            assert each.y == whole.curves[name].y[:2]
    saved = module.train(config, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    again = module.train(config, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    assert saved.metrics == whole.metrics == again.metrics
    assert saved.curves == whole.curves == again.curves


def test_figures_of_the_search_draw_candidates_and_say_how_well_they_are_ranked() -> None:
    outcomes = searched()
    figure = figures_nas.correlation(outcomes)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(figures_nas.TITLES.values())
    drawn = sum(len(line.get_xdata()) for line in figure.axes[0].lines)
    assert drawn == 3 * 12
    mean = np.mean([each.metrics["all_longer"] for each in outcomes])
    assert f"all: {mean:.2f}" in figure.axes[2].texts[0].get_text()
    assert isinstance(figures_nas.correlations(outcomes), Figure)
    found = figures_nas.search(outcomes).axes[0]
    levels = [line.get_ydata()[0] for line in found.lines if line.get_linewidth() == 0.9]
    expected = [np.mean([each.metrics[name] for each in outcomes]) for name in ("best", "typical")]
    assert levels == pytest.approx(expected)
    with pytest.raises(ValueError, match="no outcomes"):
        figures_nas.correlation([])


def test_figures_of_unseen_learners_and_photographs() -> None:
    groups = {
        name: [Outcome(name, seed, dict.fromkeys(unseen.KINDS, 0.5 + seed / 10)) for seed in range(3)]
        for name in unseen.SCALES["ci"]
    }
    figure = figures_nas.unseen(groups)
    assert [each.get_text() for each in figure.axes[0].get_yticklabels()] == [k.replace("_", " ") for k in unseen.KINDS]
    assert len(figure.legends[0].get_texts()) == 3
    course = {"inner": Curve([1.0, 2.0], [0.1, 0.2], "inner steps", "accuracy")}
    photographs = {name: [Outcome(name, 0, {}, course, Data("CIFAR-10", detail="lossy"))] for name in ("gtn", "real")}
    assert "lossy" in figures_nas.photographs(photographs).axes[0].get_title(loc="left")


@pytest.mark.needs_gpu
def test_they_run_on_a_gpu() -> None:
    for module in (nas, unseen, cifar):
        assert experiment.run(module, "smoke", seeds=[0], device="cuda")
