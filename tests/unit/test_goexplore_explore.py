"""The loop of phase 1 on a small world: chance, replacement, any number of workers, stopping and going on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiga import seeding
from aiga.checkpoint import CheckpointError
from aiga.goexplore.archive import Archive, Cell
from aiga.goexplore.burst import Plan, Rules, Task, burst, work
from aiga.goexplore.explore import Exploration, explore, plans
from aiga.goexplore.maze_world import Grid, MakeMaze, position
from aiga.goexplore.selection import Uniform, choose
from aiga.goexplore.world import Step, World

MOVES = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
SMALL = Exploration(steps=3000, burst=12, batch=9, repeat=0.6)


@dataclass(frozen=True)
class Field:
    """Makes a square with a coin, a hole that costs a life, and an exit."""

    side: int = 12

    def __call__(self) -> "Walk":
        return Walk(self.side)


class Walk:
    """A walk on a field; its state is where it is and whether it has the coin."""

    actions = len(MOVES)

    def __init__(self, side: int) -> None:
        self.side = side
        self.reset()

    def reset(self) -> None:
        self.x = self.y = self.coin = 0

    def step(self, action: int) -> Step:
        across, down = MOVES[action]
        self.x, self.y = (min(max(at + by, 0), self.side - 1) for at, by in ((self.x, across), (self.y, down)))
        here, reward = (self.x, self.y), 0.0
        if here == (5, 5) and not self.coin:
            self.coin, reward = 1, 1.0
        return Step(reward, here == (11, 11), here == (3, 3))

    def clone(self) -> bytes:
        return bytes([self.x, self.y, self.coin])

    def restore(self, state: bytes) -> None:
        self.x, self.y, self.coin = state

    def observe(self) -> tuple[int, int]:
        return self.x, self.y

    def fingerprint(self) -> bytes:
        return self.clone()


def place(seen: tuple[int, int]) -> tuple[int, int]:
    return seen


def unhashable(seen: tuple[int, int]) -> Any:
    return np.array(seen)


def late(seen: tuple[int, int]) -> Any:
    return seen if seen == (0, 0) else list(seen)


def same(one: Archive, other: Archive) -> bool:
    names = ("cells", "root", "steps", "bursts", "best_score", "end", "landmarks", "history")
    paths = [[archive.trajectory(cell) for cell in archive.cells] for archive in (one, other)]
    return paths[0] == paths[1] and all(getattr(one, name) == getattr(other, name) for name in names)


def start(world: World) -> Cell:
    world.reset()
    return Cell((0, 0), 0.0, 0, -1, world.clone(), b"", 0)


def test_every_cell_is_reached_by_its_trajectory() -> None:
    archive = explore(Field(), place, SMALL, seed=0)
    world = Field()()
    assert len(archive) > 40
    assert 1.0 in {cell.score for cell in archive.cells}
    for cell in archive.cells:
        world.reset()
        score = sum(world.step(action).reward for action in archive.trajectory(cell))
        assert (score, world.clone(), world.observe()) == (cell.score, cell.state, cell.key)
        assert len(archive.trajectory(cell)) == cell.length
    assert (3, 3) not in archive.index  # where a life is lost
    assert SMALL.steps <= archive.steps < SMALL.steps + SMALL.burst * SMALL.batch


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, survive=2, life_loss_ends=False, reset_counts=False)])
def test_the_result_does_not_depend_on_the_number_of_workers(config: Exploration) -> None:
    alone = explore(Field(), place, config, seed=1, landmarks=place)
    assert same(alone, explore(Field(), place, config, seed=1, landmarks=place, workers=3, backend="threading"))
    assert not same(alone, explore(Field(), place, config, seed=2, landmarks=place))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Ray cluster of two cores on this machine, for the length of a test."""
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()
    assert not ray.is_initialized()


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_two_processes_and_a_cluster_find_what_one_process_finds() -> None:
    made, config = MakeMaze(2, 9), Exploration(steps=600, burst=20, batch=10, repeat=0.8)
    alone = explore(made, Grid(), config, seed=1, landmarks=position, backend="sequential")
    assert len(alone) > 40
    for backend in ("loky", "ray"):
        assert same(alone, explore(made, Grid(), config, seed=1, landmarks=position, workers=2, backend=backend))


def literal_batch(cells: dict[Any, dict[str, Any]], drawn: list[Plan], *, reset: bool) -> None:
    """A batch as the original merges it: step by step, with counters as in ``goexplore.py`` lines 910-1010."""
    world, changed = Field()(), set()
    for plan in drawn:
        world.restore(plan.start.state)
        score, seen = plan.start.score, {plan.start.key}
        begun = cells[plan.start.key]
        for name in ("chosen", "since", "seen"):
            begun[name] += 1
        for step, action in enumerate(plan.actions, 1):
            moved = world.step(action)
            score += moved.reward
            if moved.done or moved.life_lost:
                break
            key, length = world.observe(), plan.start.length + step
            cell = cells.setdefault(key, {"score": -np.inf, "length": 0, "chosen": 0, "since": 0, "seen": 0})
            if key not in seen:
                seen.add(key)
                cell["seen"] += 1
            if score > cell["score"] or (score == cell["score"] and length < cell["length"]):
                cell |= {"score": score, "length": length, "state": world.clone()}
                begun["since"] = 0
                changed.add(key)
    for key in changed if reset else ():
        cells[key] |= {"chosen": 0, "since": 0, "seen": 0}


@pytest.mark.parametrize("reset", [True, False])
def test_bursts_reduced_to_cells_are_merged_as_the_original_merges_steps(reset: bool) -> None:
    world, chance = Field()(), seeding.generator(0, "test")
    archive = Archive((0, 0), world.clone())
    cells: dict[Any, dict[str, Any]] = {
        (0, 0): {"score": 0.0, "length": 0, "chosen": 0, "since": 0, "seen": 0, "state": world.clone()}
    }
    for _ in range(40):
        starts = [replace(cell) for cell in choose(archive, Uniform(), 6, chance)]
        drawn = plans(starts, SMALL, len(MOVES), chance)
        literal_batch(cells, drawn, reset=reset)
        for plan in drawn:
            archive.merge(plan.start, burst(world, plan, Rules(place), archive.wants))
        archive.settle(reset_counts=reset)
        assert {
            cell.key: {
                "score": cell.score,
                "length": cell.length,
                "chosen": cell.chosen,
                "since": cell.chosen_since_new,
                "seen": cell.seen,
                "state": cell.state,
            }
            for cell in archive.cells
        } == cells
    assert len(cells) > 50


def test_a_task_sends_states_for_the_best_visits_only() -> None:
    world = Field()()
    drawn = [Plan(start(world), bytes([1, 1, 3])), Plan(start(world), bytes([0, 1, 1, 3])), Plan(start(world), b"\x03")]
    first, second, third = work(Task(Field(), Rules(place), drawn))
    assert set(first.visits) == {(1, 0), (2, 0), (2, 1)}
    assert set(second.visits) == {(0, 0)}  # standing still is one action longer than where it began
    assert second.seen == {(0, 0): 0, (1, 0): 2, (2, 0): 3, (2, 1): 4}
    assert set(third.visits) == {(0, 1)}


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = explore(Field(), place, SMALL, seed=3, landmarks=place)
    file = tmp_path / "archive.pt"
    monkeypatch.setattr("time.monotonic", iter(range(0, 10**9, 61)).__next__)  # a checkpoint after every part
    taken = 0

    class Killed(Walk):
        def step(self, action: int) -> Step:
            nonlocal taken
            taken += 1
            if taken == SMALL.steps // 2:
                raise KeyboardInterrupt
            return super().step(action)

    @dataclass(frozen=True)
    class Again(Field):
        def __call__(self) -> Walk:
            return Killed(self.side)

        def __repr__(self) -> str:
            return repr(Field())

    with pytest.raises(KeyboardInterrupt):
        explore(Again(), place, SMALL, seed=3, landmarks=place, checkpoint=file)
    done = taken
    resumed = explore(Again(), place, SMALL, seed=3, landmarks=place, checkpoint=file)
    assert same(resumed, whole)
    assert taken - done < 0.6 * SMALL.steps
    assert same(explore(Field(), place, SMALL, seed=3, landmarks=place, checkpoint=file), whole)
    with pytest.raises(CheckpointError, match="belongs to another run"):
        explore(Field(), place, replace(SMALL, selection=Uniform()), seed=3, landmarks=place, checkpoint=file)
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(CheckpointError, match="damaged"):
        explore(Field(), place, SMALL, seed=3, landmarks=place, checkpoint=file)


def test_a_checkpoint_wants_plain_keys(tmp_path: Path) -> None:
    def odd(seen: tuple[int, int]) -> Any:
        return np.int64(seen[0])

    assert len(explore(Field(), odd, SMALL, seed=0)) == Field().side
    with pytest.raises(ValueError, match=r"cannot hold keys like np\.int64\(0\) of type int64"):
        explore(Field(), odd, SMALL, seed=0, checkpoint=tmp_path / "archive.pt")


def test_a_limit_tries_the_beginning_only() -> None:
    amount = SMALL.burst * SMALL.batch
    beginning = explore(Field(), place, SMALL, seed=4, limit=2)
    whole = explore(Field(), place, SMALL, seed=4)
    assert 2 * amount <= beginning.steps < 3 * amount
    assert whole.history[: len(beginning.history)] == beginning.history


@pytest.mark.parametrize("cell", [unhashable, late])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_cell_that_cannot_be_a_key_is_refused(cell: Any, workers: int) -> None:
    with pytest.raises(TypeError, match=rf"{cell.__name__} returned (ndarray|list), which cannot be a key"):
        explore(Field(), cell, SMALL, seed=0, workers=workers, backend="threading")


def test_runs_of_actions_are_geometric() -> None:
    config = Exploration(steps=1, burst=400, repeat=0.9)
    drawn = plans([start(Field()())] * 200, config, 200, seeding.generator(0, "test"), sample=0.25)
    actions = np.array([list(plan.actions) for plan in drawn])
    again = (actions[:, 1:] == actions[:, :-1]).mean()
    assert again == pytest.approx(0.9 + 0.1 / 200, abs=0.004)
    longer = (actions[:, 2:] == actions[:, :-2]).mean()
    assert longer == pytest.approx(0.81, abs=0.008)  # no memory: two repetitions are as likely as one, twice
    assert np.bincount(actions[:, 0], minlength=200).max() < 8
    assert np.mean([list(plan.sampled) for plan in drawn]) == pytest.approx(0.25, abs=0.01)


def test_a_lost_life_ends_a_burst_where_it_should() -> None:
    world, actions = Field()(), bytes([1, 1, 1, 3, 3, 3, 1])
    ends = burst(world, Plan(start(world), actions), Rules(place), lambda *_: True)
    assert (ends.ended, ends.steps, ends.actions) == (True, 6, actions[:6])
    assert max(visit.step for visit in ends.visits.values()) == 5
    goes_on = burst(world, Plan(start(world), actions), Rules(place, life_loss_ends=False), lambda *_: True)
    assert (goes_on.ended, goes_on.steps, (3, 3) in goes_on.visits) == (False, 7, True)


def test_who_must_survive_does_not_keep_what_is_about_to_die() -> None:
    world, actions = Field()(), bytes([1, 1, 1, 3, 3, 3, 1])

    def last(survive: int, actions: bytes = actions) -> int:
        rules = Rules(place, survive=survive)
        visits = burst(world, Plan(start(world), actions), rules, lambda *_: True).visits.values()
        return max(visit.step for visit in visits)

    assert [last(survive) for survive in (0, 1, 2)] == [5, 4, 3]
    alive = burst(world, Plan(start(world), actions[:3]), Rules(place, survive=2), lambda *_: True)
    assert (alive.steps, len(alive.actions), max(visit.step for visit in alive.visits.values())) == (5, 3, 3)


def test_without_return_every_burst_begins_at_the_start() -> None:
    archive = explore(Field(), place, replace(SMALL, returns=False), seed=0)
    assert max(cell.length for cell in archive.cells) <= SMALL.burst


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="batch must be at least 1, got 0"):
        Exploration(steps=10, batch=0)
    with pytest.raises(ValueError, match="got 1 and 0"):
        Exploration(steps=10, repeat=1)
