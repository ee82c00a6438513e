"""``python -m aiga.book <command>``: what the Makefile calls."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from aiga.book import address, compare, costs, freshness, pages, refresh, smoke, structure, template, twins
from aiga.book.execution import NotebookError
from aiga.book.notebook import checkout, find, read_stored


def check(root: Path, stems: Sequence[str] = ()) -> list[str]:
    """Everything that can be said of the stored notebooks without executing them; one line each."""
    found = []
    for notebook in find(root, stems):
        stored = read_stored(notebook)
        if stored is None:
            found.append(f"{notebook.stem}: it was never executed; run: make notebooks")
            continue
        if text := twins.difference(notebook.twin, notebook.stored):
            found.append(f"{notebook.stem}: text and notebook differ; run: make notebooks\n{text}")
        if stored.metadata.get("aiga", {}).get("fresh") != freshness.digest(notebook):
            found.append(
                f"{notebook.stem}: not fresh: code, library, ledger or records have changed; run: make notebooks"
            )
        found += structure.problems(stored, notebook.stored)
    return found


def _refresh(root: Path, stems: Sequence[str]) -> list[str]:
    refresh.refresh(root, stems)
    return []


def _cards(root: Path, stems: Sequence[str]) -> list[str]:
    found = costs.write_cards(root)
    for notebook in find(root, stems):
        if notebook.stored.exists():
            twins.update(notebook)
    return found


def _pages(root: Path, stems: Sequence[str]) -> list[str]:
    pages.write_pages(root)
    return []


def _setup(root: Path, stems: Sequence[str]) -> list[str]:
    print(template.SETUP)
    return []


def _point_at(root: Path, urls: Sequence[str]) -> list[str]:
    if len(urls) != 1:
        return ["expected one address: python -m aiga.book point-at https://github.com/OWNER/NAME"]
    for changed in address.point_at(root, urls[0]):
        print(f"{changed}: points at {urls[0]}")
    return list(address.strangers(root))


COMMANDS: dict[str, tuple[str, Callable[[Path, Sequence[str]], list[str]]]] = {
    "refresh": ("execute the notebooks that are not fresh and store them (FORCE=1: all)", _refresh),
    "check": ("twins, freshness and structure of the stored notebooks", check),
    "smoke": ("run every notebook at scale smoke and check the results it keeps", smoke.smoke),
    "nbval": ("execute every stored notebook again and compare its verdict cells", compare.compare),
    "cards": ("write the cost cards", _cards),
    "pages": ("write the report and the status table that the book includes", _pages),
    "point-at": ("make every badge and link lead to a fork: https://github.com/OWNER/NAME", _point_at),
    "setup": ("print the setup cell's template", _setup),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well."""
    parser = argparse.ArgumentParser(prog="python -m aiga.book", description="The book's notebooks.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (says, _) in COMMANDS.items():
        what = ("address", "https://github.com/OWNER/NAME") if name == "point-at" else ("notebook", "default: all")
        commands.add_parser(name, help=says).add_argument("stems", nargs="*", metavar=what[0], help=what[1])
    chosen = parser.parse_args(arguments)
    try:
        found = COMMANDS[chosen.command][1](checkout(), chosen.stems)
    except (ValueError, RuntimeError, OSError, NotebookError) as error:
        found = [str(error)]
    for line in found:
        print(f"aiga.book {chosen.command}: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
