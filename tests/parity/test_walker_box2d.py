"""The engine against the original library: the same numbers, to the last bit, on the processors of its wheel."""

import platform
import sys

import numpy as np
import pytest

from aiga.poet.walker import Course, Encoding, generate, rollout
from aiga.poet.walker.batch import Walkers
from aiga.poet.walker.geometry import pack
from aiga.poet.walker.kernels import walk
from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics import shapes
from aiga.poet.walker.physics.constants import STEP
from aiga.poet.walker.physics.policy import PARAMETERS
from aiga.poet.walker.rollout import PAPER, Solver

pytest.importorskip("Box2D")
from aiga.poet.walker.box2d import Box2DWalker

exact = pytest.mark.skipif(
    not (sys.platform == "linux" and platform.machine() == "x86_64"),
    reason="bitwise equality holds for Box2D's wheel for Linux on x86-64; others may fuse multiply and add",
)
ENCODINGS = (
    Encoding(),
    Encoding(roughness=2.0),
    Encoding(roughness=5.0, pit_gap=(0.0, 0.8)),
    Encoding(stump_height=(0.2, 0.8)),
    Encoding(0.6, (1.2, 3.0), (0.4, 1.0)),
    Encoding(stair_height=(0.3, 0.9), stair_steps=(2, 5)),
    Encoding(1.2, (0.0, 0.8), (0.2, 0.4), (0.2, 0.6)),
)


class Pair:
    """The same walker in both engines."""

    def __init__(self, course, solver=PAPER):
        self.reference = Box2DWalker(course, solver=solver)
        self.geometry, self.solver = pack([course]), solver
        self.walkers = Walkers.none(1)
        self.reward = np.zeros(1)
        self._advance(np.zeros(4), fresh=1)

    def _advance(self, action, fresh):
        given, world, ours = np.asarray(action, np.float32)[None], self.geometry, self.walkers
        walk(
            ours.floats, ours.ints, ours.sums, world.floats, world.ints, world.push, np.zeros(1, np.int32),
            np.array([fresh], np.int32), np.zeros((0, PARAMETERS), np.float32), given, self.reward, 10**9,
            self.solver.velocity, self.solver.position, self.solver.continuous, np.zeros((1, 0, at.TRACE), np.float32),
        )  # fmt: skip

    def step(self, action):
        """Both rewards and endings."""
        _, reward, ending = self.reference.step(action.astype(np.float64))
        self._advance(action, fresh=0)
        return (reward, ending), (float(self.reward[0]), int(self.walkers.outcomes[0]))

    def motion(self):
        f = self.walkers.floats[0]
        offsets = (at.X, at.Y, at.ANGLE, at.VX, at.VY, at.SPIN)
        return np.stack([f[first : first + shapes.BODIES] for first in offsets], axis=1)

    def impulses(self):
        """Of the joints, from both engines: what one step leaves to the next."""
        f = self.walkers.floats[0]
        ours = [(f[at.JX + j], f[at.JY + j], f[at.JZ + j], f[at.JM + j]) for j in range(shapes.JOINTS)]
        theirs = [
            (*joint.GetReactionForce(1.0), joint.GetReactionTorque(1.0), joint.GetMotorTorque(1.0))
            for joint in self.reference.joints
        ]
        return np.array(ours, np.float32), np.array(theirs, np.float32)


def nearer(course, cells=12):
    """The same course with a shorter flat start, so that a walker that only flounders meets its obstacles."""
    obstacles = tuple(tuple((x - cells * STEP, y) for x, y in corners) for corners in course.obstacles)
    return Course(course.x[cells:] - cells * STEP, course.y[cells:], obstacles, course.push, course.name)


def act(random):
    return (random.uniform(-1, 1, 4) * random.choice([0.2, 1.0])).astype(np.float32)


def lockstep(encoding, seed, steps, solver=PAPER):
    """Random torques in both engines; yields the pair after every step."""
    try:
        course = generate(encoding, seed)
        pair = Pair(nearer(course) if seed % 2 else course, solver)
    except ValueError:
        return  # an obstacle too thin for either engine
    random = np.random.default_rng(seed)
    action = act(random)
    for step in range(steps):
        if step % 10 == 0:
            action = act(random)
        yield pair, pair.step(action)


def test_masses_and_joints_are_box2ds():
    walker = Box2DWalker(generate(Encoding(), 0))
    for b, body in enumerate(walker.bodies):
        assert body.mass == shapes.MASS[b]
        assert tuple(body.localCenter) == (shapes.CENTRE_X[b], shapes.CENTRE_Y[b])
        squared = np.float32(shapes.CENTRE_X[b] ** 2 + shapes.CENTRE_Y[b] ** 2)
        np.testing.assert_allclose(body.inertia, shapes.INERTIA[b] + shapes.MASS[b] * squared, rtol=1e-6)
        (fixture,) = body.fixtures
        assert [tuple(map(np.float32, v)) for v in fixture.shape.vertices] == [
            tuple(v) for v in shapes.SHAPES[b].vertices
        ]
    for j, joint in enumerate(walker.joints):
        assert joint.GetReferenceAngle() == shapes.REFERENCE[j]
        assert (joint.lowerLimit, joint.upperLimit) == (shapes.LOWEST[j], shapes.HIGHEST[j])


@exact
def test_ten_thousand_steps_from_box2ds_states_are_box2ds():
    """Every step begins at Box2D's own state, because the one before ended there."""
    compared = impacts = limits = falls = blocks = double = 0
    for seed in range(75):
        for pair, (reference, ours) in lockstep(ENCODINGS[seed % len(ENCODINGS)], seed, 160):
            np.testing.assert_array_equal(pair.motion(), pair.reference.motion(), err_msg=f"course {seed}")
            assert pair.walkers.ints[0, at.FOOT : at.FOOT + 2].tolist() == pair.reference.feet
            assert ours == reference
            ints = pair.walkers.ints[0]
            used = ints[at.ORDER : at.ORDER + ints[at.NUMBER]]
            touching = used[ints[at.POINTS + used] > 0]
            compared += 1
            limits += ints[at.LIMIT : at.LIMIT + 4].any()
            impacts += (ints[at.SUBSTEPS + used] > 0).any()
            blocks += (ints[at.FEATURE + touching] < at.EDGE).any()
            double += len(touching) > len(set(ints[at.BODY + touching]))
            falls += reference[1] == 1
    assert compared > 10_000
    # the sample holds what matters: limits, impacts inside a step, obstacles, two edges at once, falls
    assert min(limits, impacts, blocks, double, falls) > 300


@exact
@pytest.mark.parametrize("solver", [Solver(continuous=False), Solver(20, 8)], ids=str)
def test_other_solvers_are_box2ds_too(solver):
    for pair, (reference, ours) in lockstep(ENCODINGS[1], 5, 60, solver):
        np.testing.assert_array_equal(pair.motion(), pair.reference.motion())
        assert ours == reference


@exact
def test_joint_impulses_are_box2ds():
    for pair, _ in lockstep(ENCODINGS[4], 11, 80):
        ours, theirs = pair.impulses()
        np.testing.assert_array_equal(ours, theirs)


@exact
def test_observations_are_box2ds():
    for pair, _ in lockstep(ENCODINGS[6], 8, 80):
        seen = pair.walkers.floats[0, at.OBSERVATION : at.OBSERVATION + at.INPUTS]
        np.testing.assert_array_equal(seen, pair.reference.observe().astype(np.float32))


def test_fifty_steps_without_continuous_collision_stay_close():
    """The tolerance that other processors must hold, too."""
    for pair, _ in lockstep(ENCODINGS[0], 2, 50, Solver(continuous=False)):
        assert np.abs(pair.motion()[:, :3] - pair.reference.motion()[:, :3]).max() < 1e-3


@exact
def test_whole_episodes_are_box2ds():
    courses = [generate(encoding, 1) for encoding in ENCODINGS[:5]]
    theta = np.random.default_rng(0).normal(0, 0.1, (10, PARAMETERS))
    which = np.arange(10) % 5
    ours = rollout(theta, courses, which, horizon=200, traced=True)
    theirs = rollout(theta, courses, which, horizon=200, traced=True, engine="box2d")
    np.testing.assert_array_equal(ours.lengths, theirs.lengths)
    np.testing.assert_array_equal(ours.endings, theirs.endings)
    np.testing.assert_array_equal(ours.traces, theirs.traces)
    np.testing.assert_allclose(ours.returns, theirs.returns, rtol=0, atol=1e-9)


@exact
def test_a_walker_that_lies_still_sleeps_and_wakes_as_box2ds_does():
    pair = Pair(generate(ENCODINGS[1], 1))
    slept = 0
    for step in range(320):
        action = np.full(4, 0.5 if step > 300 else 0.0, np.float32)
        pair.step(action)
        np.testing.assert_array_equal(pair.motion(), pair.reference.motion())
        slept += pair.walkers.ints[0, at.AWAKE] == 0
    assert slept > 0


def test_the_originals_lidar_sees_something_else_only_where_there_are_obstacles():
    def differences(encoding):
        course = nearer(generate(encoding, 1))
        walkers = [Box2DWalker(course, lidar=kind) for kind in ("nearest", "first")]
        random, count = np.random.default_rng(0), 0
        for _ in range(40):
            action = act(random)
            nearest, first = (walker.step(action)[0][14:] for walker in walkers)
            assert (first >= nearest).all()
            count += (first > nearest).sum()
        return count

    assert differences(Encoding()) == 0
    assert differences(Encoding(stump_height=(0.4, 0.8), pit_gap=(0.5, 1.0))) > 10


def test_the_reference_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="unknown lidar 'radar': choose one of nearest, first"):
        Box2DWalker(generate(ENCODINGS[0], 0), lidar="radar")
    course = generate(ENCODINGS[0], 0)
    with pytest.raises(ValueError, match="pass the courses themselves"):
        rollout(np.zeros((1, PARAMETERS)), pack([course]), [0], engine="box2d")
