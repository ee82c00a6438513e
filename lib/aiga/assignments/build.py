"""Building: otter assign makes student notebook, key and autograder bundle; here they are made the same every time.

Three things are done to a source before otter sees it. Its settings are put on top. Where a solution stood, the student
will find ``raise NotImplementedError(...)`` with the function's name, so that an untouched answer says what it is. And
each question gets a check cell with its public tests in plain sight, because otter's own ways of bringing tests to a
student do not work on Colab (CONTRIBUTING says why).
"""

import copy
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import nbformat
import otter.assign
import yaml

from aiga import files
from aiga.assignments.source import CHECK, Assignment, Question, Source, boundary_of, read
from aiga.book import template

EXPLAINED = CHECK + " {number}: run this cell as often as you like, and change nothing in it.\n"
CALL = "\nfrom aiga.assignments.check import check\n\ncheck(globals(), {names})"
GUARD = "aiga.assignments.guard.Guard"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def build(assignment: Assignment) -> None:
    """Write the student notebook, the key and the autograder bundle of one assignment.

    Raises:
        SourceError: the source does not keep to the format.
        RuntimeError: otter refused it; the message is otter's.
    """
    student, key, bundle = generate(assignment)
    files.write_text(assignment.student, student)
    files.write_text(assignment.key, key)
    with files.atomic(assignment.autograder, "wb") as stream:
        cast(IO[bytes], stream).write(bundle)


def generate(assignment: Assignment) -> tuple[str, str, bytes]:
    """The texts of student notebook and key, and the bundle: the same for the same source, nothing is written."""
    with tempfile.TemporaryDirectory() as folder:
        return _assign(assignment, Path(folder))


def _assign(assignment: Assignment, folder: Path) -> tuple[str, str, bytes]:
    """Student notebook, key and bundle, as otter makes them, with everything taken out that changes from run to run."""
    master = folder / f"{assignment.name}.ipynb"
    nbformat.write(prepare(read(assignment), assignment.name), master)
    try:
        otter.assign.main(str(master), str(folder / "out"), no_pdfs=True, no_run_tests=True)
    except Exception as error:
        raise RuntimeError(f"otter could not build the assignment {assignment.name!r}: {error}") from error
    bundle = next((folder / "out" / "autograder").glob("*-autograder_*.zip"))
    return (
        _settled(folder / "out" / "student" / master.name, assignment.name),
        _settled(folder / "out" / "autograder" / master.name, assignment.name),
        _repacked(bundle),
    )


def prepare(source: Source, name: str) -> Any:
    """The notebook that otter reads."""
    questions = iter(source.questions)
    question: Question | None = None
    cells = [nbformat.v4.new_raw_cell("# ASSIGNMENT CONFIG\n" + yaml.safe_dump(settings(name), sort_keys=True))]
    answers = {position: each for each in source.questions for position in each.answers}
    for position, original in enumerate(source.cells):
        cell = copy.deepcopy(original)
        boundary = boundary_of(cell)
        if boundary == "BEGIN QUESTION":
            question = next(questions)
            cell.source += "\ncheck_cell: false"
        if position in answers and cell.cell_type == "code":
            cell.source = _with_prompt(cell.source, answers[position])
        cells.append(cell)
        if boundary == "END TESTS" and question is not None:
            cells += [nbformat.v4.new_code_cell(text) for text in _check_cell(question)]
    metadata = {"kernelspec": source.metadata["kernelspec"]}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def settings(name: str) -> dict[str, Any]:
    """What otter is told about every assignment."""
    return {
        "init_cell": False,
        "export_cell": False,
        "check_all_cell": False,
        "run_tests": False,
        "tests": {"files": True, "ok_format": False},
        "requirements": [f"aiga-book @ {template.ARCHIVE}"],
        "generate": {"plugins": [GUARD], "show_stdout": False, "show_hidden": False},
    }


def _with_prompt(text: str, question: Question) -> str:
    """Each solution block, followed by what the student finds in its place."""

    def swap(match: re.Match[str]) -> str:
        name = re.findall(r"^def (\w+)", text[: match.start()], re.MULTILINE)
        says = f"{name[-1] if name else 'this answer'} is not written yet (question {question.name.removeprefix('q')})"
        pad, body = match[1], match[2]
        prompt = f'{pad}""" # BEGIN PROMPT\n{pad}raise NotImplementedError("{says}")\n{pad}""" # END PROMPT\n'
        return f"{pad}# BEGIN SOLUTION NO PROMPT\n{body}{pad}# END SOLUTION\n{prompt}"

    pattern = r"^([ \t]*)# BEGIN SOLUTION[ \t]*\n(.*?)^[ \t]*# END SOLUTION[ \t]*(?:\n|\Z)"
    return re.sub(pattern, swap, text, flags=re.MULTILINE | re.DOTALL).rstrip("\n")


def _check_cell(question: Question) -> Iterator[str]:
    """The cell with the public tests, if there are any."""
    public = [case for case in question.cases if not case.hidden]
    if public:
        tests = "\n\n\n".join(case.source.strip() for case in public)
        call = CALL.format(names=", ".join(case.name for case in public))
        yield f"{EXPLAINED.format(number=question.name.removeprefix('q'))}{tests}\n\n{call}"


def _settled(path: Path, name: str) -> str:
    """A notebook's text, with ids that are the cells' positions and without what otter keeps for itself."""
    notebook = nbformat.read(path, as_version=4)
    for position, cell in enumerate(notebook.cells):
        cell.id = f"{name.replace('_', '-')[:50]}-{position:03}"
        for leftover in ("otter", "lines_to_next_cell"):
            cell.metadata.pop(leftover, None)
        if cell.cell_type == "code":  # in the key, what the prompt's quotation marks leave behind
            cell.source = re.sub(
                r'^[ \t]*""" # BEGIN PROMPT\n.*?""" # END PROMPT\n?', "", cell.source, flags=re.M | re.S
            )
            cell.source = cell.source.replace("# BEGIN SOLUTION NO PROMPT", "# BEGIN SOLUTION").rstrip("\n")
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def _repacked(bundle: Path) -> bytes:
    """The same archive with its files in order and without times."""
    packed = bundle.with_name("settled.zip")
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            new.writestr(zipfile.ZipInfo(name, _EPOCH), old.read(name))
    return packed.read_bytes()


def tests_in(bundle: Path) -> dict[str, str]:
    """The test files in a bundle, by question."""
    with zipfile.ZipFile(bundle) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(r"tests/\w+\.py", name)]
        return {Path(name).stem: archive.read(name).decode("utf8") for name in sorted(names)}


def settings_in(bundle: Path) -> dict[str, Any]:
    """What the bundle tells otter."""
    with zipfile.ZipFile(bundle) as archive:
        return dict(json.loads(archive.read("otter_config.json")))
