"""The book's address: every badge and link says what ``[project.urls]`` says, and one command moves them all."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

from aiga.book import address, freshness, template
from aiga.book.__main__ import main
from aiga.book.notebook import Notebook, checkout, find

ROOT = checkout()
HERE = address.read(ROOT)
FORK = "https://github.com/some-course/book-2027"
BADGES = rf"{re.escape(address.COLAB)}/[^\s)\"\\]*"


def tracked() -> list[Path]:
    """The text files of the repository, as git knows them, without what others wrote."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.split("\0") if name and not name.startswith("book/_static/")]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def holding(text: str) -> set[str]:
    """The tracked files in which a text occurs."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if text in path.read_text(encoding="utf8", errors="replace")
    }


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A copy of all files that hold the address, pointed at a fork."""
    for path in (path for place in address.PLACES for path in ROOT.glob(place)):
        copied = tmp_path / path.relative_to(ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copied)
    for folder in ("ledger", "runs", "bench", "weights"):
        shutil.copytree(ROOT / "data" / folder, tmp_path / "data" / folder)
    assert address.point_at(tmp_path, FORK)
    return tmp_path


def test_the_urls_of_the_project_name_one_repository() -> None:
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]["urls"]
    assert set(urls) == {"Repository", "Book", "Issues", "Changelog"}
    assert urls["Book"] == f"{HERE.pages}/"
    assert all(urls[name].startswith(HERE.repository) for name in ("Repository", "Issues", "Changelog"))
    assert address.current() == HERE


NOTEBOOKS = sorted(
    path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
)  # an editor leaves such folders behind


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_badge_opens_its_own_notebook(path: Path) -> None:
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    own = HERE.colab + path.relative_to(ROOT).as_posix()
    assert own in re.findall(BADGES, text)


def test_every_link_to_colab_opens_a_file_that_exists() -> None:
    links = {match for path in tracked() if path.suffix in {".md", ".py", ".ipynb"} and "tests" not in path.parts
             for match in re.findall(BADGES, path.read_text(encoding="utf8"))}  # fmt: skip
    links.discard(f"{address.COLAB}")
    assert len(links) >= len(find(ROOT))
    lost = [link for link in links if not (ROOT / link.removeprefix(HERE.colab)).is_file()]
    assert lost == []


def test_the_readme_has_a_badge_for_every_chapter() -> None:
    badges = re.findall(BADGES, (ROOT / "README.md").read_text(encoding="utf8"))
    assert badges == [f"{HERE.colab}notebooks/{Path(file).name}.ipynb" for file in chapters()]


def chapters() -> list[str]:
    """The chapters in the order of the table of contents."""
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))["parts"]
    return [each["file"] for part in parts for each in part["chapters"] if each["file"].startswith("notebooks/")]


def test_the_pages_launch_and_link_to_the_same_repository() -> None:
    options = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))["sphinx"]["config"][
        "html_theme_options"
    ]
    assert options["repository_url"] == HERE.repository
    assert options["repository_branch"] == address.BRANCH
    assert f"{options['launch_buttons']['colab_url']}/github" == address.COLAB
    assert options["path_to_docs"] == ""


def test_the_citation_and_the_setup_cell_name_it() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf8"))
    assert citation["repository-code"] == HERE.repository
    assert f'"{HERE.archive}"' in template.SETUP


def test_conda_installs_the_checkout_and_no_archive() -> None:
    assert "github.com" not in (ROOT / "environment.yml").read_text(encoding="utf8")


def test_nothing_in_the_book_leads_to_another_repository() -> None:
    assert list(address.strangers(ROOT)) == []


def test_the_address_stands_only_where_the_command_rewrites_it() -> None:
    rewritten = {path.relative_to(ROOT).as_posix() for place in address.PLACES for path in ROOT.glob(place)}
    assert holding(f"{HERE.owner}/{HERE.name}") - rewritten <= {"lib/aiga/book/freshness.py"}


def test_the_command_leaves_nothing_behind_and_changes_nothing_else(fork: Path) -> None:
    assert list(address.strangers(fork)) == []
    there = f"{HERE.owner}/{HERE.name}".encode()
    left = [path for path in fork.rglob("*") if path.is_file() and there in path.read_bytes()]
    assert left == []
    assert address.read(fork).repository == FORK
    address.point_at(fork, HERE.repository)
    for path in (path for path in fork.rglob("*") if path.is_file()):
        assert path.read_bytes() == (ROOT / path.relative_to(fork)).read_bytes(), path


def test_a_fork_ages_no_notebook(fork: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "library", lambda names: {})  # the fork's notebooks differ, the library does not
    for notebook in find(ROOT):
        assert freshness.digest(Notebook(notebook.stem, fork)) == freshness.digest(notebook)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("README.md", "/blob/main/notebooks/gtn.ipynb", "/blob/mian/notebooks/gtn.ipynb"),
        ("_config.yml", "some-course/book-2027", "some-course/book-2026"),
        ("CITATION.cff", "some-course/book-2027", "another/book"),
        ("book/how_to_use.md", "some-course/book-2027", "another/book"),
        ("notebooks/gtn.py", "some-course/book-2027/archive", "another/book/archive"),
        ("notebooks/gtn.ipynb", "some-course/book-2027/blob", "another/book/blob"),
    ],
)
def test_a_link_that_leads_elsewhere_is_seen(fork: Path, name: str, old: str, new: str) -> None:
    text = (fork / name).read_text(encoding="utf8")
    assert old in text
    (fork / name).write_text(text.replace(old, new, 1), encoding="utf8")
    (found,) = address.strangers(fork)
    assert found.startswith(name)


def test_only_the_whole_name_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project.urls]\nRepository = "https://github.com/a/b"\n')
    readme = tmp_path / "README.md"
    readme.write_text(
        "https://github.com/a/b. https://github.com/a/b.git https://github.com/a/bc https://github.com/a/b-d"
    )
    address.point_at(tmp_path, "https://github.com/e/f")
    words = "https://github.com/e/f. https://github.com/e/f.git https://github.com/a/bc https://github.com/a/b-d"
    assert readme.read_text() == words


@pytest.mark.parametrize(
    "url", ["github.com/a/b", "https://gitlab.com/a/b", "https://github.com/a", "https://github.com/a/b/c"]
)
def test_what_is_no_repository_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["point-at", url]) == 1
    assert "expected https://github.com/OWNER/NAME" in capsys.readouterr().err
    assert main(["point-at"]) == 1
