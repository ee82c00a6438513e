"""Hardware: which scale fits the machine at hand, how long it takes, and where checkpoints survive a cut session."""

import importlib
import json
import math
import os
import sys
from pathlib import Path

import torch

from aiga import device, files, records
from aiga.scale import MEANING, Scale, check

ENOUGH_MIB = 4096
"""GPU memory from which on scale ``colab`` is advised: the smallest card that the book's runs were made for has 16 GB,
and none of them needed more than a quarter of that."""
UNKNOWN = "not yet recorded"
NOTEBOOKS = {"plasticity": "differentiable_plasticity", "goexplore": "go_explore"}
"""The chapters whose notebook has another name than their package."""
DRIVE = Path("/content/drive")


def on_colab() -> bool:
    """Whether this Python runs on Google Colab."""
    return "COLAB_RELEASE_TAG" in os.environ or "google.colab" in sys.modules


def fitting() -> Scale:
    """The largest scale that is sensible here: ``colab`` with a GPU, else ``ci``."""
    if torch.cuda.is_available():
        memory = torch.cuda.get_device_properties(0).total_memory / 2**20
        return "colab" if memory >= ENOUGH_MIB else "ci"
    return "ci"


def advise(address: str, scale: str) -> None:
    """Print what hardware was found, which scale fits it, and how long the experiment took where it was recorded.

    Args:
        address: the experiment's address, ``plasticity.binary`` for example.
        scale: the scale that is set in this notebook.

    Raises:
        ValueError: unknown scale.
    """
    chosen, fits = check(scale), fitting()
    cores = os.cpu_count() or 1
    print(f"found: {device.describe(device.resolve('auto'))}; {cores} CPU core(s)")
    print(f"fits this machine: scale {fits!r} ({MEANING[fits]})")
    for each in dict.fromkeys((chosen, fits)):
        print(f"time of {address} at {each!r}: {_recorded(address, each)}")
    if chosen != fits and chosen != "smoke":
        where = "on Colab: Runtime, Change runtime type, T4 GPU" if on_colab() else "or find a GPU"
        remedy = f"a GPU is needed for it ({where})" if chosen in ("colab", "paper") else "there is room for more"
        print(f"you have set scale {chosen!r}: {remedy}; change the cell above and run it again")


def checkpoint_folder(name: str, *, drive: bool = False) -> Path:
    """A folder in which a run keeps its checkpoints, so that it goes on after an interruption.

    Args:
        name: the assignment's name.
        drive: on Colab, use your Google Drive, which outlives the session; Colab asks you for permission.

    Returns:
        ``results/assignments/<name>`` in the working directory, or the same on the Drive.
    """
    base = Path("results")
    if drive and on_colab():
        importlib.import_module("google.colab.drive").mount(str(DRIVE))
        base = DRIVE / "MyDrive" / "aiga-book"
    folder = base / "assignments" / name
    folder.mkdir(parents=True, exist_ok=True)
    print(f"checkpoints: {folder}")
    return folder


def _recorded(address: str, scale: Scale) -> str:
    """How long the newest uninterrupted recorded run took, per seed, and on what; at ``ci``, the chapter's page."""
    runs = [run for run in records.load_all(address, scale) if not run.resumed]
    if not runs and scale == "ci":
        chapter = address.split(".")[0]
        table = json.loads((files.book_data() / "costs.json").read_text(encoding="utf8"))
        page = table.get(NOTEBOOKS.get(chapter, chapter), {}).get(scale)
        return f"less than the chapter's whole page, {page['minutes']} min on {page['machine']}" if page else UNKNOWN
    if not runs:
        return UNKNOWN
    newest = max(runs, key=lambda run: str(run.created))
    minutes = math.ceil(newest.seconds / 60 / max(1, len(newest.seeds)))
    return f"about {minutes} min a seed on {newest.device}"
