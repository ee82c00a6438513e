"""What Go-Explore asks of a world: it can be stepped, saved, and brought back to where it was saved."""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, Protocol


class Step(NamedTuple):
    """What one action did."""

    reward: float
    done: bool
    """The episode is over."""
    life_lost: bool = False


class World(Protocol):
    """A deterministic simulator: from equal saved states, equal actions lead to equal states and rewards."""

    @property
    def actions(self) -> int:
        """Number of actions, at most 256; where one of them does nothing, it is action 0."""

    def reset(self) -> None:
        """Begin an episode."""

    def step(self, action: int) -> Step:
        """Act once."""

    def clone(self) -> bytes:
        """The state; from it :meth:`restore` makes any world of this kind go on, in any process."""

    def restore(self, state: bytes) -> None:
        """Go back to a saved state."""

    def observe(self) -> Any:
        """What cell functions and landmarks read; reading may be lazy, so look before the next step."""

    def fingerprint(self) -> bytes:
        """Equal where two worlds are in the same state, as far as a player could ever tell."""


MakeWorld = Callable[[], World]
"""Makes a world; hashable and importable, so that worker processes can make and keep worlds of their own."""

CellFunction = Callable[[Any], Hashable]
"""From what :meth:`World.observe` returns to the cell's key: numbers, text, bytes, or tuples of those."""
