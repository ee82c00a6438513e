"""A word to whoever waits while the engine is compiled for the first time."""

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

from aiga import progress

MESSAGE = "Compiling the walker's engine: about a minute, once; it is then kept on disk."
SECONDS = 2.0
"""From disk it comes faster than this."""


@contextlib.contextmanager
def announced(function: Any, seconds: float = SECONDS) -> Iterator[None]:
    """Say that ``function`` is being compiled if it still is after so long, and somebody watches."""
    if function.signatures or not progress.wanted():
        yield
        return

    def say() -> None:
        if not function.signatures:
            print(MESSAGE, file=sys.stderr, flush=True)

    timer = threading.Timer(seconds, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
