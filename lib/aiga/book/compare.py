"""Compare: nbval executes every stored notebook again and compares the verdict cells."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import joblib

from aiga.book import costs, freshness, stamps
from aiga.book.execution import environment
from aiga.book.notebook import Notebook, find, read_twin

PLUGIN = "aiga.book.nbval_plugin"


def compare(root: Path, stems: Sequence[str] = ()) -> list[str]:
    """Run nbval on the notebooks that have not passed yet; what is wrong, one line each."""
    keys = {notebook: stamps.key(notebook) for notebook in find(root, stems)}
    waiting = [notebook for notebook, key in keys.items() if not stamps.passed(notebook, "nbval", key)]
    for notebook in keys:
        if notebook not in waiting:
            print(f"{notebook.stem}: nbval passed before with these files and data (FORCE=1 runs it again)")
            for line in _not_compared(notebook):
                print(line)
    if not waiting:
        return []
    missing = [
        f"{notebook.stem}: not executed yet; run: make notebooks"
        for notebook in waiting
        if not notebook.stored.exists()
    ]
    if missing:
        return missing
    ordered = [notebook.stored for notebook in longest_first(waiting)]
    code = nbval(ordered, results=waiting[0].build / "nbval", root=root)
    if code:
        return [
            f"nbval failed with exit code {code}: see above; the first failing cell of a notebook explains the rest"
        ]
    for notebook in waiting:
        stamps.note(notebook, "nbval", keys[notebook])
    return []


def longest_first(notebooks: Sequence[Notebook]) -> list[Notebook]:
    """By the minutes that they took when they were stored, so that no long one is left for the end."""
    return sorted(notebooks, key=lambda each: -costs.measured(each).get("ci", {}).get("minutes", 0))


def nbval(paths: Sequence[Path], *, results: Path, root: Path) -> int:
    """Run pytest with nbval on executed notebooks, a notebook a worker, in this order; pytest's exit code."""
    workers = min(len(paths), joblib.cpu_count())
    results.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", "-q"]
    command += ["--nbval-lax", "--nbval-current-env", "-n", str(workers if workers > 1 else 0)]
    command += ["--dist", "loadfile", "--no-loadscope-reorder", "--durations", "12"]
    variables = os.environ | environment(results)
    return subprocess.run([*command, *map(str, paths)], cwd=root, env=variables, check=False).returncode


def _not_compared(notebook: Notebook) -> list[str]:
    absent = [name for name, state in freshness.situation(read_twin(notebook)).items() if state != "real"]
    return [f"  not compared: its cells that need the real data set {name!r}" for name in absent]
