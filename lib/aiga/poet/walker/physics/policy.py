"""The walker's policy: 24 inputs, two layers of 40, four outputs, tanh throughout.

Parameters of a layer lie as in the original (``model.py:141-154``): the weights, one row an input, then the biases.
"""

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, scalar
from aiga.poet.walker.physics.roots import tanh

FIRST_BIAS = at.INPUTS * at.HIDDEN
SECOND_LAYER = FIRST_BIAS + at.HIDDEN
SECOND_BIAS = SECOND_LAYER + at.HIDDEN * at.HIDDEN
LAST_LAYER = SECOND_BIAS + at.HIDDEN
LAST_BIAS = LAST_LAYER + at.HIDDEN * at.OUTPUTS
PARAMETERS = LAST_BIAS + at.OUTPUTS
"""2,804."""


@scalar
def _layer(f: Floats, theta: Floats, source: int, inputs: int, target: int, outputs: int, start: int) -> None:
    bias = start + inputs * outputs
    for k in range(outputs):
        f[target + k] = theta[bias + k]
    for j in range(inputs):
        value = f[source + j]
        row = start + j * outputs
        for k in range(outputs):
            f[target + k] += value * theta[row + k]
    for k in range(outputs):
        f[target + k] = tanh(f[target + k])


@scalar
def act(f: Floats, theta: Floats) -> None:
    """Turn the walker's observation into its action, both in its floats."""
    _layer(f, theta, at.OBSERVATION, at.INPUTS, at.FIRST, at.HIDDEN, 0)
    _layer(f, theta, at.FIRST, at.HIDDEN, at.SECOND, at.HIDDEN, SECOND_LAYER)
    _layer(f, theta, at.SECOND, at.HIDDEN, at.ACTION, at.OUTPUTS, LAST_LAYER)
