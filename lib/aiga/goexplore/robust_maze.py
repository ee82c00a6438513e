"""The maze of two wings as PPO plays it: actions that stick, episodes that begin along demonstrations.

Shapes: ``B`` agents, ``D`` demonstrations of at most ``L`` actions, ``I`` numbers observed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from aiga.envs.wings import ACTIONS, GOAL_REWARD, LAVA, WALL, Plan, Walkers, Wings, unpack
from aiga.goexplore.curriculum import Curriculum, Starts
from aiga.goexplore.episodes import FromDemonstrations, Recalled
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
class RecalledInMaze(Recalled):
    """Demonstrations with every state on the way."""

    states: Tensor  # (D + 1, L, 4), see aiga.envs.wings.unpack; the last is the plain beginning of an episode


def recall(plan: Plan, demonstrations: Sequence[bytes], discount: float, device: torch.device | str) -> RecalledInMaze:
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
    return RecalledInMaze(ahead.to(device), lengths.to(device), Imitated(*parts), states.to(device))


class MazeFromDemonstrations(FromDemonstrations):
    """``B`` agents in mazes, whose actions stick now and then.

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
        recalled: RecalledInMaze,
        curriculum: Curriculum,
        batch: int,
        sticky: float,
        generator: torch.Generator,
    ) -> None:
        device = recalled.lengths.device
        self.walkers, self.sticky, self.generator = Walkers(plan, batch, device), sticky, generator
        self._states, self._seen = recalled.states, sights(plan).to(device)
        super().__init__(recalled, curriculum, batch, plan.steps)

    def observe(self) -> Tensor:
        """What the agents see, ``(B, I)``."""
        return look(self.walkers, self._seen)

    def act(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """See :class:`aiga.goexplore.episodes.FromDemonstrations`."""
        chance = torch.rand(action.shape, generator=self.generator, device=action.device)
        return self.walkers.step(action, chance < self.sticky)

    def place(self, who: Tensor, starts: Starts) -> None:
        """See :class:`aiga.goexplore.episodes.FromDemonstrations`."""
        self.walkers.place(who, self._states[starts])

    def state_dict(self) -> dict[str, Any]:
        """Everything that changes."""
        return {
            **super().state_dict(),
            "walkers": self.walkers.state,
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        super().load_state_dict(state)
        everybody = torch.ones_like(self.walkers.taken)
        self.walkers.place(everybody, state["walkers"].to(everybody.device))
        self.generator.set_state(state["generator"].cpu())


@dataclass
class Played:
    """Episodes from the beginning."""

    reached: Tensor  # (episodes,), whether the goal was reached
    cells: Tensor  # (T + 1, episodes), where the agents were; after an episode's end, where it ended


@torch.no_grad()
def play(policy: Policy | bytes, plan: Plan, *, episodes: int, sticky: float, generator: torch.Generator) -> Played:
    """Play fresh episodes from the beginning.

    Args:
        policy: acts by its probabilities; or the actions of a demonstration, which are simply repeated.
        plan: the maze.
        episodes: how many, side by side.
        sticky: probability that an action is not heard and the previous one is done again.
        generator: of actions and of what sticks, on the policy's device.
    """
    device = generator.device
    walkers, seen = Walkers(plan, episodes, device), sights(plan).to(device)
    memory = torch.zeros(episodes, 0 if isinstance(policy, bytes) else policy.memory, device=device)
    fresh = torch.zeros(1, episodes, dtype=torch.bool, device=device)
    reached, over = torch.zeros_like(fresh[0]), torch.zeros_like(fresh[0])
    cells = [walkers.cell]
    for when in range(len(policy) if isinstance(policy, bytes) else plan.steps):
        if isinstance(policy, bytes):
            action = torch.full_like(walkers.cell, policy[when])
        else:
            logits, _, memory = policy(look(walkers, seen)[None], memory, fresh)
            action = sample(logits[0], generator)[0]
        stuck = torch.rand(episodes, generator=generator, device=device) < sticky
        reward, ended = walkers.step(action, stuck)
        reached |= (reward >= GOAL_REWARD) & ~over
        cells.append(torch.where(over, cells[-1], walkers.cell))
        over |= ended
        if bool(over.all()):
            break
    return Played(reached, torch.stack(cells))
