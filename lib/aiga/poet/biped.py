"""The paper's own world as a substrate: the biped of :mod:`aiga.poet.walker` on courses of POET's encoding."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aiga import seeding
from aiga.poet import walker
from aiga.poet.courses import Encoding, Rules, mutate, towards
from aiga.poet.substrate import Rollouts, Weights
from aiga.poet.walker.geometry import pack

TRIES = 100
"""Layouts that are drawn for one course before it is given up."""


@dataclass(frozen=True)
class Biped:
    """The biped as a substrate (:class:`aiga.poet.substrate.Substrate`).

    All lives of a call are one launch: every perturbed agent of every niche, and every candidate of a transfer.
    """

    rules: Rules = field(default_factory=Rules)
    horizon: int = 2000
    """Most steps of a life (``model.py`` line 175)."""
    solver: walker.Solver = walker.PAPER
    device: str = "cpu"
    engine: str = "numba"
    """``box2d`` for the original library: the same lives, one after the other."""
    threads: int | None = 1
    """On a CPU; None takes all processors. Leave 1 where several processes share the niches."""

    @property
    def parameters(self) -> int:
        """Number of weights: 24 inputs, two hidden layers of 40, four outputs."""
        return walker.PARAMETERS

    def first(self) -> Encoding:
        """The flat course."""
        return Encoding()

    def mutate(self, parent: Encoding, generator: np.random.Generator) -> Encoding:
        """A child of a course (:func:`aiga.poet.courses.mutate`)."""
        return mutate(parent, self.rules, generator)

    def towards(self, start: Encoding, target: Encoding) -> Encoding:
        """One mutation nearer to ``target`` (:func:`aiga.poet.courses.towards`)."""
        return towards(start, target, self.rules)

    def build(self, encoding: Encoding, seed: int) -> walker.Course:
        """One layout. Obstacles too thin to have an area, at which Box2D stops, make it draw another.

        Raises:
            ValueError: no layout of this kind can be walked.
        """
        refused = ValueError("nothing was drawn")
        for attempt in range(TRIES):
            drawn = seed if attempt == 0 else seeding.derive(seed, f"layout {attempt}")
            course = walker.generate(encoding, drawn % 2**32)
            try:
                pack([course])
            except ValueError as error:
                refused = error
            else:
                return course
        raise ValueError(f"none of {TRIES} layouts of {encoding} can be walked; the last one: {refused}")

    def rollout(self, thetas: Weights, courses: Sequence[walker.Course], which: NDArray[np.int64]) -> Rollouts:
        """One life for each row of ``thetas`` (see :func:`aiga.poet.walker.rollout`)."""
        lived = walker.rollout(
            thetas,
            courses,
            which,
            horizon=self.horizon,
            device=self.device,
            engine=self.engine,
            solver=self.solver,
            threads=self.threads,
        )
        return Rollouts(lived.returns, lived.lengths.astype(np.int64))
