"""How fast the chapter's trainers are, against literal transcriptions of the original loops, in the same run.

A transcription does what the original does: a batch of episodes in one tensor, but every episode's timetable, inputs
and reward one by one in Python, and the network's equations as they stand, differentiated by autograd. Both sides
train the same network on the same task on one thread; the unit is one step of one episode.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from aiga import seeding, speed
from aiga.backpropamine import association, bench_words, cue_reward, rehearsal
from aiga.backpropamine.model import ModulatedAgent
from aiga.envs.maze import ACTIONS, walls
from aiga.plasticity import a2c, maze
from aiga.plasticity.bench import work_of_a_step
from aiga.speed import Growth, Row, Side
from aiga.training import Training, adam


def _learn(
    network: ModulatedAgent,
    optimiser: torch.optim.Optimizer,
    config: cue_reward.Config | maze.Config,
    lived: tuple[list[Tensor], list[Tensor], list[Tensor]],
    penalty: Tensor,
) -> None:
    """The loss as it is summed up step by step, from the last to the first."""
    loss, after = config.concentration * penalty, torch.zeros(config.batch)
    for log, expected, reward in zip(*(each[::-1] for each in lived), strict=True):
        after = reward + config.discount * after
        advantage = after - expected
        loss = loss + (config.value * advantage.square() - log * advantage.detach()).sum()
    optimiser.zero_grad()
    (loss / config.steps / config.batch).backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 4.0)
    optimiser.step()


def timetable(config: cue_reward.Config, chance: random.Random) -> tuple[list[list[int]], list[int], list[int]]:
    """One episode: the cue shown at each step or none, where Go is, and the right answer there."""
    cues = [[chance.choice((-1, 1)) for _ in range(config.bits)] for _ in range(config.cues)]
    target = chance.randrange(config.cues)
    shown: list[list[int]] = []
    go: list[int] = []
    right: list[int] = []
    while len(shown) < config.steps:
        picked = chance.sample(range(config.cues), config.cues // 2)
        block = len(picked) if config.compact else len(picked) + chance.randrange(config.cues)
        places = sorted(chance.sample(range(block), len(picked)))
        trial: list[list[int]] = [[]] * block
        for cue, place in zip(picked, places, strict=True):
            trial[place] = cues[cue]
        if not config.compact:
            trial = [[], *trial]
        shown += [*trial, [], []]
        go += [0] * len(trial) + [1, 0]
        right += [0] * len(trial) + [int(target in picked), 0]
    return shown, go, right


def literal_cues(config: cue_reward.Config, updates: int) -> None:
    """A batch of episodes, each looked after in Python; every intermediate kept for the gradient."""
    network = cue_reward.create(config, [0])
    optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate, eps=config.adam_epsilon)
    stream, chance = seeding.generator(0, "episodes"), random.Random(0)
    for _ in range(updates):
        tables = [timetable(config, chance) for _ in range(config.batch)]
        state, earned, actions = network.initial_state(config.batch), [0.0] * config.batch, [-1] * config.batch
        logs, values, rewards, penalty = [], [], [], torch.zeros(())
        for step in range(config.steps):
            inputs = torch.zeros(1, config.batch, config.bits + association.EXTRAS)
            for episode, (shown, go, _) in enumerate(tables):
                if shown[step]:
                    inputs[0, episode, : config.bits] = torch.tensor(shown[step])
                inputs[0, episode, config.bits] = go[step]
                inputs[0, episode, config.bits + 1] = 1.0
                inputs[0, episode, config.bits + 2] = step / config.steps
                inputs[0, episode, config.bits + 3] = earned[episode]
                if actions[episode] >= 0:
                    inputs[0, episode, actions[episode] - association.ACTIONS] = 1.0
            logits, value, state = network.step(inputs, state)
            policy = logits[0].softmax(-1)
            chosen = torch.multinomial(policy.detach(), 1, generator=stream)
            actions = chosen[:, 0].tolist()
            earned = [0.0] * config.batch
            for episode, (_, go, right) in enumerate(tables):
                if go[step]:
                    earned[episode] = 1.0 if actions[episode] == right[step] else -1.0
            logs.append(policy.gather(-1, chosen)[:, 0].log())
            values.append(value[0])
            rewards.append(torch.tensor(earned))
            penalty = penalty + policy.square().sum()
        _learn(network, optimiser, config, (logs, values, rewards), penalty)


def quick_cues(config: cue_reward.Config, updates: int, networks: int) -> None:
    """The trainer's loop."""
    seeds = list(range(networks))
    network = cue_reward.create(config, seeds)
    optimiser = adam(network, config.learning_rate, eps=config.adam_epsilon)
    training = Training(config, seeds, network, optimiser, notes=[])
    for _ in range(updates):
        cue_reward.descend(network, config, training)


def explorer(config: maze.Config, networks: int) -> ModulatedAgent:
    """Networks for the maze, with the paper's modulation."""
    generators = [seeding.generator(seed, "init") for seed in range(networks)]
    return ModulatedAgent(maze.INPUTS, config.neurons, len(ACTIONS), generators)


def literal_maze(config: maze.Config, updates: int) -> None:
    """A batch of agents, each led through its maze in Python, cell by cell."""
    network = explorer(config, 1)
    optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate, eps=config.adam_epsilon)
    stream, chance = seeding.generator(0, "episodes"), random.Random(0)
    plan, middle = walls(config.side), config.side // 2
    free: list[list[int]] = (~plan).nonzero().tolist()
    for _ in range(updates):
        state, places = network.initial_state(config.batch), [[middle, middle] for _ in range(config.batch)]
        goals = [chance.choice(free) for _ in places]
        earned, actions = [0.0] * config.batch, [0] * config.batch
        logs, values, rewards, penalty = [], [], [], torch.zeros(())
        for step in range(config.steps):
            inputs = torch.zeros(1, config.batch, maze.INPUTS)
            for agent, (row, column) in enumerate(places):
                inputs[0, agent, :9] = plan[row - 1 : row + 2, column - 1 : column + 2].flatten()
                inputs[0, agent, 9 + actions[agent]] = 1.0
                inputs[0, agent, 14] = earned[agent]
                inputs[0, agent, 15] = step / config.step_unit
                inputs[0, agent, 16] = 1.0
            logits, value, state = network.step(inputs, state)
            policy = logits[0].softmax(-1)
            chosen = torch.multinomial(policy.detach(), 1, generator=stream)
            actions = chosen[:, 0].tolist()
            for agent, (row, column) in enumerate(places):
                down, right = ((-1, 0), (1, 0), (0, -1), (0, 1))[actions[agent]]
                earned[agent] = 0.0
                if not plan[row + down, column + right]:
                    places[agent] = [row + down, column + right]
                if places[agent] == goals[agent]:
                    earned[agent] = config.find
                    places[agent] = chance.choice(free)
            logs.append(policy.gather(-1, chosen)[:, 0].log())
            values.append(value[0])
            rewards.append(torch.tensor(earned))
            penalty = penalty + policy.square().sum()
        _learn(network, optimiser, config, (logs, values, rewards), penalty)


def quick_maze(config: maze.Config, updates: int, networks: int) -> None:
    """The loop of a trainer in the maze."""
    network = explorer(config, networks)
    optimiser = adam(network, config.learning_rate, eps=config.adam_epsilon)
    stream = [seeding.generator(seed, "episodes") for seed in range(networks)]
    for _ in range(updates):
        world = maze.Exploration(config, stream, config.batch)
        chance = a2c.noise(config.steps, config.batch, len(ACTIONS), stream)
        steps = rehearsal.play(network, world, chance)
        costs = a2c.loss(steps, discount=config.discount, value=config.value, concentration=config.concentration)
        optimiser.zero_grad()
        costs.mean(1).sum().backward()
        a2c.clip(network, config.clip)
        optimiser.step()


def rows() -> Iterator[Row]:
    """Both tasks and the words, at equal network size, batch and episode length."""
    small = cue_reward.SCALES["ci"]["simple"]
    large = replace(cue_reward.SCALES["paper"]["simple"], steps=40)
    for name, config, networks, slow, quick in (
        ("cue-reward, simple", small, 3, 2, 5),
        ("cue-reward, retroactive", replace(small, rule="retroactive"), 3, 2, 5),
        ("cue-reward, simple", large, 1, 1, 1),
    ):
        steps = config.steps * config.batch
        inputs = config.bits + association.EXTRAS
        yield speed.compare(
            f"{name}, {config.neurons} neurons, {networks} side by side",
            "steps",
            Side(partial(quick_cues, config, quick, networks), quick * networks * steps),
            Side(partial(literal_cues, config, slow), slow * steps),
            share=speed.of_products(work_of_a_step(config.neurons, inputs)),
            repeats=2,
        )
    mazes = replace(maze.SCALES["ci"]["plastic"], batch=30)
    steps = mazes.steps * mazes.batch
    yield speed.compare(
        f"maze 5×5, simple, {mazes.neurons} neurons, 3 side by side",
        "steps",
        Side(partial(quick_maze, mazes, 5, 3), 5 * 3 * steps),
        Side(partial(literal_maze, mazes, 1), steps),
        share=speed.of_products(work_of_a_step(mazes.neurons, maze.INPUTS)),
    )
    yield from bench_words.rows()


def growths() -> Iterator[Growth]:
    """Time of an update over the batch and over the number of neurons."""
    config = cue_reward.SCALES["ci"]["simple"]
    yield speed.grow(
        f"an update of cue-reward, {config.neurons} neurons",
        "episodes in the batch",
        (8, 16, 32, 64),
        lambda size: partial(quick_cues, replace(config, batch=int(size)), 2, 1),
    )
    yield speed.grow(
        f"an update of cue-reward, {config.batch} episodes",
        "neurons",
        (25, 50, 100, 200),
        lambda size: partial(quick_cues, replace(config, neurons=int(size)), 1, 1),
    )


if __name__ == "__main__":
    speed.show(rows(), growths())
