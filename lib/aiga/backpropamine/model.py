r"""Agents that decide, step by step, how much their own connections learn.

Miconi, Rawal, Clune & Stanley, "Backpropamine: training self-modifying neural networks with differentiable
neuromodulated plasticity", ICLR 2019, arXiv 2002.10585.

Shapes: ``S`` networks (one a seed) side by side, ``B`` episodes each, ``N`` neurons; ``I`` inputs, ``A`` actions.
Matrices have the pre-synaptic index first.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from aiga.backpropamine import hebbian
from aiga.backpropamine.hebbian import Clip
from aiga.plasticity.agent import PlasticAgent
from aiga.plasticity.model import State

Rule = Literal["plain", "plastic", "simple", "retroactive"]
RULES: tuple[Rule, ...] = ("plain", "plastic", "simple", "retroactive")

Modulate = Callable[[int, Tensor], Tensor]
"""Another hand on the modulator: the step and the network's own M(t), ``(S, B)``, in; the M(t) to be used out."""


@dataclass
class Modulated(State):
    """What a modulated agent carries through one episode."""

    eligibility: Tensor  # (S, B, N, N), what could be written now; stays 0 unless the rule is retroactive
    modulation: Tensor  # (S, B), M(t) of the last step


class ModulatedAgent(PlasticAgent):
    r"""Actor and critic on a recurrent layer whose plasticity the layer's own activity controls.

    With :math:`x(t)` from eq. 1, as in :class:`~aiga.plasticity.agent.PlasticAgent`, and
    :math:`M(t) = \tanh(x(t)\,m + d)`, one number for the whole network, of either sign:

    .. math::
        \mathrm{Hebb}(t+1) &= \mathrm{Clip}(\mathrm{Hebb}(t) + \eta\, x(t-1)^\top x(t)) && \text{plastic (eq. 2)} \\
        \mathrm{Hebb}(t+1) &= \mathrm{Clip}(\mathrm{Hebb}(t) + M(t)\, x(t-1)^\top x(t)) && \text{simple (eq. 3)} \\
        \mathrm{Hebb}(t+1) &= \mathrm{Clip}(\mathrm{Hebb}(t) + M(t)\, E(t)) && \text{retroactive (eq. 4)} \\
        E(t+1) &= (1 - \eta)\, E(t) + \eta\, x(t-1)^\top x(t) && \text{(eq. 5)}

    ``plain`` has no trace at all. M(t) is read from the new activity, and the weights change by the old eligibility
    (``maze/batch.py`` lines 227-250).

    Args:
        inputs: number of inputs ``I``.
        size: number of neurons ``N``.
        actions: number of actions ``A``.
        generators: one for each of the ``S`` networks.
        rule: one of :data:`RULES`.
        clip: what keeps the trace in bounds (see :func:`aiga.backpropamine.hebbian.grow`).
        bound: where it is clipped: 1 in the paper, 2 in ``simplemaze`` and the LSTM.
        fan_out: each neuron's own rate :math:`v_j M(t) + c_j` (``simplemaze/maze.py`` lines 101-116). As
            :math:`c_j` need not be 0, ``M = 0`` does not stop the learning then.
        positive: the recurrent ``w`` and ``alpha`` start uniform in ``[0, positive]`` ...
        spread: ... or, where this is more than 0, normal around 0 (see ``PlasticAgent``).
        eta: initial rate of eq. 2 or eq. 5.

    Raises:
        ValueError: an unknown rule or clip; fan-out without a modulator.
    """

    def __init__(
        self,
        inputs: int,
        size: int,
        actions: int,
        generators: Sequence[torch.Generator],
        *,
        rule: Rule = "simple",
        clip: Clip = "hard",
        bound: float = 1.0,
        fan_out: bool = False,
        positive: float = 0.01,
        spread: float = 0.0,
        eta: float = 0.1,
    ) -> None:
        for name, value, known in (("rule", rule, RULES), ("clip", clip, ("hard", "soft", "additive", "decay"))):
            if value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        modulated = rule in ("simple", "retroactive")
        if fan_out and not modulated:
            raise ValueError(f"fan_out spreads the modulator, and {rule!r} has none: use 'simple' or 'retroactive'")
        super().__init__(
            inputs,
            size,
            actions + modulated,  # the modulator is one more head, between the actions and the critic
            generators,
            rule="hebb",
            alpha="none" if rule == "plain" else "per_connection",
            positive=positive,
            spread=spread,
            eta=eta,
        )
        self.rule, self.clip, self.bound, self.actions, self.modulated = rule, clip, bound, actions, modulated
        if rule == "simple":
            self.recurrent.eta.requires_grad_(False)  # M(t) stands in its place
        self.fan_out = fan_out
        if fan_out:  # PyTorch's default for Linear(1, N)
            self.fan = nn.Parameter(torch.stack([2 * torch.rand(2, size, generator=each) - 1 for each in generators]))

    def initial_state(self, batch: int) -> Modulated:
        """A fresh episode: no activity, no memory."""
        fresh = self.recurrent.initial_state(batch)
        return Modulated(fresh.activity, fresh.hebb, fresh.hebb, torch.zeros_like(fresh.activity[..., 0]))

    def rates(self, modulation: Tensor) -> Tensor:
        """What eq. 2-4 multiply by: eta, M(t), or each neuron's share of it, ``(S, B, 1 or N)``."""
        if self.rule == "plastic":
            return self.recurrent.eta[:, None, None].expand(*modulation.shape, 1)
        if self.fan_out:
            return modulation[..., None] * self.fan[:, :1] + self.fan[:, 1:]
        return modulation[..., None]

    def read(self, activity: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits, ``(S, B, A)``, values, ``(S, B)``, and M(t), ``(S, B)``; 0 without a modulator."""
        outputs = torch.baddbmm(self.offsets, activity, self.heads)
        modulation = torch.tanh(outputs[..., -2]) if self.modulated else torch.zeros_like(outputs[..., -1])
        return outputs[..., : self.actions], outputs[..., -1], modulation

    def step(self, observed: Tensor, state: State) -> tuple[Tensor, Tensor, Modulated]:
        """One time step, exactly as the equations say: logits, values, and the new state.

        Raises:
            TypeError: the state is not from :meth:`initial_state`.
        """
        if not isinstance(state, Modulated):
            raise TypeError(f"the state must come from initial_state, got a {type(state).__name__}")
        layer, pre = self.recurrent, state.activity
        connections = layer.weight[:, None].expand_as(state.hebb)
        if layer.plastic:
            connections = connections + layer.alpha[:, None] * state.hebb  # (S, B, N, N)
        post = torch.tanh(torch.einsum("sbi,sbij->sbj", pre, connections) + observed @ self.into + self.bias)
        logits, values, modulation = self.read(post)
        hebb, eligibility = state.hebb, state.eligibility
        if layer.plastic:
            together = pre[..., :, None] * post[..., None, :]
            increment = eligibility if self.rule == "retroactive" else together
            hebb = hebbian.grow(hebb, increment, self.rates(modulation), self.clip, self.bound)
        if self.rule == "retroactive":
            eta = layer.eta[:, None, None, None]
            eligibility = (1 - eta) * eligibility + eta * together
        return logits, values, Modulated(post, hebb, eligibility, modulation)

    def select(self, position: int) -> "ModulatedAgent":
        """A copy that holds only the network at ``position`` (``S = 1``)."""
        chosen = super().select(position)
        assert isinstance(chosen, ModulatedAgent)
        return chosen

    def without_plasticity(self) -> "ModulatedAgent":
        """A copy whose plastic parts are cut: alpha is 0."""
        lesioned = super().without_plasticity()
        assert isinstance(lesioned, ModulatedAgent)
        return lesioned

    def with_modulator_of(self, donor: "ModulatedAgent") -> "ModulatedAgent":
        """A copy whose modulator has the weights of another network's.

        Raises:
            ValueError: one of the two has no modulator.
        """
        for each in (self, donor):
            if not each.modulated:
                raise ValueError(f"both networks need a modulator, and {each.rule!r} has none")
        patient = copy.deepcopy(self)
        patient.heads.data[..., -2] = donor.heads.data[..., -2]
        patient.offsets.data[..., -2] = donor.offsets.data[..., -2]
        return patient

    @property
    def parameter_count(self) -> int:
        """Trained numbers in one network."""
        return sum(each[0].numel() for each in self.parameters() if each.requires_grad)


class Life:
    """An agent in one episode: the same numbers as :meth:`ModulatedAgent.step` after step, several times faster.

    Args:
        agent: the networks.
        batch: episodes, ``B``.
        modulate: what to use in place of the network's own M(t): a lesion, a replay, a hand. Retroactive and simple
            rules only; ``plastic`` and ``plain`` never ask.
    """

    def __init__(self, agent: ModulatedAgent, batch: int, *, modulate: Modulate | None = None) -> None:
        self.agent, self.modulate = agent, modulate
        self.layer = agent.recurrent
        networks, size, _ = self.layer.weight.shape
        self.activity = self.layer.weight.new_zeros(networks, batch, size)  # (S, B, N)
        blank = self.layer.weight.new_zeros(networks, batch, size, size) if self.layer.plastic else None
        self.hebb = blank  # (S, B, N, N)
        self.eligibility = blank if agent.rule == "retroactive" else None  # (S, B, N, N); nothing is changed in place
        self.modulations: list[Tensor] = []
        """M(t) as it was used at each step so far, ``(S, B)``, without its gradient."""

    def __call__(self, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, ``(S, B, A)``, and values, ``(S, B)``, for what is observed, ``(S, B, I)``."""
        pre = self.activity
        drive = torch.baddbmm(self.agent.bias, observed, self.agent.into)
        drive = torch.baddbmm(drive, pre, self.layer.weight)
        if self.hebb is None:
            self.activity = torch.tanh(drive)
            logits, values, _ = self.agent.read(self.activity)
            return logits, values
        self.activity, hebb = hebbian.recall(pre, drive, self.layer.alpha, self.hebb)
        logits, values, modulation = self.agent.read(self.activity)
        if self.agent.modulated:
            if self.modulate is not None:
                modulation = self.modulate(len(self.modulations), modulation)
            self.modulations.append(modulation.detach())
        self._learn(pre, self.agent.rates(modulation), hebb)
        return logits, values

    def _learn(self, pre: Tensor, rate: Tensor, hebb: Tensor) -> None:
        agent, post = self.agent, self.activity
        quick = agent.clip == "hard"
        if self.eligibility is None:
            if quick:
                self.hebb = hebbian.pair(pre, post, rate, hebb, agent.bound)
            else:
                together = pre[..., :, None] * post[..., None, :]
                self.hebb = hebbian.grow(hebb, together, rate, agent.clip, agent.bound)
            return
        if quick:
            self.hebb = hebbian.gate(self.eligibility, rate, hebb, agent.bound)
        else:
            self.hebb = hebbian.grow(hebb, self.eligibility, rate, agent.clip, agent.bound)
        self.eligibility = hebbian.fade(pre, post, self.layer.eta, self.eligibility)
