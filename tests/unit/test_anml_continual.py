"""What meta-training shows, what one update does, and that runs can be stopped and resumed."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import experiment, seeding
from aiga.anml import continual, inner, learning
from aiga.anml.analysis import represent
from aiga.anml.drawings import Drawings, spread
from aiga.anml.model import ANML, OML
from aiga.checkpoint import CheckpointError

PAPER = continual.SCALES["paper"]
SMOKE = continual.SCALES["smoke"]


def generator(seed: int = 0) -> torch.Generator:
    return seeding.generator(seed, "test episodes")


def numbered(classes: int = 12) -> Tensor:
    """Drawings whose every pixel is the position of the drawing, class after class."""
    return torch.arange(classes * 20, dtype=torch.uint8)[:, None, None].expand(-1, 28, 28).view(classes, 20, 28, 28)


def positions(images: Tensor) -> list[int]:
    return ((1 - images[:, 0, 0, 0]) * 255).round().int().tolist()  # type: ignore[no-any-return]


def test_the_papers_settings_are_the_sheets() -> None:
    anml = PAPER["anml"]
    assert (anml.channels, anml.gate_channels, anml.image_channels, anml.outputs) == (256, 112, 3, 1000)
    assert (anml.classes, anml.remember, anml.inner_rate, anml.learning_rate, anml.updates) == (
        963,
        64,
        0.1,
        1e-3,
        20_000,
    )
    assert (anml.order, anml.inner, anml.zap, anml.gated, anml.learns) == (1, "network", True, True, ("head",))
    assert anml.protocol.lengths == (10, 50, 75, 100, 150, 200, 300, 400, 500, 600)
    assert set(PAPER) == {
        "anml",
        "second_order",
        "without_gate",
        "without_reset",
        "without_both",
        "head_only",
        "five_steps",
        "one_step",
        "oml",
        "oml_last",
        "oml_linear",
        "pretrain",
        "scratch",
    }
    for name, changed in (
        ("second_order", {"order": 2}),
        ("without_gate", {"gated": False}),
        ("without_reset", {"zap": False}),
        ("without_both", {"gated": False, "zap": False}),
        ("head_only", {"order": 2, "inner": "head"}),
        ("five_steps", {"steps": 5}),
        ("one_step", {"steps": 1}),
    ):
        assert replace(anml, condition=name, **changed) == PAPER[name]  # type: ignore[arg-type]
    for scale, conditions in continual.SCALES.items():
        for name, config in conditions.items():
            assert config.condition == name
            assert set(config.protocol.lengths) <= set(continual.LENGTHS), scale


def test_a_meta_batch_is_one_whole_class_and_drawings_of_any() -> None:
    drawings, stream, classes = Drawings(numbered()), generator(), set()
    orders = set()
    for _ in range(150):
        drawn = drawings.meta_batch(stream, 30)
        label, shown = int(drawn.label), positions(drawn.images)
        classes.add(label)
        orders.add(tuple(place % 20 for place in shown[:20]))
        assert sorted(shown[:20]) == list(range(20 * label, 20 * label + 20))
        assert len(set(shown[20:])) == 30
        assert drawn.labels.tolist() == [place // 20 for place in shown]
    assert classes == set(range(12))
    assert len(orders) == 150


def test_an_ordinary_batch_holds_each_drawing_once_at_most() -> None:
    images, labels = Drawings(numbered()).batch(generator(), 84)
    assert len(set(positions(images))) == 84
    assert labels.tolist() == [place // 20 for place in positions(images)]


def test_ink_is_one_and_paper_zero() -> None:
    images = torch.tensor([0, 255], dtype=torch.uint8)[:, None, None, None].expand(2, 20, 28, 28)
    assert Drawings(images).look_up(torch.tensor([0, 20]))[:, 0, 5, 5].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("steps", [1, 5, 20])
def test_one_update_is_adam_on_the_meta_gradient_after_the_reset(steps: int) -> None:
    """The trainer's first update against the pieces of it, one after the other."""
    config = replace(SMOKE["anml"], updates=1, classes=12, steps=steps)
    network = learning.create(config, 3, torch.device("cpu"))
    expected = learning.create(config, 3, torch.device("cpu"))
    drawings = Drawings(torch.randint(256, (12, 20, 28, 28), generator=generator(), dtype=torch.uint8))
    training = learning.learn(network, drawings, config, 3)
    drawn = drawings.meta_batch(seeding.generator(3, "episodes"), config.remember)
    inner.zap(expected, drawn.label, seeding.generator(3, "resets"))
    loss = inner.meta_loss(
        expected,
        drawn.images[:steps],
        drawn.label,
        drawn.images,
        drawn.labels,
        rate=config.inner_rate,
        order=config.order,
    )
    loss.backward()
    torch.optim.Adam(expected.parameters(), lr=config.learning_rate).step()
    assert float(training.noted["loss"][0, 0]) == pytest.approx(float(loss.detach()), rel=1e-5)
    for ours, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        assert theirs.grad is not None
        clear = theirs.grad.abs() > 1e-5  # where Adam's first step is not the sign of a rounding error
        torch.testing.assert_close(ours[clear], theirs[clear], rtol=0, atol=1e-5)


@pytest.mark.parametrize("steps", [0, 21])
def test_an_inner_loop_has_at_most_the_drawings_of_a_class(steps: int) -> None:
    config = replace(SMOKE["anml"], classes=12, steps=steps)
    network = learning.create(config, 0, torch.device("cpu"))
    with pytest.raises(ValueError, match=f"steps must be 1 to 20.*got {steps}"):
        learning.objective(network, Drawings(numbered()), config, generator(), generator(1))


def test_pretraining_descends_the_ordinary_loss() -> None:
    config = replace(SMOKE["pretrain"], classes=12)
    network = learning.create(config, 0, torch.device("cpu"))
    drawings = Drawings(torch.randint(256, (12, 20, 28, 28), generator=generator(), dtype=torch.uint8))
    loss = learning.objective(network, drawings, config, generator(), generator(1))
    images, labels = drawings.batch(generator(), 20 + config.remember)
    torch.testing.assert_close(loss, F.cross_entropy(network(images), labels))


def test_conditions_make_the_networks_they_name() -> None:
    made = {
        name: learning.create(replace(config, channels=4, gate_channels=3, width=5), 0, torch.device("cpu"))
        for name, config in PAPER.items()
    }
    gated = {name for name, network in made.items() if isinstance(network, ANML) and network.gated}
    assert gated == {"anml", "second_order", "without_reset", "head_only", "five_steps", "one_step"}
    assert {name for name, network in made.items() if isinstance(network, OML)} == {
        "oml",
        "oml_last",
        "oml_linear",
        "pretrain",
        "scratch",
    }


def test_fewer_classes_are_spread_over_the_alphabets() -> None:
    images = numbered(12)
    assert torch.equal(spread(images, 12), images)
    assert spread(images, 4)[:, 0, 0, 0].tolist() == [0, 60, 120, 180]
    with pytest.raises(ValueError, match="there are 12 classes, got 13"):
        spread(images, 13)


def test_stopping_early_and_resuming_change_nothing(tmp_path: Path) -> None:
    config = SMOKE["anml"]
    whole = continual.train(config, seeds=[1], device="cpu")[0]
    beginning = continual.train(config, seeds=[1], device="cpu", limit=2)[0]
    assert beginning.curves["loss"].y == whole.curves["loss"].y[:2]
    assert set(beginning.curves) == {"loss"}
    saved = continual.train(config, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    again = continual.train(config, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    assert saved.metrics == whole.metrics == again.metrics
    other = replace(config, learning_rate=1.0)
    with pytest.raises(CheckpointError, match="another run"):
        continual.train(other, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")


def test_the_head_learns_the_same_with_and_without_the_rest_of_the_network() -> None:
    """The test by features, and the test by whole networks of which only the head learns."""
    config = replace(
        SMOKE["anml"], protocol=replace(SMOKE["anml"].protocol, lengths=(3, 5), trajectories=2, rates=(0.02,))
    )
    network = learning.create(config, 0, torch.device("cpu"))
    images = torch.rand(12, 20, 28, 28, generator=generator())
    seen = represent(network, images)
    by_features = continual.examine(network, seen, images, config, 1)
    names = ("head_weight", "head_bias")
    by_networks = continual.examine(network, seen, images, replace(config, learns=names), 1)
    torch.testing.assert_close(by_features.held_out, by_networks.held_out, rtol=0, atol=0.02)
    torch.testing.assert_close(by_features.seen, by_networks.seen, rtol=0, atol=0.02)
    torch.testing.assert_close(by_features.oracle, by_networks.oracle, rtol=0, atol=0.02)


def test_outcomes_are_within_what_the_experiment_declares() -> None:
    outcomes = experiment.run(continual, "smoke", seeds=[0], device="cpu")  # type: ignore[arg-type]
    assert {outcome.condition for outcome in outcomes} == set(SMOKE)
    for outcome in outcomes:
        assert set(outcome.metrics) <= set(continual.METRICS)
        for name, value in outcome.metrics.items():
            assert continual.METRICS[name].lowest <= value <= continual.METRICS[name].highest
        assert {"held_out", "seen", "oracle"} <= set(outcome.curves)
        gated = outcome.condition in ("anml", "second_order", "without_reset", "head_only", "five_steps", "one_step")
        assert gated == ("knn_gated" in outcome.metrics) == ("active_after_gate" in outcome.metrics)
        assert all(len(curve.x) == len(curve.y) > 0 for curve in outcome.curves.values())
