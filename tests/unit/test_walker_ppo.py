"""The teacher: advantages, the policy's numbers in the engine's order, and that lessons are repeatable."""

import numpy as np
import pytest
import torch

from aiga import seeding
from aiga.poet.walker import PARAMETERS, Encoding, Solver, generate, rollout
from aiga.poet.walker.lessons import LESSONS, main
from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.ppo import Policy, Settings, advantages, log_probability, teach

FLAT = generate(Encoding(), 0)
SMALL = Settings(walkers=4, steps=16, batch=32, epochs=2)


def test_advantages_are_discounted_sums_of_errors():
    stream = torch.Generator().manual_seed(0)
    rewards, values, following = (torch.randn(7, 2, generator=stream) for _ in range(3))
    cut = torch.zeros(7, 2)
    cut[3, 1] = 1
    ended = cut.clone()
    result = advantages(rewards, values, following, ended, cut, 0.9, 0.8)
    errors = rewards + 0.9 * following * (1 - ended) - values
    expected = sum(0.72**k * errors[k, 0] for k in range(7))
    torch.testing.assert_close(result[0, 0], expected)
    torch.testing.assert_close(result[3, 1], errors[3, 1])
    torch.testing.assert_close(result[2, 1], errors[2, 1] + 0.72 * errors[3, 1])


def test_an_episode_that_is_cut_but_not_ended_counts_what_would_follow():
    one = torch.ones(1, 1)
    assert advantages(one, one, 3 * one, 0 * one, one, 0.5, 0.9) == 1.5
    assert advantages(one, one, 3 * one, one, one, 0.5, 0.9) == 0.0


def test_the_density_is_a_normal_density():
    spread = torch.tensor([0.1, -0.3, 0.0, 0.5])
    actions, mean = torch.tensor([[0.3, -0.2, 1.0, 0.0]]), torch.tensor([[0.1, 0.2, 0.5, -0.5]])
    expected = torch.distributions.Normal(mean, spread.exp()).log_prob(actions).sum(-1)
    torch.testing.assert_close(log_probability(actions, mean, spread), expected)


def test_the_engine_acts_as_the_policy_does():
    policy = Policy(seeding.generator(3, "init"), 0.5)
    theta = policy.theta()
    assert theta.shape == (PARAMETERS,)
    trace = rollout(theta[None], [FLAT], [0], horizon=6, traced=True).traces[0]
    with torch.no_grad():
        expected = policy.mean(torch.from_numpy(trace[:6, at.SEEN : at.DONE]))
    np.testing.assert_allclose(trace[1:7, at.DONE : at.REWARD], expected, atol=1e-5)
    other = Policy(seeding.generator(4, "init"), 0.5)
    other.take(theta)
    np.testing.assert_array_equal(other.theta(), theta)


def test_lessons_are_repeatable_and_change_the_walker():
    def lesson(seed):
        return teach([FLAT], steps=128, seed=seed, settings=SMALL, solver=Solver(20, 8)).theta()

    np.testing.assert_array_equal(lesson(0), lesson(0))
    assert (lesson(0) != Policy(seeding.generator(0, "init"), SMALL.noise).theta()).any()
    assert (lesson(0) != lesson(1)).any()


def test_a_report_can_end_a_lesson():
    seen = []

    def report(steps, score):
        seen.append((steps, score))
        return True

    teach([FLAT], steps=10_000, seed=0, settings=SMALL, solver=Solver(20, 8), report=report)
    assert [steps for steps, _ in seen] == [64]
    assert np.isfinite(seen[0][1])


def test_lessons_build_on_each_other_and_unknown_ones_are_refused():
    for lesson in LESSONS.values():
        assert lesson.after is None or lesson.after in LESSONS
        assert lesson.stages[-1].solver.faithful
    with pytest.raises(SystemExit, match="unknown walker 'nobody'"):
        main(["nobody"])
