"""The experiment on the hopper: equal budgets, declared metrics, runs that can be stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiga.poet import hopper_runs
from aiga.poet.courses import Encoding
from aiga.poet.hopper import Hopper
from aiga.poet.hopper_runs import SCALES, covered, fresh_courses, late_courses, train

SMOKE = SCALES["smoke"]


def test_conditions_differ_in_what_their_names_say() -> None:
    for scale, table in SCALES.items():
        taken_apart = [
            "without_proposals",
            "without_transfer",
            "narrow_criterion",
            "without_criterion",
            "without_novelty",
        ]
        assert list(table) == ["poet", "enhanced", *taken_apart]
        base = table["poet"]
        for name, config in table.items():
            assert config.condition == name
            assert (config.budget, config.horizon) == (base.budget, base.horizon), scale
            assert config.settings.rule == base.settings.rule
            assert (config.late > 0) == (name == "poet")
        assert not table["without_transfer"].settings.transfer
        assert table["without_criterion"].settings.lower == -np.inf
        assert table["enhanced"].settings.strict
        assert table["narrow_criterion"].settings.upper == hopper_runs.EASY < base.settings.upper
        assert replace(table["without_proposals"].settings, proposals=True) == base.settings


@pytest.mark.parametrize("name", list(SMOKE))
def test_every_condition_keeps_to_its_budget_and_reports_what_it_declares(name: str) -> None:
    config = replace(SMOKE[name], budget=150_000)
    [outcome] = train(config, seeds=[100])
    assert set(outcome.metrics) <= set(hopper_runs.METRICS)
    for metric, value in outcome.metrics.items():
        assert hopper_runs.METRICS[metric].lowest <= value <= hopper_runs.METRICS[metric].highest, metric
    state = outcome.network.state  # type: ignore[union-attr]
    assert config.budget <= state.steps < config.budget + 60_000  # the iteration during which it ran out
    assert ("late_direct" in outcome.metrics) == (name == "poet" and "late" in outcome.metrics)
    for curve in outcome.curves.values():
        assert len(curve.x) == len(curve.y) == 40
        assert curve.y == sorted(curve.y)
    if name == "without_transfer":
        assert outcome.metrics["replaced"] == outcome.metrics["from_others"] == 0


def test_a_stopped_run_goes_on_and_seeds_do_not_meet(tmp_path: Path) -> None:
    config = SMOKE["enhanced"]
    whole = train(config, seeds=[100, 101])
    [alone] = train(config, seeds=[101])
    assert alone.metrics == whole[1].metrics
    file = tmp_path / "run.pt"
    train(config, seeds=[100, 101], checkpoint=file, limit=None)
    again = train(config, seeds=[100, 101], checkpoint=file)
    assert [each.metrics for each in again] == [each.metrics for each in whole]
    assert again[0].network.state.history == whole[0].network.state.history  # type: ignore[union-attr]
    beginning = train(config, seeds=[100], limit=1)
    assert beginning[0].curves["solved"].y == whole[0].curves["solved"].y[: len(beginning[0].curves["solved"].y)]


def test_late_courses_are_the_last_that_had_time() -> None:
    [outcome] = train(SMOKE["without_transfer"], seeds=[100])
    state = outcome.network.state  # type: ignore[union-attr]
    for count, patience in ((2, 0), (5, 3)):
        found = late_courses(state, count=count, patience=patience)
        assert len(found) <= count
        assert all(niche.learned >= patience and niche.uid > 0 for niche in found)
        assert [niche.uid for niche in found] == sorted((niche.uid for niche in found), reverse=True)


def test_fresh_courses_grow_hard_and_covering_them_is_the_best_agents_work() -> None:
    courses = fresh_courses(48, Hopper())
    assert not any(np.array_equal(courses[0], other) for other in courses[1:])
    [outcome] = train(SMOKE["poet"], seeds=[100])
    agents = outcome.network
    flat = Hopper().build(Encoding(), 0)
    solved = agents.state.niches[0].solved >= 0  # type: ignore[union-attr]
    assert covered(agents.world, agents.state, [flat, flat]) == float(solved)  # type: ignore[union-attr]
