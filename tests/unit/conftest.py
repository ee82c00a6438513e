"""A toy chapter with one experiment, added to the package for the length of a test."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

import aiga
from aiga import experiment

SOURCE = '''
"""A toy: fit a vector to noisy targets."""

import os
import time
from dataclasses import dataclass, replace

import torch

from aiga import checkpoint as checkpoints
from aiga import seeding
from aiga.experiment import Curve, Metric, Outcome, timed
from aiga.toy.helper import noise

TITLE = "A toy"
METRICS = {
    "error": Metric("mean squared error", 0.0, 100.0, "lower"),
    "share": Metric("share of targets met", 0.0, 1.0, "higher"),
}


@dataclass(frozen=True)
class Config:
    """Settings."""

    condition: str = "plastic"
    updates: int = 30
    learning_rate: float = 0.1
    sizes: tuple[int, ...] = (4,)


_CI = Config()


def _conditions(config):
    return {"plastic": config, "rnn": replace(config, condition="rnn", learning_rate=0.01)}


SCALES = {
    "smoke": _conditions(replace(_CI, updates=3)),
    "ci": _conditions(_CI),
    "paper": _conditions(replace(_CI, updates=100)),
}


@timed
def train(config, *, seeds, device="auto", checkpoint=None, limit=None):
    """One weight vector a seed, all in one tensor."""
    weight = torch.nn.ParameterDict({"w": torch.zeros(len(seeds), config.sizes[0])})
    optimiser = torch.optim.Adam(weight.parameters(), lr=config.learning_rate)
    streams = seeding.Streams(seeds, "targets")
    curve = checkpoints.Tensors(error=torch.zeros(config.updates, len(seeds)))
    parts = {"weight": weight, "optimiser": optimiser, "streams": streams, "curve": curve}
    identity = checkpoints.identity(config, list(seeds))
    done = 0
    for step in checkpoints.steps(
        config.updates, parts, label="toy", path=checkpoint, belongs_to=identity, every=0.0, limit=limit
    ):
        time.sleep(float(os.environ.get("TOY_PAUSE", "0")))
        target = 1 + torch.stack([noise(each, config.sizes[0]) for each in streams])
        loss = (weight["w"] - target).square().mean(1)
        optimiser.zero_grad()
        loss.sum().backward()
        optimiser.step()
        curve["error"][step] = loss.detach()
        done = step + 1
    done = done or config.updates
    outcomes = []
    for index, seed in enumerate(seeds):
        y = curve["error"][:done, index].tolist()
        outcomes.append(
            Outcome(
                config.condition,
                seed,
                {"error": y[-1], "share": float((weight["w"][index] > 0.5).float().mean())},
                {"error": Curve([float(x + 1) for x in range(done)], y, "updates", "mean squared error")},
                network=weight,
            )
        )
    return outcomes
'''

HELPER = '''
"""What the toy imports."""

import torch


def noise(generator, size):
    """Normal numbers."""
    return 0.1 * torch.randn(size, generator=generator)
'''

PRELUDE = """
import sys, aiga
from aiga import experiment
aiga.__path__.append({folder!r})
aiga.__file__ = {folder!r} + "/__init__.py"
experiment.CHAPTERS = ("toy",)
"""


@dataclass
class Toy:
    """The toy chapter's folder and module."""

    folder: Path
    module: ModuleType

    @property
    def address(self) -> str:
        return "toy.fake"

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace text in one of the toy's files (what is imported already stays as it was)."""
        path = self.folder / "toy" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def command(self, code: str) -> list[str]:
        """A command line that runs ``code`` in a Python process that knows the toy."""
        return [sys.executable, "-c", PRELUDE.format(folder=str(self.folder)) + code]

    def known_everywhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let every Python process that is started know the toy, workers too."""
        site = self.folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(PRELUDE.format(folder=str(self.folder)))
        monkeypatch.setenv("PYTHONPATH", str(site))

    def start(self, code: str, **environment: str) -> "subprocess.Popen[str]":
        import os

        return subprocess.Popen(
            self.command(code),
            env={**os.environ, "OMP_NUM_THREADS": "1", "AIGA_PROGRESS": "off", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    folder = tmp_path / "more"
    (folder / "toy").mkdir(parents=True)
    (folder / "toy" / "__init__.py").write_text('"""A toy chapter."""\n')
    (folder / "toy" / "fake.py").write_text(SOURCE)
    (folder / "toy" / "helper.py").write_text(HELPER)
    monkeypatch.setattr(aiga, "__path__", [*aiga.__path__, str(folder)])
    monkeypatch.setattr(aiga, "__file__", str(folder / "__init__.py"))
    monkeypatch.setattr(experiment, "CHAPTERS", ("toy",))
    importlib.invalidate_caches()
    yield Toy(folder, importlib.import_module("aiga.toy.fake"))
    for name in [name for name in sys.modules if name.startswith("aiga.toy")]:
        del sys.modules[name]
    if hasattr(aiga, "toy"):
        del aiga.toy
