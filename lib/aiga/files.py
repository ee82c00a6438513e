"""Files: writing that leaves either the old file or the new one, and where the book keeps its data."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast


@contextlib.contextmanager
def atomic(path: Path, mode: str = "w") -> Iterator[IO[str] | IO[bytes]]:
    """Open a temporary neighbour of ``path`` for writing; rename it to ``path`` when the block ends well.

    After an error, a full disk or a killed process the old file, if there was one, is still whole.

    Raises:
        OSError: the folder cannot be written, or the disk is full. The message names the file and what to do.
    """
    path = Path(path)
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, mode, encoding=None if "b" in mode else "utf8") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)  # noqa: PTH105 - one call, atomic on every system that we support
        temporary = ""
    except OSError as error:
        raise type(error)(
            error.errno,
            f"could not write {path} ({error.strerror}); nothing was changed. "
            "Free some space there, or choose a folder that you may write to",
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` atomically."""
    with atomic(path) as stream:
        cast(IO[str], stream).write(text)


def sha256(path: Path) -> str:
    """The file's SHA-256, as 64 hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def repository() -> Path | None:
    """The book's checkout that this library is run from; None where only the package is installed."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "_toc.yml").exists() and (root / "data" / "ledger").is_dir() else None


def book_data() -> Path:
    """The folder of the ledger and the records: ``data/`` of the checkout, or its copy inside the package."""
    root = repository()
    return root / "data" if root else Path(__file__).resolve().parent / "_data"
