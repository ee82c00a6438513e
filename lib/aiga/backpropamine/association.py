"""The cue trials as a network sees them: numbers in, reward out."""

import torch
from torch import Tensor

from aiga.envs.cues import CueTrials

ACTIONS = 2  # the target was not among the cues, it was
EXTRAS = 1 + 4 + ACTIONS  # inputs besides the cue: Go; bias, time, previous reward, an empty one; previous action


class Association:
    """Episodes of cue trials; remembers what happened (``sr/srbatch.py`` lines 265-346).

    Args:
        trials: the timetable.
    """

    def __init__(self, trials: CueTrials) -> None:
        self.trials = trials
        bits, go = trials.bits, trials.go
        seen = torch.zeros(*go.shape, bits + EXTRAS, device=go.device)
        seen[..., :bits] = trials.patterns
        seen[..., bits] = go
        seen[..., bits + 1] = 1.0
        seen[..., bits + 2] = torch.arange(trials.steps, device=go.device)[:, None, None] / trials.steps
        self._prepared = seen  # (T, S, B, I), all but the previous reward and action
        self._worth = go * 1.0  # (T, S, B)
        self.seen: list[Tensor] = []  # the inputs so far, (S, B, I)
        self.actions: list[Tensor] = []
        self.rewards: list[Tensor] = []

    def observe(self) -> Tensor:
        """What the networks see now, ``(S, B, I)``: 27 numbers with cues of 20 bits."""
        inputs = self._prepared[len(self.rewards)]
        if self.rewards:
            inputs[..., self.trials.bits + 3] = self.rewards[-1]
            inputs[..., -ACTIONS:].scatter_(-1, self.actions[-1][..., None], 1.0)
        self.seen.append(inputs)
        return inputs

    def act(self, action: Tensor) -> Tensor:
        """Answer; counts at a Go step only. The reward, ``(S, B)``."""
        now = len(self.rewards)
        self.actions.append(action)
        self.rewards.append(self._worth[now] * (2.0 * (action == self.trials.answer[now]) - 1))
        return self.rewards[-1]

    def accuracy(self, among: Tensor) -> Tensor:
        """Right answers at those Go steps, as a fraction for each seed, ``(S,)``; ``among`` is bool, ``(T, S, B)``."""
        chosen = self.trials.go & among
        right = torch.stack(self.rewards) > 0
        return (right & chosen).sum((0, 2)) / chosen.sum((0, 2)).clamp_min(1)

    def late_accuracy(self) -> Tensor:
        """Right answers in the last third of the episode, ``(S,)``."""
        late = torch.zeros_like(self.trials.go)
        late[-(-2 * len(late) // 3) :] = True
        return self.accuracy(late)

    def accuracy_by_trial(self) -> Tensor:
        """Right answers in each trial that all episodes have, ``(K, S)``."""
        whole = self.trials.steps // self.trials.longest
        return torch.stack([self.accuracy(self.trials.trial == number) for number in range(whole)])
