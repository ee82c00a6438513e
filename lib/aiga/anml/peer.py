"""learn2learn, an independent implementation of MAML to compare ours with, where it is installed.

Arnold et al., "learn2learn: a library for meta-learning research", 2020, arXiv 2008.12284; version 0.2.0.
"""

import importlib
import importlib.util
import sys
from types import ModuleType

import torch
from torch import Tensor

from aiga.anml.learner import ConvNet, loss
from aiga.anml.maml import Config
from aiga.anml.tasks import Tasks


def available() -> bool:
    """Whether learn2learn is installed."""
    return importlib.util.find_spec("learn2learn") is not None


def learn2learn_maml() -> ModuleType:
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


def meta_losses(network: ConvNet, drawn: Tasks, config: Config) -> tuple[Tensor, Tensor]:
    """What :func:`aiga.anml.maml.meta_losses` does, by learn2learn: one task after another, in a copy of the network.

    Raises:
        ImportError: learn2learn is not installed.
        ValueError: the inner loop leaves some parameters out, which learn2learn's ``MAML`` does not offer.
    """
    if not config.adapt_shift:
        raise ValueError("learn2learn's MAML moves all parameters in the inner loop: expected adapt_shift=True")
    maml = learn2learn_maml().MAML(network, lr=config.inner_rate, first_order=config.order == 1)
    losses, answers = [], []
    for images, labels, query, query_labels in zip(
        drawn.support, drawn.support_labels, drawn.query, drawn.query_labels, strict=True
    ):
        learner = maml.clone()
        for _ in range(config.inner_steps):
            learner.adapt(_loss(learner(images), labels, config))
        answers.append(learner(query))
        losses.append(_loss(answers[-1], query_labels, config))
    return torch.stack(losses), torch.stack(answers)


def _loss(answers: Tensor, labels: Tensor, config: Config) -> Tensor:
    return loss(answers[None], labels[None], soft=config.soft_labels)[0]
