"""The cart-poles: Gymnasium's, step by step, and batches that do not touch each other."""

import gymnasium
import pytest
import torch
from torch import Tensor

from aiga import seeding
from aiga.envs import cart_pole
from aiga.envs.cart_pole import CartPoles


def carts(number: int = 5, seeds: tuple[int, ...] = (0,)) -> CartPoles:
    return CartPoles([seeding.generator(seed, "carts") for seed in seeds], number, dtype=torch.float64)


def steady(state: Tensor) -> Tensor:
    """A hand-made rule that keeps the pole up and the cart near the middle."""
    return (state @ torch.tensor([0.04, 0.12, 1.0, 0.5], dtype=state.dtype) > 0).long()


@pytest.mark.parametrize("seed", range(4))
def test_a_balanced_episode_of_500_steps_is_gymnasiums(seed: int) -> None:
    world = gymnasium.make("CartPole-v1")
    world.reset(seed=seed)
    state = torch.tensor(world.unwrapped.state, dtype=torch.float64)  # type: ignore[attr-defined]
    for step in range(1, cart_pole.LONGEST + 1):
        action = steady(state)
        state, fallen = cart_pole.push(state, action)
        _, reward, ended, truncated, _ = world.step(int(action))
        theirs = torch.tensor(world.unwrapped.state, dtype=torch.float64)  # type: ignore[attr-defined]
        torch.testing.assert_close(state, theirs, rtol=0, atol=1e-9)
        assert (reward, bool(fallen), truncated) == (1.0, ended, step == cart_pole.LONGEST)
    assert not fallen


@pytest.mark.parametrize(("aim", "how"), [(None, "pole"), (3.0, "track"), (-3.0, "track")])
def test_falls_come_at_the_same_step_as_in_gymnasium(aim: float | None, how: str) -> None:
    """Random pushes make poles fall; who holds the pole and aims at a place off the track leaves it upright."""
    source = seeding.generator(1, "pushes")
    for seed in range(10):
        mine, world = carts(1, (seed,)), gymnasium.make("CartPole-v1").unwrapped
        world.reset(seed=0)
        world.state = mine.state[0, 0].numpy().copy()  # type: ignore[attr-defined]
        ended, steps = False, 0
        while not ended and steps < 2000:
            if aim is None:
                action = torch.randint(2, (1, 1), generator=source)
            else:
                action = steady(mine.state - torch.tensor([aim, 0, 0, 0], dtype=torch.float64))
            assert mine.step(action).item() == 1
            _, _, ended, _, _ = world.step(int(action))
            theirs = torch.tensor(world.state, dtype=torch.float64)  # type: ignore[attr-defined]
            torch.testing.assert_close(mine.state[0, 0], theirs, rtol=0, atol=1e-9)
            assert bool(mine.upright) != ended
            steps += 1
        assert ended
        position = float(mine.state[0, 0, 0])
        assert how == ("track" if abs(position) > cart_pole.FARTHEST else "pole")
        fallen = mine.state.clone()
        assert mine.step(torch.ones(1, 1, dtype=torch.long)).item() == 0
        assert torch.equal(mine.state, fallen)


def test_starts_are_gymnasiums_and_a_seeds_own() -> None:
    several = carts(2000, (3, 4))
    assert several.state.shape == (2, 2000, 4)
    assert -0.05 <= float(several.state.min()) < -0.0499
    assert 0.0499 < float(several.state.max()) <= 0.05
    assert torch.equal(several.state[1], carts(2000, (4,)).state[0])
    assert not torch.equal(several.state[0], several.state[1])
    both = [carts(7, (3, 4)), carts(7, (4,))]
    for _ in range(20):
        for each in both:
            each.step(steady(each.state))
    assert torch.equal(both[0].state[1], both[1].state[0])
