r"""The recurrent plastic step and its gradient as compiled loops, for the processor.

A step needs about ten tensor operations, each of which reads and writes all traces. These loops pass over a trace once:
the change that one step makes is written when the next step recalls. The way back takes one episode at a time and
repeats what was written: so the traces of all steps exist for one episode only, near the processor.

Shapes: ``T`` steps, ``S`` networks, ``B`` episodes, ``N`` neurons. ``lived[:, t]`` is the activity :math:`x_t` before
step ``t`` and ``lived[:, t + 1]`` that after it, ``(S, T + 1, B, N)``; ``rates[:, t]`` is :math:`r_t`, which is eta or
M(t), ``(S, T, B)``. With a trace :math:`H` and an eligibility :math:`E` that start at 0, a step is

.. math::
    x_{t+1} &= \tanh\{\dots + x_t\,[w + \alpha \odot H_t]\} \\
    H_{t+1} &= \mathrm{clip}\{H_t + r_t\, x_t^\top x_{t+1}\} && \text{at once (eq. 2, 3)} \\
    H_{t+1} &= \mathrm{clip}\{H_t + r_t\, E_t\}, \quad E_{t+1} = (1-\eta) E_t + \eta\, x_t^\top x_{t+1}
    && \text{in retrospect (eq. 4, 5)}

All arrays are contiguous and of one type, float32 or float64. The compiler may reorder sums (``reassoc``) and join a
product to a sum (``contract``): that makes vector instructions possible and moves results by round-off only. It finds
them where arrays are indexed in full and the innermost loop is over the post-synaptic index ``j``.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]
_compiled = njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})


@_compiled  # type: ignore[untyped-decorator]
def recall_at_once(step: int, lived: Array, rates: Array, alpha: Array, bound: Any, hebb: Array, drive: Array) -> None:
    """Write what the last step changed (eq. 2, 3), and add to the drive what the neurons now get through the traces.

    Args:
        step: ``t``, at least 1.
        lived: up to ``lived[:, t]``.
        rates: up to ``rates[:, t - 1]``.
        alpha: ``(S, N, N)``.
        bound: where the clip cuts off, a number of the arrays' type.
        hebb: the traces, ``(S, B, N, N)``; before, of step ``t - 1``, afterwards of step ``t``.
        drive: ``(S, B, N)``.
    """
    networks, batch, size = drive.shape
    for s in range(networks):
        for b in range(batch):
            for i in range(size):
                pre, push = lived[s, step, b, i], rates[s, step - 1, b] * lived[s, step - 1, b, i]
                for j in range(size):
                    h = _clip(hebb[s, b, i, j] + push * lived[s, step, b, j], bound)
                    hebb[s, b, i, j] = h
                    drive[s, b, j] += pre * alpha[s, i, j] * h


@_compiled  # type: ignore[untyped-decorator]
def recall_in_retrospect(
    step: int, lived: Array, rates: Array, alpha: Array, bound: Any, hebb: Array, drive: Array, eta: Array, trail: Array
) -> None:
    """As :func:`recall_at_once`, by eq. 4 and 5; ``eta`` is ``(S,)``, ``trail`` is E and goes along with H."""
    networks, batch, size = drive.shape
    for s in range(networks):
        for b in range(batch):
            rate = rates[s, step - 1, b]
            for i in range(size):
                pre, before = lived[s, step, b, i], lived[s, step - 1, b, i]
                for j in range(size):
                    e = trail[s, b, i, j]
                    h = _clip(hebb[s, b, i, j] + rate * e, bound)
                    hebb[s, b, i, j] = h
                    trail[s, b, i, j] = e + eta[s] * (before * lived[s, step, b, j] - e)
                    drive[s, b, j] += pre * alpha[s, i, j] * h


@_compiled  # type: ignore[untyped-decorator]
def back_at_once(
    lived: Array, rates: Array, alpha: Array, bound: Any, weight: Array, modulator: Array, owed: Array
) -> tuple[Array, Array, Array]:
    """The gradient of whole episodes (eq. 1 with eq. 2 or 3).

    Args:
        lived: all activities.
        rates: all rates.
        alpha: ``(S, N, N)``.
        bound: where the clip cuts off, a number of the arrays' type.
        weight: :math:`w`, ``(S, N, N)``.
        modulator: how much each neuron excites M(t), ``(S, N)``; 0 where the rates are constant.
        owed: gradient of the activity after each step by what is read from it, M(t) left out, ``(S, T, B, N)``.

    Returns:
        The gradients of what drives the neurons, ``(S, T, B, N)``, of the rates, ``(S, T, B)``, and of alpha.
    """
    networks, steps, batch, size = owed.shape
    for_drive, for_rate, for_alpha = np.empty_like(owed), np.zeros_like(rates), np.zeros_like(alpha)
    traces = np.zeros((steps, size, size), alpha.dtype)  # H of one episode
    for_hebb = np.zeros((size, size), alpha.dtype)  # gradient of the trace, as far as the clip lets it pass
    paired, lent, onward = np.zeros((3, size), alpha.dtype)  # what it sends to post and pre; what goes back to x_t
    for s in range(networks):
        for b in range(batch):
            for t in range(1, steps - 1):
                for i in range(size):
                    push = rates[s, t, b] * lived[s, t, b, i]
                    for j in range(size):
                        traces[t + 1, i, j] = _clip(traces[t, i, j] + push * lived[s, t + 1, b, j], bound)
            for_hebb[:], paired[:], lent[:], onward[:] = 0, 0, 0, 0
            for t in range(steps - 1, -1, -1):
                rate = rates[s, t, b]
                for_rate[s, t, b] = _dot(paired, lived[s, t + 1, b])
                said = for_rate[s, t, b] - for_rate[s, t, b] * rates[s, t, b] ** 2  # through the tanh of M(t)
                for j in range(size):
                    whole = owed[s, t, b, j] + onward[j] + rate * paired[j] + said * modulator[s, j]
                    for_drive[s, t, b, j] = whole - whole * lived[s, t + 1, b, j] ** 2
                if t == 0:
                    break  # nothing came before
                paired[:] = 0
                for i in range(size):  # all of for_hebb, and what it takes to go one step further back
                    pre, before = lived[s, t, b, i], lived[s, t - 1, b, i]
                    back = lend = pre - pre
                    for j in range(size):
                        h, a, drive = traces[t, i, j], alpha[s, i, j], for_drive[s, t, b, j]
                        back += (weight[s, i, j] + a * h) * drive
                        for_alpha[s, i, j] += pre * h * drive
                        g = _within(for_hebb[i, j] + pre * a * drive, h, bound)
                        for_hebb[i, j] = g
                        lend += g * lived[s, t, b, j]
                        paired[j] += before * g
                    onward[i] = back + rate * lent[i]
                    lent[i] = lend
    return for_drive, for_rate, for_alpha


@_compiled  # type: ignore[untyped-decorator]
def back_in_retrospect(
    lived: Array, rates: Array, alpha: Array, bound: Any, weight: Array, modulator: Array, owed: Array, eta: Array
) -> tuple[Array, Array, Array, Array]:
    """As :func:`back_at_once`, by eq. 4 and 5; the last gradient is that of ``eta``, ``(S,)``."""
    networks, steps, batch, size = owed.shape
    for_drive, for_rate, for_alpha = np.empty_like(owed), np.zeros_like(rates), np.zeros_like(alpha)
    for_eta = np.zeros_like(eta)
    traces, trails = np.zeros((2, steps, size, size), alpha.dtype)  # H and E of one episode
    for_hebb, for_trail = np.zeros((2, size, size), alpha.dtype)
    paired, lent, onward = np.zeros((3, size), alpha.dtype)  # what for_trail sends to post and pre; back to x_t
    for s in range(networks):
        for b in range(batch):
            for t in range(1, steps - 1):
                for i in range(size):
                    pre = lived[s, t, b, i]
                    for j in range(size):
                        e = trails[t, i, j]
                        traces[t + 1, i, j] = _clip(traces[t, i, j] + rates[s, t, b] * e, bound)
                        trails[t + 1, i, j] = e + eta[s] * (pre * lived[s, t + 1, b, j] - e)
            for_hebb[:], for_trail[:], paired[:], lent[:], onward[:] = 0, 0, 0, 0, 0
            for t in range(steps - 1, -1, -1):
                for_eta[s] += _dot(paired, lived[s, t + 1, b])
                said = for_rate[s, t, b] - for_rate[s, t, b] * rates[s, t, b] ** 2  # through the tanh of M(t)
                for j in range(size):
                    whole = owed[s, t, b, j] + onward[j] + eta[s] * paired[j] + said * modulator[s, j]
                    for_drive[s, t, b, j] = whole - whole * lived[s, t + 1, b, j] ** 2
                if t == 0:
                    break
                paired[:] = 0
                for i in range(size):
                    pre, before, rate = lived[s, t, b, i], lived[s, t - 1, b, i], rates[s, t, b]
                    back = lend = gated = faded = pre - pre
                    for j in range(size):
                        h, a, drive = traces[t, i, j], alpha[s, i, j], for_drive[s, t, b, j]
                        back += (weight[s, i, j] + a * h) * drive
                        for_alpha[s, i, j] += pre * h * drive
                        f = for_trail[i, j] - eta[s] * for_trail[i, j] + rate * for_hebb[i, j]
                        g = _within(for_hebb[i, j] + pre * a * drive, h, bound)
                        for_trail[i, j], for_hebb[i, j] = f, g
                        gated += g * trails[t - 1, i, j]
                        faded += f * trails[t - 1, i, j]
                        lend += f * lived[s, t, b, j]
                        paired[j] += before * f
                    onward[i] = back + eta[s] * lent[i]
                    lent[i] = lend
                    for_rate[s, t - 1, b] += gated
                    for_eta[s] -= faded
    return for_drive, for_rate, for_alpha, for_eta


@_compiled  # type: ignore[untyped-decorator]
def _clip(value: Any, bound: Any) -> Any:
    value = -bound if value < -bound else value
    return bound if value > bound else value  # NaN stays NaN


@_compiled  # type: ignore[untyped-decorator]
def _within(gradient: Any, clipped: Any, bound: Any) -> Any:
    """The gradient before the clip."""
    return gradient if abs(clipped) < bound else bound - bound


@_compiled  # type: ignore[untyped-decorator]
def _dot(one: Array, other: Array) -> Any:
    total = one[0] * other[0]
    for j in range(1, len(one)):
        total += one[j] * other[j]
    return total
