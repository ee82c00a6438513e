"""All that a run of POET is at one moment: its niches, its archive, its history; to be saved and gone on with."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from aiga.poet.courses import Encoding
from aiga.poet.cppn import Genome
from aiga.poet.evolution import Moments
from aiga.poet.substrate import Blueprint, Weights


@dataclass
class Niche:
    """A course and the agent that is paired with it."""

    uid: int
    """Its number in order of admission; names may clash (``poet_algo.py`` lines 257-262), numbers do not."""
    parent: int
    """The niche whose course was changed; -1 for the first."""
    encoding: Blueprint
    course_seed: int
    born: int
    """Iteration of its admission."""
    theta: Weights  # (N,), float32
    moments: Moments
    score: float = -np.inf
    """What its agent got when last looked at."""
    recent: list[float] = field(default_factory=list)
    """Its last scores, newest last."""
    best: float = -np.inf
    best_theta: Weights = field(default_factory=lambda: np.zeros(0, np.float32))
    solved: int = -1
    """Iteration at which the course was solved; -1 before."""
    retired: int = -1
    """Iteration at which it left; -1 while it is active."""
    spent: int = 0
    """Decisions taken for it so far: its optimisation, its own scores, and all that tried to move in."""
    inherited: int = 0
    """The same for its ancestors, each until the next was born: what the way to this course had cost."""
    spent_solving: int = -1
    """``spent`` when it was solved."""
    learned: int = 0
    """Steps of the optimiser, replaced agents' included."""
    passed_all: bool = True
    """At admission, no earlier agent, active or archived, found it too easy, and not all found it too hard."""
    passed_archive: bool = True
    """The same for archived agents only, as Enhanced POET's code asks (``poet_algo.py`` lines 313-319)."""

    def see(self, score: float, iteration: int, solved_score: float, window: int) -> None:
        """Take note of the agent's score."""
        self.score = score
        self.recent = [*self.recent, score][-window:]
        if score > self.best:
            self.best, self.best_theta = score, self.theta.copy()
        if self.solved < 0 and score >= solved_score:
            self.solved, self.spent_solving = iteration, self.spent


@dataclass(frozen=True)
class Admission:
    """A new niche."""

    iteration: int
    niche: int
    parent: int
    agent_of: int
    """Niche from which its first agent came."""
    proposal: bool
    """Whether that agent made a step of learning on the new course first."""
    novelty: float
    score: float


@dataclass(frozen=True)
class Transfer:
    """An agent that took another's place."""

    iteration: int
    source: int
    target: int
    proposal: bool
    before: float
    """The niche's score until then."""
    after: float


@dataclass
class State:
    """A run of POET between two iterations. All chance is a function of seed, iteration and numbers of niches."""

    seed: int
    iteration: int = 0
    active: list[Niche] = field(default_factory=list)
    archive: list[Niche] = field(default_factory=list)
    """Niches that had to leave, oldest first."""
    steps: int = 0
    """Decisions taken, which is what budgets count."""
    measured: int = 0
    """Decisions taken only to measure (ANNECS), outside of any budget."""
    learned: int = 0
    """Steps of the optimiser, in all niches."""
    attempts: int = 0
    """Opportunities for a transfer, one for each target and round."""
    refused: dict[str, int] = field(default_factory=lambda: {"twin": 0, "hard": 0, "easy": 0})
    """Children that were not admitted, by reason."""
    admissions: list[Admission] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    history: list[list[float]] = field(default_factory=list)
    """Rows of iteration, decisions, admitted, solved, ANNECS, and mean score of the active niches."""

    @property
    def niches(self) -> list[Niche]:
        """All niches there have been, in order of admission."""
        return sorted([*self.archive, *self.active], key=lambda niche: niche.uid)

    @property
    def count(self) -> int:
        """How many niches there have been, and so the number of the next."""
        return len(self.archive) + len(self.active)

    @property
    def annecs(self) -> int:
        """Accumulated number of novel environments created and solved, as Enhanced POET words it."""
        return sum(niche.passed_all and niche.solved >= 0 for niche in self.niches)

    @property
    def annecs_of_code(self) -> int:
        """The same as Enhanced POET's code counts it: at admission, against archived agents, solved or not."""
        return sum(niche.passed_archive for niche in self.niches)

    def state_dict(self) -> dict[str, Any]:
        """All of it as numbers, text and tensors."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "active": [_packed(niche) for niche in self.active],
            "archive": [_packed(niche) for niche in self.archive],
            "admissions": [asdict(each) for each in self.admissions],
            "transfers": [asdict(each) for each in self.transfers],
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Become the run that was saved."""
        for name in _PLAIN:
            setattr(self, name, saved[name])
        self.active = [_unpacked(each) for each in saved["active"]]
        self.archive = [_unpacked(each) for each in saved["archive"]]
        self.admissions = [Admission(**each) for each in saved["admissions"]]
        self.transfers = [Transfer(**each) for each in saved["transfers"]]


_PLAIN = ("seed", "iteration", "steps", "measured", "learned", "attempts", "refused", "history")
_ARRAYS = ("theta", "best_theta")


def _packed(niche: Niche) -> dict[str, Any]:
    data = {name: value for name, value in vars(niche).items() if name not in ("encoding", "moments", *_ARRAYS)}
    moments = {
        name: _tensor(value) if isinstance(value, np.ndarray) else value for name, value in vars(niche.moments).items()
    }
    arrays = {name: _tensor(getattr(niche, name)) for name in _ARRAYS}
    return {**data, **arrays, "encoding": niche.encoding.packed(), "moments": moments}


def _unpacked(data: dict[str, Any]) -> Niche:
    moments: dict[str, Any] = {
        name: _array(value) if isinstance(value, torch.Tensor) else value for name, value in data["moments"].items()
    }
    changed = {name: _array(data[name]) for name in _ARRAYS}
    written = data["encoding"]
    encoding = Genome.unpacked(written) if "links" in written else Encoding.unpacked(written)
    known = {"encoding": encoding, "moments": Moments(**moments)}
    return Niche(**{**data, **changed, **known})


def _tensor(values: NDArray[np.float32]) -> torch.Tensor:
    return torch.from_numpy(values.copy())


def _array(values: torch.Tensor) -> NDArray[np.float32]:
    return values.numpy().copy()
