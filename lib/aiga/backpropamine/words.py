"""Guess the next word of a text: does plasticity help an LSTM, at equal numbers of parameters (sec. 4.3, table 1)?

A text is read by twenty readers at once, window after window, and the state, the traces of the connections included, is
carried from window to window, as far as the text goes; gradients flow through one window (Zaremba et al., 2014).

The repository has no code for the paper's small model; settings are those of its appendix, as far as it gives them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from aiga import device as devices
from aiga import seeding
from aiga.backpropamine.model import RULES, Rule
from aiga.backpropamine.plastic_lstm import Reads, State
from aiga.backpropamine.word_model import WordModel, parameters, surprise
from aiga.backpropamine.word_text import Streams, Text, bigram_perplexity, prepare, unigram_perplexity
from aiga.datasets import words as texts
from aiga.experiment import Metric, Outcome, timed
from aiga.plasticity.a2c import clip
from aiga.scale import Scale
from aiga.training import Training, adam

TITLE = "Words: a plastic LSTM guesses the next word"

_WORST = 50_000.0  # more words than any vocabulary here has
METRICS = {
    "perplexity": Metric("perplexity of the test text", 1.0, _WORST, "lower", "words"),
    "perplexity_valid": Metric("perplexity of the validation text", 1.0, _WORST, "lower", "words"),
    "perplexity_without_plasticity": Metric(
        "perplexity of the test text with alpha set to 0 after training", 1.0, math.inf, "neither", "words"
    ),
    "rise_without_plasticity": Metric(
        "how much the perplexity rises when alpha is set to 0", -1.0, math.inf, "neither", "fraction"
    ),
    "perplexity_unigram": Metric("perplexity of word frequencies alone", 1.0, _WORST, "neither", "words"),
    "perplexity_bigram": Metric("perplexity of counted pairs of words", 1.0, _WORST, "neither", "words"),
    "over_bigram": Metric("perplexity over that of counted pairs of words", 0.0, _WORST, "lower", "ratio"),
    "parameters": Metric("numbers that are trained", 0.0, 1e9, "neither"),
    "modulation": Metric("mean of M(t) over the test text and the layers", -1.0, 1.0, "neither"),
    "modulation_spread": Metric("standard deviation of M(t) over the test text", 0.0, 1.0, "neither"),
}


@dataclass(frozen=True)
class Config:
    """One condition of the experiment. Settings are those of the paper's small model where nothing else is said."""

    condition: str = "simple"
    """Name of this condition in figures, ledger and records."""
    rule: Rule = "simple"
    """How the trace changes; ``plain`` is an LSTM."""
    reads: Reads = "previous"
    """The modulator reads the output before the step (app. A.1), or the new one (``mylstm.py`` lines 225-247)."""
    text: Literal["ptb", "wikitext-2"] = "ptb"
    """Which text: Penn Treebank, or WikiText-2, whose licence is free."""
    vocabulary: int = 10_000
    """Most frequent words that are told apart."""
    words: int = 929_589
    """Words of the training text that are read: all of Penn Treebank's."""
    test_words: int = 82_430
    """Words of the validation and of the test text that are read, at most."""
    cells: int = 200
    """Cells of a layer and numbers of a word; the plain LSTM has more (see :func:`_conditions`)."""
    layers: int = 2
    """LSTM layers."""
    window: int = 20
    """Steps through which gradients flow."""
    streams: int = 20
    """Readers of the training text; Zaremba's."""
    test_streams: int = 1
    """Readers of the test text: one reads it all, in its order."""
    epochs: int = 13
    """Readings of the training text."""
    optimiser: Literal["sgd", "adam"] = "sgd"
    """Plain descent on a window's summed surprise, the mean over streams."""
    learning_rate: float = 1.0
    """Its rate at first."""
    whole_epochs: int = 5
    """Epochs at that rate; the paper's grid has the first decay at 4 to 6, for each condition its own."""
    decay: float = 0.35
    """Factor of the rate at each epoch after those; the paper's grid has 0.25 to 0.40."""
    weight_decay: float = 1e-6
    """L2 penalty; the paper's grid has 1e-2 to 1e-6."""
    longest: float = 5.0
    """Longest gradient."""
    init: float = 0.1
    """Weights start uniform within this; the paper's grid has 0.09 to 0.12."""
    alpha: float = 0.1
    """So does alpha within this; not given, ours."""
    rate: float = 0.1
    """Initial rate of each connection; not given, ours."""
    eta: float = 0.1
    """Initial rate of the eligibility; not given, ours."""
    bound: float = 2.0
    """Where the trace is clipped."""

    @property
    def windows(self) -> int:
        """Updates in a reading of the text."""
        return (self.words // self.streams - 1) // self.window

    @property
    def updates(self) -> int:
        """Number of updates."""
        return self.epochs * self.windows


def _conditions(base: Config, *, plain: int) -> dict[str, Config]:
    """Four conditions with the same number of parameters: the plain LSTM has more cells where others have alpha."""
    cells = {"plain": plain, "plastic": base.cells, "simple": base.cells, "retroactive": base.cells}
    return {rule: replace(base, condition=rule, rule=rule, cells=cells[rule]) for rule in RULES}


_PAPER = Config()
_COLAB = replace(_PAPER, text="wikitext-2", words=2_088_628, test_words=245_569, test_streams=10, epochs=6)
# A thousand words, one small layer, the beginning of the text; Adam gets further than descent in so few updates.
_CI = Config(
    vocabulary=1000,
    words=36_000,
    test_words=10_000,
    cells=32,
    layers=1,
    window=10,
    streams=10,
    test_streams=20,
    epochs=4,
    optimiser="adam",
    learning_rate=1e-2,
    whole_epochs=3,
    decay=0.2,
    weight_decay=0.0,
    alpha=0.3,
)
_SMOKE = replace(_CI, vocabulary=50, words=1_300, test_words=300, cells=8, streams=4, epochs=1)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(_SMOKE, plain=9),
    "ci": _conditions(_CI, plain=33),
    "colab": _conditions(_COLAB, plain=206),
    "paper": _conditions(_PAPER, plain=206),
}


def read(config: Config, device: torch.device) -> Text:
    """The text that a condition reads."""
    whole = texts.ptb() if config.text == "ptb" else texts.wikitext2()
    return prepare(whole, config.vocabulary, train=config.words, test=config.test_words, device=device)


def create(config: Config, words: int, seeds: Sequence[int]) -> WordModel:
    """Untrained networks, one a seed, for a vocabulary of so many words."""
    generators = [seeding.generator(seed, "init") for seed in seeds]
    own = {name: getattr(config, name) for name in ("init", "rule", "reads", "alpha", "rate", "eta", "bound")}
    return WordModel(words, config.cells, config.layers, generators, **own)


class _Reader:
    """Where the readers are: their states, carried from window to window without gradient, and saved with the rest."""

    def __init__(self, network: WordModel, batch: int) -> None:
        self.network, self.batch = network, batch
        self.begin()

    def begin(self) -> None:
        """Go back to the first word, with nothing in memory."""
        self.states = self.network.initial_state(self.batch)

    def __call__(self, text: Tensor) -> tuple[Tensor, Tensor]:
        """Read on: logits and modulations (see :meth:`~aiga.backpropamine.word_model.WordModel.forward`)."""
        logits, states, modulation = self.network(text, self.states)
        self.states = [state.detach() for state in states]
        return logits, modulation

    def state_dict(self) -> dict[str, dict[str, Tensor]]:
        """The states, by layer."""
        return {str(layer): state.tensors() for layer, state in enumerate(self.states)}

    def load_state_dict(self, saved: dict[str, dict[str, Tensor]]) -> None:
        """Go on from saved states."""
        place = self.network.embedding.device
        for layer in range(len(self.states)):
            self.states[layer] = State(**{name: value.to(place) for name, value in saved[str(layer)].items()})


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Train one network for each seed, all side by side on the same text.

    Args:
        config: the condition.
        seeds: one network each; up to round-off, a network does not depend on the others.
        device: see :func:`aiga.device.resolve`.
        checkpoint: file to save to and to resume from.
        limit: stop before this update, to try only the beginning.

    Returns:
        For each seed its perplexity, with and without plasticity, and the course of its surprise during training.
    """
    place = devices.resolve(device)
    text = read(config, place)
    network = create(config, len(text.vocabulary), seeds).to(place)
    optimiser = _optimiser(config, network)
    streams, reader = Streams(text.train, config.streams, config.window), _Reader(network, config.streams)
    training = Training(config, seeds, network, optimiser, notes=["surprise"], others={"reader": reader})
    for update in training.updates(f"words, {config.condition}", checkpoint=checkpoint, limit=limit):
        late = max(update // config.windows + 1 - config.whole_epochs, 0)
        optimiser.param_groups[0]["lr"] = config.learning_rate * config.decay**late
        if update % len(streams) == 0:
            reader.begin()
        shown, following = streams[update % len(streams)]
        logits, _ = reader(shown)
        surprised = surprise(logits, following).mean(1)  # (S,)
        training.descend(len(shown) * surprised, before_step=partial(clip, network, config.longest))
        training.note(update, surprise=surprised)
    return _outcomes(config, training, network, text)


def _optimiser(config: Config, network: WordModel) -> torch.optim.Optimizer:
    if config.optimiser == "adam":
        return adam(network, config.learning_rate, weight_decay=config.weight_decay)
    return torch.optim.SGD(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)


@torch.no_grad()
def listen(network: WordModel, text: Tensor, *, streams: int, window: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Read a text from its beginning: surprises, ``(S, T * B)``, and modulations ``(layers, T, S, B)``."""
    cut, reader = Streams(text, streams, window), _Reader(network, streams)
    for position in range(len(cut)):
        shown, following = cut[position]
        logits, modulation = reader(shown)
        yield surprise(logits, following), modulation


def evaluate(network: WordModel, text: Tensor, *, streams: int, window: int) -> tuple[Tensor, Tensor, Tensor]:
    """Perplexity of each network on a text, ``(S,)``; and the mean and standard deviation of its modulation."""
    heard = list(listen(network, text, streams=streams, window=window))
    surprised = torch.cat([each for each, _ in heard], 1).double().mean(1)
    modulation = torch.cat([each for _, each in heard], 1)  # (layers, steps, S, B)
    return surprised.exp(), modulation.mean((0, 1, 3)), modulation.std((1, 3), correction=0).mean(0)


def _outcomes(config: Config, training: Training, network: WordModel, text: Text) -> list[Outcome]:
    words = len(text.vocabulary)
    measure = partial(evaluate, streams=config.test_streams, window=config.window)
    perplexity, mean, spread = measure(network, text.test)
    columns = {"perplexity": perplexity, "perplexity_valid": measure(network, text.valid)[0]}
    if config.rule != "plain":
        cut = measure(network.without_plasticity(), text.test)[0]
        columns |= {"perplexity_without_plasticity": cut, "rise_without_plasticity": cut / perplexity - 1}
    if config.rule in ("simple", "retroactive"):
        columns |= {"modulation": mean, "modulation_spread": spread}
    pairs = bigram_perplexity(text.train, text.test, words)
    columns["over_bigram"] = perplexity / pairs
    shared = {
        "perplexity_unigram": unigram_perplexity(text.train, text.test, words),
        "perplexity_bigram": pairs,
        "parameters": float(parameters(words, config.cells, config.layers, config.rule)),
    }
    outcomes = []
    for position, seed in enumerate(training.seeds):
        own = {name: float(values[position]) for name, values in columns.items()}
        course = training.curve(
            "surprise",
            seed,
            per_step=config.streams * config.window,
            x_label="words read",
            y_label="surprise (nats a word)",
        )
        chosen = network.select(position)
        outcome = Outcome(config.condition, seed, own | shared, {"surprise": course}, text.data, network=chosen)
        outcomes.append(outcome)
    return outcomes
