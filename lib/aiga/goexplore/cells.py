"""Which states count as the same: cells from the screen alone, and from what RAM is known to hold."""

import functools
import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aiga.goexplore.emulator import Bytes, Emulator


@dataclass(frozen=True)
class Pixels:
    """The screen, much smaller and with few shades: in grey, averaged over areas, ``floor(depth p / 255)``.

    The defaults are those of 2019: 11 x 8 pixels, of 9 shades (``main.py`` of tag v1.0).

    Args:
        width: pixels in a row.
        height: number of rows.
        depth: the shade of white; black is 0.

    Raises:
        ValueError: an empty picture, or more shades than the screen has.
    """

    width: int = 11
    height: int = 8
    depth: int = 8

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or not 1 <= self.depth <= 255:
            raise ValueError(
                "expected a width and a height of at least 1 and a depth in 1 ... 255, "
                f"got {self.width}, {self.height} and {self.depth}"
            )

    def __call__(self, seen: Emulator) -> bytes:
        """The small picture, row after row, a byte a pixel."""
        return self.of(seen.grey).tobytes()

    def of(self, grey: Bytes) -> Bytes:
        """The small pictures of one or more screens, ``(..., H, W)`` to ``(..., height, width)``.

        All is exact: weights are whole numbers, and no sum exceeds what a float32 can count to.
        """
        rows, columns, size = _areas(grey.shape[-2], grey.shape[-1], self.height, self.width)
        sums = (rows @ grey.astype(np.float32) @ columns).astype(np.int32)  # (..., height, width)
        return _shades(self.depth)[(sums + size // 2) // size]

    def keep(self, seen: Emulator) -> bytes:
        """The whole screen in grey, packed, for cells of another size to be computed from."""
        return zlib.compress(seen.grey.tobytes(), 1)

    def rekey(self, kept: bytes) -> bytes:
        """The key of a screen that was kept."""
        return self.of(unpacked(kept)).tobytes()


def unpacked(kept: bytes) -> Bytes:
    """The screen that :meth:`Pixels.keep` packed, ``(H, 160)``."""
    return np.frombuffer(zlib.decompress(kept), np.uint8).reshape(-1, 160)


@functools.lru_cache(maxsize=64)
def _areas(
    height: int, width: int, to_height: int, to_width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Two matrices that sum over areas, and what a sum must be divided by."""
    return overlaps(height, to_height), np.ascontiguousarray(overlaps(width, to_width).T), height * width


def overlaps(n: int, to: int) -> NDArray[np.float32]:
    """How much of each of ``n`` equal parts of a line lies in each of ``to``, in units of ``1 / to``, ``(to, n)``."""
    here, there = np.arange(n) * to, np.arange(to)[:, None] * n
    return (np.minimum(here + to, there + n) - np.maximum(here, there)).clip(min=0).astype(np.float32)


@functools.lru_cache(maxsize=256)
def _shades(depth: int) -> Bytes:
    return (np.arange(256) * depth // 255).astype(np.uint8)


class Place(NamedTuple):
    """Where the player is in Montezuma's Revenge, and with what; or in another game of rooms."""

    level: int
    room: int
    keys: int
    """The byte of things carried; the bits 0x0E are keys (``montezuma_env.py`` line 79)."""
    x: int
    y: int


KEYS = 0x0E
"""The bits of :attr:`Place.keys` that stand for keys."""


@dataclass(frozen=True)
class MontezumaRam:
    """Level, room, things carried and place in Montezuma's Revenge, from RAM.

    The papers' knowledge of the game is read from pixels (:mod:`aiga.goexplore.knowledge`); this is quicker, and knows
    the same. Bytes: level 57 (from memory), room 3, things carried 65, x 42, and 43 for the height above the floor, of
    which 255 is taken away so that y grows downwards as on the screen.

    Args:
        size: pixels along a side of the grid on the picture of double width, 16 in both papers.
    """

    size: int = 16

    def __call__(self, seen: Emulator) -> tuple[int, int, int, int, int]:
        """The cell's key: a :class:`Place` as a plain tuple."""
        ram = seen.ram
        return int(ram[57]), int(ram[3]), int(ram[65]), 2 * int(ram[42]) // self.size, (255 - int(ram[43])) // self.size


@dataclass(frozen=True)
class PitfallRam:
    """Room and place in Pitfall, from RAM, as a :class:`Place` of level 0 with nothing carried.

    Bytes (found by watching them in play): room 1, which counts from 196 as the game's shift register does, x 97 and y
    105, growing downwards.

    Args:
        size: pixels along a side of the grid on the picture of double width.
    """

    size: int = 16

    def __call__(self, seen: Emulator) -> tuple[int, int, int, int, int]:
        """The place as a plain tuple."""
        ram = seen.ram
        return 0, int(ram[1]), 0, 2 * int(ram[97]) // self.size, int(ram[105]) // self.size


@dataclass(frozen=True)
class Ram:
    """All 128 bytes, each divided by ``step``: knows nothing of the game, and hardly ever sees a state again."""

    step: int = 1

    def __call__(self, seen: Emulator) -> bytes:
        """The bytes."""
        return (seen.ram // self.step).tobytes()
