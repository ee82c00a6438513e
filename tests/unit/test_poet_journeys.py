"""Where agents came from, and whether they came home."""

import numpy as np
import pytest

from aiga.poet.courses import Encoding
from aiga.poet.evolution import Moments, Rule
from aiga.poet.journeys import Stop, alternative, journeys, returns
from aiga.poet.state import Admission, Niche, State, Transfer


def niche(uid: int, born: int = 0) -> Niche:
    return Niche(uid, -1, Encoding(), 0, born, np.zeros(1, np.float32), Moments.fresh(Rule(), 1))


def move(iteration: int, source: int, target: int) -> Transfer:
    return Transfer(iteration, source, target, proposal=False, before=10.0, after=20.0)


@pytest.fixture
def state() -> State:
    """Niche 0's agent goes to the new niche 2, learns there and comes home; 0 and 1 exchange theirs before."""
    return State(
        0,
        active=[niche(0), niche(1), niche(2, born=5)],
        admissions=[Admission(5, 2, 0, 0, proposal=False, novelty=1.0, score=60.0)],
        transfers=[move(3, 0, 1), move(3, 1, 0), move(8, 2, 0)],
    )


def test_moves_of_a_round_happen_at_once(state: State) -> None:
    way = journeys(state)
    assert way[1] == (Stop(0, 0), Stop(1, 3))
    assert way[2] == (Stop(1, 0), Stop(0, 3), Stop(2, 5))
    assert way[0] == (Stop(1, 0), Stop(0, 3), Stop(2, 5), Stop(0, 8))


def test_coming_home_is_found(state: State) -> None:
    [found] = returns(state)
    assert found.move == state.transfers[2]
    assert [stop.niche for stop in found.journey] == [1, 0, 2, 0]
    state.transfers.pop()
    assert returns(state) == []


def test_a_niche_admitted_in_the_iteration_of_a_transfer_is_there_before_it(state: State) -> None:
    state.transfers = [move(5, 2, 1)]
    assert journeys(state)[1] == (Stop(0, 0), Stop(2, 5), Stop(1, 5))


def test_a_move_is_set_against_who_stayed_for_as_many_decisions() -> None:
    logged = np.array([[0, 10, 5.0], [1, 20, 20.0], [2, 30, 90.0]])
    alone = np.array([[0, 10, 5.0], [1, 18, 8.0], [2, 29, 70.0], [3, 40, 300.0]])
    found = alternative(move(0, 1, 0), logged, alone)
    assert (found.stayed, found.best, found.best_alone) == (8.0, 90.0, 70.0)
    with pytest.raises(ValueError, match="3 and 0 rows"):
        alternative(move(0, 1, 0), logged, np.zeros((0, 3)))
