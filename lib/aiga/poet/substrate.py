"""What POET asks of a world: agents that can be scored on courses, and courses that can be changed.

The algorithm, its optimiser and its controls know nothing else, so a hopper of a few microseconds and a walker of a
second are the same to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from aiga.poet.courses import Encoding

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

    def first(self) -> Encoding:
        """The course with which every run begins."""

    def mutate(self, parent: Encoding, generator: np.random.Generator) -> Encoding:
        """A changed course."""

    def towards(self, start: Encoding, target: Encoding) -> Encoding:
        """A course one mutation's length nearer to ``target``."""

    def build(self, encoding: Encoding, seed: int) -> Any:
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
