"""A network that guesses the next word: embedding, layers of plastic LSTM cells, softmax (sec. 4.3, app. A.2).

Shapes: ``S`` networks, ``B`` streams of text, ``T`` steps, ``V`` words, ``H`` cells a layer (and numbers a word).
"""

import copy
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aiga.backpropamine.model import Rule
from aiga.backpropamine.plastic_lstm import PlasticLSTM, State, uniform


class WordModel(nn.Module):
    """A stack of LSTM layers between an embedding and a softmax over the vocabulary; each layer has its own modulator.

    Args:
        words: size of the vocabulary ``V``.
        cells: cells of each layer, and numbers that stand for a word, ``H``.
        layers: how many layers.
        generators: one for each of the ``S`` networks.
        init: weights start uniform in ``[-init, init]``.
        settings: further settings of :class:`~aiga.backpropamine.plastic_lstm.PlasticLSTM`.
    """

    def __init__(
        self,
        words: int,
        cells: int,
        layers: int,
        generators: Sequence[torch.Generator],
        *,
        init: float = 0.1,
        **settings: Any,
    ) -> None:
        super().__init__()
        self.words = words
        self.embedding = uniform(generators, (words, cells), init)  # (S, V, H)
        self.layers = nn.ModuleList(PlasticLSTM(cells, cells, generators, init=init, **settings) for _ in range(layers))
        self.out = uniform(generators, (cells, words), init)  # (S, H, V)
        self.offset = uniform(generators, (1, words), init)  # (S, 1, V)

    def initial_state(self, batch: int) -> list[State]:
        """The state of each layer before the first word."""
        return [layer.initial_state(batch) for layer in self.layers]  # type: ignore[operator]

    def forward(self, text: Tensor, states: Sequence[State]) -> tuple[Tensor, list[State], Tensor]:
        """Read a window of text and guess each next word.

        Args:
            text: positions in the vocabulary, ``(T, B)``, the same for all networks.
            states: of each layer, where the last window ended.

        Returns:
            Logits ``(S, T * B, V)``, the new states, and each layer's modulation at each step, ``(layers, T, S, B)``.
        """
        networks, cells = len(self.embedding), self.embedding.shape[-1]
        place = self.words * torch.arange(networks, device=text.device)  # where each network's embedding begins
        shown = F.embedding(text[:, None] + place[:, None], self.embedding.flatten(0, 1))  # (T, S, B, H)
        after, modulations = [], []
        for layer, state in zip(self.layers, states, strict=True):
            shown, state, modulation = layer(shown, state)
            after.append(state)
            modulations.append(modulation)
        read = shown.transpose(0, 1).reshape(networks, -1, cells)  # (S, T * B, H)
        return torch.baddbmm(self.offset, read, self.out), after, torch.stack(modulations)

    def without_plasticity(self) -> "WordModel":
        """A copy whose plastic parts are cut: alpha is 0 in every layer."""
        lesioned = copy.deepcopy(self)
        lesioned.layers = nn.ModuleList(layer.without_plasticity() for layer in self.layers)  # type: ignore[operator]
        return lesioned

    def select(self, position: int) -> "WordModel":
        """A copy that holds only the network at ``position`` (``S = 1``)."""
        chosen = copy.deepcopy(self)
        for parameter in chosen.parameters():
            parameter.data = parameter.data[position : position + 1].clone()
            parameter.grad = None
        return chosen


def surprise(logits: Tensor, following: Tensor) -> Tensor:
    """Minus the log of the probability that each network gave to each next word, in nats, ``(S, T * B)``.

    Args:
        logits: ``(S, T * B, V)``.
        following: the words that came, ``(T, B)``.
    """
    networks, _, words = logits.shape
    target = following.reshape(1, -1).expand(networks, -1)
    return F.cross_entropy(logits.reshape(-1, words), target.reshape(-1), reduction="none").view(networks, -1)


def parameters(words: int, cells: int, layers: int, rule: Rule) -> int:
    """How many numbers a network trains."""
    own = {
        "plain": 0,
        "plastic": 2 * cells**2,  # alpha and a rate for each connection
        "simple": 2 * cells**2 + cells + 1,  # and the modulator
        "retroactive": 2 * cells**2 + cells + 2,  # and eta
    }
    return 2 * words * cells + words + layers * (4 * (2 * cells**2 + cells) + own[rule])
