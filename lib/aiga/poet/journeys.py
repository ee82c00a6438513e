"""Where agents came from: for each its way through niches, and whether that led home again.

The paper calls it goal switching: an agent leaves its course, learns on another, and comes back better than the one
that stayed (Wang et al. 2019, the walker that learnt to stand).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from aiga.poet.state import Admission, State, Transfer


@dataclass(frozen=True)
class Stop:
    """A niche on an agent's way."""

    niche: int
    since: int
    """Iteration at which the agent, or what it was a copy of, came there."""


Journey = tuple[Stop, ...]
"""Where an agent and those it descends from have lived, oldest first."""


@dataclass(frozen=True)
class Return:
    """An agent that came back to a niche where its line had lived before."""

    move: Transfer
    journey: Journey
    """Its way, up to and including the return."""


def journeys(state: State) -> dict[int, Journey]:
    """The way of each niche's present agent."""
    return list(_rounds(state))[-1][0]


def returns(state: State) -> list[Return]:
    """All agents that came home, in order."""
    found = []
    for way, moved in _rounds(state):
        for each in moved:
            journey = way[each.target]
            if each.target in [stop.niche for stop in journey[:-1]]:
                found.append(Return(each, journey))
    return found


def _rounds(state: State) -> Iterator[tuple[dict[int, Journey], list[Transfer]]]:
    """The ways after each round of admissions or of moves, and those moves."""
    admitted = {each.niche for each in state.admissions}
    way: dict[int, Journey] = {n.uid: (Stop(n.uid, n.born),) for n in state.niches if n.uid not in admitted}
    yield dict(way), []
    events: list[Admission | Transfer] = [*state.admissions, *state.transfers]
    order = [(each.iteration, isinstance(each, Transfer)) for each in events]  # niches are admitted before agents move
    ranked = sorted(range(len(events)), key=lambda k: order[k])  # stable
    for _, group in groupby(ranked, key=lambda k: order[k]):
        before, moved = dict(way), []  # all moves of a round happen at once
        for each in [events[k] for k in group]:
            if isinstance(each, Transfer):
                way[each.target] = (*before[each.source], Stop(each.target, each.iteration))
                moved.append(each)
            else:
                way[each.niche] = (*way[each.agent_of], Stop(each.niche, each.iteration))
        yield dict(way), moved


@dataclass(frozen=True)
class Alternative:
    """A move into a niche, beside the same niche in a run without transfer: what its own agent came to."""

    move: Transfer
    stayed: float
    """Score of the agent that stayed, once as many decisions had been spent on it as on the niche at the move."""
    best: float
    """Best score in the niche, from the beginning to the end of the run, with moves."""
    best_alone: float
    """The same of the agent that stayed, with no more decisions than the niche had."""


def alternative(move: Transfer, logged: NDArray[np.float64], alone: NDArray[np.float64]) -> Alternative:
    """Set a move against the niche's own agent, which goes on by itself for as many decisions.

    Until the first move the two runs are the same one, since noise is named by niche and iteration.

    Args:
        move: the move.
        logged: of the target niche in the run with transfer: iteration, decisions spent, score, ``(rows, 3)``.
        alone: the same niche in the run without.

    Raises:
        ValueError: one of the logs is empty.
    """
    if not len(logged) or not len(alone):
        raise ValueError(f"the logs have {len(logged)} and {len(alone)} rows: expected at least one each")
    at = logged[logged[:, 0] <= move.iteration + 1][-1]
    return Alternative(
        move,
        stayed=_until(alone, at[1])[-1],
        best=float(logged[:, 2].max()),
        best_alone=max(_until(alone, logged[-1, 1])),
    )


def _until(rows: NDArray[np.float64], spent: float) -> list[float]:
    """Scores until so many decisions were spent; at least the first."""
    return [float(score) for score in rows[rows[:, 1] <= max(spent, rows[0, 1]), 2]]
