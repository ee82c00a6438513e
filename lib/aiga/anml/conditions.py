"""The conditions of :mod:`aiga.anml.continual`: ANML, what is left when a part of it is taken away, and its rivals."""

from dataclasses import dataclass, replace
from typing import Literal

from aiga.anml.inner import Inner, Order
from aiga.anml.meta_test import Protocol
from aiga.anml.model import Head

PAPERS = Protocol()
"""The meta-test at the paper's scale."""


@dataclass(frozen=True)
class Config:
    """One condition of the experiment. Line numbers are those of ANML's repository."""

    condition: str = "anml"
    """Name of this condition in figures, ledger and records."""
    network: Literal["anml", "oml"] = "anml"
    """Which architecture (``model/modelfactory.py``)."""
    channels: int = 256
    """Maps of the prediction network's convolutions."""
    gate_channels: int = 112
    """Maps of the neuromodulatory network's."""
    gated: bool = True
    """Whether there is a neuromodulatory network."""
    head: Head = "two"
    """OML's linear layers."""
    width: int = 1024
    """Units between OML's two linear layers."""
    image_channels: int = 3
    """The original copies the grey drawing to three channels."""
    outputs: int = 1000
    """Classes that the head can name."""
    learning: Literal["meta", "pretrain", "nothing"] = "meta"
    """Meta-training, ordinary training on shuffled drawings, or neither."""
    order: Order = 1
    """Order of the meta-gradient: 1 in the released code (``meta_learner.py`` line 164), 2 in the paper's words."""
    inner: Inner = "network"
    """What the inner loop changes: the prediction network, as the released code does, or its last layer alone."""
    zap: bool = True
    """Whether the class's row of the head is reset before its inner loop (``meta_learner.py`` lines 40-43, 94-100)."""
    classes: int = 963
    """Characters of the background set that are trained on (``mrcl_classification.py`` line 27)."""
    inner_rate: float = 0.1
    """Step size of the inner loop (README)."""
    steps: int = 20
    """Steps of the inner loop, one drawing each; the meta-loss asks for all twenty drawings of the class in any case
    (``task_sampler.py``: a trajectory is all that there are of a class)."""
    remember: int = 64
    """Drawings of any class in the meta-loss, beside the class's own twenty (``task_sampler.py`` line 246)."""
    learning_rate: float = 1e-3
    """Adam's, between inner loops (README)."""
    clip: float = 0.0
    """Gradients are clipped at this size, component by component; 0 does not clip."""
    updates: int = 20_000
    """Number of meta-iterations (README); ordinary training sees as many drawings in each."""
    learns: tuple[str, ...] = ("head",)
    """What learns in the meta-test, by the beginning of its name: the head, all that OML's inner loop changes, or
    everything, ``("",)`` (sec. 3.4)."""
    test_classes: int = 659
    """Characters of the evaluation set that may occur in the meta-test; the original uses the first 650."""
    protocol: Protocol = PAPERS
    """The meta-test."""


def conditions(base: Config, rival: Config, *names: str) -> dict[str, Config]:
    """All conditions, or those named: the paper's, what takes it apart, and its rivals.

    Args:
        base: ANML.
        rival: the network that is trained in the ordinary way, or not at all.
        names: which; none for all.
    """
    changed: dict[str, Config] = {
        "anml": base,
        "second_order": replace(base, order=2),
        "without_gate": replace(base, gated=False),
        "without_reset": replace(base, zap=False),
        "without_both": replace(base, gated=False, zap=False),
        "head_only": replace(base, order=2, inner="head"),
        "five_steps": replace(base, steps=5),
        "one_step": replace(base, steps=1),
        "oml": replace(base, network="oml", inner_rate=0.03, learning_rate=1e-4, clip=5.0, learns=("head", "linear")),
        "oml_last": replace(base, network="oml", inner_rate=0.03, learning_rate=1e-4, clip=5.0),
        "oml_linear": replace(base, network="oml", head="linear", order=2, inner_rate=0.03, learning_rate=1e-4),
        "pretrain": replace(rival, learning="pretrain"),
        "scratch": replace(rival, learning="nothing", updates=0, learns=("",)),
    }
    chosen = names or tuple(changed)
    return {name: replace(changed[name], condition=name) for name in chosen}
