"""The Synthetic Petri Dish: its networks, its gradient, the truth, the rivals, and what is measured."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from aiga import checkpoint, experiment, seeding
from aiga.checkpoint import CheckpointError
from aiga.experiment import Curve, Outcome
from aiga.gtn import dish, figures_petri, motifs, petri

SMALL = petri.SCALES["smoke"]["petri"]
SLOPES = torch.tensor([0.5, 2.0, 4.0])


def streams(*seeds: int, name: str = "test") -> list[torch.Generator]:
    return [seeding.generator(seed, name) for seed in seeds]


def small_dish(*seeds: int) -> dish.Dish:
    return dish.Dish(streams(*seeds), features=3, hidden=4, classes=2, examples=2, steps=3, rate=0.7)


def by_hand(network: dish.Dish, seed: int, weights: list[Tensor], slope: float) -> float:
    """One network in the dish: PyTorch's layers, cross-entropy and optimiser."""

    class Sloped(torch.nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.sigmoid(slope * x)

    layers: list[torch.nn.Module] = []
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        layers += [torch.nn.Linear(*kernel.shape), Sloped()]
        layers[-2].weight.data, layers[-2].bias.data = kernel.T.clone(), bias[0].clone()
    net = torch.nn.Sequential(*layers[:-1])
    cross_entropy = torch.nn.CrossEntropyLoss()
    sgd = torch.optim.SGD(net.parameters(), lr=float(network.log_rate[seed].detach().exp()))
    for _ in range(network.steps):
        sgd.zero_grad()
        cross_entropy(net(network.inputs[seed].detach()), network.labels[seed].detach().softmax(-1)).backward()
        sgd.step()
    return float(cross_entropy(net(network.questions[seed]), network.answers[seed].softmax(-1)).detach())


def test_the_dish_trains_each_motif_by_sgd_on_the_synthetic_data() -> None:
    network = small_dish(0, 1)
    given = network(SLOPES, streams(5, 6), 2)
    assert given.shape == (2, 3)
    for seed, stream in enumerate(streams(5, 6)):
        drawn = dish.create(stream, 2, network.sizes)
        for place, slope in enumerate(SLOPES.tolist()):
            losses = [by_hand(network, seed, [each[start] for each in drawn], slope) for start in range(2)]
            assert float(given[seed, place].detach()) == pytest.approx(sum(losses) / 2, rel=1e-4)
    with torch.no_grad():
        torch.testing.assert_close(network(SLOPES, streams(5, 6), 2), given.detach())


def test_its_gradient_goes_through_the_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against finite differences, in float64."""
    network, create = small_dish(0).double(), dish.create
    monkeypatch.setattr(dish, "create", lambda *arguments: [each.double() for each in create(*arguments)])
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)

    def outer() -> Tensor:
        return (network(SLOPES.double(), streams(5), 2)[0] * weights).sum()

    gradients = torch.autograd.grad(outer(), list(network.parameters()))
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        spot = int(gradient.abs().argmax())
        around = []
        for shift in (1e-6, -1e-6):
            parameter.data.view(-1)[spot] += shift
            around.append(float(outer().detach()))
            parameter.data.view(-1)[spot] -= shift
        slope = float(gradient.flatten()[spot])
        assert slope != 0
        assert (around[0] - around[1]) / 2e-6 == pytest.approx(slope, rel=1e-5)


def test_it_begins_as_a_problem_of_its_own() -> None:
    network = dish.Dish(streams(0), features=50, hidden=4, classes=3, examples=4, steps=1, rate=1.0, noise=0.1)
    points = network.inputs.detach().view(4, 3, 50)
    assert float((points - points.mean(0)).std()) == pytest.approx(0.1, rel=0.3)
    assert float(points.mean(0).std()) == pytest.approx(1, rel=0.3)
    assert network.labels.argmax(-1).tolist() == [[0, 1, 2] * 4]
    torch.testing.assert_close(network.questions.detach().view(4, 3, 50).mean(0), points.mean(0), atol=0.3, rtol=0)
    assert not torch.equal(network.questions, network.inputs)


def test_standardised_is_by_what_is_known() -> None:
    values, known = torch.tensor([[1.0, 2.0, 3.0, 10.0]]), torch.tensor([True, True, True, False])
    assert dish.standardised(values, known).tolist() == [[-1.0, 0.0, 1.0, 8.0]]


def test_the_truth_is_training_on_digits_with_that_slope() -> None:
    """A network of one motif alone, by PyTorch's optimiser, gives the same; less loss than guessing is learned."""
    task = motifs.Task(motifs=3, lowest=1.0, highest=4.0, images=300, hidden=8, starts=1, steps=40, batch=16)
    early, long, _ = motifs.truth(task, 5, 0)
    assert early.shape == long.shape == (3,)
    assert (long < early).all()
    assert float(long.exp().min()) < 2.0
    assert motifs.truth(task, 5, 0)[1] is long, "trained once"
    motifs._kept.cache_clear()
    assert torch.equal(motifs.truth(task, 5, 0)[1], long)
    assert not torch.equal(motifs.truth(task, 5, 1)[1], long)
    only = replace(task, motifs=1, highest=1.0)
    torch.testing.assert_close(motifs.truth(only, 5, 0)[1], long[:1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("stopped_at", [3, 30])
def test_its_long_training_goes_on_where_it_was_stopped(
    stopped_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after the few steps whose result is also given; and what is whole is not trained again."""
    task = motifs.Task(motifs=3, images=300, hidden=8, starts=1, steps=40, batch=16)
    early, long, _ = motifs.truth(task, 5, 0)
    monkeypatch.setattr(motifs.checkpoints, "steps", partial(checkpoint.steps, every=0.0))
    computed: list[Tensor] = []
    error, path, whole = dish.error, tmp_path / "truth.pt", task.steps + 2  # two examinations

    def counted(*arguments: Tensor) -> Tensor:
        if len(computed) == stopped_at and not path.with_suffix(".stopped").exists():
            path.with_suffix(".stopped").touch()
            raise KeyboardInterrupt
        computed.append(error(*arguments))
        return computed[-1]

    monkeypatch.setattr(dish, "error", counted)
    motifs._kept.cache_clear()
    with pytest.raises(KeyboardInterrupt):
        motifs.truth(task, 5, 0, checkpoint=path)
    for left in (whole - stopped_at, 1):
        computed.clear()
        motifs._kept.cache_clear()
        resumed = motifs.truth(task, 5, 0, checkpoint=path)
        assert torch.equal(resumed[0], early)
        assert torch.equal(resumed[1], long)
        assert len(computed) == left


def test_each_seeds_truth_is_saved_beside_its_dish(tmp_path: Path) -> None:
    motifs._kept.cache_clear()
    config = petri.SCALES["smoke"]["petri"]
    petri.train(config, seeds=[0, 3], device="cpu", checkpoint=tmp_path / "gtn.petri.smoke.petri.pt")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"gtn.petri.smoke.petri{part}.pt" for part in ("", ".truth0", ".truth3")}


def test_known_motifs_are_the_gentler_ones_and_fewer_than_half() -> None:
    for scale in ("ci", "colab", "paper"):
        task = petri.SCALES[scale]["petri"].task  # type: ignore[index]
        slopes, known = motifs.motifs(task)
        assert slopes[0] == pytest.approx(task.lowest)
        assert slopes[-1] == pytest.approx(task.highest)
        assert (slopes[known] < task.known_below).all()
        assert 5 <= int(known.sum()) < task.motifs / 2
        assert known.diff().sum() == 1, "one side"


def test_scores() -> None:
    slopes, known = torch.tensor([1.0, 2.0, 4.0, 8.0]), torch.tensor([True, True, False, False])
    real = torch.tensor([3.0, 2.0, 1.0, 4.0]).log()
    perfect = petri.scores(slopes, known, real, 5 * real - 2)
    assert perfect == pytest.approx({"rank": 1, "rank_new": 1, "miss": 0, "regret": 0})
    falling = petri.scores(slopes, known, real, -slopes)
    assert falling["rank_new"] == pytest.approx(-1)
    assert falling["miss"] == pytest.approx(1)
    assert falling["regret"] == pytest.approx(3)
    assert petri.scores(slopes, known, real, torch.ones(4))["rank"] == 0


def test_the_polynomial_finds_a_parabola_and_the_predictor_fits_what_it_was_shown() -> None:
    config = petri.SCALES["ci"]["petri"]
    slopes, known = motifs.motifs(config.task)
    parabola = (slopes.log() - 1).square()
    torch.testing.assert_close(petri._polynomial(config, parabola, 0), parabola, rtol=1e-3, atol=1e-3)
    fitted = petri._predictor(config, parabola, 0)
    assert petri._spearman(fitted[known], parabola[known]) > 0.99


@pytest.mark.parametrize("condition", list(petri.SCALES["smoke"]))
def test_outcomes_are_within_what_the_experiment_declares(condition: str) -> None:
    (outcome,) = petri.train(petri.SCALES["smoke"][condition], seeds=[0], device="cpu")
    assert outcome.condition == condition
    assert set(outcome.metrics) == set(petri.METRICS)
    for name, value in outcome.metrics.items():
        assert petri.METRICS[name].lowest <= value <= petri.METRICS[name].highest
    assert set(outcome.curves) == {"truth", "judged"}


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = petri.train(SMALL, seeds=[7], device="cpu")[0]
    among = petri.train(SMALL, seeds=[3, 7], device="cpu")[1]
    assert alone.curves["judged"].y == pytest.approx(among.curves["judged"].y, rel=1e-3)
    assert alone.curves["truth"].y == among.curves["truth"].y


def test_resuming_changes_nothing(tmp_path: Path) -> None:
    whole = petri.train(SMALL, seeds=[1], device="cpu")[0]
    file = tmp_path / "run.pt"
    saved = petri.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    again = petri.train(SMALL, seeds=[1], device="cpu", checkpoint=file)[0]
    assert saved.metrics == whole.metrics == again.metrics
    begun = petri.train(SMALL, seeds=[1], device="cpu", limit=0)[0]
    unlearned = petri.train(replace(SMALL, updates=0), seeds=[1], device="cpu")[0]
    assert {**begun.metrics, "images": 0} == unlearned.metrics
    assert begun.curves["judged"].y != whole.curves["judged"].y
    with pytest.raises(CheckpointError, match="another run"):
        petri.train(replace(SMALL, rate=1.0), seeds=[1], device="cpu", checkpoint=file)


def test_the_figures_show_truth_and_judgement_of_every_seed() -> None:
    x = [0.5, 1.0, 2.0, 4.0]
    truth = Curve(x, [2.0, 1.0, 0.5, 1.0], "slope", "loss")
    groups = {
        label: [
            Outcome(
                condition, seed, {"rank": 0.1 * seed}, {"truth": truth, "judged": Curve(x, [2, 1, 0.9, 0.8], "s", "l")}
            )
            for seed in range(3)
        ]
        for label, condition in (("dish", "petri"), ("quadratic", "polynomial"))
    }
    figure = figures_petri.judgements(groups, known_below=1.5)
    panel = figure.axes[0]
    assert panel.get_title(loc="left") == "dish"
    assert sum(len(line.get_xdata()) == 4 for line in panel.lines) == 6
    marks = [line.get_xdata()[0] for line in panel.lines if len(line.get_xdata()) == 1]
    assert marks == [4.0] * 3
    figure = figures_petri.ranking(groups)
    means = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_markersize() == 8]
    assert means == pytest.approx([0.1, 0.1])
    assert [each.get_text() for each in figure.axes[0].get_yticklabels()] == ["dish", "quadratic"]


@pytest.mark.slow
@pytest.mark.needs_data("mnist")
def test_the_dish_ranks_better_than_it_did_before_learning() -> None:
    table = petri.SCALES["ci"]
    ranks = {
        name: [each.metrics["rank"] for each in petri.train(table[name], seeds=[100, 101], device="cpu")]
        for name in ("petri", "unlearned", "few_steps")
    }
    assert min(ranks["petri"]) > 0.8
    assert sum(ranks["petri"]) > sum(ranks["unlearned"]) + 0.1
    assert sum(ranks["petri"]) > sum(ranks["few_steps"]) + 0.4


def test_the_experiment_has_an_address() -> None:
    assert experiment.load("gtn.petri").TITLE == petri.TITLE
