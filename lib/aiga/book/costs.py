"""Costs: what a notebook takes at each scale, measured, and the card at its top that says so."""

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiga import datasets, device, files, records
from aiga.book.execution import Cost
from aiga.book.notebook import Notebook, find
from aiga.records import Record
from aiga.scale import Scale

SHOWN: dict[Scale, str] = {"ci": "`ci` (this page)", "colab": "`colab`", "paper": "`paper`"}
OPENING, CLOSING = "<!-- cost-card -->", "<!-- /cost-card -->"
DOWNLOAD_MB = {"omniglot": 16, "mnist": 12, "cifar10": 162, "ptb": 6, "wikitext-2": 13}
"""What a reader's machine downloads, in MB: the official files, which may be far larger than copies on this machine.
MNIST's and the texts' were counted, CIFAR-10's is what its page says, Omniglot's is from memory."""
_STEPS = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60)


def keep(notebook: Notebook, scale: Scale, cost: Cost, data: Iterable[str] = ()) -> None:
    """Write a measured cost, coarsely rounded, into ``data/costs.json``.

    Args:
        notebook: which notebook was executed.
        scale: at which scale.
        cost: what it took.
        data: the data sets that it reads.
    """
    path = _file(notebook.root)
    table = _table(notebook.root)
    entry = table.setdefault(notebook.stem, {})
    entry["data_mb"] = {name: DOWNLOAD_MB[name] for name in data}
    entry[scale] = {
        "minutes": coarse_minutes(cost.seconds),
        "peak_memory_mib": coarse_memory(cost.peak_memory_mib),
        "machine": device.describe(device.resolve("auto")),
    }
    files.write_text(path, json.dumps(table, indent=2, sort_keys=True) + "\n")


def measured(notebook: Notebook) -> dict[str, Any]:
    """What :func:`keep` has written about a notebook: ``data_mb``, and for each measured scale time and memory."""
    return dict(_table(notebook.root).get(notebook.stem, {}))


def coarse_minutes(seconds: float) -> int:
    """Minutes, rounded up so far that the same run on a similar machine gives the same number."""
    minutes = seconds / 60
    return next((step for step in _STEPS if minutes <= step), 60 * math.ceil(minutes / 60))


def coarse_memory(mebibytes: float) -> int:
    """MiB, rounded up to the next half GiB."""
    return 512 * math.ceil(mebibytes / 512)


def card(notebook: Notebook) -> str:
    """The cost card in Markdown: a table with a row for each scale that a reader may choose."""
    sizes = measured(notebook).get("data_mb", {})
    data = ", ".join(f"{datasets.source(name).title}, {size} MB" for name, size in sizes.items()) or "none"
    rows = ["| scale | time | peak memory | download, once | measured on |", "| --- | --- | --- | --- | --- |"]
    for scale, label in SHOWN.items():
        time, memory, machine = _cells(notebook, scale)
        rows.append(f"| {label} | {time} | {memory} | {data} | {machine} |")
    return "\n".join(rows)


def write_cards(root: Path) -> list[str]:
    """Put every notebook's card between its twin's markers; what is wrong, one line each."""
    problems = []
    for notebook in find(root):
        text = notebook.twin.read_text(encoding="utf8")
        block = "\n".join(f"# {line}".rstrip() for line in [OPENING, "", *card(notebook).splitlines(), "", CLOSING])
        pattern = re.compile(rf"^# {re.escape(OPENING)}$.*?^# {re.escape(CLOSING)}$", re.MULTILINE | re.DOTALL)
        renewed, count = pattern.subn(lambda _, block=block: block, text)  # type: ignore[misc]
        if count != 1:
            problems.append(
                f"{notebook.stem}: found {count} cost cards; its first cell must hold {OPENING} {CLOSING} once"
            )
        elif renewed != text:
            files.write_text(notebook.twin, renewed)
            print(f"{notebook.stem}: cost card renewed")
    return problems


def _cells(notebook: Notebook, scale: Scale) -> list[str]:
    """Time, memory and machine at one scale: of this page as measured, of larger scales as recorded."""
    if scale == "ci":
        here = measured(notebook).get(scale)
        if here:
            return [_time(here["minutes"]), _memory(here["peak_memory_mib"]), here["machine"]]
    else:
        folder = notebook.root / "data" / "runs"
        latest: dict[str, list[Record]] = {}
        for address in notebook.shown():
            if runs := records.load_all(address, scale, folder=folder):
                latest[address] = _speaking(runs)
        if found := [record for runs in latest.values() for record in runs]:
            # A run that went on from a checkpoint knows the time of its last part only.
            whole = not any(record.resumed for record in found)
            time = _time(coarse_minutes(sum(record.seconds for record in found))) if whole else "not timed"
            memory = coarse_memory(max(record.peak_memory_mib for record in found))
            devices = ", ".join(sorted({str(record.device) for record in found}))
            part = "" if len(latest) == len(notebook.shown()) else f" ({', '.join(latest)} only)"
            return [time + part, _memory(memory), devices]
    return ["not yet recorded", "–", "–"]


def _speaking(runs: list[Record]) -> list[Record]:
    """Of each condition the newest record: two records may share an experiment's conditions between them."""
    newest = {name: run for run in sorted(runs, key=lambda each: each.created) for name in run.settings}
    return [run for run in runs if any(run is each for each in newest.values())]


def _time(minutes: int) -> str:
    return f"under {minutes} min" if minutes < 60 else f"under {minutes // 60} h"


def _memory(mebibytes: int) -> str:
    return f"{mebibytes / 1024:.1f} GB"


def _file(root: Path) -> Path:
    return root / "data" / "costs.json"


def _table(root: Path) -> dict[str, Any]:
    path = _file(root)
    return dict(json.loads(path.read_text(encoding="utf8"))) if path.exists() else {}
