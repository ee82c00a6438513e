"""The wheel: a notebook on Colab has no checkout, so the ledger and the records travel inside the package."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from aiga import files


@pytest.fixture
def wheel(source: Path, tmp_path: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*command, tmp_path, source], check=True)
    return next(tmp_path.glob("*.whl"))


def test_every_module_ledger_and_record_is_inside(wheel: Path) -> None:
    root = files.repository()
    assert root is not None
    inside = set(zipfile.ZipFile(wheel).namelist())
    library = {path.relative_to(root / "lib").as_posix() for path in (root / "lib" / "aiga").rglob("*.py")}
    ledgers = {f"aiga/_data/ledger/{path.name}" for path in (root / "data" / "ledger").glob("*.yaml")}
    recorded = {f"aiga/_data/runs/{path.name}" for path in (root / "data" / "runs").glob("*.json")}
    measured = {f"aiga/_data/bench/{path.name}" for path in (root / "data" / "bench").glob("*.json")}
    assert ledgers
    assert library | ledgers | recorded | measured | {"aiga/py.typed"} <= inside


def test_the_installed_package_finds_its_ledger(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "from aiga import files, ledger; assert files.repository() is None; print(len(ledger.load_all()))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "site", capture_output=True, text=True, check=True
    )
    assert int(answer.stdout) >= 1
