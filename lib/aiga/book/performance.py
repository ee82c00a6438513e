"""What the page on performance includes: tables, a figure and estimates, all from stored measurements and records."""

import io
from pathlib import Path

import matplotlib as mpl

from aiga import benchmarks, files, records
from aiga.benchmarks import estimates, figures
from aiga.ledger import Table

NONE = "No measurement is stored yet: `make bench STORE=1` makes one."


def parts(root: Path) -> dict[str, str]:
    """The generated files of the page by name."""
    found = benchmarks.latest(root / "data" / "bench")
    if not found:
        return dict.fromkeys(("bench.md", "growth.md", "limits.md", "estimates.md"), NONE + "\n")
    measured = sorted({str(each.machine) for each in found})
    devices = sorted({each.device for each in records.load_all(folder=root / "data" / "runs")})
    on_gpus = [name for name in devices if "thread(s)" not in name]
    words = (
        f"Measured: one thread of {'; of '.join(measured)}. Estimated: everything else in the table. "
        f"Records were made on {', '.join(devices) or 'no machine yet'}"
        + ("." if on_gpus else ", so that nothing in this book has been measured on a GPU so far.")
    )
    return {
        "bench.md": _table(benchmarks.table(found)),
        "growth.md": _table(benchmarks.growth_table(found)),
        "limits.md": _table(benchmarks.limits_table(found)),
        "estimates.md": f"{words}\n\n{_table(estimates.estimate_table(found))}\nPeaks: {estimates.sources()}.\n",
    }


def draw(root: Path) -> None:
    """Write the figure of the slopes, the same file for the same measurements."""
    found = [each for each in benchmarks.latest(root / "data" / "bench") if each.growths]
    path = root / "book" / "_generated" / "growth.svg"
    if not found:
        files.write_text(path, '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>\n')
        return
    text = _svg(found)
    if not path.exists() or path.read_text(encoding="utf8") != text:
        files.write_text(path, text)


def _svg(found: list[benchmarks.Benchmark]) -> str:
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "growth"}):
        figures.growth(found).savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def _table(table: Table) -> str:
    return table._repr_markdown_() + "\n"
