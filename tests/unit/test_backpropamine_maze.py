"""The maze with plasticity under control: what can be earned, sizes, the baseline, the experiment, its figures."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from aiga import experiment, seeding
from aiga.backpropamine import figures_maze, maze, maze_bounds
from aiga.backpropamine.exploration import Exploration, steps_per_find
from aiga.backpropamine.model import ModulatedAgent
from aiga.backpropamine.significance import rank_sum
from aiga.envs.maze import ACTIONS
from aiga.experiment import Curve, Outcome
from aiga.plasticity import a2c
from aiga.plasticity.figures_maze import journeys

SMALL = replace(maze.SCALES["smoke"]["simple"], updates=5)


def explored(side: int, steps: int, batch: int) -> tuple[Exploration, torch.Generator]:
    source = seeding.generator(0, "episodes")
    return Exploration(replace(SMALL, side=side, steps=steps), [source], batch), source


@pytest.mark.parametrize(
    ("side", "steps", "cells", "wandering", "path", "ratio"),
    [
        (7, 60, 21, 0.87, 3.62, 16.6),
        (7, 100, 21, 1.38, 3.62, 27.6),
        (9, 200, 41, 1.44, 4.88, 41.0),
        (11, 200, 65, 0.77, 6.27, 31.9),
        (11, 250, 65, 0.94, 6.27, 39.9),
        (13, 200, 97, 0.54, 7.56, 26.5),
    ],
)
def test_what_can_be_earned_is_what_the_mazes_chain_says(
    side: int, steps: int, cells: int, wandering: float, path: float, ratio: float
) -> None:
    """Steps over the mean way is the rough bound; the exact one is a little higher: short ways come more often."""
    world, _ = explored(side, steps, 1)
    assert world.mazes.free == cells
    assert maze_bounds.wandering(side, steps) == pytest.approx(wandering, abs=0.006)
    assert maze_bounds.path(side) == pytest.approx(path, abs=0.006)
    assert steps / maze_bounds.path(side) == pytest.approx(ratio, abs=0.06)
    assert ratio < maze_bounds.knowing(side, steps) < 1.03 * ratio


def test_a_random_policy_finds_what_the_chain_says() -> None:
    world, source = explored(7, 60, 4000)
    for _ in range(60):
        world.act(torch.randint(len(ACTIONS), (1, 4000), generator=source))
    assert float(world.finds) == pytest.approx(maze_bounds.wandering(7, 60), abs=0.05)


def test_who_is_told_the_reward_finds_what_the_chain_says() -> None:
    """An agent that goes wherever the way to the reward gets shorter."""
    world, _ = explored(7, 60, 2000)
    lengths, _ = maze_bounds.lengths(7)
    places = world.mazes.places
    number = {tuple(place): index for index, place in enumerate(places.tolist())}
    best = torch.zeros(len(places), len(places), dtype=torch.long)  # (cell, goal)
    for cell, (row, column) in enumerate(places.tolist()):
        ahead = [number.get((row + r, column + c), cell) for r, c in ((-1, 0), (1, 0), (0, -1), (0, 1))]
        best[cell] = lengths[ahead].argmin(0)
    for _ in range(60):
        world.act(best[world.mazes.cell, world.mazes.goal])
    assert float(world.finds) == pytest.approx(maze_bounds.knowing(7, 60), abs=0.25)


def test_the_reward_is_not_at_the_centre_and_no_find_leads_to_it() -> None:
    world, source = explored(7, 60, 500)
    assert (world.mazes.goal != world.mazes.centre).all()
    assert (world.cells[0] == world.mazes.centre).all()
    assert world.observe().shape == (1, 500, maze.INPUTS)
    for _ in range(60):
        reward = world.act(torch.randint(len(ACTIONS), (1, 500), generator=source))
        assert (world.cells[-1] != world.mazes.goal).all()
        assert torch.equal(reward, world.found[-1].float() * SMALL.find)  # a bump costs nothing
        assert torch.equal(world.observe()[..., 14], reward)


def test_the_papers_networks_have_the_sizes_that_the_sheet_counts() -> None:
    paper = maze.SCALES["paper"]
    counted = {"simple": 22_406, "retroactive": 22_407, "plastic": 22_731, "plain": 12_305, "plain_large": 22_523}
    sizes = {"simple": 100, "retroactive": 100, "plastic": 101, "plain": 100, "plain_large": 139}
    for condition, count in counted.items():
        config = paper[condition]
        assert config.neurons == sizes[condition]
        assert maze.create(config, [0]).parameter_count == count == maze.parameters(config.kind, config.neurons)


def test_below_paper_scale_sizes_are_matched_too() -> None:
    for scale in ("ci", "colab"):
        table = maze.SCALES[scale]  # type: ignore[index]
        counts = {name: maze.create(config, [0]).parameter_count for name, config in table.items()}
        smallest = counts.pop("simple")
        assert counts.pop("plain") < smallest
        assert all(smallest <= count < 1.08 * smallest for count in counts.values())


def test_the_papers_settings_are_the_sheets() -> None:
    paper = maze.SCALES["paper"]["simple"]
    assert (paper.side, paper.steps, paper.find, paper.bump, paper.batch) == (13, 200, 10, 0, 30)
    assert (paper.discount, paper.concentration, paper.value, paper.clip) == (0.9, 0.03, 0.1, 4)
    assert (paper.learning_rate, paper.adam_epsilon, paper.updates) == (1e-4, 1e-4, 200_002)
    assert (paper.eta, paper.positive, paper.spread, paper.baseline) == (0.01, 0.01, 0, "first_of_batch")
    assert (paper.previous_action, paper.step_unit, paper.trace_clip, paper.bound) == (True, 200, "hard", 1)
    assert replace(paper, **maze.READINGS["text"]).side == 11
    other = maze.SCALES["paper"]["per_episode"]
    assert other.baseline == "per_episode"


def test_the_released_baseline_is_the_first_episodes_for_all() -> None:
    """As ``vs[t][0]`` does: literally, episode by episode; and only the first one's critic is trained."""
    source = seeding.generator(0, "numbers")
    values = torch.randn(5, 2, 3, generator=source, requires_grad=True)
    steps = a2c.Steps(
        torch.randn(5, 2, 3, 4, generator=source),
        values,
        torch.randint(4, (5, 2, 3), generator=source),
        torch.randn(5, 2, 3, generator=source),
    )
    assert maze.compared_with(steps, "per_episode") is steps
    judged = maze.compared_with(steps, "first_of_batch")
    costs = a2c.loss(judged, discount=0.9, value=0.1, concentration=0.03)
    for seed in range(2):
        for episode in range(3):
            total, after = 0.0, 0.0
            for t in reversed(range(5)):
                after = float(steps.rewards[t, seed, episode]) + 0.9 * after
                policy = steps.logits[t, seed, episode].softmax(0)
                advantage = after - float(values[t, seed, 0].detach())
                total += -float(policy[steps.actions[t, seed, episode]].log()) * advantage
                total += 0.1 * advantage**2 + 0.03 * float(policy.square().sum())
            assert float(costs[seed, episode].detach()) == pytest.approx(total / 5, rel=1e-4, abs=1e-5)
    costs.sum().backward()
    assert values.grad is not None
    assert (values.grad[..., 1:] == 0).all()
    assert (values.grad[..., 0] != 0).all()
    with pytest.raises(ValueError, match="first_of_batch"):
        maze.compared_with(steps, "mine")  # type: ignore[arg-type]


def test_steps_per_find_by_hand() -> None:
    found = torch.zeros(10, 3, dtype=torch.bool)
    found[[3, 5, 9], 0] = True  # first after 4 steps, then after 2 and 4
    found[5, 1] = True  # first after 6, nothing in the 4 left; the third episode looks for 10 steps in vain
    first, later = steps_per_find(found)
    assert first == pytest.approx((4 + 6 + 10) / 2)
    assert later == pytest.approx((6 + 4) / 2)
    assert steps_per_find(torch.zeros(10, 3, dtype=torch.bool)) == (10, 10)


def fake(condition: str, seed: int, y: list[float]) -> Outcome:
    return Outcome(condition, seed, {}, {"finds": Curve([1.0, 2.0], y, "episodes seen", "finds")})


def test_the_rank_sum_test_is_wilcoxons() -> None:
    ours = [fake("simple", seed, [seed * 1.0, 10.0 + seed]) for seed in range(5)]
    theirs = [fake("plastic", seed, [seed * 1.0, seed * 1.0]) for seed in range(5)]
    x, p = rank_sum(ours, theirs, "finds")
    assert x.tolist() == [1.0, 2.0]
    assert p[0] == pytest.approx(1.0)
    statistic = (5 * 5 / 2) / math.sqrt(5 * 5 * 11 / 12)  # all of one above all of the other
    assert p[1] == pytest.approx(2 * stats.norm.sf(statistic))
    three = rank_sum(ours[:3], theirs[:3], "finds")[1]
    assert three[1] == pytest.approx(0.0495, abs=1e-4)
    longer = [Outcome("plastic", 0, {}, {"finds": Curve([1.0], [0.0], "", "")})]
    with pytest.raises(ValueError, match="same points"):
        rank_sum(ours, longer, "finds")


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = maze.train(SMALL, seeds=[7], device="cpu")[0]
    among = maze.train(SMALL, seeds=[3, 7], device="cpu")[1]
    assert among.seed == 7
    assert alone.curves["finds"].y[:2] == among.curves["finds"].y[:2]
    assert alone.network is not None
    assert among.network is not None
    for mine, theirs in zip(alone.network.parameters(), among.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("baseline", ["per_episode", "first_of_batch"])
def test_stopping_early_and_resuming_change_nothing(tmp_path: Path, baseline: maze.Baseline) -> None:
    config = replace(SMALL, baseline=baseline)
    whole = maze.train(config, seeds=[1], device="cpu")[0]
    beginning = maze.train(config, seeds=[1], device="cpu", limit=2)[0]
    assert beginning.curves["finds"].y == whole.curves["finds"].y[:2]
    file = tmp_path / "run.pt"
    maze.train(config, seeds=[1], device="cpu", checkpoint=file, limit=2)
    again = maze.train(config, seeds=[1], device="cpu", checkpoint=file)[0]
    assert again.metrics == whole.metrics


def test_outcomes_are_within_what_the_experiment_declares_and_can_be_drawn() -> None:
    outcomes = experiment.run(maze, "smoke", seeds=[0, 1], device="cpu")
    for outcome in outcomes:
        assert set(outcome.metrics) <= set(maze.METRICS)
        for name, value in outcome.metrics.items():
            assert maze.METRICS[name].lowest <= value <= maze.METRICS[name].highest, name
    table = maze.SCALES["smoke"]
    groups = {name: [each for each in outcomes if each.condition == name] for name in table}
    drawn = figures_maze.learning(groups, side=7, steps=12, test=("simple", "plastic"))
    assert len(table) == 6
    assert len(drawn.legends[0].get_texts()) >= 6
    network = groups["simple"][0].network
    assert isinstance(network, ModulatedAgent)
    world, life = maze.watch(network, table["simple"], seed=0, episodes=50)
    assert len(life.modulations) == table["simple"].steps
    assert len(figures_maze.modulation(world, life).axes) == 3
    assert len(figures_maze.around_the_find({"a": (world, life), "b": (world, life)}, before=1, after=2).axes) == 2
    assert len(journeys({"before": world}).axes) == 1


def test_m_of_t_is_drawn_from_the_step_at_which_the_reward_is_seen() -> None:
    """A modulator that says 1 exactly when its input says reward: the mean around the find is a spike at 0."""
    network = maze.create(SMALL, [0])
    world, life = maze.watch(network, replace(SMALL, steps=40), seed=0, episodes=100)
    found: Tensor = torch.stack(world.found).float()
    life.modulations = [torch.zeros_like(found[0]), *found[:-1]]
    figure = figures_maze.around_the_find({"seed 0": (world, life)}, before=3, after=3)
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 7]  # type: ignore[arg-type]
    heights = np.asarray(lines[0].get_ydata())
    assert heights[3] == 1
    assert (heights[:3] == 0).all()


def test_training_teaches_to_find_the_reward() -> None:
    """A tiny maze, where a few hundred updates are enough."""
    config = replace(
        maze.SCALES["ci"]["simple"], side=5, steps=30, neurons=16, learning_rate=5e-3, updates=200, test_episodes=300
    )
    metrics = maze.train(config, seeds=[0], device="cpu")[0].metrics
    assert metrics["finds"] > 1.5 * metrics["finds_untrained"]


@pytest.mark.needs_gpu
def test_the_maze_runs_on_a_gpu() -> None:
    for outcome in experiment.run(maze, "smoke", seeds=[0, 1], device="cuda"):
        assert outcome.network is not None
        assert next(outcome.network.parameters()).is_cuda
