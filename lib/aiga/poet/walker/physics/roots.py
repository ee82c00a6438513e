"""Elementary functions of float32 numbers, rounded to float32 on every target."""

import math

import numpy as np

from aiga.poet.walker.physics.compiled import Real, scalar


@scalar
def root(x: Real) -> Real:
    """Square root."""
    return np.float32(math.sqrt(x))


@scalar
def sine(x: Real) -> Real:
    """Sine of an angle in radians."""
    return np.float32(math.sin(x))


@scalar
def cosine(x: Real) -> Real:
    """Cosine of an angle in radians."""
    return np.float32(math.cos(x))


@scalar
def tanh(x: Real) -> Real:
    """Hyperbolic tangent."""
    return np.float32(math.tanh(x))


@scalar
def smaller(a: Real, b: Real) -> Real:
    """The smaller of two numbers; Python's own function has no place on a GPU."""
    return a if a < b else b


@scalar
def larger(a: Real, b: Real) -> Real:
    """The larger of two numbers."""
    return a if a > b else b
