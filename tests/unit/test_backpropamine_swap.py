"""Networks with one another's modulators."""

import pytest
import torch

from aiga.backpropamine import cue_reward, figures_swap, swap
from aiga.backpropamine.model import ModulatedAgent

TASK = cue_reward.SCALES["smoke"]["simple"]


def untrained(*seeds: int, condition: str = "simple") -> list[ModulatedAgent]:
    config = cue_reward.SCALES["smoke"][condition]
    return [cue_reward.create(config, [seed]) for seed in seeds]


def test_on_the_diagonal_everybody_is_intact_and_elsewhere_only_the_modulator_is_foreign() -> None:
    group = untrained(3, 4, 5)
    table = swap.swapped(group, TASK, seed=7)
    for row, patient in enumerate(group):
        world, _ = cue_reward.evaluate(patient, TASK, seed=7)
        assert table[row, row] == float(world.late_accuracy())
    assert table.shape == (3, 3)
    patient = group[1].with_modulator_of(group[2])
    assert table[1, 2] == float(cue_reward.evaluate(patient, TASK, seed=7)[0].late_accuracy())


def test_a_network_without_modulator_cannot_give_one() -> None:
    with pytest.raises(ValueError, match="'plain' has none"):
        swap.swapped([*untrained(0), *untrained(1, condition="plain")], TASK, seed=0)


def test_the_table_is_drawn_with_its_numbers() -> None:
    table = torch.tensor([[0.9, 0.5], [0.45, 0.85]])
    figure = figures_swap.swaps(table, ["a", "b"])
    assert [each.get_text() for each in figure.axes[0].texts] == ["0.90", "0.50", "0.45", "0.85"]
    assert figure.axes[0].get_ylabel() == "whose network"
    with pytest.raises(ValueError, match="each of 1 names"):
        figures_swap.swaps(table, ["a"])
