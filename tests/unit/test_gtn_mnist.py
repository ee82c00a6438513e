"""The experiment on MNIST: one update by its pieces, resuming, seeds on their own, and what it reports."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from aiga import experiment, seeding
from aiga.checkpoint import CheckpointError
from aiga.experiment import Data
from aiga.gtn import meta_training, mnist, teaching
from aiga.gtn.inner import learn

PAPER, SMOKE = mnist.SCALES["paper"], mnist.SCALES["smoke"]
CPU = torch.device("cpu")


def small(condition: str = "gtn") -> mnist.Config:
    return replace(SMOKE[condition], side=6, updates=4, held_out=100)


WHOLE_TASK = mnist.task


@pytest.fixture(scope="module", autouse=True)
def few_digits() -> Iterator[teaching.Task]:
    """Random images stand in for the digits: these tests are about the machinery."""
    source = seeding.generator(0, "digits")
    images = torch.randint(256, (400, 1, 6, 6), generator=source, dtype=torch.uint8)
    labels = torch.randint(10, (400,), generator=source)
    known = teaching.split((images[:300], labels[:300]), (images[300:], labels[300:]), 100, Data("digits"), CPU)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mnist, "task", lambda config, place: known)
        yield known


def test_the_papers_settings_are_the_sheets() -> None:
    gtn = PAPER["gtn"]
    assert (gtn.steps, gtn.batch, gtn.meta_batch, gtn.latent, gtn.every) == (32, 128, 128, 128, 1)
    assert (gtn.learning_rate, gtn.final, gtn.updates, gtn.rate, gtn.momentum) == (0.01, 0.1, 2000, 0.02, 0.5)
    assert (gtn.network, gtn.widths, gtn.side, gtn.hidden, gtn.maps) == ("conv", (64, 128, 256), 28, 1024, (128, 64))
    changed = {
        "gtn": {},
        "shuffled_batch": {"order": "shuffled_batch"},
        "all_shuffled": {"order": "all_shuffled"},
        "none": {"order": "none"},
        "fixed_z": {"learned": False},
        "distillation": {"source": "distilled"},
        "real": {"source": "real"},
    }
    for table in mnist.SCALES.values():
        assert set(table) == set(changed)
        for name, config in table.items():  # same steps, batches, rates and outer iterations for all
            assert config == replace(table["gtn"], condition=name, **changed[name])  # type: ignore[arg-type]


def test_real_images_have_mean_zero_and_variance_one() -> None:
    source = seeding.generator(0, "images")
    images = torch.rand(200, 3, 4, 4, generator=source) * torch.tensor([1.0, 2.0, 3.0])[:, None, None] + 5
    labels = torch.arange(200)
    known = teaching.split((images, labels), (images[:7] + 1, labels[:7]), 50, Data("colours"), "cpu")
    variance, mean = torch.var_mean(known.train_images, (0, 2, 3))
    torch.testing.assert_close(mean, torch.zeros(3), rtol=0, atol=1e-4)
    torch.testing.assert_close(variance, torch.ones(3), rtol=0, atol=1e-3)
    assert known.train_labels.tolist() == list(range(150))
    assert known.validation_labels.tolist() == list(range(150, 200))
    brighter = (known.test_images - known.train_images[:7]).mean((0, 2, 3))  # by the training images' numbers
    assert (brighter > 1).all()
    with pytest.raises(ValueError, match="leave some of the 200 images"):
        teaching.split((images, labels), (images, labels), 200, Data("colours"), "cpu")


def test_one_update_is_adam_on_the_meta_gradient(few_digits: teaching.Task) -> None:
    config = replace(small(), updates=1, every=2)
    learner = mnist.taught(config)
    expected = mnist.create(config, [3], few_digits, CPU)
    born, shown, real = (seeding.generator(3, name) for name in ("learners", "lessons", "episodes"))
    batches = [torch.randint(200, (config.meta_batch,), generator=real) for _ in range(2)]
    images, labels = expected.batches([shown])
    start = teaching.newborn(learner, [born])
    learned = learn(learner, start, images, labels, expected.rates(), every=2)
    losses = []
    for state, places in zip([learned.visited[2], learned.last], batches, strict=True):
        logits, _ = learner.logits(state.weights, few_digits.train_images[places][None], state.means)
        losses.append(F.cross_entropy(logits[0], few_digits.train_labels[places]))
    sum(losses, torch.zeros(())).backward()
    torch.optim.Adam(expected.parameters(), lr=config.learning_rate).step()

    (outcome,) = mnist.train(config, seeds=[3], device="cpu")
    assert outcome.curves["loss"].y == pytest.approx([float(losses[-1].detach())], rel=1e-5)
    assert outcome.network is not None
    for ours, theirs in zip(outcome.network.parameters(), expected.parameters(), strict=True):
        assert theirs.grad is not None
        clear = theirs.grad.abs() > 1e-5  # where Adam's first step is not the sign of a rounding error
        torch.testing.assert_close(ours[clear], theirs[clear], rtol=0, atol=1e-5)


@pytest.mark.parametrize("condition", SMOKE)
def test_a_seed_does_not_depend_on_its_neighbours(condition: str) -> None:
    config = replace(small(condition), updates=2)
    together = mnist.train(config, seeds=[5, 1, 7], device="cpu")[1]
    (alone,) = mnist.train(config, seeds=[1], device="cpu")
    assert together.curves["loss"].y == pytest.approx(alone.curves["loss"].y, rel=1e-4)
    assert together.curves["inner"].y == pytest.approx(alone.curves["inner"].y, abs=0.03)
    assert together.network is not None
    assert alone.network is not None
    ours, theirs = together.network.state_dict(), alone.network.state_dict()
    assert {name: value.shape for name, value in ours.items()} == {name: value.shape for name, value in theirs.items()}
    torch.testing.assert_close(ours["rates.log_rate"], theirs["rates.log_rate"], rtol=0, atol=1e-4)


@pytest.mark.parametrize("condition", ["gtn", "none", "real"])
def test_stopping_early_and_resuming_change_nothing(tmp_path: Path, condition: str) -> None:
    config, file = small(condition), tmp_path / "run.pt"
    whole = mnist.train(config, seeds=[1, 2], device="cpu")
    beginning = mnist.train(config, seeds=[1, 2], device="cpu", limit=2)
    assert [each.curves["loss"].y for each in beginning] == [each.curves["loss"].y[:2] for each in whole]
    saved = mnist.train(config, seeds=[1, 2], device="cpu", checkpoint=file)
    again = mnist.train(config, seeds=[1, 2], device="cpu", checkpoint=file)
    assert [each.metrics for each in saved] == [each.metrics for each in whole] == [each.metrics for each in again]
    with pytest.raises(CheckpointError, match="another run"):
        mnist.train(replace(config, learning_rate=1.0), seeds=[1, 2], device="cpu", checkpoint=file)


def test_a_run_stopped_in_the_middle_goes_on_as_if_it_had_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Generators of learners, lessons and meta-batches, Adam and the cosine: all of it is saved."""
    config, file, real = small("none"), tmp_path / "run.pt", meta_training.meta_loss
    whole = mnist.train(config, seeds=[1], device="cpu")
    calls = 0

    def interrupted(*arguments: object, **settings: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return real(*arguments, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(meta_training, "meta_loss", interrupted)
    with pytest.raises(KeyboardInterrupt, match="after step 3 of 4"):
        mnist.train(config, seeds=[1], device="cpu", checkpoint=file)
    resumed = mnist.train(config, seeds=[1], device="cpu", checkpoint=file)
    assert calls == 4
    assert resumed[0].metrics == whole[0].metrics
    assert resumed[0].curves["loss"].y == whole[0].curves["loss"].y


def test_intermediate_losses_are_asked_on_batches_of_their_own(few_digits: teaching.Task) -> None:
    config = replace(small(), every=1)
    teacher, learner = mnist.create(config, [0], few_digits, CPU), mnist.taught(config)
    weights = teaching.newborn(learner, [seeding.generator(0, "learners")])
    real = [(few_digits.train_images[None, :8], few_digits.train_labels[None, :8])] * 2
    with pytest.raises(ValueError, match="3 states are asked for"):
        teaching.meta_loss(teacher, learner, weights, [seeding.generator(0, "x")], real, every=1)


def test_the_examination_is_the_accuracy(few_digits: teaching.Task) -> None:
    config = small()
    teacher, learner = mnist.create(config, [0, 1], few_digits, CPU), mnist.taught(config)
    images, labels, rates = teaching.lessons(teacher, [seeding.generator(seed, "x") for seed in (0, 1)], 2)
    assert images.shape == (3, 4, 10, 1, 6, 6)
    assert torch.equal(images[:, 0], images[:, 1])  # the learners of a seed are neighbours
    assert not torch.equal(images[:, 1], images[:, 2])
    weights = teaching.newborn(learner, [seeding.generator(seed, "y") for seed in (0, 1)], 2)
    found = teaching.examine(
        learner, weights, images, labels, rates, few_digits.test_images, few_digits.test_labels, every=1
    )
    assert found.shape == (3, 4)
    alone = learn(
        learner,
        tuple(each[2] for each in weights),
        images[:, 2],
        labels[:, 2],
        (rates[0][:, 2], rates[1][:, 2]),
        every=2,
    )
    for place, state in ((1, alone.visited[2]), (2, alone.last)):
        logits, _ = learner.logits(state.weights, few_digits.test_images, state.means)
        assert float(found[place, 2]) == pytest.approx(
            float((logits.argmax(1) == few_digits.test_labels).float().mean())
        )


def test_outcomes_are_within_what_the_experiment_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "SCALES", {"smoke": {name: small(name) for name in SMOKE}})
    outcomes = experiment.run(mnist, "smoke", seeds=[0], device="cpu")  # type: ignore[arg-type]
    assert [outcome.condition for outcome in outcomes] == list(SMOKE)
    for outcome in outcomes:
        assert set(outcome.metrics) == set(mnist.METRICS)
        for name, value in outcome.metrics.items():
            assert mnist.METRICS[name].lowest <= value <= mnist.METRICS[name].highest
        assert outcome.curves["inner"].x == [1.0, 2.0, 3.0]
        assert all(len(curve.x) == len(curve.y) > 0 for curve in outcome.curves.values())


def test_the_course_of_an_inner_loop_ends_at_the_accuracy() -> None:
    config = replace(small("real"), curve_images=100, steps=6)
    (outcome,) = mnist.train(config, seeds=[0], device="cpu")
    assert outcome.curves["inner"].y[-1] == pytest.approx(outcome.metrics["accuracy"])
    assert outcome.curves["inner"].y[-2] == pytest.approx(outcome.metrics["without_last"])
    assert len(set(outcome.curves["inner"].y)) > 1


def test_the_papers_networks_do_a_whole_update(few_digits: teaching.Task) -> None:
    config = replace(small(), network="conv", widths=(3, 4, 5), side=8, maps=(4, 3), every=1, updates=1)
    source = seeding.generator(0, "digits")
    images, labels = torch.rand(60, 1, 8, 8, generator=source), torch.arange(60) % 10
    known = teaching.split((images, labels), (images, labels), 10, Data("digits"), "cpu")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mnist, "task", lambda config, place: known)
        outcomes = mnist.train(config, seeds=[0, 1], device="cpu")
    assert all(0 <= outcome.metrics["accuracy"] <= 1 for outcome in outcomes)


def test_digits_are_shrunk_by_means_and_split() -> None:
    known = WHOLE_TASK(replace(small(), side=14), CPU)
    rest = len(known.train_labels) + len(known.validation_labels)
    assert known.train_images.shape == (len(known.train_labels), 1, 14, 14)
    assert len(known.validation_labels) in (100, rest // 4)
    assert float(known.train_images.mean()) == pytest.approx(0, abs=1e-3)
    assert float(known.train_images.std()) == pytest.approx(1, abs=1e-3)
    whole = WHOLE_TASK(replace(small(), side=28), CPU)
    pooled, shrunk = F.avg_pool2d(whole.train_images[:50], 2).flatten(), known.train_images[:50].flatten()
    assert float(torch.corrcoef(torch.stack([pooled, shrunk]))[0, 1]) == pytest.approx(1, abs=1e-4)
    with pytest.raises(ValueError, match="4 to 28 pixels"):
        WHOLE_TASK(replace(small(), side=32), CPU)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="three widths"):
        mnist.taught(replace(small(), network="conv"))
