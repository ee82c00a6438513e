"""What POET must be compared with: the same courses, the same number of decisions, no invention of problems.

- :func:`direct`: evolution strategies on the course from the beginning (sec. 4.1);
- :func:`direct_path`: a curriculum on the straight way from the flat course to that one (sec. 4.2);
- POET without transfer is POET with :func:`aiga.poet.settings.without_transfer`.

A budget is a number of decisions, all lives counted, those that only look at a score too. That is the fair currency:
lives that end early are cheap for everybody.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from aiga import seeding
from aiga.poet.evolution import Moments, Task, Workers, adam, estimate
from aiga.poet.settings import Settings
from aiga.poet.state import Niche
from aiga.poet.substrate import Blueprint, Weights, score
from aiga.poet.world import World

_DIRECT, _PATH = 10, 11
"""Parts of the names of noise, which no other part of a run has."""


@dataclass(frozen=True)
class Attempt:
    """What a control came to on one course."""

    best: float
    """Highest score on the course."""
    solved: bool
    steps: int
    """Decisions taken; fewer than the budget where the course was solved."""
    learned: int
    """Steps of the optimiser."""
    reached: Blueprint
    """The hardest course on which it did well enough to go on; with :func:`direct` it is the course or the flat one."""
    theta: Weights


def budget_of(niche: Niche) -> int:
    """What POET had spent on a course and on all its ancestors, until it was solved or the run ended."""
    return niche.inherited + (niche.spent_solving if niche.solved >= 0 else niche.spent)


def direct(world: World, niche: Niche, budget: int, seed: int) -> Attempt:
    """Evolution strategies from small random weights, on one niche's course only.

    Args:
        world: substrate and settings, of which the optimiser's and the score of a solved course count.
        niche: whose course; its agent is not used.
        budget: decisions.
        seed: of the agent and the noise.
    """
    learner = _Learner(world, seed, (_DIRECT, niche.uid))
    course, best = world.of(niche), -np.inf
    while learner.steps < budget and best < world.settings.solved_score:
        best = max(best, learner.learn(course))
    solved = best >= world.settings.solved_score
    reached = niche.encoding if solved else world.substrate.first()
    return Attempt(best, solved, learner.steps, learner.learned, reached, learner.theta)


def direct_path(world: World, niche: Niche, budget: int, seed: int) -> Attempt:
    """A curriculum straight to one niche's course, by steps as long as a mutation.

    A course is left for the next when its agent gets what POET asks of parents. Courses on the way are drawn from
    seeds of their own, the last is the niche's.

    Args:
        world: substrate and settings.
        niche: whose course is the target; its agent is not used.
        budget: decisions.
        seed: of the agent, the noise and the courses on the way.
    """
    learner, settings, substrate = _Learner(world, seed, (_PATH, niche.uid)), world.settings, world.substrate
    encoding = reached = substrate.first()
    course, length, best = substrate.build(encoding, seeding.derive(seed, "path 0")), 0, -np.inf
    while learner.steps < budget and best < settings.solved_score:
        got = learner.learn(course)
        if encoding == niche.encoding:
            best = max(best, got)
        elif got >= settings.parent_score:
            reached, encoding, length = encoding, substrate.towards(encoding, niche.encoding), length + 1
            last = encoding == niche.encoding
            course = world.of(niche) if last else substrate.build(encoding, seeding.derive(seed, f"path {length}"))
            learner.forget(settings)
    if best == -np.inf:  # never arrived: what its agent does there
        final = score(substrate, [learner.theta], world.of(niche))
        best = float(final.returns[0])
    solved = best >= settings.solved_score
    return Attempt(best, solved, learner.steps, learner.learned, niche.encoding if solved else reached, learner.theta)


class _Learner:
    """One agent, its optimiser, and what it has used up."""

    def __init__(self, world: World, seed: int, name: tuple[int, int]) -> None:
        self.world, self.seed, self.name = world, seed, name
        size, settings = world.substrate.parameters, world.settings
        chance = seeding.numpy_generator(seed, f"control {name}")
        self.theta: Weights = np.float32(settings.spread) * chance.standard_normal(size, np.float32)
        self.moments = Moments.fresh(settings.rule, size)
        self.steps = self.learned = 0

    def learn(self, course: Any) -> float:
        """One step of the optimiser; what the agent gets after it."""
        rule, purpose, uid = self.world.settings.rule, *self.name
        task = Task(self.theta, course, self.moments.sigma, (purpose, self.learned, uid, 0))
        [gradient], [taken] = estimate(self.world.substrate, [task], rule.pairs, self.seed, Workers())
        self.theta, self.moments = adam(self.theta, gradient, self.moments, rule)
        life = score(self.world.substrate, [self.theta], course)
        self.steps += taken + int(life.steps[0])
        self.learned += 1
        return float(life.returns[0])

    def forget(self, settings: Settings) -> None:
        """Begin anew with the optimiser, as an agent does that enters a niche."""
        self.moments = Moments.fresh(settings.rule, len(self.theta))
