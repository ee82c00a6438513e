"""How new a course is: by its numbers (POET), or by how agents rank on it (Enhanced POET's PATA-EC)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aiga.poet.courses import Encoding
from aiga.poet.evolution import ranks


def nearest(one: NDArray[np.floating], others: NDArray[np.floating], neighbours: int) -> float:
    """Mean Euclidean distance to the nearest of others (``novelty.py`` lines 18-62).

    Args:
        one: ``(K,)``.
        others: ``(M, K)``; of fewer than ``neighbours`` all count.
        neighbours: how many.
    """
    distances = np.linalg.norm(others - one, axis=1)
    return float(np.sort(distances)[:neighbours].mean())


def of_parameters(child: Encoding, known: Sequence[Encoding], neighbours: int) -> float:
    """Novelty of an encoding beside all that were ever admitted; numbers are not normalised."""
    return nearest(child.vector(), np.stack([each.vector() for each in known]), neighbours)


def pata_ec(scores: NDArray[np.float64], lower: float, upper: float) -> NDArray[np.float32]:
    """What courses are to a population: the order in which agents do well there.

    Scores below or above what matters are made equal, and equal scores share their mean rank. The original's unstable
    sort gives them different ranks (``es.py`` lines 586-602 with ``stats.py`` lines 9-17).

    Args:
        scores: of every agent on every course, ``(courses, agents)``.
        lower: below, an agent is simply bad.
        upper: above, simply good.

    Returns:
        Centred ranks, ``(courses, agents)``.
    """
    if scores.shape[1] == 1:
        return np.zeros(scores.shape, np.float32)
    return ranks(np.clip(scores, lower, upper))
