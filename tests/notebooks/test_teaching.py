"""The instructor pages: their numbers are those of the assignments, the measured costs and the records."""

import re
from pathlib import Path

import pytest
import yaml

from aiga import files
from aiga.assignments import teaching
from aiga.assignments.source import Assignment, find, read
from aiga.book import costs
from aiga.book.notebook import read_stored

ROOT = files.repository() or Path()
ASSIGNMENTS = find(ROOT)
HEAD = "# ---\n# jupyter: {}\n# ---\n"


def rows(text: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda each: each.name)
def test_every_assignment_says_its_number_time_and_points(assignment: Assignment) -> None:
    each = teaching.facts(assignment)
    assert each.points == sum(question.points for question in read(assignment).questions)
    assert 0 < each.by_hand < each.points
    assert re.search(r"hour", each.time)
    (row,) = [row for row in rows(teaching.assignments(ROOT)) if row[0] == str(each.number)]
    assert f"student/{assignment.name}.ipynb)" in row[1]
    assert row[2:] == [each.time, f"{each.points:g}", f"{each.by_hand:g}"]


def test_numbers_are_given_once() -> None:
    numbers = [teaching.facts(each).number for each in ASSIGNMENTS]
    assert len(set(numbers)) == len(numbers)


def test_an_assignment_without_a_time_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks" / "assignments"
    folder.mkdir(parents=True)
    (folder / "demo.py").write_text(f"{HEAD}\n# %% [markdown]\n# # Assignment 9: nothing\n")
    with pytest.raises(ValueError, match="the first cell needs"):
        teaching.facts(Assignment("demo", tmp_path))


@pytest.mark.parametrize("weeks", teaching.SYLLABUSES)
def test_a_syllabus_has_its_weeks_and_hands_out_what_exists(weeks: int) -> None:
    table = rows(teaching.syllabus(ROOT, teaching.SYLLABUSES[weeks]))
    assert [row[0] for row in table] == [str(week + 1) for week in range(weeks)]
    named = [week.hand_out for week in teaching.SYLLABUSES[weeks] if week.hand_out]
    assert len(set(named)) == len(named)
    given = [each for each in named if each in {assignment.name for assignment in ASSIGNMENTS}]
    assert sum(row[3] != "–" for row in table) == len(given) > 0


def test_what_is_handed_out_is_due_once() -> None:
    plan = (teaching.Week("reading", "lab", "differentiable_plasticity"), teaching.Week("reading", "lab"))
    first, second = rows(teaching.syllabus(ROOT, plan))
    assert (first[3], first[6]) == ("assignment 1", "–")
    assert (second[3], second[6]) == ("–", "assignment 1")
    assert "Due after the last meeting: nothing." in teaching.syllabus(ROOT, plan)
    assert "Due after the last meeting: assignment 1." in teaching.syllabus(ROOT, plan[:1])


def test_every_chapter_is_read_in_both_plans() -> None:
    stems = {notebook.stem for notebook in teaching.chapters(ROOT)}
    for plan in teaching.SYLLABUSES.values():
        assert stems <= {name for week in plan for name in re.findall(r"\[(\w+)\]", week.reading)}


def test_the_budget_is_what_was_measured() -> None:
    *lines, total = rows(teaching.budget(ROOT))
    assert len(lines) == len(teaching.chapters(ROOT))
    seconds, sizes = 0, {}
    for line, notebook in zip(lines, teaching.chapters(ROOT), strict=True):
        stored = read_stored(notebook)
        assert stored is not None
        seconds += stored.metadata["aiga"]["cpu_seconds"]
        sizes |= costs.measured(notebook)["data_mb"]
        size = sum(costs.measured(notebook)["data_mb"].values())
        assert (line[3], line[5]) == (f"{size} MB", f"{30 * size} MB")
    megabytes = sum(sizes.values())  # of data sets that two chapters read, once
    times = (f"{seconds / 60:.0f} min", "", f"{megabytes} MB", f"{30 * seconds / 3600:.1f} h", f"{30 * megabytes} MB")
    assert total == ["all chapters", *times]


def test_every_experiment_is_in_the_budget_at_scale_colab_or_named_as_lacking() -> None:
    text = teaching.recorded(ROOT)
    addresses = [address for notebook in teaching.chapters(ROOT) for address in notebook.shown()]
    assert addresses
    for address in addresses:
        recorded = any((ROOT / "data" / "runs").glob(f"{address}.colab.*.json"))
        table, lacking = text.split("Not yet recorded at this scale:")
        assert (f"(`{address}`)" in table) == recorded
        assert (f"`{address}`" in lacking) == (not recorded)


def test_the_citation_is_the_one_in_the_file() -> None:
    known = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf8"))
    text = teaching.citation(ROOT)
    for words in (known["title"], known["version"], known["repository-code"], known["authors"][0]["name"]):
        assert words in text


def test_the_commands_of_the_instructor_pages_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf8"), re.MULTILINE))
    for page in (ROOT / "book" / "teaching").glob("*.md"):
        for target in re.findall(r"^\s*make ([a-z-]+)|`make ([a-z-]+)`", page.read_text(encoding="utf8"), re.MULTILINE):
            assert set(filter(None, target)) <= targets, page.name
