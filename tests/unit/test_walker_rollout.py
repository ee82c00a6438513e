"""Episodes: what they return, that nothing depends on company or threads, and that bad input is refused."""

import time

import numpy as np
import pytest
import torch

from aiga.poet.walker import PARAMETERS, Encoding, Ending, Solver, generate, kernels, rollout
from aiga.poet.walker.batch import Walkers, share
from aiga.poet.walker.geometry import pack
from aiga.poet.walker.patience import announced
from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.constants import GROUND
from aiga.poet.walker.traces import compact, trace_of, unpack
from aiga.poet.walker.vector_env import WalkerVectorEnv

FLAT = generate(Encoding(), 0)
HARD = generate(Encoding(2.0, (0.0, 0.8), (0.2, 0.6)), 1)


@pytest.fixture(scope="module")
def theta():
    return np.random.default_rng(0).normal(0, 0.1, (12, PARAMETERS)).astype(np.float32)


@pytest.fixture(scope="module")
def result(theta):
    return rollout(theta, [FLAT, HARD], np.arange(12) % 2, horizon=150, traced=True)


def test_returns_are_the_sums_of_rewards(result):
    for walker in range(12):
        trace = trace_of(result, walker)
        assert len(trace) == result.lengths[walker] + 1
        np.testing.assert_allclose(trace.rewards.sum(dtype=float), result.returns[walker], atol=1e-3)
        assert (trace.rewards[-1] == -100) == (result.endings[walker] == Ending.FELL)
        assert (trace.actions[0] == 0).all()
        assert (abs(trace.actions[1:]) <= 1).all()
        assert ((trace.lidar > 0) & (trace.lidar <= 1)).all()


def test_rewards_follow_the_formula(result):
    trace = trace_of(result, 0)
    place, angle = trace.pose[:, 0, 0].astype(float), trace.pose[:, 0, 2].astype(float)
    shaping = 130 * place / 30 - 5 * abs(angle)
    expected = np.diff(shaping) - 0.028 * abs(trace.actions[1:].astype(float)).sum(1)
    np.testing.assert_allclose(trace.rewards[1:-1], expected[:-1], atol=1e-5)


def test_an_outcome_depends_on_neither_company_nor_threads(theta, result):
    alone = rollout(theta[5:6], [HARD], [0], horizon=150)
    assert alone.returns[0] == result.returns[5]
    shared = rollout(np.tile(theta, (2, 1)), pack([FLAT, HARD]), np.arange(24) % 2, horizon=150, threads=3)
    np.testing.assert_array_equal(shared.returns, np.tile(result.returns, 2))


def test_a_shorter_horizon_is_the_same_beginning(theta, result):
    short = rollout(torch.from_numpy(theta), [FLAT, HARD], np.arange(12) % 2, horizon=20, traced=True)
    assert (short.lengths <= 20).all()
    np.testing.assert_array_equal(short.traces, result.traces[:, :21])
    assert (short.endings[short.lengths == 20] == Ending.TIME).all()


def test_the_start_stands_on_the_ground(result):
    trace = trace_of(result, 0)
    feet = np.concatenate([trace.corners(0)[2], trace.corners(0)[4]])
    assert abs(feet[:, 1].min() - GROUND) < 0.5
    first = trace.rays(0)[0]
    np.testing.assert_allclose(first[1, 1], GROUND, atol=1e-4)  # straight down


def test_fewer_rounds_are_marked_and_differ(theta, result):
    quick = Solver(8, 3)
    assert not quick.faithful
    assert "not the paper's physics" in str(quick)
    assert str(Solver()) == "180/60"
    other = rollout(theta, [FLAT, HARD], np.arange(12) % 2, horizon=150, solver=quick)
    assert (other.returns != result.returns).any()


def test_a_walker_pushed_to_the_end_arrives():
    near = rollout(np.zeros((1, PARAMETERS)), [FLAT], [0], horizon=3)
    assert near.endings[0] == Ending.TIME
    assert not near.arrived[0]
    assert not near.fell[0]


def test_bad_input_is_refused(theta):
    with pytest.raises(ValueError, match=r"theta has shape \(2803,\).*theta\[None\]"):
        rollout(theta[0, :-1], [FLAT], [0])
    with pytest.raises(ValueError, match=r"theta has shape \(1, 10\): expected \(walkers, 2804\)"):
        rollout(np.zeros((1, 10)), [FLAT], [0])
    spoilt = theta.copy()
    spoilt[3, 7] = np.nan
    with pytest.raises(ValueError, match="theta of walker 3 is not finite"):
        rollout(spoilt, [FLAT], [0] * 12)
    with pytest.raises(ValueError, match="expected 12 whole numbers"):
        rollout(theta, [FLAT], [0])
    with pytest.raises(ValueError, match=r"runs from 0 to 1: there are 1 course"):
        rollout(theta[:2], [FLAT], [0, 1])
    with pytest.raises(ValueError, match="unknown engine 'bullet': choose one of numba, box2d"):
        rollout(theta, [FLAT], [0] * 12, engine="bullet")
    with pytest.raises(ValueError, match="unknown lidar 'sonar': choose one of nearest, first"):
        rollout(theta, [FLAT], [0] * 12, lidar="sonar")
    with pytest.raises(ValueError, match="horizon=0"):
        rollout(theta, [FLAT], [0] * 12, horizon=0)
    with pytest.raises(ValueError, match="solver 0/60"):
        Solver(0)
    with pytest.raises(ValueError, match="threads=0"):
        rollout(theta, [FLAT], [0] * 12, threads=0)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_no_cuda_is_said(theta):
    with pytest.raises(RuntimeError, match="'cuda' is not present"):
        rollout(theta, [FLAT], [0] * 12, device="cuda")


def test_too_many_contacts_are_said():
    walkers = Walkers.none(3)
    walkers.check()
    walkers.ints[1, at.OVERFLOW] = 1
    with pytest.raises(RuntimeError, match="walker 1 met more than"):
        walkers.check()


def test_every_walker_gets_its_share():
    seen = np.zeros(21, dtype=int)

    def work(some):
        seen[some] += 1

    share(21, 4, work)
    assert (seen == 1).all()


class Uncompiled:
    signatures = ()


def test_who_waits_for_the_compiler_is_told(monkeypatch, capsys):
    monkeypatch.setenv("AIGA_PROGRESS", "on")
    with announced(Uncompiled, seconds=0.01):
        time.sleep(2)  # time enough for a thread on a busy machine
    assert "Compiling the walker's engine" in capsys.readouterr().err
    with announced(Uncompiled, seconds=5.0):
        pass
    monkeypatch.setenv("AIGA_PROGRESS", "off")
    with announced(Uncompiled, seconds=0.0):
        time.sleep(0.05)
    assert capsys.readouterr().err == ""


def test_the_vector_environment_is_the_rollout(theta, result):
    environment = WalkerVectorEnv([FLAT, HARD], np.arange(12) % 2, horizon=150)
    with pytest.raises(Exception, match="call reset"):
        environment.step(np.zeros((12, 4)))
    seen, _ = environment.reset()
    np.testing.assert_array_equal(seen, result.traces[:, 0, at.SEEN : at.DONE])
    alive = np.ones(12, dtype=bool)
    for step in range(1, 151):
        actions = result.traces[:, step, at.DONE : at.REWARD]
        seen, rewards, terminated, truncated, _ = environment.step(actions)
        np.testing.assert_array_equal(seen[alive], result.traces[alive, step, at.SEEN : at.DONE])
        np.testing.assert_allclose(rewards[alive], result.traces[alive, step, at.REWARD], rtol=1e-6)
        np.testing.assert_array_equal(terminated[alive], (result.fell & (result.lengths == step))[alive])
        assert (truncated[alive] == (step == 150)).all() or terminated.any()
        alive &= ~terminated
    with pytest.raises(ValueError, match=r"actions have shape \(12, 3\)"):
        environment.step(np.zeros((12, 3)))


def test_the_vector_environment_begins_anew():
    environment = WalkerVectorEnv([FLAT], [0, 0], horizon=2)
    first, _ = environment.reset()
    still = np.zeros((2, 4), dtype=np.float32)
    assert environment.observation_space.contains(first)
    assert not environment.step(still)[3].any()
    assert environment.step(still)[3].all()
    again, rewards, _, truncated, _ = environment.step(still)
    np.testing.assert_array_equal(again, first)
    assert (rewards == 0).all()
    assert not truncated.any()


def test_a_compact_trace_plays_the_same(result):
    trace = trace_of(result, 1)
    text = compact(trace, HARD, every=2)
    pose, lidar = unpack(text)
    np.testing.assert_allclose(pose, trace.pose[::2], atol=6e-4)
    np.testing.assert_allclose(lidar, trace.lidar[::2], atol=6e-4)
    with pytest.raises(ValueError, match="every=0"):
        compact(trace, HARD, every=0)
    with pytest.raises(ValueError, match="traced=True"):
        trace_of(rollout(np.zeros((1, PARAMETERS)), [FLAT], [0], horizon=1), 0)


def test_machine_code_belongs_to_the_present_text():
    none, world = Walkers.none(0), pack([FLAT])
    version = kernels.walk(
        none.floats, none.ints, none.sums, world.floats, world.ints, world.push, np.zeros(0, np.int32),
        np.zeros(0, np.int32), np.zeros((0, PARAMETERS), np.float32), np.zeros((0, 4), np.float32), np.zeros(0), 1,
        180, 60, True, np.zeros((0, 0, at.TRACE), np.float32),
    )  # fmt: skip
    assert version == kernels.digest()
