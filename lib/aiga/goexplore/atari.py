"""Phase 1 on Atari: how far a search comes on a real game, and whether its best trajectory can be repeated exactly."""

import multiprocessing
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import torch

from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.goexplore.archive import Archive
from aiga.goexplore.cells import KEYS, MontezumaRam, PitfallRam, Pixels, Place
from aiga.goexplore.conditions import MONTEZUMA, Config, conditions, papers
from aiga.goexplore.demonstration import replay
from aiga.goexplore.downscaling import Dynamic
from aiga.goexplore.emulator import Atari, known
from aiga.goexplore.explore import Learner, explore
from aiga.goexplore.knowledge import Knowledge, Watched
from aiga.goexplore.world import CellFunction, MakeWorld
from aiga.scale import Scale

TITLE = "Go-Explore, phase 1: cells, rooms and score on Atari"

FRAMES = "game frames"
METRICS = {
    "frames": Metric("game frames played", 1, 1e11, "neither"),
    "cells": Metric("cells in the archive", 1, 1e7, "higher"),
    "best_score": Metric("highest score of a cell", -1e8, 1e9, "higher", "points"),
    "end_score": Metric("highest score at the end of an episode, or of a life", -1e8, 1e9, "higher", "points"),
    "replayed": Metric("whether the best trajectory repeats: score, and all of RAM", 0, 1, "higher", "0 or 1"),
    "rooms": Metric("rooms entered, each level's counted apart", 1, 1e4, "higher"),
    "places": Metric("positions on the grid of 16 pixels, whatever is carried", 1, 1e7, "higher"),
    "key": Metric("whether a key was found", 0, 1, "higher", "0 or 1"),
    "first_key": Metric("frames until the first key, or all where none was found", 1, 1e11, "lower", FRAMES),
    "second_room": Metric("frames until the first room was left, or all", 1, 1e11, "lower", FRAMES),
}
"""Rooms and places (of Montezuma's Revenge and of Pitfall) and keys (of the first) are read from RAM beside the search,
which does not know them; other games have none. A score at the end of an episode is reported where one has ended."""

LANDMARKS: dict[str, CellFunction] = {MONTEZUMA: MontezumaRam(), "pitfall": PitfallRam()}
"""Games with rooms that RAM tells, by their names in ale-py."""

POINTS = 60
"""Points in a curve, at equal distances."""


@dataclass
class Searched(Outcome):
    """An outcome with what the search has found, for figures and demonstrations; never part of a record."""

    archive: Archive | None = None


# Below paper scale, counts stay when a cell is replaced: in so few frames that gets out of the first room sooner.
_CI = Config(frames=600_000, reset_counts=False)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": conditions(replace(_CI, frames=8_000, batch=10, first_fit=500, proposals=20)),
    "ci": conditions(_CI, "ram", "pixels"),
    "colab": conditions(replace(_CI, frames=4_000_000, fit_every=250_000, proposals=1000)),
    "paper": papers(),
}
"""Below paper scale every condition has as many frames. Any other game: ``replace(config, game=...)``."""


@timed
def train(
    config: Config,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    checkpoint: Path | None = None,
    limit: int | None = None,
    workers: int | None = None,
) -> list[Outcome]:
    """Search with one condition, once for each seed.

    Args:
        config: the condition.
        seeds: one search each, one after another.
        device: not used: emulators run on processors.
        checkpoint: file for checkpoints, to which each seed adds its number; None keeps none.
        limit: stop after so many times ``burst * batch`` agent steps, to try only the beginning.
        workers: number of processes; None takes every core, but one where this is a worker process itself. Results do
            not depend on it.

    Returns:
        One :class:`Searched` for each seed.
    """
    if workers is None and multiprocessing.current_process().name != "MainProcess":
        workers = 1
    return [_search(config, seed, checkpoint, limit, workers) for seed in seeds]


def _search(config: Config, seed: int, checkpoint: Path | None, limit: int | None, workers: int | None) -> Searched:
    make_world, cell = world_and_cells(config, seed)
    archive = explore(
        make_world,
        cell,
        config.exploration,
        seed=seed,
        workers=workers,
        checkpoint=checkpoint and checkpoint.with_stem(f"{checkpoint.stem}.seed{seed}"),
        limit=limit,
        landmarks=LANDMARKS.get(known(config.game)),
        label=f"{known(config.game)}, {config.condition}, seed {seed}",
    )
    metrics = measure(archive, config, make_world)
    curves = progress(archive, config)
    return Searched(config.condition, seed, metrics, curves, archive=archive)


def world_and_cells(config: Config, seed: int) -> tuple[MakeWorld, CellFunction | Learner]:
    """What makes a condition's worlds, and its cell function."""
    game = Atari(config.game, config.frame_skip)
    if config.cells == "knowledge":
        return Watched(game), Knowledge()
    if config.cells == "dynamic":
        return game, Dynamic(seed, first=config.first_fit, every=config.fit_every, proposals=config.proposals)
    return game, MontezumaRam() if config.cells == "ram" else Pixels()


def measure(archive: Archive, config: Config, make_world: MakeWorld) -> dict[str, float]:
    """The metrics of a search; the best trajectory is repeated in an emulator of its own."""
    best = archive.best
    world = make_world()
    seen = replay(world, archive.trajectory(best))
    world.restore(best.state)
    frames = archive.steps * config.frame_skip
    metrics = {
        "frames": float(frames),
        "cells": float(len(archive)),
        "best_score": best.score,
        "replayed": float(seen.score == best.score and seen.fingerprint == world.fingerprint()),
    }
    if archive.end is not None:
        metrics["end_score"] = archive.end.score
    if archive.landmarks:
        rooms, spots = first_seen(archive, room), first_seen(archive, position)
        left = rooms[1:2]
        metrics |= {
            "rooms": float(len(rooms)),
            "places": float(len(spots)),
            "second_room": float(left[0] * config.frame_skip if left else frames),
        }
    if archive.landmarks and known(config.game) == MONTEZUMA:
        keys = [when for place, when in places(archive).items() if place.keys & KEYS]
        metrics |= {
            "key": float(bool(keys)),
            "first_key": float(min(keys) * config.frame_skip if keys else frames),
        }
    return metrics


def places(archive: Archive) -> dict[Place, int]:
    """Where a search has been in a game of rooms, and after how many agent steps for the first time."""
    return {Place(*cast(tuple[int, ...], place)): when for place, when in archive.landmarks.items()}


def first_seen(archive: Archive, part: Callable[[Place], tuple[int, ...]]) -> list[int]:
    """Agent steps after which each part of a place was first seen, in that order."""
    found: dict[tuple[int, ...], int] = {}
    for place, when in places(archive).items():
        name = part(place)
        found[name] = min(when, found.get(name, when))
    return sorted(found.values())


def progress(archive: Archive, config: Config) -> dict[str, Curve]:
    """Cells, best score and, where they are known, rooms and places against game frames, at equal distances."""
    apart = config.frames / POINTS
    points = int(archive.steps * config.frame_skip / apart + 1e-9)
    x = [apart * (place + 1) for place in range(min(points, POINTS))]
    moments = [each.steps * config.frame_skip for each in archive.history]
    last = [bisect_right(moments, frames) - 1 for frames in x]

    def curve(y: Sequence[float], label: str) -> Curve:
        return Curve(x, [float(each) for each in y], FRAMES, label)

    def grown(first: Sequence[int]) -> list[int]:
        return [bisect_right(first, frames / config.frame_skip) for frames in x]

    curves = {
        "cells": curve([archive.history[place].cells if place >= 0 else 1 for place in last], "cells"),
        "score": curve([archive.history[place].best if place >= 0 else 0 for place in last], "best score (points)"),
    }
    if archive.landmarks:
        curves["rooms"] = curve(grown(first_seen(archive, room)), "rooms")
        curves["places"] = curve(grown(first_seen(archive, position)), "places")
    return curves


def room(place: Place) -> tuple[int, ...]:
    """Level and room."""
    return place[:2]


def position(place: Place) -> tuple[int, ...]:
    """Level, room and position, whatever is carried."""
    return place[:2] + place[3:]


def route(actions: Iterable[int], make_world: MakeWorld | None = None) -> list[Place]:
    """The places on a trajectory in Montezuma's Revenge, the first one and the one after each action.

    Args:
        actions: from the beginning of an episode.
        make_world: makes the emulator; by default a plain one.
    """
    world, place = (make_world or Atari())(), MontezumaRam()
    world.reset()
    passed = [Place(*place(world.observe()))]
    for action in actions:
        world.step(action)
        passed.append(Place(*place(world.observe())))
    return passed
