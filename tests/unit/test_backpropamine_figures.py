"""The chapter's figures: that they draw what happened."""

import numpy as np
import pytest

from aiga import experiment
from aiga.backpropamine import cue_reward, figures
from aiga.experiment import Curve, Outcome


@pytest.fixture(scope="module")
def groups() -> dict[str, list[Outcome]]:
    outcomes = experiment.run(cue_reward, "smoke", seeds=[0, 1], device="cpu")
    return {name: [each for each in outcomes if each.condition == name] for name in cue_reward.SCALES["smoke"]}


def test_curves_are_drawn_for_every_condition(groups: dict[str, list[Outcome]]) -> None:
    for figure in (figures.learning(groups), figures.learning(groups, "reward"), figures.by_trial(groups)):
        assert [each.get_text() for each in figure.legends[0].get_texts()] == list(groups)


def test_the_line_is_the_median_and_the_band_the_middle_half() -> None:
    outcomes = [
        Outcome("simple", seed, {}, {"reward": Curve([1, 2], [value, 2 * value], "x", "y")})
        for seed, value in enumerate([0.0, 1.0, 2.0, 3.0, 100.0])
    ]
    axes = figures.learning({"simple": outcomes}, "reward").axes[0]
    (line,) = [each for each in axes.lines if each.get_label() == "simple"]
    assert np.asarray(line.get_ydata()).tolist() == [2.0, 4.0]
    corners = axes.collections[0].get_paths()[0].vertices
    assert (corners[:, 1].min(), corners[:, 1].max()) == (1.0, 6.0)
    with pytest.raises(ValueError, match="no outcomes"):
        figures.learning({"simple": []}, "reward")


@pytest.mark.parametrize("condition", ["plain", "simple"])
def test_an_episode_shows_what_was_shown_and_answered(condition: str) -> None:
    config = cue_reward.SCALES["smoke"][condition]
    world, watched = cue_reward.watch(cue_reward.create(config, [0]), config, seed=0, episodes=3)
    shown, modulator, written = figures.episode(world, watched, number=1).axes
    marks = sum(len(np.asarray(line.get_xdata())) for line in shown.lines)
    assert marks == int((world.trials.which[:, 0, 1] >= 0).sum() + world.trials.go[:, 0, 1].sum())
    heights = [bar.get_height() for bar in modulator.patches if hasattr(bar, "get_height")]
    assert any(abs(each) < 1 and each != 0 for each in heights) == (condition == "simple")
    assert len(written.patches) >= config.steps


def test_damage_is_drawn_for_each_seed(groups: dict[str, list[Outcome]]) -> None:
    some = {name: groups[name] for name in ("simple", "plastic")}
    axes = figures.damage(some).axes[0]
    assert [each.get_text() for each in axes.get_yticklabels()] == list(figures.LESIONS.values())
    assert len(figures.LESIONS) == 5
    assert set(figures.LESIONS) <= set(cue_reward.METRICS)
