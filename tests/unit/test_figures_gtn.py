"""The chapter's figures on MNIST: that they draw what happened."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from aiga.experiment import GENERATED, Curve, Data, Outcome
from aiga.gtn import figures, looks, mnist
from aiga.gtn.curriculum import Real
from aiga.gtn.inner import Rates
from aiga.gtn.teaching import Teacher


def outcomes(condition: str, *, data: Data = GENERATED) -> list[Outcome]:
    found = []
    for seed in range(3):
        curves = {
            "outer": Curve([1.0, 10.0, 100.0], [0.2, 0.5, 0.8 + 0.01 * seed], "iterations", "accuracy (fraction)"),
            "inner": Curve([1.0, 2.0], [0.3, 0.7 + 0.01 * seed], "inner steps", "accuracy (fraction)"),
        }
        metrics = {"accuracy": 0.7 + 0.01 * seed, "reversed": 0.5}
        found.append(Outcome(condition, seed, metrics, curves, data))
    return found


def texts(figure: Figure) -> list[str]:
    return [each.get_text() for each in figure.legends[0].get_texts()]


def test_curves_of_both_loops_and_the_papers_value() -> None:
    figure = figures.accuracy({"GTN": outcomes("gtn"), "real data": outcomes("real")}, paper=0.989)
    left, right = figure.axes
    assert texts(figure) == ["GTN", "real data", "the paper, its networks"]
    for panel, expected in ((left, [0.2, 0.5, 0.81]), (right, [0.3, 0.71])):
        mean = next(line.get_ydata() for line in panel.lines if line.get_label() == "GTN")
        np.testing.assert_allclose(mean, expected)
    cross = next(line for line in right.lines if line.get_marker() == "x")
    assert (list(cross.get_xdata()), list(cross.get_ydata())) == ([32], [0.989])
    assert texts(figures.accuracy({"GTN": outcomes("gtn")})) == ["GTN"]
    assert (left.get_xlabel(), right.get_xlabel()) == ("iterations", "inner steps")


def test_a_row_a_condition_and_a_mark_a_metric() -> None:
    groups = {"full": outcomes("gtn"), "none": outcomes("none")}
    figure = figures.comparison(groups)
    axes = figure.axes[0]
    assert [each.get_text() for each in axes.get_yticklabels()] == ["full", "none"]
    assert not figure.legends
    means = [float(line.get_xdata()[0]) for line in axes.lines if line.get_markersize() == 7]
    assert means == pytest.approx([0.71] * 2)
    both = figures.comparison(groups, metrics={"accuracy": "in order", "reversed": "reversed"})
    assert texts(both) == ["in order", "reversed"]
    marks = [line for line in both.axes[0].lines if line.get_markersize() == 7 and len(line.get_xdata())]
    assert [float(each.get_xdata()[0]) for each in marks] == pytest.approx([0.71, 0.5, 0.71, 0.5])
    assert [each.get_fillstyle() for each in marks] == ["full", "none"] * 2


def test_lessons_stand_in_order_each_in_the_row_of_its_label() -> None:
    steps, batch, side = 5, 4, 3
    images = torch.arange(steps * batch).view(steps, batch, 1, 1, 1).expand(-1, -1, 1, side, side) / 10.0
    labels = torch.tensor([3, 1, 0, 2]).expand(steps, -1)
    figure = figures.lessons(images, labels, classes=5, steps=[0, 4])
    grid = figure.axes[0].images[0].get_array()
    assert grid is not None
    assert grid.shape == (5 * 4 - 1, 2 * 4 - 1)
    for column, step in enumerate((0, 4)):
        for row, place in ((0, 2), (1, 1), (2, 3), (3, 0)):
            np.testing.assert_allclose(grid[4 * row, 4 * column], float(images[step, place, 0, 0, 0]))
    assert np.isnan(np.ma.filled(grid, np.nan)[4 * 4, 0])  # nothing has the label 4
    assert [each.get_text() for each in figure.axes[0].get_xticklabels()] == ["1", "5"]
    every = figures.lessons(images, labels)
    assert [each.get_text() for each in every.axes[0].get_xticklabels()] == ["1", "2", "3", "4", "5"]
    with pytest.raises(ValueError, match="grey images"):
        figures.lessons(images[None], labels)


def test_rates_are_the_teachers() -> None:
    group = outcomes("real")
    for outcome in group:
        rates = Rates(1, 4, rate=0.1 * (outcome.seed + 1), momentum=0.5)
        outcome.network = Teacher(Real(torch.zeros(1, 1, 2, 2), torch.zeros(1), steps=4, batch=1), rates)
    left, right = figures.rates(group).axes
    assert [float(line.get_ydata()[0]) for line in left.lines] == pytest.approx([0.1, 0.2, 0.3])
    assert [len(line.get_ydata()) for line in right.lines] == [4, 4, 4]
    with pytest.raises(ValueError, match="no teacher"):
        figures.rates(outcomes("real"))


def test_stand_in_data_are_announced() -> None:
    data = Data("MNIST", stand_in=True)
    groups = {"a": outcomes("gtn", data=data)}
    for figure in (figures.accuracy(groups), figures.comparison(groups)):
        assert "not the real MNIST" in figure.get_supxlabel()


def test_every_condition_has_a_look_of_its_own() -> None:
    known = {(each.color, each.marker) for each in looks.LOOKS.values()}
    assert set(looks.LOOKS) == set(mnist.SCALES["ci"])
    assert len(known) == len(looks.LOOKS)
    assert looks.look("elsewhere")
