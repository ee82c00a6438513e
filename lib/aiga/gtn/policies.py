"""Teaching a policy in one step: small policies by the dozen, the teacher that makes their data, and a critic.

The paper's appendix H (from memory; no code was released): a policy has one hidden layer of 64 tanh units and takes a
single SGD step on the mean squared error between its outputs and generated targets.

Shapes: ``S`` seeds, ``K`` policies each, ``B`` generated examples, ``D`` numbers in a state, ``H`` hidden units, ``A``
actions.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

Policies = tuple[Tensor, Tensor, Tensor, Tensor]
"""Weights of ``S x K`` policies: ``(S, K, D, H)``, ``(S, K, 1, H)``, ``(S, K, H, A)``, ``(S, K, 1, A)``."""


def fresh(generators: Sequence[torch.Generator], policies: int, states: int, hidden: int, actions: int) -> Policies:
    """New policies; every number is uniform in plus or minus one over the root of the layer's inputs, as in PyTorch.

    Args:
        generators: one a seed.
        policies: how many for each seed, ``K``.
        states: numbers in a state, ``D``.
        hidden: hidden units, ``H``.
        actions: outputs, ``A``.
    """
    shapes = ((states, states, hidden), (states, 1, hidden), (hidden, hidden, actions), (hidden, 1, actions))

    def draw(inputs: int, *shape: int) -> Tensor:
        drawn = [torch.rand(policies, *shape, generator=each, device=each.device) for each in generators]
        return (2 * torch.stack(drawn) - 1) / math.sqrt(inputs)

    first, first_bias, second, second_bias = (draw(*shape) for shape in shapes)
    return first, first_bias, second, second_bias


def logits(policies: Policies, states: Tensor) -> Tensor:
    """What each policy prefers: states ``(S, K, n, D)`` in, ``(S, K, n, A)`` out."""
    first, first_bias, second, second_bias = policies
    return torch.tanh(states @ first + first_bias) @ second + second_bias


class Teacher(nn.Module):
    r"""Makes one batch of states and targets, and lets policies take one SGD step on it.

    A generator turns ``B`` learned vectors into pairs of a state and the outputs wanted there, all at once:
    :math:`(x_b, y_b) = G_\omega(z_b)`, :math:`\theta_1 = \theta_0 - e^a \nabla_\theta \frac1{BA} \sum_b
    \lVert f_{\theta_0}(x_b) - y_b \rVert^2`. Vectors, generator and step size :math:`e^a` are learned.

    Args:
        generators: one a seed.
        examples: generated pairs, ``B``.
        latent: length of a learned vector.
        width: hidden units of the generator (leaky ReLU, slope 0.1).
        states: numbers in a state, ``D``.
        actions: outputs of a policy, ``A``.
        rate: the step size it starts with.
    """

    def __init__(
        self,
        generators: Sequence[torch.Generator],
        *,
        examples: int,
        latent: int,
        width: int,
        states: int,
        actions: int,
        rate: float,
    ) -> None:
        super().__init__()
        self.states = states
        normal = [torch.randn(examples, latent, generator=each, device=each.device) for each in generators]
        self.z = nn.Parameter(torch.stack(normal))  # (S, B, latent)
        drawn = fresh(generators, 1, latent, width, states + actions)
        self.layers = nn.ParameterList(each[:, 0] for each in drawn)  # (S, latent, width), (S, 1, width), ...
        self.log_rate = nn.Parameter(torch.full((len(self.z),), rate, device=self.z.device).log())

    def batch(self) -> tuple[Tensor, Tensor]:
        """What it teaches: states ``(S, B, D)`` and the outputs wanted there, ``(S, B, A)``."""
        first, first_bias, second, second_bias = self.layers
        hidden = torch.nn.functional.leaky_relu(self.z @ first + first_bias, 0.1)
        pairs = hidden @ second + second_bias  # (S, B, D + A)
        return pairs[..., : self.states], pairs[..., self.states :]

    def teach(self, policies: Policies, *, keep_graph: bool = True) -> Policies:
        """The policies after one SGD step on the batch.

        Args:
            policies: before the step, for example from :func:`fresh`.
            keep_graph: whether the teacher's gradient shall be taken through the step.
        """
        states, wanted = self.batch()
        before = [each.detach().requires_grad_() for each in policies]
        given = logits((before[0], before[1], before[2], before[3]), states[:, None])
        error = (given - wanted[:, None]).square().mean((2, 3)).sum()  # each policy has its own gradient
        gradients = torch.autograd.grad(error, before, create_graph=keep_graph)
        rate = self.log_rate.exp().view(-1, 1, 1, 1)
        first, first_bias, second, second_bias = (
            weight - rate * slope for weight, slope in zip(before, gradients, strict=True)
        )
        return first, first_bias, second, second_bias


class Apprentice(nn.Module):
    """The control: one policy a seed that is itself trained, by the same outer loss and without any teacher.

    Args:
        policies: where it starts, from :func:`fresh` with one policy a seed.
    """

    def __init__(self, policies: Policies) -> None:
        super().__init__()
        self.layers = nn.ParameterList(policies)

    def policies(self) -> Policies:
        """Its weights."""
        first, first_bias, second, second_bias = self.layers
        return first, first_bias, second, second_bias


class Critic(nn.Module):
    """What a state is worth, one network a seed: one hidden layer of tanh units.

    Args:
        generators: one a seed.
        states: numbers in a state, ``D``.
        hidden: hidden units.
    """

    def __init__(self, generators: Sequence[torch.Generator], states: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.ParameterList(fresh(generators, 1, states, hidden, 1))

    def forward(self, states: Tensor) -> Tensor:
        """Values ``(S, n)`` of states ``(S, n, D)``."""
        first, first_bias, second, second_bias = self.layers
        return logits((first, first_bias, second, second_bias), states[:, None])[:, 0, :, 0]
