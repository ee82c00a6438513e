"""What an agent writes into its connections, step by step."""

import torch
from torch import Tensor

from aiga.backpropamine.model import Life


class Watched:
    """A life under the microscope: acts as it does, and keeps how much of its memory each step changed.

    Args:
        life: with ``M(t)`` in ``life.modulations``.
    """

    def __init__(self, life: Life) -> None:
        self.life = life
        self.changes: list[Tensor] = []
        """Mean absolute change of the plastic weights, ``alpha * Hebb``, at each step so far, ``(S, B)``."""

    def __call__(self, observed: Tensor) -> tuple[Tensor, Tensor]:
        """As :class:`~aiga.backpropamine.model.Life`."""
        before = self.life.hebb
        answer = self.life(observed)
        if before is None or self.life.hebb is None:
            self.changes.append(torch.zeros_like(answer[1]))
        else:
            change = self.life.layer.alpha[:, None] * (self.life.hebb - before)
            self.changes.append(change.detach().abs().mean((-1, -2)))
        return answer
