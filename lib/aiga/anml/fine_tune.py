"""The meta-test where more than the last layer learns: one step of Adam a drawing, on any of a network's weights."""

import copy
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga.anml.model import Network
from aiga.anml.sequences import Trajectories
from aiga.training import adam

AT_ONCE = 256
"""Drawings that are named together."""


def fine_tune(
    network: Network,
    parameters: Sequence[str],
    images: Tensor,
    trajectory: Trajectories,
    *,
    lengths: Sequence[int],
    rate: float,
    shown: int = 15,
    shuffled: bool = False,
) -> tuple[Tensor, Tensor]:
    """Learn one trajectory's classes in sequence with one rate; the network itself stays as it is.

    Args:
        network: a copy of it gets the trajectory's fresh head, and learns.
        parameters: names of the weights that learn. A name stands for all that begin with it: ``"head"`` for the head,
            ``"linear"`` for OML's other linear layer, ``""`` for everything.
        images: every class's drawings, ink = 1 and paper = 0, ``(classes, drawers, side, side)``.
        trajectory: a single one, with a head that fits the network's.
        lengths: numbers of classes, ascending, after which is asked.
        rate: Adam's.
        shown: drawings of each class to learn from.
        shuffled: the oracle: the same drawings in random order, from a fresh copy for each length.

    Returns:
        Fractions named correctly of the drawings seen, and of those held out, ``(lengths,)`` each.

    Raises:
        ValueError: a name that no weight has, or not exactly one trajectory.
    """
    if len(trajectory.classes) != 1:
        raise ValueError(f"fine_tune takes one trajectory at a time, got {len(trajectory.classes)}: choose [n : n + 1]")
    drawn = images[trajectory.classes[0, :, None], trajectory.drawings[0]][:, :, None]  # (N, drawers, 1, side, side)
    labels = torch.arange(len(drawn), device=images.device)[:, None].expand(drawn.shape[:2])  # (N, drawers)
    pupil, learned = _pupil(network, parameters, trajectory.heads[0]), 0
    optimiser = adam(pupil, rate)
    seen, held_out = [], []
    for length in lengths:
        lesson = drawn[learned:length, :shown].flatten(0, 1), labels[learned:length, :shown].flatten()
        if shuffled:
            order = trajectory.keys[0, :length, :shown].flatten().argsort()
            lesson = drawn[:length, :shown].flatten(0, 1)[order], labels[:length, :shown].flatten()[order]
            pupil = _pupil(network, parameters, trajectory.heads[0])
            optimiser = adam(pupil, rate)
        for image, label in zip(lesson[0].split(1), lesson[1].split(1), strict=True):
            optimiser.zero_grad()
            F.cross_entropy(pupil(image), label).backward()
            optimiser.step()
        learned = length
        with torch.no_grad():
            answers = torch.cat([pupil(some).argmax(1) for some in drawn[:length].flatten(0, 1).split(AT_ONCE)])
        right = (answers.view(length, -1) == labels[:length]).double()
        seen.append(right[:, :shown].mean())
        held_out.append(right[:, shown:].mean())
    return torch.stack(seen), torch.stack(held_out)


def _pupil(network: Network, parameters: Sequence[str], head: Tensor) -> Network:
    """A copy with a fresh head, of which only the named weights learn."""
    pupil = copy.deepcopy(network)
    pupil.head_weight.data = head.clone()
    pupil.head_bias.data = head.new_zeros(len(head))
    names = [name for name, _ in pupil.named_parameters()]
    for start in parameters:
        if not any(name.startswith(start) for name in names):
            raise ValueError(f"no weights begin with {start!r}: choose from {', '.join(names)}")
    for name, parameter in pupil.named_parameters():
        parameter.requires_grad_(name.startswith(tuple(parameters)))
    return pupil
