"""Provenance: which code and which libraries produced a result."""

import platform
import subprocess

import numpy as np
import torch

import aiga
from aiga import files


def versions() -> dict[str, str]:
    """The versions of this library, Python, PyTorch and NumPy."""
    return {
        "aiga": aiga.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def commit() -> tuple[str | None, bool]:
    """The checkout's commit and whether the library differs from it; None outside a checkout with a commit."""
    root = files.repository()
    if root is None:
        return None, False

    def git(*words: str) -> str:
        answer = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
        return answer.stdout.strip()

    try:
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain", "--", "lib"))
    except (OSError, subprocess.CalledProcessError):  # no git, or no commit yet
        return None, False
