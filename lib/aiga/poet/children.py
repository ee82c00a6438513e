"""New courses for POET: changed from those that are solved well enough, tested, and ordered by novelty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiga import seeding
from aiga.poet import novelty
from aiga.poet.courses import Encoding
from aiga.poet.state import Niche, State
from aiga.poet.substrate import score
from aiga.poet.world import World


@dataclass(frozen=True)
class Child:
    """A course that might be admitted."""

    encoding: Encoding
    course_seed: int
    parent: Niche
    novelty: float


def children(state: State, world: World) -> list[Child]:
    """Changed courses that are neither too hard nor too easy for their parent's agent, the most novel first."""
    settings, parents = world.settings, [n for n in state.active if n.score >= world.settings.parent_score]
    found: list[Child] = []
    if not parents:
        return found
    chance = seeding.numpy_generator(state.seed, f"reproduction {state.iteration}")
    for _ in range(settings.children):
        parent = parents[int(chance.integers(len(parents)))]
        encoding, course_seed = world.substrate.mutate(parent.encoding, chance), int(chance.integers(2**62))
        if settings.refuse_twins and encoding in [niche.encoding for niche in state.active]:
            state.refused["twin"] += 1
            continue
        life = score(world.substrate, [parent.theta], world.substrate.build(encoding, course_seed))
        state.steps += int(life.steps.sum())
        if settings.accepts(float(life.returns[0])):
            found.append(Child(encoding, course_seed, parent, _novelty(state, world, encoding, course_seed)))
        else:
            state.refused["hard" if life.returns[0] < settings.lower else "easy"] += 1
    return sorted(found, key=lambda child: -child.novelty)  # stable: of equals the first


def _novelty(state: State, world: World, encoding: Encoding, course_seed: int) -> float:
    """How new a course is beside all that were ever admitted."""
    settings, known = world.settings, state.niches
    if settings.novelty == "none":
        return 0.0
    if settings.novelty == "parameters":
        return novelty.of_parameters(encoding, [niche.encoding for niche in known], settings.neighbours)
    courses = [*(world.of(niche) for niche in known), world.substrate.build(encoding, course_seed)]
    thetas = np.stack([niche.theta for niche in known])
    lives = world.substrate.rollout(
        np.tile(thetas, (len(courses), 1)), courses, np.repeat(np.arange(len(courses)), len(thetas))
    )
    state.steps += int(lives.steps.sum())
    order = novelty.pata_ec(lives.returns.reshape(len(courses), -1), settings.lower, settings.upper)
    return novelty.nearest(order[-1], order[:-1], settings.neighbours)


def challenges(state: State, world: World, course: Any, niches: Sequence[Niche]) -> bool:
    """Whether the best of these niches' agents finds the course neither too hard nor too easy."""
    if not niches:
        return True
    lives = score(world.substrate, [niche.theta for niche in niches], course)
    state.measured += int(lives.steps.sum())
    return world.settings.accepts(float(lives.returns.max()))
