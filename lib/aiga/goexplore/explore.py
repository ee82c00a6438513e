"""First return, then explore: the loop of phase 1.

Cells are drawn from the archive; from each, the world is brought back to the state that is stored there, and random
actions follow; whatever new cell they reach, or known cell in a better way, is stored. All chance is drawn in the main
process, a batch at a time, and bursts are merged in the order in which they were drawn. So the result does not depend
on how many processes do the work.
"""

import ast
import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch

from aiga import checkpoint as checkpoints
from aiga import parallel, seeding
from aiga.goexplore.archive import Archive, Burst, Cell
from aiga.goexplore.burst import Plan, Rules, Task, burst, unhashable, work
from aiga.goexplore.selection import NATURE, Selection, choose
from aiga.goexplore.world import CellFunction, MakeWorld, World


@dataclass(frozen=True)
class Exploration:
    """How phase 1 explores; the defaults are those of 2021 on Atari (Methods 0.4)."""

    steps: int
    """Agent steps in all; the last batch may go a little further."""
    burst: int = 100
    """Actions after each return."""
    batch: int = 100
    """Bursts between two looks at the archive."""
    repeat: float = 0.95
    """Chance that an action is the last one again: runs of actions have a mean length of ``1 / (1 - repeat)``."""
    life_loss_ends: bool = True
    """Whether a burst, and the episode, ends where a life is lost."""
    survive: int = 0
    """States that are followed by a death within so many actions are not stored; so many no-ops at the end of a burst
    see to it. (In 2019's code, where it is ``--ignore_death 1``, these no-ops are carried out and then ignored.)"""
    returns: bool = True
    """False: every burst begins where the episode begins."""
    selection: Selection = NATURE
    reset_counts: bool = True
    """Whether a cell's counts begin anew when it is replaced."""

    def __post_init__(self) -> None:
        for name in ("steps", "burst", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 <= self.repeat < 1 or self.survive < 0:
            raise ValueError(
                f"expected a chance to repeat in [0, 1) and survive of at least 0, got {self.repeat} and {self.survive}"
            )


@runtime_checkable
class Learner(Protocol):
    """A cell function that changes as the archive grows (:class:`aiga.goexplore.downscaling.Dynamic`).

    Cells may then have to be computed anew, from what ``current.keep(observed)`` stored.
    """

    sample: float
    """Chance that what is kept of a state enters the sample that is learned from."""

    @property
    def current(self) -> CellFunction:
        """The cell function of the moment, with ``keep`` and ``rekey``."""

    def learn(self, archive: Archive, sample: list[bytes]) -> bool:
        """Take in a batch's sample; whether ``current`` has changed."""

    def state_dict(self) -> Any:
        """Everything that changes."""

    def load_state_dict(self, state: Any) -> Any:
        """Go on from what was saved."""


def explore(
    make_world: MakeWorld,
    cell: CellFunction | Learner,
    config: Exploration,
    *,
    seed: int,
    workers: int | None = 1,
    backend: parallel.Backend = "loky",
    checkpoint: Path | None = None,
    limit: int | None = None,
    landmarks: CellFunction | None = None,
    label: str = "Go-Explore",
) -> Archive:
    """Run phase 1.

    Args:
        make_world: makes the world; see :data:`aiga.goexplore.world.MakeWorld`.
        cell: from an observation to the cell's key, or something that learns such a function.
        config: how to explore.
        seed: of all chance there is.
        workers: number of processes; None takes every core. The result does not depend on it.
        backend: see :func:`aiga.parallel.run`.
        checkpoint: file to save the archive to and to resume from; None keeps none.
        limit: stop after so many times ``burst * batch`` agent steps, to try only the beginning.
        landmarks: from an observation to something hashable, of which the archive notes when it was first seen; has no
            influence on the search.
        label: what the progress bar is called.

    Returns:
        The archive.

    Raises:
        TypeError: the cell function returns something that cannot be a key.
        CheckpointError: the checkpoint is damaged, or belongs to another run.
        ValueError: there is a checkpoint, and keys are not as plain as it can hold.
    """
    world, learner = make_world(), cell if isinstance(cell, Learner) else None
    archive = _begin(world, _current(cell), keeps=learner is not None)
    if checkpoint is not None:
        _check_plain(archive.root.key)
    actions, selection = seeding.Streams([seed], "actions"), seeding.Streams([seed], "selection")
    parts: dict[str, checkpoints.Stateful] = {"archive": archive, "actions": actions, "selection": selection}
    if learner is not None:
        parts["cells"] = learner
    amount = config.burst * config.batch
    run = checkpoints.identity("phase 1", _name(make_world), _name(cell), _name(landmarks), config, seed)

    def bursts(rules: Rules, drawn: Sequence[Plan]) -> Iterator[Burst]:
        """The bursts of a batch, in order, each of them merged before the next where this process does the work."""
        if workers == 1 or backend == "sequential":
            return (burst(world, plan, rules, archive.wants) for plan in drawn)
        tasks = [Task(make_world, rules, each) for each in _shares(drawn, workers)]
        return chain.from_iterable(parallel.run(work, tasks, jobs=workers, backend=backend))

    for part in checkpoints.steps(
        math.ceil(config.steps / amount), parts, label=label, path=checkpoint, belongs_to=run, limit=limit
    ):
        while archive.steps < min((part + 1) * amount, config.steps):
            rules = Rules(_current(cell), landmarks, config.life_loss_ends, config.survive, keeps=learner is not None)
            starts = _starts(archive, config, selection.generators[0])
            share = learner.sample if learner is not None else 0.0
            drawn = plans(starts, config, world.actions, actions.generators[0], sample=share)
            sample: list[bytes] = []
            for plan, found in zip(drawn, bursts(rules, drawn), strict=True):
                archive.merge(plan.start, found)
                sample += found.sample
            archive.settle(reset_counts=config.reset_counts)
            if learner is not None:
                learner.learn(archive, sample)
    return archive


def plans(
    starts: Sequence[Cell], config: Exploration, actions: int, generator: torch.Generator, *, sample: float = 0.0
) -> list[Plan]:
    """Draw what a batch of bursts will do.

    Args:
        starts: where they begin.
        config: how many actions, and how they repeat: the number of repetitions of each is geometric.
        actions: number of actions that the world has.
        generator: the source of chance.
        sample: chance of each state to enter the sample.
    """
    shape = (len(starts), config.burst)
    drawn = torch.randint(actions, shape, generator=generator, dtype=torch.uint8)
    again = torch.rand(shape, generator=generator) < config.repeat
    again[:, 0] = False
    last_new = torch.where(again, 0, torch.arange(config.burst)).cummax(1).values  # where each run of actions began
    repeated = drawn.gather(1, last_new).numpy()
    sampled = (torch.rand(shape, generator=generator) < sample).numpy() if sample else None
    return [
        Plan(start, repeated[place].tobytes(), b"" if sampled is None else sampled[place].tobytes())
        for place, start in enumerate(starts)
    ]


def _begin(world: World, cell: CellFunction, *, keeps: bool) -> Archive:
    """An archive with the cell where episodes begin."""
    world.reset()
    observed = world.observe()
    key = cell(observed)
    try:
        hash(key)
    except TypeError as error:
        raise unhashable(cell, key) from error
    keep = getattr(cell, "keep", None) if keeps else None
    return Archive(key, world.clone(), keep(observed) if keep else b"")


def _check_plain(key: Any) -> None:
    """Refuse keys that would not come back from a checkpoint."""
    with contextlib.suppress(ValueError, SyntaxError):
        if ast.literal_eval(repr(key)) == key:
            return
    raise ValueError(
        f"a checkpoint cannot hold keys like {key!r} of type {type(key).__name__}: let the cell function return "
        "numbers of Python's own, text, bytes, or tuples of those"
    )


def _current(cell: CellFunction | Learner) -> CellFunction:
    return cell.current if isinstance(cell, Learner) else cell


def _starts(archive: Archive, config: Exploration, generator: torch.Generator) -> list[Cell]:
    """Where a batch begins: copies, since the archive's own cells change while the batch is merged."""
    if not config.returns:
        return [archive.root] * config.batch
    return [replace(each) for each in choose(archive, config.selection, config.batch, generator)]


def _shares(drawn: Sequence[Plan], workers: int | None) -> list[Sequence[Plan]]:
    """Many tasks for each worker, so that none has to wait long for the others at the end of a batch."""
    size = max(1, math.ceil(len(drawn) / (16 * (workers or parallel.cores()))))
    return [drawn[first : first + size] for first in range(0, len(drawn), size)]


def _name(part: Any) -> str:
    """A text that says what something is, the same in every process: a function's ``repr`` holds its address."""
    return f"{part.__module__}.{part.__qualname__}" if hasattr(part, "__qualname__") else repr(part)
