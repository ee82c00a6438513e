"""What the tests' own markers do on machines that lack something."""

import os
from pathlib import Path

import pytest

pytest_plugins = "pytester"
CONFTEST = Path(__file__).parents[1] / "conftest.py"
TESTS = """
import os
import pytest

@pytest.mark.needs_data("omniglot")
def test_omniglot():
    assert False, "the data are not here"

@pytest.mark.needs_browser
def test_browser():
    assert False, "there is no browser"

def test_quiet_and_offline():
    assert os.environ["AIGA_PROGRESS"] == "off"
    assert os.environ["AIGA_OFFLINE"] == "1"
"""
INI = """
[pytest]
markers =
    needs_data(name): as in the project
    needs_browser: as in the project
    needs_gpu: as in the project
"""


@pytest.fixture
def bare(pytester, monkeypatch):
    """A machine with no data, no browser and our conftest."""
    for name in ("AIGA_DATA", "AIGA_OFFLINE", "AIGA_PROGRESS", "AIGA_REQUIRE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AIGA_CACHE", str(pytester.path / "cache"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(pytester.path / "browsers"))
    monkeypatch.setenv("PATH", os.pathsep.join(["/no/such/folder"]))
    pytester.makeconftest(CONFTEST.read_text())
    pytester.makeini(INI)
    return pytester


def test_skips_name_what_is_missing(bare):
    bare.makepyfile(TESTS)
    result = bare.runpytest_subprocess("-rs", "-p", "no:randomly")
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines_random(["*Omniglot: not in the cache*aiga data fetch omniglot*", "*no Chromium*"])


def test_required_things_fail_instead(bare, monkeypatch):
    monkeypatch.setenv("AIGA_REQUIRE", "data browser")
    bare.makepyfile(TESTS)
    result = bare.runpytest_subprocess()
    assert result.parseoutcomes() == {"passed": 1, "failed": 2} or result.parseoutcomes() == {"passed": 1, "errors": 2}
    result.stdout.fnmatch_lines_random(["*AIGA_REQUIRE lists 'data', but Omniglot: not in*"])


def test_unknown_requirement_and_unknown_data_set(bare, monkeypatch):
    bare.makepyfile('import pytest\n@pytest.mark.needs_data("imagenet")\ndef test_it():\n    pass\n')
    result = bare.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*unknown data set 'imagenet'*"])
    monkeypatch.setenv("AIGA_REQUIRE", "data datta")
    result = bare.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*AIGA_REQUIRE lists datta: expected some of data, browser, gpu, learn2learn*"])
