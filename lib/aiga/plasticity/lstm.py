"""The rival of the fifty-bit task: a recurrent network with gates, whose inputs clamp their cells (sec. 4.2, fig. 3).

Long short-term memory keeps things in its *activity*, in cells that gates open and close; its connections stay as they
are while it lives. To compare it fairly, the original code lets an input decide its cell's output, as in the plastic
network (``simple/lstm.py`` lines 158-165): every network then gets the visible bits right from the start.

Shapes are those of :mod:`aiga.plasticity.model`: ``S`` networks side by side, ``B`` episodes, ``T`` steps; ``N`` inputs
and ``H`` cells. Each matrix has the pre-synaptic index first and the gates input, forget, cell and output side by side.
"""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class ClampedLSTM(nn.Module):
    r"""A layer of LSTM cells; the first ``inputs`` of them say what their inputs say, and forget at once.

    .. math::
        (i, f, g, o) &= (\sigma, \sigma, \tanh, \sigma)(u\,W + h\,U + b) \\
        c &\leftarrow f \odot c + i \odot g, \qquad h \leftarrow o \odot \tanh(c)

    A clamped cell has :math:`b_f = -1000` (nothing is kept) and :math:`b_i = b_o = 10` (much passes). For its new value
    it listens with weight 10 to its own input and to no other (:math:`W_g`, :math:`b_g`), and inputs are strong, so
    that :math:`g = \pm 1`; where the input is 0, :math:`g` is what the network makes of its memory. The values are
    rewritten at every call, so that what the optimiser does to them has no effect. A clamped cell's output stays within
    :math:`\pm\tanh(1) = \pm 0.76`; errors are counted by sign.

    Args:
        inputs: number of inputs ``N``, one for each clamped cell.
        cells: number of cells ``H``, the clamped ones included.
        generators: one for each of the ``S`` networks, the source of its initial values: uniform within
            :math:`\pm 1/\sqrt{H}`, PyTorch's own. Its second bias is kept at 0 by the original, so there is one here.
        clamped: False leaves all cells alone; an input then has to be learned like anything else.

    Raises:
        ValueError: fewer cells than inputs.
    """

    def __init__(self, inputs: int, cells: int, generators: Sequence[torch.Generator], *, clamped: bool = True) -> None:
        super().__init__()
        if cells < inputs:
            raise ValueError(f"each of the {inputs} inputs needs a cell of its own, got {cells} cells")
        self.inputs, self.cells, self.clamped = inputs, cells, clamped
        bound = cells**-0.5
        self.input_weight = nn.Parameter(_uniform(generators, (inputs, 4 * cells), bound))  # (S, N, 4H)
        self.weight = nn.Parameter(_uniform(generators, (cells, 4 * cells), bound))  # (S, H, 4H), between cells
        self.bias = nn.Parameter(_uniform(generators, (1, 4 * cells), bound))  # (S, 1, 4H)
        self.clamp()

    @torch.no_grad()
    def clamp(self) -> None:
        """Put the clamped cells' gates where they belong."""
        if not self.clamped:
            return
        into, forget, new, out = (slice(gate * self.cells, gate * self.cells + self.inputs) for gate in range(4))
        self.bias[..., into] = 10
        self.bias[..., forget] = -1000
        self.bias[..., new] = 0
        self.bias[..., out] = 10
        self.input_weight[..., new] = 10 * torch.eye(self.inputs, device=self.weight.device, dtype=self.weight.dtype)

    def forward(self, drives: Tensor) -> Tensor:
        """Run whole episodes.

        Args:
            drives: the inputs at each step, ``(T, S, B, N)``.

        Returns:
            The output of each cell after each step, ``(T, S, B, H)``.

        Raises:
            ValueError: ``drives`` does not fit the networks.
        """
        networks = len(self.weight)
        if drives.dim() != 4 or drives.shape[1] != networks or drives.shape[3] != self.inputs:
            raise ValueError(f"drives must be (T, {networks}, B, {self.inputs}), got {tuple(drives.shape)}")
        self.clamp()
        output = drives.new_zeros(networks, drives.shape[2], self.cells)  # (S, B, H)
        cell = torch.zeros_like(output)
        outputs = []
        for received in drives @ self.input_weight + self.bias:  # (S, B, 4H)
            gates = torch.baddbmm(received, output, self.weight)
            into, forget, new, out = gates.chunk(4, -1)  # (S, B, H) each
            cell = torch.sigmoid(forget) * cell + torch.sigmoid(into) * torch.tanh(new)
            output = torch.sigmoid(out) * torch.tanh(cell)
            outputs.append(output)
        return torch.stack(outputs)

    def select(self, position: int) -> "ClampedLSTM":
        """A copy that holds only the network at ``position`` (``S = 1``)."""
        chosen = copy.deepcopy(self)
        for parameter in chosen.parameters():
            parameter.data = parameter.data[position : position + 1].clone()
            parameter.grad = None
        return chosen


def _uniform(generators: Sequence[torch.Generator], shape: tuple[int, ...], bound: float) -> Tensor:
    return bound * (2 * torch.stack([torch.rand(shape, generator=each) for each in generators]) - 1)
