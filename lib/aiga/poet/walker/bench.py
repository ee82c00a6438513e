"""How many steps a second the engine takes, against a literal transcription of the original loop, in the same run.

The transcription does what ``simulate`` does (uber-research/poet, ``model.py`` lines 182-247): a NumPy policy in double
precision, ten ray casts, one step of Box2D; one walker after the other, resets included.
"""

import importlib.util
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from aiga import parallel, seeding, speed
from aiga.poet.walker.box2d import SPEEDS, Box2DWalker
from aiga.poet.walker.physics.compiled import Floats
from aiga.poet.walker.physics.constants import FPS
from aiga.poet.walker.physics.episode import RUNNING
from aiga.poet.walker.physics.policy import PARAMETERS
from aiga.poet.walker.rollout import PAPER, Solver, rollout
from aiga.poet.walker.terrain import Course, Encoding, generate
from aiga.speed import Growth, Row, Share, Side

COURSES = {
    "flat": Encoding(),
    "rough, pits and stumps": Encoding(2.0, (0.0, 0.8), (0.2, 0.6)),
}
LAYERS = ((24, 40), (40, 40), (40, 4))
WALKERS = 64


def literal_policy(theta: Floats) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The original's policy: matrix products and tanh in double precision."""
    layers, first = [], 0
    for inputs, outputs in LAYERS:
        weights = theta[first : first + inputs * outputs].astype(np.float64).reshape(inputs, outputs)
        first += inputs * outputs
        layers.append((weights, theta[first : first + outputs].astype(np.float64)))
        first += outputs

    def act(seen: NDArray[np.float64]) -> NDArray[np.float64]:
        for weights, bias in layers:
            seen = np.tanh(np.matmul(seen, weights) + bias)
        return seen

    return act


def literal_episode(theta: Floats, course: Course, *, horizon: int, lidar: str = "first") -> tuple[float, int, int]:
    """One episode of the original loop: its return, its length, and how it ended."""
    act, total = literal_policy(theta), 0.0
    walker = Box2DWalker(course, lidar=lidar)
    seen, ending, steps = walker.seen, RUNNING, 0
    while ending == RUNNING and steps < horizon:
        seen, reward, ending = walker.step(act(seen))
        total += reward
        steps += 1
    return total, steps, ending


def literal(theta: Floats, course: Course) -> int:
    """The original loop, one walker after the other; how many steps they took."""
    return sum(literal_episode(parameters, course, horizon=2000)[1] for parameters in theta)


def ours(theta: Floats, course: Course, solver: Solver = PAPER, threads: int = 1) -> int:
    """The engine, all walkers in one call; how many steps they took."""
    which = np.zeros(len(theta), dtype=np.int64)
    return int(rollout(theta, [course], which, solver=solver, threads=threads).lengths.sum())


def bare(course: Course, steps: int) -> None:
    """Box2D alone: joints and contacts of a walker whose motors are set at random, nothing seen and nothing thought."""
    chance = seeding.numpy_generator(0, "motors")
    walker = Box2DWalker(course)
    for action in chance.uniform(-1, 1, (steps, len(walker.joints))):
        for joint, value, fastest in zip(walker.joints, action.tolist(), SPEEDS, strict=True):
            joint.motorSpeed = fastest * value
        walker.world.Step(1 / FPS, PAPER.velocity, PAPER.position)


def random_policies(count: int) -> Floats:
    """Policies as at the start of POET."""
    return seeding.numpy_generator(0, "bench").normal(0, 0.1, (count, PARAMETERS)).astype(np.float32)


def rows() -> Iterator[Row]:
    """Random policies, resets, policy and lidar included; without the package box2d, ours alone."""
    theta = random_policies(WALKERS)
    there = importlib.util.find_spec("Box2D") is not None
    for name, encoding in COURSES.items():
        course = generate(encoding, 1)
        share, slow = None, None
        if there:
            share = Share("bare Box2D", 1.0, speed.rate(partial(bare, course, 1000), 1000))
            slow = Side(partial(literal, theta[:8], course), literal(theta[:8], course))
        quick = Side(partial(ours, theta, course), ours(theta, course))
        yield speed.compare(f"walker, {name}", "steps", quick, slow, share=share, repeats=2)


def growths() -> Iterator[Growth]:
    """Time over the walkers of a call; and, by the clock, over the threads that share it."""
    course = generate(COURSES["flat"], 1)
    yield speed.grow(
        "episodes of the walker",
        "walkers",
        (4, 16, 64),
        lambda size: partial(ours, random_policies(int(size)), course),
        repeats=2,
    )
    counts = [count for count in (1, 2, 4, 8) if count <= parallel.cores()]
    if len(counts) > 1:
        theta = random_policies(WALKERS)
        yield speed.grow(
            f"{WALKERS} walkers, by the clock",
            "threads",
            counts,
            lambda size: partial(ours, theta, course, threads=int(size)),
            clock=time.perf_counter,
        )


if __name__ == "__main__":
    speed.show(rows(), growths())
