"""What would have become of an agent had nobody moved in: a run is gone through again, and left at the fork.

The paper tells such a story of its flat course: a walker that drags a knee, replaced by one that had learned to stand
on stumps; left alone, the first still drags its knee 3,000 steps later. A run is determined by its seed, so the moment
before any move can be had again, and the agent that was to leave can be given all that was spent on its course
afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aiga.poet.algorithm import init, optimise, reproduce, step
from aiga.poet.settings import without_transfer
from aiga.poet.state import State, Transfer
from aiga.poet.world import World


@dataclass(frozen=True)
class Fork:
    """One move of an agent, and what came of the course with and without it."""

    move: Transfer
    budget: int
    """Decisions that were spent on the course after the move, and that the agent left alone has too."""
    moved: float
    """The course's best score in the run that was."""
    alone: float
    """The best score of the agent that was to leave, had it stayed alone."""


def settled(state: State, *, patience: int, count: int) -> list[Transfer]:
    """The moves that raised a score most on a course that had been tried for some time, and not solved.

    Args:
        state: a run.
        patience: iterations for which the course had been active.
        count: how many, each of another course.
    """
    born = {niche.uid: niche.born for niche in state.niches}
    open_until = {niche.uid: niche.solved if niche.solved >= 0 else state.iteration for niche in state.niches}
    late = [
        each for each in state.transfers if born[each.target] + patience <= each.iteration <= open_until[each.target]
    ]
    chosen: dict[int, Transfer] = {}
    for each in sorted(late, key=lambda each: each.before - each.after):
        chosen.setdefault(each.target, each)
    return list(chosen.values())[:count]


def fork(world: World, state: State, moves: Sequence[Transfer]) -> list[Fork]:
    """Go through a run again, and at each of some moves let the agent that was to leave go on alone.

    Args:
        world: the run's.
        state: the run.
        moves: of that run, no two into one course in the same iteration.

    Raises:
        ValueError: a move is not one of the run's.
    """
    if missing := [each for each in moves if each not in state.transfers]:
        raise ValueError(f"{missing[0]} is no move of this run: choose from its transfers")
    again, ends = init(world, state.seed), {niche.uid: niche for niche in state.niches}
    found = []
    for move in sorted(moves, key=lambda each: each.iteration):
        while again.iteration < move.iteration:
            step(again, world)
        before = State(seed=state.seed)
        before.load_state_dict(again.state_dict())
        alone, spent = _alone(world, before, move)
        end = ends[move.target]
        budget = end.spent - spent
        found.append(Fork(move, budget, end.best, _left_alone(world, alone, budget)))
    return found


def _alone(world: World, state: State, move: Transfer) -> tuple[State, int]:
    """The course at the moment before the move, by itself, and what had been spent on it."""
    if move.iteration % world.settings.reproduce_every == 0:
        reproduce(state, world)
    optimise(state, world)
    [niche] = [each for each in state.active if each.uid == move.target]
    return State(seed=state.seed, iteration=state.iteration + 1, active=[niche]), niche.spent


def _left_alone(world: World, state: State, budget: int) -> float:
    """The best score of an agent that learns on its course alone."""
    alone = World(world.substrate, without_transfer(world.settings), world.workers)
    while state.steps < budget:
        optimise(state, alone)
        state.iteration += 1
    return state.active[0].best
