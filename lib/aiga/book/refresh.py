"""Refresh: execute the notebooks that are not fresh, at their defaults, and store what they give."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat

from aiga.book import costs, freshness, twins
from aiga.book.execution import cleaned, execute
from aiga.book.notebook import Notebook, combined, data_sets, find, write


def refresh(root: Path, stems: Sequence[str] = ()) -> None:
    """Bring every stored notebook up to its twin, executing those that :func:`aiga.book.freshness.stale` names.

    Raises:
        NotebookError: a notebook failed; its stored version is as it was.
    """
    force = os.environ.get("FORCE", "0") not in ("", "0")
    for notebook in find(root, stems):
        reason = "FORCE is set" if force else freshness.stale(notebook)
        if reason:
            print(f"{notebook.stem}: executing at scale ci, because {reason}", flush=True)
            seconds = _renew(notebook)
            print(f"{notebook.stem}: done in {seconds:.0f} s", flush=True)
        else:
            prose = " (its prose was brought up to date)" if twins.update(notebook) else ""
            print(f"{notebook.stem}: fresh{prose}", flush=True)


def _renew(notebook: Notebook) -> float:
    fresh = freshness.digest(notebook)  # before the run: an edit made meanwhile must count as an edit
    ids = [cell.get("id") for cell in combined(notebook).cells]
    output = notebook.build / "executed" / f"{notebook.stem}.ipynb"
    results = output.with_suffix("")
    shutil.rmtree(results, ignore_errors=True)
    cost = execute(notebook.stem, output=output, results=results, root=notebook.root)
    content = cleaned(nbformat.read(output, as_version=4), notebook.root)
    if notebook.stored.exists():
        for cell, identifier in zip(content.cells, ids, strict=True):
            cell.id = identifier
    content.metadata["aiga"] = {
        "fresh": fresh,
        "data": freshness.situation(content),
        "seconds": round(cost.seconds),
        "cpu_seconds": round(cost.cpu_seconds),
        "results": [json.loads(path.read_text(encoding="utf8")) for path in sorted(results.glob("*.json"))],
    }
    for result in content.metadata["aiga"]["results"]:
        for each in result["results"]:
            each["curves"] = {}  # the figures show them; the report needs the metrics
    write(notebook.stored, content)
    costs.keep(notebook, "ci", cost, data_sets(content))
    return cost.seconds
