"""POET on the walker as an experiment: what it begins with, what it reports, and that it can be stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aiga import experiment
from aiga.poet import walker_runs
from aiga.poet.algorithm import step
from aiga.poet.biped import Biped
from aiga.poet.log import Log
from aiga.poet.walker import weights
from aiga.poet.walker_agents import Agents, table
from aiga.poet.walker_runs import SCALES, begin, train, world_of
from aiga.poet.world import World

SMOKE = SCALES["smoke"]


def agents_of(outcome: experiment.Outcome) -> Agents:
    assert isinstance(outcome.network, Agents)
    return outcome.network


def test_it_is_an_experiment_and_conditions_differ_in_transfer_alone() -> None:
    assert "poet.walker_runs" in experiment.addresses()
    for table_of in SCALES.values():
        base, alone = table_of["poet"], table_of["without_transfer"]
        assert base.settings.transfer
        assert not alone.settings.transfer
        assert replace(alone, condition="poet", settings=base.settings) == base
        enhanced = table_of["enhanced"]
        assert (enhanced.encoding, enhanced.settings.novelty, enhanced.settings.strict) == ("cppn", "pata_ec", True)
    assert SCALES["paper"]["poet"].settings == walker_runs.PAPER
    assert SCALES["paper"]["poet"].starts == ()
    assert all(world_of(table_of["poet"]).substrate.solver.faithful for table_of in SCALES.values())  # type: ignore[attr-defined]


def test_no_walker_begins_where_it_was_taught() -> None:
    taught = {"flat": "walker_flat", "rough": "walker_rough", "stumps": "walker_stumps", "pits": "walker_pits"}
    starts = SCALES["ci"]["poet"].starts
    assert {start.walker for start in starts} == set(taught.values()) == set(weights.names())
    assert all(taught[start.name] != start.walker for start in starts)


def test_a_run_begins_with_its_niches_and_their_scores() -> None:
    config = SMOKE["poet"]
    world = world_of(config)
    state = begin(world, 100, config.starts)
    assert [niche.uid for niche in state.active] == [0, 1]
    assert state.steps == sum(niche.spent for niche in state.active) > 0
    for niche, start in zip(state.active, config.starts, strict=True):
        assert np.array_equal(niche.theta, weights.walker(start.walker))
        assert niche.encoding == start.encoding
        assert niche.score == table(world, [niche], niche.theta[None])[0, 0]
    other = begin(world, 101, config.starts)
    assert other.active[0].course_seed != state.active[0].course_seed
    without = begin(World(Biped(horizon=10), config.settings), 100, ())
    assert without.count == 1


def test_new_niches_get_numbers_of_their_own() -> None:
    config = SMOKE["poet"]
    open_to_all = replace(config.settings, parent_score=-np.inf, lower=-np.inf, upper=np.inf, children=2)
    world = world_of(replace(config, settings=open_to_all, horizon=20))
    state = begin(world, 100, config.starts)
    for _ in range(3):
        step(state, world)
    assert [niche.uid for niche in state.niches] == [0, 1, 2, 3]
    assert [each.niche for each in state.admissions] == [2, 3]
    assert state.history[-1][2] == 4


@pytest.mark.parametrize("name", list(SMOKE))
def test_it_reports_what_it_declares_and_both_engines_agree(name: str) -> None:
    [outcome] = train(SMOKE[name], seeds=[100], device="cpu")
    assert set(outcome.metrics) <= set(walker_runs.METRICS)
    for metric, value in outcome.metrics.items():
        assert walker_runs.METRICS[metric].lowest <= value <= walker_runs.METRICS[metric].highest, metric
    agents = agents_of(outcome)
    assert outcome.metrics["iterations"] == 2
    assert outcome.metrics["score_ours"] == pytest.approx(np.mean([niche.best for niche in agents.state.active]))
    if "score_box2d" in outcome.metrics:
        assert outcome.metrics["apart"] < 5.0  # equal to the last bit on the processors of its wheel
    names = [start.name for start in SMOKE[name].starts]
    assert list(outcome.curves) == ["mean", *names]
    assert {len(outcome.curves[each].x) for each in names} == {3}
    assert outcome.metrics["moved"] == len(agents.state.transfers)
    if name == "without_transfer":
        assert outcome.metrics["moved"] == 0


def test_a_stopped_run_goes_on_and_seeds_do_not_meet(tmp_path: Path) -> None:
    config = SMOKE["poet"]
    whole = train(config, seeds=[100, 101], device="cpu")
    [alone] = train(config, seeds=[101], device="cpu")
    assert alone.metrics == whole[1].metrics
    file = tmp_path / "run.pt"
    train(config, seeds=[100, 101], device="cpu", checkpoint=file)
    again = train(config, seeds=[100, 101], device="cpu", checkpoint=file)
    assert [each.metrics for each in again] == [each.metrics for each in whole]
    assert agents_of(again[0]).log.rows == agents_of(whole[0]).log.rows
    beginning = train(config, seeds=[100], device="cpu", limit=1)
    assert beginning[0].curves["flat"].y == whole[0].curves["flat"].y[:2]


def test_the_log_has_a_row_for_each_niche() -> None:
    log, state = Log(), begin(world_of(SMOKE["poet"]), 100, SMOKE["poet"].starts)
    log.add(state)
    assert log.of(0).tolist() == [[0, state.active[0].spent, state.active[0].score]]
    assert log.of(7).shape == (0, 3)
    other = Log()
    other.load_state_dict(log.state_dict())
    assert other.rows == log.rows
