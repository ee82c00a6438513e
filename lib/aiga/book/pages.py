"""Pages: those parts of the book that are generated from the ledger, the records and the stored notebooks."""

import json
import shutil
from pathlib import Path

from aiga import files
from aiga.book import performance, status
from aiga.book.long_runs import recorded
from aiga.book.notebook import find, read_stored
from aiga.ledger import verdicts


def write_pages(root: Path) -> None:
    """Write what the book's pages include: the report, the status tables, measurements, and the list of long runs."""
    folder = root / "book" / "_generated"
    written = {
        "report.md": verdicts.report(live=_stored_results(root)),
        "status.md": status.notebooks(root),
        "runs.md": status.runs(root),
        "weekly.md": status.weekly(root),
        "recorded.md": recorded(root),
        **performance.parts(root),
    }
    for name, text in written.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf8") != text:  # an untouched page is not built again
            files.write_text(path, text)
    performance.draw(root)


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
