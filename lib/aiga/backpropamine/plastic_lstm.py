"""An LSTM that decides how much its own connections learn (app. A.1); what enters a cell is plastic, gates are not.

Shapes: ``S`` networks side by side, ``B`` streams of text each, ``T`` steps; ``I`` inputs and ``H`` cells. Matrices
have the pre-synaptic index first, the gates input, forget, cell and output side by side. A trace is ``(S, B, H, H)``.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from aiga.backpropamine import hebbian
from aiga.backpropamine.model import RULES, Rule
from aiga.plasticity.product import Product

Reads = Literal["previous", "new"]


@dataclass
class State:
    """What a layer carries from step to step, and from one window of text to the next; all zeros at first."""

    output: Tensor  # (S, B, H)
    cell: Tensor  # (S, B, H)
    hebb: Tensor | None = None  # (S, B, H, H); None without plasticity
    eligibility: Tensor | None = None  # (S, B, H, H); None unless retroactive

    def detach(self) -> "State":
        """The same numbers, through which no gradient flows back."""
        return State(**{name: value.detach() for name, value in self.tensors().items()})

    def tensors(self) -> dict[str, Tensor]:
        """What there is, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


class PlasticLSTM(nn.Module):
    r"""A layer of LSTM cells whose cell input has a plastic part (``awd-lstm-lm/mylstm.py`` lines 28-105, 110-265).

    .. math::
        (i, f, o) &= \sigma(z_t\,U + h_{t-1}\,W + b) \\
        g_t &= \tanh\{ z_t\,U_g + b_g + h_{t-1}\,[W_g + \alpha \odot \mathrm{Hebb}_t] \} \\
        c_t &= f \odot c_{t-1} + i \odot g_t, \qquad h_t = o \odot \tanh(c_t)

    The trace pairs :math:`h_{t-1}` with :math:`g_t`; each connection has a rate :math:`v` of its own, and the layer has
    one modulator :math:`M_t = \tanh(h\,m + d)`:

    .. math::
        \mathrm{Hebb}_{t+1} &= \mathrm{Clip}(\mathrm{Hebb}_t + v \odot h_{t-1}^\top g_t) && \text{plastic} \\
        \mathrm{Hebb}_{t+1} &= \mathrm{Clip}(\mathrm{Hebb}_t + M_t\, v \odot h_{t-1}^\top g_t) && \text{simple} \\
        \mathrm{Hebb}_{t+1} &= \mathrm{Clip}(\mathrm{Hebb}_t + M_t\, v \odot E_t), \quad
        E_{t+1} = (1 - \eta) E_t + \eta\, h_{t-1}^\top g_t && \text{retroactive}

    ``plain`` has none of this. (The paper writes :math:`i_t` for :math:`g_t` and :math:`j_t` for the input gate.)

    Args:
        inputs: number of inputs ``I``.
        cells: number of cells ``H``.
        generators: one for each of the ``S`` networks.
        rule: ``plain``, ``plastic``, ``simple`` or ``retroactive``.
        reads: the modulator reads the ``"previous"`` output :math:`h_{t-1}`, as the appendix says, or the ``"new"``
            :math:`h_t`, as the code does.
        bound: where the trace is clipped.
        init: all weights start uniform in ``[-init, init]``.
        alpha: so does alpha, in ``[-alpha, alpha]``.
        rate: what each connection's rate starts with.
        eta: initial rate of the eligibility.

    Raises:
        ValueError: an unknown ``rule`` or ``reads``.
    """

    def __init__(
        self,
        inputs: int,
        cells: int,
        generators: Sequence[torch.Generator],
        *,
        rule: Rule = "simple",
        reads: Reads = "previous",
        bound: float = 2.0,
        init: float = 0.1,
        alpha: float = 0.1,
        rate: float = 0.1,
        eta: float = 0.1,
    ) -> None:
        super().__init__()
        if rule not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}, got {rule!r}")
        if reads not in ("previous", "new"):
            raise ValueError(f"reads must be 'previous' or 'new', got {reads!r}")
        self.inputs, self.cells, self.rule, self.reads, self.bound = inputs, cells, rule, reads, bound
        self.plastic, self.modulated = rule != "plain", rule in ("simple", "retroactive")
        self.input_weight = uniform(generators, (inputs, 4 * cells), init)  # (S, I, 4H)
        self.weight = uniform(generators, (cells, 4 * cells), init)  # (S, H, 4H)
        self.bias = uniform(generators, (1, 4 * cells), init)  # (S, 1, 4H)
        networks = len(generators)
        if self.plastic:
            self.alpha = uniform(generators, (cells, cells), alpha)  # (S, H, H)
            self.rate = nn.Parameter(torch.full((networks, cells, cells), rate))  # (S, H, H)
        if self.modulated:
            self.modulator = uniform(generators, (cells, 1), init)  # (S, H, 1)
            self.modulator_bias = uniform(generators, (1, 1), init)  # (S, 1, 1)
        if rule == "retroactive":
            self.eta = nn.Parameter(torch.full((networks,), eta))  # (S,)

    def initial_state(self, batch: int) -> State:
        """Nothing has been read yet: no activity, no memory."""
        networks, cells, zeros = len(self.weight), self.cells, self.weight.new_zeros
        state = State(zeros(networks, batch, cells), zeros(networks, batch, cells))
        if self.plastic:
            state.hebb = zeros(networks, batch, cells, cells)
        if self.rule == "retroactive":
            state.eligibility = zeros(networks, batch, cells, cells)
        return state

    def step(self, received: Tensor, state: State) -> State:
        """Advance one time step, exactly as the equations say.

        Args:
            received: the inputs ``z``, ``(S, B, I)``.
            state: the state after the previous step.
        """
        before = state.output
        gates = received @ self.input_weight + before @ self.weight + self.bias  # (S, B, 4H)
        into, forget, new, out = gates.chunk(4, -1)
        if state.hebb is not None:
            plastic = self.alpha[:, None] * state.hebb  # (S, B, H, H)
            new = new + torch.einsum("sbi,sbij->sbj", before, plastic)
        new = torch.tanh(new)
        cell = torch.sigmoid(forget) * state.cell + torch.sigmoid(into) * new
        after = State(torch.sigmoid(out) * torch.tanh(cell), cell)
        if state.hebb is None:
            return after
        paired = before[..., :, None] * new[..., None, :]  # (S, B, H, H)
        speed = self.rate[:, None] * self.modulation(before, after.output)[..., None, None]
        written = paired if state.eligibility is None else state.eligibility
        after.hebb = (state.hebb + speed * written).clamp(-self.bound, self.bound)
        if state.eligibility is not None:
            eta = self.eta[:, None, None, None]
            after.eligibility = (1 - eta) * state.eligibility + eta * paired
        return after

    def modulation(self, before: Tensor, after: Tensor) -> Tensor:
        """``M`` of each stream, ``(S, B)``, from the output before and after the step; 1 without a modulator."""
        if not self.modulated:
            return torch.ones_like(after[..., 0])
        read = before if self.reads == "previous" else after
        return torch.tanh(torch.baddbmm(self.modulator_bias, read, self.modulator))[..., 0]

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """Read a window: the same numbers as :meth:`step` after step, faster, and with less kept for the gradient.

        Args:
            inputs: ``(T, S, B, I)``.
            state: where the last window ended.

        Returns:
            The outputs ``(T, S, B, H)``, the new state, and the modulation at each step, ``(T, S, B)``.

        Raises:
            ValueError: ``inputs`` does not fit the networks.
        """
        networks = len(self.weight)
        if inputs.dim() != 4 or inputs.shape[1] != networks or inputs.shape[3] != self.inputs:
            raise ValueError(f"inputs must be (T, {networks}, B, {self.inputs}), got {tuple(inputs.shape)}")
        rows = inputs.transpose(0, 1).flatten(1, 2)  # (S, T * B, I): the inputs' part needs no loop
        drives = torch.baddbmm(self.bias, rows, self.input_weight).view(networks, *inputs.shape[::2], -1)
        through_weight = Product(self.weight)
        output, cell, hebb, eligibility = state.output, state.cell, state.hebb, state.eligibility
        outputs, modulations = [], []
        for drive in drives.unbind(1):  # (S, B, 4H)
            into, forget, new, out = (drive + through_weight(output)).chunk(4, -1)
            before = output
            if hebb is None:
                new = torch.tanh(new)
            else:
                new, hebb = hebbian.recall(before, new, self.alpha, hebb)
            cell = torch.sigmoid(forget) * cell + torch.sigmoid(into) * new
            output = torch.sigmoid(out) * torch.tanh(cell)
            outputs.append(output)
            modulation = self.modulation(before, output)
            modulations.append(modulation)
            if hebb is None:
                continue
            if eligibility is None:
                change = modulation[..., None] * new if self.modulated else new
                hebb = _Pair.apply(before, change, self.rate, hebb, self.bound)  # type: ignore[no-untyped-call]
            else:
                hebb = _Gate.apply(eligibility, modulation, self.rate, hebb, self.bound)  # type: ignore[no-untyped-call]
                eligibility = hebbian.fade(before, new, self.eta, eligibility)
        return torch.stack(outputs), State(output, cell, hebb, eligibility), torch.stack(modulations)

    def without_plasticity(self) -> "PlasticLSTM":
        """A copy whose plastic parts are cut: alpha is 0."""
        lesioned = copy.deepcopy(self)
        if lesioned.plastic:
            lesioned.alpha.data.zero_()
        return lesioned


def uniform(generators: Sequence[torch.Generator], shape: tuple[int, ...], bound: float) -> nn.Parameter:
    """Initial values uniform in ``[-bound, bound]``, each network's from its own generator."""
    return nn.Parameter(bound * (2 * torch.stack([torch.rand(shape, generator=each) for each in generators]) - 1))


class _Pair(torch.autograd.Function):
    """``clamp(hebb + rate * pre^T change)``, a rate a connection. The new trace, kept anyway, says where it clipped."""

    @staticmethod
    def forward(ctx: Any, pre: Tensor, change: Tensor, rate: Tensor, hebb: Tensor, bound: float) -> Tensor:
        grown = (pre[..., None] * change[:, :, None]).mul_(rate[:, None]).add_(hebb).clamp_(-bound, bound)
        ctx.save_for_backward(pre, change, rate, grown)
        ctx.bound = bound
        return grown

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, for_grown: Tensor) -> tuple[Tensor | None, ...]:
        pre, change, rate, grown = ctx.saved_tensors
        passed = _within(for_grown, grown, ctx.bound)
        for_rate = (pre[..., None] * change[:, :, None]).mul_(passed).sum(1)
        pushed = passed * rate[:, None]
        for_pre = torch.matmul(pushed, change[..., None])[..., 0]
        for_change = torch.matmul(pre[:, :, None], pushed)[:, :, 0]
        return for_pre, for_change, for_rate, passed, None


class _Gate(torch.autograd.Function):
    """``clamp(hebb + modulation * rate * eligibility)``, a rate a connection."""

    @staticmethod
    def forward(ctx: Any, eligibility: Tensor, modulation: Tensor, rate: Tensor, hebb: Tensor, bound: float) -> Tensor:
        speed = rate[:, None] * modulation[..., None, None]  # (S, B, H, H)
        grown = speed.mul_(eligibility).add_(hebb).clamp_(-bound, bound)
        ctx.save_for_backward(eligibility, modulation, rate, grown)
        ctx.bound = bound
        return grown

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, for_grown: Tensor) -> tuple[Tensor | None, ...]:
        eligibility, modulation, rate, grown = ctx.saved_tensors
        passed = _within(for_grown, grown, ctx.bound)
        written = (passed * eligibility).flatten(2)  # (S, B, H * H)
        for_modulation = torch.bmm(written, rate.flatten(1)[..., None])[..., 0]
        for_rate = torch.bmm(modulation[:, None], written).view_as(rate)
        for_eligibility = (passed * rate[:, None]).mul_(modulation[..., None, None])
        return for_eligibility, for_modulation, for_rate, passed, None


def _within(gradient: Tensor, clipped: Tensor, bound: float) -> Tensor:
    """The gradient where the clip did not hold, 0 where it did, in one pass."""
    passed: Tensor = torch.ops.aten.hardtanh_backward(gradient, clipped, -bound, bound)
    return passed
