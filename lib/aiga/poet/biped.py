"""The paper's own world as a substrate: the biped of :mod:`aiga.poet.walker`, on courses of either paper's encoding."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aiga import seeding
from aiga.poet import cppn, walker
from aiga.poet.courses import Encoding, Rules, mutate, towards
from aiga.poet.cppn import Genome
from aiga.poet.substrate import Blueprint, Rollouts, Weights
from aiga.poet.walker.geometry import pack

TRIES = 100
"""Layouts that are drawn for one course before it is given up."""


@dataclass(frozen=True)
class Biped:
    """The biped as a substrate (:class:`aiga.poet.substrate.Substrate`).

    All lives of a call are one launch: every perturbed agent of every niche, and every candidate of a transfer.
    """

    rules: Rules = field(default_factory=Rules)
    """How courses of POET's encoding mutate."""
    horizon: int = 2000
    """Most steps of a life (``model.py`` line 175)."""
    solver: walker.Solver = walker.PAPER
    device: str = "cpu"
    engine: str = "numba"
    """``box2d`` for the original library: the same lives, one after the other."""
    lidar: str = "nearest"
    """Where a ray ends: at the nearest ground, or at the ``"first"`` that Box2D reports, as in POET's code."""
    threads: int | None = 1
    """On a CPU; None takes all processors. Leave 1 where several processes share the niches."""
    encoding: Literal["numbers", "cppn"] = "numbers"
    """How courses are written down: by POET's numbers, or by Enhanced POET's networks, which give the ground's height
    and make no obstacles."""

    def __post_init__(self) -> None:
        """Refuse an encoding that does not exist."""
        if self.encoding not in ("numbers", "cppn"):
            raise ValueError(f"encoding must be numbers or cppn, got {self.encoding!r}")

    @property
    def parameters(self) -> int:
        """Number of weights: 24 inputs, two hidden layers of 40, four outputs."""
        return walker.PARAMETERS

    def first(self) -> Encoding | Genome:
        """The flat course. Enhanced POET begins with a line of random slope; ours is level, so runs begin alike."""
        return Encoding() if self.encoding == "numbers" else cppn.LEVEL

    def mutate(self, parent: Blueprint, generator: np.random.Generator) -> Encoding | Genome:
        """A child of a course (:func:`aiga.poet.courses.mutate`, :func:`aiga.poet.cppn.mutated`).

        Raises:
            RuntimeError: no course that can be walked was found in many tries.
        """
        if isinstance(parent, Encoding):
            return mutate(parent, self.rules, generator)
        for _ in range(TRIES):
            child = cppn.mutated(parent, generator)
            if cppn.walkable(child):
                return child
        raise RuntimeError(f"no course that can be walked in {TRIES} mutations of {parent}")

    def towards(self, start: Blueprint, target: Blueprint) -> Encoding:
        """One mutation nearer to ``target`` (:func:`aiga.poet.courses.towards`).

        Raises:
            ValueError: the courses are networks, between which there is no straight way.
        """
        if not (isinstance(start, Encoding) and isinstance(target, Encoding)):
            raise ValueError(
                "encoding='cppn' has no straight way from one course to another, since networks differ in more than "
                "numbers: use direct training as the control, or encoding='numbers'"
            )
        return towards(start, target, self.rules)

    def build(self, encoding: Blueprint, seed: int) -> walker.Course:
        """One layout. Obstacles too thin to have an area, at which Box2D stops, make it draw another.

        Raises:
            ValueError: no layout of this kind can be walked.
        """
        if isinstance(encoding, Genome):
            return walker.from_heights(encoding.height, seed % 2**32)
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
            lidar=self.lidar,
            threads=self.threads,
        )
        return Rollouts(lived.returns, lived.lengths.astype(np.int64))
