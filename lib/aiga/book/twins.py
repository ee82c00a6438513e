"""Twins: the text and the executed notebook must hold the same cells."""

import subprocess
import sys
from pathlib import Path

from aiga.book.notebook import Notebook, combined, read_stored, write


def difference(twin: Path, stored: Path) -> str:
    """What differs between text and notebook, as a diff; empty when they are in step.

    jupytext's exit code says nothing here: only an empty answer means "no difference".
    """
    command = [sys.executable, "-m", "jupytext", "--quiet", "--diff", str(twin), str(stored)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return (answer.stdout + answer.stderr).strip()


def update(notebook: Notebook) -> bool:
    """Bring the stored notebook's prose and metadata up to the twin, outputs untouched; whether anything changed."""
    before, after = read_stored(notebook), combined(notebook)
    if before == after:
        return False
    write(notebook.stored, after)
    return True
