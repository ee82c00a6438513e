"""The engine against the original library: the same numbers, to the last bit, on the processors of its wheel."""

import platform
import sys
from collections import Counter

import numpy as np
import pytest

from aiga.poet.walker import PARAMETERS, Encoding, Solver, generate, rollout, weights
from aiga.poet.walker.geometry import pack
from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics import shapes

pytest.importorskip("Box2D")
from aiga.poet.walker.box2d import Box2DWalker
from aiga.poet.walker.fidelity import ENCODINGS, Agreement, Pair, agreement, lockstep, nearer, torques

exact = pytest.mark.skipif(
    not (sys.platform == "linux" and platform.machine() == "x86_64"),
    reason="bitwise equality holds for Box2D's wheel for Linux on x86-64; others may fuse multiply and add",
)
FLAT, ROUGH, MIXED = ENCODINGS[0], ENCODINGS[1], ENCODINGS[6]


def test_masses_and_joints_are_box2ds():
    walker = Box2DWalker(generate(FLAT, 0))
    for b, body in enumerate(walker.bodies):
        assert body.mass == shapes.MASS[b]
        assert tuple(body.localCenter) == (shapes.CENTRE_X[b], shapes.CENTRE_Y[b])
        squared = np.float32(shapes.CENTRE_X[b] ** 2 + shapes.CENTRE_Y[b] ** 2)
        np.testing.assert_allclose(body.inertia, shapes.INERTIA[b] + shapes.MASS[b] * squared, rtol=1e-6)
        (fixture,) = body.fixtures
        theirs = np.array(fixture.shape.vertices, dtype=np.float32)
        np.testing.assert_array_equal(theirs, shapes.SHAPES[b].vertices)
    for j, joint in enumerate(walker.joints):
        assert joint.GetReferenceAngle() == shapes.REFERENCE[j]
        assert (joint.lowerLimit, joint.upperLimit) == (shapes.LOWEST[j], shapes.HIGHEST[j])


@exact
def test_ten_thousand_steps_from_box2ds_states_are_box2ds():
    """Every step begins at Box2D's own state, because the one before ended there."""
    steps, special = 0, Counter()
    for encoding in ENCODINGS:
        found = agreement(encoding, courses=10, steps=160)
        assert (found.equal, found.largest) == (found.steps, 0.0), encoding
        steps += found.steps
        special.update(found.special)
    assert steps > 10_000
    assert len(special) == 6
    assert min(special.values()) > 300, special  # the sample holds what matters


@exact
@pytest.mark.parametrize("solver", [Solver(continuous=False), Solver(20, 8)], ids=str)
def test_other_solvers_are_box2ds_too(solver):
    found = agreement(ROUGH, courses=1, steps=60, solver=solver)
    assert found.equal == found.steps == 60


@exact
def test_impulses_and_observations_are_box2ds():
    for pair, _, _ in lockstep(nearer(generate(MIXED, 11)), 11, 80):
        f = pair.walkers.floats[0]
        for j, joint in enumerate(pair.reference.joints):
            theirs = (*joint.GetReactionForce(1.0), joint.GetReactionTorque(1.0), joint.GetMotorTorque(1.0))
            assert theirs == (f[at.JX + j], f[at.JY + j], f[at.JZ + j], f[at.JM + j])
        seen = f[at.OBSERVATION : at.OBSERVATION + at.INPUTS]
        np.testing.assert_array_equal(seen, pair.reference.observe().astype(np.float32))


def test_fifty_steps_without_continuous_collision_stay_close():
    """The tolerance that other processors must hold, too."""
    for pair, _, _ in lockstep(generate(FLAT, 2), 2, 50, Solver(continuous=False)):
        assert pair.difference()[:, :3].max() < 1e-3


def test_a_difference_is_counted():
    pair, found = Pair(generate(FLAT, 0)), Agreement()
    outcome = pair.step(np.zeros(4, np.float32))
    pair.walkers.floats[0, at.VX] += 0.5
    assert not found.add(pair, *outcome)
    assert (found.steps, found.equal, found.close) == (1, 0, 0)
    np.testing.assert_allclose(found.largest, 0.5, atol=1e-6)


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
    pair = Pair(generate(ROUGH, 1))
    slept = 0
    for step in range(320):
        pair.step(np.full(4, 0.5 if step > 300 else 0.0, np.float32))
        assert not pair.difference().any()
        slept += pair.walkers.ints[0, at.AWAKE] == 0
    assert slept > 0


def test_the_originals_lidar_sees_something_else_only_where_there_are_obstacles():
    def differences(encoding):
        course = nearer(generate(encoding, 1))
        walkers = [Box2DWalker(course, lidar=kind) for kind in ("nearest", "first")]
        random, count = np.random.default_rng(0), 0
        for _ in range(40):
            action = torques(random)
            nearest, first = (walker.step(action)[0][14:] for walker in walkers)
            assert (first >= nearest).all()
            count += (first > nearest).sum()
        return count

    assert differences(Encoding()) == 0
    assert differences(Encoding(stump=(0.4, 0.8), pit=(0.5, 1.0))) > 10


@exact
def test_what_lidar_reports_first_is_what_box2d_reports():
    """The order in its tree of boxes, with every move of the walker's own boxes, is the same."""
    states, other = 0, 0
    for encoding in ENCODINGS[2:]:
        for seed in (1, 3):
            pair, nearest = (Pair(nearer(generate(encoding, seed)), lidar=kind) for kind in ("first", "nearest"))
            random = np.random.default_rng(seed)
            action = torques(random)
            for step in range(120):
                if step and step % 10 == 0:
                    action = torques(random)
                pair.step(action)
                nearest.step(action)
                assert not pair.difference().any()
                seen = pair.walkers.floats[0, at.OBSERVATION + 14 : at.OBSERVATION + 24]
                np.testing.assert_array_equal(seen, pair.reference.observe()[14:].astype(np.float32))
                other += int((seen != nearest.reference.observe()[14:].astype(np.float32)).any())
                states += 1
    assert states >= 1_000
    assert other > 300  # on these courses the first is often not the nearest


@exact
def test_whole_episodes_with_the_originals_lidar_are_box2ds():
    courses = [generate(encoding, 1) for encoding in ENCODINGS[2:5]]
    theta = np.stack([weights.walker("walker_flat"), weights.walker("walker_stumps"), weights.walker("walker_pits")])
    which, options = [0, 1, 2], {"horizon": 500, "lidar": "first", "traced": True}
    ours, theirs = rollout(theta, courses, which, **options), rollout(theta, courses, which, engine="box2d", **options)
    np.testing.assert_array_equal(ours.traces, theirs.traces)
    assert (ours.traces != rollout(theta, courses, which, horizon=500, traced=True).traces).any()


@pytest.mark.slow
@pytest.mark.parametrize("lidar", ["nearest", "first"])
def test_the_agent_that_wins_a_niche_is_the_same_in_both_engines(lidar):
    """What a transfer decides, for the book's walkers and what they become after a shake."""
    random = np.random.default_rng(5)
    agents = np.stack([weights.walker(name) for name in weights.names()])
    agents = np.concatenate([agents, agents + random.normal(0, 0.03, agents.shape)]).astype(np.float32)
    kinds = (Encoding(2.0), Encoding(stump=(0.1, 0.4)), Encoding(pit=(0.4, 1.2)))
    courses = [generate(kind, seed) for kind in kinds for seed in range(7)]
    which = np.tile(np.arange(len(courses)), len(agents))
    theta = np.repeat(agents, len(courses), axis=0)
    wins = [
        rollout(theta, courses, which, horizon=100, lidar=lidar, engine=engine).returns.reshape(8, -1).argmax(0)
        for engine in ("numba", "box2d")
    ]
    assert len(set(wins[0].tolist())) >= 3
    assert (wins[0] == wins[1]).mean() > 0.95


def test_the_reference_refuses_what_it_does_not_know():
    course = generate(FLAT, 0)
    with pytest.raises(ValueError, match="unknown lidar 'radar': choose one of nearest, first"):
        Box2DWalker(course, lidar="radar")
    there = rollout(np.zeros((1, PARAMETERS)), [course], [0], engine="box2d", lidar="first", horizon=2)
    assert there.lengths.tolist() == [2]
    with pytest.raises(ValueError, match="pass the courses themselves"):
        rollout(np.zeros((1, PARAMETERS)), pack([course]), [0], engine="box2d")
