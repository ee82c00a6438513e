"""Networks with one another's modulators: is M(t) a message that others understand?

Only the row of weights that makes M(t) is moved; body, answers and plastic connections stay the patient's own.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from aiga.backpropamine import cue_reward
from aiga.backpropamine.model import ModulatedAgent


def swapped(networks: Sequence[ModulatedAgent], config: cue_reward.Config, *, seed: int) -> Tensor:
    """How well each trained network does late in an episode with each network's modulator.

    Args:
        networks: ``n`` modulated ones of the same size, of one condition or of several.
        config: the task that they are tested on, the same fresh episodes for all.
        seed: decides the episodes.

    Returns:
        Late accuracy, ``(n, n)``: a row a patient, a column a donor; on the diagonal they are intact.

    Raises:
        ValueError: a network has no modulator.
    """
    table = torch.empty(len(networks), len(networks))
    for row, patient in enumerate(networks):
        for column, donor in enumerate(networks):
            world, _ = cue_reward.evaluate(patient.with_modulator_of(donor), config, seed=seed)
            table[row, column] = world.late_accuracy()
    return table
