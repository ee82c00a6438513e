"""The workflows: valid, pinned, limited in time and in rights, and calling only what exists."""

import re
from typing import Any

import pytest
import yaml

from aiga import files

ROOT = files.repository()
assert ROOT is not None
WORKFLOWS: dict[str, dict[Any, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf8"))
    for path in (ROOT / ".github" / "workflows").glob("*.yml")
}
JOBS = [(name, job, body) for name, content in WORKFLOWS.items() for job, body in content["jobs"].items()]
STEPS = [(f"{name}.{job}", step) for name, job, body in JOBS for step in body["steps"]]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf8"), re.MULTILINE))


def test_there_are_three() -> None:
    assert set(WORKFLOWS) == {"test", "book", "weekly"}


@pytest.mark.parametrize(("name", "job", "body"), JOBS, ids=lambda each: each if isinstance(each, str) else "")
def test_every_job_ends_and_waits_for_jobs_that_exist(name: str, job: str, body: dict[str, Any]) -> None:
    # `deploy-pages` has a limit of its own.
    assert body.get("timeout-minutes", 0) > 0 or job == "publish"
    needs = body.get("needs", [])
    assert set([needs] if isinstance(needs, str) else needs) <= set(WORKFLOWS[name]["jobs"])


def test_nothing_may_write_unless_its_job_says_so() -> None:
    assert all(content["permissions"] == {"contents": "read"} for content in WORKFLOWS.values())
    writing = {(name, job) for name, job, body in JOBS if "write" in body.get("permissions", {}).values()}
    assert writing == {("book", "publish"), ("weekly", "issue")}


def test_actions_are_official_and_pinned_to_one_version_everywhere() -> None:
    used = [step["uses"] for _, step in STEPS if "uses" in step]
    versions: dict[str, set[str]] = {}
    for each in used:
        match = re.fullmatch(r"(actions/[a-z-]+)@(v\d+)", each)
        assert match, f"{each}: expected actions/NAME@vN"
        versions.setdefault(match[1], set()).add(match[2])
    assert all(len(found) == 1 for found in versions.values()), versions


@pytest.mark.parametrize(("where", "step"), STEPS, ids=lambda each: each if isinstance(each, str) else "")
def test_steps_call_what_exists(where: str, step: dict[str, Any]) -> None:
    assert ("run" in step) != ("uses" in step)
    for target in re.findall(r"\bmake ([a-z-]+)", step.get("run", "")):
        assert target in TARGETS, f"{where}: the Makefile has no target {target!r}"
    for path in re.findall(r"\.github/[\w.]+", step.get("run", "")):
        assert (ROOT / path).is_file(), f"{where}: {path} does not exist"


def test_the_weekly_issue_waits_for_every_check_and_names_it() -> None:
    jobs = WORKFLOWS["weekly"]["jobs"]
    issue = jobs["issue"]
    assert set(issue["needs"]) == set(jobs) - {"issue"}
    assert issue["if"] == "failure()"
    assert set(re.findall(r"needs\.(\w+)\.result", issue["env"]["RESULTS"])) == set(issue["needs"])


def test_the_weekly_run_is_scheduled_and_takes_the_newest_versions() -> None:
    weekly = WORKFLOWS["weekly"]
    (schedule,) = weekly[True]["schedule"]  # YAML reads the key `on` as true
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", schedule["cron"])
    commands = [step.get("run", "") for step in weekly["jobs"]["newest"]["steps"]]
    assert "make install CONSTRAINTS=" in commands
    assert "make test CONSTRAINTS=" in commands
