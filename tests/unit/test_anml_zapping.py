"""Resets while training: what is reset when, what a sequence leaves behind, and what the experiment declares."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from matplotlib.figure import Figure

from aiga import experiment, seeding
from aiga.anml import figures_maml, figures_zapping, maml, transfer, zapping
from aiga.anml.drawings import Drawings
from aiga.anml.model import ANML
from aiga.checkpoint import CheckpointError
from aiga.experiment import Curve, Outcome

SMOKE = zapping.SCALES["smoke"]


def generator(seed: int = 0) -> torch.Generator:
    return seeding.generator(seed, "test")


def network(channels: int = 2, outputs: int = 9) -> ANML:
    return ANML(generator(), channels=channels, outputs=outputs, gated=False)


def drawings(classes: int = 9) -> Drawings:
    return Drawings(torch.randint(256, (classes, 20, 28, 28), generator=generator(1), dtype=torch.uint8))


def test_the_papers_settings_are_the_sheets() -> None:
    paper = zapping.SCALES["paper"]
    assert list(paper) == ["iid", "iid_zap", "asb", "asb_zap", "meta_asb", "meta_asb_zap"]
    for name, updates in (("iid", 570), ("asb", 9_000), ("meta_asb", 25_000)):
        for config in (paper[name], paper[f"{name}_zap"]):
            assert (config.channels, config.outputs, config.classes, config.updates) == (256, 1000, 963, updates)
            assert (config.learning_rate, config.inner_rate, config.remember) == (1e-3, 0.1, 64)
            assert (config.batch, config.test_classes, config.transfer_epochs) == (256, 600, 5)
            assert (config.order, config.inner, config.learning) == (2, "network", name)
    assert paper["iid"].drawers == 15
    assert (paper["iid"].epoch - 1) * 256 < 963 * 15 <= paper["iid"].epoch * 256


@pytest.mark.parametrize("scale", zapping.SCALES)
def test_pairs_of_conditions_differ_in_the_reset_alone(scale: str) -> None:
    table = zapping.SCALES[scale]  # type: ignore[index]
    for name in ("iid", "asb", "meta_asb"):
        with_resets = table[f"{name}_zap"]
        assert with_resets.zap
        assert replace(with_resets, condition=name, zap=False) == table[name]


def test_a_sequence_is_plain_sgd_whose_changes_stay() -> None:
    mine, theirs = network(), network()
    images, label = torch.rand(20, 1, 28, 28, generator=generator()), torch.tensor([3])
    zapping.learn_in_sequence(mine, images, label, rate=0.1)
    optimiser = torch.optim.SGD(theirs.parameters(), lr=0.1)
    for image in images.split(1):
        optimiser.zero_grad()
        F.cross_entropy(theirs(image), label).backward()
        optimiser.step()
    for ours, other in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(ours, other, rtol=1e-4, atol=1e-6)
    assert not torch.allclose(mine.head_weight, network().head_weight)


@pytest.mark.parametrize("name", SMOKE)
def test_what_an_update_changes_before_its_gradient(name: str) -> None:
    """One row, all rows, or the sequence's changes; never the biases by a reset."""
    config = replace(SMOKE[name], epoch=2, remember=10, batch=10)
    learner = network()
    before = copy.deepcopy(learner.state_dict())
    shown = drawings().meta_batch(generator(5), config.remember).label
    zapping.objective(learner, drawings(), config, generator(5), generator(6), update=1)
    changed = (learner.head_weight != before["head_weight"]).all(1)
    if config.learning == "asb":
        assert not torch.equal(learner.head_bias, before["head_bias"])
        return
    assert torch.equal(learner.head_bias, before["head_bias"])
    expected = [int(shown)] if name == "meta_asb_zap" else []
    assert changed.nonzero().flatten().tolist() == expected, "update 1 is not the beginning of an epoch"
    if name == "iid_zap":
        zapping.objective(learner, drawings(), config, generator(5), generator(6), update=2)
        assert (learner.head_weight != before["head_weight"]).all()
        assert torch.equal(learner.head_bias, before["head_bias"])


def test_resets_do_not_change_what_is_shown() -> None:
    """With and without, the same classes and drawings come in the same order: only the weights differ."""
    streams = []
    for zap in (False, True):
        config = replace(SMOKE["meta_asb"], zap=zap, remember=10)
        stream = generator(5)
        zapping.objective(network(), drawings(), config, stream, generator(6), update=0)
        streams.append(stream.get_state())
    assert torch.equal(*streams)


def test_a_reset_layer_begins_as_it_began() -> None:
    learner = network(channels=40, outputs=200)
    learner.head_bias.data.fill_(2.0)
    transfer.reset(learner, generator())
    assert float(learner.head_weight.detach().std()) == pytest.approx((2 / 360) ** 0.5, rel=0.02)
    assert (learner.head_bias == 2).all()


def test_shuffled_transfer_learns_and_leaves_the_network_alone() -> None:
    """Characters whose drawings are all alike are learned; held-out drawings of noise are not."""
    learner = network(channels=8, outputs=10)
    before = copy.deepcopy(learner.state_dict())
    alike = torch.randint(256, (12, 1, 28, 28), generator=generator(), dtype=torch.uint8).expand(-1, 20, -1, -1)
    settings = {"classes": 10, "rates": (1e-2, 1e-5), "epochs": 8, "batch": 16, "seed": 0}
    reached = transfer.shuffled(learner, Drawings(alike.contiguous()), **settings)  # type: ignore[arg-type]
    noise = transfer.shuffled(learner, drawings(12), **settings)  # type: ignore[arg-type]
    assert reached > 0.9
    assert noise < 0.5
    assert transfer.shuffled(learner, drawings(12), **settings) == noise  # type: ignore[arg-type]
    for name, value in learner.state_dict().items():
        assert torch.equal(value, before[name])


def test_sequential_transfer_names_what_is_easy_and_leaves_the_network_alone() -> None:
    """Pictures that differ in every pixel from class to class, and are alike within one, against noise."""
    config = replace(SMOKE["iid"], test_classes=8, trajectories=2, rates=(1e-4, 1e-2))
    learner = network(channels=8, outputs=10)
    before = copy.deepcopy(learner.state_dict())
    alike = torch.randint(256, (20, 1, 28, 28), generator=generator(), dtype=torch.uint8).expand(-1, 20, -1, -1)
    easy = zapping.sequential(learner, alike.contiguous(), config, seed=0)
    noise = zapping.sequential(learner, drawings(20).flat.unflatten(0, (20, 20)), config, seed=0)
    assert noise < 0.4 < easy
    for name, value in learner.state_dict().items():
        assert torch.equal(value, before[name])


def test_outcomes_are_within_what_the_experiment_declares() -> None:
    outcomes = experiment.run(zapping, "smoke", seeds=[0], device="cpu")
    assert [outcome.condition for outcome in outcomes] == list(SMOKE)
    for outcome in outcomes:
        assert set(outcome.metrics) == set(zapping.METRICS)
        assert all(0 <= value <= 1 for value in outcome.metrics.values())
        assert all(len(curve.x) == len(curve.y) > 0 for curve in outcome.curves.values())


@pytest.mark.parametrize("name", ["iid_zap", "asb_zap", "meta_asb_zap"])
def test_stopping_early_and_resuming_change_nothing(name: str, tmp_path: Path) -> None:
    config = SMOKE[name]
    whole = zapping.train(config, seeds=[1], device="cpu")[0]
    beginning = zapping.train(config, seeds=[1], device="cpu", limit=2)[0]
    assert beginning.curves["loss"].y == whole.curves["loss"].y[:2]
    saved = zapping.train(config, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    again = zapping.train(config, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    assert saved.metrics == whole.metrics == again.metrics
    with pytest.raises(CheckpointError, match="another run"):
        zapping.train(replace(config, learning_rate=1.0), seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")


def test_figures_are_drawn_from_outcomes_alone() -> None:
    outcomes = {
        name: [Outcome(name, seed, {"sequential": 0.2 + seed / 10, "shuffled": 0.5}) for seed in range(3)]
        for name in SMOKE
    }
    assert isinstance(figures_zapping.resets(outcomes, classes=50), Figure)
    with pytest.raises(ValueError, match="asb_zap"):
        figures_zapping.resets({**outcomes, "asb_zap": []}, classes=50)
    curves = {
        "accuracy": Curve([100.0, 200.0], [0.2, 0.5], "drawings seen", "fraction"),
        "steps": Curve([0.0, 1.0], [0.2, 0.6], "inner steps", "fraction"),
    }
    tasks = {name: [Outcome(name, seed, {}, curves) for seed in range(2)] for name in maml.SCALES["ci"]}
    assert isinstance(figures_maml.learning(tasks), Figure)


@pytest.mark.needs_gpu
def test_it_runs_on_a_gpu() -> None:
    for outcome in experiment.run(zapping, "smoke", seeds=[0], device="cuda"):
        assert outcome.network is not None
        assert next(outcome.network.parameters()).is_cuda


def test_the_table_of_gains_compares_seed_by_seed() -> None:
    """Seeds of both are compared, in whatever order they come; others are left out."""
    values = {"iid": {0: 0.2, 1: 0.4, 5: 0.9}, "iid_zap": {1: 0.52, 0: 0.3, 2: 0.0}}
    outcomes = {
        name: [
            Outcome(name, seed, {"sequential": each, "shuffled": 0.5})
            for seed, each in values.get(name, {0: 0.3, 1: 0.3}).items()
        ]
        for name in zapping.SCALES["ci"]
    }
    head, rows = figures_zapping.gains(outcomes)
    assert len(head) == 5
    assert [row[0] for row in rows] == ["i.i.d.", "sequence and batch, alternating", "the same, meta-learned"]
    assert rows[0][1:] == ("+11.0 (-1.7 to +23.7)", "+14", "+0.0 (+0.0 to +0.0)", "+9")
    assert rows[1][1:3] == ("+0.0 (+0.0 to +0.0)", "+14")
