"""The clamped LSTM against PyTorch's own, what clamping does, and its training beside the other networks."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from aiga import seeding
from aiga.checkpoint import CheckpointError
from aiga.experiment import Outcome
from aiga.plasticity import binary, comparison, figures_lstm
from aiga.plasticity.lstm import ClampedLSTM

SMALL = replace(comparison.SCALES["smoke"]["lstm"], updates=6, test_episodes=20)


def networks(inputs: int = 5, cells: int = 8, count: int = 2, *, clamped: bool = True) -> ClampedLSTM:
    return ClampedLSTM(
        inputs, cells, [seeding.generator(seed, "init") for seed in range(count)], clamped=clamped
    ).double()


def drives(steps: int = 7, count: int = 2, batch: int = 3, inputs: int = 5, strength: float = 1.0) -> Tensor:
    """Random inputs, a third of which are exactly zero."""
    generator = seeding.generator(0, "drives")
    values = torch.randn(steps, count, batch, inputs, generator=generator, dtype=torch.float64)
    return strength * values * (torch.rand(values.shape, generator=generator) < 0.67)


def reference(network: ClampedLSTM, position: int) -> torch.nn.LSTM:
    """PyTorch's LSTM with the weights of one of the networks; its matrices have the gates first."""
    peer = torch.nn.LSTM(network.inputs, network.cells).double()
    with torch.no_grad():
        peer.weight_ih_l0.copy_(network.input_weight[position].T)
        peer.weight_hh_l0.copy_(network.weight[position].T)
        peer.bias_ih_l0.copy_(network.bias[position, 0])
        peer.bias_hh_l0.zero_()
    return peer


@pytest.mark.parametrize("clamped", [True, False])
def test_equals_pytorchs_lstm_with_gradients(clamped: bool) -> None:
    network, inputs = networks(clamped=clamped), drives()
    outputs = network(inputs)
    gradients = torch.autograd.grad(outputs[-1].square().sum(), list(network.parameters()))
    for position in range(2):
        peer = reference(network, position)
        theirs, _ = peer(inputs[:, position])
        torch.testing.assert_close(outputs[:, position], theirs, rtol=0, atol=1e-12)
        weights = [peer.weight_ih_l0, peer.weight_hh_l0, peer.bias_ih_l0]
        expected = torch.autograd.grad(theirs[-1].square().sum(), weights)
        for mine, other in zip(gradients, expected, strict=True):
            torch.testing.assert_close(mine[position].squeeze(0), other.t(), rtol=1e-9, atol=1e-12)


def test_clamping_writes_what_the_original_writes() -> None:
    """``simple/lstm.py`` lines 158-165, gate by gate: input, forget, cell, output."""
    network = networks()
    network.bias.data.fill_(7.0)
    network.input_weight.data.fill_(7.0)
    network(drives())  # rewritten at every call
    into, forget, new, out = network.bias[:, 0].view(2, 4, 8).unbind(1)
    assert (into[:, :5] == 10).all()
    assert (forget[:, :5] == -1000).all()
    assert (new[:, :5] == 0).all()
    assert (out[:, :5] == 10).all()
    assert all((gate[:, 5:] == 7).all() for gate in (into, forget, new, out))
    weights = network.input_weight.view(2, 5, 4, 8)
    assert torch.equal(weights[:, :, 2, :5], 10 * torch.eye(5, dtype=torch.float64).expand(2, 5, 5))
    assert (weights[:, :, 2, 5:] == 7).all()
    assert (weights[:, :, [0, 1, 3]] == 7).all()


def test_a_clamped_cell_says_the_sign_of_its_input() -> None:
    network = networks()
    network.weight.data.mul_(3)  # whatever the other cells say
    inputs = drives(20, strength=10.0).sign() * 10
    outputs = network(inputs)[..., :5]
    shown = inputs != 0
    assert torch.equal(outputs[shown].sign(), inputs[shown].sign())
    assert float(outputs.detach().abs().max()) < torch.tanh(torch.tensor(1.0))


def test_a_clamped_cell_forgets_and_another_cell_need_not() -> None:
    network = networks(count=1)
    for parameter in network.parameters():
        parameter.data.zero_()
    network.bias.data[..., 8:16] = 50.0  # every forget gate open; the clamped ones are rewritten
    network.bias.data[..., 24:32] = 50.0
    network.input_weight.data[:, 0, 16 + 6] = 1.0  # cell 6 listens to input 0
    network.bias.data[..., 6] = 50.0
    inputs = torch.zeros(10, 1, 1, 5, dtype=torch.float64)
    inputs[0, ..., 0] = 10.0
    outputs = network(inputs)[:, 0, 0].detach()
    assert float(outputs[0, 0]) == pytest.approx(0.7616, abs=1e-3)
    assert float(outputs[1:, 0].abs().max()) < 1e-12
    torch.testing.assert_close(outputs[1:, 6], outputs[:1, 6].expand(9), rtol=1e-9, atol=0)


def test_gradients_against_finite_differences() -> None:
    network, inputs = networks(2, 4, 1, clamped=False), drives(5, 1, 2, 2)
    names = [name for name, _ in network.named_parameters()]

    def last_output(*values: Tensor) -> Tensor:
        return torch.func.functional_call(network, dict(zip(names, values, strict=True)), (inputs,))[-1]

    values = tuple(value.detach().clone().requires_grad_() for value in network.parameters())
    assert torch.autograd.gradcheck(last_output, values, atol=1e-6)


def test_selecting_one_network_keeps_its_numbers() -> None:
    network, inputs = networks(), drives()
    torch.testing.assert_close(network.select(1)(inputs[:, 1:]), network(inputs)[:, 1:], rtol=0, atol=1e-13)


def test_wrong_sizes_are_named() -> None:
    with pytest.raises(ValueError, match="4 cells"):
        networks(5, 4)
    with pytest.raises(ValueError, match=r"\(T, 2, B, 5\)"):
        networks()(torch.zeros(3, 2, 1, 8, dtype=torch.float64))


def test_the_papers_lstm_is_the_sheets() -> None:
    config = comparison.SCALES["paper"]["lstm"]
    assert isinstance(config, comparison.LSTMConfig)
    assert (config.cells, config.bits, config.neurons, config.steps) == (2000, 50, 50, 11)
    assert (config.learning_rate, config.updates, config.batch, config.drive) == (3e-5, 1_000_000, 1, 100)
    assert (config.clamped, config.balanced) == (True, True)
    network = ClampedLSTM(config.bits, config.cells, [seeding.generator(0, "init")])
    # 16.4 million; PyTorch's second bias, which the original keeps at 0, would be 8,000 more
    assert sum(parameter.numel() for parameter in network.parameters()) == 16_408_000
    # The clamp leaves the other gates' input weights as they are: a shown bit may come out faint, but never wrong.
    drawn = binary.episodes(config, seeding.generator(0, "test"), 20)
    with torch.no_grad():
        said = network(drawn.drives[: config.shown, None])[:, 0, :, :50]
    assert torch.equal(said.sign(), drawn.drives[: config.shown].sign())
    assert 0.1 < float((said.abs() < 0.1).float().mean()) < 0.25


def test_every_network_sees_the_same_episodes() -> None:
    conditions = comparison.SCALES["ci"]
    ours, theirs = (binary.episodes(conditions[name], seeding.generator(3, "test"), 20) for name in ("lstm", "plastic"))
    assert torch.equal(ours.target, theirs.target)
    assert torch.equal(ours.visible, theirs.visible)
    assert torch.equal(ours.drives.sign(), theirs.drives[..., :50].sign())


def test_untrained_it_knows_the_visible_half() -> None:
    """Clamping alone brings it to the floor where the hidden half is guessed, and no other cell is needed for that."""
    config = replace(comparison.SCALES["ci"]["lstm"], updates=1)
    outcome = comparison.train(config, seeds=[0], device="cpu")[0]
    assert outcome.metrics["error"] == pytest.approx(config.guessing, abs=0.02)
    loose = comparison.train(replace(config, clamped=False), seeds=[0], device="cpu")[0]
    assert loose.metrics["error"] == pytest.approx(0.5, abs=0.05)


def test_errors_by_probe_make_up_the_error() -> None:
    """A player that holds the last pattern and guesses the other, against the split that the outcomes report."""

    class LastOnly(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.place = torch.nn.Parameter(torch.zeros(()))

        def forward(self, inputs: Tensor) -> Tensor:
            shown, probe = inputs[4], inputs[-1]
            agrees = ((shown * probe) >= 0).all(-1, keepdim=True)
            coin = torch.randint(2, probe.shape, generator=seeding.generator(0, "coin")) * 2.0 - 1
            return torch.where(agrees, shown, torch.where(probe == 0, coin, probe))[None]

    found = comparison.by_probe(LastOnly(), comparison.SCALES["ci"]["plastic"], seed=5)
    assert found["error_last"] == 0
    assert found["error_first"] == pytest.approx(0.25, abs=0.02)
    assert found["error"] == pytest.approx(0.125, abs=0.02)


def test_the_figure_shows_each_run_in_its_panel() -> None:
    groups = {
        name: [Outcome(name, seed, {"error_first": 0.2, "error_last": 0.1}) for seed in range(3)]
        for name in ("plastic", "lstm")
    }
    figure = figures_lstm.by_probe({"here": groups, "recorded": groups}, comparison.SCALES["ci"]["plastic"])
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["here", "recorded"]
    marks = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 3]
    assert [list(line.get_xdata()) for line in marks] == [[0.1] * 3] * 2
    assert [list(line.get_ydata()) for line in marks] == [[0.2] * 3] * 2


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = comparison.train(SMALL, seeds=[7], device="cpu")[0]
    among = comparison.train(SMALL, seeds=[3, 7, 5], device="cpu")[1]
    assert among.seed == 7
    torch.testing.assert_close(torch.tensor(alone.curves["error"].y), torch.tensor(among.curves["error"].y))
    assert alone.network is not None
    assert among.network is not None
    for mine, theirs in zip(alone.network.parameters(), among.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_stopping_early_and_resuming_change_nothing(tmp_path: Path) -> None:
    whole = comparison.train(SMALL, seeds=[1], device="cpu")[0]
    beginning = comparison.train(SMALL, seeds=[1], device="cpu", limit=2)[0]
    assert beginning.curves["error"].y == whole.curves["error"].y[:2]
    saved = comparison.train(SMALL, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    again = comparison.train(SMALL, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    assert saved.metrics == whole.metrics == again.metrics
    with pytest.raises(CheckpointError, match="another run"):
        comparison.train(replace(SMALL, learning_rate=1.0), seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")


def test_it_learns_more_than_the_visible_half() -> None:
    config = replace(comparison.SCALES["ci"]["lstm"], bits=10, cells=40, updates=300, test_episodes=300)
    outcomes = comparison.train(config, seeds=[0, 1], device="cpu")
    assert max(outcome.metrics["error"] for outcome in outcomes) < 0.2
