"""Status: when, where and how long each notebook was last executed, and what was recorded beside it."""

from pathlib import Path

from aiga import records
from aiga.book import address
from aiga.book.notebook import Notebook, find, read_stored
from aiga.records import Record
from aiga.records.condense import duration
from aiga.scale import SCALES


def notebooks(root: Path) -> str:
    """A table of the notebooks: last verified when, on which machine and data, in what time."""
    head = ["notebook", "last verified", "hardware", "versions", "data", "time", "CPU time"]
    lines = [_line(head), _line(["---"] * 5 + ["---:"] * 2)]
    return "\n".join([*lines, *(_line(_notebook(notebook)) for notebook in find(root))]) + "\n"


def runs(root: Path) -> str:
    """A table of the recorded runs beyond scale ``ci``: when, where, in what time, and whether code changed since."""
    found = records.load_all(folder=root / "data" / "runs")
    found.sort(key=lambda record: (record.address, SCALES.index(record.scale), record.created))
    head = ["experiment", "scale", "recorded", "hardware", "time", "seeds", "state"]
    lines = [_line(head), _line(["---"] * 4 + ["---:"] * 2 + ["---"])]
    return "\n".join([*lines, *(_line(_run(record)) for record in found)]) + "\n"


def weekly(root: Path) -> str:
    """A sentence that leads to the runs of the weekly workflow."""
    link = f"{address.read(root).repository}/actions/workflows/weekly.yml"
    return f"[The weekly runs]({link}) show each of these checks with its log.\n"


def title(content: object) -> str:
    """The notebook's title: its first ``#`` heading."""
    for cell in content.cells:  # type: ignore[attr-defined]
        for line in cell.source.splitlines():
            if cell.cell_type == "markdown" and line.startswith("# "):
                return str(line[2:].strip())
    return "(no title)"


def _notebook(notebook: Notebook) -> list[str]:
    stored = read_stored(notebook)
    kept = stored.metadata.get("aiga") if stored is not None else None
    if not kept:
        return [notebook.stem, "not yet executed", *["–"] * 5]
    newest = max(kept["results"], key=lambda result: str(result["created"]), default=None)
    data = ", ".join(f"{name}: {state}" for name, state in kept["data"].items()) or "generated"
    return [
        f"{{doc}}`{title(stored)} </notebooks/{notebook.stem}>`",
        str(newest["created"])[:10] if newest else "–",
        newest["device"] if newest else "–",
        ", ".join(f"{each} {newest['versions'][each]}" for each in ("python", "torch")) if newest else "–",
        data,
        duration(kept["seconds"]),
        duration(kept["cpu_seconds"]),
    ]


def _run(record: Record) -> list[str]:
    time = duration(record.seconds) + (" since it was resumed" if record.resumed else "")
    reason = record.why_stale()
    confirmed = f"confirmed {record.confirmations[-1].date}" if record.confirmations else "current"
    return [
        f"`{record.address}`",
        f"`{record.scale}`",
        f"{record.created:%Y-%m-%d}",
        record.device,
        time,
        str(len(record.seeds)),
        f"stale: {reason}" if reason else confirmed,
    ]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
