"""Networks of height against neat-python, the library that Enhanced POET uses.

Its operators draw from Python's global random numbers, so ours are our own; what a network computes is compared here.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from aiga.poet import cppn
from aiga.poet.cppn import INPUT, OUTPUT, PLACES, Genome

neat = pytest.importorskip("neat")


def theirs(genome: Genome):
    """The same network, built by the library from genes of its own kind."""
    from neat.activations import ActivationFunctionSet
    from neat.aggregations import AggregationFunctionSet
    from neat.genes import DefaultConnectionGene, DefaultNodeGene

    nodes, connections = {}, {}
    for number, node in genome.nodes.items():
        gene = nodes[number] = DefaultNodeGene(number)
        gene.activation, gene.aggregation, gene.bias, gene.response = node.activation, "sum", node.bias, node.gain
    for innovation, (key, link) in enumerate(genome.links.items()):
        gene = connections[key] = DefaultConnectionGene(key, innovation=innovation)
        gene.weight, gene.enabled = link.weight, link.enabled
    config = SimpleNamespace(
        input_keys=[INPUT], output_keys=[OUTPUT], activation_defs=ActivationFunctionSet(),
        aggregation_function_defs=AggregationFunctionSet(),
    )  # fmt: skip
    built = SimpleNamespace(nodes=nodes, connections=connections)
    return neat.nn.FeedForwardNetwork.create(built, SimpleNamespace(genome_config=config))


def test_heights_are_the_librarys():
    used, sizes, compared = set(), set(), 0
    for seed in range(12):
        random = np.random.default_rng(seed)
        genome = cppn.first(random)
        for _ in range(40):
            genome = cppn.mutated(genome, random)
            network = theirs(genome)
            expected = [network.activate([place * np.pi])[0] for place in PLACES]
            np.testing.assert_allclose([genome.height(p * np.pi) for p in PLACES], expected, rtol=1e-9, atol=1e-9)
            used |= {node.activation for node in genome.nodes.values()}
            sizes.add(len(genome.nodes))
            compared += 1
    assert compared == 480
    assert len(PLACES) == 200
    assert used == set(cppn.ACTIVATIONS)
    assert max(sizes) >= 5
