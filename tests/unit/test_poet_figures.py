"""The chapter's figures: that they draw what happened."""

from dataclasses import replace

import numpy as np
import pytest

from aiga.experiment import Curve, Outcome
from aiga.poet import figures, figures_biped, figures_idea, figures_runs, looks, walker
from aiga.poet.controls import Attempt
from aiga.poet.courses import Encoding
from aiga.poet.hopper_runs import SCALES, Agents, Late, train
from aiga.poet.walker import traces


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[Outcome]]:
    found = {}
    for name in ("poet", "without_transfer"):
        config = replace(SCALES["smoke"][name], budget=200_000, late=0)
        found[name] = train(config, seeds=[100, 101])
    return found


def agents(outcomes: dict[str, list[Outcome]]) -> Agents:
    network = outcomes["without_transfer"][0].network
    assert isinstance(network, Agents)
    return network


def late(outcomes: dict[str, list[Outcome]]) -> list[Late]:
    theta = np.zeros(1, np.float32)
    path = Attempt(120.0, False, 10, 1, Encoding(pit=(0.0, 0.8)), theta)
    direct = Attempt(-7.0, False, 10, 1, Encoding(), theta)
    return [Late(niche, 10, direct, path) for niche in agents(outcomes).state.niches[1:4]]


def test_courses_are_drawn_oldest_first_with_their_paths(outcomes: dict[str, list[Outcome]]) -> None:
    run = agents(outcomes)
    figure = figures.courses(run.world, run.state, count=3)
    born = [int(axes.get_title(loc="left").split("iteration ")[1].split(":")[0]) for axes in figure.axes]
    assert born == sorted(born)
    for axes in figure.axes:
        assert len(axes.lines[0].get_xdata()) > 10  # type: ignore[arg-type]


def test_courses_are_said_in_words(outcomes: dict[str, list[Outcome]]) -> None:
    first = agents(outcomes).state.niches[0]
    assert figures.described(first) == "flat"
    niche = replace(first, encoding=Encoding(roughness=0.3, pit=(0.0, 0.8)))
    assert figures.described(niche) == "pits 0 to 0.8, roughness 0.3"


def test_the_family_shows_every_course_once_and_children_below_parents(outcomes: dict[str, list[Outcome]]) -> None:
    state = agents(outcomes).state
    found = figures.rows(state.niches)
    assert sorted(found.values()) == list(range(-len(state.niches) + 1, 1))
    for niche in state.niches[1:]:
        assert found[niche.uid] < found[niche.parent]
    [axes] = figures.family(state).axes
    dots = sum(
        len(line.get_xdata())
        for line in axes.lines
        if line.get_marker() in looks.LEVEL_MARKERS and line.get_zorder() == 4
    )
    assert dots == len(state.niches)


def test_roses_show_the_course_and_how_far_the_path_came(outcomes: dict[str, list[Outcome]]) -> None:
    those = late(outcomes)
    figure = figures.roses(those)
    for axes, each in zip(figure.axes, those, strict=False):
        assert f"course {each.niche.uid}" in axes.get_title()
        assert "direct -7, path 120" in axes.get_title()
        assert max(axes.lines[0].get_ydata()) > 0  # type: ignore[type-var]
    with pytest.raises(ValueError, match="late > 0"):
        figures.roses([])


def test_growth_late_and_transfers(outcomes: dict[str, list[Outcome]]) -> None:
    figure = figures_runs.growth({"POET": outcomes["poet"], "no transfer": outcomes["without_transfer"]})
    assert [each.get_text() for each in figure.legends[0].get_texts()] == ["POET", "no transfer"]
    figure = figures_runs.transfers({"POET": outcomes["poet"]})
    widths = [bar.get_width() for bar in figure.axes[0].patches]  # type: ignore[attr-defined]
    assert sum(widths) == pytest.approx(np.mean([each.metrics["replaced"] for each in outcomes["poet"]]))
    run = agents(outcomes)
    held = [replace(each, network=Agents(run.world, run.state, late(outcomes))) for each in outcomes["poet"]]
    [axes] = figures_runs.late(held).axes
    drawn = np.concatenate(
        [line.get_ydata() for line in axes.lines if line.get_marker() == looks.look("direct").marker]
    )
    assert set(drawn) == {-7.0}


def test_growth_draws_the_curve_that_is_asked_for(outcomes: dict[str, list[Outcome]]) -> None:
    group = {"POET": outcomes["poet"]}
    for name, title in (("solved", "courses solved"), ("annecs", "ANNECS")):
        left, right = figures_runs.growth(group, left_is=name).axes
        assert title in left.get_title(loc="left")
        wanted = np.mean([outcome.curves[name].y for outcome in outcomes["poet"]], axis=0)
        assert any(np.array_equal(line.get_ydata(), wanted) for line in left.lines)
        hard = np.mean([outcome.metrics["challenging"] for outcome in outcomes["poet"]])
        assert any(line.get_ydata()[-1] == pytest.approx(hard) for line in right.lines)  # type: ignore[index]


def test_walkers_have_a_panel_for_each_first_course_and_one_for_all() -> None:
    def walked(condition: str, seed: int, lift: float) -> Outcome:
        curves = {
            name: Curve([0.0, 2.0, 4.0], [height + lift, 100.0, 300.0], "iteration", "score")
            for name, height in (("mean", 0.0), ("flat", 10.0), ("pits", -20.0))
        }
        return Outcome(condition, seed, {}, curves)

    group = {"POET": [walked("poet", 0, 0.0), walked("poet", 1, 4.0)], "alone": [walked("without_transfer", 0, 50.0)]}
    figure = figures_runs.walkers(group)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == ["flat", "pits", "mean: all courses, new ones too"]
    for axes, height in zip(shown, (10.0, -20.0, 0.0), strict=True):
        named = {str(line.get_label()): np.asarray(line.get_ydata()) for line in axes.lines}
        np.testing.assert_allclose(named["POET"], [height + 2, 100, 300])
        np.testing.assert_allclose(named["alone"], [height + 50, 100, 300])
        assert axes.get_xlabel() == ("" if axes is shown[0] else "iteration")
    with pytest.raises(ValueError, match="at least one condition"):
        figures_runs.walkers({})


def test_the_plane_tells_solved_courses_from_others_and_crosses_out_failures() -> None:
    first = {"course": np.ones(2), "parent": None, "solved": 3}
    child = {"course": np.array([2.0, 1.5]), "parent": first, "solved": None}
    [axes] = figures_idea.plane([first, child], [first["course"]], labels=("width (m)", "height (m)")).axes
    by_label = {str(line.get_label()): line for line in axes.lines}
    assert list(by_label["solved by POET"].get_xdata()) == [1.0]
    assert list(by_label["invented, not solved"].get_ydata()) == [1.5]
    assert list(by_label["direct training fails"].get_xdata()) == [1.0]
    assert axes.get_xlabel() == "width (m)"


def test_strides_show_each_life_and_its_end() -> None:
    course = walker.generate(Encoding(), 0)
    thetas = np.zeros((2, walker.PARAMETERS), np.float32)
    lived = walker.rollout(thetas, [course], [0, 0], horizon=60, traced=True, threads=1)
    lives = {name: traces.trace_of(lived, place) for place, name in enumerate(("one", "two"))}
    figure = figures_biped.strides(course, lives, left=0.0, every=30)
    assert len(figure.axes) == 2
    for axes, name in zip(figure.axes, lives, strict=True):
        assert axes.get_title(loc="left").startswith(name)
        assert len(axes.patches) == 5 * 3  # poses at steps 0, 30 and 60, which is the end
    figure = figures_biped.strides(course, lives, left=0.0, every=25)
    assert len(figure.axes[0].patches) == 5 * 4  # 0, 25, 50, and how it ended


def test_grounds_are_drawn_to_one_scale() -> None:
    courses = {name: walker.generate(Encoding(roughness=rough), 1) for name, rough in (("flat", 0.0), ("rough", 3.0))}
    figure = figures_biped.grounds(courses)
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    for axes, course in zip(figure.axes, courses.values(), strict=True):
        assert np.array_equal(axes.lines[0].get_ydata(), course.y - course.y[0])
