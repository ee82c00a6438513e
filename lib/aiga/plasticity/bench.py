"""How fast the chapter's trainers are, against literal transcriptions of the method, in the same run on one thread.

A transcription does what the paper's equations say, one episode an update, and nothing clever. Both sides train the
same network on the same task; the unit is the episode, in the maze the step.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from aiga import seeding
from aiga.envs.maze import walls
from aiga.plasticity import binary, comparison, maze, omniglot
from aiga.plasticity.model import PlasticRNN
from aiga.plasticity.one_shot import OneShotNet
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


def rate(run: Callable[[], object], episodes: int, repeats: int = 3) -> float:
    """Episodes a second of CPU time, the best of a few repeats after one to warm up."""
    run()
    best = 0.0
    for _ in range(repeats):
        began = time.process_time()
        run()
        best = max(best, episodes / (time.process_time() - began))
    return best


def limit() -> float:
    """Floating-point operations a second in a large matrix product on one thread: as fast as this machine gets."""
    matrix = torch.randn(1024, 1024, generator=seeding.generator(0, "limit"))
    return rate(partial(torch.mm, matrix, matrix), 2 * 1024**3, 5)


def work_of_patterns(config: binary.Config) -> float:
    """Operations of one episode in matrix products, forward and (twice as many) backward.

    A step multiplies the activity by ``w``, by the carried trace, and by ``alpha`` once for each step of its chunk so
    far; and it adds its share to the trace.
    """
    return 3 * 2 * config.steps * config.neurons**2 * (3 + (config.chunk - 1) / 2)


def work_of_one_shot(config: omniglot.Config) -> float:
    """Operations of one episode in the convolutions, forward and (twice as many) backward."""
    sides, channels, total = (15, 7, 3, 1), 1, 0
    for side in sides:
        total += 2 * side**2 * 9 * channels * config.features
        channels = config.features
    return 3.0 * total * (config.ways + config.queries)


def memory(run: Callable[[], object]) -> float:
    """MiB of tensors that the forward passes of ``run`` keep for the backward pass, each storage counted once."""
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        run()
    return sum(kept.values()) / 2**20


def main() -> None:
    """Print episodes per CPU second of both sides, their ratio, and our share of the machine's limit."""
    torch.set_num_threads(1)
    most = limit()
    fifty = comparison.SCALES["ci"]["plastic"]
    hundred = binary.SCALES["ci"]["plastic"]
    thousand = binary.SCALES["paper"]["plastic"]
    one_shot = replace(omniglot.SCALES["ci"]["plastic"], batch=16, queries=1)
    print(f"{'task':34} {'literal':>10} {'ours':>10} {'ratio':>8} {'limit':>7}   episodes per CPU second, one thread")
    for name, config, seeds, slow, quick in (
        ("50 bits, 5 seeds x 32 episodes", fifty, 5, 20, 10),
        ("100 bits, 5 seeds x 8 episodes", hundred, 5, 4, 2),
        ("1,000 bits, 1 seed x 1 episode", thousand, 1, 3, 20),
    ):
        slow_rate = rate(partial(literal_patterns, config, slow), slow, 1 if config is thousand else 3)
        brief = replace(config, updates=quick, test_episodes=1)
        trained = partial(binary.train, brief, seeds=list(range(seeds)), device="cpu")
        quick_rate = rate(trained, quick * seeds * config.batch)
        _row(name, slow_rate, quick_rate, quick_rate * work_of_patterns(config) / most)
    slow_rate = rate(partial(literal_one_shot, one_shot, 20), 20)
    quick_rate = rate(partial(fast_one_shot, one_shot, 16), 16 * one_shot.batch)
    share = quick_rate * work_of_one_shot(one_shot) / most
    _row(f"Omniglot, {one_shot.batch} episodes of one query", slow_rate, quick_rate, share)
    mazes = maze.SCALES["ci"]["plastic"]
    large = replace(maze.SCALES["paper"]["plastic"], batch=32)
    for name, settings, seeds, quick in (
        ("maze 5x5, 3 seeds x 32, in steps", mazes, 3, 10),
        ("maze 9x9, 1 seed x 32, in steps", large, 1, 3),
    ):
        brief_maze = replace(settings, updates=quick, test_episodes=1)
        slow_rate = rate(partial(literal_maze, settings, 2), 2 * settings.steps, 2)
        trained = partial(maze.train, brief_maze, seeds=list(range(seeds)), device="cpu")
        quick_rate = rate(trained, quick * seeds * settings.batch * settings.steps, 2)
        _row(name, slow_rate, quick_rate, None)
    plain = memory(partial(literal_patterns, thousand, 1))
    ours = memory(partial(binary.train, replace(thousand, updates=1, test_episodes=1), seeds=[0], device="cpu"))
    print(f"kept for one 1,000-bit update's backward pass: literal {plain:.0f} MiB, ours {ours:.0f} MiB")
    print(f"limit: the share of {most / 1e9:.0f} GFLOP/s, what a large matrix product reaches here on one thread")


def _row(name: str, slow: float, quick: float, share: float | None) -> None:
    print(f"{name:34} {slow:10.2f} {quick:10.2f} {quick / slow:7.1f}x {'' if share is None else f'{share:7.0%}'}")


def _drawings() -> omniglot.Characters:
    """Noise in the shape of drawings: the speed does not depend on what is drawn."""
    noise = torch.randint(256, (100, 20, 31, 31), generator=seeding.generator(0, "noise"), dtype=torch.uint8)
    return omniglot.Characters(noise)


if __name__ == "__main__":
    main()
