"""The plastic networks against their equations, written out literally, and against finite differences."""

import itertools

import pytest
import torch
from torch import Tensor

from aiga import seeding
from aiga.plasticity.model import PlasticRNN
from aiga.plasticity.one_shot import OneShotNet


def networks(size: int = 6, count: int = 2, **settings: object) -> PlasticRNN:
    """Small float64 networks with weights large enough that every term matters."""
    made = PlasticRNN(size, [seeding.generator(seed, "init") for seed in range(count)], init=0.4, eta=0.2, **settings)  # type: ignore[arg-type]
    return made.double()


def drives(steps: int = 9, count: int = 2, batch: int = 3, size: int = 6) -> Tensor:
    generator = seeding.generator(0, "drives")
    values = torch.randn(steps, count, batch, size, generator=generator, dtype=torch.float64)
    return values * (torch.rand(values.shape, generator=generator) < 0.7)  # some exact zeros, for the hard clamp


def literal(network: PlasticRNN, inputs: Tensor, position: int, episode: int) -> tuple[Tensor, Tensor]:
    """Equations 1 to 3 with loops over neurons, one network, one episode: slow, and hard to get wrong."""
    weight, eta = network.weight[position].detach(), float(network.eta[position].detach())
    alpha = network.alpha[position].detach().expand_as(weight)
    size = len(weight)
    x, hebb = [0.0] * size, [[0.0] * size for _ in range(size)]
    history = []
    for drive in inputs[:, position, episode]:
        new = []
        for j in range(size):
            total = sum((float(weight[i, j]) + float(alpha[i, j]) * hebb[i][j]) * x[i] for i in range(size))
            u = float(drive[j])
            if network.clamp == "soft":
                new.append(float(torch.tanh(torch.tensor(total + u, dtype=torch.float64))))
            else:
                new.append(u if u != 0 else float(torch.tanh(torch.tensor(total, dtype=torch.float64))))
        for i, j in itertools.product(range(size), repeat=2):
            if network.rule == "hebb":
                hebb[i][j] = (1 - eta) * hebb[i][j] + eta * x[i] * new[j]
            else:
                hebb[i][j] += eta * new[j] * (x[i] - new[j] * hebb[i][j])
        x = new
        history.append(x)
    return torch.tensor(history, dtype=torch.float64), torch.tensor(hebb, dtype=torch.float64)


VARIANTS = list(itertools.product(("hebb", "oja"), ("per_connection", "homogeneous"), ("soft", "hard")))


@pytest.mark.parametrize(("rule", "alpha", "clamp"), VARIANTS)
def test_steps_are_the_equations(rule: str, alpha: str, clamp: str) -> None:
    network, inputs = networks(rule=rule, alpha=alpha, clamp=clamp), drives()
    state = network.initial_state(3)
    for drive in inputs:
        state = network.step(drive, state)
    for position, episode in itertools.product(range(2), range(3)):
        history, hebb = literal(network, inputs, position, episode)
        torch.testing.assert_close(state.activity[position, episode], history[-1], rtol=0, atol=1e-13)
        torch.testing.assert_close(state.hebb[position, episode], hebb, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("rule", "alpha", "clamp"), VARIANTS)
@pytest.mark.parametrize("chunk", [1, 2, 4, 9, 50])
def test_whole_episodes_equal_steps_with_gradients(rule: str, alpha: str, clamp: str, chunk: int) -> None:
    network, inputs = networks(rule=rule, alpha=alpha, clamp=clamp), drives()
    state, stepped = network.initial_state(3), []
    for drive in inputs:
        state = network.step(drive, state)
        stepped.append(state.activity)
    slow = torch.stack(stepped)
    fast = network(inputs, chunk=chunk)
    torch.testing.assert_close(fast, slow, rtol=0, atol=1e-12)
    parameters = list(network.parameters())
    for mine, theirs in zip(
        torch.autograd.grad(fast.square().sum(), parameters),
        torch.autograd.grad(slow.square().sum(), parameters),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("rule", ["hebb", "oja"])
def test_gradients_against_finite_differences(rule: str) -> None:
    network, inputs = networks(4, 1, rule=rule), drives(6, 1, 2, 4)
    names = [name for name, _ in network.named_parameters()]

    def last_activity(*values: Tensor) -> Tensor:
        return torch.func.functional_call(network, dict(zip(names, values, strict=True)), (inputs,))[-1]

    values = tuple(value.detach().clone().requires_grad_() for value in network.parameters())
    assert torch.autograd.gradcheck(last_activity, values, atol=1e-6)


def test_a_shared_alpha_is_linear_attention() -> None:
    """With one alpha the plastic part is attention over the past: scores are products of activities (sheet 9.2)."""
    network, inputs = networks(alpha="homogeneous", count=1), drives(count=1)
    activity = network(inputs)[:, 0]  # (T, B, N)
    weight, alpha, eta = network.weight[0], network.alpha[0, 0, 0], network.eta[0]
    past = [torch.zeros_like(activity[0]), *activity]
    for t in range(1, len(inputs)):
        query, received = past[t], past[t] @ weight
        for s in range(1, t + 1):
            score = (query * past[s - 1]).sum(-1, keepdim=True)
            received = received + alpha * eta * (1 - eta) ** (t - s) * score * past[s]
        torch.testing.assert_close(activity[t], torch.tanh(received + inputs[t, 0]), rtol=0, atol=1e-13)


def test_without_plasticity_is_an_ordinary_recurrent_network() -> None:
    network, inputs = networks(alpha="none"), drives()
    x = torch.zeros(2, 3, 6, dtype=torch.float64)
    for drive, after in zip(inputs, network(inputs), strict=True):
        x = torch.tanh(torch.einsum("sbi,sij->sbj", x, network.weight) + drive)
        torch.testing.assert_close(after, x, rtol=0, atol=1e-13)
    plastic = networks(alpha="per_connection")
    torch.testing.assert_close(plastic.without_plasticity()(inputs), network(inputs), rtol=0, atol=1e-13)


def test_selecting_one_network_keeps_its_numbers() -> None:
    network, inputs = networks(), drives()
    torch.testing.assert_close(network.select(1)(inputs[:, 1:]), network(inputs)[:, 1:], rtol=0, atol=1e-13)


@pytest.mark.parametrize("settings", [{"rule": "delta"}, {"alpha": "some"}, {"clamp": "firm"}])
def test_unknown_settings_are_named(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings.values()))):
        networks(**settings)


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(T, 2, B, 6\)"):
        networks()(torch.zeros(3, 1, 1, 6, dtype=torch.float64))
    with pytest.raises(ValueError, match="chunk"):
        networks()(drives(), chunk=0)


@pytest.mark.parametrize("alpha", ["per_connection", "homogeneous", "none"])
def test_one_shot_without_a_loop_equals_the_rule_step_by_step(alpha: str) -> None:
    """From an empty trace, with clamped labels, Oja writes eta * x into the label's column: no loop is needed."""
    generator = seeding.generator(0, "images")
    network = OneShotNet(generator, features=8, alpha=alpha, eta=0.3, alpha_range=1.0).double()  # type: ignore[arg-type]
    drawings = torch.rand(3, 5, 31, 31, generator=generator, dtype=torch.float64)
    queries = torch.rand(3, 2, 31, 31, generator=generator, dtype=torch.float64)
    probabilities = network(drawings, queries).softmax(-1)
    if alpha == "none":
        embedded = network.embedding(queries.flatten(0, 1)[:, None])
        torch.testing.assert_close(probabilities.flatten(0, 1), (embedded @ network.weight).softmax(-1))
        return
    hebb = torch.zeros(3, 8, 5, dtype=torch.float64)
    order = torch.stack([torch.randperm(5, generator=generator) for _ in range(3)])
    for position in range(5):
        label = order[:, position]
        shown = network.embedding(drawings[torch.arange(3), label][:, None])
        output, hebb = network.step(shown, torch.nn.functional.one_hot(label, 5).double(), hebb)
        assert torch.equal(output.argmax(-1), label)
    for query in range(2):
        output, _ = network.step(network.embedding(queries[:, query][:, None]), None, hebb)
        torch.testing.assert_close(output, probabilities[:, query], rtol=0, atol=1e-12)


def test_parameter_counts_are_the_papers() -> None:
    """Sheet: 2,000,000 for simplest.py; 2 * 1001^2 + 1 for full.py; 112,065 for Omniglot."""
    generator = seeding.generator(0, "init")
    assert sum(p.numel() for p in OneShotNet(generator).parameters()) == 112_065
    assert sum(p.numel() for p in PlasticRNN(1000, [generator]).parameters()) == 2_000_000 + 1  # and eta
    assert sum(p.numel() for p in PlasticRNN(1001, [generator]).parameters()) == 2_004_003


def test_the_one_shot_embedding_is_pytorchs_convolutions_and_tanh() -> None:
    network = OneShotNet(seeding.generator(0, "init"), features=8).double()
    images = torch.rand(3, 1, 31, 31, generator=seeding.generator(0, "images"), dtype=torch.float64)
    plain = images
    for layer in network.embedding:
        if isinstance(layer, torch.nn.Conv2d):
            plain = torch.tanh(torch.nn.functional.conv2d(plain, layer.weight, layer.bias, stride=2))
    embedded = network.embedding(images)
    torch.testing.assert_close(embedded, plain.flatten(1), rtol=0, atol=1e-14)
    parameters = list(network.embedding.parameters())
    for mine, theirs in zip(
        torch.autograd.grad(embedded.square().sum(), parameters),
        torch.autograd.grad(plain.square().sum(), parameters),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-13)
