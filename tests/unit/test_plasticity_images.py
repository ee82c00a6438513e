"""Photographs: what the network is shown, what counts as an error, and training against the literal method."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from aiga import checkpoint, experiment, seeding
from aiga.checkpoint import CheckpointError
from aiga.experiment import GENERATED
from aiga.plasticity import figures_images, images
from aiga.plasticity.model import PlasticRNN

PAPER = images.SCALES["paper"]["plastic"]
SMALL = replace(images.SCALES["smoke"]["plastic"], side=4, updates=4, test_episodes=7)


def generator(seed: int = 0) -> torch.Generator:
    return seeding.generator(seed, "test episodes")


def pool(count: int = 30, side: int = 4, seed: int = 0) -> Tensor:
    """Photographs without two equal ones, and without a pixel of exactly 0."""
    return images.grey(torch.rand(count, 3, 32, 32, generator=generator(seed)) * 255, side)


def test_the_papers_settings_are_the_sheets() -> None:
    assert (PAPER.steps, PAPER.neurons, PAPER.pixels, PAPER.patterns, PAPER.cycles) == (201, 1025, 1024, 3, 3)
    assert (PAPER.shown, PAPER.gap, PAPER.probe, PAPER.degrade) == (20, 2, 3, "half")
    assert (PAPER.learning_rate, PAPER.batch, PAPER.updates, PAPER.eta, PAPER.init) == (1e-4, 1, 100_000, 0.01, 0.01)
    assert PAPER.alpha == "per_connection"
    network = PlasticRNN(PAPER.neurons, [generator()], clamp="hard")
    assert sum(parameter.numel() for parameter in network.parameters()) == 2_101_251
    assert images.SCALES["colab"]["plastic"].neurons == PAPER.neurons
    assert set(images.SCALES["paper"]) == {"plastic", "homogeneous", "rnn"}


def test_photographs_become_grey_as_in_the_original() -> None:
    """Sum over colours, minus the photograph's own mean, over its own largest value up to sign."""
    photographs = torch.randint(256, (5, 3, 32, 32), generator=generator(), dtype=torch.uint8)
    ours = images.grey(photographs, 32).double().numpy()
    for photograph, result in zip(photographs.numpy(), ours, strict=True):
        literal = photograph.reshape(3, 1024).astype(int).sum(0).astype(float)
        literal = literal - np.mean(literal)
        literal = literal / (1e-8 + np.max(np.abs(literal)))
        np.testing.assert_allclose(result, literal, atol=1e-5)


def test_smaller_photographs_are_means_over_areas() -> None:
    photographs = torch.randint(256, (3, 3, 32, 32), generator=generator(), dtype=torch.uint8)
    means = photographs.float().sum(1).view(3, 16, 2, 16, 2).mean((2, 4)).flatten(1)
    means = means - means.mean(1, keepdim=True)
    torch.testing.assert_close(images.grey(photographs, 16), means / means.abs().amax(1, keepdim=True))
    assert images.grey(photographs, 12).shape == (3, 144)


def test_a_photograph_of_one_colour_is_blank() -> None:
    assert torch.equal(images.grey(torch.full((1, 3, 32, 32), 7, dtype=torch.uint8), 8), torch.zeros(1, 64))


@settings(max_examples=25, deadline=None)
@given(
    side=st.integers(2, 6),
    patterns=st.integers(1, 4),
    cycles=st.integers(1, 3),
    shown=st.integers(1, 4),
    gap=st.integers(0, 3),
    probe=st.integers(1, 4),
    degrade=st.sampled_from(["half", "pixels"]),
)
def test_an_episode_shows_each_photograph_in_each_cycle_and_then_half_of_one(
    side: int, patterns: int, cycles: int, shown: int, gap: int, probe: int, degrade: str
) -> None:
    config = replace(
        SMALL, side=side, patterns=patterns, cycles=cycles, shown=shown, gap=gap, probe=probe, degrade=degrade
    )  # type: ignore[arg-type]
    drawn = images.episodes(pool(side=side), config, generator(), 4)
    pixels = config.pixels
    assert drawn.drives.shape == (config.steps, 4, pixels + 1)
    assert (drawn.drives[:, :, -1] == 1).all()
    inputs = drawn.drives[:, :, :pixels]
    for episode in range(4):
        for cycle in range(cycles):
            starts = [(cycle * patterns + position) * (shown + gap) for position in range(patterns)]
            seen = torch.stack([inputs[start, episode] for start in starts])
            assert torch.equal(seen.sort(0).values, drawn.patterns[episode].sort(0).values)
            for start in starts:
                assert (inputs[start : start + shown, episode] == inputs[start, episode]).all()
                assert (inputs[start + shown : start + shown + gap, episode] == 0).all()
        assert torch.equal(seen, drawn.patterns[episode])  # the order of the last cycle
        assert (inputs[-probe:, episode] == drawn.target[episode] * drawn.visible[episode]).all()
        assert torch.equal(drawn.target[episode], drawn.patterns[episode, drawn.probed[episode]])
        visible = drawn.visible[episode]
        if degrade == "half":  # one of the two halves, row by row
            upper = (torch.arange(pixels) < pixels // 2).float()
            assert torch.equal(visible, upper) or torch.equal(visible, 1 - upper)
        else:
            assert int((visible == 0).sum()) == pixels // 2


def test_both_halves_and_all_photographs_are_asked_for() -> None:
    drawn = images.episodes(pool(), SMALL, generator(), 600)
    assert 0.42 < float(drawn.visible[:, 0].mean()) < 0.58
    shares = torch.bincount(drawn.probed, minlength=3) / 600
    assert (shares > 0.26).all()


def test_a_visible_pixel_is_clamped_and_an_exact_zero_is_not() -> None:
    photographs = pool()
    photographs[:, 3] = 0
    network = PlasticRNN(SMALL.neurons, [generator()], clamp="hard", init=0.5)
    drawn = images.episodes(photographs, SMALL, generator(), 5)
    with torch.no_grad():
        activity = network(drawn.drives[:, None])[:, 0]
    driven = drawn.drives != 0
    assert torch.equal(activity[driven], drawn.drives[driven])
    assert (activity[1:, :, 3] != 0).all()
    assert (activity[:, :, -1] == 1).all()


@pytest.mark.parametrize("alpha", ["per_connection", "homogeneous", "none"])
def test_training_one_step_is_adam_on_the_literal_loss(alpha: str) -> None:
    """One update of the trainer against a plain loop over one episode at a time, as the original has it."""
    config = replace(SMALL, alpha=alpha, updates=1, batch=2, cycles=2, chunk=5)  # type: ignore[arg-type]
    outcome = images.train(config, seeds=[4], device="cpu")[0]
    seen, _, _ = images.pool(config, torch.device("cpu"))
    start = PlasticRNN(config.neurons, [seeding.generator(4, "init")], alpha=config.alpha, clamp="hard", eta=config.eta)
    parameters = {name: value.detach().double().requires_grad_() for name, value in start.named_parameters()}
    w, a, eta = (parameters.get(name, torch.zeros(1, 1, 1)).squeeze(0) for name in ("weight", "alpha", "eta"))
    drawn = images.episodes(seen, config, seeding.generator(4, "episodes"), config.batch)
    total, hidden_errors = torch.zeros((), dtype=torch.float64), []
    for episode in range(config.batch):
        y = torch.zeros(1, config.neurons, dtype=torch.float64)
        hebb = torch.zeros(config.neurons, config.neurons, dtype=torch.float64)
        for drive in drawn.drives[:, episode].double():
            clamped = (drive != 0).double()
            new = torch.tanh(y @ (w + a * hebb)) * (1 - clamped) + drive * clamped
            hebb = (1 - eta) * hebb + eta * y.T @ new
            y = new
        difference = y[0, :-1] - drawn.target[episode].double()
        total = total + difference.square().sum() / config.batch
        hidden_errors += difference[drawn.visible[episode] == 0].detach().square().tolist()
    total.backward()
    assert outcome.curves["loss"].y == pytest.approx([float(total.detach())], rel=1e-5)
    assert outcome.curves["error"].y == pytest.approx([np.mean(hidden_errors) ** 0.5], rel=1e-5)
    assert outcome.network is not None
    for name, trained in outcome.network.named_parameters():
        gradient = parameters[name].grad
        assert gradient is not None
        step = config.learning_rate * gradient.sign()  # Adam's first step, where the gradient is not tiny
        clear = gradient.abs() > 1e-4
        torch.testing.assert_close(
            trained.detach().double()[clear], (parameters[name] - step).detach()[clear], rtol=0, atol=1e-6
        )


def test_simple_answers_err_as_computed_by_hand() -> None:
    """A network that answers nothing, and episodes whose answers are written down here."""
    network = PlasticRNN(SMALL.neurons, [generator()], alpha="none", clamp="hard", init=0.0)
    photographs = pool()
    measured = images.evaluate(network, photographs, SMALL, seed=3)
    drawn = images.episodes(photographs, SMALL, seeding.generator(3, "test"), SMALL.test_episodes)
    hidden = drawn.visible == 0
    for name, answer in (
        ("error_of_mean", drawn.patterns.mean(1)),
        ("error_of_last", drawn.patterns[:, -1]),
        ("error_of_blank", torch.zeros_like(drawn.target)),
        ("error", torch.zeros_like(drawn.target)),
    ):
        assert measured[name] == pytest.approx(float((answer - drawn.target)[hidden].square().mean().sqrt()), rel=1e-5)
    assert measured["squared_error"] == pytest.approx(measured["error"] ** 2 * SMALL.pixels / 2, rel=1e-5)


def test_the_mean_of_three_is_better_than_no_answer_and_the_last_is_worse() -> None:
    """Of independent photographs of variance v: 6/9 v, v and 12/9 v."""
    network = PlasticRNN(SMALL.neurons, [generator()], alpha="none", clamp="hard")
    config = replace(SMALL, test_episodes=3000)
    measured = images.evaluate(network, pool(3000), config, seed=0)
    blank = measured["error_of_blank"] ** 2
    assert measured["error_of_mean"] ** 2 / blank == pytest.approx(2 / 3, rel=0.05)
    assert measured["error_of_last"] ** 2 / blank == pytest.approx(4 / 3, rel=0.08)


def test_training_and_test_photographs_are_different_ones() -> None:
    seen, unseen, photographs = images.pool(SMALL, torch.device("cpu"))
    assert (len(seen), len(unseen)) == (len(photographs.train_images), len(photographs.test_images))
    known = {image.tobytes() for image in photographs.train_images.numpy()}
    shared = sum(image.tobytes() in known for image in photographs.test_images.numpy())
    assert shared <= 0.01 * len(photographs.test_images)


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = images.train(SMALL, seeds=[7], device="cpu")[0]
    among = images.train(SMALL, seeds=[3, 7, 5], device="cpu")[1]
    assert among.seed == 7
    assert among.metrics == pytest.approx(alone.metrics, rel=1e-4)
    torch.testing.assert_close(torch.tensor(alone.curves["loss"].y), torch.tensor(among.curves["loss"].y))


def test_stopping_early_and_resuming_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = images.train(SMALL, seeds=[1, 2], device="cpu")
    beginning = images.train(SMALL, seeds=[1, 2], device="cpu", limit=2)
    assert beginning[0].curves["error"].y == whole[0].curves["error"].y[:2]
    file, original, calls = tmp_path / "run.pt", images.hidden_squares, 0

    def stopping(*arguments: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        if calls == 3:  # the third update is never finished
            raise KeyboardInterrupt
        return original(*arguments)

    real = checkpoint.steps
    monkeypatch.setattr(images, "hidden_squares", stopping)
    monkeypatch.setattr(checkpoint, "steps", lambda *a, **k: real(*a, every=0.0, **k))
    with pytest.raises(KeyboardInterrupt):
        images.train(SMALL, seeds=[1, 2], device="cpu", checkpoint=file)
    monkeypatch.setattr(images, "hidden_squares", original)
    assert file.exists()
    resumed = images.train(SMALL, seeds=[1, 2], device="cpu", checkpoint=file)
    assert [each.metrics for each in resumed] == [each.metrics for each in whole]
    with pytest.raises(CheckpointError, match="another run"):
        images.train(replace(SMALL, learning_rate=1.0), seeds=[1, 2], device="cpu", checkpoint=file)


def test_outcomes_are_within_what_the_experiment_declares() -> None:
    outcomes = experiment.run(images, "smoke", seeds=[0], device="cpu")
    assert {outcome.condition for outcome in outcomes} == set(images.SCALES["smoke"])
    for outcome in outcomes:
        assert set(outcome.metrics) <= set(images.METRICS)
        for name, value in outcome.metrics.items():
            assert images.METRICS[name].lowest <= value <= images.METRICS[name].highest
        assert all(len(curve.x) == len(curve.y) > 0 for curve in outcome.curves.values())


@pytest.mark.needs_data("cifar10")
def test_plasticity_completes_what_a_plain_network_cannot() -> None:
    config = replace(images.SCALES["ci"]["plastic"], side=8, updates=150, test_episodes=200)
    plastic = images.train(config, seeds=[0], device="cpu")[0].metrics
    plain = images.train(replace(config, condition="rnn", alpha="none"), seeds=[0], device="cpu")[0].metrics
    assert plastic["error"] < plastic["error_of_mean"] - 0.05
    assert plastic["error"] < plain["error"] - 0.03
    assert plastic["error"] < plastic["error_without_plasticity"] - 0.05


@pytest.mark.needs_gpu
def test_experiments_run_on_a_gpu() -> None:
    for outcome in experiment.run(images, "smoke", seeds=[0, 1], device="cuda"):
        assert outcome.network is not None
        assert next(outcome.network.parameters()).is_cuda
        assert all(torch.isfinite(torch.tensor(each.y)).all() for each in outcome.curves.values())


@pytest.mark.parametrize("side", [1, 33])
def test_sizes_that_cannot_be_are_refused(side: int) -> None:
    with pytest.raises(ValueError, match="side"):
        images.train(replace(SMALL, side=side), seeds=[0], device="cpu")


def test_the_mean_from_row_to_row_leaves_a_pixels_own_connection_out() -> None:
    matrix = torch.rand(SMALL.neurons, SMALL.neurons, generator=generator())
    means = figures_images.by_row(matrix, SMALL)
    for source in range(4):
        for target in range(4):
            pairs = [
                float(matrix[4 * source + i, 4 * target + j])
                for i in range(4)
                for j in range(4)
                if (source, i) != (target, j)
            ]
            assert float(means[source, target]) == pytest.approx(np.mean(pairs))


def test_figures_show_what_they_are_given() -> None:
    outcomes = {"plastic": images.train(SMALL, seeds=[0, 1], device="cpu")}
    drawn = images.episodes(pool(), SMALL, generator(), 4)
    rows = figures_images.reconstructions(drawn, {"mine": drawn.target}, SMALL, data=GENERATED, episodes=(0, 2))
    assert len(rows.axes) == 2 * (3 + 1 + 1 + 1)
    shown = np.asarray(rows.axes[6 + 4].images[0].get_array())
    np.testing.assert_allclose(shown, drawn.target[2].view(4, 4).numpy())
    curves = figures_images.learning(outcomes)
    assert "grey levels" in curves.axes[0].get_ylabel()
    network = outcomes["plastic"][0].network
    assert isinstance(network, PlasticRNN)
    picture = figures_images.connections(network.weight[0], network.alpha[0], SMALL, pixel=(1, 2))
    incoming = network.alpha[0].detach()[: SMALL.pixels, 1 * 4 + 2].view(4, 4).numpy()
    np.testing.assert_allclose(np.asarray(picture.axes[1].images[0].get_array()), incoming)
