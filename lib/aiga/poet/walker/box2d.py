"""The reference: the same walker in the original physics library, one at a time.

An own transcription of ``BipedalWalkerCustom`` (uber-research/poet, ``bipedal_walker_custom.py``). It needs the package
``box2d``, which the book's test extra installs.
"""

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints
from aiga.poet.walker.physics.constants import (
    FINISH,
    FPS,
    FRICTION,
    LEG_DOWN,
    LEG_HEIGHT,
    LEG_WIDTH,
    RAY_X,
    RAY_Y,
    RAYS,
    SCALE,
    SPEED_HIP,
    SPEED_KNEE,
    TORQUE,
)
from aiga.poet.walker.physics.episode import ARRIVED, FELL, RUNNING, TIME
from aiga.poet.walker.physics.policy import act
from aiga.poet.walker.physics.shapes import (
    HULL_POINTS,
    START_ANGLE,
    START_X,
    START_Y,
)
from aiga.poet.walker.rollout import LIDARS, PAPER, Rollout, Solver
from aiga.poet.walker.terrain import Course

SPEEDS = (SPEED_HIP, SPEED_KNEE, SPEED_HIP, SPEED_KNEE)


@functools.cache
def library() -> Any:
    """The package Box2D.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    try:
        import Box2D
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "engine='box2d' needs the package box2d: pip install box2d, or use engine='numba'"
        ) from error
    return Box2D


class Box2DWalker:
    """One walker on one course in Box2D; made anew for every episode, as the original does."""

    def __init__(self, course: Course, *, solver: Solver = PAPER, lidar: str = "nearest") -> None:
        """Make the world and let the walker stand for one step.

        Args:
            course: the course.
            solver: rounds of the solver.
            lidar: ``"nearest"``: the nearest hit. ``"first"``: the first fixture that the library reports, as in the
                original (``bipedal_walker_custom.py:465-471``).

        Raises:
            ValueError: an unknown lidar.
        """
        if lidar not in LIDARS:
            raise ValueError(f"unknown lidar {lidar!r}: choose one of {', '.join(LIDARS)}")
        self.course, self.solver, self.fallen = course, solver, False
        self.feet = [False, False]
        self.shaping: float | None = None
        self.world = library().b2World()
        self.world.continuousPhysics = solver.continuous
        self._lay()
        self._build()
        self._listener = _listener(self)
        self.world.contactListener = self._listener
        self._rays = [_ray(lidar == "first") for _ in range(RAYS)]
        self.hull.ApplyForceToCenter((course.push, 0), True)
        self.seen = self.step(np.zeros(at.OUTPUTS))[0]

    def _lay(self) -> None:
        b2 = library().b2
        block = b2.fixtureDef(shape=b2.polygonShape(vertices=[(0, 0), (1, 0), (1, -1), (0, -1)]), friction=FRICTION)
        for corners in self.course.obstacles:
            block.shape.vertices = list(corners)
            self.world.CreateStaticBody(fixtures=block)
        edge = b2.fixtureDef(shape=b2.edgeShape(vertices=[(0, 0), (1, 1)]), friction=FRICTION, categoryBits=0x0001)
        points = list(zip(self.course.x.tolist(), self.course.y.tolist(), strict=True))
        for pair in itertools.pairwise(points):
            edge.shape.vertices = list(pair)
            self.world.CreateStaticBody(fixtures=edge)

    def _build(self) -> None:
        b2 = library().b2
        common = {"restitution": 0.0, "categoryBits": 0x0020, "maskBits": 0x001}
        hull = b2.polygonShape(vertices=[(x / SCALE, y / SCALE) for x, y in HULL_POINTS])
        upper = b2.polygonShape(box=(LEG_WIDTH / 2, LEG_HEIGHT / 2))
        lower = b2.polygonShape(box=(0.8 * LEG_WIDTH / 2, LEG_HEIGHT / 2))
        definitions = [b2.fixtureDef(shape=hull, density=5.0, friction=0.1, **common)]
        definitions += 2 * [b2.fixtureDef(shape=shape, density=1.0, **common) for shape in (upper, lower)]
        self.bodies, self.joints = [], []
        for b, definition in enumerate(definitions):
            place = (float(START_X[b]), float(START_Y[b]))
            body = self.world.CreateDynamicBody(position=place, angle=float(START_ANGLE[b]), fixtures=definition)
            self.bodies.append(body)
            if b == 0:
                continue
            hip = b in (1, 3)
            joint = b2.revoluteJointDef(
                bodyA=self.bodies[0 if hip else b - 1],
                bodyB=body,
                localAnchorA=(0, LEG_DOWN if hip else -LEG_HEIGHT / 2),
                localAnchorB=(0, LEG_HEIGHT / 2),
                enableMotor=True,
                enableLimit=True,
                maxMotorTorque=TORQUE,
                motorSpeed=1,
                lowerAngle=-0.8 if hip else -1.6,
                upperAngle=1.1 if hip else -0.1,
            )
            self.joints.append(self.world.CreateJoint(joint))
        self.hull = self.bodies[0]

    def step(self, action: NDArray[Any]) -> tuple[NDArray[np.float64], float, int]:
        """Advance by one step: observation ``(24,)``, reward, and how the episode ended (0: it goes on)."""
        for joint, value, speed in zip(self.joints, action, SPEEDS, strict=True):
            joint.motorSpeed = float(speed * np.sign(value))
            joint.maxMotorTorque = float(TORQUE * np.clip(np.abs(value), 0, 1))
        self.world.Step(1.0 / FPS, self.solver.velocity, self.solver.position)
        seen = self.observe()
        x = self.hull.position[0]
        shaping = 130 * x / SCALE - 5.0 * abs(seen[0])
        reward = 0.0 if self.shaping is None else shaping - self.shaping
        self.shaping = shaping
        for value in action:
            reward -= 0.00035 * TORQUE * np.clip(np.abs(value), 0, 1)
        if self.fallen or x < 0:
            return seen, -100.0, FELL
        return seen, float(reward), ARRIVED if x > FINISH else RUNNING

    def observe(self) -> NDArray[np.float64]:
        """The 24 inputs of the policy."""
        place, speed = self.hull.position, self.hull.linearVelocity
        for k, ray in enumerate(self._rays):
            ray.fraction = 1.0
            self.world.RayCast(ray, place, (place[0] + RAY_X[k], place[1] + RAY_Y[k]))
        seen = [
            self.hull.angle,
            2.0 * self.hull.angularVelocity / FPS,
            0.3 * speed.x * (600 / SCALE) / FPS,
            0.3 * speed.y * (400 / SCALE) / FPS,
        ]
        for leg in (0, 1):
            hip, knee = self.joints[2 * leg], self.joints[2 * leg + 1]
            seen += [hip.angle, hip.speed / SPEED_HIP, knee.angle + 1.0, knee.speed / SPEED_KNEE, float(self.feet[leg])]
        return np.array(seen + [ray.fraction for ray in self._rays])

    def pose(self) -> Floats:
        """Origin and angle of every body, ``(15,)``."""
        return np.array([[b.position.x, b.position.y, b.angle] for b in self.bodies], dtype=np.float32).reshape(-1)

    def motion(self) -> Floats:
        """Centre of mass, angle, velocity and spin of every body, ``(5, 6)``."""
        rows = [
            (*b.worldCenter, b.angle, *b.linearVelocity, b.angularVelocity) for b in self.bodies
        ]  # fmt: skip
        return np.array(rows, dtype=np.float32)


def rollout_box2d(
    theta: Floats,
    courses: Sequence[Course],
    course: Ints,
    *,
    horizon: int,
    solver: Solver,
    lidar: str,
    traced: bool,
) -> Rollout:
    """Episodes of all walkers, one after the other; arguments as in :func:`aiga.poet.walker.rollout.rollout`.

    The policy is the engine's own, so that only the physics differs.
    """
    returns, lengths = np.zeros(len(theta)), np.zeros(len(theta), dtype=np.int32)
    endings = np.full(len(theta), TIME, dtype=np.int32)
    traces = np.zeros((len(theta), horizon + 1, at.TRACE), dtype=np.float32) if traced else None
    f = np.zeros(at.FLOATS, dtype=np.float32)
    for w, parameters in enumerate(theta):
        walker = Box2DWalker(courses[course[w]], solver=solver, lidar=lidar)
        f[at.ACTION : at.ACTION + at.OUTPUTS] = 0
        f[at.OBSERVATION : at.OBSERVATION + at.INPUTS] = walker.seen
        if traces is not None:
            traces[w, 0] = _row(walker, f, 0.0)
        for t in range(1, horizon + 1):
            act(f, parameters)
            seen, reward, ending = walker.step(f[at.ACTION : at.ACTION + at.OUTPUTS].astype(np.float64))
            f[at.OBSERVATION : at.OBSERVATION + at.INPUTS] = seen
            returns[w] += reward
            lengths[w] = t
            if traces is not None:
                traces[w, t] = _row(walker, f, reward)
            if ending != RUNNING:
                endings[w] = ending
                break
    return Rollout(returns, lengths, endings, traces)


def _row(walker: Box2DWalker, f: Floats, reward: float) -> Floats:
    seen, done = f[at.OBSERVATION : at.OBSERVATION + at.INPUTS], f[at.ACTION : at.ACTION + at.OUTPUTS]
    return np.concatenate([walker.pose(), seen, done, [reward]]).astype(np.float32)


def _listener(walker: Box2DWalker) -> Any:
    class Listener(library().b2.contactListener):  # type: ignore[misc]
        """Feet and falls; a contact's end clears the foot's flag even if it still touches other ground."""

        def BeginContact(self, contact: Any) -> None:  # noqa: N802
            for body in (contact.fixtureA.body, contact.fixtureB.body):
                walker.fallen = walker.fallen or body == walker.bodies[0]
                self.flag(body, True)

        def EndContact(self, contact: Any) -> None:  # noqa: N802
            for body in (contact.fixtureA.body, contact.fixtureB.body):
                self.flag(body, False)

        def flag(self, body: Any, touches: bool) -> None:
            for foot, lower in enumerate((walker.bodies[2], walker.bodies[4])):
                if body == lower:
                    walker.feet[foot] = touches

    return Listener()


def _ray(first: bool) -> Any:
    class Ray(library().b2.rayCastCallback):  # type: ignore[misc]
        """What a ray meets of the terrain."""

        fraction = 1.0

        def ReportFixture(self, fixture: Any, point: Any, normal: Any, fraction: float) -> float:  # noqa: N802
            if not fixture.filterData.categoryBits & 1:
                return 1.0 if first else -1.0
            self.fraction = fraction
            return 0.0 if first else fraction

    return Ray()
