"""Atari games as worlds: ale-py's raw interface, which saves and restores a state in some twenty microseconds.

Sizes of samples are given in game frames in both papers; one agent step is ``frame_skip`` of them.
"""

import difflib
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ale_py
import numpy as np
from ale_py import roms
from numpy.typing import NDArray

from aiga.goexplore.world import Step

Bytes = NDArray[np.uint8]

ROLLOVER = -999_000
"""A reward as low as this is the score's display going from its last number to zero (``wrappers.py`` line 820)."""

DEATH_FLAG = {"montezuma_revenge": 55}
"""Where RAM says that the player is about to lose a life (``montezuma_env.py`` lines 281-284)."""


@dataclass(frozen=True)
class Atari:
    """Makes emulators of one game.

    Args:
        game: its name in ale-py, ``montezuma_revenge`` for example; ``MontezumaRevenge`` will do.
        frame_skip: game frames an agent step.
        sticky: chance that a frame takes the last action instead of the new one; 0 makes the game deterministic.
        seed: of the emulator's own chance, which shows only where ``sticky`` is above 0.

    Raises:
        ValueError: ale-py knows no such game.
    """

    game: str = "montezuma_revenge"
    frame_skip: int = 4
    sticky: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "game", known(self.game))

    def __call__(self) -> "Emulator":
        """A new emulator, at the beginning of an episode."""
        return Emulator(self)


def known(game: str) -> str:
    """A game's name as ale-py has it.

    Raises:
        ValueError: ale-py knows no such game; the message names the most similar ones.
    """
    names: dict[str, str] = {name.replace("_", ""): name for name in roms.get_all_rom_ids()}
    plain = game.replace("_", "").replace("-", "").replace(" ", "").lower()
    if plain not in names:
        similar = [names[each] for each in difflib.get_close_matches(plain, names, cutoff=0.5)]
        hint = f"did you mean {' or '.join(similar)}?" if similar else "none of them is similar."
        raise ValueError(f"ale-py {ale_py.__version__} knows {len(names)} games, but not {game!r}: {hint}")
    return names[plain]


def rom(game: str) -> Path:
    """The file of a game.

    Raises:
        FileNotFoundError: ale-py knows the game, but its file is missing or is not the right one.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            path = roms.get_rom_path(game)
    except OSError as error:  # no folder, no file, or another file's check sum
        raise FileNotFoundError(
            f"the ROM of {game} cannot be used ({error}). It comes with ale-py: install that again, and unset "
            "ALE_ROMS_DIR if it is set"
        ) from error
    if path is None:
        raise FileNotFoundError(f"ale-py {ale_py.__version__} has no ROM of {game}: install ale-py again")
    return Path(path)


class Emulator:
    """One game. As a :class:`aiga.goexplore.world.World` it observes itself: what is read is read when asked for."""

    def __init__(self, kind: Atari) -> None:
        ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
        self.kind = kind
        self._ale: Any = ale_py.ALEInterface()
        self._ale.setInt("random_seed", kind.seed)
        self._ale.setInt("frame_skip", kind.frame_skip)
        self._ale.setFloat("repeat_action_probability", kind.sticky)
        self._ale.loadROM(rom(kind.game))
        self._codes: list[Any] = list(self._ale.getMinimalActionSet())
        self._ram: Bytes = np.zeros(self._ale.getRAMSize(), np.uint8)
        self._grey: Bytes = np.zeros(self._ale.getScreenDims(), np.uint8)
        self._colour: Bytes = np.zeros((*self._grey.shape, 3), np.uint8)
        self._death_flag = DEATH_FLAG.get(kind.game)
        self._lives = 0
        self.reset()

    @property
    def actions(self) -> int:
        """Number of actions that do something in this game; action 0 does nothing."""
        return len(self._codes)

    def reset(self) -> None:
        """Begin an episode, which is always the same one."""
        self._ale.reset_game()
        self._lives = self._ale.lives()

    def step(self, action: int) -> Step:
        """Hold an action for ``frame_skip`` frames."""
        reward = self._ale.act(self._codes[action])
        lives = self._ale.lives()
        lost = lives < self._lives or (self._death_flag is not None and bool(self.ram[self._death_flag]))
        self._lives = lives
        return Step(0.0 if reward <= ROLLOVER else float(reward), self._ale.game_over(), lost)

    def clone(self) -> bytes:
        """The emulator's state, 7.7 kB; the screen is not part of it."""
        state: bytes = self._ale.cloneState().serialize()
        return state

    def restore(self, state: bytes) -> None:
        """Go back to a saved state. The screen is the old one until the next step."""
        self._ale.restoreState(ale_py.ALEState(state))
        self._lives = self._ale.lives()

    def observe(self) -> "Emulator":
        """The emulator itself."""
        return self

    def fingerprint(self) -> bytes:
        """The RAM: all 128 bytes that the game can remember anything in."""
        return self.ram.tobytes()

    @property
    def interface(self) -> Any:
        """ale-py's own interface."""
        return self._ale

    @property
    def codes(self) -> list[Any]:
        """What ale-py calls the actions."""
        return self._codes

    @property
    def lives(self) -> int:
        """Lives left."""
        return int(self._ale.lives())

    @property
    def ram(self) -> Bytes:
        """The RAM now, ``(128,)``; the array is overwritten by the next look."""
        self._ale.getRAM(self._ram)
        return self._ram

    @property
    def grey(self) -> Bytes:
        """The screen in grey, ``(210, 160)`` in most games; the array is overwritten by the next look."""
        self._ale.getScreenGrayscale(self._grey)
        return self._grey

    @property
    def colour(self) -> Bytes:
        """The screen in red, green and blue, ``(210, 160, 3)``; the array is overwritten by the next look."""
        self._ale.getScreenRGB(self._colour)
        return self._colour
