"""The settings of POET: the paper's, the released code's, and those of Enhanced POET."""

import math
from dataclasses import dataclass, field, replace
from typing import Literal

from aiga.poet.evolution import Rule


@dataclass(frozen=True)
class Settings:
    """One variant of the algorithm. As given, the first paper's (numbers second-hand where the code says another)."""

    rule: Rule = field(default_factory=Rule)
    """The optimiser."""
    capacity: int = 20
    """Most active niches; the script says 25."""
    reproduce_every: int = 200
    """Iterations between two rounds of reproduction."""
    transfer_every: int = 25
    """Iterations between two rounds of transfer."""
    children: int = 8
    """Courses tried in a round of reproduction."""
    admissions: int = 1
    """Most of them that are admitted."""
    parent_score: float = 200.0
    """From which score on a niche may have children."""
    solved_score: float = 230.0
    """From which score on a course is called solved."""
    lower: float = 50.0
    """Minimal criterion: a course on which the best agent gets less is too hard. The script says 25."""
    upper: float = 300.0
    """Minimal criterion: a course on which it gets more is too easy. The script says 340."""
    transfer: bool = True
    """Whether agents may move to other niches, and into new ones from other niches than the parent's."""
    proposals: bool = True
    """Whether agents are also tried after one step of learning on the target's course."""
    strict: bool = False
    """Enhanced POET's rule: an agent replaces another only if it is better before *and* after that step, and it is
    what it is after the step."""
    window: int = 1
    """A newcomer must beat the best of the niche's last so many scores: 1 in POET, 5 in Enhanced POET."""
    reset: bool = True
    """Whether the optimiser forgets its moments when an agent is replaced (``es.py`` lines 460-464)."""
    novelty: Literal["parameters", "pata_ec", "none"] = "parameters"
    """By what children are ordered: distance between encodings, between how agents rank, or not at all."""
    neighbours: int = 5
    """Over how many nearest courses novelty is the mean."""
    refuse_twins: bool = True
    """Refuse a child whose encoding is that of an active niche, as the code does by its name."""
    spread: float = 0.1
    """Standard deviation of the first agent's weights."""

    def __post_init__(self) -> None:
        if self.capacity < 1 or self.neighbours < 1 or self.window < 1:
            raise ValueError(
                "capacity, neighbours and window must be at least 1, got "
                f"{self.capacity}, {self.neighbours} and {self.window}"
            )
        if self.novelty not in ("parameters", "pata_ec", "none"):
            raise ValueError(f"novelty must be parameters, pata_ec or none, got {self.novelty!r}")
        if self.strict and not self.proposals:
            raise ValueError("the strict rule compares agents after a step of learning: it needs proposals=True")

    def accepts(self, score: float) -> bool:
        """The minimal criterion: neither too hard nor too easy."""
        return self.lower <= score <= self.upper


PAPER = Settings()
"""POET as the paper has it."""

CODE = replace(PAPER, capacity=25, lower=25.0, upper=340.0)
"""POET as the released script runs it (``master.py``, ``run_poet_local.sh``)."""

ENHANCED = replace(
    PAPER, capacity=40, reproduce_every=150, strict=True, window=5, novelty="pata_ec", lower=25.0, upper=340.0
)
"""Enhanced POET's rules. Its courses are those of ``Biped(encoding="cppn")``; elsewhere it has the original's."""


def without_transfer(settings: Settings) -> Settings:
    """No agent ever leaves its niche; a child begins with its parent's."""
    return replace(settings, transfer=False, proposals=False, strict=False)


def without_criterion(settings: Settings) -> Settings:
    """Any child is admitted."""
    return replace(settings, lower=-math.inf, upper=math.inf)


def without_novelty(settings: Settings) -> Settings:
    """Children are tried in the order in which they were made."""
    return replace(settings, novelty="none")
