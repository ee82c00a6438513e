"""Execution: papermill with the checks that it lacks, and output that is fit to be stored."""

import base64
import io
import multiprocessing
import os
import re
import resource
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from PIL import Image

from aiga.book.notebook import Notebook, checkout, combined, find, write


class NotebookError(RuntimeError):
    """A notebook that did not run to its end."""


@dataclass(frozen=True)
class Cost:
    """What one execution took; the kernel and its worker processes counted, papermill not."""

    seconds: float
    cpu_seconds: float
    peak_memory_mib: float
    """Of the largest process."""


def execute(
    stem: str,
    *,
    output: Path,
    parameters: Mapping[str, object] | None = None,
    results: Path | None = None,
    root: Path | None = None,
) -> Cost:
    """Run a notebook's twin from its first cell to its last and write the executed notebook.

    Args:
        stem: the notebook's name.
        output: the file to write; after an error it holds the cells that ran, and the error.
        parameters: values for names in the parameters cell; the others keep their defaults.
        results: folder for the results that the notebook keeps (``AIGA_RESULTS``); beside ``output`` by default.
        root: the checkout; the one that this library is run from by default.

    Raises:
        ValueError: there is no such notebook, or no such parameter, or a value of the wrong type.
        NotebookError: a cell failed.
    """
    notebook = find(root or checkout(), [stem])[0]
    output = output.resolve()
    write(output, _without_outputs(combined(notebook)))
    chosen = _checked(notebook, output, dict(parameters or {}))
    folder = (results or output.with_suffix("")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # A process of its own, so that what the system counts for its children is this notebook's cost alone.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        cost, error = pool.submit(_run, output, chosen, str(notebook.twin.parent), environment(folder), stem).result()
    if error:
        raise NotebookError(f"{stem} failed; the cells that ran are in {output}\n{error}")
    return cost


def environment(results: Path) -> dict[str, str]:
    """The environment variables that a kernel runs with, on top of those that are set."""
    kept = {name: str(Path(os.environ[name]).resolve()) for name in ("AIGA_DATA", "AIGA_CACHE") if os.environ.get(name)}
    return {
        **kept,
        "AIGA_RESULTS": str(results),
        "AIGA_PROGRESS": "off",  # a bar would stay in the stored output
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def parameter_types(path: Path) -> dict[str, str]:
    """The names in a notebook's parameters cell and their declared types."""
    return {name: str(each["inferred_type_name"]) for name, each in papermill.inspect_notebook(str(path)).items()}


def cleaned(content: Any, root: Path) -> Any:
    """An executed notebook without what changes from run to run or from machine to machine.

    Widget state stays, so that a page without a kernel can draw the widgets.
    """
    content = nbformat.from_dict(content)
    content.cells = [cell for cell in content.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    content.metadata.pop("papermill", None)
    language = content.metadata.get("language_info", {})
    for name in ("version", "codemirror_mode", "nbconvert_exporter"):
        language.pop(name, None)
    for cell in content.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if not cell.metadata.get("tags", True):  # papermill gives every cell a list of tags
            del cell.metadata["tags"]
        for output in cell.get("outputs", []):
            if "text" in output:
                output.text = _relative(output.text, root)
            for kind, value in output.get("data", {}).items():
                if isinstance(value, str) and kind.startswith("text/"):
                    output.data[kind] = _relative(value, root)
                elif kind == "image/png":
                    output.data[kind] = fewer_colours(value)
    return content


def fewer_colours(png: str) -> str:
    """A figure with a palette of 256 colours where that makes it smaller: about a third, and no eye sees it.

    Args:
        png: in base64, as notebooks hold it.
    """
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    if picture.mode not in ("RGB", "RGBA"):
        return png
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255):
        return png  # a palette would lose what shines through
    stream = io.BytesIO()
    few = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(stream, "PNG", optimize=True)
    smaller = base64.b64encode(stream.getvalue()).decode()
    return smaller if len(smaller) < len(png.strip()) else png


def _relative(text: str, root: Path) -> str:
    return re.sub(re.escape(str(root)) + r"/?", "", text)


def _without_outputs(content: Any) -> Any:
    content.metadata.pop("widgets", None)
    content.metadata.pop("aiga", None)
    content.metadata.setdefault("kernelspec", {"display_name": "Python 3", "language": "python", "name": "python3"})
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return content


def _checked(notebook: Notebook, path: Path, parameters: dict[str, object]) -> dict[str, object]:
    """The parameters, if the notebook has them all; papermill itself would only log a line and go on."""
    types = parameter_types(path)
    known = ", ".join(f"{name}: {kind}" for name, kind in types.items()) or "none"
    for name, value in parameters.items():
        if name not in types:
            raise ValueError(f"{notebook.stem} has no parameter {name!r}; it has {known}")
        if types[name] in ("str", "int", "float", "bool") and type(value).__name__ != types[name]:
            raise ValueError(f"parameter {name!r} of {notebook.stem} is {value!r}; expected a value of {types[name]}")
    return parameters


def _run(
    path: Path, parameters: dict[str, object], folder: str, variables: dict[str, str], label: str
) -> tuple[Cost, str]:
    """In a fresh process: execute the notebook at ``path`` in place."""
    os.environ.update(variables)
    import matplotlib.font_manager  # noqa: F401 - builds its cache here once, not in a notebook's output

    began, error = time.perf_counter(), ""
    try:
        papermill.execute_notebook(
            str(path),
            str(path),
            parameters=parameters,
            cwd=folder,
            progress_bar={"desc": f"  {label}", "leave": False, "mininterval": 0.5},
            coalesce_streams=True,
        )
    except papermill.PapermillExecutionError as failure:
        error = str(failure)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, KiB on Linux
    cost = Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 2**20)
    return cost, error
