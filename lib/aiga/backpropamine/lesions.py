"""Other hands on a trained network's modulator: each is a ``modulate`` for :class:`~aiga.backpropamine.model.Life`.

A recording is M(t) of an intact life, ``(T, S, B)``, from ``torch.stack(life.modulations)``.
"""

import torch
from torch import Tensor

from aiga import seeding
from aiga.backpropamine.model import Modulate


def frozen(value: Tensor | float) -> Modulate:
    """M(t) is the same at all steps: a fixed learning rate. ``value`` is one number or one a network, ``(S, 1)``."""
    return lambda step, own: torch.zeros_like(own) + value


def flipped(step: int, own: Tensor) -> Tensor:
    """What would be written is erased, and the other way round."""
    del step
    return -own


def replayed(recording: Tensor) -> Modulate:
    """M(t) from elsewhere: from another episode, another network, or a hand on a slider."""
    return lambda step, own: recording[step].to(own).expand_as(own)


def silenced(beginning: int) -> Modulate:
    """M(t) is 0 from this step on: nothing more is learned, nothing is forgotten."""
    return lambda step, own: own if step < beginning else torch.zeros_like(own)


def shuffled(recording: Tensor, *, seed: int) -> Tensor:
    """Each episode's own M(t) in random order: the right amounts at the wrong times, ``(T, S, B)``."""
    source = seeding.generator(seed, "shuffle")
    order = torch.rand(recording.shape, generator=source).argsort(0).to(recording.device)
    return recording.gather(0, order)


def usual(recording: Tensor, *, seed: int) -> dict[str, Modulate]:
    """The three lesions that every modulated network is measured under, by name."""
    return {
        "frozen": frozen(recording.mean((0, 2))[:, None]),
        "flipped": flipped,
        "shuffled": replayed(shuffled(recording, seed=seed)),
    }
