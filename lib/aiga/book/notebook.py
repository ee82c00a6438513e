"""Notebooks: where their files are, and how the text twin and the executed file become one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import yaml
from jupytext.combine import combine_inputs_with_outputs

from aiga import files

_ASKS_FOR = re.compile(r'\b(?:by_condition|load_all|recorded)\(\s*"(\w+\.\w+)"')


@dataclass(frozen=True)
class Notebook:
    """One chapter's notebook in one checkout.

    Attributes:
        stem: its name, which is the ledger's name too.
        root: the checkout's folder.
    """

    stem: str
    root: Path

    @property
    def twin(self) -> Path:
        """The text that authors edit."""
        return self.root / "notebooks" / f"{self.stem}.py"

    @property
    def stored(self) -> Path:
        """The executed notebook that is published."""
        return self.root / "notebooks" / f"{self.stem}.ipynb"

    @property
    def ledger(self) -> Path:
        """The chapter's claims."""
        return self.root / "data" / "ledger" / f"{self.stem}.yaml"

    @property
    def build(self) -> Path:
        """Scratch space, shared by all notebooks of the checkout; safe to delete."""
        return self.root / "_build" / "notebooks"

    def experiments(self) -> list[str]:
        """The addresses of the experiments that the chapter's ledger makes claims about; none without a ledger."""
        if not self.ledger.exists():
            return []
        claims = (yaml.safe_load(self.ledger.read_text(encoding="utf8")) or {}).get("claims") or []
        return sorted({".".join(str(claim["id"]).split(".")[:2]) for claim in claims})

    def shown(self) -> list[str]:
        """The addresses of the experiments of :meth:`experiments`, and of those whose records the notebook asks for."""
        text = self.twin.read_text(encoding="utf8") if self.twin.exists() else ""
        return sorted({*self.experiments(), *_ASKS_FOR.findall(text)})

    def records(self) -> list[Path]:
        """The files of the chapter's recorded runs."""
        runs = self.root / "data" / "runs"
        return sorted(path for address in self.shown() for path in runs.glob(f"{address}.*.json"))


def checkout() -> Path:
    """The checkout that this library is run from.

    Raises:
        RuntimeError: only the package is installed, without the book.
    """
    root = files.repository()
    if root is None:
        raise RuntimeError(
            "the book's tooling works in a checkout of the book, and here only the package is installed: "
            "clone the repository and use its Makefile"
        )
    return root


def find(root: Path, stems: Sequence[str] = ()) -> list[Notebook]:
    """The notebooks of a checkout, by name; ``stems`` chooses some of them.

    Raises:
        ValueError: a chosen one does not exist.
    """
    known = sorted(path.stem for path in (root / "notebooks").glob("*.py"))
    for stem in stems:
        if stem not in known:
            raise ValueError(f"unknown notebook {stem!r}: choose from {', '.join(known) or '(there are none yet)'}")
    return [Notebook(stem, root) for stem in (stems or known)]


def read_twin(notebook: Notebook) -> Any:
    """The text twin as a notebook without outputs.

    Raises:
        FileNotFoundError: there is no twin.
    """
    if not notebook.twin.exists():
        raise FileNotFoundError(f"{notebook.twin} does not exist: it is the source of the notebook {notebook.stem!r}")
    return jupytext.read(notebook.twin)


def read_stored(notebook: Notebook) -> Any | None:
    """The executed notebook; None before its first execution."""
    return nbformat.read(notebook.stored, as_version=4) if notebook.stored.exists() else None


def combined(notebook: Notebook) -> Any:
    """The twin's cells and metadata with the stored notebook's cell ids and, for unchanged cells, outputs."""
    source, stored = read_twin(notebook), read_stored(notebook)
    if stored is not None:
        source = combine_inputs_with_outputs(source, stored, fmt="py:percent")
    source.nbformat, source.nbformat_minor = 4, 5
    source.metadata.get("jupytext", {}).pop("text_representation", None)
    return nbformat.from_dict(source)


def write(path: Path, content: Any) -> None:
    """Write a notebook atomically, after checking that it is a valid one."""
    nbformat.validate(content)
    files.write_text(path, nbformat.writes(content) + "\n")


def data_sets(content: Any) -> list[str]:
    """The data sets that some cell's stored output holds on (tags ``needs-<dataset>``)."""
    return sorted({name for cell in content.cells for name in needs(cell)})


def needs(cell: Any) -> list[str]:
    """The data sets that this cell's stored output holds on."""
    found = (re.fullmatch(r"needs-(.+)", tag) for tag in cell.metadata.get("tags", []))
    return [match[1] for match in found if match]


def tagged(content: Any, tag: str) -> list[Any]:
    """The code cells with a tag."""
    return [cell for cell in content.cells if cell.cell_type == "code" and tag in cell.metadata.get("tags", [])]
