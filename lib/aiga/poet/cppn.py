"""Height functions that grow: the small networks with which Enhanced POET writes its courses (Wang et al., 2020).

A network takes the place along the course and gives the ground's height. It begins without hidden nodes, as a straight
line; mutation shifts weights and biases, and now and then splits a connection with a node of a random kind, or removes
one. Rules and numbers are those of ``config-cppn`` and ``cppn.py`` (uber-research/poet, master), activations and
operators those of the library they name (CodeReclaimers/neat-python, ``activations.py``, ``genome.py``).

>>> from aiga.poet import cppn
>>> from aiga.poet.walker import from_heights
>>> genome = cppn.mutated(cppn.first(generator), generator)
>>> course = from_heights(genome.height, seed=0)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

INPUT, OUTPUT = -1, 0
BOUND = 10.0
"""Largest size of a weight or a bias."""
MUTATES, POWER = 0.75, 0.1
ADDS, DELETES = 0.1, 0.075
LEAST, MOST = 0.25, 16.0
"""The highest point above the start, in metres, is brought into this range by the output's gain."""
PLACES = (np.arange(200) - 100.0) / 100.0
"""Where a network is judged; a course uses it on (-pi, pi)."""


def _limited(factor: float) -> Callable[[float], float]:
    return lambda z: max(-60.0, min(60.0, factor * z))


ACTIVATIONS: dict[str, Callable[[float], float]] = {
    "identity": lambda z: z,
    "sin": lambda z: math.sin(_limited(5.0)(z)),
    "sigmoid": lambda z: 1.0 / (1.0 + math.exp(-_limited(5.0)(z))),
    "square": lambda z: z * z,
    "tanh": lambda z: math.tanh(_limited(2.5)(z)),
}


@dataclass(frozen=True)
class Node:
    """A unit: activation(bias + gain x weighted sum)."""

    activation: str
    bias: float
    gain: float = 1.0


@dataclass(frozen=True)
class Link:
    """A connection; one that was split stays, switched off."""

    weight: float
    enabled: bool = True


@dataclass(frozen=True)
class Genome:
    """A network without loops from one input to one output."""

    nodes: dict[int, Node]
    links: dict[tuple[int, int], Link]

    def __hash__(self) -> int:
        """Equal networks have one hash, in whatever order they were put together."""
        return hash((frozenset(self.nodes.items()), frozenset(self.links.items())))

    def packed(self) -> dict[str, Any]:
        """As plain data, for a checkpoint; the order is kept, since sums and mutations go by it."""
        return {
            "nodes": [[number, node.activation, node.bias, node.gain] for number, node in self.nodes.items()],
            "links": [[*key, link.weight, link.enabled] for key, link in self.links.items()],
        }

    @classmethod
    def unpacked(cls, data: dict[str, Any]) -> "Genome":
        """The network that :meth:`packed` wrote down."""
        nodes = {number: Node(*rest) for number, *rest in data["nodes"]}
        return cls(nodes, {(source, target): Link(*rest) for source, target, *rest in data["links"]})

    def height(self, place: float) -> float:
        """The network's output; NaN where a number is too large."""
        known: dict[int, float] = {INPUT: place}

        def value(node: int) -> float:
            if node not in known:
                total = 0.0
                for (source, target), link in self.links.items():
                    if target == node and link.enabled:
                        total += value(source) * link.weight
                unit = self.nodes[node]
                known[node] = ACTIVATIONS[unit.activation](unit.bias + unit.gain * total)
            return known[node]

        return value(OUTPUT)

    def reaches(self) -> bool:
        """Whether some path leads from input to output; links that are switched off count, as in the original."""
        seen, found = {INPUT}, [INPUT]
        while found:
            here = found.pop()
            for source, target in self.links:
                if source == here and target not in seen:
                    seen.add(target)
                    found.append(target)
        return OUTPUT in seen


LEVEL = Genome({OUTPUT: Node("identity", 0.0)}, {(INPUT, OUTPUT): Link(0.0)})
"""Level ground: a straight line without a slope."""


def first(generator: np.random.Generator) -> Genome:
    """A straight line with some slope, with which Enhanced POET begins."""
    output = Node("identity", _clipped(generator.normal(0.0, 0.1)))
    return Genome({OUTPUT: output}, {(INPUT, OUTPUT): Link(_clipped(generator.normal(0.0, 0.25)))})


def mutated(parent: Genome, generator: np.random.Generator, *, tries: int = 1000) -> Genome:
    """A changed genome whose ground rises somewhere above its start, by 0.25 to 16 m or so.

    Raises:
        RuntimeError: no such one was found in many tries.
    """
    for _ in range(tries):
        child = _changed(parent, generator)
        if child == parent or not child.reaches():
            continue
        heights = np.array([child.height(place) for place in PLACES])
        top = abs(float(np.max(heights - heights[0])))  # of a course that only falls this is nought: tried again
        if not np.isfinite(top) or top == 0.0:
            continue
        output = child.nodes[OUTPUT]
        if top < LEAST:
            output = replace(output, gain=float(generator.random() / 2 + LEAST) / top)
        if top > MOST:
            output = replace(output, gain=float(generator.random() * 4 + 12.0) / top)
        return Genome(child.nodes | {OUTPUT: output}, child.links)
    raise RuntimeError(f"no valid course in {tries} mutations of {parent}")


def walkable(genome: Genome) -> bool:
    """Whether heights are finite, and below a kilometre, all along a course.

    The original looks at (-1, 1) only and uses the network on (-pi, pi) (``cppn.py`` line 47,
    ``bipedal_walker_custom.py`` line 246); a network can be too large for a course that was judged to be small.
    """
    heights = np.array([genome.height(place * math.pi) for place in PLACES])
    return bool(np.isfinite(heights).all() and np.abs(heights - heights[0]).max() < 1000.0)


def _changed(parent: Genome, generator: np.random.Generator) -> Genome:
    nodes, links = dict(parent.nodes), dict(parent.links)
    nodes[OUTPUT] = replace(nodes[OUTPUT], gain=1.0)
    chance = generator.random()
    if chance < ADDS:
        _split(nodes, links, generator)
    elif chance < ADDS + DELETES:
        _remove(nodes, links, generator)
    for key, link in links.items():
        links[key] = replace(link, weight=_shifted(link.weight, generator))
    for number, node in nodes.items():
        nodes[number] = replace(node, bias=_shifted(node.bias, generator))
    return Genome(nodes, links)


def _split(nodes: dict[int, Node], links: dict[tuple[int, int], Link], generator: np.random.Generator) -> None:
    """Put a new node into a connection, with weight one before it and the old weight behind it."""
    if not links:
        return
    source, target = list(links)[generator.integers(len(links))]
    new = max(nodes) + 1
    nodes[new] = Node(list(ACTIVATIONS)[generator.integers(len(ACTIVATIONS))], 0.0)
    weight = links[source, target].weight
    links[source, target] = replace(links[source, target], enabled=False)
    links[source, new], links[new, target] = Link(1.0), Link(weight)


def _remove(nodes: dict[int, Node], links: dict[tuple[int, int], Link], generator: np.random.Generator) -> None:
    """Take a hidden node out, with all its connections."""
    hidden = [number for number in nodes if number != OUTPUT]
    if not hidden:
        return
    gone = hidden[generator.integers(len(hidden))]
    del nodes[gone]
    for key in [key for key in links if gone in key]:
        del links[key]


def _shifted(value: float, generator: np.random.Generator) -> float:
    return _clipped(value + generator.normal(0.0, POWER)) if generator.random() < MUTATES else value


def _clipped(value: float) -> float:
    return float(min(max(value, -BOUND), BOUND))
