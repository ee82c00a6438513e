"""Policies: what is seen in; preferences for actions, a value and a memory out.

Shapes: ``T`` steps, ``B`` environments, ``A`` actions, ``M`` numbers of memory.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Policy(nn.Module, ABC):
    """A network that acts."""

    memory: int = 0
    """How many numbers it carries from step to step, ``M``."""

    @abstractmethod
    def forward(self, observed: Tensor, memory: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Live through ``T`` steps.

        Args:
            observed: ``(T, B, ...)``.
            memory: what was carried up to here, ``(B, M)``.
            fresh: where an episode begins, ``(T, B)`` of bool; nothing is carried into it.

        Returns:
            Logits ``(T, B, A)``, values ``(T, B)`` and what is carried on, ``(B, M)``.
        """


class Dense(Policy):
    """Two hidden layers, no memory: for worlds in which a step shows all there is to know.

    Args:
        inputs: numbers observed.
        hidden: neurons of each layer.
        actions: ``A``.
        generator: of the initial weights.
    """

    def __init__(self, inputs: int, hidden: int, actions: int, generator: torch.Generator) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh())
        self.policy, self.value = nn.Linear(hidden, actions), nn.Linear(hidden, 1)
        _initialise(self, self.policy, generator)

    def forward(self, observed: Tensor, memory: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See :class:`Policy`."""
        hidden = self.body(observed)  # (T, B, H)
        return self.policy(hidden), self.value(hidden)[..., 0], memory


class Memory(Dense):
    """The same for the RAM of a console; each byte is seen as a number and, as many are counters or flags, bit by bit.

    Args:
        size: bytes of RAM.
        hidden: neurons of each layer.
        actions: ``A``.
        generator: of the initial weights.
    """

    def __init__(self, size: int, hidden: int, actions: int, generator: torch.Generator) -> None:
        super().__init__(9 * size, hidden, actions, generator)

    def forward(self, observed: Tensor, memory: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See :class:`Policy`; ``observed`` is ``(T, B, 1, size)``, bytes."""
        ram = observed[:, :, 0]
        bits = (ram[..., None] >> torch.arange(8, dtype=torch.uint8, device=ram.device)) & 1  # (T, B, size, 8)
        return super().forward(torch.cat([ram / 255, bits.flatten(2).float()], -1), memory, fresh)


class Pixels(Policy):
    """Convolutions, then a gated recurrent unit, for pictures of ``side`` x ``side`` pixels.

    The architecture is the paper's (``policy_based/atari_reset/atari_reset/policies.py`` lines 155-174: three
    convolutions, a dense layer with layer norm, a GRU); its sizes are parameters.

    Args:
        frames: pictures stacked in one observation.
        actions: ``A``.
        generator: of the initial weights.
        side: of a picture, in pixels.
        channels: of the first convolution; the second and third have twice as many.
        hidden: of the dense layer and of the recurrent unit; also ``M``.
    """

    def __init__(
        self,
        frames: int,
        actions: int,
        generator: torch.Generator,
        *,
        side: int = 84,
        channels: int = 64,
        hidden: int = 800,
    ) -> None:
        super().__init__()
        self.memory = hidden
        self.eye = nn.Sequential(
            nn.Conv2d(frames, channels, 8, 4),
            nn.ReLU(),
            nn.Conv2d(channels, 2 * channels, 4, 2),
            nn.ReLU(),
            nn.Conv2d(2 * channels, 2 * channels, 3, 1),
            nn.ReLU(),
            nn.Flatten(),
        )
        left = ((side - 8) // 4 + 1 - 4) // 2 + 1 - 2
        self.dense = nn.Linear(2 * channels * left * left, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.unit = nn.GRUCell(hidden, hidden)
        self.policy, self.value = nn.Linear(hidden, actions), nn.Linear(hidden, 1)
        _initialise(self, self.policy, generator)

    def forward(self, observed: Tensor, memory: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See :class:`Policy`; ``observed`` is ``(T, B, frames, side, side)``, bytes."""
        steps, batch = observed.shape[:2]
        seen = self.eye(observed.flatten(0, 1).float() / 255)
        inputs = torch.relu(self.norm(self.dense(seen))).view(steps, batch, -1)
        hidden = []
        for each, begins in zip(inputs, fresh, strict=True):
            memory = self.unit(each, memory * ~begins[:, None])
            hidden.append(memory)
        every = torch.stack(hidden)  # (T, B, H)
        return self.policy(every), self.value(every)[..., 0], memory


def _initialise(network: nn.Module, policy: nn.Linear, generator: torch.Generator) -> None:
    """Orthogonal weights and no bias; the first policy is nearly uniform."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            gain = 0.01 if layer is policy else 2**0.5
            nn.init.orthogonal_(layer.weight, gain, generator=generator)
            nn.init.constant_(layer.get_parameter("bias"), 0.0)
        elif isinstance(layer, nn.GRUCell):
            for name, parameter in layer.named_parameters():
                if name.startswith("weight"):
                    nn.init.orthogonal_(parameter, generator=generator)
                else:
                    nn.init.zeros_(parameter)
