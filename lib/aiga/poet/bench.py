"""How fast POET is: its walker against the original loop, and what an iteration costs as niches become many.

The walker's side is :mod:`aiga.poet.walker.bench`. The algorithm is measured on the hopper, whose lives cost little, so
that what is seen is how often POET asks for a life: once a niche and perturbation to learn, once a *pair* of niches and
perturbation to transfer.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from aiga import seeding, speed
from aiga.poet import hopper_runs
from aiga.poet.algorithm import init, optimise, transfer
from aiga.poet.evolution import Moments
from aiga.poet.hopper import Hopper
from aiga.poet.state import State
from aiga.poet.walker import bench as walker
from aiga.poet.world import World
from aiga.speed import Growth, Row, Side

SETTINGS = hopper_runs.SCALES["ci"]["poet"].settings
NICHES = (2, 4, 8, 16)


def crowd(count: int) -> tuple[State, World]:
    """A run with so many active niches, each with a course of its own and an agent that has just begun."""
    world = World(Hopper(), SETTINGS)
    state = init(world, seed=0)
    chance = seeding.numpy_generator(0, "niches")
    (first,) = state.active
    for uid in range(1, count):
        encoding = state.active[-1].encoding
        for _ in range(3):
            encoding = world.substrate.mutate(encoding, chance)
        theta = first.theta + SETTINGS.spread * chance.standard_normal(len(first.theta), np.float32)
        moments = Moments.fresh(SETTINGS.rule, len(theta))
        niche = replace(first, uid=uid, encoding=encoding, theta=theta, moments=moments, recent=[])
        state.active.append(niche)
    optimise(state, world)  # the courses are built, and every niche has a score
    return state, world


def learn(lives: int) -> None:
    """Lives of hoppers on one course."""
    substrate = Hopper()
    thetas = seeding.numpy_generator(0, "bench").normal(0, 0.1, (lives, substrate.parameters)).astype(np.float32)
    substrate.rollout(thetas, [substrate.build(substrate.first(), 0)], np.zeros(lives, np.int64))


def rows() -> Iterator[Row]:
    """Steps of the walker, and lives of the hopper."""
    yield from walker.rows()
    lives = 20_000
    yield speed.compare("hopper, flat course", "lives", Side(partial(learn, lives), lives))


def growths() -> Iterator[Growth]:
    """The walker's, and the time of POET's two parts over the number of niches."""
    yield from walker.growths()
    parts: dict[str, Callable[[State, World], None]] = {"learning": optimise, "transfer": transfer}
    for name, part in parts.items():
        yield speed.grow(
            f"POET's {name} in one iteration",
            "niches",
            NICHES,
            lambda size, part=part: partial(part, *crowd(int(size))),  # type: ignore[misc]
        )


if __name__ == "__main__":
    speed.show(rows(), growths())
