"""POET's way to write a course down, and to change it: a handful of numbers, the same for every substrate.

Heights and widths are in terrain cells of 14/30 m. A pair ``(lo, hi)`` is the range that each obstacle's size is drawn
from, uniformly. Original code: ``uber-research/poet``, branch ``original_poet``, ``poet_distributed/reproduce_ops.py``.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

CELL = 14 / 30
"""Length of one terrain cell, in metres (``bipedal_walker_custom.py`` line 77)."""

Pair = tuple[float, float]
Kind = Literal["roughness", "pit", "stump", "stair"]


@dataclass(frozen=True)
class Encoding:
    """One kind of course. Without obstacles and roughness it is flat, which is where every run begins."""

    roughness: float = 0.0
    """How strongly the ground's random walk is felt; 0 is flat."""
    pit: Pair | None = None
    """Widths of pits beyond the first cell."""
    stump: Pair | None = None
    """Heights of stumps."""
    stair: Pair | None = None
    """Heights of a stair's steps."""
    stairs: tuple[int, int] = (1, 1)
    """Fewest and most steps of a stair."""

    def __post_init__(self) -> None:
        """Refuse what no course can be made of."""
        if not (np.isfinite(self.roughness) and self.roughness >= 0):
            raise ValueError(f"roughness={self.roughness}: expected a finite number of at least 0")
        for name in ("pit", "stump", "stair"):
            span = getattr(self, name)
            if span is not None and not (len(span) == 2 and 0 <= span[0] <= span[1] and np.isfinite(span[1])):
                raise ValueError(f"{name}={span}: expected None or (low, high) in cells with 0 <= low <= high")
        if not 1 <= self.stairs[0] <= self.stairs[1]:
            raise ValueError(f"stairs={self.stairs}: expected whole numbers (fewest, most) with 1 <= fewest <= most")

    def vector(self) -> NDArray[np.float64]:
        """The five numbers that novelty compares; stairs do not enter (``novelty.py`` lines 18-62)."""
        return np.array([self.roughness, *(self.pit or (0.0, 0.0)), *(self.stump or (0.0, 0.0))])

    def packed(self) -> dict[str, Any]:
        """As plain data, for a checkpoint."""
        pairs = {name: list(pair) if (pair := getattr(self, name)) else None for name in ("pit", "stump", "stair")}
        return {"roughness": self.roughness, "stairs": list(self.stairs), **pairs}

    @classmethod
    def unpacked(cls, data: dict[str, Any]) -> "Encoding":
        """The encoding that :meth:`packed` wrote down."""
        pairs = {name: tuple(data[name]) if data[name] else None for name in ("pit", "stump", "stair")}
        return cls(roughness=data["roughness"], stairs=tuple(data["stairs"]), **pairs)


@dataclass(frozen=True)
class Sizes:
    """How the sizes of one obstacle mutate."""

    first: Pair
    """The range with which the obstacle first appears, and below which its two ends never fall."""
    step: float
    """How far one end moves in a mutation."""
    highest: float
    """What no end exceeds."""


@dataclass(frozen=True)
class Rules:
    """How courses mutate. As given, those of the released code (``reproduce_ops.py`` lines 43-125)."""

    kinds: tuple[Kind, ...] = ("stump", "pit", "roughness")
    """What may change; the shipped run has no stairs (``run_poet_local.sh``)."""
    pit: Sizes = field(default_factory=lambda: Sizes((0.0, 0.8), 0.4, 8.0))
    """The paper's table lets pits grow to 10, the code to 8."""
    stump: Sizes = field(default_factory=lambda: Sizes((0.0, 0.4), 0.2, 5.0))
    stair: Sizes = field(default_factory=lambda: Sizes((0.0, 0.4), 0.2, 5.0))
    stairs: int = 1
    """Most steps of a stair. In the code their number never mutates; in the paper's table it grows to 9."""
    roughness_step: float = 0.6
    """Largest change of the roughness in one mutation."""
    roughness_highest: float = 10.0
    roughness_falls: bool = True
    """Whether roughness may also fall: it does in the code, and only grows in the paper's table."""
    every: bool = True
    """Whether a mutation changes every kind, as in the code, or one of them, drawn uniformly."""

    def __post_init__(self) -> None:
        known = {"roughness", "pit", "stump", "stair"}
        if not self.kinds or not set(self.kinds) <= known:
            raise ValueError(f"kinds must be some of {', '.join(sorted(known))}, got {self.kinds!r}")


PAPER_RULES = Rules(
    kinds=("stump", "pit", "roughness", "stair"),
    pit=Sizes((0.0, 0.8), 0.4, 10.0),
    stairs=9,
    roughness_falls=False,
)
"""The rules of the paper's Table 1 (second-hand)."""


def mutate(parent: Encoding, rules: Rules, generator: np.random.Generator) -> Encoding:
    """A child of ``parent``: one small change, in every kind of difficulty or in one."""
    kinds = rules.kinds if rules.every else (rules.kinds[int(generator.integers(len(rules.kinds)))],)
    child = parent
    for kind in kinds:
        if kind == "roughness":
            lowest = -rules.roughness_step if rules.roughness_falls else 0.0
            rougher = round(parent.roughness + generator.uniform(lowest, rules.roughness_step), 1)
            child = replace(child, roughness=min(max(0.0, rougher), rules.roughness_highest))
        else:
            sizes: Sizes = getattr(rules, kind)
            changed: dict[str, Any] = {kind: _mutate_pair(getattr(parent, kind), sizes, generator)}
            child = replace(child, **changed)
            if kind == "stair" and parent.stair is not None:
                child = replace(child, stairs=_longer(parent.stairs, rules.stairs))
    return child


def _mutate_pair(pair: Pair | None, sizes: Sizes, generator: np.random.Generator) -> Pair:
    """One of the legal neighbours of a pair, uniformly; an obstacle that is new starts small."""
    if pair is None:
        return sizes.first
    changes = (-sizes.step, 0.0, sizes.step)
    neighbours = [(round(pair[0] + low, 1), round(pair[1] + high, 1)) for low in changes for high in changes]
    legal = [each for each in neighbours if each != pair and _legal(each, sizes)]
    return legal[int(generator.integers(len(legal)))] if legal else pair


def _legal(pair: Pair, sizes: Sizes) -> bool:
    low, high = pair
    return sizes.first[0] <= low <= high <= sizes.highest and high >= sizes.first[1]


def towards(start: Encoding, target: Encoding, rules: Rules) -> Encoding:
    """One mutation's length on the straight way from ``start`` to ``target``: every number moves by a step at most."""
    changed: dict[str, Any] = {"roughness": _nearer(start.roughness, target.roughness, rules.roughness_step)}
    for kind in ("pit", "stump", "stair"):
        here, there, sizes = getattr(start, kind), getattr(target, kind), getattr(rules, kind)
        if there is None or here is None:
            changed[kind] = None if there is None else sizes.first
        else:
            low, high = (_nearer(a, b, sizes.step) for a, b in zip(here, there, strict=True))
            changed[kind] = (min(low, high), high)
    stairs = _longer(start.stairs, target.stairs[1]) if start.stair is not None else (1, 1)
    return replace(start, **changed, stairs=stairs)


def _longer(stairs: tuple[int, int], most: int) -> tuple[int, int]:
    """One step more, for all stairs of a course, as far as that is allowed."""
    return tuple(min(steps + 1, most) for steps in stairs)  # type: ignore[return-value]


def _nearer(value: float, target: float, step: float) -> float:
    return round(value + float(np.clip(target - value, -step, step)), 1)


@dataclass(frozen=True)
class Hard:
    """From where on a difficulty counts; as given, the paper's (1.2, 2 and 4.5 times Gym's hardcore course)."""

    stump: float = 2.4
    pit: float = 6.0
    roughness: float = 4.5

    def level(self, encoding: Encoding) -> int:
        """How many difficulties count: 1 is challenging, 2 very challenging, 3 extremely challenging (second-hand)."""
        highest = [(encoding.stump or (0.0, 0.0))[1], (encoding.pit or (0.0, 0.0))[1], encoding.roughness]
        lines = (self.stump, self.pit, self.roughness)
        return sum(value >= line for value, line in zip(highest, lines, strict=True))
