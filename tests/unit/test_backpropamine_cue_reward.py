"""The cue-reward experiment: inputs, reward, accuracies, lesions, training."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from aiga import experiment, seeding
from aiga.backpropamine import cue_reward, lesions
from aiga.backpropamine.association import EXTRAS, Association
from aiga.backpropamine.model import Life
from aiga.checkpoint import CheckpointError

PAPER = cue_reward.SCALES["paper"]["simple"]
SMALL = replace(cue_reward.SCALES["smoke"]["simple"], updates=5)


def world(config: cue_reward.Config = PAPER, batch: int = 50) -> Association:
    return cue_reward.begin(config, [seeding.generator(0, "episodes")], batch)


def test_the_papers_settings_are_the_sheets() -> None:
    paper = cue_reward.SCALES["paper"]
    assert set(paper) == {"plain", "plastic", "simple", "retroactive", "plastic_one_hot"}
    for name, config in paper.items():
        assert config.condition == name
        assert (config.steps, config.neurons, config.batch, config.updates) == (120, 200, 30, 200_000)
        assert (config.learning_rate, config.adam_epsilon, config.longest) == (1e-4, 1e-6, 2.0)
        assert (config.discount, config.value, config.concentration) == (0.9, 0.1, 0.1)
        assert (config.clip, config.bound, config.eta, config.positive, config.spread) == ("hard", 1.0, 0.1, 0.01, 0)
        assert (config.cues, config.bits, config.compact) == (4, 20, False)
        assert config.one_hot == (name == "plastic_one_hot")
    text = replace(PAPER, **cue_reward.READINGS["text"])
    assert (text.steps, text.longest) == (200, 7.0)
    assert replace(PAPER, **cue_reward.READINGS["code"]) == PAPER
    network = cue_reward.create(PAPER, [0])
    assert network.parameter_count == 86_404  # the original's 86,405 count an eta that is never used
    for values in (network.recurrent.weight, network.recurrent.alpha):
        assert 0 <= float(values.detach().min()) < 1e-4
        assert 0.0099 < float(values.detach().max()) <= 0.01


def test_the_inputs_are_the_sheets() -> None:
    """20 cue bits, Go, bias, time, previous reward, one that is empty, previous action (nothing at first)."""
    here, source = world(), seeding.generator(1, "actions")
    reward, action = torch.zeros(1, 50), None
    for step in range(PAPER.steps):
        seen = here.observe()
        assert seen.shape == (1, 50, 27)
        assert torch.equal(seen[..., :20], here.trials.patterns[step])
        assert torch.equal(seen[..., 20].bool(), here.trials.go[step])
        assert (seen[..., 21] == 1).all()
        assert torch.allclose(seen[..., 22], torch.tensor(step / 120))
        assert torch.equal(seen[..., 23], reward)
        assert not seen[..., 24].any()
        expected = torch.zeros(1, 50, 2) if action is None else F.one_hot(action, 2).float()
        assert torch.equal(seen[..., 25:], expected)
        action = torch.randint(2, (1, 50), generator=source)
        reward = here.act(action)
        go, right = here.trials.go[step], action == here.trials.answer[step]
        assert torch.equal(reward, torch.where(go, torch.where(right, 1.0, -1.0), 0.0))


def test_who_always_knows_is_always_right_and_chance_is_a_half() -> None:
    here, source = world(), seeding.generator(1, "actions")
    for answer in here.trials.answer:
        here.act(answer)
    assert here.late_accuracy().item() == 1
    assert (here.accuracy_by_trial() == 1).all()
    assert here.accuracy_by_trial().shape == (15, 1)  # 120 steps have room for 15 trials of 8
    assert torch.equal(torch.stack(here.rewards).sum(0), here.trials.go.sum(0))
    here = world(batch=400)
    for _ in range(PAPER.steps):
        here.act(torch.randint(2, (1, 400), generator=source))
    assert here.late_accuracy().item() == pytest.approx(0.5, abs=0.03)
    assert float(torch.stack(here.rewards).sum(0).mean()) == pytest.approx(0, abs=0.8)


def test_late_is_the_last_third() -> None:
    config = replace(PAPER, compact=True, steps=12)  # Go at 2, 6 and 10
    here = world(config)
    for step, answer in enumerate(here.trials.answer):
        here.act(answer if step >= 8 else 1 - answer)
    assert here.late_accuracy().item() == 1
    assert here.accuracy_by_trial().flatten().tolist() == [0, 0, 1]


def test_lesions() -> None:
    config = replace(cue_reward.SCALES["smoke"]["simple"], test_episodes=30)
    network = cue_reward.create(config, [0])
    _, life = cue_reward.evaluate(network, config, seed=0)
    recording = torch.stack(life.modulations)  # (T, 1, B)
    assert recording.shape == (config.steps, 1, 30)
    same, again = cue_reward.evaluate(network, config, seed=0, modulate=lesions.replayed(recording))
    assert torch.equal(torch.stack(again.modulations), recording)
    mixed = lesions.shuffled(recording, seed=0)
    assert torch.equal(mixed.sort(0).values, recording.sort(0).values)
    assert not torch.equal(mixed, recording)
    assert torch.equal(mixed, lesions.shuffled(recording, seed=0))
    used = {}
    for name, modulate in {**lesions.usual(recording, seed=0), "silenced": lesions.silenced(4)}.items():
        used[name] = torch.stack(cue_reward.evaluate(network, config, seed=0, modulate=modulate)[1].modulations)
    assert torch.allclose(used["frozen"], recording.mean())
    assert torch.equal(used["flipped"][0], -recording[0])
    assert torch.equal(used["shuffled"], mixed)
    assert torch.equal(used["silenced"][:4], recording[:4])
    assert not used["silenced"][4:].any()
    assert len(same.rewards) == config.steps
    by_hand = Life(network, 2, modulate=lesions.replayed(torch.linspace(-1, 1, config.steps)[:, None, None]))
    by_hand(torch.zeros(1, 2, config.bits + EXTRAS))
    assert (by_hand.modulations[0] == -1).all()


def test_what_is_watched_is_what_is_written() -> None:
    """Nothing can be written in the first step, as there is no activity before it; without a trace never."""
    for condition, config in cue_reward.SCALES["smoke"].items():
        here, watched = cue_reward.watch(cue_reward.create(config, [0]), config, seed=0, episodes=3)
        changes = torch.stack(watched.changes)
        assert changes.shape == (config.steps, 1, 3)
        assert len(here.rewards) == config.steps
        assert not changes[0].any()
        assert bool((changes[2:] > 0).all()) == (condition != "plain")


@pytest.mark.parametrize("condition", list(cue_reward.SCALES["smoke"]))
def test_outcomes_are_within_what_the_experiment_declares(condition: str) -> None:
    (outcome,) = cue_reward.train(cue_reward.SCALES["smoke"][condition], seeds=[0], device="cpu")
    assert outcome.condition == condition
    for name, value in outcome.metrics.items():
        assert cue_reward.METRICS[name].lowest <= value <= cue_reward.METRICS[name].highest
    assert ("late_flipped" in outcome.metrics) == (condition in ("simple", "retroactive"))
    assert ("eta" in outcome.metrics) == (condition not in ("simple", "plain"))
    assert set(outcome.curves) == {"reward", "late_accuracy", "accuracy_by_trial"}


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = cue_reward.train(SMALL, seeds=[7], device="cpu")[0]
    among = cue_reward.train(SMALL, seeds=[3, 7], device="cpu")[1]
    assert among.seed == 7
    assert alone.curves["reward"].y[:2] == among.curves["reward"].y[:2]
    assert alone.network is not None
    assert among.network is not None
    for mine, theirs in zip(alone.network.parameters(), among.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)


def test_stopping_early_and_resuming_change_nothing(tmp_path: Path) -> None:
    whole = cue_reward.train(SMALL, seeds=[1], device="cpu")[0]
    beginning = cue_reward.train(SMALL, seeds=[1], device="cpu", limit=2)[0]
    assert beginning.curves["reward"].y == whole.curves["reward"].y[:2]
    file = tmp_path / "run.pt"
    saved = cue_reward.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    again = cue_reward.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    assert saved.metrics == whole.metrics == again.metrics
    with pytest.raises(CheckpointError, match="another run"):
        cue_reward.train(replace(SMALL, learning_rate=1.0), seeds=[1], device="cpu", checkpoint=file)


def test_the_experiment_has_an_address() -> None:
    assert experiment.load("backpropamine.cue_reward").TITLE == cue_reward.TITLE
