"""Experiments: what every experiment of every chapter offers, and how to find one by its address.

An experiment is a module, and its address is its place: ``plasticity.omniglot`` is ``aiga/plasticity/omniglot.py``.
It has

- ``TITLE``: one line;
- ``METRICS``: what it measures, each a :class:`Metric`;
- ``SCALES``: for each scale, a full configuration for each condition, by name (``SCALES["ci"]["plastic"]``);
- ``train(config, *, seeds, device, checkpoint, limit)``: one :class:`Outcome` for each seed.
"""

import functools
import importlib
import math
import pkgutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, ParamSpec, Protocol, cast

import numpy as np
import torch

import aiga
from aiga.scale import Scale, check

P = ParamSpec("P")

CHAPTERS = ("plasticity", "backpropamine", "anml", "gtn", "poet", "goexplore")


@dataclass(frozen=True)
class Metric:
    """A number that an experiment reports for each condition and seed."""

    says: str
    lowest: float
    highest: float
    better: Literal["higher", "lower", "neither"]
    unit: str = ""


@dataclass(frozen=True)
class Curve:
    """How something developed during training; both axes are named, with units."""

    x: list[float]
    y: list[float]
    x_label: str
    y_label: str

    @classmethod
    def averaged(
        cls, values: torch.Tensor, *, per_step: int, x_label: str, y_label: str, growth: float = 1.12
    ) -> "Curve":
        """A curve from one value a training step, thinned towards the end.

        Args:
            values: one number for each step, ``(steps,)``; each point is the mean over a window of steps. Windows grow
                geometrically, so the beginning, where most happens, keeps its detail; and they do not depend on how
                long the run is, so a run's beginning can be compared with a whole run.
            per_step: how far one step goes along ``x`` (episodes in an update, for example).
            x_label: name and unit of ``x``.
            y_label: name and unit of ``y``.
            growth: how much longer each window is than the last.
        """
        count = math.ceil(math.log(max(len(values), 2)) / math.log(growth)) + 1
        ends = np.unique(np.ceil(growth ** np.arange(count)).astype(int).clip(max=len(values)))
        if len(ends) > 1 and ends[-1] - ends[-2] < (growth - 1) / 2 * len(values):
            ends = np.delete(ends, -2)  # no jag from a last window of a few steps
        windows = np.split(values.detach().cpu().double().numpy(), ends[:-1])
        return cls((ends * per_step).tolist(), [float(window.mean()) for window in windows], x_label, y_label)


@dataclass(frozen=True)
class Data:
    """What an experiment was run on."""

    name: str
    stand_in: bool = False
    detail: str = ""

    def __str__(self) -> str:
        return f"stand-in for {self.name}" if self.stand_in else self.name


GENERATED = Data("generated")
"""Data that the experiment draws itself, bit patterns for example: always the real thing."""


@dataclass
class Outcome:
    """What training one condition with one seed gave."""

    condition: str
    seed: int
    metrics: dict[str, float]
    curves: dict[str, Curve] = field(default_factory=dict)
    data: Data = GENERATED
    seconds: float = 0.0
    """Wall-clock seconds; where seeds are trained side by side, this seed's share."""
    network: torch.nn.Module | None = None
    """The trained network, for figures and lesions; never part of a record."""


class Experiment(Protocol):
    """The interface of an experiment's module."""

    __name__: str
    TITLE: str
    METRICS: Mapping[str, Metric]
    SCALES: Mapping[Scale, Mapping[str, Any]]
    train: Callable[..., list[Outcome]]


def addresses() -> list[str]:
    """The addresses of all experiments, chapter by chapter in the book's order."""
    found = []
    for chapter in CHAPTERS:
        folder = Path(aiga.__file__).parent / chapter
        for module in pkgutil.iter_modules([str(folder)]):
            address = f"{chapter}.{module.name}"
            if hasattr(importlib.import_module(f"aiga.{address}"), "SCALES"):
                found.append(address)
    return found


def load(address: str) -> Experiment:
    """The experiment at ``address``, ``plasticity.binary`` for example.

    Raises:
        ValueError: there is none; the message lists those that exist.
    """
    known = addresses()
    if address not in known:
        raise ValueError(f"unknown experiment {address!r}: choose one of {', '.join(known)}")
    return cast(Experiment, importlib.import_module(f"aiga.{address}"))


def address_of(experiment: Experiment) -> str:
    """The address of an experiment's module."""
    return experiment.__name__.removeprefix("aiga.")


def run(
    experiment: Experiment,
    scale: str,
    *,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    conditions: Sequence[str] | None = None,
    checkpoints: Path | None = None,
    limit: int | None = None,
) -> list[Outcome]:
    """Train an experiment's conditions at one scale, each with every seed.

    Args:
        experiment: the experiment's module.
        scale: one of the four scales.
        seeds: the seeds; a seed's outcome does not depend on which others are trained beside it.
        device: see :func:`aiga.device.resolve`.
        conditions: which conditions; None trains all of them.
        checkpoints: folder for checkpoints, one file a condition; None keeps none.
        limit: train only this many steps, to compare a run's beginning with a record.

    Raises:
        ValueError: unknown scale or condition, no seeds, or a seed twice.
    """
    table = experiment.SCALES[check(scale)]
    chosen = list(table) if conditions is None else list(conditions)
    for name in chosen:
        if name not in table:
            raise ValueError(f"unknown condition {name!r} of {address_of(experiment)}: choose from {', '.join(table)}")
    if not seeds or len(set(seeds)) != len(seeds):
        raise ValueError(f"seeds must be distinct and at least one, got {list(seeds)}")
    outcomes: list[Outcome] = []
    for name in chosen:
        file = checkpoints / f"{address_of(experiment)}.{scale}.{name}.pt" if checkpoints else None
        outcomes += experiment.train(table[name], seeds=seeds, device=device, checkpoint=file, limit=limit)
    return outcomes


def timed(train: Callable[P, list[Outcome]]) -> Callable[P, list[Outcome]]:
    """Decorate an experiment's ``train``: each outcome learns its share of the wall-clock time."""

    @functools.wraps(train)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> list[Outcome]:
        began = time.perf_counter()
        outcomes = train(*args, **kwargs)
        for outcome in outcomes:
            outcome.seconds = (time.perf_counter() - began) / len(outcomes)
        return outcomes

    return wrapper


def settings(config: Any) -> dict[str, Any]:
    """A configuration as plain data for a record.

    Raises:
        TypeError: ``config`` is not a dataclass.
    """
    if not is_dataclass(config) or isinstance(config, type):
        raise TypeError(f"a configuration is a dataclass, got {type(config).__name__}")
    return {each.name: getattr(config, each.name) for each in fields(config)}
