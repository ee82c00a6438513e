"""A pytest plugin for nbval: what holds only on real data is not compared where the data are absent, and said so.

A cell tagged ``needs-<dataset>`` is executed everywhere. Where :func:`aiga.datasets.available` does not find the set,
its output is not compared with the stored one, and the end of the session lists these cells. With ``AIGA_REQUIRE``
listing ``data`` each of them fails instead.
"""

import os
from typing import Any

import pytest

from aiga import datasets
from aiga.book.notebook import needs

_PROPERTY = "not compared for want of"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Switch the comparison off where a cell's data set is absent."""
    for item in items:
        cell, options = getattr(item, "cell", None), getattr(item, "options", {})
        absent = [name for name in needs(cell) if not datasets.available(name)] if cell is not None else []
        if absent and options.get("check"):
            options["check"] = False
            item.user_properties.append((_PROPERTY, ", ".join(absent)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """After the cell has run: fail where this machine promised to have the data."""
    result = yield
    wanting = dict(item.user_properties).get(_PROPERTY)
    if wanting and "data" in os.environ.get("AIGA_REQUIRE", "").split():
        raise AssertionError(f"not compared: the real data set {wanting} is absent, and AIGA_REQUIRE lists 'data'")
    return result


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which comparisons were not made."""
    lines = [
        f"{report.nodeid}: executed, not compared: needs the real data set {dict(report.user_properties)[_PROPERTY]}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call" and _PROPERTY in dict(report.user_properties)
    ]
    if lines:
        terminalreporter.section("comparisons that were not made")
        for line in sorted(lines):
            terminalreporter.write_line(line)
