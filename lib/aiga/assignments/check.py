"""Checking one's own answers: what the check cells of a student's notebook call.

It needs nothing but Python, so that it works on Colab, where otter-grader would replace the loaded ipywidgets.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[..., None]


def check(names: Mapping[str, Any], *tests: Test) -> None:
    """Run tests on a student's functions, and print one line for each that fails.

    Args:
        names: the notebook's ``globals()``; a test's parameters say which functions it needs.
        tests: functions that raise where an answer is wrong.
    """
    failed = [line for test in tests if (line := _problem(names, test))]
    for line in failed:
        print(f"✗ {line}")
    print(f"{len(tests) - len(failed)} of {len(tests)} tests in this cell pass")


def _problem(names: Mapping[str, Any], test: Test) -> str:
    """What is wrong, in one line; empty where the test passes."""
    label = test.__name__.removeprefix("test_").replace("_", " ")
    needed = list(inspect.signature(test).parameters)
    for name in needed:
        if not callable(names.get(name)):
            return f"{label}: {name} is not defined; run its cell first"
    try:
        test(*(names[name] for name in needed))
    except Exception as error:
        return f"{label}: {describe(error)}"
    return ""


def describe(error: BaseException) -> str:
    """An error in one line: what an assertion says, or the kind of error and its first line."""
    lines = str(error).strip().splitlines() or ["(no message)"]
    if isinstance(error, AssertionError | NotImplementedError):
        return lines[0]
    return f"{type(error).__name__}: {lines[0]}"
