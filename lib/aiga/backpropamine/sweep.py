"""The way back through an episode by tensor operations, on any device. Shapes as in ``rehearsal``."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from aiga.backpropamine.model import ModulatedAgent


class Sweep:
    """What is owed to the activity and the traces after a step becomes what is owed before it.

    Args:
        agent: the networks.
        activities: before the first step and after each, ``(S, B, N)``.
        hebbs: likewise the traces, ``(S, B, N, N)``; None without plasticity.
        eligibilities: likewise; None unless the rule is retroactive.
        received: the gradient of logits and values, ``(T, S, B, A + 1)``.
        trained: the agent's parameters: into, bias, heads, offsets, weight, and with plasticity alpha and eta.
    """

    def __init__(
        self,
        agent: ModulatedAgent,
        activities: Sequence[Tensor],
        hebbs: Sequence[Tensor | None],
        eligibilities: Sequence[Tensor | None],
        received: Tensor,
        trained: Sequence[Tensor],
    ) -> None:
        _, _, heads, offsets, weight, *plastic = trained
        self.activities, self.hebbs, self.eligibilities = activities, hebbs, eligibilities
        self.rule, self.bound, self.modulated = agent.rule, agent.bound, agent.modulated
        self.weight = weight.transpose(1, 2)
        self.outputs = received  # (T, S, B, outputs), to be completed by what is owed to the modulator
        if self.modulated:
            self.outputs = with_modulator(received)
            read = torch.stack(list(activities[1:])) @ heads[..., -2:-1] + offsets[..., -2:-1]
            self.modulations = torch.tanh(read[..., 0])  # (T, S, B)
            self.modulator = heads[:, None, :, -2]  # (S, 1, N)
        self.to_activity = self.outputs @ heads.transpose(1, 2)  # (T, S, B, N)
        self.for_activity: Tensor | None = None  # what later steps owe to the activity, (S, B, N)
        self.for_hebb: Tensor | None = None
        self.for_eligibility: Tensor | None = None
        self.drives: list[Tensor] = []
        if plastic:
            self.alpha, self.eta = plastic[0][:, None], plastic[1][:, None, None]  # (S, 1, N, N), (S, 1, 1)
            self.for_alpha = torch.zeros_like(hebbs[0])  # type: ignore[arg-type]
            self.for_eta = torch.zeros_like(plastic[1])

    def for_plastic(self) -> tuple[Tensor | None, ...]:
        """The gradients of alpha and eta."""
        if self.rule == "plain":
            return ()
        return self.for_alpha.sum(1), None if self.rule == "simple" else self.for_eta

    def back(self, step: int) -> None:
        """One step back."""
        pre, post = self.activities[step], self.activities[step + 1]
        for_post = self.to_activity[step]
        if self.for_activity is not None:
            for_post = for_post + self.for_activity
        passed, for_pre = None, None
        if self.for_hebb is not None:
            after: Any = self.hebbs[step + 1]
            passed = torch.ops.aten.hardtanh_backward(self.for_hebb, after, -self.bound, self.bound)
            owed = self._retroactive if self.rule == "retroactive" else self._at_once
            for_post, for_pre = owed(step, pre, post, for_post, passed)
        drive = for_post * (1 - post.square())
        self.drives.append(drive)
        back = torch.bmm(drive, self.weight)
        self.for_activity = back if for_pre is None else for_pre + back
        if self.rule == "plain" or step == 0:  # there is no activity before the first step, and no trace
            return
        hebb: Any = self.hebbs[step]
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
        eligibility: Any = self.eligibilities[step]
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


def with_modulator(received: Tensor) -> Tensor:
    """Room for what is owed to the modulator's head, 0 for now: actions, modulator, critic."""
    return torch.cat([received[..., :-1], torch.zeros_like(received[..., :1]), received[..., -1:]], -1)
