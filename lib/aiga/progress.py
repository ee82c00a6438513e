"""Progress: a bar for whoever waits, silence for whoever compares outputs."""

import os
import sys
from types import TracebackType
from typing import Any

from tqdm.auto import tqdm


def wanted() -> bool:
    """Whether somebody is watching: a terminal or a live notebook, unless AIGA_PROGRESS says ``on`` or ``off``."""
    choice = os.environ.get("AIGA_PROGRESS", "auto")
    if choice not in ("auto", "on", "off"):
        raise ValueError(f"AIGA_PROGRESS={choice!r}: expected auto, on or off")
    return choice == "on" or (choice == "auto" and (sys.stderr.isatty() or "ipykernel" in sys.modules))


class Bar:
    """A progress bar over ``total`` steps that vanishes when done; it draws nothing when nobody watches."""

    def __init__(self, total: int, label: str, *, start: int = 0) -> None:
        self._bar: Any = None
        if wanted():
            self._bar = tqdm(total=total, desc=label, initial=start, leave=False, mininterval=0.5)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self, amount: int = 1) -> None:
        """Advance by ``amount`` steps."""
        if self._bar is not None:
            self._bar.update(amount)
