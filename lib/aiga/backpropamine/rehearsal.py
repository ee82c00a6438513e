"""A whole episode, and its gradient by hand in one sweep back through it.

While an agent acts, no gradient is needed: the actions are drawn, not differentiated. So it lives with nothing
recorded but its activity and its traces; and when the loss asks, one loop goes back through the episode. Products with
matrices that are the same at all steps are taken once, for all steps together. Tensor operations do all this on any
device; on the processor compiled loops do it several times faster.

Shapes: ``T`` steps, and as in ``model``.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from aiga.backpropamine import compiled
from aiga.backpropamine.model import Life, ModulatedAgent
from aiga.backpropamine.sweep import Sweep, with_modulator
from aiga.plasticity import a2c


class Rehearsal:
    """An agent in one episode: acts as a ``Life`` does, and afterwards says what its gradient is.

    Act with gradients switched off, then take :meth:`outputs` for the loss. The numbers and gradients are those of
    :class:`~aiga.backpropamine.model.Life`; the rule must have the hard clip, and M(t) must not fan out.

    Args:
        agent: the networks.
        batch: episodes, ``B``.

    Raises:
        ValueError: another clip, or fan-out.
    """

    def __init__(self, agent: ModulatedAgent, batch: int) -> None:
        if not fits(agent):
            raise ValueError(f"a rehearsal needs the hard clip and no fan-out, got {agent.clip!r}, {agent.fan_out}")
        self.agent, self.life = agent, Life(agent, batch)
        self.observed: list[Tensor] = []  # (S, B, I)
        self.activities = [self.life.activity]  # before the first step and after each, (S, B, N)
        self.hebbs = [self.life.hebb]  # (S, B, N, N)
        self.eligibilities = [self.life.eligibility]  # (S, B, N, N)

    def __call__(self, observed: Tensor) -> tuple[Tensor, Tensor]:
        """As :class:`~aiga.backpropamine.model.Life`."""
        with torch.no_grad():
            answer = self.life(observed)
        self.observed.append(observed)
        self.activities.append(self.life.activity)
        self.hebbs.append(self.life.hebb)
        self.eligibilities.append(self.life.eligibility)
        return answer

    def outputs(self) -> tuple[Tensor, Tensor]:
        """Logits, ``(T, S, B, A)``, and values, ``(T, S, B)``, of all steps, to be differentiated."""
        agent, layer = self.agent, self.agent.recurrent
        trained = [agent.into, agent.bias, agent.heads, agent.offsets, layer.weight]
        if layer.plastic:
            trained += [layer.alpha, layer.eta]
        said: Tensor = _Episode.apply(self, *trained)  # type: ignore[no-untyped-call]
        return said[..., :-1], said[..., -1]

    def history(self) -> tuple[Tensor, Tensor]:
        """What was observed, ``(S, T, B, I)``, and the activity before and after each step, ``(S, T + 1, B, N)``."""
        return torch.stack(self.observed, 1), torch.stack(self.activities, 1)

    def back(self, received: Tensor, trained: Sequence[Tensor]) -> tuple[Tensor, Tensor, tuple[Tensor | None, ...]]:
        """From the gradient of what was said to those of the parts.

        Args:
            received: the gradient of logits and values, side by side, ``(T, S, B, A + 1)``.
            trained: the parameters as :meth:`outputs` lists them.

        Returns:
            The gradients of what drives the neurons, ``(S, T, B, N)``, of all heads, ``(S, T, B, outputs)``, and of
            what else is plastic: alpha and eta, or nothing.
        """
        sweep = Sweep(self.agent, self.activities, self.hebbs, self.eligibilities, received, trained)
        for step in reversed(range(len(received))):
            sweep.back(step)
        return torch.stack(sweep.drives[::-1], 1), sweep.outputs.transpose(0, 1), sweep.for_plastic()


class CompiledRehearsal(Rehearsal):
    """The same rehearsal by the loops of :mod:`aiga.backpropamine.compiled`: on the processor, with plasticity.

    Args:
        agent: the networks.
        batch: episodes, ``B``.
        steps: length of an episode, ``T``.

    Raises:
        ValueError: another clip, fan-out, no plasticity, or networks on another device.
    """

    def __init__(self, agent: ModulatedAgent, batch: int, steps: int) -> None:
        if not compiles(agent):
            got = f"{agent.rule!r}, {agent.clip!r}, {agent.fan_out}, {agent.into.device.type!r}"
            raise ValueError(f"compiled loops need plasticity, the hard clip, no fan-out and the CPU, got {got}")
        self.agent, self.now, layer = agent, 0, agent.recurrent
        networks, size, _ = layer.weight.shape
        blank = layer.weight.new_zeros
        self.seen = blank(networks, steps, batch, agent.into.shape[1])
        self.lived = blank(networks, steps + 1, batch, size)
        self.said = blank(networks, steps, batch, agent.heads.shape[-1])
        self.rates = blank(networks, steps, batch)
        if not agent.modulated:
            self.rates += layer.eta.detach()[:, None, None]
        alpha = layer.alpha.detach().contiguous().numpy()
        self._rule = (self.lived.numpy(), self.rates.numpy(), alpha, alpha.dtype.type(agent.bound))
        self._retroactive = agent.rule == "retroactive"
        self._eta = [layer.eta.detach().contiguous().numpy()] if self._retroactive else []
        self._hebb = np.zeros((networks, batch, size, size), alpha.dtype)
        self._trail = [np.zeros_like(self._hebb)] if self._retroactive else []

    def __call__(self, observed: Tensor) -> tuple[Tensor, Tensor]:
        """As :class:`~aiga.backpropamine.model.Life`."""
        agent, step = self.agent, self.now
        with torch.no_grad():
            self.seen[:, step] = observed
            drive = torch.baddbmm(agent.bias, observed, agent.into)
            if step:  # before the first step there is neither activity nor trace
                drive.baddbmm_(self.lived[:, step], agent.recurrent.weight)
                recall = compiled.recall_in_retrospect if self._retroactive else compiled.recall_at_once
                recall(step, *self._rule, self._hebb, drive.numpy(), *self._eta, *self._trail)
            after = torch.tanh(drive, out=self.lived[:, step + 1])
            said = torch.baddbmm(agent.offsets, after, agent.heads, out=self.said[:, step])
            if agent.modulated:
                torch.tanh(said[..., -2], out=self.rates[:, step])
        self.now += 1
        return said[..., : agent.actions], said[..., -1]

    def history(self) -> tuple[Tensor, Tensor]:
        """As :meth:`Rehearsal.history`."""
        return self.seen, self.lived

    def back(self, received: Tensor, trained: Sequence[Tensor]) -> tuple[Tensor, Tensor, tuple[Tensor | None, ...]]:
        """As :meth:`Rehearsal.back`."""
        _, _, heads, _, weight, *_ = trained
        outputs, modulator = received.transpose(0, 1), torch.zeros_like(weight[..., 0])
        if self.agent.modulated:
            outputs, modulator = with_modulator(outputs), heads[..., -2]
        owed = torch.bmm(outputs.flatten(1, 2), heads.transpose(1, 2)).view_as(self.lived[:, 1:])
        given = [each.contiguous().numpy() for each in (weight, modulator, owed)]
        sweep = compiled.back_in_retrospect if self._retroactive else compiled.back_at_once
        drives, for_rates, *for_plastic = map(torch.from_numpy, sweep(*self._rule, *given, *self._eta))
        if self.agent.modulated:
            outputs[..., -2] = for_rates * (1 - self.rates.square())
        if self.agent.rule == "plastic":
            for_plastic.append(for_rates.sum((1, 2)))
        return drives, outputs, (*for_plastic, None)[:2]


def compiles(agent: ModulatedAgent) -> bool:
    """Whether an agent can be rehearsed by compiled loops."""
    return agent.rule != "plain" and fits(agent) and agent.into.device.type == "cpu"


def fits(agent: ModulatedAgent) -> bool:
    """Whether an agent can be rehearsed."""
    return agent.rule == "plain" or (agent.clip == "hard" and not agent.fan_out)


def play(agent: ModulatedAgent, world: a2c.World, chance: Tensor) -> a2c.Steps:
    """As :func:`aiga.plasticity.a2c.play`, in the quickest way that the agent allows.

    Args:
        agent: the networks.
        world: what they act in.
        chance: from :func:`aiga.plasticity.a2c.noise`, ``(T, S, B, A)``.
    """
    batch = chance.shape[2]
    if not fits(agent):
        return a2c.play(Life(agent, batch), world, chance)
    rehearsal = CompiledRehearsal(agent, batch, len(chance)) if compiles(agent) else Rehearsal(agent, batch)
    steps = a2c.play(rehearsal, world, chance)
    logits, values = rehearsal.outputs()
    return replace(steps, logits=logits, values=values)


class _Episode(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, lived: Rehearsal, *trained: Tensor) -> Tensor:
        ctx.lived = lived
        ctx.save_for_backward(*trained)
        _, activities = lived.history()
        said = torch.baddbmm(trained[3], activities[:, 1:].flatten(1, 2), trained[2])  # (S, T*B, outputs)
        said = said.view(len(said), -1, activities.shape[2], said.shape[-1]).transpose(0, 1)  # (T, S, B, outputs)
        return torch.cat([said[..., : lived.agent.actions], said[..., -1:]], -1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, received: Tensor) -> tuple[Tensor | None, ...]:
        observed, activities = ctx.lived.history()
        for_drives, for_outputs, for_plastic = ctx.lived.back(received, ctx.saved_tensors)
        rows = (observed, activities[:, :-1], activities[:, 1:], for_drives, for_outputs)
        seen, before, after, drives, outputs = (each.flatten(1, 2) for each in rows)  # (S, T*B, ...)
        gradients = [
            torch.bmm(seen.transpose(1, 2), drives),
            drives.sum(1, keepdim=True),
            torch.bmm(after.transpose(1, 2), outputs),
            outputs.sum(1, keepdim=True),
            torch.bmm(before.transpose(1, 2), drives),
        ]
        return None, *gradients, *for_plastic
