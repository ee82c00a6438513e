"""In Colab's own image: run each notebook as a reader there would, setup cell first, at the smallest scale.

The setup cell is the notebook's own and installs the library from the repository's archive. Afterwards the packages
that Colab has loaded must be what they were.
"""

import sys
from importlib import metadata
from pathlib import Path

import nbformat
from nbclient import NotebookClient

UNTOUCHED = ("torch", "numpy", "ipython", "ipywidgets", "matplotlib")
DEFAULT, SMALLEST = 'scale: str = "ci"', 'scale: str = "smoke"'


def versions() -> dict[str, str]:
    """The versions of the packages that must stay as they are."""
    return {name: metadata.version(name) for name in UNTOUCHED}


def main(folder: Path) -> int:
    """Run the notebooks of a folder; the number of those that failed."""
    before, failed = versions(), 0
    paths = sorted(folder.glob("*.ipynb"))
    for path in paths:
        content = nbformat.read(path, as_version=4)
        cells = [cell for cell in content.cells if "parameters" in cell.metadata.get("tags", [])]
        if len(cells) != 1 or DEFAULT not in cells[0].source:
            raise SystemExit(f"{path}: expected one parameters cell with the line {DEFAULT}")
        cells[0].source = cells[0].source.replace(DEFAULT, SMALLEST)
        try:
            NotebookClient(content, timeout=1800, kernel_name="python3").execute()
            print(f"{path}: runs", flush=True)
        except Exception as error:
            failed += 1
            print(f"{path}: {error}", flush=True)
    if not paths:
        raise SystemExit(f"no notebooks in {folder}")
    if versions() != before:
        raise SystemExit(f"the setup cell replaced what Colab has loaded: before {before}, now {versions()}")
    return failed


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "notebooks")))
