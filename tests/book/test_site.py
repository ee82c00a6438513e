"""The book as a whole: links, the table of contents, the map of chapters, the bibliography."""

import re
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup


@pytest.fixture(scope="module")
def pages(built):
    """Every built page, parsed, by its path."""
    return {path: BeautifulSoup(path.read_text(encoding="utf8"), "html.parser") for path in built.rglob("*.html")}


def test_links_within_the_book_lead_somewhere(pages, built):
    places = {path: {each["id"] for each in page.select("[id]")} for path, page in pages.items()}
    checked, broken = 0, []
    for path, page in pages.items():
        for link in page.select("a[href]"):
            parts = urlsplit(link["href"])
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            checked += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                broken.append(f"{path.relative_to(built)}: {link['href']}: no such file")
            elif parts.fragment and target in places and unquote(parts.fragment) not in places[target]:
                broken.append(f"{path.relative_to(built)}: {link['href']}: no such place in that page")
    assert checked > 100
    assert broken == []


def test_first_address_leads_to_the_first_page(pages, built):
    assert pages[built / "index.html"].select_one("meta[http-equiv=refresh i]")["content"].endswith("book/intro.html")


def test_every_notebook_is_in_the_contents_and_on_the_map(root):
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf8"))
    listed = {chapter["file"] for part in toc["parts"] for chapter in part["chapters"]}
    there = {f"notebooks/{path.stem}" for path in (root / "notebooks").glob("*.ipynb")}
    linked = set(re.findall(r"\]\(\.\./(notebooks/\w+)\)", (root / "book" / "intro.md").read_text(encoding="utf8")))
    assert there
    assert {name for name in listed if name.startswith("notebooks/")} == there
    assert linked == there


def test_ledgers_name_papers_of_the_bibliography(root):
    known = set(
        re.findall(r"^@\w+\{(\w+),", (root / "book" / "references.bib").read_text(encoding="utf8"), re.MULTILINE)
    )
    ledgers = list((root / "data" / "ledger").glob("*.yaml"))
    assert ledgers
    for path in ledgers:
        assert yaml.safe_load(path.read_text(encoding="utf8"))["paper"]["key"] in known, path.name


def test_notebooks_with_widgets_carry_their_state(root, pages, built):
    """A page shows a widget only if its state was stored with the notebook."""
    for path in (root / "notebooks").glob("*.ipynb"):
        outputs = [out for cell in nbformat.read(path, 4).cells for out in cell.get("outputs", [])]
        widgets = [out for out in outputs if "application/vnd.jupyter.widget-view+json" in out.get("data", {})]
        drawn = pages[built / "notebooks" / f"{path.stem}.html"].select(
            'script[type="application/vnd.jupyter.widget-view+json"]'
        )
        assert len(drawn) == len(widgets)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_files_that_the_front_pages_name_exist(root, name):
    text = (root / name).read_text(encoding="utf8")
    targets = re.findall(r"\]\(([^)#:]+)\)", text) + re.findall(r'src="([^":]+)"', text)
    assert targets
    assert [target for target in targets if not (root / target).exists()] == []
