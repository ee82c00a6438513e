"""The meta-test: against a literal loop of torch's Adam, and what must not influence what."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding
from aiga.anml import heads as heads_module
from aiga.anml.fine_tune import fine_tune
from aiga.anml.meta_test import Accuracy, Protocol, Trajectories, chosen, draw, learn_head, meta_test, oracle
from aiga.anml.model import ANML, OML

SMALL = Protocol(lengths=(2, 5, 7), rates=(3e-2, 1e-2, 1e-4), trajectories=2, outputs=9)


def embedded(classes: int = 16, features: int = 11, noise: float = 0.7) -> Tensor:
    generator = seeding.generator(0, "features")
    centre = torch.randn(classes, 1, features, generator=generator, dtype=torch.float64)
    return (centre + noise * torch.randn(classes, 20, features, generator=generator, dtype=torch.float64)).relu()


def draws(protocol: Protocol = SMALL, count: int = 2) -> Trajectories:
    features = embedded()
    generators = [seeding.generator(number, "draws") for number in range(count)]
    return draw(generators, torch.arange(len(features)), features, protocol)


def literal(
    drawn: Trajectories, position: int, rate: float, length: int, *, shuffled: bool = False
) -> tuple[float, float]:
    """One image at a time through torch.optim.Adam, then all images one by one."""
    features = embedded()
    weight = drawn.heads[position].clone().requires_grad_()
    bias = torch.zeros(len(weight), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([weight, bias], lr=rate)
    lesson = [(label, place) for label in range(length) for place in range(15)]
    if shuffled:
        lesson = [lesson[int(number)] for number in drawn.keys[position, :length, :15].flatten().argsort()]

    def look(label: int, place: int) -> Tensor:
        return features[drawn.classes[position, label], drawn.drawings[position, label, place]]

    for label, place in lesson:
        optimiser.zero_grad()
        F.cross_entropy((weight @ look(label, place) + bias)[None], torch.tensor([label])).backward()
        optimiser.step()
    right = torch.tensor(
        [[int((weight @ look(n, place) + bias).argmax()) == n for place in range(20)] for n in range(length)]
    ).double()
    return float(right[:, :15].mean()), float(right[:, 15:].mean())


@pytest.mark.parametrize("learn", [learn_head, oracle])
def test_same_numbers_as_one_image_at_a_time(learn: object) -> None:
    drawn = draws()
    found = learn(embedded(), drawn, lengths=SMALL.lengths, rates=SMALL.rates)  # type: ignore[operator]
    assert found.seen.shape == found.held_out.shape == (3, 2, 3)
    for rate, value in enumerate(SMALL.rates):
        for position in range(2):
            for place, length in enumerate(SMALL.lengths):
                expected = literal(drawn, position, value, length, shuffled=learn is oracle)
                assert (float(found.seen[rate, position, place]), float(found.held_out[rate, position, place])) == (
                    pytest.approx(expected)
                )
    assert 0.2 < found.held_out[0].mean() <= 1  # it is a comparison of something


@pytest.mark.parametrize("block", [1, 40, 10**6])
def test_weights_are_those_of_torchs_adam_however_they_are_cut(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads_module, "BLOCK", block)
    features = embedded(3)[:, :4].flatten(0, 1)[None].expand(2, -1, -1)  # (2, 12, 11)
    labels = torch.arange(3).repeat_interleave(4).expand(2, -1)
    start = draws().heads
    heads = heads_module.Heads(start, (1e-2, 1e-1))
    heads.learn(heads_module.with_one(features[:, :7]), labels[:, :7])
    heads.learn(heads_module.with_one(features[:, 7:]), labels[:, 7:])
    for rate, value in enumerate((1e-2, 1e-1)):
        for position in range(2):
            weight = start[position].clone().requires_grad_()
            bias = torch.zeros(9, dtype=torch.float64, requires_grad=True)
            optimiser = torch.optim.Adam([weight, bias], lr=value)
            for image, label in zip(features[position], labels[position], strict=True):
                optimiser.zero_grad()
                F.cross_entropy((weight @ image + bias)[None], label[None]).backward()
                optimiser.step()
            expected = torch.cat([weight, bias[:, None]], 1).detach()
            torch.testing.assert_close(heads.weights[rate, position], expected, rtol=0, atol=1e-10)


def test_where_there_is_no_fused_adam_the_same_is_written_out() -> None:
    source = seeding.generator(0, "moments")
    values = [torch.rand(5, 4, generator=source, dtype=torch.float64) for _ in range(4)]
    fused, plain = (heads_module.Moments(*(each.clone() for each in values)) for _ in range(2))
    step = torch.tensor(3.0)
    heads_module.adam(fused, step, 1e-2)
    heads_module.plain_adam(plain, step, 1e-2)
    for name in ("weights", "gradient", "mean", "square"):
        torch.testing.assert_close(getattr(fused, name), getattr(plain, name), rtol=2e-6, atol=1e-7)


def test_a_long_run_contains_the_shorter_ones() -> None:
    long = learn_head(embedded(), draws(), lengths=(2, 5, 7), rates=SMALL.rates)
    for place, length in enumerate(SMALL.lengths):
        short = learn_head(embedded(), draws(replace(SMALL, lengths=(length,))), lengths=(length,), rates=SMALL.rates)
        assert torch.equal(short.held_out[..., 0], long.held_out[..., place])
        assert torch.equal(short.seen[..., 0], long.seen[..., place])


@pytest.mark.parametrize("learn", [learn_head, oracle])
def test_rates_and_trajectories_do_not_influence_one_another(learn: object) -> None:
    drawn, features = draws(count=3), embedded()
    together = learn(features, drawn, lengths=(4,), rates=SMALL.rates)  # type: ignore[operator]
    for rate, value in enumerate(SMALL.rates):
        for position in range(3):
            alone = learn(features, drawn[position : position + 1], lengths=(4,), rates=(value,))  # type: ignore[operator]
            assert torch.equal(alone.held_out[0, 0], together.held_out[rate, position])
            assert torch.equal(alone.seen[0, 0], together.seen[rate, position])
    assert torch.equal(draws(count=1).heads[0], drawn.heads[0])


def test_units_that_are_always_zero_change_nothing() -> None:
    features, drawn = embedded(), draws()
    silent = torch.zeros(16, 20, 4, dtype=torch.float64)
    wider = replace(
        drawn,
        heads=torch.cat(
            [drawn.heads, torch.randn(2, 9, 4, generator=seeding.generator(0, "wider"), dtype=torch.float64)], -1
        ),
    )
    found = learn_head(torch.cat([features, silent], -1), wider, lengths=(7,), rates=(1e-2,))
    assert torch.equal(found.held_out, learn_head(features, drawn, lengths=(7,), rates=(1e-2,)).held_out)


def test_draws_are_without_repetition_and_in_order_where_asked() -> None:
    drawn = draws()
    assert all(len(set(each.tolist())) == 7 for each in drawn.classes)
    assert torch.equal(drawn.drawings.sort(-1).values, torch.arange(20).expand(2, 7, 20))
    assert not torch.equal(drawn.classes[0], drawn.classes[1])
    ordered = draws(replace(SMALL, in_order=True))
    assert torch.equal(ordered.classes, drawn.classes.sort(-1).values)
    deviation = draws(replace(SMALL, outputs=500)).heads.std()
    assert float(deviation) == pytest.approx((2 / 11) ** 0.5, rel=0.03)


def test_the_rate_is_chosen_on_other_draws_or_as_the_original_does() -> None:
    held_out = torch.tensor([[0.5, 0.5, 0.9], [0.6, 0.6, 0.1], [0.0, 0.0, 0.0]])[..., None]  # (rates, T, 1)
    accuracy = Accuracy(seen=torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1).expand(3, 3, 1), held_out=held_out)
    assert chosen(accuracy, SMALL.rates, "other_draws") == (3e-2,)  # the best mean
    assert chosen(accuracy, SMALL.rates, "as_original") == (1e-2,)  # the best of most sequences
    assert chosen(accuracy, SMALL.rates, "seen") == (1e-4,)


@pytest.mark.parametrize("choose", ["other_draws", "seen", "as_original"])
def test_the_whole_test(choose: str) -> None:
    features = embedded().float()
    protocol = replace(SMALL, choose=choose, oracle_lengths=(5,))
    result = meta_test(features, protocol, seed=0)
    assert result.seen.shape == result.held_out.shape == (2, 3)
    assert result.oracle.shape == (2, 1)
    assert len(result.rates) == 3
    assert set(result.rates) <= set(SMALL.rates)
    metrics = result.metrics()
    assert metrics["accuracy_5"] == float(result.held_out[:, 1].mean())
    assert metrics["drop_5"] == pytest.approx(1 - metrics["accuracy_5"] / metrics["oracle_5"])
    assert "oracle_2" not in metrics
    curves = result.curves()
    assert curves["held_out"].x == [2, 5, 7]
    assert curves["held_out"].y[1] == metrics["accuracy_5"]
    assert (curves["oracle"].x, curves["oracle"].y) == ([5], [metrics["oracle_5"]])
    again = meta_test(features, replace(protocol, trajectories=1), seed=0)
    if choose == "other_draws":  # one sequence more changes nothing in the others
        assert torch.equal(again.held_out[0], result.held_out[0])
    without = meta_test(features, replace(protocol, oracle_lengths=()), seed=0)
    assert without.oracle.shape == (2, 0)
    assert torch.equal(without.held_out, result.held_out)


def test_reported_classes_are_not_those_of_the_choice_where_there_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    pools = []

    def spy(generators: list[torch.Generator], pool: Tensor, *rest: object) -> Trajectories:
        pools.append(set(pool.tolist()))
        return draw(generators, pool, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("aiga.anml.meta_test.draw", spy)
    meta_test(embedded(16), SMALL, seed=1)
    assert not pools[0] & pools[1]
    assert len(pools[0]) + len(pools[1]) == 16
    meta_test(embedded(13), SMALL, seed=1)
    assert pools[2] == pools[3] == set(range(13))


def test_fine_tuning_the_head_alone_is_the_same_test() -> None:
    generator = seeding.generator(0, "init")
    network = ANML(generator, channels=3, gate_channels=2, outputs=4).double()
    images = torch.rand(6, 20, 28, 28, generator=generator, dtype=torch.float64)
    with torch.no_grad():
        features = network.embed(images.flatten(0, 1)[:, None]).view(6, 20, -1)
    protocol = Protocol(lengths=(2, 3), rates=(1e-2,), outputs=4)
    drawn = draw([generator], torch.arange(6), features, protocol)
    before = [each.clone() for each in network.parameters()]
    for learn, shuffled in ((learn_head, False), (oracle, True)):
        expected = learn(features, drawn, lengths=(2, 3), rates=(1e-2,))
        seen, held_out = fine_tune(network, ["head"], images, drawn, lengths=(2, 3), rate=1e-2, shuffled=shuffled)
        assert torch.equal(seen, expected.seen[0, 0])
        assert torch.equal(held_out, expected.held_out[0, 0])
    assert all(torch.equal(one, other) for one, other in zip(before, network.parameters(), strict=True))


def test_fine_tuning_reaches_what_is_named() -> None:
    generator = seeding.generator(0, "init")
    network = OML(generator, channels=3, width=5, outputs=4)
    images = torch.rand(3, 20, 28, 28, generator=generator)
    drawn = draw([generator], torch.arange(3), torch.zeros(3, 20, 5), Protocol(lengths=(2,), outputs=4))
    for names in (["head", "linear"], [""]):
        seen, _ = fine_tune(network, names, images, drawn, lengths=(2,), rate=1e-3)
        assert seen.shape == (1,)
    with pytest.raises(ValueError, match=r"no weights begin with 'fc'.*head_weight"):
        fine_tune(network, ["fc"], images, drawn, lengths=(2,), rate=1e-3)
    with pytest.raises(ValueError, match="one trajectory at a time, got 2"):
        fine_tune(network, ["head"], images, draws(), lengths=(2,), rate=1e-3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lengths": (5, 2)}, "ascending, got"),
        ({"lengths": ()}, "ascending, got"),
        ({"oracle_lengths": (3,)}, "oracle_lengths must be among"),
        ({"rates": ()}, "rates must be positive"),
        ({"trajectories": 0}, "at least 1"),
        ({"outputs": 6}, "7 classes need as many outputs, got 6"),
        ({"choose": "luck"}, "choose must be one of other_draws, seen, as_original, got 'luck'"),
    ],
)
def test_a_protocol_that_cannot_be_says_so(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **wrong)  # type: ignore[arg-type]


def test_too_few_classes_or_drawings_say_so() -> None:
    with pytest.raises(ValueError, match="6 classes cannot give a sequence of 7"):
        meta_test(embedded(6), SMALL, seed=0)
    with pytest.raises(ValueError, match="of 20 drawings, 20 shown leave none"):
        meta_test(embedded(), replace(SMALL, shown=20), seed=0)
