"""How fast the chapter's trainers are, against literal transcriptions of the method, in the same run on one thread.

A transcription does what the paper's equations say, one episode an update, and nothing clever. Both sides train the
same network on the same task; the unit is the episode, in the maze the step.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import torch

from aiga import seeding, speed
from aiga.envs.maze import walls
from aiga.plasticity import binary, comparison, maze, omniglot
from aiga.plasticity.model import PlasticRNN
from aiga.plasticity.one_shot import OneShotNet
from aiga.speed import Growth, Row, Side
from aiga.training import adam


def literal_patterns(config: binary.Config, updates: int) -> None:
    """One episode at a time, the trace built at every step, every intermediate kept for the gradient."""
    network = PlasticRNN(config.neurons, [seeding.generator(0, "init")])
    optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
    stream = seeding.generator(0, "episodes")
    for _ in range(updates):
        drawn = binary.episodes(config, stream, 1)
        state = network.initial_state(1)
        for drive in drawn.drives[:, None]:
            state = network.step(drive, state)
        loss = (state.activity[0, :, : config.bits] - drawn.target).square().sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def literal_one_shot(config: omniglot.Config, updates: int) -> None:
    """One episode at a time, one drawing at a time, the rule step by step, PyTorch's own layers."""
    network = OneShotNet(seeding.generator(0, "init"))
    layers: list[torch.nn.Module] = []
    for channels in (1, config.features, config.features, config.features):
        layers += [torch.nn.Conv2d(channels, config.features, 3, stride=2), torch.nn.Tanh()]
    network.embedding = torch.nn.Sequential(*layers, torch.nn.Flatten())
    optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
    stream = seeding.generator(0, "episodes")
    characters = _drawings()
    for _ in range(updates):
        drawn = characters.episodes(replace(config, queries=1), stream, 1)
        hebb = torch.zeros(1, config.features, config.ways)
        for label in range(config.ways):
            embedded = network.embedding(drawn.drawings[:, label : label + 1])
            _, hebb = network.step(embedded, torch.eye(config.ways)[label : label + 1], hebb)
        output, _ = network.step(network.embedding(drawn.queries), None, hebb)
        loss = torch.nn.functional.nll_loss(output.log(), drawn.answers[:, 0])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def fast_one_shot(config: omniglot.Config, updates: int) -> None:
    """The trainer's inner loop without its data set."""
    network = omniglot.create(config, 0, torch.device("cpu"))
    optimiser = adam(network, config.learning_rate)
    stream = seeding.generator(0, "episodes")
    characters = _drawings()
    for _ in range(updates):
        drawn = characters.episodes(config, stream, config.batch)
        loss = omniglot.objective(network(drawn.drawings, drawn.queries), drawn.answers, config.loss)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def literal_maze(config: maze.Config, updates: int) -> None:
    """One agent in one maze, cell by cell; the trace built at every step, every intermediate kept for the gradient."""
    network = maze.create(config, [0])
    optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate, eps=config.adam_epsilon)
    stream = seeding.generator(0, "episodes")
    plan = walls(config.side)
    free: list[list[int]] = (~plan).nonzero().tolist()
    for _ in range(updates):
        row = column = config.side // 2
        goal = free[int(torch.randint(len(free), (1,), generator=stream))]
        state, reward, action = network.recurrent.initial_state(1), 0.0, None
        logs, values, rewards, penalty = [], [], [], torch.zeros(())
        for step in range(config.steps):
            inputs = torch.zeros(1, 1, maze.INPUTS)
            inputs[0, 0, :9] = plan[row - 1 : row + 2, column - 1 : column + 2].flatten()
            if config.previous_action and action is not None:
                inputs[0, 0, 9 + action] = 1
            inputs[0, 0, 14:] = torch.tensor([reward, step / config.step_unit, 1.0])
            logits, value, state = network.step(inputs, state)
            policy = logits[0, 0].softmax(0)
            action = int(torch.multinomial(policy.detach(), 1, generator=stream))
            down, right = ((-1, 0), (1, 0), (0, -1), (0, 1))[action]
            reward = 0.0
            if plan[row + down, column + right]:
                reward -= config.bump
            else:
                row, column = row + down, column + right
            if [row, column] == goal:
                reward += config.find
                row, column = free[int(torch.randint(len(free), (1,), generator=stream))]
            logs.append(policy[action].log())
            values.append(value[0, 0])
            rewards.append(reward)
            penalty = penalty + policy.square().sum()
        loss, after = config.concentration * penalty, 0.0
        for log, expected, reward in zip(logs[::-1], values[::-1], rewards[::-1], strict=True):
            after = reward + config.discount * after
            advantage = after - expected
            loss = loss - log * advantage.detach() + config.value * advantage.square()
        optimiser.zero_grad()
        (loss / config.steps).backward()
        optimiser.step()


def work_of_patterns(config: binary.Config) -> float:
    """Operations of one episode in matrix products, forward and (twice as many) backward.

    A step multiplies the activity by ``w``, by the carried trace, and by ``alpha`` once for each step of its chunk so
    far; and it adds its share to the trace.
    """
    return 3 * 2 * config.steps * config.neurons**2 * (3 + (config.chunk - 1) / 2)


def work_of_a_step(neurons: int, inputs: int) -> float:
    """Operations of one step of one episode where each has its trace at hand, forward and (twice as many) backward.

    For each connection: its product with ``w``, that with ``alpha`` times the trace, and the trace's decay and growth.
    """
    return 3.0 * (8 * neurons**2 + 2 * neurons * inputs)


def work_of_one_shot(config: omniglot.Config) -> float:
    """Operations of one episode in the convolutions, forward and (twice as many) backward."""
    sides, channels, total = (15, 7, 3, 1), 1, 0
    for side in sides:
        total += 2 * side**2 * 9 * channels * config.features
        channels = config.features
    return 3.0 * total * (config.ways + config.queries)


def rows() -> Iterator[Row]:
    """Every experiment's inner loop beside its transcription."""
    for name, config, seeds, slow, quick in (
        ("50 bits, 5 seeds × 32 episodes", comparison.SCALES["ci"]["plastic"], 5, 20, 10),
        ("100 bits, 5 seeds × 8 episodes", binary.SCALES["ci"]["plastic"], 5, 4, 2),
        ("1,000 bits, 1 seed × 1 episode", binary.SCALES["paper"]["plastic"], 1, 1, 1),
    ):
        yield speed.compare(
            name,
            "episodes",
            Side(partial(trained, config, seeds, quick), quick * seeds * config.batch),
            Side(partial(literal_patterns, config, slow), slow),
            share=speed.of_products(work_of_patterns(config)),
        )
    one_shot = replace(omniglot.SCALES["ci"]["plastic"], batch=16, queries=1)
    yield speed.compare(
        f"Omniglot, {one_shot.batch} episodes of one query",
        "episodes",
        Side(partial(fast_one_shot, one_shot, 4), 4 * one_shot.batch),
        Side(partial(literal_one_shot, one_shot, 10), 10),
        share=speed.of_products(work_of_one_shot(one_shot)),
    )
    large = replace(maze.SCALES["paper"]["plastic"], batch=32)
    for name, settings, seeds, quick in (
        ("maze 5×5, 3 seeds × 32 agents", maze.SCALES["ci"]["plastic"], 3, 3),
        ("maze 9×9, 1 seed × 32 agents", large, 1, 1),
    ):
        yield speed.compare(
            name,
            "steps",
            Side(partial(explored, settings, seeds, quick), quick * seeds * settings.batch * settings.steps),
            Side(partial(literal_maze, settings, 1), settings.steps),
            share=speed.of_products(work_of_a_step(settings.neurons, maze.INPUTS)),
            repeats=2,
        )


def growths() -> Iterator[Growth]:
    """Time of an update over the batch, and over the number of neurons."""
    config = comparison.SCALES["ci"]["plastic"]
    yield speed.grow(
        f"an update, {config.neurons} neurons",
        "episodes in the batch",
        (8, 32, 128, 512),
        lambda size: partial(trained, replace(config, batch=int(size)), 1, 4),
    )
    yield speed.grow(
        f"an update, {config.batch} episodes",
        "neurons",
        (50, 100, 200, 400),
        lambda size: partial(trained, replace(config, bits=int(size)), 1, 2),
    )


def trained(config: binary.Config, seeds: int, updates: int) -> None:
    """The trainer itself, for a few updates."""
    binary.train(replace(config, updates=updates, test_episodes=1), seeds=list(range(seeds)), device="cpu")


def explored(config: maze.Config, seeds: int, updates: int) -> None:
    """The same in the maze."""
    maze.train(replace(config, updates=updates, test_episodes=1), seeds=list(range(seeds)), device="cpu")


def _drawings() -> omniglot.Characters:
    """Noise in the shape of drawings: the speed does not depend on what is drawn."""
    noise = torch.randint(256, (100, 20, 31, 31), generator=seeding.generator(0, "noise"), dtype=torch.uint8)
    return omniglot.Characters(noise)


if __name__ == "__main__":
    speed.show(rows(), growths())
