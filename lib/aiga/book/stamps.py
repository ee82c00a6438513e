"""Stamps: what has already passed here, with these very files and data, is not run again."""

import hashlib
import json
import os
import platform

import torch

from aiga import files
from aiga.book.freshness import digest, situation
from aiga.book.notebook import Notebook, read_twin


def key(notebook: Notebook, *more: str) -> str:
    """A hash of all that a check of this notebook depends on: the files, the data at hand, the interpreter."""
    parts = [
        digest(notebook),
        files.sha256(notebook.stored) if notebook.stored.exists() else "",
        situation(read_twin(notebook)),
        os.environ.get("AIGA_REQUIRE", ""),
        platform.python_version(),
        torch.__version__,
        more,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def passed(notebook: Notebook, check: str, value: str) -> bool:
    """Whether this check passed here with this key; never with ``FORCE=1``."""
    stamp = notebook.build / "passed" / f"{notebook.stem}.{check}"
    return os.environ.get("FORCE", "0") in ("", "0") and stamp.exists() and stamp.read_text() == value


def note(notebook: Notebook, check: str, value: str) -> None:
    """Remember that this check passed."""
    files.write_text(notebook.build / "passed" / f"{notebook.stem}.{check}", value)
