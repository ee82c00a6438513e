"""Networks for continual learning: ANML with and without its gate, and OML's.

Beaulieu, Frati, Miconi, Lehman, Stanley, Clune & Cheney, "Learning to Continually Learn", ECAI 2020, arXiv 2002.09571.
Javed & White, "Meta-Learning Representations for Continual Learning", NeurIPS 2019, arXiv 1905.12588.

Original code: ``uvm-neurobotics-lab/ANML`` (networks: ``model/modelfactory.py``, ``model/learner.py``).

Shapes: ``n`` images, ``F`` features in the last hidden layer, ``outputs`` classes.

Every network comes in three pieces, so that one inner loop serves all of them:

- :meth:`~Network.fixed` is what an image gives before any weight that the inner loop changes has been used;
- :meth:`~Network.adapted` takes that, and the weights that the inner loop may change, to the last hidden layer;
- the *head* is the last linear layer: ``head_weight`` and ``head_bias``.
"""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Layout = Literal["repository", "published"]
Head = Literal["two", "linear"]

STRIDES: dict[Layout, tuple[int, ...]] = {"repository": (1, 1, 1, 2, 1, 2), "published": (2, 1, 2, 1, 2, 2)}
"""Strides of OML's six convolutions: on 28x28 as ANML's repository has them (``modelfactory.py`` lines 98-121), and on
84x84 as OML was published. Both end in 3x3 positions."""
POSITIONS = 9

IN_CACHE = 3_000
"""Images times channels that a CPU does well to encode together: with 256 channels it is a quarter faster to encode 84
images in parts, whose maps stay in its cache, than all at once."""


class Network(nn.Module):
    """What all networks of this chapter share: the head, and how the three pieces go together.

    Args:
        generator: source of the head's initial values.
        features: ``F``, inputs of the head.
        outputs: number of classes that the head can name.
        image_channels: 1 for grey images; 3 copies the grey channel, as the original does.
    """

    def __init__(self, generator: torch.Generator, features: int, outputs: int, image_channels: int) -> None:
        super().__init__()
        self.image_channels = image_channels
        self.head_weight = nn.Parameter(kaiming((outputs, features), generator))  # (outputs, F)
        self.head_bias = nn.Parameter(torch.zeros(outputs))  # (outputs,)

    def adaptable(self) -> list[Tensor]:
        """The weights below the head that the inner loop may change: the prediction network's."""
        raise NotImplementedError

    def fixed(self, images: Tensor) -> tuple[Tensor, ...]:
        """What an image gives before any of the :meth:`adaptable` weights, each tensor with ``n`` in front."""
        raise NotImplementedError

    def adapted(self, fixed: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
        """The head's input ``(n, F)``, from :meth:`fixed` and the current values of the :meth:`adaptable` weights."""
        raise NotImplementedError

    def hidden(self, images: Tensor) -> Tensor:
        """The last hidden layer before any gate, ``(n, F)``, of images ``(n, 1, side, side)``."""
        raise NotImplementedError

    def gate(self, images: Tensor) -> Tensor:
        """How far each hidden unit is let through, ``(n, F)``; 1 where a network has no gate."""
        return torch.ones(len(images), self.head_weight.shape[1], device=images.device, dtype=images.dtype)

    def embed(self, images: Tensor) -> Tensor:
        """What the head reads, ``(n, F)``."""
        return self.adapted(self.fixed(images), self.adaptable())

    def forward(self, images: Tensor) -> Tensor:
        """Logits ``(n, outputs)`` of images ``(n, 1, side, side)``, ink = 1 and paper = 0."""
        return F.linear(self.embed(images), self.head_weight, self.head_bias)


class Encoder(nn.Module):
    """Three blocks of 3x3 convolution, instance norm and ReLU; the first two end in a 2x2 max pool.

    The original calls the norm "batch norm", but feeds one image at a time, in training and in evaluation
    (``learner.py`` lines 188-279): each image is normalised by its own mean and variance.

    Args:
        generator: source of the initial values.
        image_channels: channels of the input.
        channels: channels of each block; the output has nine times as many numbers, from 28x28 images.
    """

    def __init__(self, generator: torch.Generator, image_channels: int, channels: int) -> None:
        super().__init__()
        values = []
        for incoming in (image_channels, channels, channels):
            kernel = kaiming((channels, incoming, 3, 3), generator)
            values += [kernel, torch.zeros(channels), torch.ones(channels), torch.zeros(channels)]
        self.values = nn.ParameterList(nn.Parameter(value) for value in values)
        """Kernel, its bias, the norm's weight and its bias, block after block."""

    def forward(self, images: Tensor) -> Tensor:
        """Features ``(n, 9 * channels)`` of images ``(n, image_channels, 28, 28)``."""
        return encode(images, list(self.values))


def encode(images: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """An :class:`Encoder`'s features with the given weights, the only thing that the inner loop changes.

    Args:
        images: ``(n, image_channels, 28, 28)``.
        weights: twelve tensors in the order of ``Encoder.values``.
    """
    together = max(14, IN_CACHE // len(weights[0]))
    if images.device.type == "cpu" and len(images) > together:
        return torch.cat([encode(part, weights) for part in images.split(together)])
    features = images
    for block in range(3):
        kernel, bias, scale, shift = weights[4 * block : 4 * block + 4]
        features = F.conv2d(features, kernel, bias)  # (n, c, 26, 26), then (n, c, 11, 11), (n, c, 3, 3)
        if len(features) == 1:  # the same, with less ado: an image of its own is its batch
            features = F.batch_norm(features, None, None, scale, shift, training=True)
        else:
            features = F.instance_norm(features, weight=scale, bias=shift)
        if block < 2:  # pooling before the ReLU: the same numbers and gradients, a quarter of the work
            features = F.max_pool2d(features, 2)  # (n, c, 13, 13), then (n, c, 5, 5)
        features = F.relu(features)
    return features.flatten(1)  # (n, 9c)


class ANML(Network):
    r"""A network whose last hidden layer is gated by a second network that sees the same image.

    .. math::
        h = f_{\theta^{conv}}(x), \qquad g = \sigma(A\, u_{\theta^{NM}}(x) + a), \qquad z = W (g \odot h) + b

    The gate scales what the head sees (selective activation) and so every gradient that passes (selective plasticity).
    Only the gated network, :math:`\theta^{conv}, W, b`, learns in the inner loop; the gate's is fixed there.

    Args:
        generator: source of the initial values.
        channels: of the prediction network's convolutions; ``F`` is nine times as many.
        gate_channels: of the neuromodulatory network's.
        outputs: number of classes that the head can name.
        gated: False leaves the neuromodulatory network out.
        image_channels: 1 for grey images; 3 copies the grey channel, as the original does.
    """

    def __init__(
        self,
        generator: torch.Generator,
        *,
        channels: int = 256,
        gate_channels: int = 112,
        outputs: int = 1000,
        gated: bool = True,
        image_channels: int = 1,
    ) -> None:
        features = POSITIONS * channels
        super().__init__(generator, features, outputs, image_channels)
        self.gated = gated
        self.encoder = Encoder(generator, image_channels, channels)
        if gated:
            self.modulator = Encoder(generator, image_channels, gate_channels)
            self.gate_weight = nn.Parameter(kaiming((features, POSITIONS * gate_channels), generator))
            self.gate_bias = nn.Parameter(torch.zeros(features))

    def adaptable(self) -> list[Tensor]:
        """The convolutions and norms of the prediction network."""
        return list(self.encoder.values)

    def fixed(self, images: Tensor) -> tuple[Tensor, ...]:
        """The images themselves and, where there is one, the gate."""
        coloured = self._coloured(images)
        return (coloured, self.gate(images)) if self.gated else (coloured,)

    def adapted(self, fixed: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
        """Gated features with the given convolutions."""
        features = encode(fixed[0], weights)
        return features * fixed[1] if self.gated else features

    def hidden(self, images: Tensor) -> Tensor:
        """Features before the gate, ``(n, F)``, not negative."""
        return self.encoder(self._coloured(images))  # type: ignore[no-any-return]

    def gate(self, images: Tensor) -> Tensor:
        """The gate, ``(n, F)`` in (0, 1); ones where there is none."""
        if not self.gated:
            return super().gate(images)
        return torch.sigmoid(F.linear(self.modulator(self._coloured(images)), self.gate_weight, self.gate_bias))

    def _coloured(self, images: Tensor) -> Tensor:
        return images.expand(-1, self.image_channels, -1, -1)


class OML(Network):
    """Six convolutions, no norm, no pooling, fixed in the inner loop; and one or two linear layers that learn in it.

    Args:
        generator: source of the initial values.
        layout: ``repository`` for 28x28 images, as ANML's repository runs it; ``published`` for 84x84.
        head: ``two`` linear layers learn in the inner loop, or one (``linear``, OML's later code).
        channels: of the convolutions.
        width: units between the two linear layers.
        outputs: number of classes that the head can name.
        image_channels: 1 for grey images; 3 copies the grey channel.

    Raises:
        ValueError: unknown layout or head.
    """

    def __init__(
        self,
        generator: torch.Generator,
        *,
        layout: Layout = "repository",
        head: Head = "two",
        channels: int = 256,
        width: int = 1024,
        outputs: int = 1000,
        image_channels: int = 1,
    ) -> None:
        if layout not in STRIDES:
            raise ValueError(f"layout must be one of {', '.join(STRIDES)}, got {layout!r}")
        if head not in ("two", "linear"):
            raise ValueError(f"head must be 'two' or 'linear', got {head!r}")
        flat = POSITIONS * channels
        super().__init__(generator, width if head == "two" else flat, outputs, image_channels)
        self.strides, self.head = STRIDES[layout], head
        incoming = (image_channels, *[channels] * (len(self.strides) - 1))
        self.kernels = nn.ParameterList(nn.Parameter(kaiming((channels, each, 3, 3), generator)) for each in incoming)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(channels)) for _ in incoming)
        if head == "two":
            self.linear_weight = nn.Parameter(kaiming((width, flat), generator))
            self.linear_bias = nn.Parameter(torch.zeros(width))

    def adaptable(self) -> list[Tensor]:
        """The first of the two linear layers; nothing where there is one."""
        return [self.linear_weight, self.linear_bias] if self.head == "two" else []

    def fixed(self, images: Tensor) -> tuple[Tensor, ...]:
        """The convolutions' features, ``(n, 9 * channels)``."""
        features = images.expand(-1, self.image_channels, -1, -1)
        for kernel, bias, stride in zip(self.kernels, self.biases, self.strides, strict=True):
            features = F.relu(F.conv2d(features, kernel, bias, stride))
        return (features.flatten(1),)

    def adapted(self, fixed: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
        """The hidden layer with the given weights."""
        return F.relu(F.linear(fixed[0], *weights)) if weights else fixed[0]

    def hidden(self, images: Tensor) -> Tensor:
        """The same as :meth:`embed`: there is no gate."""
        return self.embed(images)


def kaiming(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Normal values with variance 2 / (incoming connections): how the original begins (``learner.py`` lines 42-95)."""
    return nn.init.kaiming_normal_(torch.empty(*shape), generator=generator)


def count(parameters: Sequence[Tensor]) -> int:
    """How many numbers there are in some parameters."""
    return sum(parameter.numel() for parameter in parameters)
