"""What POET asks of a world: agents that can be scored on courses, and courses that can be changed.

The algorithm, its optimiser and its controls know nothing else, so a hopper of a few microseconds and a walker of a
second are the same to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Blueprint: TypeAlias = Any
"""A course as its world writes it down: :class:`aiga.poet.courses.Encoding` or :class:`aiga.poet.cppn.Genome`. Equal
ones have equal hashes, and ``packed()`` makes plain data of each."""

Weights = NDArray[np.float32]
"""The weights of one agent, ``(N,)``, or of several, ``(P, N)``."""


@dataclass(frozen=True)
class Rollouts:
    """What several lives brought."""

    returns: NDArray[np.float64]  # (P,), the sum of each life's rewards
    steps: NDArray[np.int64]  # (P,), decisions taken, which is what budgets count


class Substrate(Protocol):
    """A world with its agents."""

    @property
    def parameters(self) -> int:
        """Number of an agent's weights, ``N``."""

    @property
    def horizon(self) -> int:
        """Most decisions of one life."""

    def first(self) -> Blueprint:
        """The course with which every run begins."""

    def mutate(self, parent: Blueprint, generator: np.random.Generator) -> Blueprint:
        """A changed course."""

    def towards(self, start: Blueprint, target: Blueprint) -> Blueprint:
        """A course one mutation's length nearer to ``target``."""

    def build(self, encoding: Blueprint, seed: int) -> Any:
        """One fixed course of that kind: the same layout in every life."""

    def rollout(self, thetas: Weights, courses: Sequence[Any], which: NDArray[np.int64]) -> Rollouts:
        """Let agents live one life each; the result of each depends on its weights and its course alone.

        Args:
            thetas: their weights, ``(P, N)``.
            courses: what :meth:`build` made.
            which: for each agent the position of its course, ``(P,)``.
        """


def score(substrate: Substrate, thetas: Sequence[Weights], course: Any) -> Rollouts:
    """What several agents get on one course."""
    return substrate.rollout(np.stack(thetas), [course], np.zeros(len(thetas), np.int64))
