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
        for part in drives.split(chunk):
            memory = _Memory(self, activity, hebb)
            for drive in part:
                recurrent = torch.bmm(activity, self.weight) + memory.recall(activity)
                after = self._activate(recurrent, drive)
                memory.store(activity, after)
                activities.append(after)
                activity = after
            if len(activities) < len(drives):
                hebb = memory.trace()
        return torch.stack(activities)

    def _without_trace(self, drives: Tensor, activity: Tensor) -> list[Tensor]:
        activities = []
        for drive in drives:
            activity = self._activate(torch.bmm(activity, self.weight), drive)
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

    def __init__(self, layer: PlasticRNN, activity: Tensor, hebb: Tensor | None) -> None:
        self.layer = layer
        self.batch, self.size = activity.shape[1:]
        self.hebb = hebb  # the trace when the chunk began
        self.effective = None if hebb is None else (layer.alpha[:, None] * hebb).flatten(0, 1)  # (S*B, N, N)
        self.eta = layer.eta[:, None, None]  # (S, 1, 1)
        self.kept = torch.ones_like(self.eta)  # how much of that trace is left, (S, 1 or B, 1 or N)
        self.pre: list[Tensor] = []
        self.post: list[Tensor] = []
        self.coefficients = self.eta[:, :, None, :].expand(-1, -1, 0, -1)  # (S, 1 or B, steps so far, 1 or N)

    def recall(self, activity: Tensor) -> Tensor:
        """What the trace contributes to each neuron's input, ``(S, B, N)``."""
        networks = activity.shape[0]
        received = torch.zeros_like(activity)
        if self.effective is not None:
            past = torch.bmm(activity.reshape(-1, 1, self.size), self.effective)
            received = self.kept * past.view(networks, self.batch, self.size)
        if self.pre:
            steps = len(self.pre)
            together = activity[:, :, None] * torch.stack(self.pre, 2)  # (S, B, steps, N)
            if self.layer.alpha.shape[-1] == 1:  # one alpha for all: linear attention over the past steps
                scores = self.layer.alpha[:, None] * together.sum(-1, keepdim=True)  # (S, B, steps, 1)
            else:
                flat = together.view(networks, self.batch * steps, self.size)
                scores = torch.bmm(flat, self.layer.alpha).view_as(together)  # (S, B, steps, N)
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


class OneShotNet(nn.Module):
    r"""Name a character after seeing one drawing of each of five: a convolutional embedding and a plastic output layer.

    .. math::
        y = \mathrm{softmax}\big( x\,(w + \alpha \odot \mathrm{Hebb}) \big), \qquad
        \mathrm{Hebb} \leftarrow \mathrm{Hebb} + \eta\, y\,(x - y\,\mathrm{Hebb}) \qquad \text{(eq. 3)}

    While a labelled drawing is shown, the label is added to the softmax's input times 1000 (``omniglot/omniglot.py``
    lines 222-225), so ``y`` is exactly the label. From an empty trace Oja's rule then writes one column per drawing:
    :math:`\mathrm{Hebb}_{\cdot j} = \eta\, x^{(j)}`. That is why :meth:`forward` needs no loop over time;
    :meth:`step` is the rule itself.

    Args:
        generator: source of the initial values.
        ways: number of characters in an episode.
        features: maps of each of the four convolutions; also the embedding's length for 31x31 drawings.
        alpha: per connection, homogeneous or none.
        eta: initial rate.
        alpha_range: ``alpha`` starts uniform in ``[0, alpha_range]``.
    """

    def __init__(
        self,
        generator: torch.Generator,
        *,
        ways: int = 5,
        features: int = 64,
        alpha: Alpha = "per_connection",
        eta: float = 0.01,
        alpha_range: float = 0.01,
    ) -> None:
        super().__init__()
        self.plastic = alpha != "none"
        layers: list[nn.Module] = []
        for channels in (1, features, features, features):
            convolution = nn.Conv2d(channels, features, 3, stride=2)
            bound = (9 * channels) ** -0.5  # PyTorch's default: U(-1/sqrt(fan in), 1/sqrt(fan in))
            for parameter in convolution.parameters():
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
            layers += [convolution, nn.Tanh()]
        self.embedding = nn.Sequential(*layers, nn.Flatten())
        self.weight = nn.Parameter(0.01 * torch.randn(features, ways, generator=generator))
        shape = (1, 1) if alpha == "homogeneous" else (features, ways)
        if self.plastic:
            self.alpha = nn.Parameter(alpha_range * torch.rand(shape, generator=generator))
            self.eta = nn.Parameter(torch.tensor(eta))

    def forward(self, drawings: Tensor, queries: Tensor) -> Tensor:
        """Logits of each query, ``(B, Q, ways)``.

        Args:
            drawings: one of each character, ``(B, ways, H, W)``, white = 1, ink = 0; the second index is the label.
            queries: drawings to be named, ``(B, Q, H, W)``.
        """
        batch, ways = drawings.shape[:2]
        images = torch.cat([drawings, queries], 1).flatten(0, 1)[:, None]
        embedded: Tensor = self.embedding(images).view(batch, ways + queries.shape[1], -1)
        known, asked = embedded[:, :ways], embedded[:, ways:]  # (B, ways, F), (B, Q, F)
        logits = asked @ self.weight
        if self.plastic:  # sum_i asked_i alpha_ij Hebb_ij with Hebb_ij = eta known_ji
            logits = logits + self.eta * torch.einsum(
                "bqi,ij,bji->bqj", asked, self.alpha.expand_as(self.weight), known
            )
        return logits

    def step(self, embedded: Tensor, label: Tensor | None, hebb: Tensor) -> tuple[Tensor, Tensor]:
        """One time step of the plastic layer, exactly as the equations say.

        Args:
            embedded: the embedding ``x`` of the drawing shown, ``(B, F)``.
            label: one-hot, ``(B, ways)``, or None for a query.
            hebb: the trace, ``(B, F, ways)``.

        Returns:
            The output ``y``, ``(B, ways)``, and the new trace.
        """
        logits = torch.einsum("bi,bij->bj", embedded, self.weight + self.alpha * hebb)
        output = torch.softmax(logits if label is None else logits + 1000 * label, -1)
        post = output[:, None, :]
        return output, hebb + self.eta * post * (embedded[:, :, None] - post * hebb)

    def without_plasticity(self) -> "OneShotNet":
        """A copy whose plastic parts are cut: alpha is 0."""
        lesioned = copy.deepcopy(self)
        if lesioned.plastic:
            lesioned.alpha.data.zero_()
        return lesioned


def _normal(generators: Sequence[torch.Generator], shape: tuple[int, ...], deviation: float) -> Tensor:
    return deviation * torch.stack([torch.randn(shape, generator=each) for each in generators])
