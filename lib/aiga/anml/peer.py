"""learn2learn, an independent implementation of MAML to compare ours with, where it is installed.

Arnold et al., "learn2learn: a library for meta-learning research", 2020, arXiv 2008.12284; version 0.2.0.
"""

import importlib
import importlib.util
import sys
from types import ModuleType


def available() -> bool:
    """Whether learn2learn is installed."""
    return importlib.util.find_spec("learn2learn") is not None


def maml() -> ModuleType:
    """The module ``learn2learn.algorithms.maml``, with ``MAML`` and ``maml_update``.

    The packages around it import gym and torchvision, which it does not need and which we do not install; so they are
    known by name and place only, and never run.

    Raises:
        ImportError: learn2learn is not installed.
    """
    for name in ("learn2learn", "learn2learn.algorithms"):
        if name not in sys.modules:
            spec = importlib.util.find_spec(name)
            if spec is None:
                raise ImportError("learn2learn is not installed: make install builds it where there is a C compiler")
            sys.modules[name] = importlib.util.module_from_spec(spec)
    return importlib.import_module("learn2learn.algorithms.maml")
