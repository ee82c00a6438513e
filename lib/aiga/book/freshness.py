"""Freshness: whether a stored notebook still shows what its code, library, ledger and records give."""

import ast
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiga
from aiga import datasets, files
from aiga.book import address
from aiga.book.notebook import Notebook, data_sets, read_stored, read_twin
from aiga.records import codehash

PUBLISHED = "https://github.com/aiga-book/aiga-book"
"""Marks of freshness are made as if the book lay here, so that pointing it at a fork ages no notebook."""

SHOWN = {"aiga.benchmarks": "bench", "aiga.poet.walker.weights": "weights"}
"""What a notebook shows that imports one of these modules, beside records: all files of a folder of ``data``."""


def code(content: Any) -> list[str]:
    """The sources of the code cells."""
    return [cell.source for cell in content.cells if cell.cell_type == "code"]


def imported(sources: Iterable[str]) -> list[str]:
    """The modules of this library that code cells import, by full name."""
    names: set[str] = set()
    for source in sources:
        # Lines for IPython (%matplotlib, !ls) are not Python and import nothing.
        plain = "\n".join("pass" if line.startswith(("%", "!")) else line for line in source.splitlines())
        for node in ast.walk(ast.parse(plain)):
            if isinstance(node, ast.Import):
                names |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module} | {f"{node.module}.{each.name}" for each in node.names}
    return sorted(name for name in names if name.startswith("aiga.") and _is_module(name))


def digest(notebook: Notebook) -> str:
    """A hash of everything that can change the notebook's outputs.

    That is its code cells, the modules of this library that it uses (without comments and docstrings), the chapter's
    ledger and recorded runs, and the stored benches and trained walkers if it shows any. Prose, cell metadata and the
    repository that the book lies in are no part of it.
    """
    here = address.read(notebook.root).repository
    sources = [source.replace(f'"{here}/', f'"{PUBLISHED}/') for source in code(read_twin(notebook))]
    experiments = [f"aiga.{address}" for address in notebook.experiments()]
    modules = sorted({*imported(sources), *(name for name in experiments if _is_module(name))})
    parts = {
        "code": sources,
        "library": library(modules),
        "ledger": files.sha256(notebook.ledger) if notebook.ledger.exists() else None,
        "records": {path.name: files.sha256(path) for path in notebook.records()},
    }
    for module, folder in SHOWN.items():
        if module in modules:
            stored = sorted(path for path in (notebook.root / "data" / folder).glob("*") if path.suffix != ".md")
            parts[folder] = {path.name: files.sha256(path) for path in stored}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def library(names: Iterable[str]) -> dict[str, str]:
    """A hash of each of these modules of the library and of those that they import, directly or through others.

    Unlike the hash in a record it covers the experiments' ``SCALES`` too: a notebook shows the settings of today.
    """
    reached = sorted({each for name in names for each in codehash.modules(name.removeprefix("aiga."))})
    return {name: codehash.fingerprint(_file(name).read_text(encoding="utf8")) for name in reached}


def situation(content: Any) -> dict[str, str]:
    """For each data set that the notebook needs: ``real`` or ``stand-in``, as it would be on this machine."""
    return {name: "real" if datasets.available(name) else "stand-in" for name in data_sets(content)}


def stale(notebook: Notebook) -> str:
    """Why the stored notebook must be executed again; empty when it is fresh.

    A notebook that was executed on real data stays as it is on a machine without them; one that was executed on
    stand-ins is stale as soon as the real data are here.
    """
    stored = read_stored(notebook)
    if stored is None:
        return "it was never executed"
    kept = stored.metadata.get("aiga", {})
    if kept.get("fresh") != digest(notebook):
        return "its code, the library, the ledger or the records have changed"
    better = [name for name, was in kept.get("data", {}).items() if was != "real" and datasets.available(name)]
    return f"it was executed on stand-ins and the real data are here: {', '.join(better)}" if better else ""


def _is_module(name: str) -> bool:
    return _file(name).exists()


def _file(name: str) -> Path:
    place = Path(aiga.__file__).parent.joinpath(*name.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
