"""A pole on a cart, to be kept upright by pushing the cart left or right: many carts side by side.

The equations of Barto, Sutton & Anderson (1983) in the form and with the constants of Gymnasium's ``CartPole-v1``
(``gymnasium/envs/classic_control/cartpole.py``); in float64 the two differ by round-off only. A cart earns 1 for each
step, the last one included; it has fallen when the pole leans by more than 12 degrees or the cart is more than 2.4 m
away from the middle.

Shapes: ``S`` seeds side by side, ``N`` carts each; a state is position (m), velocity (m/s), angle (rad), angular
velocity (rad/s).
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

GRAVITY, CART, POLE, HALF_LENGTH, FORCE, SECONDS = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
"""m/s^2, kg, kg, m, N, and s a step."""
FARTHEST, STEEPEST = 2.4, 12 * 2 * math.pi / 360
"""How far from the middle, in m, and how far from upright, in rad, a cart may go."""
ACTIONS = 2
"""0 pushes to the left, 1 to the right."""
LONGEST = 500
"""Steps after which ``CartPole-v1`` ends an episode."""


def push(state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
    """One step of the equations of motion (Euler).

    Args:
        state: ``(..., 4)``.
        action: ``(...)``, 0 or 1.

    Returns:
        The next state, ``(..., 4)``, and whether it is outside of the limits, ``(...)``.
    """
    _, velocity, angle, spin = state.unbind(-1)
    force = (2 * action - 1).to(state.dtype) * FORCE
    cosine, sine, mass = angle.cos(), angle.sin(), CART + POLE
    pushed = (force + POLE * HALF_LENGTH * spin.square() * sine) / mass
    turning = (GRAVITY * sine - cosine * pushed) / (HALF_LENGTH * (4 / 3 - POLE * cosine.square() / mass))
    moving = pushed - POLE * HALF_LENGTH * turning * cosine / mass
    after = state + SECONDS * torch.stack([velocity, moving, spin, turning], -1)
    return after, (after[..., 0].abs() > FARTHEST) | (after[..., 2].abs() > STEEPEST)


class CartPoles:
    """``S x N`` episodes, each from a start of its own; a cart that has fallen stays where it fell and earns nothing.

    All chance is drawn when the episodes begin, from one generator a seed: a seed's carts do not depend on its
    neighbours.

    Args:
        generators: one a seed, on the device where the carts are to live.
        carts: number of carts a seed, ``N``.
        dtype: of the states.

    Attributes:
        state: where they are now, ``(S, N, 4)``; at first each number is uniform in [-0.05, 0.05].
        upright: which have not fallen, ``(S, N)``.
    """

    def __init__(
        self, generators: Sequence[torch.Generator], carts: int, *, dtype: torch.dtype = torch.float32
    ) -> None:
        drawn = [torch.rand(carts, 4, generator=each, device=each.device, dtype=dtype) for each in generators]
        self.state = 0.1 * torch.stack(drawn) - 0.05
        self.upright = torch.ones(self.state.shape[:-1], dtype=torch.bool, device=self.state.device)

    def step(self, action: Tensor) -> Tensor:
        """Push every cart that has not fallen.

        Args:
            action: ``(S, N)``, 0 or 1.

        Returns:
            Reward, ``(S, N)``: 1 for each cart that was upright before this step.
        """
        after, fallen = push(self.state, action)
        reward = self.upright.to(self.state.dtype)
        self.state = torch.where(self.upright[..., None], after, self.state)
        self.upright = self.upright & ~fallen
        return reward


def balance(prefer: Callable[[NDArray[Any]], int], *, seed: int, longest: int = LONGEST) -> int:
    """How long one pole stays up in Gymnasium's own ``CartPole-v1``.

    Args:
        prefer: the state, ``(4,)``, in; the action out.
        seed: Gymnasium's, which decides the start.
        longest: stop after so many steps.

    Returns:
        Steps, the last one included.
    """
    import gymnasium  # takes a moment, and only this function needs it

    world = gymnasium.make("CartPole-v1", max_episode_steps=longest)
    seen, _ = world.reset(seed=seed)
    ended, steps = False, 0
    while not ended:
        seen, _, fallen, late, _ = world.step(prefer(seen))
        ended, steps = fallen or late, steps + 1
    return steps
