"""One burst: return to a stored state, act, and say what was found. This is what worker processes do."""

import functools
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiga.goexplore.archive import Burst, Cell, Visit, better
from aiga.goexplore.world import CellFunction, MakeWorld, World

Wanted = Callable[[Hashable, float, int], bool]
"""From a key, a score and a length: whether such a visit is worth a copy of the state."""


class Plan(NamedTuple):
    """All that one burst will do: where it begins, and with which actions it goes on."""

    start: Cell
    actions: bytes
    sampled: bytes = b""
    """For each action, whether what is kept of the state after it enters the sample; empty for none."""


@dataclass(frozen=True)
class Rules:
    """What a burst needs to know beside its plan."""

    cell: CellFunction
    landmarks: CellFunction | None = None
    life_loss_ends: bool = True
    survive: int = 0
    keeps: bool = False
    """Whether cells may have to be computed anew: what the cell function can ``keep`` of a state is stored with it."""


@dataclass(frozen=True)
class Task:
    """Some bursts for one worker process."""

    make_world: MakeWorld
    rules: Rules
    plans: Sequence[Plan]


def work(task: Task) -> list[Burst]:
    """Carry out some bursts, one after another.

    States go back to the main process where they may be needed: the best of each cell in this task, since the archive
    itself is not at hand.
    """
    world = _world(task.make_world, threading.get_ident())
    known: dict[Hashable, tuple[float, int]] = {}

    def wanted(key: Hashable, score: float, length: int) -> bool:
        return key not in known or better(score, length, *known[key])

    found = []
    for plan in task.plans:
        done = burst(world, plan, task.rules, wanted)
        known |= {key: (visit.score, visit.length) for key, visit in done.visits.items()}
        found.append(done)
    return found


def burst(world: World, plan: Plan, rules: Rules, wanted: Wanted) -> Burst:
    """Return and explore.

    Args:
        world: any world of the right kind; it is left where the burst ends.
        plan: where to return to, and what to do there.
        rules: what a cell is, and when an episode ends.
        wanted: what to copy the state for.

    Raises:
        TypeError: the cell function returns something that cannot be a key.
    """
    start, cell, landmarks = plan.start, rules.cell, rules.landmarks
    keep: Callable[[Any], bytes] | None = getattr(cell, "keep", None) if rules.keeps else None
    result = Burst(plan.actions, {start.key: 0}, {}, False, start.score, start.length)
    seen, visits = result.seen, result.visits
    world.restore(start.state)
    score, length, step = start.score, start.length, 0
    for step, action in enumerate(plan.actions, 1):
        reward, done, life_lost = world.step(action)
        score += reward
        length += 1
        if done or (life_lost and rules.life_loss_ends):
            result.ended = True
            break
        observed = world.observe()
        key = cell(observed)
        try:
            if key not in seen:
                seen[key] = step
        except TypeError as error:
            raise unhashable(cell, key) from error
        before = visits.get(key)
        if (before is None or better(score, length, before.score, before.length)) and wanted(key, score, length):
            visits[key] = Visit(step, score, length, world.clone(), keep(observed) if keep else b"")
        if landmarks is not None:
            result.landmarks.setdefault(landmarks(observed), step)
        if keep and plan.sampled and plan.sampled[step - 1]:
            result.sample.append(keep(observed))
    result.actions, result.score, result.length, result.steps = plan.actions[:step], score, length, step
    if rules.survive:
        _withhold(world, result, rules)
    return result


def _withhold(world: World, result: Burst, rules: Rules) -> None:
    """Give up the visits after which there was not long to live."""
    died = result.ended
    for _ in range(0 if died else rules.survive):
        _, done, life_lost = world.step(0)
        result.steps += 1
        if done or (life_lost and rules.life_loss_ends):
            died = True
            break
    if died:
        late = [key for key, visit in result.visits.items() if visit.step > result.steps - 1 - rules.survive]
        for key in late:
            del result.visits[key]


def unhashable(cell: CellFunction, key: object) -> TypeError:
    """The error for a key that is none."""
    name = getattr(cell, "__name__", type(cell).__name__)
    return TypeError(
        f"the cell function {name} returned {type(key).__name__}, which cannot be a key: return numbers, text, bytes, "
        "or tuples of those (an array's tobytes(), for example)"
    )


@functools.lru_cache(maxsize=32)
def _world(make_world: MakeWorld, thread: int) -> World:
    """A worker keeps its world from task to task: making one takes as long as several bursts."""
    return make_world()
