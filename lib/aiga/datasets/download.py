"""Downloads: verified before they appear, continued where a connection broke, with mirrors and a progress bar."""

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import pooch
import requests

from aiga import progress

TIMEOUT = (10, 30)
"""Seconds to wait for a connection, and for the next bytes."""
TRIES = 5
"""How often one download is continued after its connection broke."""
PIECE = 1 << 20
"""Bytes read at a time: 1 MiB, the unit of the progress bar."""


def first_good(urls: Sequence[str], digest: str, target: Path) -> list[str]:
    """Download ``target`` from the first address that has the right contents.

    The file is written under a temporary name, verified and renamed: ``target`` is whole or not touched.

    Args:
        urls: the addresses, in order of preference.
        digest: ``sha256:`` or ``md5:`` and the digest.
        target: the file to write.

    Returns:
        Nothing when it worked, else why each address was refused.

    Raises:
        OSError: the file could not be written.
    """
    log = pooch.get_logger()
    level = log.level
    log.setLevel(logging.WARNING)  # its notices would end up in the notebooks' outputs
    refusals = []
    try:
        for url in urls:
            try:
                pooch.retrieve(url, digest, target.name, target.parent, downloader=Continuing(target.name))
                return []
            except requests.RequestException as error:
                refusals.append(f"{url}: {_short(error)}")
            except ValueError as error:  # how pooch reports a wrong digest
                refusals.append(f"{url}: {error}")
        return refusals
    finally:
        log.setLevel(level)


class Continuing:
    """A downloader for pooch that goes on where a connection broke."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __call__(self, url: str, output_file: str, _: Any) -> None:
        """Write what ``url`` holds to ``output_file``."""
        with Path(output_file).open("wb") as stream:
            for remaining in reversed(range(TRIES)):
                try:
                    self._go_on(url, stream)
                    return
                except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                    if stream.tell() == 0 or remaining == 0:  # never answered, or breaks again and again
                        raise

    def _go_on(self, url: str, stream: IO[bytes]) -> None:
        have = stream.tell()
        # Positions count plain bytes, so the server must not compress on the way.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            answer.raise_for_status()
            if have and answer.status_code != requests.codes.partial_content:
                have = stream.seek(0)  # the server starts from the beginning
                stream.truncate()
            total = have + int(answer.headers.get("Content-Length", 0))
            with progress.Bar(math.ceil(total / PIECE), f"{self.label}, MiB", start=have // PIECE) as bar:
                for piece in answer.iter_content(PIECE):
                    stream.write(piece)
                    bar.step()


def _short(error: Exception) -> str:
    """The innermost reason of a chain of network errors."""
    inner: Any = error
    while isinstance(getattr(inner, "reason", None), Exception) or (
        inner.args and isinstance(inner.args[0], Exception)
    ):
        reason = getattr(inner, "reason", None)
        inner = reason if isinstance(reason, Exception) else inner.args[0]
    return str(inner).rpartition("): ")[2] or type(inner).__name__  # without the connection's own description
