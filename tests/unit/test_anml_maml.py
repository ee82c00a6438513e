"""MAML: its network, its tasks, its inner step, and that training gives what the experiment declares."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import experiment, seeding
from aiga.anml import learner, maml, tasks
from aiga.checkpoint import CheckpointError

SMALL = maml.SCALES["smoke"]["maml"]
PAPER = maml.SCALES["paper"]["maml"]


def generator(seed: int = 0) -> torch.Generator:
    return seeding.generator(seed, "test")


def network(**settings: int) -> learner.ConvNet:
    return learner.ConvNet(generator(), **{"filters": 6, **settings})


def test_the_papers_settings_are_the_original_commands() -> None:
    """``main.py`` line 12 of the original; the number of updates and of test steps is the paper's, from memory."""
    assert (PAPER.ways, PAPER.shots, PAPER.queries, PAPER.filters, PAPER.tasks) == (5, 1, 1, 64, 32)
    assert (PAPER.inner_rate, PAPER.inner_steps, PAPER.learning_rate, PAPER.order) == (0.4, 1, 1e-3, 2)
    assert (PAPER.training_classes, PAPER.adapt_shift, PAPER.soft_labels) == (1200, False, True)
    assert maml.SCALES["paper"]["first_order"].order == 1


def test_the_network_is_four_convolutions_with_batch_norm() -> None:
    """Against PyTorch's own layers; a bias of the convolutions would change nothing."""
    mine, images = network(), torch.rand(5, 1, 28, 28, generator=generator(1))
    hidden = images
    for layer, side in enumerate((14, 7, 4, 2)):
        kernels, shift = (getattr(mine, f"{name}_{layer}") for name in ("kernels", "shift"))
        norm = torch.nn.BatchNorm2d(6, eps=1e-3)
        torch.nn.init.normal_(shift, generator=generator(layer))
        norm.bias.data = shift.detach()
        hidden = norm(F.conv2d(hidden, kernels, torch.randn(6, generator=generator(2)), stride=2, padding=1)).relu()
        assert hidden.shape == (5, 6, side, side)
    expected = F.linear(hidden.mean((2, 3)), mine.head_weight, mine.head_bias)
    torch.testing.assert_close(mine(images), expected, rtol=1e-4, atol=1e-5)


def test_tasks_side_by_side_do_not_touch_each_other() -> None:
    several = [learner.ConvNet(generator(seed), filters=6) for seed in range(3)]
    images = torch.rand(3, 10, 1, 28, 28, generator=generator())
    stacked = {
        name: torch.stack([dict(each.named_parameters())[name] for each in several]) for name in several[0].state_dict()
    }
    together = learner.logits(stacked, images)
    alone = torch.stack([each(part) for each, part in zip(several, images, strict=True)])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_soft_labels_are_the_originals() -> None:
    answers, labels = torch.randn(2, 5, 5, generator=generator()), torch.arange(5).expand(2, 5)
    hard = learner.loss(answers, labels, soft=False)
    torch.testing.assert_close(hard.mean(), F.cross_entropy(answers.flatten(0, 1), labels.flatten()))
    targets = torch.full((5, 5), 0.01).fill_diagonal_(0.91)
    expected = -(targets * answers.log_softmax(-1)).sum(-1).mean(-1)
    torch.testing.assert_close(learner.loss(answers, labels, soft=True), expected)


def test_one_inner_step_is_gradient_descent_in_each_task() -> None:
    start = {"w": torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True), "kept": torch.ones(2, 1)}
    after = learner.adapt(start, lambda p: (p["w"] ** 2).sum(1), rate=0.1, order=2, fixed=["kept"])
    torch.testing.assert_close(after["w"], 0.8 * start["w"])
    assert after["kept"] is start["kept"]
    outer = (after["w"] ** 2).sum()
    torch.testing.assert_close(torch.autograd.grad(outer, start["w"])[0], 2 * 0.8**2 * start["w"])
    once = learner.adapt(start, lambda p: (p["w"] ** 2).sum(1), rate=0.1, order=1, fixed=["kept"])
    torch.testing.assert_close(torch.autograd.grad((once["w"] ** 2).sum(), start["w"])[0], 2 * 0.8 * start["w"])


def numbered(classes: int = 30) -> Tensor:
    """Each drawing carries its class in the top row and its drawer in the second, as grey levels."""
    images = torch.full((classes, 20, 28, 28), 255, dtype=torch.uint8)
    images[:, :, 0, :] = 254 - torch.arange(classes, dtype=torch.uint8)[:, None, None]
    images[:, :, 1, :] = 200 - torch.arange(20, dtype=torch.uint8)[None, :, None]
    return images


def test_a_task_has_different_characters_and_never_asks_for_a_drawing_it_has_shown() -> None:
    setting = replace(SMALL, shots=2, queries=3)
    drawn = tasks.draw(numbered(), setting, generator(), 40)
    assert drawn.support.shape == (40, 10, 1, 28, 28)
    assert drawn.query.shape == (40, 15, 1, 28, 28)
    both = torch.cat([drawn.support, drawn.query], 1)[:, :, 0]
    labels = torch.cat([drawn.support_labels, drawn.query_labels], 1)
    grey = (255 * both.unflatten(1, (25,))).round()
    upright = 0
    for task in range(40):
        by_class = {}
        for picture, label in zip(grey[task], labels[task].tolist(), strict=True):
            turns = [quarter for quarter in range(4) if len(set(picture.rot90(quarter)[0].tolist())) == 1]
            quarter = next(each for each in turns if 0 < picture.rot90(each)[0, 0] <= 31)
            top, second = picture.rot90(quarter)[:2, 0].tolist()
            by_class.setdefault(label, []).append((int(top), int(second), quarter))
            upright += quarter == 0
        assert sorted(by_class) == [0, 1, 2, 3, 4]
        assert len({each[0][0] for each in by_class.values()}) == 5
        for each in by_class.values():
            assert len(each) == 5
            assert len({(top, quarter) for top, _, quarter in each}) == 1, "one character, turned one way"
            assert len({second for _, second, _ in each}) == 5, "five different drawings"
    assert 0.15 < upright / (40 * 25) < 0.35


def test_characters_of_the_test_are_never_trained_on() -> None:
    setting = replace(SMALL, training_classes=20)
    known, new = tasks.split(numbered(), setting, seed=3)
    left, right = (set(part[:, 0, 0, 0].tolist()) for part in (known, new))
    assert (len(left), len(right), len(left | right)) == (20, 10, 30)
    assert not torch.equal(tasks.split(numbered(), setting, seed=4)[1], new)
    with pytest.raises(ValueError, match="training_classes"):
        tasks.split(numbered(), replace(SMALL, training_classes=27), seed=0)


def test_outcomes_are_within_what_the_experiment_declares() -> None:
    outcomes = experiment.run(maml, "smoke", seeds=[0], device="cpu")
    assert [outcome.condition for outcome in outcomes] == ["maml", "first_order", "pretrained", "untrained"]
    for outcome in outcomes:
        assert set(outcome.metrics) == set(maml.METRICS)
        for name, value in outcome.metrics.items():
            assert maml.METRICS[name].lowest <= value <= maml.METRICS[name].highest
        assert all(len(curve.x) == len(curve.y) > 0 for curve in outcome.curves.values())
        assert ("loss" in outcome.curves) == (outcome.condition != "untrained")


def test_stopping_early_and_resuming_change_nothing(tmp_path: Path) -> None:
    whole = maml.train(SMALL, seeds=[1], device="cpu")[0]
    beginning = maml.train(SMALL, seeds=[1], device="cpu", limit=2)[0]
    assert beginning.curves["loss"].y == whole.curves["loss"].y[:2]
    saved = maml.train(SMALL, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    again = maml.train(SMALL, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    assert saved.metrics == whole.metrics == again.metrics
    with pytest.raises(CheckpointError, match="another run"):
        maml.train(replace(SMALL, learning_rate=1.0), seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")


@pytest.mark.needs_data("omniglot")
def test_meta_learning_is_felt_within_seconds() -> None:
    config = replace(maml.SCALES["ci"]["maml"], updates=60, test_tasks=100)
    learned = maml.train(config, seeds=[0], device="cpu")[0].metrics
    without = maml.train(replace(config, updates=0), seeds=[0], device="cpu")[0].metrics
    assert learned["accuracy_1"] > 0.5 > without["accuracy_1"]
    assert 0.1 < learned["accuracy_0"] < 0.3, "before the first step it can only guess: labels are drawn anew each time"


@pytest.mark.needs_gpu
def test_it_runs_on_a_gpu() -> None:
    for outcome in experiment.run(maml, "smoke", seeds=[0, 1], device="cuda"):
        assert outcome.network is not None
        assert next(outcome.network.parameters()).is_cuda
