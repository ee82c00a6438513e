"""The chapter's figures: that they draw what happened."""

import numpy as np
import pytest
import torch

from aiga import seeding
from aiga.anml import continual, figures, figures_inner, figures_units, looks, reported
from aiga.anml.analysis import Representation, sparsity
from aiga.experiment import GENERATED, Curve, Data, Outcome

LENGTHS = (10, 50, 100)
STAND_IN = Data("Omniglot", stand_in=True)


def outcomes(condition: str, *, seeds: int = 3, oracle: bool = True, data: Data = GENERATED) -> list[Outcome]:
    found = []
    for seed in range(seeds):
        values = {"held_out": [0.5, 0.4, 0.3 + 0.01 * seed], "seen": [0.9, 0.8, 0.7]}
        if oracle:
            values["oracle"] = [0.6, 0.5, 0.6]
        curves = {
            name: Curve(list(map(float, LENGTHS)), y, "classes learned", "named (fraction)")
            for name, y in values.items()
        }
        curves["loss"] = Curve([84.0, 168.0], [5.0, 4.0], "drawings seen", "loss (nats)")
        metrics = {"accuracy_100": 0.3 + 0.01 * seed, "knn_ungated": 0.5, "knn_gated": 0.7}
        found.append(Outcome(condition, seed, metrics, curves, data))
    return found


def representation(seed: int = 0) -> Representation:
    generator = seeding.generator(seed, "units")
    hidden = torch.randn(6, 20, 18, generator=generator).relu()
    return Representation(hidden, torch.rand(6, 20, 18, generator=generator))


def texts(figure: object) -> list[str]:
    return [each.get_text() for each in figure.legends[0].get_texts()]  # type: ignore[attr-defined]


def test_accuracy_against_classes_has_every_condition_and_the_papers_values() -> None:
    groups = {"ANML": outcomes("anml"), "pretrain": outcomes("pretrain", oracle=False)}
    figure = figures.forgetting(groups)
    left, right = figure.axes
    assert texts(figure)[:2] == ["ANML", "pretrain"]
    assert "the paper, 600 classes" in texts(figure)
    means = [line.get_ydata() for line in right.lines if line.get_label() == "ANML"]
    np.testing.assert_allclose(means[0], [0.5, 0.4, 0.31])
    crosses = [line.get_ydata()[0] for line in right.lines if line.get_marker() == "x" and len(line.get_ydata())]
    assert crosses == list(reported.PAPER_600.values())
    assert {text.get_text() for text in right.texts} == {"ANML", "OML", "OML, last\nlayer"}
    assert left.get_xlim()[1] > 600
    without = figures.forgetting(groups, paper=False, oracles=False)
    assert texts(without) == ["ANML", "pretrain"]
    assert without.axes[0].get_xlim()[1] < 200


def test_drops_are_relative_to_each_seeds_own_oracle() -> None:
    figure = figures.drops({"ANML": outcomes("anml"), "pretrain": outcomes("pretrain", oracle=False)}, paper=False)
    assert texts(figure) == ["ANML"]
    drawn = figure.axes[0].containers[0].lines[0].get_ydata()
    np.testing.assert_allclose(drawn, [1 - 5 / 6, 1 - 4 / 5, 1 - 0.31 / 0.6])
    assert "the paper, 600 classes" in texts(figures.drops({"ANML": outcomes("anml", seeds=1)}))


def test_gate_and_reset_in_as_many_panels_as_there_are_sources() -> None:
    ours = {(True, True): [0.4, 0.6], (False, True): [0.5, 0.5], (True, False): [0.3, 0.2]}
    theirs = {cell: [values[600]] for cell, values in reported.REPLICATION.items()}
    data = outcomes("anml")[0].data
    figure = figures.gate_and_reset({"ours": ours, "theirs": theirs}, y_label="accuracy (fraction)", data=data)
    left, right = figure.axes
    assert [len(each.lines[0].get_ydata()) for each in left.containers] == [2, 1]  # one of the four was not run
    assert list(left.containers[0].lines[0].get_ydata()) == [0.25, 0.5]  # not reset, then reset
    assert list(right.containers[1].lines[0].get_ydata()) == [0.422, 0.675]
    assert not right.containers[0].has_yerr  # one value has no interval
    assert texts(figure) == ["with the gate", "without the gate"]
    half = {cell: values for cell, values in ours.items() if cell[0]}  # the legend has what any panel has
    figure = figures.gate_and_reset({"half": half, "theirs": theirs}, y_label="accuracy (fraction)", data=data)
    assert texts(figure) == ["with the gate", "without the gate"]
    with pytest.raises(ValueError, match="no panels"):
        figures.gate_and_reset({}, y_label="accuracy (fraction)", data=data)


def test_the_course_of_training_leaves_out_what_was_not_trained() -> None:
    untrained = outcomes("scratch")
    for each in untrained:
        del each.curves["loss"]
    assert texts(figures.learning({"ANML": outcomes("anml"), "scratch": untrained})) == ["ANML"]


def test_active_units_are_those_counted() -> None:
    seen = [representation(0), representation(1)]
    figure = figures_units.active_units(seen, data=STAND_IN)
    left, right = figure.axes
    heights = [bar.get_height() for bar in right.patches]
    found = [sparsity(each) for each in seen]
    assert heights[0] == pytest.approx(np.mean([each.active_before_gate for each in found]))
    assert heights[1] == pytest.approx(np.mean([each.active_after_gate for each in found]))
    before = left.patches[0].get_data().values
    assert before.sum() == pytest.approx(np.mean([float((each.hidden > 0).double().mean()) for each in seen]))
    assert texts(figure) == ["before the gate", "after the gate", "the paper"]
    assert "Stand-in" in str(figure.get_supxlabel())


def test_units_are_drawn_by_class_and_by_drawing() -> None:
    seen, images = representation(), torch.rand(6, 20, 28, 28, generator=torch.Generator().manual_seed(0))
    figure = figures_units.activity_by_class(seen, images, [0, 2, 5], data=GENERATED)
    pictures = [each.images[0].get_array() for each in figure.axes[:12]]
    assert pictures[0].shape == (28, 28)
    np.testing.assert_allclose(pictures[4], seen.hidden[2].mean(0).view(3, 6))  # second column, before the gate
    np.testing.assert_allclose(pictures[9], seen.embedded[0].mean(0).view(3, 6), atol=1e-7)


@pytest.mark.parametrize(("units", "shape"), [(2304, (48, 48)), (288, (16, 18)), (7, (1, 7))])
def test_units_fill_a_rectangle(units: int, shape: tuple[int, int]) -> None:
    assert figures_units.as_rectangle(torch.arange(units)).shape == shape


def test_neighbours_have_two_marks_where_there_is_a_gate() -> None:
    plain = outcomes("without_gate")
    for each in plain:
        del each.metrics["knn_gated"]
    figure = figures_units.neighbours({"ANML": outcomes("anml"), "no gate": plain}, chance=0.02)
    axes = figure.axes[0]
    assert [each.get_text() for each in axes.get_yticklabels()] == ["ANML", "no gate"]
    marks = [line.get_xdata()[0] for line in axes.lines if line.get_markersize() == 8 and len(line.get_xdata())]
    assert marks == pytest.approx([0.5, 0.7, 0.5])


def test_other_inner_loops_are_marked_shuffled_and_in_sequence() -> None:
    group = outcomes("one_step")
    for each in group:
        each.metrics |= {"accuracy_50": 0.4, "oracle_50": 0.7}
    figure = figures_inner.inner_loops({"one step": group, "the same": group}, classes=50)
    marks = [line for line in figure.axes[0].lines if line.get_markersize() == 8 and len(line.get_xdata())]
    assert [line.get_xdata()[0] for line in marks] == pytest.approx([0.7, 0.4, 0.7, 0.4])
    assert [line.get_ydata()[0] for line in marks] == pytest.approx([-0.14, 0.14, 0.86, 1.14])
    assert marks[0].get_markerfacecolor() != marks[1].get_markerfacecolor()


def test_what_was_taught_is_drawn_and_the_rest_left_open() -> None:
    matrix = torch.tensor([[1.0, torch.nan], [0.4, 0.8]])
    figure = figures_units.taught(
        {"ANML": matrix, "pretrain": matrix},
        torch.rand(2, 28, 28, generator=torch.Generator().manual_seed(0)),
        data=GENERATED,
    )
    assert [each.get_text() for each in figure.axes[0].texts] == ["1.0", "0.4", "0.8"]
    assert figure.axes[1].get_title(loc="left") == "pretrain"


def test_every_condition_of_one_experiment_looks_different() -> None:
    names = {*continual.SCALES["paper"], "oml_last"}
    assert names <= set(looks.LOOKS)
    assert len({(each.color, str(each.linestyle)) for each in map(looks.look, names)}) == len(names)
