"""Checkpoints: a long run that is stopped goes on where it was, and ends with the same numbers.

A checkpoint is one file, written under a temporary name and renamed, read with ``weights_only`` (no code in it is ever
executed), and tied to what it belongs to: another configuration's checkpoint is refused.
"""

import contextlib
import hashlib
import json
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import IO, Any, Protocol, cast

import torch

from aiga import files
from aiga.progress import Bar

FORMAT = 1


class CheckpointError(RuntimeError):
    """A checkpoint that is damaged, or that belongs to another run."""


class Interrupted(KeyboardInterrupt):
    """The run was stopped from the keyboard, after its state had been saved."""


class Stateful(Protocol):
    """Whatever changes during training: a module, an optimiser, generators, curves."""

    def state_dict(self) -> Any:
        """Everything that must be saved."""

    def load_state_dict(self, state: Any) -> Any:
        """Go on from what was saved."""


class Tensors(dict[str, torch.Tensor]):
    """Named tensors that are saved and restored in place (curves that grow on the device, counters)."""

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The tensors themselves."""
        return dict(self)

    def load_state_dict(self, state: Mapping[str, torch.Tensor]) -> None:
        """Copy saved values into the existing tensors, which keep their device."""
        for name, value in state.items():
            self[name].copy_(value)


def identity(*parts: Any) -> str:
    """A short hash of what a run is (its configuration, its seeds): equal parts, equal text."""
    text = json.dumps([repr(part) for part in parts])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Write ``state`` (nested dicts and lists of tensors, numbers and text) to ``path``, all of it or nothing."""
    with files.atomic(path, "wb") as stream:
        torch.save({"format": FORMAT, "state": dict(state)}, cast(IO[bytes], stream))


def load(path: Path) -> dict[str, Any]:
    """Read what :func:`save` wrote, on the CPU.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: the file is damaged, or is not one of our checkpoints.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise CheckpointError(
            f"cannot read the checkpoint {path}: it is damaged or was not written by this library "
            f"({type(error).__name__}). Delete it to start that run again."
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint of format {FORMAT}. Delete it to start that run again.")
    return cast(dict[str, Any], content["state"])


def steps(
    total: int,
    parts: Mapping[str, Stateful],
    *,
    label: str,
    path: Path | None = None,
    belongs_to: str = "",
    every: float = 60.0,
    limit: int | None = None,
) -> Iterator[int]:
    """Count training steps; save the parts now and then, restore them first where a checkpoint exists.

    Use it as the training loop's ``range``::

        for step in checkpoint.steps(config.updates, {"network": network, "optimiser": optimiser}, label="..."):
            ...

    Between two steps the parts are consistent, so that is when they are saved: every ``every`` seconds, at the end, and
    when the run is stopped from the keyboard.

    Args:
        total: number of steps of the whole run.
        parts: everything that changes, by name. All of it, or resumed runs differ from uninterrupted ones.
        label: what the progress bar is called.
        path: the checkpoint's file; None trains without one.
        belongs_to: what this run is, from :func:`identity`; a checkpoint of something else is refused.
        every: seconds between two saves.
        limit: stop (without saving) before this step, to try only a run's beginning.

    Raises:
        CheckpointError: the file is damaged or belongs to another run.
        Interrupted: after Ctrl-C, once the state is saved.
    """
    first = _restore(path, parts, belongs_to) if path else 0
    end = total if limit is None else min(limit, total)
    saved_at = time.monotonic()
    with Bar(end, label, start=first) as bar, _Stop() as stop:
        for step in range(first, end):
            yield step
            bar.step()
            if path and (stop.asked or time.monotonic() - saved_at >= every):
                _store(path, parts, belongs_to, step + 1)
                saved_at = time.monotonic()
            if stop.asked:
                where = f"saved to {path}; run the same command again to go on" if path else "nothing is saved"
                raise Interrupted(f"stopped after step {step + 1} of {total}: {where}")
    if path and limit is None and first < total:
        _store(path, parts, belongs_to, total)


def _store(path: Path, parts: Mapping[str, Stateful], belongs_to: str, step: int) -> None:
    state = {name: part.state_dict() for name, part in parts.items()}
    save(path, {"belongs_to": belongs_to, "step": step, "parts": state})


def _restore(path: Path, parts: Mapping[str, Stateful], belongs_to: str) -> int:
    """Load the parts from ``path`` if it exists; the step to go on from."""
    with contextlib.suppress(FileNotFoundError):
        saved = load(path)
        if saved["belongs_to"] != belongs_to or set(saved["parts"]) != set(parts):
            raise CheckpointError(
                f"{path} belongs to another run (other settings, seeds or code). "
                "Delete it, or give this run a checkpoint folder of its own."
            )
        for name, part in parts.items():
            part.load_state_dict(saved["parts"][name])
        return int(saved["step"])
    return 0


class _Stop:
    """Turns Ctrl-C into a flag, so that a step is never cut in half; a second Ctrl-C stops at once."""

    def __init__(self) -> None:
        self.asked = False
        self._previous: Any = None

    def __enter__(self) -> "_Stop":
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked and callable(self._previous):
            self._previous(number, frame)
        self.asked = True
