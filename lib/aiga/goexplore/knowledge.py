"""Domain knowledge as the papers have it: what the screen of Montezuma's Revenge shows to those who know the game.

The player's face is found by its colour, rooms are told apart by keeping count of jumps from one edge of the screen to
the other, and things carried by the number of their pixels (Methods 0.3; ``montezuma_env.py`` lines 59-215). What is
known at one step depends on the step before, so it is saved and restored with the emulator's state.
"""

import functools
import json
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from aiga.goexplore.emulator import Atari, Bytes, Emulator
from aiga.goexplore.neighbours import PYRAMID
from aiga.goexplore.world import Step

FACE = 228
"""The red of the face, which nothing else below the score has."""

THINGS = {50: "hammer", 40: "key", 37: "sword", 42: "torch"}
"""Things carried, by the number of their pixels."""

_TOP = 50  # below the score and the things carried
_CARRIED = (slice(25, 45), slice(55, 110))
_JUMP = 50  # pixels, on a picture of double width, that only a change of rooms can bring about
_LAST_ROOM, _FIRST_ROOM = 15, 1


@dataclass(frozen=True)
class Known:
    """What is known at one step."""

    x: float
    """The middle of the face, in pixels of a picture of double width."""
    y: float
    """The same from the top of the room downwards."""
    room: int = _FIRST_ROOM
    level: int = 0
    things: tuple[tuple[int, int], ...] = ()
    """What is carried: its number of pixels, and the room where it was first carried."""

    def after(self, colour: Bytes) -> "Known":
        """What is known one step later.

        Args:
            colour: the screen, ``(210, 160, 3)``.

        Raises:
            RuntimeError: the face has jumped where no room is.
        """
        middle = face(colour)
        if middle is None:  # between two rooms
            return self
        x, y = middle
        across, down = _jump(self.x - x), _jump(self.y - y)
        room, level = self.room, self.level
        if across or down:
            room, level = _beyond(room, level, across, down)
        return Known(x, y, room, level, self._carried(colour, room))

    def _carried(self, colour: Bytes, room: int) -> tuple[tuple[int, int], ...]:
        """Things carried; of each kind, those carried before keep their rooms."""
        before, now = list(self.things), []
        for size in carried(colour):
            old = next((each for each in before if each[0] == size), None)
            if old is not None:
                before.remove(old)
            now.append(old or (size, room))
        return tuple(now)


def face(colour: Bytes) -> tuple[float, float] | None:
    """The middle of the face, x doubled; None where there is none.

    Args:
        colour: the screen, ``(210, 160, 3)``.
    """
    y, x = divmod(np.flatnonzero(colour[_TOP:, :, 0] == FACE), colour.shape[1])
    return (2.0 * float(x.mean()), float(y.mean())) if len(x) else None


def carried(colour: Bytes) -> tuple[int, ...]:
    """The things carried, by their numbers of pixels, in the order of :data:`THINGS`.

    Args:
        colour: the screen, ``(210, 160, 3)``.
    """
    lit = colour[*_CARRIED, 0] != 0
    return _sizes(lit.tobytes(), lit.shape[1])


@functools.lru_cache(maxsize=1024)
def _sizes(lit: bytes, width: int) -> tuple[int, ...]:
    """Pixels of each thing in a picture; the same few pictures come again and again."""
    picture = np.frombuffer(lit, np.bool_).reshape(-1, width)
    pieces, count = ndimage.label(picture, structure=np.ones((3, 3)))
    sizes = np.bincount(pieces.ravel())[1 : count + 1].tolist()
    return tuple(size for kind in THINGS for size in sizes if size == kind)


def _jump(distance: float) -> int:
    return max(-1, min(1, int(distance / _JUMP)))


def _beyond(room: int, level: int, across: int, down: int) -> tuple[int, int]:
    """Room and level behind an edge of a room."""
    row, column = next((row, rooms.index(room)) for row, rooms in enumerate(PYRAMID) if room in rooms)
    if room == _LAST_ROOM and down > 0:
        return _FIRST_ROOM, level + 1
    row, column = row + down, column + across
    inside = 0 <= row < len(PYRAMID) and 0 <= column < len(PYRAMID[0])
    if (across and down) or not inside or PYRAMID[row][column] < 0:
        raise RuntimeError(
            f"the face jumped from room {room} by {across} rooms to the right and {down} down, where none is: "
            "the game is not Montezuma's Revenge, or a life was lost without ending the burst (life_loss_ends=True)"
        )
    return PYRAMID[row][column], level


@dataclass(frozen=True)
class Watched:
    """Makes emulators of Montezuma's Revenge that keep account of what their screens have shown.

    Args:
        emulator: the emulator to make.

    Raises:
        ValueError: it is for another game.
    """

    emulator: Atari = field(default_factory=Atari)

    def __post_init__(self) -> None:
        if self.emulator.game != "montezuma_revenge":
            raise ValueError(f"only montezuma_revenge is known so well, not {self.emulator.game}: use other cells")

    def __call__(self) -> "WatchedEmulator":
        """A new emulator, at the beginning of an episode."""
        return WatchedEmulator(self.emulator)


class WatchedEmulator(Emulator):
    """Montezuma's Revenge with an observer who remembers."""

    known: Known

    def reset(self) -> None:
        """Begin an episode."""
        super().reset()
        middle = face(self.colour)
        if middle is None:
            raise RuntimeError("there is no face on the first screen: this is not Montezuma's Revenge")
        self.known = Known(*middle)

    def step(self, action: int) -> Step:
        """Hold an action for ``frame_skip`` frames, and look."""
        moved = super().step(action)
        if not (moved.life_lost or moved.done):
            self.known = self.known.after(self.colour)
        return moved

    def clone(self) -> bytes:
        """The emulator's state, and what is known."""
        known = json.dumps([self.known.x, self.known.y, self.known.room, self.known.level, self.known.things])
        return known.encode("ascii") + b"\n" + super().clone()

    def restore(self, state: bytes) -> None:
        """Go back to a saved state."""
        known, _, rest = state.partition(b"\n")
        x, y, room, level, things = json.loads(known)
        self.known = Known(x, y, room, level, tuple((size, where) for size, where in things))
        super().restore(rest)

    def observe(self) -> "WatchedEmulator":
        """The emulator itself."""
        return self


@dataclass(frozen=True)
class Knowledge:
    """Cells from what is known: level, room, things carried, and the place on a grid.

    Args:
        size: pixels along a side of the grid, on a picture of double width.
        remember_rooms: whether it matters where each thing was found (2021, ``--remember_rooms``).
    """

    size: int = 16
    remember_rooms: bool = True

    def __call__(
        self, seen: WatchedEmulator
    ) -> tuple[int, int, tuple[tuple[int, int], ...] | tuple[int, ...], int, int]:
        """The cell's key."""
        known = seen.known
        things = known.things if self.remember_rooms else tuple(size for size, _ in known.things)
        return known.level, known.room, things, int(known.x) // self.size, int(known.y) // self.size
