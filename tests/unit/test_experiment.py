import math

import pytest

from aiga import experiment


def test_every_experiment_has_all_parts():
    addresses = experiment.addresses()
    assert "plasticity.binary" in addresses
    for address in addresses:
        module = experiment.load(address)
        assert experiment.address_of(module) == address
        assert module.TITLE
        assert module.METRICS
        assert set(module.SCALES) == {"smoke", "ci", "colab", "paper"}
        for table in module.SCALES.values():
            for name, config in table.items():
                assert experiment.settings(config)["condition"] == name
        for metric in module.METRICS.values():
            assert metric.lowest < metric.highest


def test_unknown_experiment():
    with pytest.raises(ValueError, match=r"unknown experiment 'plasticity\.nothing': choose one of plasticity"):
        experiment.load("plasticity.nothing")


def test_runs_all_conditions_with_all_seeds(toy):
    outcomes = experiment.run(toy.module, "smoke", seeds=[5, 2], device="cpu")
    assert [(each.condition, each.seed) for each in outcomes] == [(c, s) for c in ("plastic", "rnn") for s in (5, 2)]
    assert all(math.isfinite(each.seconds) and each.seconds > 0 for each in outcomes)


def test_an_outcome_does_not_depend_on_the_seeds_beside_it(toy):
    alone = experiment.run(toy.module, "ci", seeds=[7], device="cpu")
    together = experiment.run(toy.module, "ci", seeds=[1, 7, 3], device="cpu")
    for one in alone:
        other = next(each for each in together if (each.condition, each.seed) == (one.condition, 7))
        assert one.metrics == other.metrics
        assert one.curves == other.curves


def test_a_limit_trains_the_beginning_only(toy):
    (short,) = experiment.run(toy.module, "ci", seeds=[0], conditions=["rnn"], limit=4, device="cpu")
    (whole,) = experiment.run(toy.module, "ci", seeds=[0], conditions=["rnn"], device="cpu")
    assert short.curves["error"].y == whole.curves["error"].y[:4]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "huge"}, "unknown scale 'huge'"),
        ({"conditions": ["lstm"]}, "unknown condition 'lstm' of toy.fake: choose from plastic, rnn"),
        ({"seeds": []}, "distinct and at least one"),
        ({"seeds": [1, 1]}, "distinct and at least one"),
    ],
)
def test_wrong_requests(toy, options, message):
    arguments = {"scale": "smoke", "seeds": [0], **options}
    with pytest.raises(ValueError, match=message):
        experiment.run(toy.module, arguments.pop("scale"), device="cpu", **arguments)


def test_settings_are_those_of_a_dataclass():
    with pytest.raises(TypeError, match="a configuration is a dataclass, got dict"):
        experiment.settings({"a": 1})
