"""The chapter's tasks and trainers: what an episode holds, what training gives, and that runs can be resumed."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aiga import experiment, seeding
from aiga.checkpoint import CheckpointError
from aiga.plasticity import binary, comparison, omniglot

PAPER = binary.SCALES["paper"]["plastic"]
SMALL = replace(binary.SCALES["smoke"]["plastic"], bits=12, updates=6, test_episodes=10)
ONE_SHOT = replace(omniglot.SCALES["smoke"]["plastic"], features=4, updates=4, test_episodes=10)


def generator(seed: int = 0) -> torch.Generator:
    return seeding.generator(seed, "test episodes")


def test_the_papers_settings_are_the_sheets() -> None:
    assert (PAPER.steps, PAPER.neurons, PAPER.bits, PAPER.patterns) == (106, 1000, 1000, 5)
    assert (PAPER.learning_rate, PAPER.batch, PAPER.eta, PAPER.init, PAPER.drive) == (3e-4, 1, 0.01, 0.01, 20)
    fifty = comparison.SCALES["paper"]
    assert (fifty["plastic"].steps, fifty["plastic"].neurons, fifty["rnn"].neurons) == (11, 51, 2051)
    assert (fifty["plastic"].learning_rate, fifty["rnn"].learning_rate) == (3e-4, 3e-5)
    one_shot = omniglot.SCALES["paper"]["plastic"]
    assert (one_shot.batch, one_shot.queries, one_shot.updates, one_shot.learning_rate) == (1, 1, 5_000_000, 3e-5)
    assert (one_shot.loss, one_shot.alpha_range, one_shot.eta, one_shot.decay) == ("bce", 0.01, 0.01, 0.666)


@settings(max_examples=25, deadline=None)
@given(
    bits=st.integers(2, 9).map(lambda half: 2 * half),
    patterns=st.integers(1, 5),
    cycles=st.integers(1, 3),
    shown=st.integers(1, 4),
    gap=st.integers(0, 3),
    probe=st.integers(1, 4),
    balanced=st.booleans(),
    bias=st.booleans(),
    extra=st.integers(0, 2),
)
def test_an_episode_shows_each_pattern_in_each_cycle_and_then_half_of_one(
    bits: int, patterns: int, cycles: int, shown: int, gap: int, probe: int, balanced: bool, bias: bool, extra: int
) -> None:
    config = replace(
        SMALL,
        bits=bits,
        patterns=patterns,
        cycles=cycles,
        shown=shown,
        gap=gap,
        probe=probe,
        balanced=balanced,
        bias=bias,
        extra_neurons=extra,
    )
    drawn = binary.episodes(config, generator(), 3)
    assert drawn.drives.shape == (config.steps, 3, config.neurons)
    inputs = drawn.drives[:, :, :bits] / config.drive
    for episode in range(3):
        for cycle in range(cycles):
            starts = [(cycle * patterns + position) * (shown + gap) for position in range(patterns)]
            seen = torch.stack([inputs[start, episode] for start in starts])
            assert torch.equal(seen.sort(0).values, drawn.patterns[episode].sort(0).values)
            for start in starts:
                assert (inputs[start : start + shown, episode] == inputs[start, episode]).all()
                assert (inputs[start + shown : start + shown + gap, episode] == 0).all()
        assert torch.equal(inputs[-1, episode], drawn.target[episode] * drawn.visible[episode])
        assert torch.equal(drawn.target[episode], drawn.patterns[episode, drawn.probed[episode]])
    assert set(drawn.patterns.unique().tolist()) <= {-1.0, 1.0}
    if balanced:
        assert (drawn.patterns.sum(-1) == 0).all()
        assert (drawn.visible.sum(-1) == bits / 2).all()
    if bias:
        assert (drawn.drives[:, :, -1] == config.drive).all()


def test_guessing_the_hidden_half_errs_on_a_quarter() -> None:
    """The floor lines of the figure, measured with players that do just what the lines say."""
    config = replace(comparison.SCALES["ci"]["plastic"], bits=200)
    drawn = binary.episodes(config, generator(), 4000)
    coin = 2 * torch.randint(2, drawn.target.shape, generator=generator(1)) - 1.0
    guess = torch.where(drawn.visible == 1, drawn.target, coin)
    assert float(binary.wrong(guess, drawn.target).mean()) == pytest.approx(config.guessing, abs=0.005)
    last = drawn.drives[config.shown + config.gap, :, : config.bits].sign()
    knows = (last == drawn.target).all(-1, keepdim=True)
    assert float(binary.wrong(torch.where(knows, drawn.target, guess), drawn.target).mean()) == pytest.approx(
        config.last_only, abs=0.01
    )
    assert config.last_only == 0.125


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = binary.train(SMALL, seeds=[7], device="cpu")[0]
    among = binary.train(SMALL, seeds=[3, 7, 5], device="cpu")[1]
    assert among.seed == 7
    torch.testing.assert_close(torch.tensor(alone.curves["error"].y), torch.tensor(among.curves["error"].y))
    assert alone.network is not None
    assert among.network is not None
    for mine, theirs in zip(alone.network.parameters(), among.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_training_one_step_is_adam_on_the_literal_loss() -> None:
    """One update of the trainer against the steps of the equations, the summed squared error and a fresh Adam."""
    config = replace(SMALL, updates=1, batch=2)
    trained = binary.train(config, seeds=[4], device="cpu")[0].network
    assert trained is not None
    from aiga.plasticity.model import PlasticRNN

    mine = PlasticRNN(config.neurons, [seeding.generator(4, "init")], init=config.init, eta=config.eta)
    drawn = binary.episodes(config, seeding.generator(4, "episodes"), config.batch)
    state = mine.initial_state(config.batch)
    for drive in drawn.drives[:, None]:
        state = mine.step(drive, state)
    loss = sum(
        (state.activity[0, episode, : config.bits] - drawn.target[episode]).square().sum()
        for episode in range(config.batch)
    )
    optimiser = torch.optim.Adam(mine.parameters(), lr=config.learning_rate)
    (loss / config.batch).backward()  # type: ignore[union-attr]
    optimiser.step()
    # Adam's first step is lr * sign(gradient) wherever the gradient is not tiny, so this compares directions.
    for ours, theirs in zip(trained.parameters(), mine.parameters(), strict=True):
        assert float((ours - theirs).detach().abs().median()) < 1e-6
        assert float(((ours - theirs).detach().abs() < 1e-5).float().mean()) > 0.98


def test_plasticity_learns_what_a_plain_network_cannot() -> None:
    config = replace(comparison.SCALES["ci"]["plastic"], bits=20, updates=400, test_episodes=300)
    plastic = binary.train(config, seeds=[0, 1], device="cpu")
    plain = binary.train(replace(config, condition="rnn", alpha="none"), seeds=[0, 1], device="cpu")
    assert max(outcome.metrics["error"] for outcome in plastic) < 0.06
    assert min(outcome.metrics["error"] for outcome in plain) > 0.1
    assert min(outcome.metrics["error_without_plasticity"] for outcome in plastic) > 0.1


def test_a_curves_beginning_does_not_depend_on_its_length() -> None:
    values = torch.rand(1000, generator=generator())
    labels = {"per_step": 8, "x_label": "episodes", "y_label": "error"}
    whole, beginning = (experiment.Curve.averaged(part, **labels) for part in (values, values[:100]))
    assert whole.x[-1] == 8000
    assert beginning.x[-1] == 800
    assert len(beginning.x) > 20
    assert beginning.x[:-1] == whole.x[: len(beginning.x) - 1]
    assert beginning.y[:-1] == whole.y[: len(beginning.y) - 1]
    assert len(whole.x) < 60
    assert whole.y[-1] == pytest.approx(float(values[int(whole.x[-2] / 8) :].mean()))
    assert experiment.Curve.averaged(values[:1], **labels).x == [8]


@pytest.mark.parametrize("module", [binary, omniglot])
def test_stopping_early_and_resuming_change_nothing(module: experiment.Experiment, tmp_path: Path) -> None:
    config = SMALL if module is binary else ONE_SHOT
    whole = module.train(config, seeds=[1], device="cpu")[0]
    beginning = module.train(config, seeds=[1], device="cpu", limit=2)[0]
    name = next(iter(whole.curves))
    assert beginning.curves[name].y == whole.curves[name].y[:2]
    saved = module.train(config, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    again = module.train(config, seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")[0]
    assert saved.metrics == whole.metrics == again.metrics
    with pytest.raises(CheckpointError, match="another run"):
        module.train(replace(config, learning_rate=1.0), seeds=[1], device="cpu", checkpoint=tmp_path / "run.pt")


@pytest.mark.parametrize("module", [binary, comparison, omniglot])
def test_outcomes_are_within_what_the_experiment_declares(module: experiment.Experiment) -> None:
    outcomes = experiment.run(module, "smoke", seeds=[0], device="cpu")
    assert {outcome.condition for outcome in outcomes} == set(module.SCALES["smoke"])
    for outcome in outcomes:
        assert set(outcome.metrics) <= set(module.METRICS)
        for name, value in outcome.metrics.items():
            assert module.METRICS[name].lowest <= value <= module.METRICS[name].highest
        assert all(len(curve.x) == len(curve.y) > 0 for curve in outcome.curves.values())


@pytest.mark.needs_gpu
@pytest.mark.parametrize("module", [binary, comparison, omniglot])
def test_experiments_run_on_a_gpu(module: experiment.Experiment) -> None:
    for outcome in experiment.run(module, "smoke", seeds=[0, 1], device="cuda"):
        assert outcome.network is not None
        assert next(outcome.network.parameters()).is_cuda
        assert all(torch.isfinite(torch.tensor(each.y)).all() for each in outcome.curves.values())


def test_test_characters_are_never_trained_on() -> None:
    classes = torch.arange(60, dtype=torch.uint8)[:, None, None, None].expand(60, 20, 31, 31)
    config = replace(ONE_SHOT, test_classes=10)
    seen, unseen = omniglot.split(classes, config, seed=3)
    left, right = set(seen[:, 0, 0, 0].tolist()), set(unseen[:, 0, 0, 0].tolist())
    assert len(left) == 50
    assert len(right) == 10
    assert left | right == set(range(60))
    assert {tuple(omniglot.split(classes, config, seed=s)[1][:, 0, 0, 0].tolist()) for s in (3, 3, 4)} != {()}
    assert not torch.equal(omniglot.split(classes, config, seed=4)[1], unseen)
    with pytest.raises(ValueError, match="test_classes"):
        omniglot.split(classes, replace(config, test_classes=58), seed=0)


def test_one_shot_episodes_turn_a_character_the_same_way_everywhere() -> None:
    """Each class is one asymmetric picture plus its number, so a query can be recognised and its turn compared."""
    images = torch.zeros(30, 20, 31, 31, dtype=torch.uint8)
    images[:, :, 0, :] = torch.arange(1, 31, dtype=torch.uint8)[:, None, None]  # the top row carries the class
    config = replace(ONE_SHOT, queries=5)
    drawn = omniglot.Characters(images).episodes(config, generator(), 40)
    names = drawn.drawings.amax((2, 3))  # the class of each drawing
    assert all(len(set(row.tolist())) == config.ways for row in names)
    for episode in range(40):
        assert sorted(drawn.answers[episode].tolist()) == list(range(5))
        for query, answer in enumerate(drawn.answers[episode].tolist()):
            assert torch.equal(drawn.queries[episode, query], drawn.drawings[episode, answer])
    top = (drawn.drawings[:, :, 0, :] > 0).all(-1).float().mean()
    assert 0.15 < float(top) < 0.35  # a quarter is left upright


def test_uniform_guessing_costs_what_the_issue_thread_reports() -> None:
    """Binary cross-entropy of a uniform guess over five is 0.5004: the plateau that looks like 'not training'."""
    value = omniglot.objective(torch.zeros(4, 1, 5), torch.zeros(4, 1, dtype=torch.long), "bce")
    assert float(value) == pytest.approx(0.5004, abs=1e-4)


def test_too_many_queries_are_refused() -> None:
    with pytest.raises(ValueError, match="queries"):
        omniglot.train(replace(ONE_SHOT, queries=6), seeds=[0], device="cpu")
