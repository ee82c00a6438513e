import datetime
import re
import textwrap

import pytest

from aiga import experiment, files, ledger, records
from aiga.experiment import Data, Outcome
from aiga.ledger import verdicts

LEDGER = textwrap.dedent(
    """
    paper: {key: x2018, title: "A paper", arxiv: "1804.02464"}
    claims:
      - id: toy.fake.error
        says: The error is <small> | tiny
        paper: {value: 0.1, spread: 0.02, spread_is: 95 % interval, where: Table 1, status: opened}
        metric: error
        ours:
          ci: {at_most: 50, seeds: 5, why: "by reason"}
          paper: {at_most: 1.0e-9, seeds: 5, why: "by reason"}
      - id: toy.fake.ordering
        says: Plastic beats plain
        paper: {ordering: "plastic < rnn", where: Fig. 3, status: memory}
        metric: error
        ours:
          ci: {ordering: "plastic < rnn", gap_at_least: 0.1, seeds: 5, why: "by reason"}
      - id: toy.fake.open
        says: Not looked at yet
        paper: {says: "It works", where: abstract, status: second-hand, note: seen in a review}
        metric: share
        ours: {}
    """
)


@pytest.fixture
def book(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "book_data", lambda: tmp_path)
    (tmp_path / "ledger").mkdir()
    (tmp_path / "runs").mkdir()
    (tmp_path / "ledger" / "paper_one.yaml").write_text(LEDGER)
    return toy


def outcomes(error=0.2, rnn=0.6, data=experiment.GENERATED, seeds=2):
    return [
        Outcome(c, s, {"error": e + 0.01 * s, "share": 0.5}, data=data)
        for c, e in [("plastic", error), ("rnn", rnn)]
        for s in range(seeds)
    ]


def record(toy, scale, results, folder=None):
    now = datetime.datetime.now(datetime.UTC)
    made = records.make(toy.module, scale, results, device="cpu", started=now, peak_memory_mib=20)
    return records.write(made, folder)


def test_verdict_cells_print_stable_words(book, capsys):
    ledger.verdict("paper_one", {"toy.fake": outcomes()}, scale="ci")
    first = capsys.readouterr().out
    assert first.splitlines() == [
        "claim              scale  data       seeds  verdict",
        "toy.fake.error     ci     generated  2      holds",
        "toy.fake.ordering  ci     generated  2      holds",
        "toy.fake.open      ci     generated  2      no band at this scale",
    ]
    ledger.verdict("paper_one", {"toy.fake": outcomes(0.21, 0.62)}, scale="ci")
    assert capsys.readouterr().out == first
    assert not re.search(r"\d\.\d", first)
    ledger.verdict("paper_one", {"toy.fake": outcomes(0.6)}, scale="ci", claims=["toy.fake.ordering"])
    assert capsys.readouterr().out.splitlines()[1:] == ["toy.fake.ordering  ci     generated  2      fails"]


def test_stand_in_data_is_announced_and_not_compared(book, capsys):
    ledger.verdict("paper_one", {"toy.fake": outcomes(data=Data("Omniglot", True))}, scale="ci")
    for line in capsys.readouterr().out.splitlines()[1:]:
        assert "stand-in for Omniglot" in line
        assert line.endswith("not compared: stand-in data")


def test_an_experiment_without_results_is_not_hidden(book, capsys):
    ledger.verdict("paper_one", {"toy.fake": []}, scale="ci", claims=["toy.fake.error"])
    assert capsys.readouterr().out.splitlines()[1].endswith("-     0      not yet recorded")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stem": "paper_two"}, "unknown ledger 'paper_two'"),
        ({"claims": ["toy.fake.none"]}, "unknown claim 'toy.fake.none' in paper_one: choose from toy.fake.error"),
        ({"scale": "huge"}, "unknown scale 'huge'"),
        ({"results": {"toy.other": []}}, "paper_one makes no claim about toy.other: toy.fake"),
    ],
)
def test_wrong_requests(book, options, message):
    arguments = {"stem": "paper_one", "results": {"toy.fake": []}, "scale": "ci", **options}
    with pytest.raises(ValueError, match=message):
        ledger.verdict(arguments.pop("stem"), arguments.pop("results"), **arguments)


def test_table(book):
    record(book, "paper", outcomes())
    shown = ledger.table("paper_one", {"toy.fake": outcomes()}, scale="ci")
    page = shown._repr_html_()
    assert "The error is &lt;small&gt; | tiny" in page
    assert "0.1 ± 0.02 (95 % interval) [Table 1]" in page
    assert "plastic &lt; rnn [Fig. 3, from memory, not yet checked]" in page
    assert "It works [abstract, second-hand]; seen in a review" in page
    assert "0.205 ± 0.064 (2 seeds, generated)" in page
    assert "plastic 0.205 ± 0.064; rnn 0.605 ± 0.064 (2 seeds, generated)" in page
    assert "holds<br>(band at ci: at most 50)" in page
    assert "paper: 0.205 ± 0.064 (2 seeds, generated), fails; recorded 2" in page
    text = shown._repr_markdown_()
    assert "The error is <small> \\| tiny" in text
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines()}) == 1


def test_a_single_seed_has_no_interval(book):
    shown = ledger.table("paper_one", {"toy.fake": outcomes(seeds=1)}, scale="ci")
    assert shown.rows[0][2] == "0.2 (1 seed, generated)"
    assert shown.rows[0][3] == "not yet recorded"
    empty = ledger.table("paper_one", {}, scale="ci")
    assert [row[2] for row in empty.rows] == ["–"] * 3
    assert empty.rows[0][4] == "not yet recorded\n(band at ci: at most 50)"


def dashboard(text):
    (line,) = [line for line in text.splitlines() if line.startswith("| all |")]
    return [int(cell) for cell in line.strip("| ").split("|")[1:]]


def test_report_lists_every_claim_with_its_state(book):
    text = ledger.report()
    assert "## A paper ([arXiv:1804.02464](https://arxiv.org/abs/1804.02464))" in text
    assert text.count("not yet recorded**") == 3
    assert "No run is recorded yet." in text
    for name in ["toy.fake.error", "toy.fake.ordering", "toy.fake.open"]:
        assert f"`{name}` |" in text
    #                         claims, holds, fails, not compared, not yet recorded, stale
    assert dashboard(text) == [3, 0, 0, 0, 3, 0]


def test_report_counts_each_claim_at_its_largest_compared_scale(book):
    record(book, "ci", outcomes())
    assert dashboard(ledger.report()) == [3, 2, 0, 1, 0, 0]
    record(book, "paper", outcomes())  # the paper's band for the error is failed
    assert dashboard(ledger.report()) == [3, 1, 1, 1, 0, 0]
    text = ledger.report()
    assert text.count("; stale") == 0
    book.edit("helper.py", "0.1 *", "0.2 *")
    text = ledger.report()
    assert dashboard(text) == [3, 1, 1, 1, 0, 3]
    assert "**ci: holds (stale)**" in text
    assert text.count("; stale: the code has changed since |") == 2


def test_an_experiment_recorded_in_parts_is_judged_as_a_whole(book):
    one, other = (group for group in (outcomes()[:2], outcomes()[2:]))
    record(book, "ci", one)
    record(book, "ci", other)
    assert dashboard(ledger.report()) == [3, 2, 0, 1, 0, 0]
    lines = ledger.table("paper_one", {"toy.fake": outcomes()}, scale="ci").rows[1][3].splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("ci: plastic 0.205 ± 0.064; rnn 0.605 ± 0.064 (2 seeds, generated), holds; 2 records, ")


def test_of_a_seed_that_was_recorded_twice_the_newer_result_counts(book):
    record(book, "ci", outcomes(error=70.0, rnn=71.0))
    assert dashboard(ledger.report()) == [3, 1, 1, 1, 0, 0]
    record(book, "ci", outcomes())
    assert dashboard(ledger.report()) == [3, 2, 0, 1, 0, 0]


def test_records_without_a_claims_metric_stay_out_of_its_row(book):
    record(book, "paper", [Outcome("plastic", 0, {"share": 0.5})])
    rows = ledger.table("paper_one", {}, scale="ci").rows
    assert [row[3] for row in rows[:2]] == ["not yet recorded"] * 2
    assert rows[2][3].startswith("paper: 0.5 (1 seed")


def test_report_of_stand_in_data_compares_nothing(book):
    record(book, "ci", outcomes(data=Data("Omniglot", True)))
    text = ledger.report()
    assert dashboard(text) == [3, 0, 0, 3, 0, 0]
    assert "not compared: stand-in data" in text


def test_report_with_live_results(book, tmp_path):
    record(book, "ci", outcomes(), tmp_path / "live")
    assert dashboard(ledger.report()) == [3, 0, 0, 0, 3, 0]
    text = verdicts.report(tmp_path / "live")
    assert dashboard(text) == [3, 2, 0, 1, 0, 0]
    assert "No run is recorded yet." in text  # live results are shown, and are not records


def test_report_of_the_book_renders():
    text = ledger.report()
    for each in ledger.load_all():
        assert each.paper.title in text
        assert all(f"`{claim.id}` |" in text for claim in each.claims)


def test_recorded_runs_become_a_table_of_means(book):
    record(book, "ci", outcomes(error=0.2, rnn=0.6))
    newer = [Outcome("plastic", 2, {"error": 0.52, "share": 0.5})]
    record(book, "ci", newer)
    table = ledger.recorded(
        "toy.fake", "ci", {"error": "{error:.2f}", "of them": "{share:.0%} ({error:.1f})"}, names={"rnn": "a plain RNN"}
    )
    assert table.head == ("recorded at ci", "seeds", "error", "of them")
    assert table.rows == (("a plain RNN", "2", "0.60", "50% (0.6)"), ("plastic", "3", "0.31", "50% (0.3)"))


def test_a_metric_that_one_condition_lacks_is_a_dash(book):
    record(book, "ci", [Outcome("plastic", 0, {"error": 0.1, "share": 0.5}), Outcome("rnn", 0, {"error": 0.4})])
    table = ledger.recorded("toy.fake", "ci", {"share": "{share:.1f}"}, names={"gone": "never recorded"})
    assert table.rows == (("plastic", "1", "0.5"), ("rnn", "1", "–"))


def test_nothing_recorded_is_said_in_the_table(book):
    table = ledger.recorded("toy.fake", "paper", {"error": "{error:.2f}"})
    assert table.rows == (("not yet recorded", "–", "–"),)


def test_a_table_of_an_unknown_metric_names_those_that_exist(book):
    with pytest.raises(ValueError, match="no metric 'loss': its metrics are error, share"):
        ledger.recorded("toy.fake", "ci", {"loss": "{loss:.2f}"})


def test_the_sources_of_a_chapter_are_its_records(book):
    assert ledger.sources("toy") == "Larger runs: not yet recorded."
    record(book, "ci", outcomes())
    record(book, "paper", outcomes())
    lines = ledger.sources("toy").splitlines()
    assert [line.split(": recorded ")[0] for line in lines] == ["- `toy.fake` at `ci`", "- `toy.fake` at `paper`"]
    assert ledger.sources("to") == "Larger runs: not yet recorded."
