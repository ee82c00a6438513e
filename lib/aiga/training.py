"""The frame of a training loop: what changes in it is kept together, saved together and resumed together.

A trainer makes networks and an optimiser, and its loop is then what is particular to it::

    training = Training(config, seeds, network, adam(network, config.learning_rate), notes=["error"])
    for update in training.updates("plastic, 50 bits", checkpoint=checkpoint, limit=limit):
        drawn = [episodes(config, stream, config.batch) for stream in training.streams]
        ...
        training.descend(losses)
        training.note(update, error=errors)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from aiga import checkpoint as checkpoints
from aiga import seeding
from aiga.experiment import Curve


class Trained(Protocol):
    """What any configuration says of the training."""

    @property
    def updates(self) -> int:
        """Number of updates."""


class Training:
    """One training loop for one network a seed, side by side or one at a time.

    Args:
        config: the condition; the whole of it, with the seeds, says whose checkpoint a file is.
        seeds: one stream of episodes each.
        network: the module that holds the networks; the streams and notes live on its device.
        optimiser: steps its parameters.
        notes: names of the numbers that are noted for each seed at each update.
        others: more things that change and must be saved (a learning rate's schedule, further generators).
    """

    def __init__(
        self,
        config: Trained,
        seeds: Sequence[int],
        network: nn.Module,
        optimiser: torch.optim.Optimizer,
        *,
        notes: Sequence[str],
        others: Mapping[str, checkpoints.Stateful] | None = None,
    ) -> None:
        place = next(network.parameters()).device
        self.total, self.seeds, self.network, self.optimiser = config.updates, list(seeds), network, optimiser
        self.streams = seeding.Streams(seeds, "episodes", place)
        self.noted = checkpoints.Tensors(
            {name: torch.full((config.updates, len(seeds)), torch.nan, device=place) for name in notes}
        )
        self.ran = 0
        self._identity = checkpoints.identity(config, self.seeds)
        self._parts: dict[str, checkpoints.Stateful] = {
            "network": network,
            "optimiser": optimiser,
            "streams": self.streams,
            "curve": self.noted,
            **(others or {}),
        }

    def updates(self, label: str, *, checkpoint: Path | None = None, limit: int | None = None) -> Iterator[int]:
        """Count the updates, saving and resuming (see :func:`aiga.checkpoint.steps`).

        Args:
            label: what the progress bar is called.
            checkpoint: file to save to and to resume from; None keeps none.
            limit: stop before this update, to try only the beginning.
        """
        self.ran = self.total if limit is None else min(limit, self.total)
        return checkpoints.steps(
            self.total, self._parts, label=label, path=checkpoint, belongs_to=self._identity, limit=limit
        )

    def descend(self, losses: Tensor, *, before_step: Callable[[], object] | None = None) -> None:
        """One update. The sum over seeds leaves each network its own gradient.

        Args:
            losses: one for each seed, ``(S,)``, or a single one.
            before_step: called when the gradients are there, to clip them for example.
        """
        self.optimiser.zero_grad()
        losses.sum().backward()
        if before_step is not None:
            before_step()
        self.optimiser.step()

    def note(self, update: int, **values: Tensor) -> None:
        """Keep numbers of this update, one for each seed, ``(S,)``; they stay on the device."""
        for name, value in values.items():
            self.noted[name][update] = value.detach()

    def curve(self, name: str, seed: int, *, per_step: int, y_label: str, x_label: str = "episodes seen") -> Curve:
        """The course of what was noted for one seed (see :meth:`aiga.experiment.Curve.averaged`)."""
        values = self.noted[name][: self.ran, self.seeds.index(seed)]
        return Curve.averaged(values, per_step=per_step, x_label=x_label, y_label=y_label)


def adam(parameters: nn.Module | Iterable[nn.Parameter], rate: float, **settings: Any) -> torch.optim.Adam:
    """Adam for all parameters that are trained, in its fused form where the device has one: the same, in one pass."""
    every = parameters.parameters() if isinstance(parameters, nn.Module) else parameters
    trained = [parameter for parameter in every if parameter.requires_grad]
    fused = trained[0].device.type in ("cuda", "cpu")
    return torch.optim.Adam(trained, lr=rate, fused=fused, **settings)
