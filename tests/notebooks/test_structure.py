"""Each check of structure passes on a good notebook and is seen to fail on a damaged one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from aiga.book import structure
from aiga.book.notebook import Notebook, tagged

PNG = {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"}


def figure_cell(content: Any) -> Any:
    return next(cell for cell in content.cells if "mystnb" in cell.metadata)


def markdown(content: Any, text: str) -> Any:
    return next(cell for cell in content.cells if cell.cell_type == "markdown" and text in cell.source)


def replace(old: str, new: str) -> Callable[[Any], None]:
    def damage(content: Any) -> None:
        cell = markdown(content, old)
        cell.source = cell.source.replace(old, new)

    return damage


def stream(text: str, name: str = "stdout") -> Callable[[Any], None]:
    return lambda content: content.cells[-1 - 5].outputs.append(nbformat.v4.new_output("stream", name=name, text=text))


def swap_sections(content: Any) -> None:
    first, second = markdown(content, "## The question"), markdown(content, "## Take it apart")
    first.source, second.source = second.source, first.source


def change(edit: Callable[[Any], Any]) -> Callable[[Any], None]:
    def damage(content: Any) -> None:
        edit(content)

    return damage


DAMAGE: list[tuple[str, str, Callable[[Any], None]]] = [
    ("sections", "missing", replace("## The question", "## A question")),
    ("sections", "out of order", swap_sections),
    ("sections", "paper's figures", replace("## Figure 1", "### Figure 1")),
    ("sections", "expected one '#' heading", replace("## Exercises", "# Exercises")),
    ("first_cell", "badge", replace("demo.ipynb", "other.ipynb")),
    ("first_cell", "cost card", replace("<!-- /cost-card -->", "")),
    ("setup", "differs", change(lambda c: tagged(c, "setup")[0].update(source="import aiga"))),
    ("setup", "tagged 'setup'", change(lambda c: tagged(c, "setup")[0].metadata.update(tags=[]))),
    ("parameters", "lacks", change(lambda c: tagged(c, "parameters")[0].update(source='scale: str = "ci"'))),
    ("parameters", "typed assignments", change(lambda c: tagged(c, "parameters")[0].update(source="steps = 2"))),
    ("parameters", "found 0", change(lambda c: tagged(c, "parameters")[0].metadata.update(tags=[]))),
    ("alt_text", "no alt text", change(lambda c: figure_cell(c).metadata.pop("mystnb"))),
    ("alt_text", "no alt text", change(lambda c: figure_cell(c).metadata.mystnb.image.update(alt="a plot"))),
    (
        "alt_text",
        "one figure a cell",
        change(lambda c: figure_cell(c).outputs.append(nbformat.v4.new_output("display_data", PNG))),
    ),
    ("alt_text", "no alt text", replace("Does a straight", "![](a.png) Does a straight")),
    ("alt_text", "no alt text", replace("Does a straight", '<img src="a.png"> Does a straight')),
    ("alt_text", "no :alt:", replace("Does a straight line rise?", "```{figure} a.png\n:name: a\nSee.\n```")),
    ("checked_cells", "no cell is tagged", change(lambda c: [cell.metadata.update(tags=[]) for cell in c.cells])),
    (
        "checked_cells",
        "no execution count",
        change(lambda c: tagged(c, "nbval-check-output")[0].update(execution_count=None)),
    ),
    ("checked_cells", "no printed output", change(lambda c: tagged(c, "nbval-check-output")[0].update(outputs=[]))),
    ("checked_cells", "not a comment", change(lambda c: tagged(c, "setup")[0].update(source="# NBVAL_CHECK_OUTPUT"))),
    ("checked_cells", "without being checked", change(lambda c: tagged(c, "setup")[0].metadata.tags.append("needs-x"))),
    ("outputs", "never executed", change(lambda c: tagged(c, "setup")[0].update(execution_count=None))),
    ("outputs", "stderr", stream("something happened", "stderr")),
    ("outputs", "warning", stream("UserWarning: mind the gap")),
    ("outputs", "progress bar", stream("training: 40%|####    | 4/10 [00:01<00:02, 3.1it/s]")),
    ("outputs", "path of one machine", stream("read /home/somebody/data.zip")),
    ("outputs", "path of one machine", stream(r"read C:\Users\somebody\data.zip")),
    (
        "outputs",
        "ended with ValueError",
        change(lambda c: c.cells[-6].outputs.append(nbformat.v4.new_output("error", ename="ValueError"))),
    ),
    ("metadata", "papermill", change(lambda c: c.metadata.update(papermill={}))),
    ("metadata", "injected", change(lambda c: tagged(c, "setup")[0].metadata.tags.append("injected-parameters"))),
    ("metadata", "'aiga' are missing", change(lambda c: c.metadata.pop("aiga"))),
    ("interaction", "widget state", change(lambda c: c.metadata.pop("widgets"))),
    ("interaction", "no exercise", replace("{exercise}", "{note}")),
    ("interaction", "no solution", replace("{solution}", "{note}")),
]


def test_a_good_notebook_has_no_problems(executed: Notebook, content: nbformat.NotebookNode) -> None:
    assert structure.problems(content, executed.stored) == []


@pytest.mark.parametrize(("name", "says", "damage"), DAMAGE, ids=lambda each: each if isinstance(each, str) else "")
def test_damage_is_seen(
    executed: Notebook, content: nbformat.NotebookNode, name: str, says: str, damage: Callable[[Any], None]
) -> None:
    damage(content)
    found = list(structure.CHECKS[name](content, executed.stored))
    assert any(says in problem for problem in found), found


def test_a_large_file_is_seen(content: nbformat.NotebookNode, tmp_path: Path) -> None:
    path = tmp_path / "large.ipynb"
    path.write_bytes(b" " * (structure.LARGEST + 1))
    assert list(structure.CHECKS["size"](content, path))


def test_every_check_is_seen_to_fail() -> None:
    assert {name for name, _, _ in DAMAGE} | {"size"} == set(structure.CHECKS)


def test_an_announced_stand_in_is_no_noise(executed: Notebook, content: nbformat.NotebookNode) -> None:
    stream("StandInWarning: drawn characters instead of Omniglot", "stderr")(content)
    content.metadata["aiga"]["data"] = {"omniglot": "real"}
    assert list(structure.CHECKS["outputs"](content, executed.stored))
    content.metadata["aiga"]["data"] = {"omniglot": "stand-in"}
    assert not list(structure.CHECKS["outputs"](content, executed.stored))
