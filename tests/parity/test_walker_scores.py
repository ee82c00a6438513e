"""Whole episodes against a loop that shares nothing with the engine but the course: NumPy policy, Box2D, ray casts.

A policy in double precision and one in single part after a while, because contacts are chaotic; so distributions are
compared, as POET's decisions see them.
"""

import itertools

import numpy as np
import pytest
from scipy.stats import ks_2samp, spearmanr

from aiga.poet.walker import PARAMETERS, Encoding, Ending, generate, rollout, weights

pytest.importorskip("Box2D")
from aiga.poet.walker.bench import literal_episode, literal_policy

COURSES = [
    generate(encoding, seed)
    for encoding in (Encoding(), Encoding(2.0), Encoding(0.6, (0.0, 0.8), (0.0, 0.4)), Encoding(1.0, (1.0, 2.0)))
    for seed in (1, 2)
]
HORIZON = 300


def both(theta):
    """Returns, falls: ours and the literal loop's."""
    theta = theta.astype(np.float32)
    which = np.arange(len(theta)) % len(COURSES)
    ours = rollout(theta, COURSES, which, horizon=HORIZON)
    theirs = [
        literal_episode(parameters, COURSES[course], horizon=HORIZON, lidar="nearest")
        for parameters, course in zip(theta, which, strict=True)
    ]
    scores, _, endings = (np.array(column) for column in zip(*theirs, strict=True))
    return ours.returns, scores, ours.fell, endings == Ending.FELL


def test_the_literal_policy_is_the_engines():
    theta = np.random.default_rng(0).normal(0, 0.3, (1, PARAMETERS)).astype(np.float32)
    traced = rollout(theta, COURSES[:1], [0], horizon=5, traced=True).traces[0]
    for row, following in itertools.pairwise(traced):
        np.testing.assert_allclose(literal_policy(theta[0])(row[15:39].astype(float)), following[39:43], atol=1e-5)


@pytest.mark.slow
def test_scores_are_distributed_as_box2ds():
    random, taught = np.random.default_rng(0), weights.walker("walker_flat")
    parts = [
        both(random.normal(0, 0.1, (120, PARAMETERS))),
        both(random.normal(0, 0.3, (120, PARAMETERS))),
        both(taught + random.normal(0, 0.05, (160, PARAMETERS))),
        both(taught + random.normal(0, 0.01, (160, PARAMETERS))),
    ]
    ours, theirs, fell, fell_there = (np.concatenate(column) for column in zip(*parts, strict=True))
    assert ks_2samp(ours, theirs).pvalue > 0.01
    assert spearmanr(ours, theirs).statistic > 0.85
    assert abs(fell.mean() - fell_there.mean()) < 0.03
    error = np.sqrt((ours.var() + theirs.var()) / len(ours))
    assert abs(ours.mean() - theirs.mean()) < 2 * error
    for bound in (-100.0, -90.0, -20.0, 0.0):  # a minimal criterion's verdict
        assert ((ours > bound) == (theirs > bound)).mean() > 0.95
