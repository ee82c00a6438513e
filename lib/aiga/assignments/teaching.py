"""Teaching: the tables of the instructor pages, from the assignments, the measured costs and the recorded runs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from aiga import datasets, records
from aiga.assignments.source import Assignment, find, read
from aiga.book import costs, status
from aiga.book.notebook import Notebook, read_stored
from aiga.experiment import load
from aiga.records import Record, timing
from aiga.records.condense import duration

CLASS = 30
"""Students in the class that the budget is made for."""


@dataclass(frozen=True)
class Facts:
    """What the text and the questions of an assignment say.

    Attributes:
        number: the assignment's number.
        title: its title.
        time: how long it takes a student, in words.
        points: all points.
        by_hand: those of them that are given by hand.
    """

    number: int
    title: str
    time: str
    points: float
    by_hand: float


@dataclass(frozen=True)
class Week:
    """One week of a syllabus.

    Attributes:
        reading: what is read before the meeting; chapters by their notebook's name, in brackets.
        lab: what is done together.
        hand_out: the assignment that is handed out, by name; none where empty.
        weeks: weeks until it is due.
    """

    reading: str
    lab: str
    hand_out: str = ""
    weeks: int = 1


SIX: tuple[Week, ...] = (
    Week("[differentiable_plasticity]", "predict, run, compare; lesion: plasticity off", "differentiable_plasticity"),
    Week("[backpropamine]", "predict, run, compare; a hand on the modulator", "backpropamine"),
    Week("[anml]", "what is left after hundreds of characters; lesion: no gate", "anml"),
    Week("[gtn]", "the gradient through a whole training run, on paper and in code", "gtn"),
    Week("[poet]", "which courses are too easy, too hard, just right; lesion: no transfer", "poet"),
    Week("[go_explore]", "detachment and derailment in the maze; step through an archive", "go_explore"),
)
TWELVE: tuple[Week, ...] = (
    Week("introduction, *three pillars*", "set up; one chapter opened on every machine"),
    Week("[differentiable_plasticity], to the paper's figures", "predict, run, compare", "differentiable_plasticity"),
    Week("[differentiable_plasticity], the rest", "lesions; discuss: what is innate, what is learned?"),
    Week("[backpropamine]", "a hand on the modulator; when should a network learn?", "backpropamine"),
    Week("[anml], to the paper's figures", "a meta-gradient by hand; predict, run, compare", "anml"),
    Week("[anml], the rest", "resets; discuss: is a frozen feature a memory?"),
    Week("[gtn]", "the gradient through a whole training run; what does it cost?", "gtn"),
    Week("[poet], to the paper's figures", "which courses are too easy, too hard, just right", "poet"),
    Week("[poet], the rest", "lesion: no transfer; discuss: does it matter here?"),
    Week("[go_explore]", "detachment and derailment; step through an archive", "go_explore"),
    Week("capstone: choose a question", "everybody says in two minutes what they will measure", "capstone", 2),
    Week("the [report](../report.md): what failed to replicate?", "progress: one figure each"),
)
SYLLABUSES = {6: SIX, 12: TWELVE}


def pages(root: Path) -> dict[str, str]:
    """The generated parts of the instructor pages, by file name."""
    return {
        "assignments.md": assignments(root),
        **{f"syllabus-{weeks}.md": syllabus(root, plan) for weeks, plan in SYLLABUSES.items()},
        "budget.md": budget(root),
        "budget-colab.md": recorded(root),
        "laptop.md": laptop(root),
        "citation.md": citation(root),
    }


def chapters(root: Path) -> list[Notebook]:
    """The chapters' notebooks, in the order of the table of contents."""
    parts = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf8"))["parts"]
    files = [each["file"] for part in parts for each in part["chapters"]]
    return [Notebook(Path(file).name, root) for file in files if file.startswith("notebooks/")]


def facts(assignment: Assignment) -> Facts:
    """What an assignment says of itself.

    Raises:
        ValueError: its first cell has no title or no time.
    """
    source = read(assignment)
    text = str(source.cells[0].source)
    title = re.search(r"^# Assignment (\d+): (.+)$", text, re.MULTILINE)
    time = re.search(r"\*\*Time\.\*\* ([^,.:(]+)", text)
    if title is None or time is None:
        raise ValueError(f"{assignment.source.name}: the first cell needs '# Assignment N: title' and '**Time.** ...'")
    return Facts(
        number=int(title[1]),
        title=title[2],
        time=time[1].strip(),
        points=sum(question.points for question in source.questions),
        by_hand=sum(question.points for question in source.questions if question.manual),
    )


def assignments(root: Path) -> str:
    """What there is to hand out: title, chapter, time, points, and where it opens."""
    known = sorted(((facts(each), each) for each in find(root)), key=lambda pair: pair[0].number)
    rows: list[tuple[str, ...]] = [
        (
            str(each.number),
            _opens(assignment, each.title[0].upper() + each.title[1:]),
            each.time,
            f"{each.points:g}",
            f"{each.by_hand:g}",
        )
        for each, assignment in known
    ]
    return _table(("", "assignment", "time", "points", "of these by hand"), rows)


def syllabus(root: Path, plan: Sequence[Week]) -> str:
    """A plan, week by week."""
    there = {each.name: facts(each) for each in find(root)}
    names = {each.stem: each for each in chapters(root)}
    due: dict[int, list[str]] = {}
    rows = []
    for number, week in enumerate(plan, start=1):
        out = there.get(week.hand_out)
        label = f"assignment {out.number}" if out else "–"
        if out:
            due.setdefault(number + week.weeks, []).append(label)
        rows.append(
            (
                str(number),
                re.sub(r"\[(\w+)\](?!\()", lambda match: _chapter(names.get(match[1]), match[1]), week.reading),
                week.lab,
                label,
                out.time if out else "–",
                f"{out.points:g}" if out else "–",
                ", ".join(due.get(number, [])) or "–",
            )
        )
    after = ", ".join(label for week, labels in due.items() if week > len(plan) for label in labels)
    total = sum(there[week.hand_out].points for week in plan if week.hand_out in there)
    text = _table(("week", "read before", "in class", "hand out", "time", "points", "due"), rows)
    return f"{text}\nDue after the last meeting: {after or 'nothing'}. Points in all: {total:g}.\n"


def budget(root: Path) -> str:
    """What one run of each chapter at scale ``ci`` takes, for one student and for a class."""
    rows, seconds, downloads = [], 0.0, dict[str, int]()
    for notebook in chapters(root):
        stored = read_stored(notebook)
        kept = stored.metadata.get("aiga", {}) if stored is not None else {}
        sizes = costs.measured(notebook).get("data_mb", {})
        memory = costs.measured(notebook).get("ci", {}).get("peak_memory_mib")
        seconds += kept.get("cpu_seconds", 0)
        downloads |= sizes  # two chapters may read the same data, which are fetched once
        rows.append(
            (
                _chapter(notebook, notebook.stem),
                duration(kept["cpu_seconds"]) if kept else "not yet executed",
                f"{memory / 1024:.1f} GB" if memory else "–",
                f"{sum(sizes.values())} MB",
                duration(CLASS * kept["cpu_seconds"]) if kept else "–",
                f"{CLASS * sum(sizes.values())} MB",
            )
        )
    megabytes = sum(downloads.values())
    total = (duration(seconds), "", f"{megabytes} MB", duration(CLASS * seconds), f"{CLASS * megabytes} MB")
    rows.append(("all chapters", *total))
    return _table(("chapter", "time", "peak memory", "download", f"time × {CLASS}", f"download × {CLASS}"), rows)


def recorded(root: Path) -> str:
    """What is known of scale ``colab``: the recorded runs of each experiment, for one student and for a class."""
    rows, lacking = [], []
    for notebook in chapters(root):
        for address in notebook.shown():
            runs = records.load_all(address, "colab", folder=root / "data" / "runs")
            if runs:
                rows.append((f"{load(address).TITLE} (`{address}`)", *_per_seed(runs, load(address).SCALES["colab"])))
            else:
                lacking.append(f"`{address}`")
    head = ("experiment", "hardware", "conditions timed", "a seed of these", f"{CLASS} seeds", "memory")
    return f"{_table(head, rows)}\nNot yet recorded at this scale: {', '.join(lacking) or 'none'}.\n"


def laptop(root: Path) -> str:
    """What each chapter asks of a laptop."""
    rows = []
    for notebook in chapters(root):
        cost = costs.measured(notebook)
        sizes = cost.get("data_mb", {})
        data = ", ".join(f"{datasets.source(name).title}, {size} MB" for name, size in sizes.items()) or "none"
        here = cost.get("ci")
        time, memory = (
            (f"under {here['minutes']} min", f"{here['peak_memory_mib'] / 1024:.1f} GB") if here else ("–", "–")
        )
        rows.append((_chapter(notebook, notebook.stem), time, memory, data, here["machine"] if here else "–"))
    return _table(("chapter", "time", "peak memory", "download, once", "measured on"), rows)


def citation(root: Path) -> str:
    """The book's BibTeX entry, from ``CITATION.cff``."""
    known = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf8"))
    authors = " and ".join(
        f"{{{each['name']}}}" if "name" in each else f"{each['family-names']}, {each['given-names']}"
        for each in known["authors"]
    )
    fields = {"title": f"{{{known['title']}}}", "author": authors, "version": known["version"],
              "url": known["repository-code"]}  # fmt: skip
    lines = [f"  {name:<8}= {{{value}}}," for name, value in fields.items()]
    return "\n".join(["```bibtex", "@software{aiga_book,", *lines, "}", "```", ""])


def _per_seed(runs: Sequence[Record], every: Iterable[str]) -> tuple[str, str, str, str, str]:
    """Hardware, how many of the conditions were timed, a seed of these, the same for a class, memory."""
    devices = ", ".join(dict.fromkeys(run.device for run in runs))
    memory = f"{max(run.peak_memory_mib for run in runs) / 1024:.1f} GB"
    known = timing.seconds_each(runs)
    if not known:  # runs that went on from a checkpoint know the time of their last part only
        return (devices, "–", "not timed", "–", memory)
    seconds = sum(known.values())
    return (devices, f"{len(known)} of {len(list(every))}", duration(seconds), duration(CLASS * seconds), memory)


def _opens(assignment: Assignment, title: str) -> str:
    from aiga.assignments.structure import badge

    return f"[{title}]({badge(assignment)})"


def _chapter(notebook: Notebook | None, stem: str) -> str:
    """A link to a chapter's page, or its name where the book does not have it yet."""
    if notebook is None:
        return f"*{stem.replace('_', ' ')}* (being written)"
    stored = read_stored(notebook)
    title = status.title(stored).split(":")[0] if stored is not None else stem
    return f"{{doc}}`{title} </notebooks/{stem}>`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
