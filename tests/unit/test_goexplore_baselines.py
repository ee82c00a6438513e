"""The learners that Go-Explore is compared with."""

import numpy as np
import pytest

from aiga.envs.wings import Plan, Wings, plan
from aiga.goexplore.baselines import Learner, QLearning


def literal(drawn: Plan, learner: Learner, seed: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The same learner on the maze itself, in plain Python, with the same random numbers."""
    from aiga import seeding

    chance, world, cells = seeding.numpy_generator(seed, "q-learning"), Wings(drawn), drawn.kinds.size
    values, visits = np.zeros((2 * cells, 4)), np.zeros(2 * cells, dtype=np.int64)
    for _ in range(steps):
        state = world.taken * cells + world.cell
        best, ties = 0, 0
        for action in range(4):
            if values[state, action] > values[state, best]:
                best, ties = action, 1
            elif values[state, action] == values[state, best]:
                ties += 1
                best = action if chance.random() * ties < 1 else best
        action = int(chance.random() * 4) if chance.random() < learner.epsilon else best
        reward, over = world.step(action)
        after = world.taken * cells + world.cell
        visits[after] += 1
        if learner.bonus:
            reward += learner.bonus / visits[after] ** 0.5
        target = reward + (0 if over else learner.discount * values[after].max())
        values[state, action] += learner.rate * (target - values[state, action])
        if over:
            world.reset()
    return values, visits


@pytest.mark.parametrize("bonus", [0.0, 0.5])
def test_the_compiled_loop_is_q_learning_on_the_maze(bonus: float) -> None:
    drawn, learner = plan(2, 9), Learner(bonus=bonus, epsilon=0.3)
    compiled = QLearning(drawn, learner, seed=5)
    visited = compiled.advance(4000) + compiled.advance(2000)
    values, visits = literal(drawn, learner, 5, 6000)
    np.testing.assert_allclose(compiled.values, values, rtol=1e-12, atol=1e-12)
    assert np.array_equal(compiled.visits, visits)
    assert visited.sum() == 6000
    assert compiled.now[3] == 6000
    seen = np.flatnonzero(visits.reshape(2, -1).sum(0))
    assert set(np.flatnonzero(compiled.found >= 0)) == {*seen, drawn.start}
    assert 0 <= compiled.found.max() <= 6000


def test_an_easy_goal_is_found_and_then_visited_often() -> None:
    learner = QLearning(plan(1, 9), Learner(), seed=1)
    learner.advance(60_000)
    goal = learner.plan.goal
    assert 0 < learner.found[goal] < 60_000
    assert learner.advance(10_000)[goal] > 300  # ten steps away: at most 1,000 times


def test_a_learner_goes_on_from_what_was_saved() -> None:
    whole, first, second = (QLearning(plan(2, 9), Learner(bonus=1.0), seed) for seed in (3, 3, 4))
    whole.advance(500)
    first.advance(200)
    second.load_state_dict(first.state_dict())
    second.advance(300)
    assert np.array_equal(whole.values, second.values)
    assert np.array_equal(whole.visits, second.visits)
    assert np.array_equal(whole.found, second.found)
    assert np.array_equal(whole.now, second.now)
