"""Cart-pole in one step: policies, the step, the outer loss, training, and what is measured."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from aiga import experiment, seeding
from aiga.checkpoint import CheckpointError
from aiga.gtn import cartpole, figures_cartpole, policies
from aiga.gtn.policies import Policies, Teacher

SMALL = replace(cartpole.SCALES["smoke"]["gtn"], updates=5)


def streams(*seeds: int, name: str = "test") -> list[torch.Generator]:
    return [seeding.generator(seed, name) for seed in seeds]


def double(weights: Policies) -> Policies:
    first, first_bias, second, second_bias = (each.double() for each in weights)
    return first, first_bias, second, second_bias


def teacher(*seeds: int, examples: int = 6) -> Teacher:
    return Teacher(streams(*seeds), examples=examples, latent=3, width=5, states=4, actions=2, rate=0.5)


def test_the_settings_are_the_sheets() -> None:
    """Appendix H of the paper, from memory."""
    paper = cartpole.SCALES["paper"]["gtn"]
    assert (paper.hidden, paper.examples, paper.steps, paper.learner) == (64, 512, 200, "taught")
    control = cartpole.SCALES["paper"]["a2c"]
    assert (control.hidden, control.learner, control.policies) == (64, "trained", 1)


def test_policies_begin_as_pytorchs_linear_layers_do() -> None:
    first, first_bias, second, second_bias = policies.fresh(streams(0, 1), 50, 4, 64, 2)
    assert [tuple(each.shape) for each in (first, first_bias, second, second_bias)] == [
        (2, 50, 4, 64),
        (2, 50, 1, 64),
        (2, 50, 64, 2),
        (2, 50, 1, 2),
    ]
    for each, layer in ((first, torch.nn.Linear(4, 64)), (second, torch.nn.Linear(64, 2))):
        bound = float(layer.weight.detach().abs().max())
        assert float(each.abs().max()) == pytest.approx(bound, rel=0.1)
        assert float(each.mean()) == pytest.approx(0, abs=0.02 * bound)
    alone = policies.fresh(streams(1), 50, 4, 64, 2)
    assert all(torch.equal(a[1], b[0]) for a, b in zip((first, first_bias, second, second_bias), alone, strict=True))


def test_each_policy_takes_one_step_of_sgd_on_its_own_error() -> None:
    """Against PyTorch's own layers, loss and optimiser, one policy at a time."""
    guide = teacher(0, 1)
    before = policies.fresh(streams(0, 1, name="policies"), 3, 4, 7, 2)
    after = guide.teach(before)
    states, wanted = guide.batch()
    assert states.shape == (2, 6, 4)
    assert wanted.shape == (2, 6, 2)
    for seed in range(2):
        for number in range(3):
            net = torch.nn.Sequential(torch.nn.Linear(4, 7), torch.nn.Tanh(), torch.nn.Linear(7, 2))
            for layer, place in ((0, 0), (2, 2)):
                net[layer].weight.data = before[place][seed, number].T.clone()
                net[layer].bias.data = before[place + 1][seed, number, 0].clone()
            torch.testing.assert_close(
                net(states[seed]).detach(), policies.logits(before, states[:, None])[seed, number].detach()
            )
            sgd = torch.optim.SGD(net.parameters(), lr=0.5)
            torch.nn.functional.mse_loss(net(states[seed].detach()), wanted[seed].detach()).backward()
            sgd.step()
            torch.testing.assert_close(net[0].weight.T, after[0][seed, number])
            torch.testing.assert_close(net[2].bias, after[3][seed, number, 0])


def test_the_outer_gradient_goes_through_the_step() -> None:
    """Against finite differences, in float64, for one number of each parameter of the teacher."""
    guide = teacher(0).double()
    start = double(policies.fresh(streams(0, name="policies"), 2, 4, 7, 2))
    config = replace(SMALL, episodes=3, policies=2)
    critic = policies.Critic(streams(0, name="critic"), 4, 5).double()
    played = cartpole.play(policies.fresh(streams(0), 2, 4, 7, 2), config, streams(0))
    played.states = played.states.double()

    def outer() -> Tensor:
        return cartpole.losses(guide.teach(start), critic, played, config).sum()

    gradients = torch.autograd.grad(outer(), list(guide.parameters()))
    for parameter, gradient in zip(guide.parameters(), gradients, strict=True):
        spot = int(gradient.abs().argmax())
        assert gradient.flatten()[spot] != 0
        around = []
        for shift in (1e-6, -1e-6):
            parameter.data.view(-1)[spot] += shift
            around.append(float(outer().detach()))
            parameter.data.view(-1)[spot] -= shift
        assert (around[0] - around[1]) / 2e-6 == pytest.approx(float(gradient.flatten()[spot]), rel=1e-4, abs=1e-9)


def test_the_outer_loss_is_its_formula_and_ignores_what_comes_after_a_fall() -> None:
    config = replace(SMALL, steps=60, episodes=4, discount=0.9, entropy=0.02)
    some = policies.fresh(streams(3, 4), 2, 4, 7, 2)
    critic = policies.Critic(streams(3, 4), 4, 5)
    played = cartpole.play(some, config, streams(3, 4))
    assert 0 < float(played.rewards[-1].mean()) < 1, "some have fallen, others not"
    for seed in range(2):
        terms, returned, expected = [], [], []
        for k in range(2):
            for e in range(4):
                length = int(played.rewards[:, seed, k, e].sum())
                states = played.states[:length, seed, k, e]
                one = tuple(each[seed, k] for each in some)
                logs = (torch.tanh(states @ one[0] + one[1]) @ one[2] + one[3]).log_softmax(-1)
                for t in range(length):
                    action = int(played.actions[t, seed, k, e])
                    terms.append((logs[t, action], -(logs[t].exp() * logs[t]).sum()))
                    returned.append(0.1 * sum(0.9**n for n in range(length - t)))
                tower = [each[seed, 0] for each in critic.layers]
                expected += (torch.tanh(states @ tower[0] + tower[1]) @ tower[2] + tower[3])[:, 0].tolist()
        difference = torch.tensor(returned) - torch.tensor(expected)
        advantage = (difference - difference.mean()) / difference.std(unbiased=False)
        by_hand = difference.square().mean()
        for (log, entropy), each in zip(terms, advantage, strict=True):
            by_hand = by_hand - (log * each + 0.02 * entropy) / len(terms)
        torch.testing.assert_close(cartpole.losses(some, critic, played, config)[seed], by_hand, rtol=1e-4, atol=1e-5)


def test_played_states_are_the_simulators() -> None:
    some = policies.fresh(streams(0, 1), 2, 4, 7, 2)
    played = cartpole.play(some, replace(SMALL, episodes=3, steps=30), streams(0, 1))
    from aiga.envs.cart_pole import push

    after, _ = push(played.states[:-1], played.actions[:-1])
    going_on = played.rewards[1:].bool()
    torch.testing.assert_close(after[going_on], played.states[1:][going_on])
    assert (played.rewards[0] == 1).all()
    assert (played.rewards.diff(dim=0) <= 0).all()


def test_who_is_tested_in_gymnasium_does_what_it_prefers() -> None:
    """A policy that pushes to where the pole falls balances it; one that always pushes right does not."""
    lean = torch.tensor([0.04, 0.12, 1.0, 0.5])
    first = torch.zeros(1, 2, 4, 1)
    first[0, 0, :, 0] = 0.01 * lean
    second = torch.tensor([-1.0, 1.0]).view(1, 1, 1, 2).expand(1, 2, 1, 2)
    bias = torch.tensor([[0.0, 0.0], [0.0, 1.0]]).view(1, 2, 1, 2)
    good, bad = cartpole.balance((first, torch.zeros(1, 2, 1, 1), second, bias), seed=3)
    assert good == 500
    assert 7 < bad < 12
    assert cartpole.balance((first, torch.zeros(1, 2, 1, 1), second, bias), seed=3, longest=50)[0] == 50


@pytest.mark.parametrize("condition", ["gtn", "a2c"])
def test_outcomes_are_within_what_the_experiment_declares(condition: str) -> None:
    (outcome,) = cartpole.train(cartpole.SCALES["smoke"][condition], seeds=[0], device="cpu")
    assert outcome.condition == condition
    for name, value in outcome.metrics.items():
        assert cartpole.METRICS[name].lowest <= value <= cartpole.METRICS[name].highest
    assert ("rate" in outcome.metrics) == ("after_wide" in outcome.metrics) == (condition == "gtn")
    assert set(outcome.curves) == {"score", "simulated"}
    config = cartpole.SCALES["smoke"][condition]
    most = config.updates * config.policies * config.episodes * config.steps / 1000
    assert 0 < outcome.metrics["simulated"] <= most


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = cartpole.train(SMALL, seeds=[7], device="cpu")[0]
    among = cartpole.train(SMALL, seeds=[3, 7], device="cpu")[1]
    assert alone.curves == among.curves
    assert alone.network is not None
    assert among.network is not None
    for mine, theirs in zip(alone.network.parameters(), among.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)


def test_stopping_early_and_resuming_change_nothing(tmp_path: Path) -> None:
    whole = cartpole.train(SMALL, seeds=[1], device="cpu")[0]
    beginning = cartpole.train(SMALL, seeds=[1], device="cpu", limit=2)[0]
    assert beginning.curves["score"].y == whole.curves["score"].y[:2]
    file = tmp_path / "run.pt"
    saved = cartpole.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    again = cartpole.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    assert saved.metrics == whole.metrics == again.metrics
    with pytest.raises(CheckpointError, match="another run"):
        cartpole.train(replace(SMALL, learning_rate=1.0), seeds=[1], device="cpu", checkpoint=file)


def test_nobody_is_trained_in_no_updates() -> None:
    untrained = cartpole.train(replace(SMALL, updates=0), seeds=[0], device="cpu")[0]
    assert "score" not in untrained.metrics
    assert not untrained.curves


def test_the_figures_draw_every_seed_and_policy() -> None:
    found = experiment.run(cartpole, "smoke", seeds=[0, 1], device="cpu")
    groups = {"taught": found[:2], "trained": found[2:]}
    figure = figures_cartpole.simulator_steps(groups)
    lines = [line.get_xdata()[-1] for line in figure.axes[0].lines if len(line.get_xdata()) > 2]
    assert len(lines) == 4
    assert [each.get_text() for each in figure.axes[0].texts] == ["the paper, after one step (from memory)"]
    assert not figures_cartpole.simulator_steps(groups, paper=None).axes[0].texts
    figure = figures_cartpole.before_and_after([[9, 10, 11]], [[200, 500, 500]])
    dots = [list(line.get_ydata()) for line in figure.axes[0].lines if len(line.get_ydata()) == 3]
    assert dots == [[9, 10, 11], [200, 500, 500]]
    agent = found[0].network
    assert isinstance(agent, cartpole.Agent)
    before, after = cartpole.tested(agent, SMALL, streams(0))
    figure = figures_cartpole.lesson(agent, before, after)
    (dots,) = figure.axes[0].collections
    assert len(dots.get_offsets()) == SMALL.examples
    control = found[2].network
    assert isinstance(control, cartpole.Agent)
    with pytest.raises(ValueError, match="the control"):
        figures_cartpole.lesson(control, before, after)


@pytest.mark.slow
def test_one_step_teaches_balance_within_seconds() -> None:
    config = replace(cartpole.SCALES["ci"]["gtn"], updates=80)
    (outcome,) = cartpole.train(config, seeds=[100], device="cpu")
    assert outcome.metrics["before"] < 60
    assert outcome.metrics["after"] > 100


def test_the_experiment_has_an_address() -> None:
    assert experiment.load("gtn.cartpole").TITLE == cartpole.TITLE
