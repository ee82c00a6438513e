"""How the scalar functions of the engine are compiled, and the names of their argument types.

Each is written once, for one walker. Numba compiles it for the CPU, ``numba.cuda`` compiles the same function for the
GPU when a kernel calls it, and with the compiler switched off it runs as plain Python.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Whole: Any = np.int64
"""Turns a number from a row of integers into what Python's own integers are, so that no function is compiled twice."""
Real = Any
"""A float32 scalar. Every constant must be one too: a bare ``0.5`` would turn the expression into float64."""

Function = TypeVar("Function", bound=Callable[..., Any])


def scalar(function: Function) -> Function:
    """Compile a function of one walker. Division by zero gives infinity, as in C, rather than an exception."""
    return cast(Function, njit(error_model="numpy", nogil=True)(function))


def inlined(function: Function) -> Function:
    """The same for a function that is written out wherever it is called, with its constants folded in."""
    return cast(Function, njit(error_model="numpy", nogil=True, inline="always")(function))
