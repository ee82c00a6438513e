"""Networks whose connections have a fixed and a Hebbian part, both trained by gradient descent.

Miconi, Clune & Stanley, "Differentiable plasticity", ICML 2018, arXiv 1804.02464.

Shapes: ``S`` networks (one a seed) are trained side by side, each on a batch of ``B`` episodes of ``T`` steps; ``N`` is
the number of neurons. Matrices have the pre-synaptic index first, as in the paper.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from aiga.plasticity.product import Product

Rule = Literal["hebb", "oja"]
Alpha = Literal["per_connection", "homogeneous", "none"]
Clamp = Literal["soft", "hard"]


@dataclass
class State:
    """What a network carries through one episode; all zeros when the episode begins."""

    activity: Tensor  # (S, B, N), in [-1, 1]
    hebb: Tensor  # (S, B, N, N), the trace of each connection


class PlasticRNN(nn.Module):
    r"""A fully recurrent layer that learns within an episode, without any gradient.

    .. math::
        x_j(t) = \tanh\Big\{ \sum_i \big[ w_{ij} + \alpha_{ij} \mathrm{Hebb}_{ij}(t) \big]\, x_i(t-1) + u_j(t) \Big\}
        \qquad \text{(eq. 1)}

    Trained between episodes: ``weight`` :math:`w`, ``alpha`` :math:`\alpha` and ``eta`` :math:`\eta`.

    Args:
        size: number of neurons ``N``.
        generators: one for each of the ``S`` networks, the source of its initial values.
        rule: ``"hebb"`` forgets at rate eta (eq. 2), ``"oja"`` keeps memories without activity (eq. 3).
        alpha: one coefficient per connection, one for the whole layer, or none (an ordinary recurrent network).
        clamp: what an input does to its neuron. ``"soft"`` adds it inside the tanh; ``"hard"`` lets a neuron whose
            input is not exactly 0 take the input's value.
        init: standard deviation of the initial ``weight`` and ``alpha`` (``simple/simplest.py`` lines 75-76).
        eta: initial rate (``simple/simplest.py`` line 75).

    Raises:
        ValueError: an unknown rule, alpha or clamp.
    """

    def __init__(
        self,
        size: int,
        generators: Sequence[torch.Generator],
        *,
        rule: Rule = "hebb",
        alpha: Alpha = "per_connection",
        clamp: Clamp = "soft",
        init: float = 0.01,
        eta: float = 0.01,
    ) -> None:
        super().__init__()
        for name, value, known in (
            ("rule", rule, ("hebb", "oja")),
            ("alpha", alpha, ("per_connection", "homogeneous", "none")),
            ("clamp", clamp, ("soft", "hard")),
        ):
            if value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        self.rule, self.clamp, self.plastic = rule, clamp, alpha != "none"
        self.weight = nn.Parameter(_normal(generators, (size, size), init))  # (S, N, N)
        if alpha == "per_connection":
            self.alpha = nn.Parameter(_normal(generators, (size, size), init))  # (S, N, N)
        elif alpha == "homogeneous":
            self.alpha = nn.Parameter(torch.full((len(generators), 1, 1), init))  # (S, 1, 1)
        if self.plastic:
            self.eta = nn.Parameter(torch.full((len(generators),), eta))  # (S,)

    def initial_state(self, batch: int) -> State:
        """A fresh episode: no activity, no memory."""
        networks, size, _ = self.weight.shape
        zeros = self.weight.new_zeros
        return State(activity=zeros(networks, batch, size), hebb=zeros(networks, batch, size, size))

    def step(self, drive: Tensor, state: State) -> State:
        """Advance one time step, exactly as the equations say.

        Args:
            drive: input ``u(t)`` of each neuron, ``(S, B, N)``.
            state: the state after the previous step.
        """
        before = state.activity  # (S, B, N)
        connections = self.weight[:, None]  # (S, 1, N, N)
        if self.plastic:
            connections = connections + self.alpha[:, None] * state.hebb  # (S, B, N, N)
        recurrent = torch.einsum("sbi,sbij->sbj", before, connections.expand_as(state.hebb))
        after = self._activate(recurrent, drive)
        return State(after, self.learn(before, after, state.hebb) if self.plastic else state.hebb)

    def learn(self, before: Tensor, after: Tensor, hebb: Tensor) -> Tensor:
        """The trace after one step: fire together, wire together (eq. 2), or Oja's rule (eq. 3)."""
        eta = self.eta[:, None, None, None]  # (S, 1, 1, 1)
        pre, post = before[..., :, None], after[..., None, :]  # (S, B, N, 1), (S, B, 1, N)
        if self.rule == "hebb":
            return (1 - eta) * hebb + eta * pre * post
        return hebb + eta * post * (pre - post * hebb)

    def forward(self, drives: Tensor, *, chunk: int = 10) -> Tensor:
        r"""Run whole episodes: the same numbers as :meth:`step` after step, several times faster.

        The trace is a sum over the past, :math:`\mathrm{Hebb}(t) = \sum_{s<t} c_s\, x(s-1)^\top x(s)`, with
        coefficients that the rule gives, so that what neuron ``j`` receives through it is

        .. math:: \sum_{s<t} c_s\, x_j(s) \sum_i \alpha_{ij}\, x_i(s-1)\, x_i(t-1).

        Within a chunk of steps that sum is taken as it stands (a matrix product, no trace at all); from chunk to chunk
        the trace is carried over. ``chunk=1`` builds the trace at every step, ``chunk=T`` never.

        Args:
            drives: input of each neuron at each step, ``(T, S, B, N)``.
            chunk: steps between two materialised traces; changes speed and memory, not the result.

        Returns:
            The activity after each step, ``(T, S, B, N)``.

        Raises:
            ValueError: ``drives`` does not fit the networks, or ``chunk`` is not positive.
        """
        networks, size, _ = self.weight.shape
        if drives.dim() != 4 or drives.shape[1] != networks or drives.shape[3] != size:
            raise ValueError(f"drives must be (T, {networks}, B, {size}), got {tuple(drives.shape)}")
        if chunk < 1:
            raise ValueError(f"chunk must be at least 1 step, got {chunk}")
        activity = drives.new_zeros(drives.shape[1:])  # (S, B, N)
        if not self.plastic:
            return torch.stack(self._without_trace(drives, activity))
        hebb: Tensor | None = None  # (S, B, N, N); None while it is all zeros
        activities: list[Tensor] = []
        through_weight = Product(self.weight)
        through_alpha = Product(self.alpha) if self.alpha.shape[-1] > 1 else None
        for part in drives.split(chunk):
            memory = _Memory(self, through_alpha, activity, hebb)
            for drive in part:
                recurrent = through_weight(activity) + memory.recall(activity)
                after = self._activate(recurrent, drive)
                memory.store(activity, after)
                activities.append(after)
                activity = after
            if len(activities) < len(drives):
                hebb = memory.trace()
        return torch.stack(activities)

    def _without_trace(self, drives: Tensor, activity: Tensor) -> list[Tensor]:
        activities = []
        through_weight = Product(self.weight)
        for drive in drives:
            activity = self._activate(through_weight(activity), drive)
            activities.append(activity)
        return activities

    def _activate(self, recurrent: Tensor, drive: Tensor) -> Tensor:
        if self.clamp == "soft":
            return torch.tanh(recurrent + drive)
        return torch.where(drive == 0, torch.tanh(recurrent), drive)

    def select(self, position: int) -> "PlasticRNN":
        """A copy that holds only the network at ``position`` (``S = 1``)."""
        chosen = copy.deepcopy(self)
        for parameter in chosen.parameters():
            parameter.data = parameter.data[position : position + 1].clone()
            parameter.grad = None
        return chosen

    def without_plasticity(self) -> "PlasticRNN":
        """A copy whose plastic parts are cut: alpha is 0."""
        lesioned = copy.deepcopy(self)
        if lesioned.plastic:
            lesioned.alpha.data.zero_()
        return lesioned


class _Memory:
    """The plastic part of a recurrent layer during one chunk of steps (see :meth:`PlasticRNN.forward`)."""

    def __init__(self, layer: PlasticRNN, through_alpha: Product | None, activity: Tensor, hebb: Tensor | None) -> None:
        self.layer, self.through_alpha = layer, through_alpha
        self.batch, self.size = activity.shape[1:]
        self.hebb = hebb  # the trace when the chunk began
        self.through_trace = None if hebb is None else Product((layer.alpha[:, None] * hebb).flatten(0, 1))
        self.eta = layer.eta[:, None, None]  # (S, 1, 1)
        self.kept = torch.ones_like(self.eta)  # how much of that trace is left, (S, 1 or B, 1 or N)
        self.pre: list[Tensor] = []
        self.post: list[Tensor] = []
        self.coefficients = self.eta[:, :, None, :].expand(-1, -1, 0, -1)  # (S, 1 or B, steps so far, 1 or N)

    def recall(self, activity: Tensor) -> Tensor:
        """What the trace contributes to each neuron's input, ``(S, B, N)``."""
        networks = activity.shape[0]
        received = torch.zeros_like(activity)
        if self.through_trace is not None:
            past = self.through_trace(activity.reshape(-1, 1, self.size))  # (S*B, 1, N)
            received = self.kept * past.view(networks, self.batch, self.size)
        if self.pre:
            steps = len(self.pre)
            together = activity[:, :, None] * torch.stack(self.pre, 2)  # (S, B, steps, N)
            if self.through_alpha is None:  # one alpha for all: linear attention over the past steps
                scores = self.layer.alpha[:, None] * together.sum(-1, keepdim=True)  # (S, B, steps, 1)
            else:
                flat = together.view(networks, self.batch * steps, self.size)
                scores = self.through_alpha(flat).view_as(together)  # (S, B, steps, N)
            received = received + (self.coefficients * scores * torch.stack(self.post, 2)).sum(2)
        return received

    def store(self, before: Tensor, after: Tensor) -> None:
        """Remember one step; older ones fade as the rule says."""
        kept = 1 - self.eta if self.layer.rule == "hebb" else 1 - self.eta * after**2  # (S, 1 or B, 1 or N)
        newest = self.eta.expand_as(kept)[:, :, None]
        self.coefficients = torch.cat([self.coefficients * kept[:, :, None], newest], 2)
        self.kept = self.kept * kept
        self.pre.append(before)
        self.post.append(after)

    def trace(self) -> Tensor:
        """The trace after the chunk, ``(S, B, N, N)``."""
        pre = torch.stack(self.pre, 2).flatten(0, 1)  # (S*B, steps, N)
        post = (self.coefficients * torch.stack(self.post, 2)).flatten(0, 1)
        grown = torch.bmm(pre.transpose(1, 2), post).view(-1, self.batch, self.size, self.size)
        return grown if self.hebb is None else self.kept[:, :, None] * self.hebb + grown


def _normal(generators: Sequence[torch.Generator], shape: tuple[int, ...], deviation: float) -> Tensor:
    return deviation * torch.stack([torch.randn(shape, generator=each) for each in generators])
