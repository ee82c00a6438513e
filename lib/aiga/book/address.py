"""The book's address: ``[project.urls]`` in ``pyproject.toml``, and every badge and link that repeats it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from aiga import files

DISTRIBUTION = "aiga-book"
BRANCH = "main"
COLAB = "https://colab.research.google.com/github"

PLACES = (
    "pyproject.toml",
    "_config.yml",
    "README.md",
    "CITATION.cff",
    "book/**/*.md",
    "notebooks/**/*.py",
    "notebooks/**/*.ipynb",
)
"""Where the address is repeated, because a file that stands alone must hold it; :func:`point_at` rewrites these."""


@dataclass(frozen=True)
class Address:
    """A repository on GitHub.

    Attributes:
        owner: the account or organisation.
        name: the repository.
    """

    owner: str
    name: str

    @property
    def repository(self) -> str:
        """Its page."""
        return f"https://github.com/{self.owner}/{self.name}"

    @property
    def pages(self) -> str:
        """Where GitHub publishes its book."""
        return f"https://{self.owner.lower()}.github.io/{self.name}"

    @property
    def archive(self) -> str:
        """The archive that pip installs the library from."""
        return f"{self.repository}/archive/refs/heads/{BRANCH}.zip"

    @property
    def colab(self) -> str:
        """Where Colab opens a file of the repository; the file's path follows."""
        return f"{COLAB}/{self.owner}/{self.name}/blob/{BRANCH}/"


def parse(url: str) -> Address:
    """The address that a URL names.

    Raises:
        ValueError: it is not of the form ``https://github.com/OWNER/NAME``.
    """
    match = re.fullmatch(r"https://github\.com/([A-Za-z0-9][A-Za-z0-9-]*)/([\w.-]+?)(?:\.git)?/?", url)
    if match is None:
        raise ValueError(f"{url!r} is not a repository's address: expected https://github.com/OWNER/NAME")
    return Address(match[1], match[2])


def read(root: Path) -> Address:
    """The address in ``[project.urls]`` of a checkout.

    Raises:
        ValueError: there is none, or it is no repository's.
    """
    urls = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf8"))["project"].get("urls", {})
    if "Repository" not in urls:
        raise ValueError("pyproject.toml has no Repository under [project.urls]: add https://github.com/OWNER/NAME")
    return parse(urls["Repository"])


@cache
def current() -> Address:
    """The address of the checkout that this library is run from, or of the installed package."""
    root = files.repository()
    if root is not None:
        return read(root)
    listed = metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []
    return parse(dict(each.split(", ", 1) for each in listed)["Repository"])


def point_at(root: Path, url: str) -> list[str]:
    """Rewrite every badge and link of a checkout so that it leads to another repository.

    Args:
        root: the checkout.
        url: ``https://github.com/OWNER/NAME``.

    Returns:
        the files that were changed, by their path in the checkout.

    Raises:
        ValueError: the URL is no repository's.
    """
    old, new = read(root), parse(url)
    changed = []
    for path in _places(root):
        text = path.read_text(encoding="utf8")
        renewed = _pointed(text, old, new)
        if renewed != text:
            files.write_text(path, renewed)
            changed.append(path.relative_to(root).as_posix())
    return changed


def _places(root: Path) -> list[Path]:
    """The files of :data:`PLACES`, without the hidden copies that an editor makes."""
    found = {path for place in PLACES for path in root.glob(place)}
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(root).parts))


def strangers(root: Path) -> Iterator[str]:
    """Links in the places of :data:`PLACES` that lead to the book in another repository, one line each.

    Such a link opens a notebook on Colab, installs an archive of the book, or clones, cites or launches it.
    """
    here = read(root)
    patterns = (
        rf"{re.escape(COLAB)}/([\w.-]+/[\w.-]+)/blob/([\w.-]+)/",
        r"https://github\.com/([\w.-]+/[\w.-]+)/archive/refs/heads/([\w.-]+)\.zip",
        r"(?:git clone|repository_url:|repository-code:) https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?()(?=[\s\"'\\]|$)",
    )
    for path in _places(root):
        text = path.read_text(encoding="utf8")
        for match in (match for pattern in patterns for match in re.finditer(pattern, text, re.MULTILINE)):
            if match[1] != f"{here.owner}/{here.name}" or match[2] not in ("", BRANCH):
                yield f"{path.relative_to(root)}: {match[0]} leads elsewhere; pyproject.toml says {here.repository}"


def _pointed(text: str, old: Address, new: Address) -> str:
    ends = r"(?![\w-])(?!\.(?!git\b)\w)"  # the whole name; a full stop or .git may follow
    text = re.sub(
        rf"(https://github\.com|{re.escape(COLAB)})/{re.escape(old.owner)}/{re.escape(old.name)}{ends}",
        lambda match: f"{match[1]}/{new.owner}/{new.name}",
        text,
    )
    return re.sub(rf"{re.escape(old.pages)}{ends}", new.pages, text)
