"""How each niche of a run got on, beside what the algorithm itself needs to remember."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiga.poet.state import State


class Log:
    """How each niche got on: rows of iteration, niche, decisions spent for it, and its score."""

    def __init__(self) -> None:
        self.rows: list[list[float]] = []

    def add(self, state: State) -> None:
        """Write down all active niches."""
        self.rows += [[state.iteration, niche.uid, niche.spent, niche.score] for niche in state.active]

    def of(self, uid: int) -> NDArray[np.float64]:
        """One niche's rows without its number, ``(rows, 3)``."""
        return np.array([[row[0], *row[2:]] for row in self.rows if row[1] == uid]).reshape(-1, 3)

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"rows": self.rows}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """From a checkpoint."""
        self.rows = saved["rows"]
