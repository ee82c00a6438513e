"""The maze of two wings as PPO plays it: actions that stick, episodes that begin along demonstrations.

Shapes: ``B`` agents, ``D`` demonstrations of at most ``L`` actions, ``I`` numbers observed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from aiga.envs.wings import ACTIONS, GOAL_REWARD, LAVA, WALL, Plan, Walkers, Wings, unpack
from aiga.goexplore.curriculum import Curriculum, Starts
from aiga.goexplore.policies import Policy
from aiga.goexplore.ppo import Imitated, returns, sample


def sights(plan: Plan) -> Tensor:
    """What each cell looks like, ``(cells, rows + columns + 18)``.

    Its row and its column, one-hot, and where there are walls and lava in the 3x3 cells around it.
    """
    rows, columns = plan.shape
    row = torch.eye(rows).repeat_interleave(columns, 0)
    column = torch.eye(columns).repeat(rows, 1)
    framed = np.pad(plan.kinds, 1, constant_values=WALL)
    around = np.lib.stride_tricks.sliding_window_view(framed, (3, 3)).reshape(rows * columns, 9)
    seen = torch.as_tensor(np.concatenate([around == WALL, around == LAVA], 1)).float()
    return torch.cat([row, column, seen], 1)


def look(walkers: Walkers, seen: Tensor) -> Tensor:
    """What agents observe, ``(B, I)``: their cell, what they did last, and whether they have the decoy."""
    last = F.one_hot(walkers.previous, len(ACTIONS))
    return torch.cat([seen[walkers.cell], last, walkers.taken[:, None]], 1)


def inputs(plan: Plan) -> int:
    """How many numbers :func:`look` gives, ``I``."""
    return sum(plan.shape) + 18 + len(ACTIONS) + 1


@dataclass
class Recalled:
    """Demonstrations replayed: every state on the way, and what was still to be earned there."""

    states: Tensor  # (D + 1, L, 4), see aiga.envs.wings.unpack; the last is the plain beginning of an episode
    ahead: Tensor  # (D + 1, L), reward from there on; nothing equals the last row's
    lengths: Tensor  # (D,)
    imitated: Imitated


def recall(plan: Plan, demonstrations: Sequence[bytes], discount: float, device: torch.device | str) -> Recalled:
    """Replay demonstrations in the maze, without sticky actions.

    Args:
        plan: the maze.
        demonstrations: actions, one a byte.
        discount: for the returns that are imitated.
        device: where the result lives.

    Raises:
        ValueError: there is none, or one of them goes on after its episode's end.
    """
    if not demonstrations:
        raise ValueError("the backward algorithm needs a demonstration or more, got none")
    longest = max(map(len, demonstrations))
    states = torch.zeros(len(demonstrations) + 1, longest, 4, dtype=torch.long)
    rewards = torch.zeros(longest, len(demonstrations))
    for place, actions in enumerate(demonstrations):
        world, kept = Wings(plan), []
        for when, action in enumerate(actions):
            kept.append(world.clone())
            rewards[when, place], over = world.step(action)
            if over and when + 1 < len(actions):
                raise ValueError(
                    f"demonstration {place} ends after {when + 1} of its {len(actions)} actions: is it of this maze?"
                )
        states[place, : len(kept)] = unpack(kept)
    states[-1] = unpack([Wings(plan).clone()])
    ahead = torch.cat([returns(rewards, 1.0).T, torch.full((1, longest), torch.inf)])
    acts = torch.tensor([list(each.ljust(longest, b"\0")) for each in demonstrations]).T  # (L, D)
    shown = Walkers(plan, len(demonstrations) * longest)
    shown.place(torch.ones(len(demonstrations) * longest, dtype=torch.bool), states[:-1].flatten(0, 1))
    observed = look(shown, sights(plan)).view(len(demonstrations), longest, -1).transpose(0, 1)
    lengths = torch.tensor([len(each) for each in demonstrations])
    parts = (each.to(device) for each in (observed, acts, returns(rewards, discount), lengths))
    return Recalled(states.to(device), ahead.to(device), lengths.to(device), Imitated(*parts))


class MazeFromDemonstrations:
    """``B`` agents whose episodes begin where the curriculum says (a :class:`aiga.goexplore.ppo.VectorWorld`).

    An episode is over at its natural end, when it has brought as much as the demonstration, or when it takes too long.

    Args:
        plan: the maze.
        recalled: the demonstrations.
        curriculum: where to begin.
        batch: ``B``.
        sticky: probability that an action is not heard and the previous one is done again.
        generator: of what sticks, on the device of the demonstrations.
    """

    def __init__(
        self,
        plan: Plan,
        recalled: Recalled,
        curriculum: Curriculum,
        batch: int,
        sticky: float,
        generator: torch.Generator,
    ) -> None:
        place = recalled.lengths.device
        self.walkers, self.recalled, self.curriculum = Walkers(plan, batch, place), recalled, curriculum
        self.sticky, self.generator = sticky, generator
        self._seen = sights(plan).to(place)
        self.earned = torch.zeros(batch, device=place)
        self.age = torch.zeros(batch, dtype=torch.long, device=place)
        self.limit = torch.zeros_like(self.age)
        self.starts = Starts(torch.zeros_like(self.age), torch.zeros_like(self.age))
        self._begin(torch.ones(batch, dtype=torch.bool, device=place))

    def observe(self) -> Tensor:
        """See :class:`aiga.goexplore.ppo.VectorWorld`."""
        return look(self.walkers, self._seen)

    def step(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """See :class:`aiga.goexplore.ppo.VectorWorld`."""
        chance = torch.rand(action.shape, generator=self.generator, device=action.device)
        reward, over = self.walkers.step(action, chance < self.sticky)
        self.earned = self.earned + reward
        self.age = self.age + 1
        success = self.earned >= self.recalled.ahead[self.starts] - 1e-4
        over = over | success | (self.age >= self.limit)
        self.curriculum.judge(self.starts, success, over, self.age)
        self._begin(over)
        return reward, over

    def _begin(self, who: Tensor) -> None:
        drawn = self.curriculum.draw(len(who))
        self.starts = Starts(*(torch.where(who, new, old) for new, old in zip(drawn, self.starts, strict=True)))
        self.limit = self.curriculum.limits(self.starts, self.walkers.plan.steps)
        self.earned, self.age = self.earned * ~who, self.age * ~who
        self.walkers.place(who, self.recalled.states[drawn])


@torch.no_grad()
def evaluate(policy: Policy, plan: Plan, *, episodes: int, sticky: float, generator: torch.Generator) -> Tensor:
    """Whether a policy reaches the goal, in fresh episodes from the beginning, ``(episodes,)`` of bool.

    Args:
        policy: acts by its probabilities.
        plan: the maze.
        episodes: how many, side by side.
        sticky: probability that an action sticks.
        generator: of actions and of what sticks, on the policy's device.
    """
    place = generator.device
    walkers, seen = Walkers(plan, episodes, place), sights(plan).to(place)
    memory = torch.zeros(episodes, policy.memory, device=place)
    fresh = torch.ones(episodes, dtype=torch.bool, device=place)
    reached, over = torch.zeros_like(fresh), torch.zeros_like(fresh)
    for _ in range(plan.steps):
        logits, _, memory = policy(look(walkers, seen)[None], memory, fresh[None])
        stuck = torch.rand(episodes, generator=generator, device=place) < sticky
        reward, ended = walkers.step(sample(logits[0], generator)[0], stuck)
        reached |= (reward >= GOAL_REWARD) & ~over
        over |= ended
        fresh = torch.zeros_like(fresh)
        if bool(over.all()):
            break
    return reached


def replay(plan: Plan, actions: bytes, *, episodes: int, sticky: float, generator: torch.Generator) -> Tensor:
    """Whether a demonstration's actions reach the goal where actions stick, ``(episodes,)`` of bool."""
    place = generator.device
    walkers = Walkers(plan, episodes, place)
    reached = torch.zeros(episodes, dtype=torch.bool, device=place)
    over = torch.zeros_like(reached)
    for action in actions:
        stuck = torch.rand(episodes, generator=generator, device=place) < sticky
        reward, ended = walkers.step(torch.full_like(walkers.cell, action), stuck)
        reached |= (reward >= GOAL_REWARD) & ~over
        over |= ended
    return reached
