"""Structure: what every notebook of the book has in common, checked on the file as it is published."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aiga.book import costs, template
from aiga.book.notebook import needs, tagged

SECTIONS: tuple[tuple[str, str], ...] = (
    ("The question", r"the question"),
    ("The idea in about 60 lines", r"the idea in (about )?\w+ lines"),
    ("Equation ↔ code", r"equations? (↔|<->|to|and) code"),
    ("Take it apart", r"take it apart"),
    ("Paper vs ours", r"paper (vs\.?|versus|and|against) ours"),
    ("What the original code does", r"what the original code does"),
    ("Exercises", r"exercises"),
    ("Where to go next", r"where to go next"),
)
"""The ``##`` headings, in order, and the pattern that each begins with. The paper's figures come after the third."""

LARGEST = 2 * 2**20
_MACHINE = re.compile(
    r"(?:^|[\s\"'(=])(/(?:home|Users|root|work|tmp|opt|usr|var|mnt|private)/[^\s\"')]*|[A-Z]:\\\\?Users\\)"
)
_NOISE = re.compile(r"\w*Warning\b|\d+%\|[ █▏▎▍▌▋▊▉#]*\||\bit/s\]")


def headings(content: Any) -> Iterator[tuple[int, str]]:
    """Level and text of every heading outside code fences, in order."""
    for cell in content.cells:
        if cell.cell_type == "markdown":
            outside = re.sub(r"^(`{3,}).*?^\1`*$", "", cell.source, flags=re.MULTILINE | re.DOTALL)
            for match in re.finditer(r"^(#+)\s+(.+)$", outside, re.MULTILINE):
                yield len(match[1]), match[2].strip()


def check_sections(content: Any, path: Path) -> Iterator[str]:
    """One title; the book's sections in order, with at least one of the paper's figures among them."""
    found = list(headings(content))
    titles = [text for level, text in found if level == 1]
    if len(titles) != 1:
        yield f"expected one '#' heading, the title; found {len(titles)}"
    second = [text for level, text in found if level == 2]
    places = []
    for name, pattern in SECTIONS:
        place = next((i for i, text in enumerate(second) if re.match(pattern, text, re.IGNORECASE)), None)
        if place is None:
            yield f"the section {name!r} is missing"
        else:
            places.append(place)
    if places != sorted(places):
        yield f"the sections are out of order: expected {', '.join(name for name, _ in SECTIONS)}"
    elif len(places) == len(SECTIONS) and places[3] - places[2] < 2:
        yield "no section for any of the paper's figures between 'Equation ↔ code' and 'Take it apart'"


def check_first_cell(content: Any, path: Path) -> Iterator[str]:
    """Title, Colab badge of this very notebook, cost card."""
    first = content.cells[0].source if content.cells else ""
    if not first.lstrip().startswith(("# ", "(")) or "\n# " not in f"\n{first}":
        yield "the first cell must begin with the title"
    if f"{template.BADGE}{path.stem}.ipynb" not in first:
        yield f"the first cell has no Colab badge that leads to {template.BADGE}{path.stem}.ipynb"
    if not re.search(rf"{costs.OPENING}\n.+\n{costs.CLOSING}", first, re.DOTALL):
        yield "the first cell has no cost card: add the two markers and run python -m aiga.book cards"


def check_setup(content: Any, path: Path) -> Iterator[str]:
    """The setup cell is the template, and comes before any other code."""
    cells = tagged(content, "setup")
    code = [cell for cell in content.cells if cell.cell_type == "code"]
    if len(cells) != 1 or cells[0] is not code[0]:
        yield "the first code cell, and no other, must be tagged 'setup'"
    elif cells[0].source != template.SETUP:
        yield "the setup cell differs from the template: python -m aiga.book setup prints it"


def check_parameters(content: Any, path: Path) -> Iterator[str]:
    """The parameters cell has the three standard parameters, and assignments only."""
    cells = tagged(content, "parameters")
    if len(cells) != 1:
        yield f"expected one cell tagged 'parameters', found {len(cells)}"
        return
    lines = [line.split("#")[0].strip() for line in cells[0].source.splitlines()]
    for expected in template.PARAMETERS.splitlines():
        if expected not in lines:
            yield f"the parameters cell lacks the line: {expected}"
    for line in filter(None, lines):
        if not re.fullmatch(r"\w+: \w+ = [^=].*", line):
            yield f"the parameters cell must hold typed assignments only, one a line; found: {line}"


def check_alt_text(content: Any, path: Path) -> Iterator[str]:
    """Every figure has alt text, and every cell shows one figure at most."""
    for number, cell in enumerate(content.cells):
        if cell.cell_type == "markdown":
            yield from (f"cell {number}: {problem}" for problem in _images_without_alt(cell.source))
            continue
        figures = sum(
            any(kind.startswith("image/") for kind in output.get("data", {})) for output in cell.get("outputs", [])
        )
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if figures and len(alt.split()) < 3:
            yield f"cell {number}: its figure has no alt text (metadata mystnb.image.alt, at least three words)"
        if figures > 1:
            yield f"cell {number}: shows {figures} figures with one alt text; one figure a cell"


def _images_without_alt(source: str) -> Iterator[str]:
    for match in re.finditer(r"!\[\s*\]\(([^)]*)\)", source):
        yield f"the image {match[1]} has no alt text"
    for match in re.finditer(r"<img\b[^>]*>", source):
        if not re.search(r"\balt=\"[^\"]+\"", match[0]):
            yield f"the image {match[0]} has no alt text"
    for match in re.finditer(r"^(`{3,}|:{3,})\{(figure|image|glue:figure)\}(.*?)^\1", source, re.MULTILINE | re.DOTALL):
        if not re.search(r"^:alt:\s*\S", match[3], re.MULTILINE):
            yield f"the directive {match[2]} has no :alt:"


def check_checked_cells(content: Any, path: Path) -> Iterator[str]:
    """There is something to compare: nbval passes in silence over cells without a count or without output."""
    cells = tagged(content, "nbval-check-output")
    if not cells:
        yield "no cell is tagged nbval-check-output: nothing would ever be compared"
    for cell in cells:
        text = "".join(str(output.get("text", "")) for output in cell.outputs)
        if cell.execution_count is None or not text.strip():
            yield "a cell tagged nbval-check-output has no execution count or no printed output"
    for cell in content.cells:
        if cell.cell_type == "code" and "NBVAL" in cell.source:
            yield "use the tag nbval-check-output on verdict cells, not a comment"
        if needs(cell) and "nbval-check-output" not in cell.metadata.get("tags", []):
            yield f"a cell needs {', '.join(needs(cell))} without being checked: the tag is for verdict cells"


def check_outputs(content: Any, path: Path) -> Iterator[str]:
    """Everything ran, without errors, warnings, bars or this machine's paths."""
    stand_in = "stand-in" in content.metadata.get("aiga", {}).get("data", {}).values()
    for number, cell in enumerate(content.cells):
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None and cell.source.strip():
            yield f"cell {number} was never executed"
        for output in cell.outputs:
            text = _text(output)
            announced = stand_in and "StandInWarning" in text
            if output.output_type == "error":
                yield f"cell {number} ended with {output.ename}"
            elif output.get("name") == "stderr" and not announced:
                yield f"cell {number} wrote to stderr: {text.strip()[:120]!r}"
            elif _NOISE.search(text) and not announced:
                yield f"cell {number} shows a warning or a progress bar: {_NOISE.search(text)[0]!r}"  # type: ignore[index]
            if match := _MACHINE.search(text):
                yield f"cell {number} shows a path of one machine: {match[0].strip()!r}"


def _text(output: Any) -> str:
    values = [output.get("text", ""), *(v for k, v in output.get("data", {}).items() if k.startswith("text/"))]
    return "\n".join(str(value) for value in values)


def check_metadata(content: Any, path: Path) -> Iterator[str]:
    """Nothing of papermill's is left, and the notebook says what it was made from."""
    if "papermill" in content.metadata or any("papermill" in cell.metadata for cell in content.cells):
        yield "papermill's metadata are left: only python -m aiga.book refresh writes stored notebooks"
    if tagged(content, "injected-parameters"):
        yield "a cell with injected parameters is left"
    if not {"fresh", "data", "seconds", "cpu_seconds"} <= set(content.metadata.get("aiga", {})):
        yield "the metadata 'aiga' are missing: run make notebooks"


def check_size(content: Any, path: Path) -> Iterator[str]:
    """Small enough for a repository and a phone."""
    if path.stat().st_size > LARGEST:
        yield f"it has {path.stat().st_size / 2**20:.1f} MiB, more than {LARGEST // 2**20}"


def check_interaction(content: Any, path: Path) -> Iterator[str]:
    """There is something to play with and something to solve, and the static page can show both."""
    state = content.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    if not state:
        yield "no widget state is stored: 'Take it apart' has no widget, or it was not executed by refresh"
    prose = "\n".join(cell.source for cell in content.cells if cell.cell_type == "markdown")
    labels = set(re.findall(r"\{exercise[^}]*\}.*?^:label:\s*(\S+)", prose, re.MULTILINE | re.DOTALL))
    solved = set(re.findall(r"\{solution[^}]*\}\s*(\S+)", prose))
    if not labels:
        yield "no exercise (sphinx-exercise, with a :label:)"
    for label in sorted(labels - solved):
        yield f"the exercise {label!r} has no solution"


CHECKS: dict[str, Callable[[Any, Path], Iterator[str]]] = {
    name.removeprefix("check_"): check for name, check in list(globals().items()) if name.startswith("check_")
}


def problems(content: Any, path: Path) -> list[str]:
    """Everything that is wrong with a stored notebook, each line with the name of the check."""
    return [f"{path.name}: {name}: {problem}" for name, check in CHECKS.items() for problem in check(content, path)]
