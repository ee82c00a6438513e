"""What a meta-test shows: which new classes in which order, which of their drawings, and to which fresh head.

Line numbers are those of ``uvm-neurobotics-lab/ANML``, ``evaluate_classification.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from aiga.anml.model import kaiming

Choice = Literal["other_draws", "seen", "as_original"]

RATES = (1e-3, 6e-4, 4e-4, 3.5e-4, 3e-4, 2.5e-4, 2e-4, 1.5e-4, 1e-4, 9e-5, 8e-5, 6e-5, 3e-5, 1e-5)
"""The learning rates that the original tries (``evaluate_classification.py`` lines 48-197)."""


@dataclass(frozen=True)
class Protocol:
    """How a network is tested."""

    lengths: tuple[int, ...] = (10, 50, 75, 100, 150, 200, 300, 400, 500, 600)
    """Numbers of classes after which is asked; the paper's (line 373 lacks 150)."""
    oracle_lengths: tuple[int, ...] | None = None
    """Those of them at which there is an oracle, each a run of its own; None is all of them."""
    rates: tuple[float, ...] = RATES
    """Learning rates to choose from, for each length."""
    trajectories: int = 10
    """Sequences of classes that are reported."""
    shown: int = 15
    """Drawings of each class to learn from; the others are held out (line 62)."""
    outputs: int = 1000
    """Classes that the head can name, of which only the sequence's ever occur."""
    choose: Choice = "other_draws"
    """How a rate is chosen. ``other_draws``: the best held-out accuracy on sequences that are not reported, of other
    classes where there are enough for both, else of the same in another order and with other drawings held out.
    ``seen``: the best accuracy on the drawings learned. ``as_original``: the best held-out accuracy on the reported
    sequences themselves; of each sequence's best rate the most frequent (lines 169-196)."""
    draws: int = 1
    """Sequences to choose the rate on, for ``other_draws``; the original has 10 (line 87)."""
    in_order: bool = False
    """Whether the classes drawn come in the data's order, so that an alphabet's are neighbours, as in the original."""

    def __post_init__(self) -> None:
        lengths, oracle = self.lengths, self.oracle
        if not lengths or min(lengths) < 1 or list(lengths) != sorted(set(lengths)):
            raise ValueError(f"lengths must be numbers of classes, ascending, got {lengths}")
        if not set(oracle) <= set(lengths):
            raise ValueError(f"oracle_lengths must be among the lengths {lengths}, got {oracle}")
        if not self.rates or min(self.rates) <= 0:
            raise ValueError(f"rates must be positive, at least one, got {self.rates}")
        if min(self.trajectories, self.shown, self.draws) < 1:
            raise ValueError(
                f"trajectories, shown and draws must be at least 1, got {self.trajectories}, {self.shown}, {self.draws}"
            )
        if self.outputs < lengths[-1]:
            raise ValueError(f"{lengths[-1]} classes need as many outputs, got {self.outputs}: raise outputs")
        if self.choose not in get_args(Choice):
            raise ValueError(f"choose must be one of {', '.join(get_args(Choice))}, got {self.choose!r}")

    @property
    def oracle(self) -> tuple[int, ...]:
        """The lengths with an oracle."""
        return self.lengths if self.oracle_lengths is None else self.oracle_lengths


@dataclass(frozen=True, eq=False)
class Trajectories:
    """``T`` sequences of ``N`` classes; the n-th class of a sequence has label n."""

    classes: Tensor
    """(T, N), which class."""
    drawings: Tensor
    """(T, N, drawers), a class's drawings in random order: those to learn from come first."""
    keys: Tensor
    """(T, N, drawers), random numbers; their order among those learned is the oracle's."""
    heads: Tensor
    """(T, outputs, F), fresh weights."""

    def __getitem__(self, chosen: slice) -> "Trajectories":
        return Trajectories(self.classes[chosen], self.drawings[chosen], self.keys[chosen], self.heads[chosen])


def draw(generators: Sequence[torch.Generator], pool: Tensor, embedded: Tensor, protocol: Protocol) -> Trajectories:
    """Draw trajectories, one from each generator. A longer one begins as a shorter one from the same generator does.

    Args:
        generators: on the CPU, so that every device sees the same.
        pool: the classes to draw from, ``(classes,)``.
        embedded: the features that the trajectories are for, ``(all classes, drawers, F)``.
        protocol: the lengths, and how to draw.

    Raises:
        ValueError: there are too few classes or drawings.
    """
    length, (_, drawers, features) = protocol.lengths[-1], embedded.shape
    if len(pool) < length:
        raise ValueError(f"{len(pool)} classes cannot give a sequence of {length}: shorten the lengths")
    if drawers <= protocol.shown:
        raise ValueError(f"of {drawers} drawings, {protocol.shown} shown leave none to hold out: lower shown")
    classes, drawings, keys, heads = [], [], [], []
    for generator in generators:
        order = torch.randperm(len(pool), generator=generator)[:length]
        classes.append(pool.cpu()[order.sort().values if protocol.in_order else order])
        drawings.append(torch.rand(len(pool), drawers, generator=generator).argsort(1)[:length])
        keys.append(torch.rand(len(pool), drawers, generator=generator)[:length])
        heads.append(kaiming((protocol.outputs, features), generator))
    place = embedded.device
    return Trajectories(
        torch.stack(classes).to(place),
        torch.stack(drawings).to(place),
        torch.stack(keys).to(place),
        torch.stack(heads).to(embedded),
    )
