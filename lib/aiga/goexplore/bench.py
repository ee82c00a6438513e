"""How fast phase 1 is, all in the same run: against the emulator alone, and against the original's way of doing it.

The transcription does what ``robustified/goexplore_py/goexplore.py`` of ``uber-research/go-explore`` does (lines
710-890, 1012-1019): at every step the state is saved and the screen, in colour, is made grey, shrunk and stored as a
picture, whether used or not; every burst begins with a reset and is pickled back; and it is merged step by step.
"""

import io
import pickle
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from aiga import parallel, seeding, speed
from aiga.goexplore.cells import MontezumaRam, Pixels
from aiga.goexplore.emulator import Atari, Emulator
from aiga.goexplore.explore import Exploration, Learner, explore
from aiga.goexplore.knowledge import Knowledge, Watched
from aiga.goexplore.world import CellFunction, MakeWorld
from aiga.speed import Growth, Row, Share, Side

STEPS, SHORT, BATCH = 12_000, 3_000, 20
GAME = Atari()
PIXELS = "cells of 11 × 8 pixels"
SEARCHES: dict[str, tuple[MakeWorld, CellFunction | Learner]] = {
    PIXELS: (GAME, Pixels()),
    "cells from RAM": (GAME, MontezumaRam()),
    "knowledge from pixels": (Watched(GAME), Knowledge()),
}


def bare() -> int:
    """The emulator alone: actions in runs of twenty, back to the beginning when a life is lost."""
    emulator = GAME()
    drawn = seeding.numpy_generator(0, "bench").integers(emulator.actions, size=STEPS // 20).repeat(20).tolist()
    ale, codes = emulator.interface, emulator.codes
    lives, beginning = ale.lives(), ale.cloneState()
    for action in drawn:
        ale.act(codes[action])
        if ale.lives() < lives:
            ale.restoreState(beginning)
    return len(drawn)


def ours(name: str, workers: int = 1, steps: int = STEPS, batch: int = BATCH) -> int:
    """A search; how many steps it took."""
    make_world, cell = SEARCHES[name]
    return explore(make_world, cell, Exploration(steps=steps, batch=batch), seed=0, workers=workers).steps


def literal() -> int:
    """The original's loop with pixel cells; how many steps it took."""
    chance, emulator = seeding.numpy_generator(0, "bench"), GAME()
    archive: dict[bytes, dict[str, Any]] = {}
    archive[literal_cell(emulator)] = {"score": 0.0, "length": 0, "seen": 0, "state": emulator.clone()}
    steps = 0
    while steps < STEPS:
        keys = list(archive)
        weights = np.array([1 / np.sqrt(archive[key]["seen"] + 1) for key in keys])
        chosen = [keys[place] for place in chance.choice(len(keys), size=BATCH, p=weights / weights.sum())]
        copies = [dict(archive[key]) for key in chosen]
        bursts = [pickle.loads(pickle.dumps(literal_burst(emulator, copy["state"], chance))) for copy in copies]
        changed = set()
        for key, copy, burst in zip(chosen, copies, bursts, strict=True):
            score, seen = copy["score"], {key}
            archive[key]["seen"] += 1
            for number, (_, reward, done, cell, state, picture) in enumerate(burst, 1):
                steps += 1
                score += reward
                if done:
                    break
                new = {"score": -np.inf, "length": 0, "seen": 0, "state": b""}
                entry = archive.setdefault(cell, new)
                if cell not in seen:
                    seen.add(cell)
                    entry["seen"] += 1
                length = copy["length"] + number
                if score > entry["score"] or (score == entry["score"] and length < entry["length"]):
                    entry |= {"score": score, "length": length, "state": state, "picture": picture}
                    changed.add(cell)
        for cell in changed:
            archive[cell]["seen"] = 0
    return steps


def literal_burst(emulator: Emulator, state: bytes, chance: np.random.Generator) -> list[tuple[Any, ...]]:
    """A hundred steps, each with the state and a picture of the screen."""
    emulator.reset()
    emulator.restore(state)
    trajectory: list[tuple[Any, ...]] = []
    left, action = 0, 0
    while len(trajectory) < 100:
        if left <= 0:
            left, action = int(chance.geometric(1 / 20)), int(chance.integers(emulator.actions))
        left -= 1
        moved = emulator.step(action)
        done, file = moved.done or moved.life_lost, io.BytesIO()
        Image.fromarray(emulator.colour).convert("L").save(file, "png", compress_level=1)
        trajectory.append((action, moved.reward, done, literal_cell(emulator), emulator.clone(), file.getvalue()))
        if done:
            break
    return trajectory


def literal_cell(emulator: Emulator) -> bytes:
    """The screen in colour, made grey, shrunk to 11 x 8 and given 9 shades."""
    small = Image.fromarray(emulator.colour).convert("L").resize((11, 8), Image.Resampling.BOX)
    return (np.asarray(small) / 255.0 * 8).astype(np.uint8).tobytes()


def side(run: Callable[[], int]) -> Side:
    """A run with the game frames that it really takes: a search ends with a whole round, a little after its budget."""
    return Side(run, GAME.frame_skip * run())


def rows() -> Iterator[Row]:
    """Searches, each beside the original's way with pixels and as a share of what the emulator alone does just then."""
    for name in SEARCHES:
        most = GAME.frame_skip * speed.rate(bare, STEPS, 3)
        yield speed.compare(
            f"Montezuma, {name}",
            "game frames",
            side(partial(ours, name)),
            side(literal) if name == PIXELS else None,
            share=Share("bare emulator", 1.0, most),
            repeats=2,
            measure_memory=name == PIXELS,
        )


def growths() -> Iterator[Growth]:
    """Time over the bursts of a round; and, by the clock, over the processes that share a search."""
    yield speed.grow(
        f"a search of {SHORT:,} steps",
        "bursts in a round",
        (5, 20, 80),
        lambda size: partial(ours, PIXELS, steps=SHORT, batch=int(size)),
        repeats=1,
    )
    counts = [count for count in (1, 2, 4, 8) if count <= parallel.cores()]
    if len(counts) > 1:
        search = partial(ours, PIXELS, steps=6 * SHORT, batch=100)
        yield speed.grow(
            f"a search of {6 * SHORT:,} steps, by the clock",
            "processes",
            counts,
            lambda size: partial(search, workers=int(size)),
            repeats=3,
            clock=time.perf_counter,
        )


if __name__ == "__main__":
    speed.show(rows(), growths())
