"""Refresh executes what is not fresh, and only that."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from aiga import datasets
from aiga.book import freshness, refresh, status, twins
from aiga.book.execution import NotebookError, cleaned
from aiga.book.notebook import Notebook, tagged


def edit(notebook: Notebook, old: str, new: str) -> None:
    text = notebook.twin.read_text(encoding="utf8")
    assert old in text
    notebook.twin.write_text(text.replace(old, new), encoding="utf8")


def test_stored_notebook_is_fresh_in_step_and_clean(executed: Notebook) -> None:
    assert freshness.stale(executed) == ""
    assert twins.difference(executed.twin, executed.stored) == ""
    text = executed.stored.read_text(encoding="utf8")
    assert "papermill" not in text
    assert str(executed.root) not in text
    assert not re.search(r"20\d\d-\d\d-\d\dT\d\d:", text)


def test_it_says_what_it_was_made_from(executed: Notebook, content: nbformat.NotebookNode) -> None:
    kept = content.metadata["aiga"]
    assert kept["fresh"] == freshness.digest(executed)
    assert kept["data"] == {"omniglot": "real" if datasets.available("omniglot") else "stand-in"}
    assert kept["seconds"] >= 1
    assert "ci" in json.loads((executed.root / "data" / "costs.json").read_text())["demo"]


def test_widget_state_is_stored(content: nbformat.NotebookNode) -> None:
    state = content.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert any(model["model_name"] == "IntSliderModel" for model in state.values())


def test_a_fresh_notebook_is_left_alone(copy: Notebook, count_executions: list[str]) -> None:
    before = copy.stored.read_bytes()
    refresh.refresh(copy.root)
    assert count_executions == []
    assert copy.stored.read_bytes() == before


def test_prose_and_metadata_are_brought_over_without_executing(copy: Notebook, count_executions: list[str]) -> None:
    edit(copy, "Does a straight line rise?", "Does a straight line climb?")
    edit(copy, "that rises from left", "that climbs from left")
    assert twins.difference(copy.twin, copy.stored) != ""
    before = nbformat.read(copy.stored, as_version=4)
    refresh.refresh(copy.root)
    after = nbformat.read(copy.stored, as_version=4)
    assert count_executions == []
    assert twins.difference(copy.twin, copy.stored) == ""
    assert "climb?" in after.cells[3].source
    assert [cell.get("outputs") for cell in after.cells] == [cell.get("outputs") for cell in before.cells]
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]


def test_changed_code_is_executed_and_cell_ids_stay(copy: Notebook, count_executions: list[str]) -> None:
    before = nbformat.read(copy.stored, as_version=4)
    edit(copy, "range(5)", "range(6)")
    assert "have changed" in freshness.stale(copy)
    refresh.refresh(copy.root)
    after = nbformat.read(copy.stored, as_version=4)
    assert count_executions == ["demo"]
    assert freshness.stale(copy) == ""
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]


@pytest.mark.parametrize("what", ["ledger", "record", "library"])
def test_what_else_makes_it_stale(copy: Notebook, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if what == "library":
        monkeypatch.setattr(freshness, "library", lambda names: dict.fromkeys(names, "changed"))
    else:
        copy.ledger.write_text("claims:\n- id: some.experiment.claim\n")
        if what == "record":
            before = freshness.digest(copy)
            (copy.root / "data" / "runs" / "some.experiment.paper.20260101-0.json").write_text("{}")
            assert freshness.digest(copy) != before
    assert "have changed" in freshness.stale(copy)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("bench/demo.json", "from aiga import benchmarks"),
        ("weights/walker_demo.safetensors", "from aiga.poet.walker import weights"),
    ],
)
def test_what_is_stored_ages_the_notebooks_that_show_it_and_no_other(copy: Notebook, file: str, line: str) -> None:
    def holding(number: int) -> str:
        path = copy.root / "data" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"steps a second": number}))
        return freshness.digest(copy)

    assert holding(1) == holding(2)
    edit(copy, "line = [seed", f"{line}\nline = [seed")
    assert holding(1) != holding(2)


def test_the_library_that_a_notebook_uses_is_found() -> None:
    found = freshness.imported(
        ["%matplotlib inline\nimport torch\nfrom aiga import scale, files", "import aiga.device"]
    )
    assert found == ["aiga.device", "aiga.files", "aiga.scale"]
    assert {"aiga.checkpoint", "aiga.progress"} <= set(freshness.library(["aiga.checkpoint"]))


def test_real_data_make_a_stand_in_notebook_stale_and_never_the_reverse(
    copy: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = nbformat.read(copy.stored, as_version=4)
    for was, here, stale in [("stand-in", True, True), ("stand-in", False, False), ("real", False, False)]:
        stored.metadata["aiga"]["data"] = {"omniglot": was}
        nbformat.write(stored, copy.stored)
        monkeypatch.setattr(datasets, "available", lambda name, here=here: here)
        assert bool(freshness.stale(copy)) == stale


def test_a_failure_leaves_the_stored_notebook_as_it_was(copy: Notebook) -> None:
    before = copy.stored.read_bytes()
    edit(copy, "line = [", "raise ValueError('broken')\nline = [")
    with pytest.raises(NotebookError, match="broken"):
        refresh.refresh(copy.root)
    assert copy.stored.read_bytes() == before


def test_cleaning_drops_what_papermill_injected_and_this_machines_paths() -> None:
    content = nbformat.v4.new_notebook(metadata={"papermill": {"duration": 1}})
    output = nbformat.v4.new_output("stream", text=f"{Path.cwd()}/data/a.zip")
    content.cells = [
        nbformat.v4.new_code_cell("seed = 3", metadata={"tags": ["injected-parameters"]}),
        nbformat.v4.new_code_cell("1", metadata={"papermill": {}, "tags": ["kept"]}, outputs=[output]),
    ]
    clean = cleaned(content, Path.cwd())
    assert "papermill" not in clean.metadata
    assert [cell.source for cell in clean.cells] == ["1"]
    assert clean.cells[0].metadata == {"tags": ["kept"]}
    assert clean.cells[0].outputs[0].text == "data/a.zip"
    assert not tagged(clean, "injected-parameters")


@pytest.mark.parametrize(
    "header",
    [
        "    cell_metadata_filter: tags,mystnb,-all\n#     formats: ipynb,py:percent\n"
        "#     notebook_metadata_filter: kernelspec,jupytext\n#     text_representation:\n#       extension: .py\n"
        "#       format_name: percent\n#       format_version: '1.3'\n#       jupytext_version: 1.17.0\n",
        "    text_representation:\n#       format_name: percent\n",
    ],
    ids=["written by jupytext", "short"],
)
def test_twins_stay_in_step_whatever_their_header_says(copy: Notebook, header: str) -> None:
    edit(copy, "    formats: ipynb,py:percent\n", header)
    refresh.refresh(copy.root)
    refresh.refresh(copy.root)
    assert twins.difference(copy.twin, copy.stored) == ""


def test_the_built_page_carries_alt_text_widget_and_cost_card(copy: Notebook) -> None:
    (copy.root / "_config.yml").write_text(
        "title: demo\nonly_build_toc_files: true\nexecute: {execute_notebooks: 'off'}\n"
        "sphinx: {extra_extensions: [sphinx_exercise]}\n"
    )
    (copy.root / "status.md").write_text(f"# Status\n\n{status.notebooks(copy.root)}")
    (copy.root / "_toc.yml").write_text("format: jb-book\nroot: notebooks/demo\nchapters: [{file: status}]\n")
    command = [Path(sys.executable).with_name("jupyter-book"), "build", copy.root, "--quiet", "-W", "--keep-going"]
    subprocess.run(command, check=True, capture_output=True)
    page = (copy.root / "_build" / "html" / "notebooks" / "demo.html").read_text(encoding="utf8")
    assert 'alt="A straight line that rises from left to right"' in page
    assert "IntSliderModel" in page
    assert page.count("<table") == 1
    assert "&lt;!--" not in page
    assert 'href="notebooks/demo.html"' in (copy.root / "_build" / "html" / "status.html").read_text(encoding="utf8")
