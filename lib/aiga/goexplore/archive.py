"""What is remembered: one entry a cell, and every action that led to one.

An entry holds the best way to its cell that is known: the score and the number of actions on that way, the world's
state at its end, and the place of its last action in the log (:mod:`aiga.goexplore.log`).
"""

import ast
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import torch

from aiga.checkpoint import CheckpointError
from aiga.goexplore.log import ROOT, Log


@dataclass(slots=True)
class Cell:
    """The best that is known of one cell, and how often it has been used."""

    key: Hashable
    score: float
    length: int
    """Number of actions from the beginning of the episode."""
    node: int
    """The last of these actions in the log."""
    state: bytes
    kept: bytes
    """What the cell function needs to compute a key anew; empty where it never does."""
    found: int
    """Agent steps that had been taken when the cell was first seen."""
    seen: int = 0
    """Number of bursts that visited the cell."""
    chosen: int = 0
    """Number of bursts that began here."""
    chosen_since_new: int = 0
    """The same since a burst from here last found or improved a cell."""


class Visit(NamedTuple):
    """A state that a burst came by and that may be worth keeping."""

    step: int
    score: float
    length: int
    state: bytes
    kept: bytes


@dataclass
class Burst:
    """What one burst of actions found, reduced to one visit a cell."""

    actions: bytes
    seen: dict[Hashable, int]
    """Every cell visited, the first one included, and after how many actions for the first time."""
    visits: dict[Hashable, Visit]
    """The best visit to each cell, where it may be better than what the archive has."""
    ended: bool
    """Whether the episode ended, with this score after so many actions in all."""
    score: float
    length: int
    landmarks: dict[Hashable, int] = field(default_factory=dict)
    sample: list[bytes] = field(default_factory=list)
    steps: int = 0
    """Agent steps taken, with those that only checked for survival."""


class End(NamedTuple):
    """An episode's end."""

    score: float
    length: int
    node: int


class Moment(NamedTuple):
    """How far a search was after some number of agent steps."""

    steps: int
    cells: int
    best: float
    landmarks: int


def better(score: float, length: int, than_score: float, than_length: int) -> bool:
    """The replacement rule of both papers: a higher score, or the same score in fewer actions."""
    return score > than_score or (score == than_score and length < than_length)


class Archive:
    """All cells known so far.

    Args:
        key: the cell where every episode begins.
        state: the world's state there.
        kept: see :attr:`Cell.kept`.
    """

    def __init__(self, key: Hashable, state: bytes, kept: bytes = b"") -> None:
        self.log = Log()
        self.cells = [Cell(key, 0.0, 0, ROOT, state, kept, 0)]
        self.index: dict[Hashable, int] = {key: 0}
        self.steps = 0
        """Agent steps taken."""
        self.bursts = 0
        self.best_score = 0.0
        """Highest score of a cell."""
        self.end: End | None = None
        """The best end of an episode: the papers' score of a run."""
        self.landmarks: dict[Hashable, int] = {}
        """Agent steps after which each landmark was first seen."""
        self.history: list[Moment] = []
        self._root = replace(self.cells[0])
        self._changed: set[Hashable] = set()
        self._former: dict[int, Cell] = {}

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, key: Hashable) -> Cell:
        return self.cells[self.index[key]]

    @property
    def root(self) -> Cell:
        """Where every episode begins, whichever way its cell has been reached since."""
        return self._root

    @property
    def best(self) -> Cell:
        """The cell with the highest score; of several the one that takes the fewest actions."""
        return max(self.cells, key=lambda each: (each.score, -each.length))

    def wants(self, key: Hashable, score: float, length: int) -> bool:
        """Whether such a visit would be a new cell or better than the old one."""
        place = self.index.get(key)
        return place is None or better(score, length, self.cells[place].score, self.cells[place].length)

    def trajectory(self, cell: Cell) -> bytes:
        """The actions that lead to a cell, one a byte, from the beginning of the episode."""
        return self.log.path(cell.node)

    def merge(self, start: Cell, burst: Burst) -> None:
        """Take in a burst.

        Args:
            start: the cell that it began from, as it was then: it may have been replaced since.
            burst: what it found.
        """
        wanted = {key: visit for key, visit in burst.visits.items() if self.wants(key, visit.score, visit.length)}
        at_end = burst.ended and (
            self.end is None or better(burst.score, burst.length, self.end.score, self.end.length)
        )
        used = len(burst.actions) if at_end else max((visit.step for visit in wanted.values()), default=0)
        first = self.log.append(start.node, burst.actions[:used])
        for key, when in burst.seen.items():
            if key not in self.index and key in wanted:
                self.index[key] = len(self.cells)
                self.cells.append(Cell(key, 0.0, 0, ROOT, b"", b"", self.steps + when))
            if key in self.index:
                self[key].seen += 1
        for key, visit in wanted.items():
            cell = self[key]
            cell.score, cell.length, cell.node = visit.score, visit.length, first + visit.step - 1
            cell.state, cell.kept = visit.state, visit.kept
            self.best_score = max(self.best_score, visit.score)
        if at_end:
            self.end = End(burst.score, burst.length, first + used - 1)
        self._count(start.key, wanted)
        for mark, when in burst.landmarks.items():
            self.landmarks.setdefault(mark, self.steps + when)
        self.steps += burst.steps
        self.bursts += 1

    def _count(self, start: Hashable, changed: Mapping[Hashable, Visit]) -> None:
        if start in self.index:
            cell = self[start]
            cell.chosen += 1
            cell.chosen_since_new = 0 if changed else cell.chosen_since_new + 1
        self._changed.update(changed)

    def settle(self, *, reset_counts: bool) -> None:
        """End a batch: note how far the search is, and forget the counts of cells that were found or replaced in it.

        Args:
            reset_counts: whether to forget them (the original's ``--reset_cell_on_update``).
        """
        if reset_counts:
            for key in self._changed & self.index.keys():
                cell = self[key]
                cell.seen = cell.chosen = cell.chosen_since_new = 0
        self._changed.clear()
        self.history.append(Moment(self.steps, len(self), self.best_score, len(self.landmarks)))

    def rekey(self, key_of: Callable[[bytes], Hashable]) -> None:
        """Sort all cells of this archive and its former ones into the cells of a new cell function; the better stay.

        Args:
            key_of: from :attr:`Cell.kept` to the new key. Counts begin anew.
        """
        self._former |= {each.node: each for each in (self._root, *self.cells)}
        chosen: dict[Hashable, Cell] = {}
        for each in self._former.values():
            key = key_of(each.kept)
            rival = chosen.get(key)
            if rival is None or better(each.score, each.length, rival.score, rival.length):
                chosen[key] = replace(each, key=key, seen=0, chosen=0, chosen_since_new=0)
        self.cells = list(chosen.values())
        self.index = {each.key: place for place, each in enumerate(self.cells)}
        self._changed.clear()

    def state_dict(self) -> dict[str, Any]:
        """Everything, as tensors and text that a checkpoint can hold."""
        return {
            "log": self.log.state_dict(),
            "cells": _packed([self._root, *self.cells, *self._former.values()]),
            "former": len(self._former),
            "numbers": (self.steps, self.bursts, self.best_score),
            "end": None if self.end is None else tuple(self.end),
            "landmarks": repr(self.landmarks),
            "history": torch.tensor(self.history, dtype=torch.float64).reshape(-1, len(Moment._fields)),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved archive.

        Raises:
            CheckpointError: parts of it do not fit together.
        """
        self.log.load_state_dict(state["log"])
        self._root, *cells = _unpacked(state["cells"])
        now = len(cells) - state["former"]
        self.cells, self._former = cells[:now], {each.node: each for each in cells[now:]}
        self.index = {each.key: place for place, each in enumerate(self.cells)}
        self.steps, self.bursts, self.best_score = state["numbers"]
        self.end = None if state["end"] is None else End(*state["end"])
        self.landmarks = ast.literal_eval(state["landmarks"])
        self.history = [Moment(int(s), int(c), b, int(m)) for s, c, b, m in state["history"].tolist()]
        self._changed.clear()
        lost = [each.key for each in self.cells if not ROOT <= each.node < len(self.log)]
        if lost or len(self.index) != len(self.cells):
            raise CheckpointError(
                f"the archive does not hold together: {len(self.cells)} cells with {len(self.index)} keys, of which "
                f"{len(lost)} have no trajectory in the log. Delete the checkpoint to start that run again."
            )


def _packed(cells: Sequence[Cell]) -> dict[str, Any]:
    """Cells as a few tensors; keys as text, which is read without executing anything."""
    counts = [[each.length, each.node, each.found, each.seen, each.chosen, each.chosen_since_new] for each in cells]
    return {
        "keys": repr([each.key for each in cells]),
        "scores": torch.tensor([each.score for each in cells], dtype=torch.float64),
        "counts": torch.tensor(counts),
        "states": joined([each.state for each in cells]),
        "kept": joined([each.kept for each in cells]),
    }


def _unpacked(packed: Mapping[str, Any]) -> list[Cell]:
    columns = zip(
        ast.literal_eval(packed["keys"]),
        packed["scores"].tolist(),
        packed["counts"].tolist(),
        parted(*packed["states"]),
        parted(*packed["kept"]),
        strict=True,
    )
    return [
        Cell(key, score, length, node, state, kept, *rest) for key, score, (length, node, *rest), state, kept in columns
    ]


def joined(parts: Sequence[bytes]) -> tuple[torch.Tensor, torch.Tensor]:
    """Bytes behind one another in a tensor, and how many each part has."""
    whole = torch.frombuffer(bytearray(b"".join(parts)) or bytearray(1), dtype=torch.uint8)
    return whole, torch.tensor([len(each) for each in parts], dtype=torch.int64)


def parted(whole: torch.Tensor, lengths: torch.Tensor) -> list[bytes]:
    """What :func:`joined` joined."""
    every, end, parts = whole.numpy().tobytes(), 0, []
    for length in lengths.tolist():
        parts.append(every[end : end + length])
        end += length
    return parts
