"""Text as a network reads it: the most frequent words, in streams side by side; and what counting words achieves."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aiga.datasets.words import Words
from aiga.experiment import Data

UNKNOWN = "<unk>"


@dataclass(frozen=True, eq=False)
class Text:
    """Three parts of a text as positions in a vocabulary that may be smaller than the text's own."""

    train: Tensor  # (n,), int64
    valid: Tensor
    test: Tensor
    vocabulary: tuple[str, ...]
    data: Data


def prepare(words: Words, vocabulary: int, *, train: int, test: int, device: torch.device) -> Text:
    """The beginning of each part, with all but the most frequent words replaced by ``<unk>``.

    Args:
        words: the whole text.
        vocabulary: words that are kept, ``<unk>`` included; they are counted in the whole training part.
        train: words of the training part that are kept at most.
        test: words of the two other parts that are kept at most.
        device: where the text is to live.
    """
    counts = torch.bincount(words.train, minlength=len(words.vocabulary))
    if UNKNOWN in words.vocabulary:
        counts[words.vocabulary.index(UNKNOWN)] = 0  # has a place of its own
    kept = counts.argsort(descending=True, stable=True)[: vocabulary - 1]
    kept = kept[counts[kept] > 0]
    number = torch.zeros(len(words.vocabulary), dtype=torch.long)  # 0 is <unk>
    number[kept] = 1 + torch.arange(len(kept))

    def begin(part: Tensor, most: int) -> Tensor:
        return number[part[:most].long()].to(device)

    return Text(
        train=begin(words.train, train),
        valid=begin(words.valid, test),
        test=begin(words.test, test),
        vocabulary=(UNKNOWN, *(words.vocabulary[position] for position in kept.tolist())),
        data=words.data,
    )


class Streams:
    """A text cut into streams that are read side by side, window after window (Zaremba et al., arXiv 1409.2329).

    Args:
        text: ``(n,)``.
        streams: how many, ``B``; what is left over at the end is not read.
        window: steps of a window, ``T``; a stream's last window may be shorter.

    Raises:
        ValueError: the text is too short.
    """

    def __init__(self, text: Tensor, streams: int, window: int) -> None:
        length = len(text) // streams
        if length < 2:
            raise ValueError(f"{streams} streams want at least {2 * streams} words, got {len(text)}")
        self.rows = text[: streams * length].view(streams, length).T.contiguous()  # (length, B)
        self.window = window

    def __len__(self) -> int:
        """Windows until the text has been read, a shorter last one not counted (but there is at least one)."""
        return max((len(self.rows) - 1) // self.window, 1)

    def __getitem__(self, position: int) -> tuple[Tensor, Tensor]:
        """The words of one window, and those that follow each of them, ``(T, B)`` both."""
        part = self.rows[position * self.window : (position + 1) * self.window + 1]
        return part[:-1], part[1:]


def unigram(train: Tensor, words: int) -> Tensor:
    """Log-probability of each word by its frequency, one added to each count, ``(V,)``."""
    counts = torch.bincount(train, minlength=words).double() + 1
    return (counts / counts.sum()).log()


def unigram_perplexity(train: Tensor, test: Tensor, words: int) -> float:
    """Perplexity of who knows only how frequent each word is."""
    return float((-unigram(train, words)[test[1:]].mean()).exp())


def bigram_perplexity(train: Tensor, test: Tensor, words: int) -> float:
    r"""Perplexity of who knows which word follows which, as often as training showed it (Witten & Bell's smoothing).

    .. math:: p(w \mid v) = \frac{c(v, w) + d(v)\,p(w)}{c(v) + d(v)}

    with :math:`c` counts of training and :math:`d(v)` the number of different words that followed :math:`v`.
    """
    seen, times = torch.unique(train[:-1] * words + train[1:], return_counts=True)
    follows = torch.bincount(train[:-1], minlength=words).double()
    different = torch.bincount(seen // words, minlength=words).double()
    before, after = test[:-1], test[1:]
    pair = before * words + after
    place = torch.searchsorted(seen, pair).clamp(max=len(seen) - 1)
    count = torch.where(seen[place] == pair, times[place], 0).double()
    alone = unigram(train, words).exp()[after]
    backing = different[before].clamp(min=1)  # a word that nothing followed in training says nothing
    probability = (count + backing * alone) / (follows[before] + backing)
    return float((-probability.log().mean()).exp())
