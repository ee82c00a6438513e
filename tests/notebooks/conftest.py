"""A small checkout with one realistic notebook, so that every check can be seen to pass and to fail."""

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from aiga import files
from aiga.book import costs, execution, refresh, template
from aiga.book.notebook import Notebook

HEADER = """\
# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---
"""


def demo() -> str:
    """The text of a notebook that keeps to every convention; it trains nothing."""
    return f"""{HEADER}
# %% [markdown]
# # A demonstration
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({template.BADGE}demo.ipynb)
#
# {costs.OPENING}
# {costs.CLOSING}

# %% tags=["setup"]
{template.SETUP}

# %% tags=["parameters"]
{template.PARAMETERS}

# %% [markdown]
# ## The question
#
# Does a straight line rise?

# %% [markdown]
# ## The idea in about 60 lines

# %%
import os

import matplotlib.pyplot as plt

from aiga import scale as scales

scales.check(scale)
line = [seed + step for step in range(5)]
print(f"drawn at scale {{scale}} with seed {{seed}} in", os.environ["AIGA_RESULTS"] and "a build folder")

# %% [markdown]
# ## Equation ↔ code
#
# $y = x$

# %% [markdown]
# ## Figure 1: the line

# %% mystnb={{"image": {{"alt": "A straight line that rises from left to right"}}}}
figure, axes = plt.subplots(figsize=(3, 2))
axes.plot(line);

# %% [markdown]
# ## Take it apart

# %%
import ipywidgets

ipywidgets.IntSlider(value=3, max=10, description="slope")

# %% [markdown]
# ## Paper vs ours

# %% tags=["nbval-check-output"]
print("demo.line.rises      ", "holds" if line[-1] > line[0] else "fails")

# %% tags=["nbval-check-output", "needs-omniglot"]
print("demo.line.characters ", "holds")

# %% [markdown]
# ## What the original code does and the paper does not say

# %% [markdown]
# ## Exercises
#
# ```{{exercise}} Slope
# :label: ex-slope
# What is the slope?
# ```
#
# ```{{solution}} ex-slope
# One.
# ```
#
# ## Where to go next
"""


def make_checkout(folder: Path, text: str) -> Notebook:
    """A checkout in ``folder`` with one notebook, ``demo``."""
    root = files.repository()
    assert root is not None
    for name in ("notebooks", "data/ledger", "data/runs"):
        (folder / name).mkdir(parents=True)
    shutil.copy(root / "pyproject.toml", folder)
    notebook = Notebook("demo", folder)
    notebook.twin.write_text(text, encoding="utf8")
    return notebook


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    """The demonstration, executed and stored once for all tests, which must not change it."""
    notebook = make_checkout(tmp_path_factory.mktemp("executed"), demo())
    refresh.refresh(notebook.root)
    assert costs.write_cards(notebook.root) == []
    refresh.refresh(notebook.root)  # the card is prose: this only brings it into the stored notebook
    return notebook


@pytest.fixture
def copy(executed: Notebook, tmp_path: Path) -> Notebook:
    """A copy of the executed demonstration that a test may change."""
    shutil.copytree(executed.root, tmp_path / "copy")
    return Notebook("demo", tmp_path / "copy")


@pytest.fixture
def checkout(tmp_path: Path) -> Callable[[str], Notebook]:
    """Makes a checkout from a notebook's text, not executed."""
    return lambda text: make_checkout(tmp_path / "checkout", text)


@pytest.fixture
def content(executed: Notebook) -> nbformat.NotebookNode:
    """The executed demonstration in memory, to be damaged."""
    return nbformat.read(executed.stored, as_version=4)


@pytest.fixture
def count_executions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stems that refresh really executes, as they come."""
    seen: list[str] = []

    def counted(stem: str, **settings: object) -> execution.Cost:
        seen.append(stem)
        return execution.execute(stem, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(refresh, "execute", counted)
    return seen


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """What the repository's archive holds of the package, copied, so that building it leaves nothing behind."""
    root = files.repository()
    assert root is not None
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, folder)
    for name in ("lib", "data"):
        shutil.copytree(
            root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "checkpoints")
        )
    return folder
