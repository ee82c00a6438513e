"""MAML's network with its weights as an argument, for many tasks at once, and one inner step (see ``maml``)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Parameters = Mapping[str, Tensor]


class ConvNet(nn.Module):
    """Four times convolution (stride 2), batch norm and ReLU, then the mean over space and a linear layer.

    Batch norm always uses the batch at hand, in the test too, as in the original: the queries of a task see each other.
    It has an offset and no scale, and the convolutions no bias, which it would take away again.

    Args:
        generator: source of the initial values.
        outputs: characters to tell apart.
        filters: of each convolution.
        head_init: standard deviation of the initial output weights.
    """

    def __init__(
        self, generator: torch.Generator, *, outputs: int = 5, filters: int = 64, head_init: float = 1.0
    ) -> None:
        super().__init__()
        for layer in range(4):
            kernels = torch.empty(filters, 1 if layer == 0 else filters, 3, 3)
            self.register_parameter(
                f"kernels_{layer}", nn.Parameter(nn.init.xavier_uniform_(kernels, generator=generator))
            )
            self.register_parameter(f"shift_{layer}", nn.Parameter(torch.zeros(filters)))
        self.head_weight = nn.Parameter(head_init * torch.randn(outputs, filters, generator=generator))
        self.head_bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, images: Tensor) -> Tensor:
        """Logits ``(n, outputs)`` of images ``(n, 1, 28, 28)``."""
        return logits({name: value[None] for name, value in self.named_parameters()}, images[None])[0]


def logits(parameters: Parameters, images: Tensor) -> Tensor:
    """What the network answers in each of ``T`` tasks, each with parameters of its own.

    Side by side the tasks' convolutions are one convolution in groups, which on a CPU takes 0.4 times as long as one
    task after another with 16 filters, 0.8 times with 32, and as long with 64.

    Args:
        parameters: those of :class:`ConvNet`, each ``(T, ...)``.
        images: ``(T, n, 1, 28, 28)``.

    Returns:
        ``(T, n, outputs)``.
    """
    tasks, count = images.shape[:2]
    hidden = images.transpose(0, 1).flatten(1, 2)  # (n, T, 28, 28): the tasks lie side by side as channels
    for layer in range(4):
        kernels, shift = (parameters[f"{name}_{layer}"].flatten(0, 1) for name in ("kernels", "shift"))
        hidden = F.conv2d(hidden, kernels, stride=2, padding=1, groups=tasks)
        scale = torch.ones_like(shift)  # without one, F.batch_norm cannot be differentiated twice
        hidden = F.batch_norm(hidden, None, None, scale, shift, training=True, eps=1e-3).relu()
    pooled = hidden.mean((2, 3)).view(count, tasks, -1).transpose(0, 1)  # (T, n, filters)
    return torch.baddbmm(parameters["head_bias"][:, None], pooled, parameters["head_weight"].transpose(1, 2))


def shared(parameters: Parameters, tasks: int) -> Parameters:
    """The same parameters for each of ``tasks`` tasks."""
    return {name: value.expand(tasks, *value.shape) for name, value in parameters.items()}


def loss(answers: Tensor, labels: Tensor, *, soft: bool) -> Tensor:
    """Each task's mean cross-entropy, ``(T,)``, of logits ``(T, n, outputs)`` with labels ``(T, n)``."""
    targets = F.one_hot(labels, answers.shape[-1]).to(answers.dtype)
    if soft:
        targets = 0.9 * targets + 0.01
    return -(targets * answers.log_softmax(-1)).sum(-1).mean(-1)


def adapt(
    parameters: Parameters,
    objective: Callable[[Parameters], Tensor],
    *,
    rate: float,
    order: Literal[1, 2],
    fixed: Sequence[str] = (),
) -> Parameters:
    r"""One inner step in every task.

    .. math:: \theta_i' = \theta_i - \alpha \nabla_{\theta_i} \mathcal L_{\mathcal T_i}(\theta_i) \qquad \text{(eq. 1)}

    Args:
        parameters: :math:`\theta`, each ``(T, ...)``, the first index being the task.
        objective: parameters to the loss of each task, ``(T,)``; no task may depend on another's parameters.
        rate: :math:`\alpha`.
        order: 2 keeps the graph of the gradient, 1 takes it for a constant.
        fixed: names of parameters that stay.
    """
    moving = {name: value for name, value in parameters.items() if name not in fixed}
    gradients = torch.autograd.grad(objective(parameters).sum(), list(moving.values()), create_graph=order == 2)
    moved = {name: moving[name] - rate * each for name, each in zip(moving, gradients, strict=True)}
    return {**parameters, **moved}
