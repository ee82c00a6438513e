"""Smoke: every notebook runs to its end at the smallest scale with another seed, and keeps its results."""

import math
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import joblib

from aiga import experiment, records
from aiga.book import stamps
from aiga.book.execution import NotebookError, execute
from aiga.book.notebook import Notebook, find
from aiga.records import Record

SEED = 1234


def smoke(root: Path, stems: Sequence[str] = ()) -> list[str]:
    """Run the notebooks that have not passed yet; what is wrong, one line each."""
    notebooks = find(root, stems)
    with ThreadPoolExecutor(joblib.cpu_count()) as pool:
        return [problem for problems in pool.map(_one, notebooks) for problem in problems]


def _one(notebook: Notebook) -> list[str]:
    key = stamps.key(notebook, str(SEED))
    if stamps.passed(notebook, "smoke", key):
        print(f"{notebook.stem}: smoke passed before with these files and data (FORCE=1 runs it again)", flush=True)
        return []
    print(f"{notebook.stem}: running at scale smoke, seed {SEED}", flush=True)
    results = notebook.build / "smoke" / notebook.stem
    shutil.rmtree(results, ignore_errors=True)
    try:
        cost = execute(
            notebook.stem,
            output=results.with_suffix(".ipynb"),
            parameters={"scale": "smoke", "seed": SEED},
            results=results,
            root=notebook.root,
        )
    except NotebookError as error:
        return [str(error)]
    problems = [f"{notebook.stem}: {each}" for each in faults(records.load_all(folder=results), notebook.experiments())]
    if not problems:
        stamps.note(notebook, "smoke", key)
        print(f"{notebook.stem}: smoke passed in {cost.seconds:.0f} s", flush=True)
    return problems


def faults(
    kept: Sequence[Record], addresses: Sequence[str], *, scale: str = "smoke", seed: int = SEED
) -> Iterator[str]:
    """What is wrong with the results that a notebook kept.

    Args:
        kept: the results.
        addresses: the experiments that must have a result.
        scale: the scale that was asked for.
        seed: the seed that was asked for.
    """
    for address in addresses:
        if not any(record.address == address for record in kept):
            yield f"kept no result of {address}, about which the ledger makes claims: call records.keep(...)"
    for record in kept:
        if record.scale != scale:
            yield f"{record.address}: its result is of scale {record.scale!r}, asked for {scale!r}"
        if seed not in record.seeds:
            yield f"{record.address}: its result is of seeds {list(record.seeds)}, asked for {seed}"
        if not record.outcomes:
            yield f"{record.address}: its result holds no outcomes"
        metrics = experiment.load(record.address).METRICS
        for outcome in record.outcomes:
            for name, value in outcome.metrics.items():
                if name not in metrics:
                    yield f"{record.address}: metric {name!r} is not among its METRICS"
                elif not (math.isfinite(value) and metrics[name].lowest <= value <= metrics[name].highest):
                    bounds = f"[{metrics[name].lowest}, {metrics[name].highest}]"
                    yield f"{record.address}: {name} is {value} for {outcome.condition}, expected a value in {bounds}"
