"""Acting plastic networks: the step and its gradient, the loss, the maze experiment."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from aiga import experiment, seeding
from aiga.checkpoint import CheckpointError
from aiga.plasticity import a2c, maze
from aiga.plasticity.agent import Life, PlasticAgent

SMALL = replace(maze.SCALES["smoke"]["plastic"], updates=5)
KINDS = [(rule, alpha) for rule in ("oja", "hebb") for alpha in ("per_connection", "homogeneous", "none")]


def agent(rule: str, alpha: str, *, networks: int = 2, size: int = 6) -> PlasticAgent:
    generators = [seeding.generator(seed, "init") for seed in range(networks)]
    return PlasticAgent(5, size, 4, generators, rule=rule, alpha=alpha, spread=1.0, eta=0.2).double()  # type: ignore[arg-type]


def observations(steps: int, networks: int, batch: int) -> Tensor:
    source = seeding.generator(0, "inputs")
    return torch.randn(steps, networks, batch, 5, generator=source, dtype=torch.float64)


def outputs(life: Life, observed: Tensor) -> Tensor:
    return torch.stack([torch.cat([logits, value[..., None]], -1) for logits, value in map(life, observed)])


@pytest.mark.parametrize(("rule", "alpha"), KINDS)
def test_a_life_is_the_equations_step_by_step(rule: str, alpha: str) -> None:
    """Same outputs and same gradients as the literal step, which autograd differentiates."""
    network, observed = agent(rule, alpha), observations(7, 2, 3)
    state, literal = network.recurrent.initial_state(3), []
    for each in observed:
        logits, value, state = network.step(each, state)
        literal.append(torch.cat([logits, value[..., None]], -1))
    weights = torch.randn(7, 2, 3, 5, generator=seeding.generator(1, "weights"), dtype=torch.float64)
    answers = [
        (values, torch.autograd.grad((weights * values.square()).sum(), list(network.parameters())))
        for values in (torch.stack(literal), outputs(Life(network, 3), observed))
    ]
    torch.testing.assert_close(answers[0][0], answers[1][0], rtol=0, atol=1e-13)
    for mine, theirs in zip(answers[0][1], answers[1][1], strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("rule", "alpha"), KINDS)
def test_gradients_of_a_life_against_finite_differences(rule: str, alpha: str) -> None:
    network, observed = agent(rule, alpha, networks=1, size=4), observations(5, 1, 2)
    names = [name for name, _ in network.named_parameters()]

    class Living(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self) -> Tensor:
            return outputs(Life(self.network, 2), observed)

    def lived(*values: Tensor) -> Tensor:
        named = {f"network.{name}": value for name, value in zip(names, values, strict=True)}
        return torch.func.functional_call(Living(), named, ())

    values = tuple(value.detach().clone().requires_grad_() for value in network.parameters())
    assert torch.autograd.gradcheck(lived, values, atol=1e-6)


def test_returns_in_closed_form() -> None:
    rewards = torch.zeros(6, 2)
    rewards[3, 0], rewards[:, 1] = 10.0, 1.0
    found = a2c.returns(rewards, 0.9)
    expected = torch.tensor([10 * 0.9 ** (3 - t) if t <= 3 else 0.0 for t in range(6)])
    torch.testing.assert_close(found[:, 0], expected)
    torch.testing.assert_close(found[:, 1], torch.tensor([(1 - 0.9 ** (6 - t)) / 0.1 for t in range(6)]))


def test_the_loss_in_closed_form_and_step_by_step() -> None:
    """A uniform policy and one reward, a sum that can be done by hand; then random numbers, one by one."""
    steps, rewards = 4, torch.zeros(4, 1, 1)
    rewards[2] = 1.0
    even = a2c.Steps(
        torch.zeros(steps, 1, 1, 4), torch.full((steps, 1, 1), 0.5), torch.zeros(steps, 1, 1).long(), rewards
    )
    after = [0.25, 0.5, 1.0, 0.0]  # returns with a discount of a half
    by_hand = sum(math.log(4) * (r - 0.5) + 0.03 * (r - 0.5) ** 2 + 0.1 * 4 / 16 for r in after) / steps
    assert float(a2c.loss(even, discount=0.5, value=0.03, concentration=0.1)) == pytest.approx(by_hand)

    source = seeding.generator(0, "numbers")
    drawn = a2c.Steps(
        torch.randn(5, 2, 3, 4, generator=source),
        torch.randn(5, 2, 3, generator=source, requires_grad=True),
        torch.randint(4, (5, 2, 3), generator=source),
        torch.randn(5, 2, 3, generator=source),
    )
    costs = a2c.loss(drawn, discount=0.9, value=0.03, concentration=0.1)
    for seed in range(2):
        for episode in range(3):
            total, after_it = 0.0, 0.0
            for t in reversed(range(5)):
                after_it = float(drawn.rewards[t, seed, episode]) + 0.9 * after_it
                policy = drawn.logits[t, seed, episode].softmax(0)
                advantage = after_it - float(drawn.values[t, seed, episode].detach())
                total += -float(policy[drawn.actions[t, seed, episode]].log()) * advantage
                total += 0.03 * advantage**2 + 0.1 * float(policy.square().sum())
            assert float(costs[seed, episode].detach()) == pytest.approx(total / 5, rel=1e-4, abs=1e-5)
    costs.sum().backward()
    advantage = a2c.returns(drawn.rewards, 0.9) - drawn.values.detach()
    assert drawn.values.grad is not None  # from the critic's error alone: the actor's advantage is a constant
    torch.testing.assert_close(drawn.values.grad, -2 * 0.03 * advantage / 5)


def test_actions_are_samples_of_the_policy() -> None:
    logits = torch.tensor([0.0, 1.0, -1.0, 0.5])
    chance = a2c.noise(1, 50_000, 4, [seeding.generator(0, "noise")])
    counts = (logits + chance[0, 0]).argmax(-1).bincount(minlength=4) / 50_000
    torch.testing.assert_close(counts, logits.softmax(0), rtol=0, atol=0.01)


def test_each_seeds_gradient_is_clipped_by_its_own_length() -> None:
    network = agent("oja", "per_connection")
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
        parameter.grad[1] *= 1e-4
    a2c.clip(network, 2.0)
    lengths = [
        math.sqrt(sum(float(p.grad[seed].square().sum()) for p in network.parameters() if p.grad is not None))
        for seed in range(2)
    ]
    assert lengths[0] == pytest.approx(2.0, rel=1e-4)
    assert lengths[1] < 0.01


def test_the_papers_settings_are_the_sheets() -> None:
    paper = maze.SCALES["paper"]
    assert set(paper) == {"plastic", "homogeneous", "rnn"}
    plastic = paper["plastic"]
    assert (plastic.side, plastic.steps, plastic.neurons, plastic.batch, plastic.rule) == (11, 250, 100, 1, "oja")
    assert (plastic.find, plastic.bump, plastic.discount, plastic.value) == (10, 0.1, 0.9, 0.03)
    assert (plastic.concentration, plastic.learning_rate, plastic.adam_epsilon) == (0.1, 1e-4, 1e-4)
    assert (plastic.updates, plastic.clip, plastic.eta) == (1_000_000, math.inf, 0.01)
    assert (plastic.previous_action, plastic.step_unit) == (False, 1)
    network = maze.create(plastic, [0])
    for values in (network.recurrent.weight, network.recurrent.alpha):
        assert 0 <= float(values.min()) < 1e-4
        assert 0.0099 < float(values.max()) <= 0.01


def test_the_inputs_are_the_sheets() -> None:
    """Surroundings, five slots that stay empty, previous reward, raw step, bias."""
    config = replace(maze.SCALES["paper"]["plastic"], steps=40)
    source = [seeding.generator(0, "episodes")]
    world = maze.Exploration(config, source, 50)
    reward = torch.zeros(1, 50)
    for step in range(config.steps):
        seen = world.observe()
        assert seen.shape == (1, 50, maze.INPUTS)
        assert torch.equal(seen[..., :9], world.mazes.surroundings[world.mazes.cell])
        assert (seen[..., 9:14] == 0).all()
        assert torch.equal(seen[..., 14], reward)
        assert (seen[..., 15] == step).all()
        assert (seen[..., 16] == 1).all()
        reward = world.act(torch.randint(4, (1, 50), generator=source[0]))
        values = torch.tensor([0.0, 10.0, -0.1, 9.9])
        assert torch.isclose(reward[..., None], values).any(-1).all()
    told = maze.Exploration(replace(config, previous_action=True), source, 3)
    assert (told.observe()[..., 9:14] == 0).all()
    told.act(torch.tensor([[2, 0, 3]]))
    assert told.observe()[0, :, 9:13].argmax(-1).tolist() == [2, 0, 3]


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = maze.train(SMALL, seeds=[7], device="cpu")[0]
    among = maze.train(SMALL, seeds=[3, 7], device="cpu")[1]
    assert among.seed == 7
    assert alone.curves["finds"].y == pytest.approx(among.curves["finds"].y, abs=0.3)
    assert alone.curves["finds"].y[:2] == among.curves["finds"].y[:2]
    assert alone.network is not None
    assert among.network is not None
    for mine, theirs in zip(alone.network.parameters(), among.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)


def test_stopping_early_and_resuming_change_nothing(tmp_path: Path) -> None:
    whole = maze.train(SMALL, seeds=[1], device="cpu")[0]
    beginning = maze.train(SMALL, seeds=[1], device="cpu", limit=2)[0]
    assert beginning.curves["finds"].y == whole.curves["finds"].y[:2]
    file = tmp_path / "run.pt"
    saved = maze.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    again = maze.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    assert saved.metrics == whole.metrics == again.metrics
    with pytest.raises(CheckpointError, match="another run"):
        maze.train(replace(SMALL, learning_rate=1.0), seeds=[1], device="cpu", checkpoint=file)


def test_outcomes_are_within_what_the_experiment_declares() -> None:
    for outcome in experiment.run(maze, "smoke", seeds=[0], device="cpu"):
        assert set(outcome.metrics) <= set(maze.METRICS)
        for name, value in outcome.metrics.items():
            assert maze.METRICS[name].lowest <= value <= maze.METRICS[name].highest, name


def test_training_teaches_to_find_the_reward() -> None:
    """A tiny maze, where a few hundred episodes are enough."""
    config = replace(maze.SCALES["ci"]["plastic"], side=5, steps=30, neurons=16, updates=120, test_episodes=300)
    metrics = maze.train(config, seeds=[0], device="cpu")[0].metrics
    assert metrics["finds"] > 1.5 * metrics["finds_untrained"]


@pytest.mark.needs_gpu
def test_the_maze_runs_on_a_gpu() -> None:
    for outcome in experiment.run(maze, "smoke", seeds=[0, 1], device="cuda"):
        assert outcome.network is not None
        assert next(outcome.network.parameters()).is_cuda
