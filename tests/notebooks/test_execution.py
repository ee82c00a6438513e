"""Papermill with the checks that it lacks."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from aiga.book.execution import NotebookError, execute, fewer_colours
from aiga.book.notebook import Notebook
from aiga.viz import sheet

SMALL = """\
# %% tags=["parameters"]
scale: str = "ci"
seed: int = 0

# %%
print(scale, seed)
assert seed >= 0, "a negative seed"
"""


def test_an_unknown_parameter_is_refused_with_the_known_ones(
    checkout: Callable[[str], Notebook], tmp_path: Path
) -> None:
    notebook = checkout(SMALL)
    with pytest.raises(ValueError, match=r"no parameter 'sede'; it has scale: str, seed: int"):
        execute("demo", output=tmp_path / "out.ipynb", parameters={"sede": 1}, root=notebook.root)


def test_a_value_of_the_wrong_type_is_refused(checkout: Callable[[str], Notebook], tmp_path: Path) -> None:
    notebook = checkout(SMALL)
    with pytest.raises(ValueError, match="'seed' of demo is 'three'; expected a value of int"):
        execute("demo", output=tmp_path / "out.ipynb", parameters={"seed": "three"}, root=notebook.root)


def test_an_unknown_notebook_is_refused(checkout: Callable[[str], Notebook], tmp_path: Path) -> None:
    notebook = checkout(SMALL)
    with pytest.raises(ValueError, match="unknown notebook 'dmeo': choose from demo"):
        execute("dmeo", output=tmp_path / "out.ipynb", root=notebook.root)


def test_parameters_reach_the_notebook_and_the_cost_is_measured(
    checkout: Callable[[str], Notebook], tmp_path: Path
) -> None:
    notebook = checkout(SMALL)
    cost = execute("demo", output=tmp_path / "out.ipynb", parameters={"scale": "smoke", "seed": 7}, root=notebook.root)
    printed = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs[0].text
    assert printed == "smoke 7\n"
    assert cost.seconds > 0
    assert cost.cpu_seconds > 0
    assert cost.peak_memory_mib > 10


def test_a_failing_cell_is_an_error_that_says_where_to_look(
    checkout: Callable[[str], Notebook], tmp_path: Path
) -> None:
    notebook = checkout(SMALL)
    with pytest.raises(NotebookError, match=r"demo failed.*out\.ipynb[\s\S]*a negative seed"):
        execute("demo", output=tmp_path / "out.ipynb", parameters={"seed": -1}, root=notebook.root)


def encoded(picture: Image.Image) -> str:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def test_figures_get_a_palette_that_nobody_sees() -> None:
    drawing, axes = sheet(height=2.0)
    axes.plot(np.sin(np.linspace(0, 20, 300)))
    stream = io.BytesIO()
    drawing.savefig(stream, format="png")
    figure = base64.b64encode(stream.getvalue()).decode()
    before = np.asarray(Image.open(stream).convert("RGB")).astype(int)
    slim = fewer_colours(figure)
    assert len(slim) < 0.7 * len(figure)
    after = np.asarray(Image.open(io.BytesIO(base64.b64decode(slim))).convert("RGB")).astype(int)
    assert after.shape == before.shape
    assert np.abs(after - before).max() <= 24
    assert fewer_colours(slim) == slim


def test_transparent_pictures_stay_as_they_are() -> None:
    clear = encoded(Image.new("RGBA", (8, 8), (1, 2, 3, 90)))
    assert fewer_colours(clear) == clear
