"""What the gate does to the representation, whether neighbours are of one class, and whether two samples differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aiga.anml.heads import Heads, with_one
from aiga.anml.model import Network

ACTIVE = 0.01
"""A unit is active above this (sec. 4.2 of the paper)."""
NEIGHBOURS = 5
"""Of how many neighbours the paper asks; it says that 1 to 20 give the same picture."""


@dataclass(frozen=True, eq=False)
class Representation:
    """What a network makes of drawings, each ``(classes, drawers, F)``."""

    hidden: Tensor
    """Units before the gate."""
    gate: Tensor
    """How far each is let through; 1 where there is no gate."""

    @property
    def embedded(self) -> Tensor:
        """Units after the gate: what the head reads."""
        return self.hidden * self.gate


@torch.no_grad()
def represent(network: Network, images: Tensor, *, at_once: int = 100) -> Representation:
    """Look at every drawing once.

    Args:
        network: any network of this chapter.
        images: ink = 1 and paper = 0, ``(classes, drawers, side, side)``.
        at_once: drawings in one batch.
    """
    parts = images.flatten(0, 1)[:, None].split(at_once)
    hidden, gate = (torch.cat([look(part) for part in parts]) for look in (network.hidden, network.gate))
    return Representation(*(each.unflatten(0, images.shape[:2]) for each in (hidden, gate)))


@dataclass(frozen=True)
class Sparsity:
    """Fractions of units, over drawings: how many are active, and how many never are."""

    active_before_gate: float
    active_after_gate: float
    active_gate: float
    dead_before_gate: float
    dead_after_gate: float


def sparsity(seen: Representation) -> Sparsity:
    """How many units are active (above 0.01) before the gate, after it, and in the gate itself (fig. 5).

    The paper has 52.8 %, 5.9 % and 56.9 %, and no dead units.
    """
    before, after, gate = (each > ACTIVE for each in (seen.hidden, seen.embedded, seen.gate))
    return Sparsity(
        *(float(each.double().mean()) for each in (before, after, gate)),
        *(1 - float(each.flatten(0, 1).any(0).double().mean()) for each in (before, after)),
    )


def knn(features: Tensor, *, neighbours: int = NEIGHBOURS, shown: int = 15) -> float:
    """Held-out drawings whose nearest neighbours among the shown ones are mostly of their class (sec. 4.2).

    Distances are Euclidean. Where two classes have as many neighbours, the nearer ones win.

    Args:
        features: ``(classes, drawers, F)``.
        neighbours: how many vote.
        shown: the first drawings of each class, which the others are compared with.

    Raises:
        ValueError: there are fewer drawings than neighbours, or none held out.
    """
    classes, drawers = features.shape[:2]
    if neighbours > classes * shown or shown >= drawers:
        raise ValueError(
            f"{neighbours} neighbours among {shown} of {drawers} drawings of {classes} classes: lower either"
        )
    known, asked = features[:, :shown].flatten(0, 1), features[:, shown:].flatten(0, 1)
    right = []
    for some, truth in zip(asked.split(1000), _labels(features[:, shown:]).split(1000), strict=True):
        nearest = torch.cdist(some, known).topk(neighbours, largest=False).indices  # (n, neighbours), nearest first
        votes = 1 + torch.arange(neighbours, 0, -1, device=some.device) / (1000.0 * neighbours**2)
        counted = votes.new_zeros(len(some), classes)
        counted.scatter_add_(1, nearest // shown, votes.expand_as(nearest))
        right.append(counted.argmax(1) == truth)
    return float(torch.cat(right).double().mean())


def _labels(features: Tensor) -> Tensor:
    classes, drawers = features.shape[:2]
    return torch.arange(classes, device=features.device).repeat_interleave(drawers)


def mann_whitney(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Two-sided p of the Mann-Whitney U test, which the paper uses throughout.

    With three values a side it cannot fall below 0.1, however far apart they are. It takes all values as independent:
    several trajectories of one network are not, so give one value (their mean) for each network.

    Raises:
        ValueError: one side has no values.
    """
    from scipy import stats  # not at the top: training needs this module, but not SciPy

    if not len(ours) or not len(theirs):
        raise ValueError(f"both sides need values, got {len(ours)} and {len(theirs)}")
    return float(stats.mannwhitneyu(ours, theirs, alternative="two-sided").pvalue)


def teach(features: Tensor, head: Tensor, *, rate: float, shown: int = 15) -> Tensor:
    """Teach characters one after another, and ask for all of them after each.

    Args:
        features: of the characters in the order of teaching, ``(classes, drawers, F)``.
        head: fresh weights, ``(outputs, F)``.
        rate: Adam's; each network has its own best one, to be chosen on other characters.
        shown: drawings of each to learn from.

    Returns:
        Fraction of each character's held-out drawings that are named correctly, ``(taught so far, character)``; NaN
        where a character has not been taught yet.

    Raises:
        ValueError: fewer outputs than characters.
    """
    classes, drawers = features.shape[:2]
    if len(head) < classes:
        raise ValueError(f"{classes} characters need as many outputs, got {len(head)}: give a larger head")
    heads, read = Heads(head[None], (rate,)), with_one(features)
    labels = _labels(features).view(classes, drawers)
    rows = []
    for taught in range(classes):
        heads.learn(read[None, taught, :shown], labels[None, taught, :shown])
        right = heads.right(read[None, :, shown:].flatten(1, 2), labels[None, :, shown:].flatten(1))
        rows.append(right.view(classes, drawers - shown).double().mean(1))
    matrix = torch.stack(rows)
    return torch.where(torch.ones_like(matrix).tril() > 0, matrix, torch.nan)
