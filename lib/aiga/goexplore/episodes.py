"""Episodes that begin along demonstrations, in any world that can be placed in a state.

Shapes: ``B`` environments, ``D`` demonstrations of at most ``L`` actions.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from aiga.goexplore.curriculum import Curriculum, Starts
from aiga.goexplore.ppo import Imitated


@dataclass
class Recalled:
    """Demonstrations replayed: what was still to be earned at every step, and what there is to imitate."""

    ahead: Tensor  # (D + 1, L), reward from there on; infinite for the plain beginning, which has nothing to equal
    lengths: Tensor  # (D,)
    imitated: Imitated


class FromDemonstrations(ABC):
    """``B`` environments whose episodes begin where the curriculum says.

    It is a :class:`aiga.goexplore.ppo.VectorWorld`. An episode is over at its natural end, when it has brought as much
    as the demonstration, or when it takes too long.

    Args:
        recalled: the demonstrations.
        curriculum: where to begin.
        batch: ``B``.
        most: steps that an episode from the plain beginning may take.
    """

    def __init__(self, recalled: Recalled, curriculum: Curriculum, batch: int, most: int) -> None:
        place = recalled.lengths.device
        self.recalled, self.curriculum, self.most = recalled, curriculum, most
        self.earned = torch.zeros(batch, device=place)
        self.age = torch.zeros(batch, dtype=torch.long, device=place)
        self.limit = torch.zeros_like(self.age)
        self.starts = Starts(torch.zeros_like(self.age), torch.zeros_like(self.age))
        self._begin(torch.ones(batch, dtype=torch.bool, device=place))

    @abstractmethod
    def observe(self) -> Tensor:
        """What is seen now, ``(B, ...)``."""

    @abstractmethod
    def act(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """Act in every environment, ``(B,)``; reward and whose episode has come to its natural end, ``(B,)``."""

    @abstractmethod
    def place(self, who: Tensor, starts: Starts) -> None:
        """Put those environments ``who`` are marked, ``(B,)`` of bool, into the states where episodes begin."""

    def step(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """See :class:`aiga.goexplore.ppo.VectorWorld`."""
        reward, over = self.act(action)
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
        self.limit = self.curriculum.limits(self.starts, self.most)
        self.earned, self.age = self.earned * ~who, self.age * ~who
        self.place(who, self.starts)

    def state_dict(self) -> dict[str, Any]:
        """Everything that changes."""
        return {"earned": self.earned, "age": self.age, "which": self.starts.which, "at": self.starts.at}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        device = self.age.device
        self.earned, self.age = state["earned"].to(device), state["age"].to(device)
        self.starts = Starts(state["which"].to(device), state["at"].to(device))
        self.limit = self.curriculum.limits(self.starts, self.most)
