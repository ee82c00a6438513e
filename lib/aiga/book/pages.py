"""Pages: those parts of the book that are generated from the ledger and from the stored notebooks."""

import json
import shutil
from pathlib import Path

from aiga import files
from aiga.book import performance
from aiga.book.long_runs import recorded
from aiga.book.notebook import Notebook, find, read_stored
from aiga.ledger import verdicts


def write_pages(root: Path) -> None:
    """Write what the book's pages include: the report, the status table, measurements, and the list of long runs."""
    folder = root / "book" / "_generated"
    report = verdicts.report(live=_stored_results(root))
    texts = {"report.md": report, "status.md": status(root), **performance.parts(root), "recorded.md": recorded(root)}
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf8") != text:  # an untouched page is not built again
            files.write_text(path, text)
    performance.draw(root)


def status(root: Path) -> str:
    """A table of the notebooks: when executed, on which data, in what time."""
    rows = ["| notebook | data | seconds | CPU seconds |", "| --- | --- | ---: | ---: |"]
    return "\n".join([*rows, *(_row(notebook) for notebook in find(root))]) + "\n"


def _stored_results(root: Path) -> Path:
    """A folder with the results that the stored notebooks kept when they were executed."""
    folder = root / "_build" / "notebooks" / "live"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for notebook in find(root):
        stored = read_stored(notebook)
        kept = stored.metadata.get("aiga", {}).get("results", []) if stored is not None else []
        for number, result in enumerate(kept):
            files.write_text(folder / f"{notebook.stem}.{number}.json", json.dumps(result))
    return folder


def _row(notebook: Notebook) -> str:
    stored = read_stored(notebook)
    kept = stored.metadata.get("aiga") if stored is not None else None
    if not kept:
        return f"| {notebook.stem} | not yet executed | – | – |"
    data = ", ".join(f"{name}: {state}" for name, state in kept["data"].items()) or "generated"
    link = f"{{doc}}`{title(stored)} </notebooks/{notebook.stem}>`"
    return f"| {link} | {data} | {kept['seconds']} | {kept['cpu_seconds']} |"


def title(content: object) -> str:
    """The notebook's title: its first ``#`` heading."""
    for cell in content.cells:  # type: ignore[attr-defined]
        for line in cell.source.splitlines():
            if cell.cell_type == "markdown" and line.startswith("# "):
                return str(line[2:].strip())
    return "(no title)"
