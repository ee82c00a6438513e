"""Bandits: the world, the designed players' exact earnings, the gated agent, the experiment."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from aiga import experiment, seeding
from aiga.backpropamine import bandits, figures_bandits, gamblers
from aiga.backpropamine.gated import GatedAgent, GatedLife
from aiga.envs.bandits import Bandits
from aiga.plasticity import a2c

SMALL = replace(bandits.SCALES["smoke"]["lstm"], updates=5)


def test_an_arm_pays_as_its_odds_say_whatever_was_pulled_before() -> None:
    source = [seeding.generator(seed, "episodes") for seed in range(2)]
    world = Bandits(200, source, 500)
    assert float(world.odds.min()) >= 0
    assert float(world.odds.max()) <= 1
    arm = torch.randint(2, (2, 500), generator=source[0])
    paid = torch.stack([world.pull(arm) for _ in range(200)])
    assert set(paid.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(paid.mean(0), world.odds_of(arm), rtol=0, atol=0.2)
    assert float((paid.mean(0) - world.odds_of(arm)).mean().abs()) < 0.01
    alone = Bandits(200, [seeding.generator(1, "episodes")], 500)
    assert torch.equal(alone.odds[0], world.odds[1])
    assert torch.equal(alone.luck[:, 0], world.luck[:, 1])
    with pytest.raises(ValueError, match="at least 2 arms"):
        Bandits(10, source, 5, arms=1)


def test_designed_players_earn_what_can_be_worked_out_by_hand() -> None:
    """One trial: nothing is known. Two: who stays after a win and leaves after a loss earns 7/12 at the second."""
    for name, player in gamblers.players(5).items():
        earned = gamblers.earnings(player, 5)
        assert earned[0] == pytest.approx(0.5), name
        if name in ("optimal", "greedy"):
            assert earned[1] == pytest.approx(7 / 12)  # (1/2)(2/3) + (1/2)(1/2)
    np.testing.assert_allclose(gamblers.earnings(gamblers.by_chance, 6), 0.5)
    assert gamblers.earnings(gamblers.thompson(2), 2)[1] == pytest.approx(0.5 + 1 / 36)  # stays with 2/3 or 1/3


def test_nobody_beats_the_optimal_player_and_ranks_are_as_theory_says() -> None:
    earned = {name: gamblers.earnings(player, 40).sum() for name, player in gamblers.players(40).items()}
    assert max(earned, key=lambda name: earned[name]) == "optimal"
    assert earned["optimal"] < 40 * gamblers.MEAN_OF_BEST
    assert min(earned, key=lambda name: earned[name]) == "random"


@pytest.mark.parametrize("name", ["optimal", "Thompson", "greedy", "UCB"])
def test_exact_earnings_against_a_simulation(name: str) -> None:
    trials, games = 12, 40_000
    player, source = gamblers.players(trials)[name], seeding.numpy_generator(0, "games")
    odds, counts = source.random((games, 2)), np.zeros((games, 2, 2), dtype=int)
    everyone, earned = np.arange(games), []
    for played in range(trials):
        first = player(played)[counts[:, 0, 0], counts[:, 0, 1], counts[:, 1, 0]]
        arm = (source.random(games) >= first).astype(int)
        paid = source.random(games) < odds[everyone, arm]
        counts[everyone, arm, 1 - paid.astype(int)] += 1
        earned.append(paid.mean())
    np.testing.assert_allclose(earned, gamblers.earnings(player, trials), atol=0.012)


def test_thompsons_probabilities_are_those_of_the_posteriors() -> None:
    table, source = gamblers.thompson(9)(9), seeding.numpy_generator(0, "posteriors")
    for good, bad, other in ((0, 0, 9), (3, 2, 1), (0, 4, 0), (5, 0, 4)):
        first = source.beta(1 + good, 1 + bad, 200_000)
        second = source.beta(1 + other, 1 + 9 - good - bad - other, 200_000)
        assert table[good, bad, other] == pytest.approx((first > second).mean(), abs=0.005)


def gated(networks: int = 2) -> GatedAgent:
    return GatedAgent(5, 6, 2, [seeding.generator(seed, "init") for seed in range(networks)]).double()


def observations() -> Tensor:
    return torch.randn(7, 2, 3, 5, generator=seeding.generator(0, "inputs"), dtype=torch.float64)


def test_a_gated_life_is_pytorchs_lstm() -> None:
    network, observed = gated(), observations()
    life = GatedLife(network, 3)
    mine = torch.stack([torch.cat([logits, value[..., None]], -1) for logits, value in map(life, observed)])
    mine.square().sum().backward()
    for seed in range(2):
        theirs = torch.nn.LSTM(5, 6).double()
        with torch.no_grad():
            theirs.weight_ih_l0.copy_(network.into[seed].T)
            theirs.weight_hh_l0.copy_(network.weight[seed].T)
            theirs.bias_ih_l0.copy_(network.bias[seed, 0])
            theirs.bias_hh_l0.zero_()
        answer = theirs(observed[:, seed])[0] @ network.heads[seed].detach() + network.offsets[seed].detach()
        torch.testing.assert_close(mine[:, seed], answer)
        answer.square().sum().backward()
        assert network.weight.grad is not None
        assert network.into.grad is not None
        torch.testing.assert_close(network.weight.grad[seed], theirs.weight_hh_l0.grad.T)
        torch.testing.assert_close(network.into.grad[seed], theirs.weight_ih_l0.grad.T)


def test_a_wipe_leaves_nothing_of_what_was_before() -> None:
    network, observed = gated(), observations()
    wiped, fresh = GatedLife(network, 3, wipe=4), GatedLife(network, 3)
    for each in observed[:4]:
        wiped(each)
    for each in observed[4:]:
        for mine, theirs in zip(wiped(each), fresh(each), strict=True):
            assert torch.equal(mine, theirs)


def test_the_network_sees_its_last_pull_and_what_it_paid_and_nothing_else() -> None:
    for told in (True, False):
        config = replace(SMALL, told_reward=told)
        world = bandits.Casino(config, [seeding.generator(0, "episodes")], 50)
        assert (world.observe()[..., :3] == 0).all()
        arm = torch.arange(50)[None] % 2
        paid = world.act(arm)
        seen = world.observe()
        assert torch.equal(seen[..., :2].argmax(-1), arm)
        assert torch.equal(seen[..., 2], 2 * paid - 1 if told else torch.zeros_like(paid))
        assert (seen[..., 3] == 1 / config.trials).all()
        assert (seen[..., 4] == 1).all()
        assert seen.shape[-1] == bandits.INPUTS


def test_the_weights_are_frozen_at_test_and_regret_is_what_was_lost() -> None:
    network = bandits.create(SMALL, [0])
    before = [parameter.clone() for parameter in network.parameters()]
    world = bandits.evaluate(network, SMALL, seed=0)
    for mine, old in zip(network.parameters(), before, strict=True):
        assert torch.equal(mine, old)
    pulled = torch.stack(world.actions)[:, 0]
    for trial, episode in ((0, 0), (3, 7), (5, 19)):
        odds = world.bandits.odds[0, episode]
        lost = float(odds.max() - odds[pulled[trial, episode]])
        assert float(world.regrets()[trial, 0, episode]) == pytest.approx(lost)
    assert torch.equal(world.switches()[:, 0], pulled[1:] != pulled[:-1])


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = bandits.train(SMALL, seeds=[7], device="cpu")[0]
    among = bandits.train(SMALL, seeds=[3, 7], device="cpu")[1]
    assert among.seed == 7
    assert alone.curves["regret"].y[:2] == among.curves["regret"].y[:2]
    assert alone.network is not None
    assert among.network is not None
    for mine, theirs in zip(alone.network.parameters(), among.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)


def test_stopping_early_and_resuming_change_nothing(tmp_path: Path) -> None:
    whole = bandits.train(SMALL, seeds=[1], device="cpu")[0]
    beginning = bandits.train(SMALL, seeds=[1], device="cpu", limit=2)[0]
    assert beginning.curves["regret"].y == whole.curves["regret"].y[:2]
    file = tmp_path / "run.pt"
    saved = bandits.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    again = bandits.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    assert saved.metrics == whole.metrics == again.metrics


def test_outcomes_are_within_what_the_experiment_declares_and_can_be_drawn() -> None:
    outcomes = experiment.run(bandits, "smoke", seeds=[0, 1], device="cpu")
    for outcome in outcomes:
        assert set(outcome.metrics) == set(bandits.METRICS)
        for name, value in outcome.metrics.items():
            assert bandits.METRICS[name].lowest <= value <= bandits.METRICS[name].highest, name
    groups = {name: [each for each in outcomes if each.condition == name] for name in bandits.SCALES["smoke"]}
    assert len(figures_bandits.regret(groups).legends[0].get_texts()) == 2
    assert len(figures_bandits.habits(groups["lstm"]).axes) == 2
    network = groups["lstm"][0].network
    assert isinstance(network, GatedAgent)
    world = bandits.evaluate(network, SMALL, seed=0)
    assert figures_bandits.games(world, count=10).axes[0].has_data()


def test_training_teaches_to_play() -> None:
    """Only told of its rewards: more of the way to the optimal player than chance goes."""
    config = replace(bandits.SCALES["ci"]["lstm"], trials=6, learning_rate=1e-2, updates=400, test_episodes=1000)
    told = bandits.train(config, seeds=[0], device="cpu")[0]
    not_told = bandits.train(replace(config, told_reward=False, updates=20), seeds=[0], device="cpu")[0]
    assert told.metrics["share_of_optimal"] > 0.4
    assert abs(not_told.metrics["share_of_optimal"]) < 0.2


def test_the_loss_reaches_every_parameter() -> None:
    network = bandits.create(SMALL, [0])
    steps, _world = bandits.live(network, SMALL, [seeding.generator(0, "episodes")], 4)
    a2c.loss(steps, discount=0.9, value=0.1, concentration=0.03).sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert float(parameter.grad.abs().sum()) > 0, name
