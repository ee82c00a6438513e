"""Chapter 1's figures: that a longer recorded run is drawn beside the page's own, and told apart from it."""

import pytest

from aiga.experiment import Curve, Outcome
from aiga.plasticity import figures


def outcome(seed: int, episodes: list[float], accuracy: float) -> Outcome:
    curve = Curve(episodes, [0.2, accuracy], "episodes seen", "training accuracy (fraction)")
    return Outcome("plastic", seed, {"accuracy": accuracy}, {"accuracy": curve})


HERE = [outcome(0, [8.0, 800.0], 0.7), outcome(1, [8.0, 800.0], 0.8)]


def test_the_recorded_run_has_its_own_line_and_its_own_mark_at_its_end() -> None:
    figure = figures.accuracy(HERE, ways=5, recorded=[outcome(0, [64.0, 64_000.0], 0.97)], paper=0.985)
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    ends = [(float(each.lines[0].get_xdata()[0]), float(each.lines[0].get_ydata()[0])) for each in axes.containers]
    assert ends == [pytest.approx((1.04 * 800, 0.75)), pytest.approx((1.04 * 64_000, 0.97))]
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"training characters, this page", "training characters, recorded", "the paper"} <= set(said)


def test_without_a_record_there_is_one_line_and_nothing_is_called_recorded() -> None:
    figure = figures.accuracy(HERE, ways=5)
    assert figure.axes[0].get_xscale() == "linear"
    assert len(figure.axes[0].containers) == 1
    assert not any("recorded" in text.get_text() for text in figure.legends[0].get_texts())
