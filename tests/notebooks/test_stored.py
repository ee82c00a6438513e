"""The notebooks of this book: in step with their text, fresh, and of one shape."""

import nbformat
import pytest

from aiga.book import freshness, structure, twins
from aiga.book.notebook import Notebook, checkout, find

NOTEBOOKS = find(checkout())


def test_there_are_notebooks_and_each_text_has_its_executed_notebook() -> None:
    folder = checkout() / "notebooks"
    assert NOTEBOOKS
    assert {path.stem for path in folder.glob("*.ipynb")} == {notebook.stem for notebook in NOTEBOOKS}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda each: each.stem)
class TestStored:
    def test_twins_are_in_step(self, notebook: Notebook) -> None:
        assert twins.difference(notebook.twin, notebook.stored) == ""

    def test_fresh(self, notebook: Notebook) -> None:
        stored = nbformat.read(notebook.stored, as_version=4)
        assert stored.metadata["aiga"]["fresh"] == freshness.digest(notebook), "run: make notebooks"

    @pytest.mark.parametrize("name", structure.CHECKS)
    def test_structure(self, notebook: Notebook, name: str) -> None:
        stored = nbformat.read(notebook.stored, as_version=4)
        assert list(structure.CHECKS[name](stored, notebook.stored)) == []

    def test_tables_are_tables_on_the_page(self, notebook: Notebook) -> None:
        """The pages draw no table from Markdown: whatever holds one needs an HTML form (:class:`aiga.ledger.Table`)."""
        stored = nbformat.read(notebook.stored, as_version=4)
        outputs = [output.get("data", {}) for cell in stored.cells for output in cell.get("outputs", [])]
        alone = [data.get("text/markdown", "") for data in outputs if "text/html" not in data]
        assert [text[:80] for text in alone if "| ---" in text] == []

    def test_ledger_has_the_same_name(self, notebook: Notebook) -> None:
        assert notebook.ledger.exists()
        assert notebook.experiments()
