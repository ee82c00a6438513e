"""Gated cells that act: a learner whose weights are frozen and whose activity does the learning.

"Learning to reinforcement learn" (Wang et al. 2016, arXiv 1611.05763) and RL² (Duan et al. 2016, arXiv 1611.02779): a
recurrent network that is told what it did and what it got becomes, by training over many tasks, a learning algorithm.

Shapes as in ``model``: ``S`` networks side by side, ``B`` episodes each; ``I`` inputs, ``H`` cells, ``A`` actions.
"""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aiga.plasticity.product import Product


class GatedAgent(nn.Module):
    r"""Actor and critic on a layer of LSTM cells.

    .. math::
        (i, f, g, o) &= (\sigma, \sigma, \tanh, \sigma)(u\,W + h\,U + b), \\
        c &\leftarrow f \odot c + i \odot g, \qquad h \leftarrow o \odot \tanh(c), \\
        \pi &= \mathrm{softmax}(h\,p + q), \qquad V = h\,v + d

    Args:
        inputs: number of inputs ``I``.
        cells: number of cells ``H``.
        actions: number of actions ``A``.
        generators: one for each of the ``S`` networks; everything starts uniform within :math:`\pm 1/\sqrt{H}`, as
            PyTorch has it, but the forget gates, which start open (bias 1).
    """

    def __init__(self, inputs: int, cells: int, actions: int, generators: Sequence[torch.Generator]) -> None:
        super().__init__()
        self.cells = cells

        def drawn(*shape: int) -> nn.Parameter:
            uniform = torch.stack([torch.rand(shape, generator=each) for each in generators])
            return nn.Parameter((2 * uniform - 1) / cells**0.5)

        self.into = drawn(inputs, 4 * cells)  # (S, I, 4H), gates input, forget, cell and output side by side
        self.weight = drawn(cells, 4 * cells)  # (S, H, 4H)
        self.bias = drawn(1, 4 * cells)  # (S, 1, 4H)
        self.heads = drawn(cells, actions + 1)  # (S, H, A + 1), the last column is the critic's
        self.offsets = drawn(1, actions + 1)  # (S, 1, A + 1)
        with torch.no_grad():
            self.bias[..., cells : 2 * cells] = 1.0

    def select(self, position: int) -> "GatedAgent":
        """A copy that holds only the network at ``position`` (``S = 1``)."""
        chosen = copy.deepcopy(self)
        for parameter in chosen.parameters():
            parameter.data = parameter.data[position : position + 1].clone()
            parameter.grad = None
        return chosen


class GatedLife:
    """An agent in one episode. All that it learns there is in its activity.

    Args:
        agent: the networks.
        batch: episodes, ``B``.
        wipe: before this step (the first is 0) everything it knows is wiped out; None lets it be.
    """

    def __init__(self, agent: GatedAgent, batch: int, *, wipe: int | None = None) -> None:
        self.agent, self.wipe, self.now = agent, wipe, 0
        blank = agent.weight.new_zeros(len(agent.weight), batch, agent.cells)
        self.output = self.cell = self.blank = blank  # (S, B, H) each
        self.through_weight, self.through_into = Product(agent.weight), Product(agent.into)

    def __call__(self, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, ``(S, B, A)``, and values, ``(S, B)``, for what is observed, ``(S, B, I)``."""
        if self.now == self.wipe:
            self.output = self.cell = self.blank
        self.now += 1
        gates = self.agent.bias + self.through_into(observed) + self.through_weight(self.output)
        into, forget, new, out = gates.chunk(4, -1)  # (S, B, H) each
        self.cell = torch.sigmoid(forget) * self.cell + torch.sigmoid(into) * torch.tanh(new)
        self.output = torch.sigmoid(out) * torch.tanh(self.cell)
        read = torch.baddbmm(self.agent.offsets, self.output, self.agent.heads)
        return read[..., :-1], read[..., -1]
