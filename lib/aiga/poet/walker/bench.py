"""How many steps a second the engine takes, against a literal transcription of the original loop, in the same run.

The transcription does what ``simulate`` does (uber-research/poet, ``model.py`` lines 182-247): a NumPy policy in double
precision, ten ray casts, one step of Box2D; one walker after the other, resets included.
"""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aiga import seeding
from aiga.poet.walker.box2d import Box2DWalker
from aiga.poet.walker.physics.compiled import Floats
from aiga.poet.walker.physics.episode import RUNNING
from aiga.poet.walker.physics.policy import PARAMETERS
from aiga.poet.walker.rollout import PAPER, Solver, rollout
from aiga.poet.walker.terrain import Course, Encoding, generate

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


def literal_speed(theta: Floats, course: Course, seconds: float) -> float:
    """Steps per CPU second of the original loop, measured for about so long."""
    steps, began = 0, time.process_time()
    for parameters in theta:
        steps += literal_episode(parameters, course, horizon=2000)[1]
        if time.process_time() - began > seconds:
            break
    return steps / (time.process_time() - began)


def speed(theta: Floats, course: Course, *, solver: Solver = PAPER, threads: int = 1) -> float:
    """Steps per second of the engine: of CPU time on one thread, of wall-clock time on several."""
    clock = time.process_time if threads == 1 else time.perf_counter
    began = clock()
    result = rollout(theta, [course], np.zeros(len(theta), dtype=np.int64), solver=solver, threads=threads)
    return float(result.lengths.sum() / (clock() - began))


def random_policies(count: int) -> Floats:
    """Policies as at the start of POET."""
    return seeding.numpy_generator(0, "bench").normal(0, 0.1, (count, PARAMETERS)).astype(np.float32)


def main() -> None:
    """Print steps a second of both sides, and the ratio."""
    theta = random_policies(WALKERS)
    began = time.process_time()
    rollout(theta[:1], [generate(Encoding(), 0)], [0], horizon=1, threads=1)
    print(f"compiled or loaded in {time.process_time() - began:.1f} CPU seconds")
    print("steps a second on one thread; random policies, resets, policy and lidar included")
    print(f"{'course':24} {'original loop':>14} {'ours 180/60':>12} {'ratio':>7} {'ours 20/8':>10} {'2 threads':>10}")
    for name, encoding in COURSES.items():
        course = generate(encoding, 1)
        before, after = literal_speed(theta, course, 5.0), speed(theta, course)
        quick, two = speed(theta, course, solver=Solver(20, 8)), speed(theta, course, threads=2)
        row = f"{name:24} {before:14,.0f} {after:12,.0f} {after / before:6.1f}x {quick:10,.0f} {two:10,.0f}"
        print(row, flush=True)
    print("20/8 rounds are not the paper's physics")


if __name__ == "__main__":
    main()
