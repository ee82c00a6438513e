"""New courses for POET: changed from those that are solved well enough, tested, and ordered by novelty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiga import seeding
from aiga.poet import novelty
from aiga.poet.state import Niche, State
from aiga.poet.substrate import Blueprint, score
from aiga.poet.world import World


@dataclass(frozen=True)
class Child:
    """A course that might be admitted."""

    encoding: Blueprint
    course_seed: int
    parent: Niche
    novelty: float


def children(state: State, world: World) -> list[Child]:
    """Changed courses that are neither too hard nor too easy for their parent's agent, the most novel first."""
    settings, parents = world.settings, [n for n in state.active if n.score >= world.settings.parent_score]
    found: list[Child] = []
    if not parents:
        return found
    chance, new = seeding.numpy_generator(state.seed, f"reproduction {state.iteration}"), _Novelty(state, world)
    for _ in range(settings.children):
        parent = parents[int(chance.integers(len(parents)))]
        encoding, course_seed = world.substrate.mutate(parent.encoding, chance), int(chance.integers(2**62))
        if settings.refuse_twins and encoding in [niche.encoding for niche in state.active]:
            state.refused["twin"] += 1
            continue
        course = world.substrate.build(encoding, course_seed)
        life = score(world.substrate, [parent.theta], course)
        state.steps += int(life.steps.sum())
        if settings.accepts(float(life.returns[0])):
            found.append(Child(encoding, course_seed, parent, new(encoding, course)))
        else:
            state.refused["hard" if life.returns[0] < settings.lower else "easy"] += 1
    return sorted(found, key=lambda child: -child.novelty)  # stable: of equals the first


class _Novelty:
    """How new courses are beside all that were ever admitted, measured once a round."""

    def __init__(self, state: State, world: World) -> None:
        self.state, self.world = state, world
        self.known = state.niches
        self.scores = np.zeros((0, len(self.known)))
        if world.settings.novelty == "pata_ec":
            self.scores = self._scores([world.of(niche) for niche in self.known])

    def __call__(self, encoding: Blueprint, course: Any) -> float:
        settings = self.world.settings
        if settings.novelty == "none":
            return 0.0
        if settings.novelty == "parameters":
            return novelty.of_parameters(encoding, [niche.encoding for niche in self.known], settings.neighbours)
        scores = np.concatenate([self.scores, self._scores([course])])
        order = novelty.pata_ec(scores, settings.lower, settings.upper)
        return novelty.nearest(order[-1], order[:-1], settings.neighbours)

    def _scores(self, courses: Sequence[Any]) -> NDArray[np.float64]:
        """What every agent there has been gets on courses, ``(courses, agents)``."""
        which = np.repeat(np.arange(len(courses)), len(self.known))
        thetas = np.tile(np.stack([niche.theta for niche in self.known]), (len(courses), 1))
        lives = self.world.substrate.rollout(thetas, courses, which)
        self.state.steps += int(lives.steps.sum())
        return lives.returns.reshape(len(courses), -1)


def challenges(state: State, world: World, course: Any, niches: Sequence[Niche]) -> bool:
    """Whether the best of these niches' agents finds the course neither too hard nor too easy."""
    if not niches:
        return True
    lives = score(world.substrate, [niche.theta for niche in niches], course)
    state.measured += int(lives.steps.sum())
    return world.settings.accepts(float(lives.returns.max()))
