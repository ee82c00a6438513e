"""The walkers of a run: where they began, what they can do, on every course and in both engines."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from aiga.poet.biped import Biped
from aiga.poet.log import Log
from aiga.poet.state import Niche, State
from aiga.poet.substrate import Blueprint, Weights
from aiga.poet.walker import weights
from aiga.poet.world import World


@dataclass(frozen=True)
class Start:
    """A niche with which a run begins."""

    name: str
    encoding: Blueprint
    walker: str
    """Its agent, one of :func:`aiga.poet.walker.weights.names`."""


class Agents(torch.nn.Module):
    """A run and what its agents can do; for figures and for watching them."""

    thetas: torch.Tensor

    def __init__(self, world: World, state: State, log: Log, starts: Sequence[Start]) -> None:
        super().__init__()
        self.world, self.state, self.log, self.starts = world, state, log, tuple(starts)
        self.register_buffer("thetas", torch.from_numpy(np.stack([niche.best_theta for niche in state.niches])))

    def name(self, uid: int) -> str:
        """What to call a niche: the names of the beginning, then numbers."""
        return self.starts[uid].name if uid < len(self.starts) else f"course {uid}"

    @property
    def first_thetas(self) -> NDArray[np.float32]:
        """Weights with which the first niches began, ``(starts, N)``."""
        return np.stack([weights.walker(start.walker) for start in self.starts])


def table(world: World, niches: Sequence[Niche], thetas: Weights) -> NDArray[np.float64]:
    """What agents get on the courses of niches, ``(agents, niches)``."""
    courses = [world.of(niche) for niche in niches]
    which = np.tile(np.arange(len(courses)), len(thetas))
    lives = world.substrate.rollout(np.repeat(thetas, len(courses), axis=0), courses, which)
    return lives.returns.reshape(len(thetas), len(courses))


def in_both_engines(world: World, niches: Sequence[Niche]) -> dict[str, NDArray[np.float64]]:
    """What the best agent of each niche scores there, ``(niches,)`` for ``ours`` and, if it is installed, ``box2d``."""
    biped = world.substrate
    assert isinstance(biped, Biped)
    engines = {"ours": biped}
    if importlib.util.find_spec("Box2D") is not None:
        engines["box2d"] = replace(biped, engine="box2d", device="cpu")
    thetas, courses = np.stack([niche.best_theta for niche in niches]), [world.of(niche) for niche in niches]
    return {name: each.rollout(thetas, courses, np.arange(len(niches))).returns for name, each in engines.items()}
