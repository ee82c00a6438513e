"""Demonstrations: trajectories taken out of an archive, stored, and repeated exactly."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiga import files
from aiga.goexplore.archive import Archive, Cell, End
from aiga.goexplore.world import MakeWorld, World

FORMAT = 1


class DemonstrationError(RuntimeError):
    """A demonstration that cannot be read, or that another world does not repeat."""


@dataclass(frozen=True)
class Demonstration:
    """Actions from the beginning of an episode, and where they lead."""

    world: str
    """What it was made in, as text: the factory's ``repr``."""
    actions: bytes
    """One a byte."""
    score: float
    fingerprint: bytes
    """SHA-256 of :meth:`aiga.goexplore.world.World.fingerprint` after the last action."""

    def __len__(self) -> int:
        return len(self.actions)


@dataclass(frozen=True)
class Repeat:
    """What came of repeating actions from the beginning of an episode."""

    score: float
    rewards: tuple[float, ...]
    """After each action."""
    fingerprint: bytes
    """Of the world after the last action; for Atari, the RAM."""
    state: bytes
    """The world's state there."""
    ended: bool
    """Whether the episode was over at the end."""


def replay(world: World, actions: Iterable[int]) -> Repeat:
    """Begin an episode and repeat actions, until they or the episode end."""
    world.reset()
    rewards, ended = [], False
    for action in actions:
        reward, ended, _ = world.step(action)
        rewards.append(reward)
        if ended:
            break
    return Repeat(sum(rewards), tuple(rewards), world.fingerprint(), world.clone(), ended)


def demonstrate(archive: Archive, make_world: MakeWorld, reached: Cell | End | None = None) -> Demonstration:
    """Take a trajectory out of an archive, repeating it once to see where it leads.

    Args:
        archive: what a search has found.
        make_world: makes the world that it was found in.
        reached: where to: a cell, or the best end of an episode (``archive.end``, what the papers' phase 2 begins
            with); None for the cell with the highest score.

    Raises:
        DemonstrationError: the world does not repeat the trajectory.
    """
    goal = archive.best if reached is None else reached
    actions = archive.log.path(goal.node)
    seen = replay(make_world(), actions)
    made = Demonstration(repr(make_world), actions, goal.score, _digest(seen.fingerprint))
    if seen.score != goal.score or len(seen.rewards) != len(actions):
        raise DemonstrationError(
            f"{len(seen.rewards)} of {len(actions)} actions gave {seen.score:g} in {made.world}, where the archive has "
            f"{goal.score:g}: this is not the world of the archive, or it is not deterministic"
        )
    return made


def verify(demonstration: Demonstration, world: World) -> Repeat:
    """Repeat a demonstration, and make sure that all is as it was.

    Raises:
        DemonstrationError: the score or the state at the end differ.
    """
    seen = replay(world, demonstration.actions)
    if seen.score != demonstration.score or _digest(seen.fingerprint) != demonstration.fingerprint:
        raise DemonstrationError(
            f"the demonstration, made in {demonstration.world}, gave a score of {seen.score:g} here, expected "
            f"{demonstration.score:g}, and the state at its end is "
            f"{'the same' if _digest(seen.fingerprint) == demonstration.fingerprint else 'another one'}: "
            "repeat it in the world that it was made in, and without sticky actions"
        )
    return seen


def save(demonstration: Demonstration, path: Path) -> None:
    """Write a demonstration to a text file."""
    content = {
        "format": FORMAT,
        "world": demonstration.world,
        "score": demonstration.score,
        "fingerprint": demonstration.fingerprint.hex(),
        "actions": base64.b64encode(demonstration.actions).decode("ascii"),
    }
    files.write_text(path, json.dumps(content, indent=1) + "\n")


def load(path: Path) -> Demonstration:
    """Read what :func:`save` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        DemonstrationError: the file is damaged, or is no demonstration.
    """
    try:
        content: dict[str, Any] = json.loads(Path(path).read_text("utf8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}")
        return Demonstration(
            str(content["world"]),
            base64.b64decode(content["actions"], validate=True),
            float(content["score"]),
            bytes.fromhex(content["fingerprint"]),
        )
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise DemonstrationError(
            f"{path} is not a demonstration of format {FORMAT} ({type(error).__name__}: {error}): export it again"
        ) from error


def _digest(fingerprint: bytes) -> bytes:
    return hashlib.sha256(fingerprint).digest()
