"""How long recorded runs took, and how many seeds they have, when an experiment was recorded in parts."""

import datetime

from aiga import records
from aiga.experiment import Outcome
from aiga.records import timing

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


def part(toy, condition, times, resumed=False):
    outcomes = [Outcome(condition, seed, {"error": 1.0}, seconds=seconds) for seed, seconds in times.items()]
    return records.make(toy.module, "ci", outcomes, device="cpu", started=NOW, peak_memory_mib=1, resumed=resumed)


def test_parts_count_together_and_a_resumed_one_not(toy):
    runs = [
        part(toy, "rnn", {0: 10.0, 1: 20.0}),
        part(toy, "rnn", {2: 30.0}),
        part(toy, "plastic", {0: 5.0}),
        part(toy, "rnn", {3: 1.0}, resumed=True),
    ]
    assert timing.seconds_each(runs) == {"rnn": 20.0, "plastic": 5.0}
    assert timing.seconds_each(runs[3:]) == {}
    assert timing.seeds_each(runs) == {"plastic": 1, "rnn": 4}


def test_a_seed_that_was_recorded_twice_is_one_seed(toy):
    assert timing.seeds_each([part(toy, "rnn", {0: 1.0, 1: 1.0}), part(toy, "rnn", {1: 1.0})]) == {"rnn": 2}
