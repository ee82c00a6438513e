"""What all tests share: quiet, offline, one thread a worker, and markers for what a machine may lack."""

import functools
import os
import shutil
import warnings
from pathlib import Path

import hypothesis
import pytest

os.environ.setdefault("AIGA_PROGRESS", "off")
os.environ.setdefault("AIGA_OFFLINE", "1")  # a test that downloads does so from itself, and says so

# The same examples in every run, and no deadline: a busy machine must not fail a property that holds.
hypothesis.settings.register_profile("book", deadline=None, derandomize=True)
hypothesis.settings.load_profile("book")

KINDS = ("data", "browser", "gpu", "learn2learn")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

COMPILED = ("test_walker_", "test_poet_biped", "test_poet_ray", "test_poet_figures_walker", "test_poet_walker_runs")
"""Files whose tests run the walker's physics, which Numba compiles for the first of them, for most of a minute."""


def pytest_configure(config):
    unknown = set(_required()) - set(KINDS)
    if unknown:
        raise pytest.UsageError(f"AIGA_REQUIRE lists {', '.join(sorted(unknown))}: expected some of {', '.join(KINDS)}")
    if hasattr(config, "workerinput"):  # side by side: the cores are shared out by pytest-xdist already
        import torch

        os.environ["OMP_NUM_THREADS"] = "1"  # for processes that tests start
        torch.set_num_threads(1)


def pytest_collection_modifyitems(items):
    """Side by side, a file's tests stay together, and so do those that wait for one compilation."""
    for item in items:
        group = "walker" if item.path.name.startswith(COMPILED) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_runtest_setup(item):
    for marker in item.iter_markers("needs_data"):
        from aiga import datasets

        if not marker.args:
            raise pytest.UsageError(f"{item.nodeid}: needs_data(name) wants the name of a data set")
        for name in marker.args:
            if not datasets.available(name):
                _lacking("data", datasets.where(name))
    if item.get_closest_marker("needs_browser") and browser() is None:
        _lacking("browser", f"no Chromium: none of {', '.join(BROWSERS)} is on the path, and Playwright has none")
    if item.get_closest_marker("needs_gpu"):
        import torch

        if not torch.cuda.is_available():
            _lacking("gpu", "no CUDA device")
    if item.get_closest_marker("needs_learn2learn"):
        from aiga.anml import peer

        if not peer.available():
            _lacking("learn2learn", "learn2learn is not installed: make install builds it where there is a C compiler")


@functools.cache
def browser() -> str | None:
    """The Chromium that tests drive: the system's, or the one that ``playwright install chromium`` fetched."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as play:
        path = play.chromium.executable_path
    return path if Path(path).is_file() else None


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path, for tests marked ``needs_browser``."""
    path = browser()
    assert path, "a test that uses this fixture must be marked needs_browser"
    return path


@pytest.fixture
def no_data(tmp_path, monkeypatch):
    """A machine that has none of the data, no network and an empty cache; gives the cache folder."""
    monkeypatch.delenv("AIGA_DATA", raising=False)
    monkeypatch.setenv("AIGA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AIGA_OFFLINE", "1")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=_stand_in_warning())
        yield tmp_path / "cache"


def _stand_in_warning() -> type[Warning]:
    from aiga.datasets import StandInWarning

    return StandInWarning


def _required() -> list[str]:
    return os.environ.get("AIGA_REQUIRE", "").split()


def _lacking(kind: str, reason: str) -> None:
    if kind in _required():
        pytest.fail(f"AIGA_REQUIRE lists {kind!r}, but {reason}", pytrace=False)
    pytest.skip(reason)
