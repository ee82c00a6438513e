"""The maze of two wings as phase 1 sees it: a :class:`aiga.goexplore.world.World`, cells and landmarks.

The episode ends one step later here than in the maze, so that the goal is a state like others: it can be stored as a
cell, and the way to the archive's best cell is a demonstration.
"""

from dataclasses import dataclass
from typing import NamedTuple

from aiga.envs.wings import ACTIONS, Plan, Wings, plan
from aiga.goexplore.archive import Archive
from aiga.goexplore.world import Step


class Place(NamedTuple):
    """What is observed of the maze."""

    row: int
    column: int
    taken: bool
    """Whether the decoy has been taken."""


class MazeWorld:
    """One maze that can be saved and restored.

    Args:
        plan: the maze.
    """

    actions = len(ACTIONS)

    def __init__(self, plan: Plan) -> None:
        self.plan, self._wings, self._columns, self._goal = plan, Wings(plan), plan.shape[1], plan.goal

    def reset(self) -> None:
        """See :class:`aiga.goexplore.world.World`."""
        self._wings.reset()

    def step(self, action: int) -> Step:
        """See :class:`aiga.goexplore.world.World`."""
        if self._wings.cell == self._goal:
            return Step(0.0, True)
        reward, done = self._wings.step(action)
        return Step(reward, done and self._wings.cell != self._goal)

    def clone(self) -> bytes:
        """See :class:`aiga.goexplore.world.World`."""
        return self._wings.clone()

    def restore(self, state: bytes) -> None:
        """See :class:`aiga.goexplore.world.World`."""
        self._wings.restore(state)

    def observe(self) -> Place:
        """Where the agent is."""
        return Place(*divmod(self._wings.cell, self._columns), self._wings.taken)

    def fingerprint(self) -> bytes:
        """See :class:`aiga.goexplore.world.World`."""
        return self._wings.clone()


@dataclass(frozen=True)
class MakeMaze:
    """Makes mazes, in any process."""

    corridors: int
    length: int

    def __call__(self) -> MazeWorld:
        """A maze at its beginning."""
        return MazeWorld(plan(self.corridors, self.length))


@dataclass(frozen=True)
class Grid:
    """A cell function: squares of ``side`` by ``side`` positions, with the decoy there or taken."""

    side: int = 1

    def __call__(self, place: Place) -> tuple[int, int, bool]:
        """The square."""
        return place.row // self.side, place.column // self.side, place.taken


def position(place: Place) -> tuple[int, int]:
    """A landmark: the position itself, whatever the cells are."""
    return place.row, place.column


def solved(archive: Archive, plan: Plan) -> int | None:
    """Agent steps after which the goal was first reached, if it was."""
    return archive.landmarks.get(divmod(plan.goal, plan.shape[1]))


def demonstration(archive: Archive, plan: Plan) -> bytes:
    """The actions of the best way to the goal that is known, one a byte.

    Raises:
        ValueError: the goal has not been reached.
    """
    if solved(archive, plan) is None:
        raise ValueError(f"no way to the goal is known after {archive.steps} steps: explore for longer")
    return archive.trajectory(archive.best)
