import ast
import subprocess
import sys
from pathlib import Path

import pytest

import aiga
from aiga import experiment

ROOT = Path(aiga.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
TOOLING = {
    "yaml",
    "pydantic",
    "tyro",
    "sklearn",
    "matplotlib",
    "ipywidgets",
    "papermill",
    "jupytext",
    "aiga.ledger.claims",
}


def test_the_floors_are_kept():
    answer = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "2 kept, 0 broken" in answer.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_and_fits_a_few_screens(path):
    text = path.read_text(encoding="utf8")
    assert ast.get_docstring(ast.parse(text)), "a module begins with what it is for"
    assert len(text.splitlines()) <= 320, "a file this long wants to be two"
    assert path.name != "utils.py"


def test_trainers_start_without_the_books_tooling():
    """Each in a process of its own, forked where the great libraries are loaded already: they take the longest."""
    code = f"""
import importlib, os, sys
import numba, scipy.stats, torch
sys.modules.update(dict.fromkeys({sorted(TOOLING)}))  # importing any of them now fails
for address in {experiment.addresses()}:
    child = os.fork()
    if not child:
        importlib.import_module("aiga." + address)
        os._exit(0)
    print(address, os.waitpid(child, 0)[1])
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.stdout.splitlines() == [f"{address} 0" for address in experiment.addresses()], answer.stderr
