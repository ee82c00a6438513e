"""Figures: intervals against a textbook value, sliders that start where they say, pictures that are what they show."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from aiga import viz
from aiga.experiment import Curve, Data, Outcome


def outcomes(count: int = 3) -> list[Outcome]:
    return [
        Outcome(
            "plastic", seed, {"error": 0.1 * seed}, {"error": Curve([1, 10], [1.0, 0.1 * seed], "episodes", "error")}
        )
        for seed in range(count)
    ]


def test_interval_is_students() -> None:
    mean, low, high = viz.interval([1.0, 2.0, 3.0])
    assert mean == 2
    assert (high - low) / 2 == pytest.approx(4.3027 / 3**0.5, rel=1e-4)  # t for 97.5 % and two degrees of freedom


def test_interval_of_one_seed_is_a_point() -> None:
    assert [float(each) for each in viz.interval([0.3])] == [0.3, 0.3, 0.3]


def test_a_curve_draws_every_seed_the_mean_and_a_band() -> None:
    _, axes = viz.sheet()
    viz.curve(axes, outcomes(), "error", label="plastic")
    assert len(axes.lines) == 3 + 1
    assert np.allclose(axes.lines[-1].get_ydata(), [1.0, 0.1])
    assert len(axes.collections) == 1
    assert axes.get_xlabel() == "episodes"
    with pytest.raises(ValueError, match="no outcomes"):
        viz.curve(axes, [], "error", label="none")


def test_conditions_differ_in_colour_and_in_line_style() -> None:
    looks = [viz.look(name) for name in ("plastic", "homogeneous", "rnn", "lstm")]
    for kind in ("color", "linestyle", "marker"):
        assert len({str(getattr(each, kind)) for each in looks}) == len(looks)


def test_styling_leaves_the_readers_settings_alone() -> None:
    before = plt.rcParams.copy()
    figure = viz.comparison([viz.Comparison("a", [0.1, 0.2], [0.3], 0.5, 0.1)], x_label="error")
    assert plt.rcParams == before
    assert plt.get_fignums() == []
    assert figure.axes[0].get_xlabel() == "error"


def test_a_figure_on_stand_ins_says_so() -> None:
    figure, _ = viz.sheet()
    viz.announce(figure, Data("omniglot"))
    assert figure.get_supxlabel() == ""
    viz.announce(figure, Data("omniglot", stand_in=True))
    assert "not the real omniglot set" in figure.get_supxlabel()


def test_pixels_are_the_matrix() -> None:
    image = np.array([[0.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    html = viz.pixels(image, alt="a small pattern", pixel=5, colours=("#ffffff", "#000000"))
    assert 'alt="a small pattern"' in html
    assert "width:15px;height:10px" in html
    decoded = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", html)[1]))).convert("L")  # type: ignore[index]
    assert np.array_equal(np.asarray(decoded), 255 * (1 - image))
    with pytest.raises(ValueError, match="matrix"):
        viz.pixels(image[0], alt="a line")
    with pytest.raises(ValueError, match="cannot see"):
        viz.pixels(image, alt=" ")


def shown(widget: object) -> str:
    """The HTML that is visible for the sliders' present positions."""
    while hasattr(widget, "selected_index"):
        widget = widget.children[widget.selected_index]
    return widget.value  # type: ignore[attr-defined, no-any-return]


def test_explore_starts_where_it_says_and_has_every_frame() -> None:
    asked = []

    def frame(*values: object) -> str:
        asked.append(values)
        return f"<p>{values}</p>"

    box = viz.explore({"a": [1, 2, 3], "b": ["x", "y"]}, frame, start=(3, "y"))
    *controls, picture = box.children
    assert len(asked) == len(set(asked)) == 6
    assert [control.label for control in controls] == ["3", "y"]
    assert shown(picture) == "<p>(3, 'y')</p>"
    assert shown(picture.children[0].children[1]) == "<p>(1, 'y')</p>"
    with pytest.raises(ValueError, match="one to three"):
        viz.explore({}, frame, start=())
    with pytest.raises(ValueError, match="is not in list"):
        viz.explore({"a": [1]}, frame, start=(2,))


def test_explore_without_stacks_uses_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """ipywidgets 7, which Colab has, knows no Stack."""
    import ipywidgets

    monkeypatch.delattr(ipywidgets, "Stack")
    box = viz.explore({"a": [1, 2], "b": [5, 6]}, lambda *values: str(values), start=(1, 6))
    *controls, picture = box.children
    assert picture.value == "(1, 6)"
    controls[0].value = 1
    assert picture.value == "(2, 6)"
