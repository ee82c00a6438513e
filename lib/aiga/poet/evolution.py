r"""Evolution strategies as POET uses them: many perturbed copies of an agent, and a step towards the better ones.

One gradient is estimated from pairs :math:`\theta \pm \sigma\varepsilon_i`, whose returns count by rank only
(``es.py`` lines 105-111, 450-457):

.. math::
    g = \frac{1}{n\sigma} \sum_{i=1}^{n}
    \big(r(\theta + \sigma\varepsilon_i) - r(\theta - \sigma\varepsilon_i)\big)\,\varepsilon_i

The noise of an estimate depends on its key alone (a counter-based generator), so that it does not matter who computes
it, where and when. The original shares a table of 250 million numbers between its workers instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from aiga import parallel, seeding
from aiga.poet.substrate import Substrate, Weights

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Rule:
    """Settings of the optimiser; as given, those of the original (``run_poet_local.sh``, ``es.py``)."""

    pairs: int = 256
    sigma: float = 0.1
    sigma_decay: float = 0.999
    sigma_floor: float = 0.01
    rate: float = 0.01
    rate_decay: float = 0.9999
    rate_floor: float = 0.001
    weight_decay: float = 0.01
    """Added to the gradient; not mentioned in the paper as far as we know (``es.py`` line 529)."""
    plain_rate: float = 0.01
    """Step of a proposal at admission, which is plain gradient ascent (``es.py`` lines 575-588)."""


@dataclass(frozen=True)
class Moments:
    """What the optimiser of one agent remembers."""

    first: Floats  # (N,)
    second: Floats  # (N,)
    taken: int
    sigma: float
    rate: float

    @classmethod
    def fresh(cls, rule: Rule, parameters: int) -> "Moments":
        """Before the first step, and after an agent has been replaced."""
        nothing = np.zeros(parameters, np.float32)
        return cls(nothing, nothing, 0, rule.sigma, rule.rate)


@dataclass(frozen=True)
class Task:
    """One gradient to estimate."""

    theta: Weights  # (N,)
    course: Any
    sigma: float
    key: tuple[int, int, int, int]
    """A name that no other estimate of the run has: purpose, iteration, and the two agents concerned."""


@dataclass(frozen=True)
class Workers:
    """Who computes: the result is the same for any number of them."""

    jobs: int = 1
    backend: parallel.Backend = "threading"
    at_once: int = 8
    """Estimates in one call of the substrate; what a graphics card wants large and a cache small."""


def noise(seed: int, key: tuple[int, int, int, int], pairs: int, parameters: int) -> Floats:
    """Standard normal numbers, ``(pairs, N)``, that depend on ``seed`` and ``key`` alone."""
    purpose, *place = key
    bits = np.random.Philox(key=[seeding.derive(seed, "noise"), purpose], counter=[0, *place])
    return np.random.Generator(bits).standard_normal((pairs, parameters), np.float32)


def ranks(returns: NDArray[np.float64]) -> Floats:
    """Ranks along the last axis, from -0.5 to 0.5; equal returns share their mean rank (``stats.py`` lines 20-24).

    The original's sort gives equal returns different ranks, whichever it happens to find first.
    """
    count = returns.shape[-1]
    shared = rankdata(returns, axis=-1) - 1
    return np.asarray(shared / (count - 1) - 0.5, np.float32)


def estimate(
    substrate: Substrate, tasks: Sequence[Task], pairs: int, seed: int, workers: Workers
) -> tuple[list[Floats], list[int]]:
    """Estimate several gradients.

    Args:
        substrate: the world.
        tasks: which gradients.
        pairs: antithetic pairs for each.
        seed: the run's.
        workers: who computes them.

    Returns:
        For each task the gradient, ``(N,)``, of rising return, and the decisions that its lives took.
    """
    groups = [tasks[first : first + workers.at_once] for first in range(0, len(tasks), workers.at_once)]
    work = partial(_estimate_group, substrate=substrate, pairs=pairs, seed=seed)
    parts = parallel.run(work, groups, jobs=workers.jobs, backend=workers.backend)
    return [each for part in parts for each in part[0]], [each for part in parts for each in part[1]]


def _estimate_group(
    tasks: Sequence[Task], *, substrate: Substrate, pairs: int, seed: int
) -> tuple[list[Floats], list[int]]:
    drawn = [noise(seed, task.key, pairs, substrate.parameters) for task in tasks]
    moved = [np.float32(task.sigma) * each for task, each in zip(tasks, drawn, strict=True)]
    thetas = [task.theta + sign * each for task, each in zip(tasks, moved, strict=True) for sign in (1, -1)]
    which = np.repeat(np.arange(len(tasks)), 2 * pairs)
    lives = substrate.rollout(np.concatenate(thetas), [task.course for task in tasks], which)
    weight = ranks(lives.returns.reshape(len(tasks), 2 * pairs)).reshape(len(tasks), 2, pairs)
    gradients = []
    for task, weights, those in zip(tasks, weight[:, 0] - weight[:, 1], drawn, strict=True):
        total = np.einsum("p,pn->n", weights, those)  # its order of summation depends on nothing else
        gradients.append(total / np.float32(pairs * task.sigma))
    return gradients, lives.steps.reshape(len(tasks), -1).sum(1).tolist()


def adam(theta: Weights, gradient: Floats, moments: Moments, rule: Rule) -> tuple[Weights, Moments]:
    """One step uphill by Adam, with weight decay; sigma and the learning rate then shrink (``es.py`` lines 527-535)."""
    descent = np.float32(rule.weight_decay) * theta - gradient
    taken = moments.taken + 1
    first = np.float32(0.9) * moments.first + np.float32(0.1) * descent
    second = np.float32(0.999) * moments.second + np.float32(0.001) * descent * descent
    rate = np.float32(moments.rate * np.sqrt(1 - 0.999**taken) / (1 - 0.9**taken))
    after = replace(
        moments,
        first=first,
        second=second,
        taken=taken,
        sigma=max(rule.sigma_floor, moments.sigma * rule.sigma_decay),
        rate=max(rule.rate_floor, moments.rate * rule.rate_decay),
    )
    change = rate * first / (np.sqrt(second) + np.float32(1e-8))
    return (theta - change).astype(np.float32), after


def plain(theta: Weights, gradient: Floats, rule: Rule) -> Weights:
    """One step uphill without any memory."""
    change = np.float32(rule.plain_rate) * (gradient - np.float32(rule.weight_decay) * theta)
    return (theta + change).astype(np.float32)
