"""The plastic LSTM against its equations written out literally, finite differences, and PyTorch's own LSTM."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from aiga import seeding
from aiga.backpropamine import words
from aiga.backpropamine.plastic_lstm import PlasticLSTM, State
from aiga.backpropamine.word_model import parameters

RULES = ("plain", "plastic", "simple", "retroactive")
PLASTIC = RULES[1:]


def layer(rule: str, inputs: int = 3, cells: int = 4, count: int = 2, **settings: object) -> PlasticLSTM:
    """Small float64 networks with weights large enough that every term matters and some traces are clipped."""
    chosen = {"init": 0.8, "alpha": 0.8, "rate": 0.7, "eta": 0.3, "bound": 0.05} | settings
    generators = [seeding.generator(seed, "init") for seed in range(count)]
    made = PlasticLSTM(inputs, cells, generators, rule=rule, **chosen).double()  # type: ignore[arg-type]
    if made.plastic:
        noise = torch.rand(made.rate.shape, generator=seeding.generator(0, "rate"), dtype=torch.float64)
        made.rate.data.mul_(0.5 + noise)  # a rate of its own for each connection
    return made


def text(steps: int = 8, count: int = 2, batch: int = 3, inputs: int = 3) -> Tensor:
    return torch.randn(steps, count, batch, inputs, generator=seeding.generator(0, "text"), dtype=torch.float64)


def stepped(network: PlasticLSTM, inputs: Tensor, state: State | None = None) -> tuple[Tensor, State]:
    state = state or network.initial_state(inputs.shape[2])
    outputs = []
    for received in inputs:
        state = network.step(received, state)
        outputs.append(state.output)
    return torch.stack(outputs), state


def literal(network: PlasticLSTM, inputs: Tensor, s: int, b: int) -> tuple[list[float], list[list[float]]]:
    """The equations with loops over cells, one network, one stream: slow, and hard to get wrong."""

    def sigmoid(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    size = network.cells
    u, w, bias = (value[s].tolist() for value in (network.input_weight, network.weight, network.bias))
    alpha, v = network.alpha[s].tolist(), network.rate[s].tolist()
    eta = float(network.eta[s].detach()) if network.rule == "retroactive" else 0.0
    h, c = [0.0] * size, [0.0] * size
    hebb, trace = ([[0.0] * size for _ in range(size)] for _ in range(2))
    for z in inputs[:, s, b].tolist():
        total = [
            sum(z[k] * u[k][n] for k in range(len(z))) + sum(h[k] * w[k][n] for k in range(size)) + bias[0][n]
            for n in range(4 * size)
        ]
        g = [
            math.tanh(total[2 * size + j] + sum(h[i] * alpha[i][j] * hebb[i][j] for i in range(size)))
            for j in range(size)
        ]
        c = [sigmoid(total[size + j]) * c[j] + sigmoid(total[j]) * g[j] for j in range(size)]
        new = [sigmoid(total[3 * size + j]) * math.tanh(c[j]) for j in range(size)]
        modulation = 1.0
        if network.modulated:
            read = h if network.reads == "previous" else new
            m, d = network.modulator[s, :, 0].tolist(), float(network.modulator_bias[s].detach())
            modulation = math.tanh(sum(read[i] * m[i] for i in range(size)) + d)
        for i, j in itertools.product(range(size), repeat=2):
            written = trace[i][j] if network.rule == "retroactive" else h[i] * g[j]
            hebb[i][j] = min(max(hebb[i][j] + modulation * v[i][j] * written, -network.bound), network.bound)
            trace[i][j] = (1 - eta) * trace[i][j] + eta * h[i] * g[j]
        h = new
    return h, hebb


@pytest.mark.parametrize("rule", PLASTIC)
@pytest.mark.parametrize("reads", ["previous", "new"])
def test_steps_are_the_equations(rule: str, reads: str) -> None:
    network, inputs = layer(rule, reads=reads), text()
    _, state = stepped(network, inputs)
    assert state.hebb is not None
    for s, b in itertools.product(range(2), range(3)):
        h, hebb = literal(network, inputs, s, b)
        torch.testing.assert_close(state.output[s, b], torch.tensor(h, dtype=torch.float64), rtol=0, atol=1e-13)
        torch.testing.assert_close(state.hebb[s, b], torch.tensor(hebb, dtype=torch.float64), rtol=0, atol=1e-13)
    clipped = (state.hebb.abs() == network.bound).double().mean()
    assert 0 < clipped < 1  # both sides of the clip are tried


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("reads", ["previous", "new"])
def test_windows_equal_steps_with_gradients(rule: str, reads: str) -> None:
    network, inputs = layer(rule, reads=reads), text()
    fast, ended, _ = network(inputs, network.initial_state(3))
    slow, state = stepped(network, inputs)
    torch.testing.assert_close(fast, slow, rtol=0, atol=1e-12)
    for mine, theirs in zip(ended.tensors().values(), state.tensors().values(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-12)
    parameters = list(network.parameters())

    def loss(outputs: Tensor, last: State) -> Tensor:
        return outputs.square().sum() + sum(value.pow(3).sum() for value in last.tensors().values())

    for mine, theirs in zip(
        torch.autograd.grad(loss(fast, ended), parameters),
        torch.autograd.grad(loss(slow, state), parameters),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("rule", RULES)
def test_gradients_against_finite_differences(rule: str) -> None:
    network, inputs = layer(rule, 2, 3, 1), text(5, 1, 2, 2)
    names = [name for name, _ in network.named_parameters()]

    def outputs(*values: Tensor) -> tuple[Tensor, ...]:
        arguments = (inputs, network.initial_state(2))
        read, state, _ = torch.func.functional_call(network, dict(zip(names, values, strict=True)), arguments)
        return read, *state.tensors().values()

    values = tuple(value.detach().clone().requires_grad_() for value in network.parameters())
    assert torch.autograd.gradcheck(outputs, values, atol=1e-6)


def test_without_plasticity_it_is_pytorchs_lstm() -> None:
    network, inputs = layer("plain"), text()
    outputs, state, _ = network(inputs, network.initial_state(3))
    gradients = torch.autograd.grad(outputs.square().sum(), list(network.parameters()))
    for s in range(2):
        peer = torch.nn.LSTM(3, 4).double()
        with torch.no_grad():
            peer.weight_ih_l0.copy_(network.input_weight[s].T)
            peer.weight_hh_l0.copy_(network.weight[s].T)
            peer.bias_ih_l0.copy_(network.bias[s, 0])
            peer.bias_hh_l0.zero_()
        theirs, (h, c) = peer(inputs[:, s])
        torch.testing.assert_close(outputs[:, s], theirs, rtol=0, atol=1e-12)
        torch.testing.assert_close(state.output[s], h[0], rtol=0, atol=1e-12)
        torch.testing.assert_close(state.cell[s], c[0], rtol=0, atol=1e-12)
        weights = [peer.weight_ih_l0, peer.weight_hh_l0, peer.bias_ih_l0]
        for mine, other in zip(gradients, torch.autograd.grad(theirs.square().sum(), weights), strict=True):
            torch.testing.assert_close(mine[s].squeeze(0), other.t(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rule", PLASTIC)
def test_cutting_plasticity_leaves_an_ordinary_lstm(rule: str) -> None:
    plain, plastic, inputs = layer("plain"), layer(rule), text()
    for name in ("input_weight", "weight", "bias"):
        getattr(plain, name).data.copy_(getattr(plastic, name).data)
    expected, *_ = plain(inputs, plain.initial_state(3))
    lesioned, *_ = plastic.without_plasticity()(inputs, plastic.initial_state(3))
    torch.testing.assert_close(lesioned, expected, rtol=0, atol=1e-13)
    intact, *_ = plastic(inputs, plastic.initial_state(3))
    assert float((intact - expected).detach().abs().max()) > 1e-3


@pytest.mark.parametrize("rule", RULES)
def test_windows_follow_each_other(rule: str) -> None:
    """What is carried over gives the numbers of one long window; detached, it stops the gradient and only that."""
    network, inputs = layer(rule), text()
    whole, ended, _ = network(inputs, network.initial_state(3))
    first, state, _ = network(inputs[:5], network.initial_state(3))
    carried = state.detach()
    assert not any(value.requires_grad for value in carried.tensors().values())
    assert set(carried.tensors()) == set(network.initial_state(3).tensors())
    second, last, _ = network(inputs[5:], carried)
    torch.testing.assert_close(torch.cat([first, second]), whole, rtol=0, atol=1e-13)
    for mine, theirs in zip(last.tensors().values(), ended.tensors().values(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-13)


def test_simple_modulation_at_one_is_plain_plasticity() -> None:
    simple, plastic, inputs = layer("simple"), layer("plastic"), text()
    simple.load_state_dict(plastic.state_dict(), strict=False)
    simple.modulator.data.zero_()
    simple.modulator_bias.data.fill_(50.0)  # tanh(50) is 1
    expected, *_ = plastic(inputs, plastic.initial_state(3))
    outputs, _, modulation = simple(inputs, simple.initial_state(3))
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-13)
    assert bool((modulation == 1).all())


def test_retroactive_without_memory_is_simple_one_step_later() -> None:
    """With eta = 1 the eligibility is the last step's product; a constant M then writes the same, a step later."""
    simple, retroactive, inputs = layer("simple"), layer("retroactive", eta=1.0), text()
    retroactive.load_state_dict(simple.state_dict(), strict=False)
    for network in (simple, retroactive):
        network.modulator.data.zero_()
        network.alpha.data.zero_()  # what is written has no effect on what is paired
    _, earlier = stepped(simple, inputs[:-1])
    _, later = stepped(retroactive, inputs)
    assert earlier.hebb is not None
    assert later.hebb is not None
    torch.testing.assert_close(later.hebb, earlier.hebb, rtol=0, atol=1e-13)


@pytest.mark.parametrize("settings", [{"rule": "delta"}, {"reads": "next"}])
def test_unknown_settings_are_named(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings.values()))):
        layer(**({"rule": "simple"} | settings))


def test_wrong_shapes_are_named() -> None:
    network = layer("simple")
    with pytest.raises(ValueError, match=r"\(T, 2, B, 3\)"):
        network(torch.zeros(3, 1, 1, 3, dtype=torch.float64), network.initial_state(1))


def test_equal_parameters_are_the_papers() -> None:
    """About 4.8 million for each condition (table 1): the plain LSTM has 206 cells a layer where others have 200."""
    sizes = {}
    for rule, config in words.SCALES["paper"].items():
        model = words.create(config, 10_000, [0])
        sizes[rule] = sum(parameter.numel() for parameter in model.parameters())
        assert sizes[rule] == parameters(10_000, config.cells, config.layers, config.rule)
        assert config.rule == rule
    assert sizes == {"plain": 4_810_624, "plastic": 4_811_600, "simple": 4_812_002, "retroactive": 4_812_004}


@pytest.mark.parametrize("scale", ["ci", "colab"])
def test_smaller_scales_give_the_plain_lstm_as_much(scale: str) -> None:
    configs = words.SCALES[scale]  # type: ignore[index]
    sizes = {name: parameters(each.vocabulary, each.cells, each.layers, each.rule) for name, each in configs.items()}
    assert sizes["plain"] == pytest.approx(sizes["simple"], rel=0.01)
    assert max(sizes.values()) - min(sizes.values()) <= 0.01 * sizes["plain"]
