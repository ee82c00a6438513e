"""The setup cell: on Colab it installs the library and leaves torch, numpy, IPython and ipywidgets as they are."""

import json
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from aiga import files
from aiga.book import template

COLAB = {
    "torch": "2.11.0+cu128",
    "numpy": "2.1.3",
    "matplotlib": "3.10.0",
    "ipywidgets": "7.7.1",
    "ipython": "7.34.0",
    "numba": "0.61.2",
    "gymnasium": "1.3.0",
}
"""What Colab had in August 2026, as far as this library could touch it."""

UNTOUCHED = {"torch", "numpy", "ipython", "ipywidgets"}


@pytest.fixture(scope="module")
def colab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that claims to hold Colab's packages."""
    folder = tmp_path_factory.mktemp("colab")
    venv.create(folder, with_pip=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for name, version in COLAB.items():
        place = site / f"{name}-{version}.dist-info"
        place.mkdir()
        (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (place / "INSTALLER").write_text("pip\n")
        (place / "RECORD").write_text("")
    return folder / "bin" / "python"


def run_the_cell(python: Path, source: Path, report: Path) -> subprocess.CompletedProcess[str]:
    """Run the setup cell as it stands, except that the archive is a local folder and pip only says what it would do."""
    cell = template.SETUP.replace(template.ARCHIVE, source.as_uri())
    assert source.as_uri() in cell
    more = ["--dry-run", "--report", str(report)]
    dry = f"import subprocess as s; run = s.run; s.run = lambda c, **k: run([*c, *{more!r}], **k)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [python, "-c", f"{dry}\n{cell}"], env=environment, capture_output=True, text=True, check=False
    )


def index_is_reachable(python: Path) -> bool:
    """Whether pip finds a package that is small and always there."""
    command = [python, "-m", "pip", "--timeout", "10", "--retries", "0", "download", "--no-deps", "--dest"]
    answer = subprocess.run(
        [*command, str(python.parent), "typing-extensions"], capture_output=True, text=True, check=False
    )
    return answer.returncode == 0


@pytest.mark.slow
def test_on_colab_it_leaves_the_loaded_packages_alone(colab: Path, source: Path, tmp_path: Path) -> None:
    if not index_is_reachable(colab):
        pytest.skip("no package index is reachable: the setup cell was not tried against Colab's versions")
    answer = run_the_cell(colab, source, tmp_path / "report.json")
    assert answer.returncode == 0, answer.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    installed = {each["metadata"]["name"].lower() for each in report["install"]}
    assert "aiga-book" in installed
    assert not installed & UNTOUCHED, "the setup cell would replace what Colab has loaded"
    assert not installed & {"jupyter-book", "papermill", "pytest"}, "the setup cell must install no extras"


@pytest.mark.slow
def test_a_library_that_needs_another_numpy_fails_rather_than_replacing_it(
    colab: Path, source: Path, tmp_path: Path
) -> None:
    if not index_is_reachable(colab):
        pytest.skip("no package index is reachable: the setup cell was not tried against Colab's versions")
    project = source / "pyproject.toml"
    project.write_text(project.read_text().replace('"numpy>=2.0"', '"numpy>=2.2"'))
    answer = run_the_cell(colab, source, tmp_path / "report.json")
    assert answer.returncode != 0
    assert "conflicting dependencies" in answer.stderr
    assert "numpy==2.1.3" in answer.stderr


def test_colabs_versions_are_within_our_ranges() -> None:
    """What can be said without an index: no dependency asks for another version than the one that is loaded."""
    root = files.repository()
    assert root is not None
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf8"))["project"]
    ranges = {canonicalize_name(Requirement(line).name): Requirement(line) for line in project["dependencies"]}
    shared = set(ranges) & set(COLAB)
    assert {"torch", "numpy", "matplotlib", "ipywidgets"} <= shared
    for name in shared:
        assert ranges[name].specifier.contains(COLAB[name].split("+")[0]), f"Colab's {name} is outside {ranges[name]}"


def test_where_the_library_is_installed_it_does_nothing() -> None:
    code = f"import subprocess; subprocess.run = None\n{template.SETUP}"
    subprocess.run([sys.executable, "-c", code], check=True)
