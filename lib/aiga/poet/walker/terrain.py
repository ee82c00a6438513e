"""Courses: the ground and the obstacles on it, from POET's encoding or from a height function (Enhanced POET).

For the same stream of random numbers a course is equal, bit for bit, to that of the original generator
(uber-research/poet, ``bipedal_walker_custom.py:222-386``). That includes its oddities: the ground's height is not
updated on the first cell of a stretch of ground, so that small plateaus appear; and the clouds of the background are
drawn between the ground and the first push, so the push depends on them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aiga.poet.courses import Encoding, Pair
from aiga.poet.walker.physics.constants import CELLS, GRASS, GROUND, INITIAL_PUSH, PAD, SCALE, STEP

__all__ = ["Corners", "Course", "Encoding", "describe", "from_heights", "generate"]

Corners = tuple[tuple[float, float], ...]

PIT_DEPTH = 4
"""Cells."""
STUMP_WIDTH, STUMP_FLOAT, STAIR_WIDTH = (1, 2), (0, 1), (4, 5)
"""Cells, drawn from whole numbers below the upper end: always 1, 0 and 4, but a number of the stream is used up."""


@dataclass(frozen=True)
class Course:
    """One course, fixed for all who walk it.

    Attributes:
        x: where the ground's vertices are along the course, in metres, ``(200,)``; float64, as generated.
        y: their heights in metres, ``(200,)``.
        obstacles: corners of the pits' walls, stumps and stairs, in the order of making.
        push: force on the hull during the first step, in newton.
        name: for messages and figures.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    obstacles: tuple[Corners, ...] = ()
    push: float = 0.0
    name: str = field(default="course", compare=False)


def generate(encoding: Encoding, seed: int | np.random.RandomState, name: str = "") -> Course:
    """A course from POET's encoding.

    Args:
        encoding: what the course is like.
        seed: seed of the course, or the original's kind of random stream.
        name: what to call it; by default made of the encoding.
    """
    return _generate(encoding, _stream(seed), None, name or describe(encoding))


def from_heights(height: Callable[[float], float], seed: int | np.random.RandomState, name: str = "heights") -> Course:
    """A course whose ground follows a function, as Enhanced POET's do (there, a small network).

    Args:
        height: takes a place between -pi (start) and pi (end of the course) and gives a height in metres; only its
            difference from the first free cell counts.
        seed: seed of the course (stretches of ground, push), or the original's kind of random stream.
        name: what to call the course.

    Raises:
        ValueError: the function gives something that is not finite.
    """
    return _generate(Encoding(), _stream(seed), height, name)


def describe(encoding: Encoding) -> str:
    """A short name: roughness and ranges of what is there."""
    parts = [f"roughness {encoding.roughness:g}"]
    for label, span in (
        ("pits", encoding.pit),
        ("stumps", encoding.stump),
        ("stairs", encoding.stair),
    ):
        if span is not None:
            parts.append(f"{label} {span[0]:g} to {span[1]:g}")
    return ", ".join(parts)


def _stream(seed: int | np.random.RandomState) -> np.random.RandomState:
    # the original's generator is NumPy's old one, and only the same stream gives the same course
    return seed if isinstance(seed, np.random.RandomState) else np.random.RandomState(seed)


class _Ground:
    """The generator's state while it goes along the course, cell by cell."""

    def __init__(self, encoding: Encoding, stream: np.random.RandomState) -> None:
        self.encoding, self.stream = encoding, stream
        self.kinds = [
            kind
            for kind, span in (
                ("stump", encoding.stump),
                ("stairs", encoding.stair),
                ("pit", encoding.pit),
            )
            if span is not None
        ]
        self.x: list[float] = []
        self.y: list[float] = []
        self.obstacles: list[Corners] = []
        self.height, self.velocity, self.before = GROUND, 0.0, GROUND
        self.counter: float = PAD
        self.missing = 0.0
        self.stairs = (0.0, 1, 0, 0)  # height, direction, width, number

    def first_pit(self, x: float) -> None:
        gap = 1.0 + self.stream.uniform(*self._span("pit"))
        self.counter = float(np.ceil(gap))
        self.missing = self.counter - gap
        y = self.height
        wall = ((x, y), (x + STEP, y), (x + STEP, y - PIT_DEPTH * STEP), (x, y - PIT_DEPTH * STEP))
        self.obstacles.append(wall)
        self.obstacles.append(tuple((px + STEP * gap, py) for px, py in wall))
        self.counter += 2
        self.before = y

    def pit(self) -> None:
        self.height = self.before
        if self.counter > 1:
            self.height -= PIT_DEPTH * STEP
        if self.counter == 1:
            self.x[-1] = self.x[-1] - self.missing * STEP
            self.missing = 0.0

    def first_stump(self, x: float) -> None:
        width = self.stream.randint(*STUMP_WIDTH)
        tall = self.stream.uniform(*self._span("stump"))
        floating = self.stream.randint(*STUMP_FLOAT)
        self.counter = width
        y = self.height
        low, high = y + floating * STEP, y + tall * STEP + floating * STEP
        self.obstacles.append(((x, low), (x + width * STEP, low), (x + width * STEP, high), (x, high)))

    def first_stairs(self, x: float) -> None:
        tall = self.stream.uniform(*self._span("stair"))
        direction = 1 if self.stream.rand() > 0.5 else -1
        width = self.stream.randint(*STAIR_WIDTH)
        fewest, most = self.encoding.stairs
        number = self.stream.randint(fewest, most + 1)
        self.before = y = self.height
        for s in range(number):
            left, right = x + (s * width) * STEP, x + ((1 + s) * width) * STEP
            top, bottom = y + (s * tall * direction) * STEP, y + (-tall + s * tall * direction) * STEP
            self.obstacles.append(((left, top), (right, top), (right, bottom), (left, bottom)))
        self.counter = number * width + 1
        self.stairs = (tall, direction, width, number)

    def on_stairs(self) -> None:
        tall, direction, width, number = self.stairs
        n = (number * width - self.counter) // width
        self.height = self.before + (n * tall * direction) * STEP - (tall if direction == -1 else 0) * STEP

    def _span(self, name: str) -> Pair:
        span: Pair = getattr(self.encoding, name)
        return span


def _generate(
    encoding: Encoding, stream: np.random.RandomState, height: Callable[[float], float] | None, name: str
) -> Course:
    ground = _Ground(encoding, stream)
    state, first, base = "grass", False, 0.0
    for cell in range(CELLS):
        x = cell * STEP
        ground.x.append(x)
        if state == "grass" and not first:
            ground.velocity = 0.8 * ground.velocity + 0.01 * float(np.sign(GROUND - ground.height))
            if height is None:
                if cell > PAD:
                    ground.velocity += stream.uniform(-1, 1) / SCALE
                ground.height += encoding.roughness * ground.velocity
            else:
                ground.height += ground.velocity
                if cell > PAD:
                    middle = CELLS * STEP / 2.0
                    value = float(height((x - middle) * np.pi / middle))
                    if not np.isfinite(value):
                        raise ValueError(
                            f"the height function gives {value} at x = {x:.2f} m: expected a finite number"
                        )
                    base = value if cell == PAD + 1 else base
                    ground.height = GROUND + value - base
        elif state == "pit":
            ground.first_pit(x) if first else ground.pit()
        elif state == "stump" and first:
            ground.first_stump(x)
        elif state == "stairs":
            ground.first_stairs(x) if first else ground.on_stairs()
        first = False
        ground.y.append(ground.height)
        ground.counter -= 1
        if ground.counter == 0:
            ground.counter = stream.randint(GRASS // 2, GRASS)
            first = True
            if state == "grass" and ground.kinds:
                state = ground.kinds[stream.randint(1, len(ground.kinds) + 1) - 1]
            else:
                state = "grass"
    for _ in range(CELLS // 20):
        stream.uniform(0, CELLS)  # a cloud: its place, then five corners
        for _corner in range(5):
            stream.uniform(0, 5 * STEP)
            stream.uniform(0, 5 * STEP)
    push = stream.uniform(-INITIAL_PUSH, INITIAL_PUSH)
    return Course(np.array(ground.x), np.array(ground.y), tuple(ground.obstacles), float(push), name)
