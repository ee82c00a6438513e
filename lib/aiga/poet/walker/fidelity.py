"""How well the engine agrees with Box2D, step by step: both begin every step in the same state.

``python -m aiga.poet.walker.fidelity`` prints the table. Torques are random and held for ten steps. Where the two
agree to the last bit, the state after one step is the same in both, and so the next step begins at the same state
again; where they part, the rest of that episode is left out, since contacts are chaotic.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aiga import seeding
from aiga.poet.courses import Encoding
from aiga.poet.walker.batch import Walkers
from aiga.poet.walker.box2d import Box2DWalker
from aiga.poet.walker.geometry import pack
from aiga.poet.walker.kernels import walk
from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics import shapes
from aiga.poet.walker.physics.compiled import Floats
from aiga.poet.walker.physics.constants import STEP
from aiga.poet.walker.physics.episode import FELL
from aiga.poet.walker.physics.policy import PARAMETERS
from aiga.poet.walker.rollout import PAPER, Solver
from aiga.poet.walker.terrain import Course, describe, generate

ENCODINGS = (
    Encoding(),
    Encoding(roughness=2.0),
    Encoding(roughness=5.0, pit=(0.0, 0.8)),
    Encoding(stump=(0.2, 0.8)),
    Encoding(0.6, (1.2, 3.0), (0.4, 1.0)),
    Encoding(stair=(0.3, 0.9), stairs=(2, 4)),
    Encoding(1.2, (0.0, 0.8), (0.2, 0.4), (0.2, 0.6)),
)
HOLD = 10
"""Steps for which a torque is held."""

Outcome = tuple[float, int]
"""A step's reward, and how the episode ended."""


class Pair:
    """The same walker in both engines."""

    def __init__(self, course: Course, solver: Solver = PAPER, lidar: str = "nearest") -> None:
        self.reference = Box2DWalker(course, solver=solver, lidar=lidar)
        self.geometry, self.solver = pack([course]), solver
        self.walkers = Walkers.none(1, self.geometry.leaves(lidar))
        self._reward = np.zeros(1)
        self._advance(np.zeros(at.OUTPUTS, dtype=np.float32), fresh=1)

    def step(self, action: Floats) -> tuple[Outcome, Outcome]:
        """One step of both; the reference's outcome, then ours."""
        _, reward, ending = self.reference.step(action.astype(np.float64))
        self._advance(action, fresh=0)
        return (reward, ending), (float(self._reward[0]), int(self.walkers.outcomes[0]))

    def motion(self) -> Floats:
        """Centre of mass, angle, velocity and spin of every body in our engine, ``(5, 6)``."""
        f = self.walkers.floats[0]
        offsets = (at.X, at.Y, at.ANGLE, at.VX, at.VY, at.SPIN)
        return np.stack([f[first : first + shapes.BODIES] for first in offsets], axis=1)

    def difference(self) -> NDArray[np.float64]:
        """By how much the two differ, ``(5, 6)``."""
        return np.abs(self.motion().astype(np.float64) - self.reference.motion())

    def happened(self) -> dict[str, bool]:
        """What was special about the last step."""
        ints = self.walkers.ints[0]
        used = ints[at.ORDER : at.ORDER + ints[at.NUMBER]]
        touching = used[ints[at.POINTS + used] > 0]
        bodies = ints[at.BODY + touching]
        return {
            "touching the ground": len(touching) > 0,
            "a limit of a joint": bool(ints[at.LIMIT : at.LIMIT + shapes.JOINTS].any()),
            "an impact inside the step": bool((ints[at.SUBSTEPS + used] > 0).any()),
            "touching an obstacle": bool((ints[at.FEATURE + touching] < at.EDGE).any()),
            "one body on two pieces of ground": len(bodies) > len(set(bodies.tolist())),
            "lying, after a fall": int(ints[at.OUTCOME]) == FELL,
        }

    def _advance(self, action: Floats, *, fresh: int) -> None:
        world, ours, solver = self.geometry, self.walkers, self.solver
        walk(
            ours.floats, ours.ints, ours.sums, world.floats, world.ints, world.push, np.zeros(1, dtype=np.int32),
            np.array([fresh], dtype=np.int32), np.zeros((0, PARAMETERS), dtype=np.float32),
            np.ascontiguousarray(action, dtype=np.float32)[None], self._reward, 1,
            solver.velocity, solver.position, solver.continuous, np.zeros((1, 0, at.TRACE), dtype=np.float32),
        )  # fmt: skip


def nearer(course: Course, cells: int = 12) -> Course:
    """The same course with a shorter flat start, so that a walker that only flounders meets its obstacles."""
    obstacles = tuple(tuple((x - cells * STEP, y) for x, y in corners) for corners in course.obstacles)
    return Course(course.x[cells:] - cells * STEP, course.y[cells:], obstacles, course.push, course.name)


def torques(random: np.random.Generator) -> Floats:
    """Random torques, strong or weak."""
    return np.asarray(random.uniform(-1, 1, at.OUTPUTS) * random.choice([0.2, 1.0]), dtype=np.float32)


def lockstep(course: Course, seed: int, steps: int, solver: Solver = PAPER) -> Iterator[tuple[Pair, Outcome, Outcome]]:
    """Random torques in both engines; the pair and both outcomes after every step."""
    pair, random = Pair(course, solver), seeding.numpy_generator(seed, "torques")
    action = torques(random)
    for step in range(steps):
        if step and step % HOLD == 0:
            action = torques(random)
        yield pair, *pair.step(action)


@dataclass
class Agreement:
    """Steps compared, and how many of them agree."""

    steps: int = 0
    equal: int = 0
    """Every position, angle, velocity, reward and foot flag is the same to the last bit."""
    close: int = 0
    """Velocities within a thousandth."""
    largest: float = 0.0
    """Difference of any position or velocity."""
    special: dict[str, int] = field(default_factory=dict)
    """How many of the steps had something special about them."""

    def add(self, pair: Pair, theirs: Outcome, ours: Outcome) -> bool:
        """Count a step; whether it was equal."""
        apart = pair.difference()
        feet = pair.walkers.ints[0, at.FOOT : at.FOOT + 2].astype(bool).tolist() == pair.reference.feet
        equal = not apart.any() and feet and theirs == ours
        self.steps += 1
        self.equal += equal
        self.close += bool((apart[:, 3:] < 1e-3).all())
        self.largest = max(self.largest, float(apart.max()))
        for name, value in pair.happened().items():
            self.special[name] = self.special.get(name, 0) + value
        return equal


def agreement(encoding: Encoding, *, courses: int, steps: int, solver: Solver = PAPER) -> Agreement:
    """Compare the engines on several courses of one kind, every other one with its obstacles near the start."""
    result = Agreement()
    for seed in range(courses):
        course = generate(encoding, seed)
        course = nearer(course) if seed % 2 else course
        try:
            pack([course])
        except ValueError:
            continue  # an obstacle too thin for either engine
        for pair, theirs, ours in lockstep(course, seed, steps, solver):
            if not result.add(pair, theirs, ours):
                break
    return result


def main() -> None:
    """Print the table."""
    width = max(len(describe(encoding)) for encoding in ENCODINGS)
    print(f"{'course':{width}} {'steps':>6} {'equal':>8} {'close':>8} {'largest':>9}")
    total: dict[str, int] = {}
    for encoding in ENCODINGS:
        found = agreement(encoding, courses=12, steps=160)
        shares = f"{found.equal / found.steps:8.2%} {found.close / found.steps:8.2%} {found.largest:9.1e}"
        print(f"{describe(encoding):{width}} {found.steps:6} {shares}", flush=True)
        for name, count in found.special.items():
            total[name] = total.get(name, 0) + count
    print("; ".join(f"{name}: {count:,}" for name, count in total.items()))


if __name__ == "__main__":
    main()
