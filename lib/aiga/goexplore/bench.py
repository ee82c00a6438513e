"""How fast phase 1 is, all in the same run: against the emulator alone, and against the original's way of doing it.

The transcription does what ``robustified/goexplore_py/goexplore.py`` of ``uber-research/go-explore`` does (lines
710-890, 1012-1019): at every step the state is saved and the screen, in colour, is made grey, shrunk and stored as a
picture, whether used or not; every burst begins with a reset and is pickled back; and it is merged step by step.
"""

import io
import pickle
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image

from aiga import parallel, seeding
from aiga.goexplore.cells import MontezumaRam, Pixels
from aiga.goexplore.emulator import Atari, Emulator
from aiga.goexplore.explore import Exploration, Learner, explore
from aiga.goexplore.knowledge import Knowledge, Watched
from aiga.goexplore.world import CellFunction, MakeWorld

STEPS, BATCH, ROUNDS = 12_000, 20, 3
GAME = Atari()
SEARCHES: dict[str, tuple[MakeWorld, CellFunction | Learner]] = {
    "ours, 11 x 8 pixels": (GAME, Pixels()),
    "ours, cells from RAM": (GAME, MontezumaRam()),
    "ours, knowledge from pixels": (Watched(GAME), Knowledge()),
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


def rate(search: Callable[[], int], clock: Callable[[], float] = time.process_time) -> float:
    """Game frames a second."""
    began = clock()
    return GAME.frame_skip * search() / (clock() - began)


def main() -> None:
    """Print the table. Rounds alternate, and each row has its best one, since other work on the machine only slows."""
    torch.set_num_threads(1)
    rows: dict[str, Callable[[], int]] = {"the emulator alone": bare}
    rows |= {name: (lambda name=name: ours(name)) for name in SEARCHES}  # type: ignore[misc]
    rows["the original's way, 11 x 8 pixels"] = literal
    best = dict.fromkeys(rows, 0.0)
    for _ in range(ROUNDS):
        for name, search in rows.items():
            best[name] = max(best[name], rate(search))
    print(f"{'Montezuma, frame skip 4, one thread':36} {'frames/CPU s':>12} {'of bare':>8}")
    for name, found in best.items():
        print(f"{name:36} {found:12,.0f} {found / best['the emulator alone']:8.0%}", flush=True)
    if parallel.cores() < 2:
        print("one core only: no comparison of one and two processes")
        return
    name, steps = "ours, 11 x 8 pixels", 3 * STEPS
    ours(name, 2, 200, 10)  # the processes are there, and have their emulators
    pairs = [
        (
            rate(lambda: ours(name, 1, steps, 100), time.perf_counter),
            rate(lambda: ours(name, 2, steps, 100), time.perf_counter),
        )
        for _ in range(ROUNDS)
    ]
    one, two = (max(each) for each in zip(*pairs, strict=True))
    print(f"frames/s by the clock: {one:,.0f} in one process, {two:,.0f} in two: {two / one:.2f}x")


if __name__ == "__main__":
    main()
