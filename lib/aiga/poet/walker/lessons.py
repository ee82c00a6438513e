"""How the book's first walkers were taught, and the command that does it again.

``python -m aiga.poet.walker.lessons walker_flat`` takes a few minutes on one thread and writes the walker and its
record to ``data/weights/``. It is taught with few rounds of the solver first, which is faster, then with the paper's
physics; kept is what scores best in the paper's physics, and its score in Box2D stands beside it.
"""

import datetime
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aiga import device, files, seeding
from aiga.poet.courses import Encoding
from aiga.poet.walker import weights
from aiga.poet.walker.physics.compiled import Floats
from aiga.poet.walker.ppo import Policy, Settings, teach
from aiga.poet.walker.rollout import PAPER, Ending, Solver, rollout
from aiga.poet.walker.terrain import Course, generate

QUICK = Solver(20, 8)


@dataclass(frozen=True)
class Stage:
    """Part of a lesson; it ends when the walker scores ``goal``, or after so many steps."""

    solver: Solver
    goal: float
    steps: int


@dataclass(frozen=True)
class Lesson:
    """What a walker is taught on, and for how long."""

    encoding: Encoding
    course: int
    """Seed of the course."""
    seed: int
    stages: tuple[Stage, ...]
    after: str | None = None
    """The walker that it begins as; None begins with a new one."""


LESSONS = {
    "walker_flat": Lesson(Encoding(), 0, 100, (Stage(QUICK, 250, 3_000_000), Stage(PAPER, 300, 1_000_000))),
    "walker_rough": Lesson(
        Encoding(1.2), 1, 101, (Stage(QUICK, 230, 2_000_000), Stage(PAPER, 260, 500_000)), "walker_flat"
    ),
    "walker_stumps": Lesson(
        Encoding(stump=(0.1, 0.4)), 1, 102, (Stage(QUICK, 230, 2_000_000), Stage(PAPER, 260, 500_000)),
        "walker_flat",
    ),
    "walker_pits": Lesson(
        Encoding(0.6, (0.0, 0.8), (0.1, 0.4)), 1, 103,
        (Stage(QUICK, 230, 2_500_000), Stage(PAPER, 260, 500_000)), "walker_stumps",
    ),
}  # fmt: skip


@dataclass
class Progress:
    """The best walker so far, and what it took."""

    theta: Floats
    score: float = -np.inf
    steps: int = 0


def give(lesson: Lesson, *, aloud: bool = False) -> Progress:
    """Teach a walker; the same numbers on the same machine.

    Args:
        lesson: what to teach.
        aloud: print the score after each update.
    """
    course = generate(lesson.encoding, lesson.course)
    policy = Policy(seeding.generator(lesson.seed, "init"), Settings().noise)
    if lesson.after is not None:
        policy.take(weights.walker(lesson.after))
    best = Progress(policy.theta())
    for number, stage in enumerate(lesson.stages):
        before = best.steps

        def report(steps: int, score: float, goal: float = stage.goal, before: int = before) -> bool:
            best.steps = before + steps
            if score > best.score:
                best.score, best.theta = score, policy.theta()
            if aloud:
                print(f"{best.steps:9,} steps: {score:7.1f}, best {best.score:7.1f}", flush=True)
            return score >= goal

        teach(
            [course], steps=stage.steps, seed=lesson.seed + 1000 * number, solver=stage.solver, start=policy,
            report=report,
        )  # fmt: skip
    return best


def scores(theta: Floats, course: Course) -> dict[str, dict[str, Any]]:
    """Return, length and ending of a walker in both engines."""
    result = {}
    for engine in ("numba", "box2d"):
        episode = rollout(theta[None], [course], [0], engine=engine)
        ending = Ending(episode.endings[0]).name.lower()
        result[engine] = {
            "return": float(episode.returns[0]), "steps": int(episode.lengths[0]), "ending": ending,
        }  # fmt: skip
    return result


def main(names: list[str]) -> None:
    """Teach the named walkers and write them down."""
    torch.set_num_threads(1)
    for name in names:
        if name not in LESSONS:
            raise SystemExit(f"unknown walker {name!r}: choose from {', '.join(LESSONS)}")
        lesson, began = LESSONS[name], time.process_time()
        best = give(lesson, aloud=True)
        record = {
            "name": name,
            "taught_by": "PPO (aiga.poet.walker.ppo), not by evolution strategies",
            "lesson": asdict(lesson),
            "settings": asdict(Settings()),
            "steps": best.steps,
            "cpu_seconds": round(time.process_time() - began, 1),
            "device": device.describe(torch.device("cpu")),
            "torch": torch.__version__,
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "scores": scores(best.theta, generate(lesson.encoding, lesson.course)),
        }
        folder: Path = weights.folder()
        weights.save(folder / f"{name}.safetensors", best.theta, {"record": f"{name}.json"})
        files.write_text(folder / f"{name}.json", json.dumps(record, indent=2) + "\n")
        print(json.dumps(record["scores"]))


if __name__ == "__main__":
    main(sys.argv[1:])
