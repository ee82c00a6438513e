"""Trajectories: every action that led to a cell, in a log that only grows.

The log keeps actions in blocks, one a burst, so that an action costs one byte and a block two numbers more.
"""

from array import array
from bisect import bisect_right
from collections.abc import Mapping

import numpy as np
import torch

ROOT = -1
"""The node where every trajectory begins."""


class Log:
    """Trajectories as a tree: each node is an action, and its parent is the action before it."""

    def __init__(self) -> None:
        self._actions = bytearray()
        self._starts, self._parents = array("q"), array("q")

    def __len__(self) -> int:
        return len(self._actions)

    def append(self, parent: int, actions: bytes) -> int:
        """Add actions, one after another, behind ``parent``; the first one's node.

        Raises:
            ValueError: ``parent`` is no node.
        """
        if not ROOT <= parent < len(self):
            raise ValueError(f"no node {parent} in a log of {len(self)} actions: a parent must be in the log")
        first = len(self)
        if actions:
            self._starts.append(first)
            self._parents.append(parent)
            self._actions += actions
        return first

    def path(self, node: int) -> bytes:
        """All actions from the beginning of the episode to ``node``, this one included.

        Raises:
            ValueError: there is no such node.
        """
        if not ROOT <= node < len(self):
            raise ValueError(f"no node {node} in a log of {len(self)} actions")
        blocks = []
        while node != ROOT:
            block = bisect_right(self._starts, node) - 1
            blocks.append(self._actions[self._starts[block] : node + 1])
            node = self._parents[block]
        return b"".join(reversed(blocks))

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The whole log."""
        return {
            "actions": torch.from_numpy(np.array(self._actions, dtype=np.uint8)),
            "starts": torch.from_numpy(np.array(self._starts, dtype=np.int64)),
            "parents": torch.from_numpy(np.array(self._parents, dtype=np.int64)),
        }

    def load_state_dict(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go on from a saved log."""
        self._actions = bytearray(state["actions"].numpy().tobytes())
        self._starts, self._parents = (array("q", state[name].numpy().tobytes()) for name in ("starts", "parents"))
