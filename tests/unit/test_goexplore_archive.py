"""The archive and its log: what is kept, what is replaced, and that every trajectory can be found again."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiga import checkpoint
from aiga.checkpoint import CheckpointError
from aiga.goexplore.archive import Archive, Burst, End, Visit, better
from aiga.goexplore.log import ROOT, Log

BLOCKS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=6)), max_size=30)


def found(actions: bytes, visits: dict[str, tuple[int, float]], *, length: int = 0, ended: bool = False) -> Burst:
    """A burst from a cell ``length`` actions from the start, with visits of (step, score)."""
    kept = {key: Visit(step, score, length + step, key.encode(), b"") for key, (step, score) in visits.items()}
    seen = {"start": 0} | {key: step for key, (step, _) in visits.items()}
    return Burst(actions, seen, kept, ended, 5.0, length + len(actions), steps=len(actions))


@given(BLOCKS)
def test_a_path_in_the_log_is_its_parents_path_and_the_action(blocks: list[tuple[float, bytes]]) -> None:
    log, paths = Log(), {ROOT: b""}
    for where, actions in blocks:
        parent = math.floor(where * (len(log) + 1)) - 1
        first = log.append(parent, actions)
        for place in range(len(actions)):
            paths[first + place] = paths[parent] + actions[: place + 1]
    assert len(log) == sum(len(actions) for _, actions in blocks)
    assert {node: log.path(node) for node in paths} == paths
    again = Log()
    again.load_state_dict(log.state_dict())
    assert {node: again.path(node) for node in paths} == paths


@pytest.mark.parametrize("node", [-2, 3])
def test_a_node_that_is_not_in_the_log_is_refused(node: int) -> None:
    log = Log()
    log.append(ROOT, b"abc")
    with pytest.raises(ValueError, match=f"no node {node} in a log of 3 actions"):
        log.path(node)
    with pytest.raises(ValueError, match=f"no node {node} in a log of 3 actions"):
        log.append(node, b"a")


def test_a_higher_score_wins_and_of_equal_scores_the_shorter_way() -> None:
    assert better(2, 9, 1, 5)
    assert better(1, 4, 1, 5)
    assert not better(1, 5, 1, 5)
    assert not better(1, 6, 1, 5)
    assert not better(0, 1, 1, 5)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(1, 5)), max_size=40))
def test_a_cell_holds_the_best_visit_of_all(visits: list[tuple[str, int, int]]) -> None:
    archive = Archive("start", b"")
    for key, score, step in visits:
        archive.merge(archive.root, found(bytes(step), {key: (step, float(score))}))
    for key in {key for key, _, _ in visits}:
        score, length = max((score, -step) for name, score, step in visits if name == key)
        cell = archive[key]
        assert (cell.score, cell.length, len(archive.trajectory(cell))) == (score, -length, -length)
    assert archive.best_score == max((score for _, score, _ in visits), default=0)


def test_the_log_keeps_only_what_led_somewhere() -> None:
    archive = Archive("start", b"")
    archive.merge(archive.root, found(b"abcdef", {"a": (2, 0.0), "b": (4, 0.0)}))
    assert len(archive.log) == 4
    assert archive.trajectory(archive["b"]) == b"abcd"
    archive.merge(archive.root, found(b"uvwxyz", {"a": (3, 0.0)}))
    assert len(archive.log) == 4
    archive.merge(replace(archive["b"]), found(b"zz", {"c": (1, 3.0)}, length=4))
    assert archive.trajectory(archive["c"]) == b"abcdz"
    assert archive.best is archive["c"]


def test_a_burst_goes_on_from_where_its_cell_was_when_it_was_chosen() -> None:
    archive = Archive("start", b"")
    archive.merge(archive.root, found(b"aaaa", {"a": (4, 0.0)}))
    chosen = replace(archive["a"])
    archive.merge(archive.root, found(b"bb", {"a": (2, 0.0)}))
    archive.merge(chosen, found(b"c", {"c": (1, 0.0)}, length=4))
    assert archive.trajectory(archive["a"]) == b"bb"
    assert archive.trajectory(archive["c"]) == b"aaaac"


def test_counts_are_of_bursts_and_begin_anew_with_a_replacement() -> None:
    archive = Archive("start", b"")
    archive.merge(archive.root, found(b"aa", {"a": (2, 0.0)}))
    assert (archive["start"].seen, archive["start"].chosen, archive["start"].chosen_since_new) == (1, 1, 0)
    assert archive["a"].seen == 1
    archive.settle(reset_counts=True)
    assert archive["a"].seen == 0
    for _ in range(2):
        archive.merge(archive.root, found(b"aaa", {"a": (3, 0.0)}))
    archive.settle(reset_counts=True)
    assert (archive["start"].seen, archive["start"].chosen, archive["start"].chosen_since_new) == (3, 3, 2)
    assert archive["a"].seen == 2
    archive.merge(archive.root, found(b"aaa", {"a": (1, 0.0)}))
    archive.settle(reset_counts=False)
    assert archive["a"].seen == 3
    assert [moment.cells for moment in archive.history] == [2, 2, 2]


def test_the_best_end_of_an_episode_is_kept_with_its_way() -> None:
    archive = Archive("start", b"")
    archive.merge(archive.root, found(b"abcd", {"a": (1, 0.0)}, ended=True))
    assert archive.end == End(5.0, 4, 3)
    archive.merge(archive.root, found(b"abcde", {}, ended=True))
    assert archive.end.length == 4
    archive.merge(archive.root, found(b"xyz", {}, ended=True))
    assert archive.end.length == 3
    assert archive.log.path(archive.end.node) == b"xyz"


def test_other_cells_sort_all_former_states_anew() -> None:
    archive = Archive("start", b"", kept=b"start")
    for key, score in (("ab", 1.0), ("ac", 3.0), ("ad", 3.0), ("b", 0.0)):
        burst = found(b"aaa", {key: (2 if key != "ac" else 1, score)})
        burst.visits[key] = burst.visits[key]._replace(kept=key.encode())
        archive.merge(archive.root, burst)
    archive.rekey(lambda kept: kept[:1])
    assert {cell.key for cell in archive.cells} == {b"a", b"b", b"s"}
    assert (archive[b"a"].state, archive[b"a"].score) == (b"ac", 3.0)
    archive.rekey(lambda kept: kept[:2])  # finer again: what had lost is still known
    assert {cell.key for cell in archive.cells} == {b"ab", b"ac", b"ad", b"b", b"st"}
    assert all(archive.index[cell.key] == place for place, cell in enumerate(archive.cells))


def test_a_saved_archive_is_the_same_archive(tmp_path: Path) -> None:
    archive = Archive(("start", 1), b"s")
    archive.merge(archive.root, found(b"abcd", {"a": (3, 2.0)}, ended=True))
    archive.landmarks[0, "door"] = 3
    archive.settle(reset_counts=True)
    archive.rekey(lambda kept: kept)
    checkpoint.save(tmp_path / "archive.pt", archive.state_dict())
    again = Archive("other", b"")
    again.load_state_dict(checkpoint.load(tmp_path / "archive.pt"))
    for name in ("cells", "index", "steps", "bursts", "best_score", "end", "landmarks", "history", "root"):
        assert getattr(again, name) == getattr(archive, name), name
    assert [again.trajectory(cell) for cell in again.cells] == [archive.trajectory(cell) for cell in archive.cells]
    again.rekey(lambda kept: b"one" + kept)
    assert [cell.state for cell in again.cells] == [b"a"]  # former cells came back as well


def test_an_archive_that_does_not_hold_together_is_refused() -> None:
    archive = Archive("start", b"")
    archive.merge(archive.root, found(b"abcd", {"a": (3, 2.0)}))
    state = archive.state_dict()
    state["log"] = Log().state_dict()
    with pytest.raises(CheckpointError, match=r"1 have no trajectory in the log\. Delete the checkpoint"):
        Archive("start", b"").load_state_dict(state)
