"""A network that learns a label from one drawing (the Omniglot task of the paper, sec. 4.4).

Shapes: ``B`` episodes, ``F`` features, ``Q`` queries.
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from aiga.plasticity.model import Alpha


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
            convolution = (_OfOneMap if channels == 1 else nn.Conv2d)(channels, features, 3, stride=2)
            bound = (9 * channels) ** -0.5  # PyTorch's default: U(-1/sqrt(fan in), 1/sqrt(fan in))
            for parameter in convolution.parameters():
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
            layers += [convolution, _Tanh()]
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


class _OfOneMap(nn.Conv2d):
    """A convolution of one map, as one product of matrices: the same numbers, on a CPU seven times as fast."""

    def forward(self, images: Tensor) -> Tensor:
        (height, width), (down, right) = self.kernel_size, self.stride
        patches = images[:, 0].unfold(1, height, down).unfold(2, width, right)  # (n, H', W', 3, 3)
        maps = nn.functional.linear(patches.flatten(3), self.weight.flatten(1), self.bias)  # (n, H', W', features)
        return maps.permute(0, 3, 1, 2)


class _Tanh(nn.Module):
    """tanh(x) = 2 sigmoid(2 x) - 1, to round-off: on a CPU PyTorch's sigmoid takes a tenth of the time of its tanh."""

    def forward(self, values: Tensor) -> Tensor:
        if values.device.type != "cpu":
            return torch.tanh(values)
        result: Tensor = _TanhBySigmoid.apply(values)  # type: ignore[no-untyped-call]
        return result


class _TanhBySigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        result = torch.sigmoid(2 * values).mul_(2).sub_(1)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, received: Tensor) -> Tensor:
        (result,) = ctx.saved_tensors
        return torch.ops.aten.tanh_backward(received, result)  # type: ignore[no-any-return]
