"""Random numbers: named streams, one generator each, no global state.

A stream is a pair of a seed and a name (``(3, "episodes")``). Its numbers depend on nothing else: not on how many seeds
are trained side by side, not on the order in which other streams are used.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch


def derive(seed: int, stream: str) -> int:
    """A 63-bit seed for one stream of one run."""
    digest = hashlib.sha256(f"{int(seed)}/{stream}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, stream: str, device: torch.device | str = "cpu") -> torch.Generator:
    """A fresh PyTorch generator for ``stream`` of ``seed``, living on ``device``."""
    return torch.Generator(device=device).manual_seed(derive(seed, stream))


def numpy_generator(seed: int, stream: str) -> np.random.Generator:
    """A fresh NumPy generator for ``stream`` of ``seed``."""
    return np.random.default_rng(derive(seed, stream))


class Streams:
    """One generator per seed, for a trainer that handles many seeds at once; its state can be checkpointed."""

    def __init__(self, seeds: Iterable[int], stream: str, device: torch.device | str = "cpu") -> None:
        self.generators = [generator(seed, stream, device) for seed in seeds]

    def __iter__(self) -> Any:
        return iter(self.generators)

    def __len__(self) -> int:
        return len(self.generators)

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Every generator's state, by position."""
        return {str(position): each.get_state() for position, each in enumerate(self.generators)}

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from a saved state."""
        for position, each in enumerate(self.generators):
            each.set_state(state[str(position)].cpu())
