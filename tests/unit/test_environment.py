"""pyproject.toml, constraints.txt and environment.yml say the same."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from aiga import files

ROOT = files.repository() or Path()
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
PINS = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf8").splitlines() if line.strip()]
DIRECT = [
    *PROJECT["dependencies"],
    *PROJECT["optional-dependencies"]["book"],
    *PROJECT["optional-dependencies"]["test"],
]


def pinned() -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in PINS)}


def test_constraints_are_exact_and_name_no_variant_of_a_build() -> None:
    for line in PINS:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line), f"{line!r} is not an exact public version"
    assert len(pinned()) == len(PINS), "a package is pinned twice"
    assert "torch" in pinned()


@pytest.mark.parametrize("line", DIRECT)
def test_every_direct_dependency_is_pinned_within_its_range(line: str) -> None:
    requirement = Requirement(line)
    name = canonicalize_name(requirement.name)
    if name == "setuptools":  # the tool that builds the package comes with the environment
        return
    assert name in pinned(), f"{name} is missing from constraints.txt"
    assert requirement.specifier.contains(pinned()[name]), f"{name}=={pinned()[name]} is outside {requirement}"


def test_the_library_caps_nothing_that_colab_has_loaded() -> None:
    for line in PROJECT["dependencies"]:
        assert all(each.operator == ">=" for each in Requirement(line).specifier), f"{line}: a floor, nothing else"


def test_conda_users_get_the_same_packages() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf8"))
    python = next(each for each in environment["dependencies"] if str(each).startswith("python="))
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))
    from_pip = next(each["pip"] for each in environment["dependencies"] if isinstance(each, dict))
    assert from_pip == ["-c constraints.txt", "-e .[book,test]"]


def test_the_makefile_installs_the_same() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf8")
    assert '-e ".[book,test]"' in text
    assert "CONSTRAINTS ?= constraints.txt" in text


def test_the_peer_of_parity_tests_is_pinned_and_installed_the_same_way_everywhere() -> None:
    """learn2learn stands in no extra: pip would bring gym and torchvision along."""
    assert pinned()["learn2learn"] == "0.2.0"
    options = "--no-deps --use-pep517 --config-settings=--build-option=build_ext"
    for name in ("Makefile", "environment.yml"):
        assert options in (ROOT / name).read_text(encoding="utf8"), f"{name} installs learn2learn in another way"
    assert not any("learn2learn" in line for extra in PROJECT["optional-dependencies"].values() for line in extra)
