"""A plastic network that acts: inputs, a plastic recurrent layer, and two heads that say what to do and what to expect.

Shapes as in ``model``: ``S`` networks side by side, ``B`` episodes each, ``N`` neurons; ``I`` inputs, ``A`` actions.
"""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from aiga.plasticity.model import Alpha, PlasticRNN, Rule, State


class PlasticAgent(nn.Module):
    r"""Actor and critic on a plastic recurrent layer (sec. 4.5; ``maze/maze.py`` lines 83-132).

    .. math::
        x(t) = \tanh\{ x(t-1)\,[w + \alpha \odot \mathrm{Hebb}(t)] + o(t)\,v + b \}, \qquad
        \pi(t) = \mathrm{softmax}(x(t)\,p + q), \quad V(t) = x(t)\,u + c

    Only the recurrent matrix is plastic.

    Args:
        inputs: number of inputs ``I``.
        size: number of neurons ``N``.
        actions: number of actions ``A``.
        generators: one for each of the ``S`` networks.
        rule: Oja's, or Hebb's with decay.
        alpha: per connection, homogeneous or none.
        positive: the recurrent ``w`` and ``alpha`` start uniform in ``[0, positive]`` (lines 86-96) ...
        spread: ... or, where this is more than 0, normal around 0: ``w`` with this standard deviation over the root of
            ``N``, ``alpha`` with a tenth of it.
        eta: initial rate of the trace.
    """

    def __init__(
        self,
        inputs: int,
        size: int,
        actions: int,
        generators: Sequence[torch.Generator],
        *,
        rule: Rule = "oja",
        alpha: Alpha = "per_connection",
        positive: float = 0.01,
        spread: float = 0.0,
        eta: float = 0.01,
    ) -> None:
        super().__init__()
        self.recurrent = PlasticRNN(size, generators, rule=rule, alpha=alpha, init=1.0, eta=eta)
        with torch.no_grad():
            for name, deviation in (("weight", spread / size**0.5), ("alpha", 0.1 * spread)):
                values = getattr(self.recurrent, name, None)
                if values is None:
                    continue
                if spread:
                    values.mul_(deviation)  # they start standard normal; a single alpha starts at 1
                else:
                    for each, generator in zip(values, generators, strict=True):
                        each.uniform_(0, positive, generator=generator)
        self.into = _uniform(generators, inputs, (inputs, size))  # (S, I, N)
        self.bias = _uniform(generators, inputs, (1, size))  # (S, 1, N)
        self.heads = _uniform(generators, size, (size, actions + 1))  # (S, N, A + 1), the last column is the critic's
        self.offsets = _uniform(generators, size, (1, actions + 1))  # (S, 1, A + 1)

    def step(self, observed: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """One time step, exactly as the equations say: logits, values, and the new state."""
        state = self.recurrent.step(observed @ self.into + self.bias, state)
        outputs = state.activity @ self.heads + self.offsets
        return outputs[..., :-1], outputs[..., -1], state

    def without_plasticity(self) -> "PlasticAgent":
        """A copy whose plastic parts are cut: alpha is 0."""
        lesioned = copy.deepcopy(self)
        if lesioned.recurrent.plastic:
            lesioned.recurrent.alpha.data.zero_()
        return lesioned

    def select(self, position: int) -> "PlasticAgent":
        """A copy that holds only the network at ``position`` (``S = 1``)."""
        chosen = copy.deepcopy(self)
        for parameter in chosen.parameters():
            parameter.data = parameter.data[position : position + 1].clone()
            parameter.grad = None
        return chosen


class Life:
    """An agent in one episode: the same numbers as :meth:`PlasticAgent.step` after step, several times faster.

    Args:
        agent: the networks.
        batch: episodes, ``B``.
    """

    def __init__(self, agent: PlasticAgent, batch: int) -> None:
        self.agent, self.layer = agent, agent.recurrent
        networks, size, _ = self.layer.weight.shape
        self.activity = self.layer.weight.new_zeros(networks, batch, size)  # (S, B, N)
        self.hebb = self.layer.weight.new_zeros(networks, batch, size, size) if self.layer.plastic else None

    def __call__(self, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, ``(S, B, A)``, and values, ``(S, B)``, for what is observed, ``(S, B, I)``."""
        drive = torch.baddbmm(self.agent.bias, observed, self.agent.into)
        drive = torch.baddbmm(drive, self.activity, self.layer.weight)
        if self.hebb is None:
            self.activity = torch.tanh(drive)
        else:
            self.activity, self.hebb = _PlasticStep.apply(  # type: ignore[no-untyped-call]
                self.activity, drive, self.layer.alpha, self.layer.eta, self.hebb, self.layer.rule == "oja"
            )
        outputs = torch.baddbmm(self.agent.offsets, self.activity, self.agent.heads)
        return outputs[..., :-1], outputs[..., -1]


class _PlasticStep(torch.autograd.Function):
    """One step of a plastic layer, and its gradient by hand: one trace is kept for it, where autograd would keep five.

    Forward, from activity ``pre``, what else drives the neurons, ``alpha``, ``eta`` and the trace ``H``: the new
    activity ``y = tanh(drive + pre (alpha * H))`` and the new trace ``H * kept + eta pre y``.
    """

    @staticmethod
    def forward(
        ctx: Any, pre: Tensor, drive: Tensor, alpha: Tensor, eta: Tensor, hebb: Tensor, oja: bool
    ) -> tuple[Tensor, Tensor]:
        rate = eta[:, None, None]  # (S, 1, 1)
        recalled = torch.matmul(pre[:, :, None], alpha[:, None] * hebb)[:, :, 0]  # (S, B, N)
        post = torch.tanh(drive + recalled)
        kept = 1 - rate * post.square() if oja else (1 - rate).expand_as(post)  # (S, B, N)
        grown = (hebb * kept[:, :, None]).addcmul_((rate * pre)[..., None], post[:, :, None])
        ctx.save_for_backward(pre, post, alpha, eta, hebb)
        ctx.oja = oja
        ctx.set_materialize_grads(False)
        return post, grown

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *received: Tensor | None) -> tuple[Tensor | None, ...]:
        pre, post, alpha, eta, hebb = ctx.saved_tensors
        for_post, for_grown = received
        rate = eta[:, None, None]
        for_post = torch.zeros_like(post) if for_post is None else for_post
        for_eta = None
        if for_grown is not None:
            paired = torch.matmul(pre[:, :, None], for_grown)[:, :, 0]  # sum_i pre_i G_ij, (S, B, N)
            lost = (for_grown * hebb).sum(-2)  # sum_i H_ij G_ij, (S, B, N)
            faded = post.square() if ctx.oja else torch.ones_like(post)
            for_eta = (paired * post - faded * lost).sum((1, 2))
            for_post = for_post + rate * (paired - 2 * post * lost if ctx.oja else paired)
        for_drive = for_post * (1 - post.square())
        outer = pre[..., None] * for_drive[:, :, None]  # (S, B, N, N)
        for_pre = torch.matmul(alpha[:, None] * hebb, for_drive[..., None])[..., 0]
        for_alpha = (hebb * outer).sum(1)
        if alpha.shape[-1] == 1:  # one alpha for all
            for_alpha = for_alpha.sum((1, 2), keepdim=True)
        for_hebb = outer.mul_(alpha[:, None])
        if for_grown is not None:
            for_pre = for_pre + torch.matmul(for_grown, (rate * post)[..., None])[..., 0]
            kept = 1 - rate * post.square() if ctx.oja else (1 - rate).expand_as(post)
            for_hebb.addcmul_(for_grown, kept[:, :, None])
        return for_pre, for_drive, for_alpha, for_eta, for_hebb, None


def _uniform(generators: Sequence[torch.Generator], fan_in: int, shape: tuple[int, ...]) -> nn.Parameter:
    """PyTorch's default for linear layers: uniform within one over the root of the number of inputs."""
    bound = fan_in**-0.5
    return nn.Parameter(torch.stack([bound * (2 * torch.rand(shape, generator=each) - 1) for each in generators]))
