"""Players of a two-armed bandit that somebody designed, and what each earns: exactly, not by simulation.

The odds are independent and uniform, so all that a player can know after some trials is how often each arm has paid
and how often not. Of such counts the chance of each can be computed, trial by trial; an arm with ``s`` successes and
``f`` failures pays next with probability (s + 1) / (s + f + 2), Laplace's rule.

A table for ``n`` trials has the axes ``s0, f0, s1``, each ``0 ... n``; ``f1`` is what remains of ``n``.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
Player = Callable[[int], Table]
"""Trials played so far in, for each outcome of them the probability of pulling the first arm out."""

MEAN_OF_BEST = 2 / 3
"""Odds of the better of two arms, on average."""


def earnings(player: Player, trials: int) -> Table:
    """What a player earns at each trial of an episode, on average over all bandits, ``(trials,)``."""
    chance, earned = np.ones((1, 1, 1)), []
    for played in range(trials):
        first = chance * player(played)
        second = chance - first
        pays, other_pays = _odds(played)
        earned.append(float((first * pays + second * other_pays).sum()))
        after = np.zeros((played + 2,) * 3)
        here, up = slice(0, -1), slice(1, None)
        after[up, here, here] += first * pays
        after[here, up, here] += first * (1 - pays)
        after[here, here, up] += second * other_pays
        after[here, here, here] += second * (1 - other_pays)
        chance = after
    return np.array(earned)


def by_chance(played: int) -> Table:
    """Pulls any arm."""
    return np.full((played + 1,) * 3, 0.5)


def greedy(played: int) -> Table:
    """Pulls the arm that has the better mean so far (Laplace's), and either of two equal ones."""
    return _larger(*_odds(played))


def ucb(played: int) -> Table:
    """Pulls the arm with the higher upper bound, mean + sqrt(2 ln n / n_a) (UCB1; Auer et al. 2002)."""
    successes, failures, other_successes, other_failures = _counts(played)
    bounds = []
    for good, bad in ((successes, failures), (other_successes, other_failures)):
        pulls = np.maximum(good + bad, 1)
        bound = good / pulls + np.sqrt(2 * np.log(max(played, 1)) / pulls)
        bounds.append(np.where(good + bad == 0, np.inf, bound))
    return _larger(*bounds)


def thompson(trials: int) -> Player:
    """Pulls an arm as often as it is the better one, for all one knows (Thompson 1933).

    Args:
        trials: the longest episode to be played.
    """
    from scipy import special  # here, because a trainer must start where there is none

    nodes, weights = np.polynomial.legendre.leggauss(trials + 2)  # exact for the polynomials that occur
    x = (nodes + 1) / 2
    pairs = [(good, bad) for good in range(trials + 1) for bad in range(trials + 1 - good)]
    row = np.zeros((trials + 1, trials + 1), dtype=np.int64)
    for position, pair in enumerate(pairs):
        row[pair] = position
    a, b = (np.array(each)[:, None] + 1 for each in zip(*pairs, strict=True))
    density = np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b))
    better = (density * weights / 2) @ special.betainc(a, b, x).T  # P(the row's arm is better than the column's)

    def player(played: int) -> Table:
        good, bad, other_good, other_bad = (np.minimum(each, played) for each in _counts(played))
        possible = good + bad + other_good <= played
        first = row[np.where(possible, good, 0), np.where(possible, bad, 0)]
        second = row[np.where(possible, other_good, 0), np.where(possible, other_bad, 0)]
        return np.asarray(better[first, second], dtype=np.float64)

    return player


def optimal(trials: int) -> Player:
    """Earns most: the Bayes-optimal player, found by going backwards from the last trial.

    Args:
        trials: length of the episode; how long it lasts decides what exploring is worth.
    """
    worth = np.zeros((trials + 1,) * 3)  # of what comes after the last trial
    policies: list[NDArray[Any]] = []
    for played in reversed(range(trials)):
        pays, other_pays = _odds(played)
        here, up = slice(0, -1), slice(1, None)
        first = pays * (1 + worth[up, here, here]) + (1 - pays) * worth[here, up, here]
        second = other_pays * (1 + worth[here, here, up]) + (1 - other_pays) * worth[here, here, here]
        policies.append(_larger(first, second).astype(np.float32))
        worth = np.maximum(first, second)
    policies.reverse()
    return lambda played: policies[played].astype(np.float64)


def players(trials: int) -> dict[str, Player]:
    """All of them, the best one first."""
    return {
        "optimal": optimal(trials),
        "Thompson": thompson(trials),
        "greedy": greedy,
        "UCB": ucb,
        "random": by_chance,
    }


def _counts(played: int) -> tuple[NDArray[Any], ...]:
    """``s0, f0, s1, f1`` of every place in a table; impossible places have a negative ``f1``, set to 0."""
    successes, failures, other_successes = np.indices((played + 1,) * 3)
    return successes, failures, other_successes, np.maximum(played - successes - failures - other_successes, 0)


def _odds(played: int) -> tuple[Table, Table]:
    """Probability that each arm pays next, for every place in a table."""
    successes, failures, other_successes, other_failures = _counts(played)
    first = (successes + 1) / (successes + failures + 2)
    return first, (other_successes + 1) / (other_successes + other_failures + 2)


def _larger(first: Table, second: Table) -> Table:
    """1 where the first is larger, 0 where the second is, a half where they are equal."""
    return np.where(np.isclose(first, second), 0.5, (first > second).astype(np.float64))
