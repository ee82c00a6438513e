"""Atari games as PPO plays them: small pictures or the RAM, sticky actions, episodes along demonstrations.

Actions stick frame by frame, as in the original (``wrappers.py`` lines 616-628, within the wrapper that skips frames).
All chance is drawn here and none by the emulator, so that a run that was stopped goes on as if it had not been.

Shapes: ``B`` emulators, ``D`` demonstrations of at most ``L`` actions; ``...`` is ``(4, 84, 84)`` for the last four
pictures, or ``(1, 128)`` for the bytes of RAM.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aiga.goexplore.cells import Pixels
from aiga.goexplore.curriculum import Curriculum, Starts
from aiga.goexplore.emulator import Atari, Emulator
from aiga.goexplore.episodes import FromDemonstrations, Recalled
from aiga.goexplore.policies import Policy
from aiga.goexplore.ppo import Imitated, returns, sample

SIDE, STACK, SKIP = 84, 4, 4
_SMALL = Pixels(SIDE, SIDE, 255)
Bytes = NDArray[np.uint8]
Sight = Literal["pixels", "ram"]
"""What a policy sees: the last pictures, as in the papers; or RAM, which is far cheaper to learn from."""
SHAPES: dict[Sight, tuple[int, ...]] = {"pixels": (STACK, SIDE, SIDE), "ram": (1, 128)}


class Game:
    """One emulator that is stepped frame by frame, with what was seen after the last steps.

    Args:
        kind: the game; its own stickiness and frame skip do not count.
        sight: what is seen.
    """

    def __init__(self, kind: Atari, sight: Sight = "pixels") -> None:
        self.emulator: Emulator = replace(kind, frame_skip=1, sticky=0.0)()
        self.sight = sight
        self.seen: Bytes = np.zeros(SHAPES[sight], np.uint8)
        self.previous = 0
        self.begin()

    def begin(self) -> None:
        """Begin an episode."""
        self.emulator.reset()
        self.previous = 0
        self.seen[:] = self._look()

    def step(self, action: int, stuck: Sequence[bool] = (False,) * SKIP) -> tuple[float, bool]:
        """Act for :data:`SKIP` frames; in each the new action is heard, or not.

        Returns:
            Reward, and whether a life or the game is lost.
        """
        earned, over = 0.0, False
        for held in stuck:
            self.previous = self.previous if held else action
            reward, done, lost = self.emulator.step(self.previous)
            earned, over = earned + reward, over or done or lost
        self.seen[:-1] = self.seen[1:]
        self.seen[-1] = self._look()
        return earned, over

    def wait(self, steps: int) -> None:
        """Do nothing for so many steps."""
        for _ in range(steps):
            self.step(0)

    def _look(self) -> Bytes:
        return self.emulator.ram if self.sight == "ram" else _SMALL.of(self.emulator.grey)

    @property
    def state(self) -> tuple[bytes, Bytes, int]:
        """All that there is to save."""
        return self.emulator.clone(), self.seen.copy(), self.previous

    def restore(self, state: tuple[bytes, Bytes, int]) -> None:
        """Go back to a saved state."""
        self.emulator.restore(state[0])
        self.seen[:] = state[1]
        self.previous = state[2]


@dataclass
class RecalledInGame(Recalled):
    """Demonstrations with every state on the way."""

    states: list[list[tuple[bytes, Bytes, int]]]
    """``D + 1`` lists; the last is the plain beginning of an episode."""
    scale: float
    """Rewards are divided by it: the highest score of a demonstration, or 1 where all are 0."""


def recall(
    kind: Atari, demonstrations: Sequence[bytes], discount: float, device: torch.device | str, sight: Sight = "pixels"
) -> RecalledInGame:
    """Replay demonstrations in the game, without sticky actions.

    Args:
        kind: the game.
        demonstrations: actions, one a byte.
        discount: for the returns that are imitated.
        device: where returns and what is seen live; states stay with the emulators.
        sight: what is seen.

    Raises:
        ValueError: there is none, or one without actions.
    """
    if not demonstrations or not all(demonstrations):
        raise ValueError("the backward algorithm needs a demonstration or more, each of an action or more")
    game, longest, count = Game(kind, sight), max(map(len, demonstrations)), len(demonstrations)
    rewards = torch.zeros(longest, count)
    seen = torch.zeros(longest, count, *SHAPES[sight], dtype=torch.uint8)
    states = []
    for place, actions in enumerate(demonstrations):
        game.begin()
        kept = []
        for when, action in enumerate(actions):
            kept.append(game.state)
            seen[when, place] = torch.from_numpy(kept[-1][1])
            rewards[when, place] = game.step(action)[0]
        states.append(kept)
    game.begin()
    scale = float(rewards.sum(0).max()) or 1.0
    rewards = rewards / abs(scale)
    ahead = torch.cat([returns(rewards, 1.0).T, torch.full((1, longest), torch.inf)])
    acts = torch.tensor([list(each.ljust(longest, b"\0")) for each in demonstrations]).T  # (L, D)
    lengths = torch.tensor([len(each) for each in demonstrations])
    parts = (each.to(device) for each in (seen, acts, returns(rewards, discount), lengths))
    return RecalledInGame(ahead.to(device), lengths.to(device), Imitated(*parts), [*states, [game.state]], abs(scale))


class GamesFromDemonstrations(FromDemonstrations):
    """``B`` emulators; losing a life ends an episode.

    Args:
        kind: the game.
        recalled: the demonstrations.
        curriculum: where to begin.
        batch: ``B``.
        sticky: probability, for each frame, that the new action is not heard.
        generator: of what sticks, on the CPU.
        most: agent steps that an episode from the plain beginning may take.
        no_ops: most idle steps before an episode from the plain beginning, as in a test (:func:`play`).
        threads: emulators that run at the same time.
        sight: what is seen.
    """

    def __init__(
        self,
        kind: Atari,
        recalled: RecalledInGame,
        curriculum: Curriculum,
        batch: int,
        sticky: float,
        generator: torch.Generator,
        *,
        most: int,
        no_ops: int = 0,
        threads: int = 1,
        sight: Sight = "pixels",
    ) -> None:
        self.games = [Game(kind, sight) for _ in range(batch)]
        self.sticky, self.generator, self.no_ops = sticky, generator, no_ops
        self._states, self._scale = recalled.states, recalled.scale
        self._map = map if threads == 1 else ThreadPoolExecutor(threads).map
        super().__init__(recalled, curriculum, batch, most)

    def observe(self) -> Tensor:
        """What is seen, ``(B, ...)`` of bytes."""
        return torch.from_numpy(np.stack([each.seen for each in self.games])).to(self.age.device)

    def act(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """See :class:`aiga.goexplore.episodes.FromDemonstrations`."""
        stuck = torch.rand(len(self.games), SKIP, generator=self.generator) < self.sticky
        done = list(self._map(Game.step, self.games, action.tolist(), stuck.tolist()))
        rewards, over = zip(*done, strict=True)
        device = self.age.device
        return torch.tensor(rewards, device=device) / self._scale, torch.tensor(over, device=device)

    def place(self, who: Tensor, starts: Starts) -> None:
        """See :class:`aiga.goexplore.episodes.FromDemonstrations`."""
        plain = len(self._states) - 1
        idle = torch.randint(self.no_ops + 1, (len(self.games),), generator=self.generator).tolist()
        columns = (who.tolist(), *(each.tolist() for each in starts), idle)
        for game, marked, which, at, count in zip(self.games, *columns, strict=True):
            if marked:
                game.restore(self._states[which][at])
                game.wait(count if which == plain else 0)

    def state_dict(self) -> dict[str, Any]:
        """Everything that changes."""
        states, seen, previous = zip(*(each.state for each in self.games), strict=True)
        return {
            **super().state_dict(),
            "states": list(states),
            "seen": torch.from_numpy(np.stack(seen)),
            "previous": list(previous),
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        super().load_state_dict(state)
        saved = zip(self.games, state["states"], state["seen"].numpy(), state["previous"], strict=True)
        for game, *each in saved:
            game.restore((each[0], each[1], each[2]))
        self.generator.set_state(state["generator"].cpu())


@torch.no_grad()
def play(
    policy: Policy | bytes,
    kind: Atari,
    *,
    episodes: int,
    sticky: float,
    no_ops: int,
    most: int,
    generator: torch.Generator,
    sight: Sight = "pixels",
) -> Tensor:
    """Scores of fresh episodes under sticky actions, after up to ``no_ops`` idle steps, ``(episodes,)``.

    An episode is over when a life is lost, or after ``most`` steps.

    Args:
        policy: acts by its probabilities; or the actions of a demonstration, which are simply repeated.
        kind: the game.
        episodes: how many, side by side.
        sticky: probability, for each frame, that the new action is not heard.
        no_ops: most idle steps at the beginning.
        most: agent steps that an episode may take.
        generator: of all chance there is, on the policy's device.
        sight: what the policy sees.
    """
    device = generator.device
    games = [Game(kind, sight) for _ in range(episodes)]
    idle = torch.randint(no_ops + 1, (episodes,), generator=generator, device=device).tolist()
    for game, count in zip(games, idle, strict=True):
        game.wait(count)
    memory = torch.zeros(episodes, 0 if isinstance(policy, bytes) else policy.memory, device=device)
    fresh = torch.zeros(1, episodes, dtype=torch.bool, device=device)
    scores, over = torch.zeros(episodes), torch.zeros(episodes, dtype=torch.bool)
    for when in range(min(most, len(policy)) if isinstance(policy, bytes) else most):
        if isinstance(policy, bytes):
            actions = [policy[when]] * episodes
        else:
            seen = torch.from_numpy(np.stack([each.seen for each in games])).to(device)
            logits, _, memory = policy(seen[None], memory, fresh)
            actions = sample(logits[0], generator)[0].tolist()
        stuck = (torch.rand(episodes, SKIP, generator=generator, device=device) < sticky).tolist()
        for place in (~over).nonzero().flatten().tolist():
            reward, ended = games[place].step(actions[place], stuck[place])
            scores[place] += reward
            over[place] = ended
        if bool(over.all()):
            break
    return scores
