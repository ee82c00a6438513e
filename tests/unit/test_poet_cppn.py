"""Networks that give heights: what they compute, how they grow, and which are kept."""

import math

import numpy as np
import pytest

from aiga.poet import cppn
from aiga.poet.cppn import INPUT, OUTPUT, PLACES, Genome, Link, Node
from aiga.poet.walker import from_heights
from aiga.poet.walker.physics.constants import GROUND, PAD, STEP


def generator(seed=0):
    return np.random.default_rng(seed)


def test_the_first_network_is_a_straight_line():
    genome = cppn.first(generator())
    heights = np.array([genome.height(place) for place in PLACES])
    np.testing.assert_allclose(np.diff(heights, 2), 0, atol=1e-12)
    assert heights[0] != heights[-1]


def test_a_network_computes_what_its_nodes_say():
    genome = Genome(
        {OUTPUT: Node("identity", 0.5, gain=2.0), 1: Node("sin", 0.1), 2: Node("square", -0.3)},
        {(INPUT, OUTPUT): Link(9.0, enabled=False), (INPUT, 1): Link(0.4), (1, OUTPUT): Link(-1.5),
         (INPUT, 2): Link(2.0), (2, OUTPUT): Link(0.25)},
    )  # fmt: skip
    x = 0.7
    expected = 0.5 + 2.0 * (-1.5 * math.sin(5 * (0.1 + 0.4 * x)) + 0.25 * (2.0 * x - 0.3) ** 2)
    assert genome.height(x) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("identity", 0.3),
        ("sin", math.sin(1.5)),
        ("sigmoid", 1 / (1 + math.exp(-1.5))),
        ("square", 0.09),
        ("tanh", math.tanh(0.75)),
    ],
)
def test_activations_are_the_librarys(name, expected):
    assert cppn.ACTIVATIONS[name](0.3) == pytest.approx(expected, rel=1e-12)
    assert np.isfinite(cppn.ACTIVATIONS[name](1e6))


def test_children_are_valid_and_differ():
    random, genome = generator(1), cppn.first(generator(2))
    sizes = []
    for _ in range(150):
        child = cppn.mutated(genome, random)
        heights = np.array([child.height(place) for place in PLACES])
        assert np.isfinite(heights).all()
        assert heights.max() > heights[0]
        assert child != genome
        assert child.reaches()
        assert all(abs(link.weight) <= cppn.BOUND for link in child.links.values())
        sizes.append(len(child.nodes))
        genome = child
    assert max(sizes) >= 4  # they grow
    assert min(np.diff(sizes)) == -1  # and shrink


def test_flat_ground_is_made_higher():
    genome = Genome({OUTPUT: Node("identity", 0.0)}, {(INPUT, OUTPUT): Link(0.01)})
    child = cppn.mutated(genome, generator(3))
    heights = np.array([child.height(place) for place in PLACES])
    assert heights.max() - heights[0] >= cppn.LEAST - 1e-9


def test_a_seed_gives_the_same_child():
    genome = cppn.first(generator())
    assert cppn.mutated(genome, generator(5)) == cppn.mutated(genome, generator(5))
    assert cppn.mutated(genome, generator(5)) != cppn.mutated(genome, generator(6))


def test_what_cannot_become_valid_is_said():
    with pytest.raises(RuntimeError, match="no valid course in 20 mutations"):
        cppn.mutated(Genome({OUTPUT: Node("identity", 0.0)}, {}), generator(), tries=20)


def test_a_course_follows_its_network():
    genome = cppn.mutated(cppn.first(generator()), generator(7))
    course = from_heights(genome.height, 0)
    middle = 100 * STEP
    first = genome.height(((PAD + 1) * STEP - middle) * np.pi / middle)
    cell = 100
    assert any(
        abs(course.y[k] - (GROUND + genome.height((k * STEP - middle) * np.pi / middle) - first)) < 1e-9
        for k in range(cell, cell + 3)
    )


def grown(count, seed=1):
    """A line of descendants."""
    random, genome, found = generator(seed), cppn.LEVEL, []
    for _ in range(count):
        genome = cppn.mutated(genome, random)
        found.append(genome)
    return found


def test_packing_keeps_the_network_and_its_order():
    for genome in [cppn.LEVEL, *grown(40)]:
        again = Genome.unpacked(genome.packed())
        assert again == genome
        assert hash(again) == hash(genome)
        assert list(again.nodes) == list(genome.nodes)
        assert list(again.links) == list(genome.links)
        assert cppn.mutated(again, generator(9)) == cppn.mutated(genome, generator(9))
    assert len({hash(genome) for genome in grown(40)}) == 40


def test_the_first_course_is_level():
    assert {cppn.LEVEL.height(place) for place in PLACES} == {0.0}


def test_what_is_too_high_for_a_course_cannot_be_walked():
    links = {(INPUT, 1): Link(10.0), (1, 2): Link(10.0), (2, OUTPUT): Link(10.0)}
    nodes = {OUTPUT: Node("identity", 0.0), 1: Node("square", 0.0), 2: Node("square", 0.0)}
    assert not cppn.walkable(Genome(nodes, links))
    assert all(cppn.walkable(genome) for genome in grown(20))
