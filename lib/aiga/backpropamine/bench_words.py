"""How fast the word experiment is, against a literal transcription of it, in the same run on one thread.

The transcription trains one network, word by word: every step by the equations, its softmax at once, every intermediate
kept for the gradient. Both sides have the same network, streams and windows; the unit is a word read in training.
"""

from collections.abc import Iterator
from functools import partial

import torch

from aiga import seeding, speed
from aiga.backpropamine import words
from aiga.backpropamine.word_model import WordModel, surprise
from aiga.backpropamine.word_text import Streams
from aiga.plasticity.a2c import clip
from aiga.speed import Row, Side


def literal(config: words.Config, updates: int) -> None:
    """Read and learn as the equations say, one network."""
    network = words.create(config, config.vocabulary, [0])
    optimiser = torch.optim.SGD(network.parameters(), lr=config.learning_rate)
    streams, states = _streams(config, updates), network.initial_state(config.streams)
    for update in range(updates):
        shown, following = streams[update]
        loss = torch.zeros(())
        for now, after in zip(shown, following, strict=True):
            read = network.embedding[:, now]  # (1, B, H)
            for position, layer in enumerate(network.layers):
                states[position] = layer.step(read, states[position])  # type: ignore[operator]
                read = states[position].output
            logits = read @ network.out + network.offset
            loss = loss + torch.nn.functional.cross_entropy(logits[0], after)
        states = [state.detach() for state in states]
        _descend(network, optimiser, loss, config)


def batched(config: words.Config, updates: int, seeds: int) -> None:
    """The trainer's inner loop on made-up text."""
    network = words.create(config, config.vocabulary, range(seeds))
    optimiser = torch.optim.SGD(network.parameters(), lr=config.learning_rate)
    streams, states = _streams(config, updates), network.initial_state(config.streams)
    for update in range(updates):
        shown, following = streams[update]
        logits, states, _ = network(shown, states)
        states = [state.detach() for state in states]
        _descend(network, optimiser, len(shown) * surprise(logits, following).mean(1).sum(), config)


def rows() -> Iterator[Row]:
    """Networks of the ``ci`` scale, and the paper's."""
    for scale, seeds, updates, shown in (("ci", 3, 2, ("plain", "retroactive")), ("paper", 1, 1, ("retroactive",))):
        table = words.SCALES[scale]  # type: ignore[index]
        for name in shown:
            config = table[name]
            read = config.streams * config.window * updates
            ours = partial(batched, config, updates, seeds)
            yield speed.compare(
                f"words, {name}, {config.cells} cells, {seeds} × {config.streams} streams",
                "words",
                Side(ours, read * seeds),
                Side(partial(literal, config, updates), read),
                share=speed.of_products(speed.operations(ours) / (read * seeds)),
                repeats=2 if scale == "ci" else 1,
            )


def _streams(config: words.Config, updates: int) -> Streams:
    """Made-up text: the speed does not depend on what is written."""
    generator = seeding.generator(0, "text")
    length = config.streams * (updates * config.window + 1)
    return Streams(torch.randint(config.vocabulary, (length,), generator=generator), config.streams, config.window)


def _descend(network: WordModel, optimiser: torch.optim.Optimizer, loss: torch.Tensor, config: words.Config) -> None:
    optimiser.zero_grad()
    loss.backward()
    clip(network, config.longest)
    optimiser.step()
