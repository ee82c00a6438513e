"""Agents that control their own plasticity: the equations, the quick step, the gradients, the hook."""

from itertools import pairwise, product

import pytest
import torch
from torch import Tensor

from aiga import seeding
from aiga.backpropamine import hebbian, rehearsal
from aiga.backpropamine.model import RULES, Life, ModulatedAgent
from aiga.backpropamine.rehearsal import CompiledRehearsal, Rehearsal
from aiga.plasticity import a2c

CLIPS = ("hard", "soft", "additive", "decay")
KINDS = [("plain", "hard", False), *product(("plastic",), CLIPS, (False,))]
KINDS += list(product(("simple", "retroactive"), CLIPS, (False, True)))


def agent(
    rule: str, clip: str = "hard", fan_out: bool = False, *, networks: int = 2, size: int = 6, bound: float = 0.3
) -> ModulatedAgent:
    """Small networks whose traces reach their bound."""
    generators = [seeding.generator(seed, "init") for seed in range(networks)]
    settings = {"rule": rule, "clip": clip, "fan_out": fan_out}
    network = ModulatedAgent(5, size, 2, generators, bound=bound, spread=1.0, eta=0.4, **settings)  # type: ignore[arg-type]
    network.double()
    if network.recurrent.plastic:
        network.recurrent.alpha.data.mul_(5)
    return network


def observations(steps: int, networks: int, batch: int) -> Tensor:
    source = seeding.generator(0, "inputs")
    return torch.randn(steps, networks, batch, 5, generator=source, dtype=torch.float64)


def outputs(life: Life | Rehearsal, observed: Tensor) -> Tensor:
    return torch.stack([torch.cat([logits, value[..., None]], -1) for logits, value in map(life, observed)])


def trained(network: ModulatedAgent) -> list[tuple[str, torch.nn.Parameter]]:
    return [(name, each) for name, each in network.named_parameters() if each.requires_grad]


@pytest.mark.parametrize(("rule", "clip", "fan_out"), KINDS)
def test_a_life_is_the_equations_step_by_step(rule: str, clip: str, fan_out: bool) -> None:
    """Same outputs, traces and gradients as the literal step, which autograd differentiates."""
    network, observed = agent(rule, clip, fan_out), observations(9, 2, 3)
    state, literal = network.initial_state(3), []
    for each in observed:
        logits, value, state = network.step(each, state)
        literal.append(torch.cat([logits, value[..., None]], -1))
    life = Life(network, 3)
    quick = outputs(life, observed)
    if life.hebb is not None:
        torch.testing.assert_close(life.hebb, state.hebb, rtol=0, atol=1e-13)
        if clip == "hard":
            assert 0.01 < float((state.hebb.abs() == network.bound).double().mean()) < 0.99
    weights = torch.randn(9, 2, 3, 3, generator=seeding.generator(1, "weights"), dtype=torch.float64)
    answers = [
        torch.autograd.grad((weights * values.square()).sum(), [each for _, each in trained(network)])
        for values in (torch.stack(literal), quick)
    ]
    torch.testing.assert_close(torch.stack(literal), quick, rtol=0, atol=1e-13)
    for mine, theirs in zip(*answers, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


def rehearse(network: ModulatedAgent, observed: Tensor, kind: str) -> tuple[Tensor, Tensor]:
    """What was said while acting, and what is to be differentiated, both ``(T, S, B, A + 1)``."""
    steps, _, batch, _ = observed.shape
    lived = CompiledRehearsal(network, batch, steps) if kind == "compiled" else Rehearsal(network, batch)
    acted = outputs(lived, observed)
    logits, values = lived.outputs()
    return acted, torch.cat([logits, values[..., None]], -1)


REHEARSED = [*product(["tensors"], RULES), *product(["compiled"], RULES[1:])]


@pytest.mark.parametrize(("kind", "rule"), REHEARSED)
def test_a_rehearsal_is_a_life_with_the_same_gradient(kind: str, rule: str) -> None:
    network, observed = agent(rule), observations(9, 2, 3)
    weights = torch.randn(9, 2, 3, 3, generator=seeding.generator(1, "weights"), dtype=torch.float64)
    acted, differentiable = rehearse(network, observed, kind)
    assert not acted.requires_grad
    answers = []
    for said in (outputs(Life(network, 3), observed), differentiable):
        torch.testing.assert_close(said.detach(), acted, rtol=0, atol=1e-13)
        answers.append(torch.autograd.grad((weights * said.square()).sum(), [each for _, each in trained(network)]))
    for mine, theirs in zip(*answers, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("rule", RULES[1:])
def test_compiled_loops_in_single_precision_are_the_equations_up_to_round_off(rule: str) -> None:
    """As they are trained: 37 neurons, which fill no whole number of vectors, 30 steps, traces at their bound."""
    network = agent(rule, networks=3, size=37).float()
    observed = observations(30, 3, 5).float()
    exact = agent(rule, networks=3, size=37)
    state, literal = exact.initial_state(5), []
    for each in observed.double():
        logits, value, state = exact.step(each, state)
        literal.append(torch.cat([logits, value[..., None]], -1))
    assert 0.01 < float((state.hebb.abs() == exact.bound).double().mean()) < 0.99
    acted, differentiable = rehearse(network, observed, "compiled")
    torch.testing.assert_close(acted.double(), torch.stack(literal).detach(), rtol=0, atol=1e-4)
    answers = [
        torch.autograd.grad(said.square().sum(), [each for _, each in trained(owner)])
        for said, owner in ((torch.stack(literal), exact), (differentiable, network))
    ]
    for theirs, mine in zip(*answers, strict=True):
        assert float((mine - theirs).norm() / theirs.norm()) < 1e-3


def test_a_broken_number_is_not_hidden_by_the_clip() -> None:
    network = agent("simple")
    network.recurrent.alpha.data[0, 0, 0] = torch.nan
    acted, _ = rehearse(network, observations(6, 2, 3), "compiled")
    assert acted[2:, 0].isnan().any()
    assert not acted[:, 1].isnan().any()


def test_only_what_a_rehearsal_knows_is_rehearsed() -> None:
    for clip, fan_out in (("soft", False), ("hard", True)):
        network = agent("simple", clip, fan_out)
        with pytest.raises(ValueError, match="needs the hard clip"):
            Rehearsal(network, 3)
        with pytest.raises(ValueError, match="compiled loops need"):
            CompiledRehearsal(network, 3, 5)
    with pytest.raises(ValueError, match=r"compiled loops need .* got 'plain'"):
        CompiledRehearsal(agent("plain"), 3, 5)
    assert rehearsal.compiles(agent("retroactive"))
    assert not rehearsal.compiles(agent("retroactive").to("meta"))


class Still:
    """A world that shows the same to whatever is done."""

    def __init__(self, observed: Tensor) -> None:
        self.observed = iter(observed)

    def observe(self) -> Tensor:
        return next(self.observed)

    def act(self, action: Tensor) -> Tensor:
        return action.double()


@pytest.mark.parametrize(("rule", "clip", "fan_out"), KINDS)
def test_every_agent_plays_as_its_life_does(rule: str, clip: str, fan_out: bool) -> None:
    """Whatever the quickest way is."""
    network, observed = agent(rule, clip, fan_out), observations(7, 2, 3)
    chance = a2c.noise(7, 3, 2, [seeding.generator(seed, "chance") for seed in range(2)])
    quick = rehearsal.play(network, Still(observed), chance)
    slow = a2c.play(Life(network, 3), Still(observed), chance)
    assert torch.equal(quick.actions, slow.actions)
    torch.testing.assert_close(quick.logits, slow.logits, rtol=0, atol=1e-13)
    torch.testing.assert_close(quick.values, slow.values, rtol=0, atol=1e-13)


FANNED = [*product(RULES, [False]), *product(("simple", "retroactive"), [True])]


@pytest.mark.parametrize(
    ("kind", "rule", "fan_out"),
    [("life", *each) for each in FANNED] + [(*each, False) for each in REHEARSED if each[0] == "compiled"],
)
def test_gradients_against_finite_differences(kind: str, rule: str, fan_out: bool) -> None:
    network, observed = agent(rule, fan_out=fan_out, networks=1, size=4), observations(6, 1, 2)
    names = [name for name, _ in trained(network)]

    class Living(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self) -> Tensor:
            if kind == "life":
                return outputs(Life(self.network, 2), observed)
            return rehearse(self.network, observed, kind)[1]

    def lived(*values: Tensor) -> Tensor:
        named = {f"network.{name}": value for name, value in zip(names, values, strict=True)}
        return torch.func.functional_call(Living(), named, ())

    values = tuple(each.detach().clone().requires_grad_() for _, each in trained(network))
    assert torch.autograd.gradcheck(lived, values, atol=1e-6)


def driven(rule: str, modulations: Tensor, **settings: float) -> tuple[ModulatedAgent, list[Tensor]]:
    """The trace after each step of an agent whose M(t) is given, ``(T,)``, and whose activity ignores its trace."""
    network = agent(rule, "additive", networks=1)
    network.recurrent.alpha.data.zero_()
    for name, value in settings.items():
        getattr(network.recurrent, name).data.fill_(value)
    life, traces = Life(network, 2, modulate=lambda step, own: own * 0 + modulations[step]), []
    for each in observations(len(modulations), 1, 2):
        life(each)
        assert life.hebb is not None
        traces.append(life.hebb.detach())
    return network, traces


def test_both_modulated_rules_coincide_where_the_eligibility_forgets_at_once() -> None:
    """With eta = 1 the eligibility is the last pairing alone: eq. 4 does a step later what eq. 3 does at once."""
    modulations = torch.randn(8, generator=seeding.generator(2, "modulations"), dtype=torch.float64)
    _, simple = driven("simple", modulations)
    _, retroactive = driven("retroactive", torch.cat([torch.ones(1), modulations[:-1]]), eta=1.0)
    for early, late in zip(simple[:-1], retroactive[1:], strict=True):
        torch.testing.assert_close(early, late, rtol=0, atol=1e-14)


def test_an_event_weighs_the_discounted_sum_of_later_modulation() -> None:
    """Unrolled, eq. 4-5 give the pairing at s the weight eta sum_(t>s) (1 - eta)^(t-1-s) M(t)."""
    eta, modulations = 0.3, torch.randn(8, generator=seeding.generator(2, "modulations"), dtype=torch.float64)
    _, pairings = driven("simple", torch.ones(8))
    _, traces = driven("retroactive", modulations, eta=eta)
    pairings = [pairings[0], *[after - before for before, after in pairwise(pairings)]]
    expected = torch.zeros_like(traces[0])
    for s, pairing in enumerate(pairings):
        expected += eta * sum((1 - eta) ** (t - 1 - s) * modulations[t] for t in range(s + 1, 8)) * pairing
    torch.testing.assert_close(traces[-1], expected, rtol=0, atol=1e-13)


def test_a_constant_modulator_is_a_learning_rate() -> None:
    """Eq. 3 with M(t) = eta is eq. 2, in the whole network."""
    plastic, simple = agent("plastic"), agent("simple")
    simple.recurrent.load_state_dict(plastic.recurrent.state_dict())
    for name in ("into", "bias"):
        getattr(simple, name).data.copy_(getattr(plastic, name))
    for name in ("heads", "offsets"):
        theirs = getattr(plastic, name)
        getattr(simple, name).data.copy_(
            torch.cat([theirs[..., :2], torch.ones_like(theirs[..., :1]), theirs[..., 2:]], -1)
        )
    observed = observations(9, 2, 3)
    held = Life(simple, 3, modulate=lambda step, own: torch.full_like(own, float(plastic.recurrent.eta[0].detach())))
    torch.testing.assert_close(outputs(Life(plastic, 3), observed), outputs(held, observed), rtol=0, atol=1e-13)


def test_no_modulation_no_memory_unless_it_fans_out() -> None:
    """Each neuron's rate has an offset of its own, so that M = 0 does not stop the learning."""
    for rule, fan_out in product(("simple", "retroactive"), (False, True)):
        life = Life(agent(rule, fan_out=fan_out), 3, modulate=lambda step, own: torch.zeros_like(own))
        outputs(life, observations(5, 2, 3))
        assert life.hebb is not None
        assert bool(life.hebb.any()) == fan_out


def test_a_life_records_its_modulation_and_hands_it_to_the_hook() -> None:
    network, observed = agent("simple"), observations(5, 2, 3)
    state, literal = network.initial_state(3), []
    for each in observed:
        _, _, state = network.step(each, state)
        literal.append(state.modulation)
    life = Life(network, 3)
    outputs(life, observed)
    torch.testing.assert_close(torch.stack(life.modulations), torch.stack(literal).detach())
    replayed = Life(network, 3, modulate=lambda step, own: life.modulations[step])
    assert torch.equal(outputs(replayed, observed), outputs(Life(network, 3), observed))
    flipped = Life(network, 3, modulate=lambda step, own: -own)
    assert not torch.allclose(outputs(flipped, observed), outputs(Life(network, 3), observed))
    assert Life(agent("plastic"), 3).modulations == []


def test_a_modulator_can_be_borrowed() -> None:
    network = agent("simple")
    mine, other = network.select(0), network.select(1)
    swapped = mine.with_modulator_of(other)
    observed = observations(1, 1, 3)
    lives = [Life(each, 3) for each in (mine, other, swapped)]
    answers = [outputs(life, observed) for life in lives]
    assert torch.equal(answers[0], answers[2])  # before anything was learned, only M(t) differs
    assert not torch.equal(lives[0].modulations[0], lives[2].modulations[0])
    own = network.select(0).with_modulator_of(network.select(0))
    assert all(torch.equal(a, b) for a, b in zip(own.parameters(), mine.parameters(), strict=True))
    with pytest.raises(ValueError, match="'plastic' has none"):
        mine.with_modulator_of(agent("plastic"))


def test_a_selected_network_is_the_same_network() -> None:
    network, observed = agent("retroactive"), observations(5, 2, 3)
    both, one = outputs(Life(network, 3), observed), outputs(Life(network.select(1), 3), observed[:, 1:])
    torch.testing.assert_close(both[:, 1:], one, rtol=0, atol=1e-13)
    cut = network.without_plasticity()
    assert not cut.recurrent.alpha.any()
    assert network.recurrent.alpha.any()


def test_the_papers_networks_have_the_numbers_of_parameters_that_were_counted() -> None:
    """The original's simple and retroactive networks own one more, an eta that nothing trains."""
    counts = {}
    for rule in RULES:
        counts[rule] = ModulatedAgent(27, 200, 2, [seeding.generator(0, "init")], rule=rule).parameter_count
    assert counts == {"plain": 46_203, "plastic": 86_204, "simple": 86_405 - 1, "retroactive": 86_406 - 1}


def test_refusals_name_what_is_known() -> None:
    with pytest.raises(ValueError, match="rule must be one of plain, plastic, simple, retroactive, got 'oja'"):
        agent("oja")
    with pytest.raises(ValueError, match="clip must be one of hard"):
        agent("simple", "none")
    with pytest.raises(ValueError, match="'plastic' has none"):
        agent("plastic", fan_out=True)
    network = agent("simple")
    with pytest.raises(TypeError, match="initial_state"):
        network.step(observations(1, 2, 3)[0], network.recurrent.initial_state(3))


def test_clips_by_hand() -> None:
    hebb, rate = torch.tensor([[[[0.5, -0.5]]]]), torch.ones(1, 1, 1)
    up = torch.full_like(hebb, 0.8)
    for clip, expected in (
        ("hard", [1.0, 0.3]),
        ("soft", [0.5 + 0.8 * 0.5, -0.5 + 0.8 * 1.5]),
        ("additive", [1.3, 0.3]),
        ("decay", [0.8, 0.8]),
    ):
        grown = hebbian.grow(hebb, up, rate, clip, 1.0)  # type: ignore[arg-type]
        torch.testing.assert_close(grown, torch.tensor([[[expected]]]))
    down = hebbian.grow(hebb, -up, rate, "soft", 1.0)
    torch.testing.assert_close(down, torch.tensor([[[[0.5 - 0.8 * 1.5, -0.5 - 0.8 * 0.5]]]]))
