"""A whole episode, and its gradient by hand in one sweep back through it.

While an agent acts, no gradient is needed: the actions are drawn, not differentiated. So it lives with nothing
recorded but its activity and its traces; and when the loss asks, one loop goes back through the episode. Products with
matrices that are the same at all steps are taken once, for all steps together.

Shapes: ``T`` steps, and as in ``model``.
"""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from aiga.backpropamine.model import Life, ModulatedAgent
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
    rehearsal = Rehearsal(agent, batch)
    steps = a2c.play(rehearsal, world, chance)
    logits, values = rehearsal.outputs()
    return replace(steps, logits=logits, values=values)


class _Episode(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, lived: Rehearsal, *trained: Tensor) -> Tensor:
        ctx.lived = lived
        ctx.save_for_backward(*trained)
        heads, offsets = trained[2], trained[3]
        said = torch.stack(lived.activities[1:]) @ heads + offsets[None]  # (T, S, B, outputs)
        ctx.said = said
        return _without_modulator(lived.agent, said)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, received: Tensor) -> tuple[Tensor | None, ...]:
        into, _, heads, _, weight, *plastic = ctx.saved_tensors
        sweep = _Sweep(ctx.lived, ctx.said, received, heads, weight, plastic)
        for step in reversed(range(len(received))):
            sweep.back(step)
        networks = len(into)
        drives = torch.stack(sweep.drives[::-1], 1).reshape(networks, -1, weight.shape[-1])  # (S, T*B, N)
        activities = torch.stack(ctx.lived.activities, 1)  # (S, T + 1, B, N)
        before = activities[:, :-1].reshape(networks, -1, weight.shape[-1])
        after = activities[:, 1:].reshape(networks, -1, weight.shape[-1])
        observed = torch.stack(ctx.lived.observed, 1).reshape(networks, -1, into.shape[1])
        outputs = sweep.outputs.transpose(0, 1).reshape(networks, -1, heads.shape[-1])  # (S, T*B, outputs)
        gradients = [
            torch.bmm(observed.transpose(1, 2), drives),
            drives.sum(1, keepdim=True),
            torch.bmm(after.transpose(1, 2), outputs),
            outputs.sum(1, keepdim=True),
            torch.bmm(before.transpose(1, 2), drives),
        ]
        return None, *gradients, *sweep.for_plastic()


class _Sweep:
    """The way back: what is owed to the activity and the traces after a step becomes what is owed before it."""

    def __init__(
        self, lived: Rehearsal, said: Tensor, received: Tensor, heads: Tensor, weight: Tensor, plastic: list[Tensor]
    ) -> None:
        self.lived, self.rule, self.bound = lived, lived.agent.rule, lived.agent.bound
        self.modulated = lived.agent.modulated
        self.weight = weight.transpose(1, 2)
        self.outputs = received  # (T, S, B, outputs), to be completed by what is owed to the modulator
        if self.modulated:
            none = torch.zeros_like(received[..., :1])
            self.outputs = torch.cat([received[..., :-1], none, received[..., -1:]], -1)
            self.modulations = torch.tanh(said[..., -2])  # (T, S, B)
            self.modulator = heads[:, None, :, -2]  # (S, 1, N)
        self.to_activity = self.outputs @ heads.transpose(1, 2)  # (T, S, B, N)
        self.for_activity: Tensor | None = None  # what later steps owe to the activity, (S, B, N)
        self.for_hebb: Tensor | None = None
        self.for_eligibility: Tensor | None = None
        self.drives: list[Tensor] = []
        if plastic:
            self.alpha, self.eta = plastic[0][:, None], plastic[1][:, None, None]  # (S, 1, N, N), (S, 1, 1)
            self.for_alpha = torch.zeros_like(lived.hebbs[0])  # type: ignore[arg-type]
            self.for_eta = torch.zeros_like(plastic[1])

    def for_plastic(self) -> tuple[Tensor | None, ...]:
        """The gradients of alpha and eta."""
        if self.rule == "plain":
            return ()
        return self.for_alpha.sum(1), None if self.rule == "simple" else self.for_eta

    def back(self, step: int) -> None:
        """One step back."""
        pre, post = self.lived.activities[step], self.lived.activities[step + 1]
        for_post = self.to_activity[step]
        if self.for_activity is not None:
            for_post = for_post + self.for_activity
        passed, for_pre = None, None
        if self.for_hebb is not None:
            after: Any = self.lived.hebbs[step + 1]
            passed = torch.ops.aten.hardtanh_backward(self.for_hebb, after, -self.bound, self.bound)
            owed = self._retroactive if self.rule == "retroactive" else self._at_once
            for_post, for_pre = owed(step, pre, post, for_post, passed)
        drive = for_post * (1 - post.square())
        self.drives.append(drive)
        back = torch.bmm(drive, self.weight)
        self.for_activity = back if for_pre is None else for_pre + back
        if self.rule == "plain" or step == 0:  # there is no activity before the first step, and no trace
            return
        hebb: Any = self.lived.hebbs[step]
        outer = pre[..., None] * drive[:, :, None]
        self.for_alpha.addcmul_(hebb, outer)
        self.for_activity = self.for_activity + torch.matmul(self.alpha * hebb, drive[..., None])[..., 0]
        self.for_hebb = outer.mul_(self.alpha) if passed is None else passed.addcmul_(outer, self.alpha)

    def _at_once(self, step: int, pre: Tensor, post: Tensor, for_post: Tensor, passed: Tensor) -> tuple[Tensor, Tensor]:
        """Eq. 2 and 3: the change is the rate times the pairing."""
        paired = torch.matmul(pre[:, :, None], passed)[:, :, 0]  # (S, B, N)
        for_rate = (paired * post).sum(-1)  # (S, B)
        rate = self.modulations[step][..., None] if self.modulated else self.eta
        for_post = torch.addcmul(for_post, rate, paired)
        if self.modulated:
            for_post = self._modulator(step, for_rate, for_post)
        else:
            self.for_eta += for_rate.sum(1)
        return for_post, rate * torch.matmul(passed, post[..., None])[..., 0]

    def _retroactive(
        self, step: int, pre: Tensor, post: Tensor, for_post: Tensor, passed: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Eq. 4 and 5: the change is the rate times the old eligibility, which then takes in the pairing."""
        eligibility: Any = self.lived.eligibilities[step]
        for_post = self._modulator(step, (passed * eligibility).sum((-1, -2)), for_post)
        for_pre, later = None, self.for_eligibility
        self.for_eligibility = passed * self.modulations[step][..., None, None]
        if later is not None:
            paired = torch.matmul(pre[:, :, None], later)[:, :, 0]
            self.for_eta += (paired * post).sum((1, 2)) - (later * eligibility).sum((1, 2, 3))
            for_post = torch.addcmul(for_post, self.eta, paired)
            for_pre = self.eta * torch.matmul(later, post[..., None])[..., 0]
            self.for_eligibility.addcmul_(later, 1 - self.eta[..., None])
        return for_post, for_pre

    def _modulator(self, step: int, for_rate: Tensor, for_post: Tensor) -> Tensor:
        """What is owed to M(t) is owed to its head, and through it to the activity."""
        own = for_rate * (1 - self.modulations[step].square())
        self.outputs[step, ..., -2] = own
        return torch.addcmul(for_post, own[..., None], self.modulator)


def _without_modulator(agent: ModulatedAgent, said: Tensor) -> Tensor:
    return torch.cat([said[..., : agent.actions], said[..., -1:]], -1)
