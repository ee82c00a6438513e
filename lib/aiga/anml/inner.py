r"""The inner loop and its meta-gradient.

A network learns one class from ``k`` images, one step of gradient descent an image, and is then asked for that class
and for others. The gradient of that last loss improves the values from which the inner loop starts:

.. math::
    \theta^P_i = \theta^P_{i-1} - \beta \nabla L(\theta^P_{i-1}, x_i), \qquad
    (\theta^{NM}, \theta^P_0) \leftarrow \mathrm{Adam}\big(\nabla L(\theta^{NM}, \theta^P_k, S)\big)

Order 2 differentiates through the steps, as the paper says; order 1 takes each step's change as a constant, as the
released code does (``uvm-neurobotics-lab/ANML``, ``model/meta_learner.py`` line 164: no ``create_graph``).

All shortcuts here leave the numbers as they are: gates and other weights that the loop does not change are used once
for all images, and the head is never rewritten (:class:`Head`).
"""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga.anml.model import Network

Order = Literal[1, 2]
Inner = Literal["network", "head"]


class Head:
    r"""A linear layer that takes steps of gradient descent without being rewritten.

    After steps on features :math:`h_i` with errors :math:`\delta_i = \mathrm{softmax}(z_i) - e_y`, its weights are
    :math:`W_0 - \beta \sum_i \delta_i h_i^\top`, so that

    .. math::
        z = W_0 h + b_0 - \beta \sum_i (h_i^\top h + 1)\, \delta_i, \qquad
        \nabla_h L = W_0^\top \delta - \beta \sum_i h_i\, (\delta_i^\top \delta)

    and the matrix of ``outputs`` x ``F`` numbers is only read. All of it can be differentiated.

    Args:
        weight: :math:`W_0`, ``(outputs, F)``.
        bias: :math:`b_0`, ``(outputs,)``.
        rate: :math:`\beta`.
    """

    def __init__(self, weight: Tensor, bias: Tensor, rate: float) -> None:
        self.weight, self.bias, self.rate = weight, bias, rate
        self.features: list[Tensor] = []  # h_i, each (1, F)
        self.errors: list[Tensor] = []  # delta_i, each (1, outputs)

    def logits(self, features: Tensor) -> Tensor:
        """Logits ``(n, outputs)`` of features ``(n, F)``, after the steps so far."""
        start = F.linear(features, self.weight, self.bias)
        if not self.errors:
            return start
        alike = features @ torch.cat(self.features).T + 1  # (n, steps)
        return torch.addmm(start, alike, torch.cat(self.errors), alpha=-self.rate)

    def gradient(self, error: Tensor) -> Tensor:
        """Gradient of the loss for the features ``(1, F)``, from its gradient for the logits, ``(1, outputs)``."""
        start = error @ self.weight
        if not self.errors:
            return start
        return torch.addmm(start, error @ torch.cat(self.errors).T, torch.cat(self.features), alpha=-self.rate)

    def learn(self, features: Tensor, error: Tensor) -> None:
        """Take one step."""
        self.features.append(features)
        self.errors.append(error)


def meta_loss(
    network: Network,
    trajectory: Tensor,
    label: Tensor | int,
    meta_images: Tensor,
    meta_labels: Tensor,
    *,
    rate: float = 0.1,
    order: Order = 1,
    inner: Inner = "network",
    reuse: bool = False,
) -> Tensor:
    """Loss after the inner loop; its ``backward()`` leaves the meta-gradient in the network's parameters.

    Args:
        network: the network, which is not changed.
        trajectory: images to learn from, one step each in this order, ``(k, 1, side, side)``.
        label: their class; or a class for each, ``(k,)``.
        meta_images: images of the loss after the inner loop, ``(n, 1, side, side)``; in the original the trajectory
            and 64 images of any class.
        meta_labels: their classes, ``(n,)``.
        rate: step size of the inner loop (0.1 in the README of the original).
        order: 2 for the gradient through the steps, 1 for the released code's.
        inner: what the inner loop changes: the whole prediction ``network``, or its last linear layer alone.
        reuse: the first ``k`` of ``meta_images`` are the trajectory; what is the same in both is computed once.

    Raises:
        ValueError: unknown order or inner.
    """
    if order not in (1, 2) or inner not in ("network", "head"):
        raise ValueError(f"expected order 1 or 2 and inner 'network' or 'head', got {order!r} and {inner!r}")
    if reuse and len(meta_images) < len(trajectory):
        raise ValueError(
            f"reuse=True wants the {len(trajectory)} images of the trajectory first among meta_images, which are only "
            f"{len(meta_images)}"
        )
    targets = F.one_hot(_labels(label, trajectory), len(network.head_bias)).to(trajectory.dtype)  # (k, outputs)
    exact, alone = order == 2, inner == "head" or not network.adaptable()
    fixed = _embedded if alone else type(network).fixed
    asked = fixed(network, meta_images)
    if reuse:
        shown = tuple(part[: len(trajectory)] for part in asked)
    else:
        with torch.set_grad_enabled(exact):
            shown = fixed(network, trajectory)
    if not exact:
        shown = tuple(part.detach() for part in shown)
    if alone:
        head = _learn_head(network, shown[0], targets, rate, exact=exact)
        return F.cross_entropy(head.logits(asked[0]), meta_labels)
    weights, head = (_learn_exactly if exact else _learn_first_order)(network, shown, targets, rate)
    return F.cross_entropy(head.logits(network.adapted(asked, weights)), meta_labels)


@torch.no_grad()
def zap(network: Network, label: Tensor | int, generator: torch.Generator) -> None:
    """Reset what the head knows of one class: fresh weights, from the distribution they began with.

    As in the original, the bias stays, and so does what the optimiser remembers (``meta_learner.py`` lines 40-43).

    Args:
        network: changed in place.
        label: the class.
        generator: source of the new values, on the network's device.
    """
    weight = network.head_weight
    features = weight.shape[1]
    fresh = torch.randn(1, features, generator=generator, device=weight.device, dtype=weight.dtype)
    row = torch.as_tensor(label, device=weight.device).view(1)
    weight.index_copy_(0, row, fresh * (2 / features) ** 0.5)


def _labels(label: Tensor | int, trajectory: Tensor) -> Tensor:
    return torch.as_tensor(label, device=trajectory.device).expand(len(trajectory))


def _embedded(network: Network, images: Tensor) -> tuple[Tensor, ...]:
    """Where the head alone learns, nothing but the head depends on the step."""
    return (network.embed(images),)


def _learn_head(network: Network, features: Tensor, targets: Tensor, rate: float, *, exact: bool) -> Head:
    """The inner loop of the head alone: steps on vectors of length ``outputs``."""
    head = Head(network.head_weight, network.head_bias, rate)
    with torch.set_grad_enabled(exact):
        starts = head.logits(features)  # (k, outputs)
        alike = features @ features.T + 1  # (k, k)
        errors: list[Tensor] = []
        for step, (start, target) in enumerate(zip(starts.split(1), targets.split(1), strict=True)):
            logits = start
            if errors:
                logits = torch.addmm(start, alike[step : step + 1, :step], torch.cat(errors), alpha=-rate)
            errors.append(logits.softmax(1) - target)  # (1, outputs)
        head.learn(features, torch.cat(errors))
    return head


def _learn_first_order(
    network: Network, shown: tuple[Tensor, ...], targets: Tensor, rate: float
) -> tuple[list[Tensor], Head]:
    """The inner loop of the whole prediction network; its changes are constants for the meta-gradient."""
    start = network.adaptable()
    weights = [weight.detach().clone().requires_grad_() for weight in start]
    head = Head(network.head_weight.detach(), network.head_bias.detach(), rate)
    for step in range(len(targets)):
        features = network.adapted([part[step : step + 1] for part in shown], weights)  # (1, F)
        seen = features.detach()
        error = head.logits(seen).softmax(1) - targets[step : step + 1]  # (1, outputs)
        gradients = torch.autograd.grad(features, weights, head.gradient(error))
        with torch.no_grad():
            torch._foreach_add_(weights, gradients, alpha=-rate)
        head.learn(seen, error)
    with torch.no_grad():
        changes = torch._foreach_sub(weights, start)
    head.weight, head.bias = network.head_weight, network.head_bias
    return [weight + change for weight, change in zip(start, changes, strict=True)], head


def _learn_exactly(
    network: Network, shown: tuple[Tensor, ...], targets: Tensor, rate: float
) -> tuple[list[Tensor], Head]:
    """The inner loop of the whole prediction network, each step part of the graph."""
    weights = network.adaptable()
    head = Head(network.head_weight, network.head_bias, rate)
    for step in range(len(targets)):
        features = network.adapted([part[step : step + 1] for part in shown], weights)  # (1, F)
        error = head.logits(features).softmax(1) - targets[step : step + 1]  # (1, outputs)
        gradients = torch.autograd.grad(features, weights, head.gradient(error), create_graph=True)
        weights = [weight - rate * gradient for weight, gradient in zip(weights, gradients, strict=True)]
        head.learn(features, error)
    return weights, head
