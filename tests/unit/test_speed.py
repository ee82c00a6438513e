"""The form in which all chapters say how fast they are."""

import importlib
import math
import sys
from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from aiga import experiment, speed
from aiga.speed import Growth, Row, Share, Side


def work(size):
    """Takes time and memory in proportion to ``size``, in MiB; a fresh process can import what it calls."""
    return partial(np.ones, int(size * 2**17))


def test_a_row_of_both_sides():
    row = speed.compare("sums", "MiB", Side(work(64), 64), Side(work(8), 1), share=Share("memory copy", 2.0, 1e9))
    assert row.ratio == row.ours / row.literal
    assert row.ratio > 1
    assert math.isclose(row.share, row.ours * 2 / 1e9)
    if sys.platform == "linux":
        assert row.ours_mib == pytest.approx(64, abs=4)
        assert row.literal_mib == pytest.approx(8, abs=4)


def test_without_a_transcription_there_is_no_ratio():
    row = speed.compare("sums", "MiB", Side(work(1), 1), measure_memory=False)
    assert (row.literal, row.ratio, row.share, row.ours_mib) == (None, None, None, None)
    assert speed.cells(row)[0] == "–"
    assert speed.cells(row)[2:] == ("–", "–", "–", "–")


def test_the_first_round_warms_up_and_the_best_one_counts(monkeypatch):
    times = iter([1.0, 1.0, 4.0, 8.0, 2.0, 16.0])
    monkeypatch.setattr(speed, "clocked", lambda run: next(times))
    row = speed.compare("x", "y", Side(int, 8), Side(int, 8), repeats=2, measure_memory=False)
    assert (row.ours, row.literal) == (4.0, 1.0)


def test_slopes_are_exponents():
    sizes = [1, 2, 4, 8]
    assert Growth.fitted("t", "o", sizes, [3 * size**2 for size in sizes]).slope == pytest.approx(2)
    assert Growth.fitted("t", "o", sizes, [5.0] * 4).slope == pytest.approx(0)
    two = Growth.fitted("t", "o", [1, 2], [8, 4])
    assert two.slope == pytest.approx(-1)
    assert two.error is None
    assert two.says() == "-1.00"
    assert Growth.fitted("t", "o", sizes, [1, 2, 4, 9]).says() == "1.05 ± 0.03"


@pytest.mark.parametrize(
    ("sizes", "seconds"), [([1], [1]), ([1, 1], [1, 2]), ([1, 2], [1, 0]), ([0, 2], [1, 2]), ([1, 2], [1, 2, 3])]
)
def test_what_has_no_slope_is_refused(sizes, seconds):
    with pytest.raises(ValueError, match="expected a positive time for each of two sizes"):
        Growth.fitted("t", "o", sizes, seconds)


def test_growth_is_measured():
    """By a clock that only the work moves: how a machine hands out memory is nothing that a test can expect."""
    now, calls = [0.0], Counter()

    def build(size):
        def run():
            calls[size] += 1
            late = {1: 50.0, 3: 7.0}.get(calls[size], 0.0)  # the first call of all, and one that was disturbed
            now[0] += size**1.5 + late

        return run

    found = speed.grow("sums", "items", (16, 64, 256), build, clock=lambda: now[0])
    assert found.sizes == [16, 64, 256]
    assert found.slope == pytest.approx(1.5)
    assert set(calls.values()) == {4}


def test_operations_are_those_of_products_and_convolutions():
    matrix = torch.ones(10, 10)
    assert speed.operations(lambda: matrix @ matrix) == 2 * 10**3


def test_limits_are_plausible_and_measured_once():
    assert speed.matrix_product() > 1e8
    assert speed.memory_copy() > 1e8
    assert speed.matrix_product() == speed.matrix_product()


def test_numbers_are_short():
    row = Row("t", "u", 12345.6, 1234.5678, "matrix product", 0.256, 3.0, 0.01234)
    assert speed.cells(row) == ("1,230", "12,300", "10.0×", "26% matrix product", "0.0123", "3")


def test_a_bench_is_printed_line_by_line(capsys):
    speed.show([Row("task", "steps", 2.0, 1.0)], [Growth.fitted("what", "sizes", [1, 2, 4], [1, 2, 4])])
    _, head, row, growth = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["task", "unit"]
    assert "2.0×" in row
    assert growth == "what, over sizes: slope 1.00 ± 0.00 (1: 1 s, 2: 2 s, 4: 4 s)"


@pytest.mark.parametrize("chapter", experiment.CHAPTERS)
def test_every_chapter_has_a_bench(chapter):
    module = importlib.import_module(f"aiga.{chapter}.bench")
    assert callable(module.rows)
    assert callable(module.growths)


def test_a_chapters_row_is_measured(monkeypatch):
    """One real row from end to end, at a size that takes no time."""
    from aiga.backpropamine import bench, cue_reward

    config = replace(cue_reward.SCALES["smoke"]["simple"])
    steps = config.steps * config.batch
    row = speed.compare(
        "cue-reward",
        "steps",
        Side(partial(bench.quick_cues, config, 1, 2), 2 * steps),
        Side(partial(bench.literal_cues, config, 1), steps),
        repeats=1,
        measure_memory=False,
    )
    assert row.ratio > 0
