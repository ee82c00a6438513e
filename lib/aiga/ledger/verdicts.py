"""Verdicts: what is shown of claims and results, in a notebook's cells, in its table and in the book's report.

Verdict cells are compared word by word when a notebook is executed again, so what they print holds no floats.
"""

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiga import records
from aiga.experiment import Outcome
from aiga.ledger.claims import Claim, Ledger, LedgerError, PaperSide, load, load_all
from aiga.ledger.evaluation import FAILS, HOLDS, NOT_RECORDED, Verdict, evaluate
from aiga.records import Gathered, Record
from aiga.scale import SCALES, Scale, check

SOURCE = {
    "opened": "",
    "second-hand": "second-hand",
    "memory": "from memory, not yet checked",
    "ours": "our own claim",
}
"""What is said of a number's source; only opened sources go without a remark."""

Results = Mapping[str, Sequence[Outcome]]
"""Outcomes by the address of their experiment."""


def verdict(stem: str, results: Results, *, scale: str, claims: Sequence[str] | None = None) -> None:
    """Print one line for each claim about the experiments in ``results``: stable words, no floats.

    Args:
        stem: the ledger's name.
        results: outcomes by address.
        scale: the scale at which they were obtained.
        claims: ids of the claims to print; None prints every claim about these experiments.

    Raises:
        LedgerError: unknown ledger or claim.
        ValueError: unknown scale, or results of an experiment that the ledger does not speak of.
    """
    rows: list[tuple[str, ...]] = [("claim", "scale", "data", "seeds", "verdict")]
    judged = _verdicts(load(stem), results, scale, claims)
    rows += [(each.claim.id, each.scale, each.data, str(each.seeds), each.state) for each in judged]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@dataclass(frozen=True)
class Table:
    """A table that notebooks and pages can show."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in self.head)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell).replace(chr(10), '<br>')}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        return f'<table class="aiga-ledger"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

    def _repr_markdown_(self) -> str:
        def line(cells: Iterable[str]) -> str:
            return "| " + " | ".join(each.replace("|", "\\|").replace("\n", "<br>") for each in cells) + " |"

        return "\n".join([line(self.head), line("---" for _ in self.head), *map(line, self.rows)])


def table(stem: str, results: Results, *, scale: str) -> Table:
    """Every claim of a ledger: the paper's side and its source, ours now, recorded runs, and the verdict."""
    ledger = load(stem)
    known = records.gather(records.load_all())
    rows = []
    for each in _verdicts(ledger, results, scale, [claim.id for claim in ledger.claims]):
        band = each.claim.ours.get(each.scale)
        judgement = f"{each.state}\n(band at {scale}: {band})" if band else each.state
        recorded = "\n".join(_recorded(each.claim, known))
        rows.append(
            (each.claim.says, paper_text(each.claim.paper), ours_text(each), recorded or NOT_RECORDED, judgement)
        )
    return Table(("claim", "paper", f"ours now, at {scale}", "recorded runs", "verdict"), tuple(rows))


def paper_text(paper: PaperSide) -> str:
    """The paper's side in words, with its source, and a remark where that was not opened."""
    parts = [part for part in (paper.ordering, paper.says) if part]
    if paper.value is not None:
        spread = f" ± {paper.spread:g} ({paper.spread_is})" if paper.spread is not None else ""
        parts.insert(0, f"{paper.value:g}{spread}")
    source = ", ".join(part for part in (paper.where, SOURCE[paper.status]) if part)
    text = f"{'; '.join(parts)} [{source}]" if parts else source
    return f"{text}; {paper.note}" if paper.note else text


def ours_text(verdict: Verdict) -> str:
    """Our numbers in words: means with 95 % intervals, or a dash."""
    if not verdict.estimates:
        return "–"
    numbers = "; ".join(
        str(each) if len(verdict.estimates) == 1 else f"{each.label} {each}" for each in verdict.estimates
    )
    return f"{numbers} ({verdict.seeds} seed{'s' if verdict.seeds != 1 else ''}, {verdict.data})"


def report(live: Path | None = None) -> str:
    """The reproduction report in Markdown: every claim of every ledger with its state, and every record.

    Args:
        live: a folder of results that notebooks have kept (:func:`aiga.records.keep`), shown beside the records.

    Raises:
        LedgerError, RecordError: a ledger or a record is damaged.
    """
    ledgers = load_all()
    runs = records.load_all()
    fresh = records.load_all(folder=live) if live else []
    known = records.gather([*runs, *fresh])
    sections = [_dashboard(ledgers, known), *(_section(ledger, known) for ledger in ledgers), _provenance(runs)]
    return "\n\n".join(sections) + "\n"


def _verdicts(ledger: Ledger, results: Results, scale: str, names: Sequence[str] | None) -> list[Verdict]:
    check(scale)
    known = {claim.id: claim for claim in ledger.claims}
    addresses = {claim.address for claim in ledger.claims}
    if stray := sorted(set(results) - addresses):
        raise ValueError(f"the ledger {ledger.stem} makes no claim about {stray[0]}: {', '.join(sorted(addresses))}")
    if names is not None and (unknown := [name for name in names if name not in known]):
        raise LedgerError(f"unknown claim {unknown[0]!r} in {ledger.stem}: choose from {', '.join(known)}")
    chosen = [known[name] for name in names] if names is not None else ledger.claims
    if names is None:
        chosen = [claim for claim in chosen if claim.address in results]
    return [evaluate(claim, scale, results.get(claim.address, [])) for claim in chosen]


Known = Mapping[tuple[str, Scale], Gathered]
"""What is recorded, by experiment and scale."""


def _recorded(claim: Claim, known: Known) -> Iterator[str]:
    """A line for each scale at which something that the claim speaks of was recorded."""
    for scale in SCALES:
        runs = known.get((claim.address, scale))
        judged = evaluate(claim, scale, runs.outcomes) if runs else None
        if runs and judged and judged.estimates:
            yield f"{scale}: {ours_text(judged)}, {judged.state}; {runs.caption()}"


def _state(claim: Claim, known: Known) -> tuple[str, bool]:
    """A claim's state at the largest scale at which it was compared, and whether a record of it is stale."""
    fallback = (NOT_RECORDED, False)
    for scale in reversed(SCALES):
        runs = known.get((claim.address, scale))
        if runs is not None:
            judged = evaluate(claim, scale, runs.outcomes)
            if judged.holds is not None:
                return judged.state, runs.stale
            if fallback[0] == NOT_RECORDED:
                fallback = (judged.state, runs.stale)
    return fallback


def _dashboard(ledgers: Sequence[Ledger], known: Known) -> str:
    head = ("paper", "claims", HOLDS, FAILS, "not compared", NOT_RECORDED, "of these stale")
    rows = []
    total: Counter[str] = Counter()
    for ledger in ledgers:
        counts: Counter[str] = Counter()
        for claim in ledger.claims:
            state, stale = _state(claim, known)
            counts.update(["claims", state if state in (HOLDS, FAILS, NOT_RECORDED) else "not compared"])
            counts.update(["of these stale"] * stale)
        rows.append((ledger.paper.title, *(str(counts[name]) for name in head[1:])))
        total += counts
    rows.append(("all", *(str(total[name]) for name in head[1:])))
    return (
        "Each claim counts once, at the largest scale at which it was compared.\n\n"
        + Table(head, tuple(rows))._repr_markdown_()
    )


def _section(ledger: Ledger, known: Known) -> str:
    rows: list[tuple[str, ...]] = []
    for claim in ledger.claims:
        scales = [scale for scale in SCALES if scale in claim.ours or (claim.address, scale) in known]
        ours = "\n".join(_at(claim, scale, known.get((claim.address, scale))) for scale in scales)
        rows.append((f"{claim.says}\n`{claim.id}`", paper_text(claim.paper), ours or NOT_RECORDED))
    head = ("claim", "paper", "ours")
    arxiv = f" ([arXiv:{ledger.paper.arxiv}](https://arxiv.org/abs/{ledger.paper.arxiv}))" if ledger.paper.arxiv else ""
    return f"## {ledger.paper.title}{arxiv}\n\n{Table(head, tuple(rows))._repr_markdown_()}"


def _at(claim: Claim, scale: Scale, runs: Gathered | None) -> str:
    """One line: the state at one scale, our numbers, our band."""
    judged = evaluate(claim, scale, runs.outcomes if runs else [])
    stale = " (stale)" if runs and runs.stale else ""
    band = claim.ours.get(scale)
    parts = [ours_text(judged)] * bool(judged.estimates) + [f"band: {band}"] * bool(band)
    return f"**{scale}: {judged.state}{stale}**" + "".join(f"; {part}" for part in parts)


def _provenance(runs: Sequence[Record]) -> str:
    if not runs:
        return "## Recorded runs\n\nNo run is recorded yet."
    head = ("experiment", "scale", "provenance", "data", "peak memory", "versions", "commit", "code", "file")
    rows = []
    for each in runs:
        versions = ", ".join(f"{name} {version}" for name, version in each.versions.items())
        commit = (each.commit or "none")[:10] + (" with changes" if each.dirty else "")
        memory = f"{each.peak_memory_mib:.0f} MiB"
        rows.append(
            (
                each.address,
                each.scale,
                each.caption(),
                str(each.data),
                memory,
                versions,
                commit,
                each.code_hash,
                each.name,
            )
        )
    return f"## Recorded runs\n\n{Table(head, tuple(rows))._repr_markdown_()}"
