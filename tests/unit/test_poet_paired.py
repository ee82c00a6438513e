"""Mazes, their players, and who is paid for what."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from aiga import seeding
from aiga.poet import figures_paired, paired
from aiga.poet.mazes import INPUTS, MOVES, Explorers, drawn
from aiga.poet.paired import DRAWN, SCALES, Game, design, explore, play, train
from aiga.poet.players import Lives, Players, choose, loss

CI = SCALES["ci"]["paired"]
SMOKE = SCALES["smoke"]
SMALL = "S.#  ..#  .G."


def streams(count: int = 1, seed: int = 0) -> list[torch.Generator]:
    return [seeding.generator(seed + each, "test") for each in range(count)]


def test_the_shortest_way_is_found_or_there_is_none() -> None:
    assert drawn(SMALL).shortest().tolist() == [[3]]
    assert drawn("S#.  .#.  .#G").shortest().tolist() == [[-1]]
    ways = [int(drawn(plan).shortest()) for plan in DRAWN]
    assert ways == [12, 4 * 6 + 3 * 2, 28, 9]  # the zigzag: four times across, three times down


@pytest.mark.parametrize("plan", ["S.  .", "S..  ...  ...", "SS.  ...  ..G"])
def test_drawings_that_are_no_mazes_are_refused(plan: str) -> None:
    with pytest.raises(ValueError, match="one S and one G"):
        drawn(plan)


def test_an_explorer_walks_stops_at_walls_and_is_paid_for_speed() -> None:
    world = Explorers(drawn(SMALL), 1, 10)
    up, down, _, right = range(4)
    rewards, places = [], []
    for action in (up, right, right, down, down, right):
        reward, under_way = world.act(torch.tensor([[action]]))
        rewards.append(float(reward))
        places.append(int(world.place))
    assert places == [0, 1, 1, 4, 7, 7]  # up is the edge, the second right a wall; after the goal nothing moves
    assert rewards == pytest.approx([0, 0, 0, 0, 1 - 0.9 * 5 / 10, 0])
    assert not under_way.any()


def test_an_explorer_sees_the_walls_around_and_where_the_goal_lies() -> None:
    world = Explorers(drawn(SMALL), 2, 10)
    seen = world.observe()
    assert seen.shape == (1, 2, INPUTS)
    view = seen[0, 0, :25].view(5, 5)
    assert view[:2].all()  # outside of the maze are walls
    assert view[:, :2].all()
    assert view[2:, 2:].tolist() == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]
    assert seen[0, 0, 25:].tolist() == pytest.approx([2 / 3, 1 / 3, 1, 1, 0])


def test_designs_have_a_start_and_a_goal_apart_and_free() -> None:
    config = replace(CI, side=5, blocks=30)
    mazes, drawing = design(None, config, 64, streams(2))
    assert (mazes.start != mazes.goal).all()
    flat = mazes.walls.flatten(2)
    for place in (mazes.start, mazes.goal):
        assert not flat.gather(2, place[..., None]).any()
    walls = flat.sum(-1)
    assert walls.max() <= 23
    assert walls.float().mean() > 15  # thirty choices of 25 cells, some of them twice
    assert drawing.seen.shape[:3] == (32, 2, 64)
    alone, _ = design(None, config, 64, streams(2)[1:])
    assert torch.equal(alone.walls[0], mazes.walls[1])  # a seed's designs are its own


def test_choices_follow_the_softmax() -> None:
    logits = torch.tensor([0.0, 1.0, 2.0]).expand(1, 20_000, 3)
    share = torch.bincount(choose(logits, streams())[0], minlength=3) / 20_000
    torch.testing.assert_close(share, logits[0, 0].softmax(0), atol=0.012, rtol=0)


def test_the_gradient_is_the_formulas() -> None:
    players = Players(3, 4, 2, streams())
    seen = torch.randn(2, 1, 3, 3, generator=streams()[0])
    counts = torch.tensor([[[1.0, 1, 1]], [[1.0, 0, 1]]])
    rewards = torch.tensor([[[0.0, 1, 0]], [[1.0, 0, 0]]])
    lives = Lives(seen, torch.tensor([[[0, 1, 0]], [[1, 0, 1]]]), rewards, counts)
    got = loss(players, lives, 0.5, 0.1)
    entries = []
    for step in range(2):
        logits, values = players(seen[step])
        for each in range(3):
            if counts[step, 0, each]:
                earned = rewards[step, 0, each] + (0.5 * rewards[1, 0, each] if step == 0 else 0)
                log = logits[0, each].log_softmax(0)
                gain = earned - values[0, each]
                entries.append((log[lives.actions[step, 0, each]], gain, -(log.exp() * log).sum()))
    scale = torch.stack([gain**2 for _, gain, _ in entries]).mean().sqrt()
    expected = sum(-log * (gain / scale) - 0.1 * entropy + 0.5 * gain**2 for log, gain, entropy in entries) / 5
    torch.testing.assert_close(got[0], torch.as_tensor(expected))


def test_who_is_paid_for_what(monkeypatch: pytest.MonkeyPatch) -> None:
    paid: dict[int, torch.Tensor] = {}

    def spy(players: Players, lives: Lives, discount: float, spread: float) -> torch.Tensor:
        paid[id(players)] = lives.rewards.clone()
        return loss(players, lives, discount, spread)

    monkeypatch.setattr(paired, "loss", spy)
    for pays in ("regret", "failure", "nothing"):
        config, paid_to = replace(SMOKE["paired"], pays=pays, batch=6), paid  # type: ignore[arg-type]
        paid_to.clear()
        game = Game(config, [100])
        _, noted = play(game, config, streams())
        protagonist = paid[id(game.protagonist)].sum(0).view(1, 6, 2).mean(-1)
        torch.testing.assert_close(noted["reward"], protagonist.mean(1))
        assert (id(game.antagonist) in paid) == (pays == "regret")
        assert (id(game.adversary) in paid) == (pays != "nothing")
        if pays == "regret":
            best = paid[id(game.antagonist)].sum(0).view(1, 6, 2).amax(-1)
            torch.testing.assert_close(paid[id(game.adversary)][-1], best - protagonist)
        elif pays == "failure":
            torch.testing.assert_close(paid[id(game.adversary)][-1], -protagonist)
        if id(game.adversary) in paid:
            assert not paid[id(game.adversary)][:-1].any()


def test_a_good_way_is_learned_in_one_maze() -> None:
    config = replace(CI, horizon=8)
    players, maze, stream = Players(INPUTS, 16, len(MOVES), streams()), drawn(SMALL), streams()
    optimiser = torch.optim.Adam(players.parameters(), 0.02)
    for _ in range(60):
        optimiser.zero_grad()
        loss(players, explore(players, maze, config, 16, stream), 0.97, 0.01).sum().backward()
        optimiser.step()
    reached = explore(players, maze, config, 50, stream).rewards.sum(0)
    assert float(reached.mean()) > 0.55  # 0.66 at the shortest


@pytest.mark.parametrize("name", list(SMOKE))
def test_every_condition_trains_and_reports_what_it_declares(name: str, tmp_path: Path) -> None:
    whole = train(SMOKE[name], seeds=[100, 101])
    for outcome in whole:
        assert set(outcome.metrics) <= set(paired.METRICS)
        for metric, value in outcome.metrics.items():
            assert paired.METRICS[metric].lowest <= value <= paired.METRICS[metric].highest
    assert ("regret" in whole[0].metrics) == (name == "paired")
    [alone] = train(SMOKE[name], seeds=[101], checkpoint=tmp_path / "run.pt")
    assert alone.metrics == pytest.approx(whole[1].metrics, abs=0.05)
    [again] = train(SMOKE[name], seeds=[101], checkpoint=tmp_path / "run.pt")
    assert again.metrics == alone.metrics


def test_another_device_is_refused() -> None:
    with pytest.raises(ValueError, match="'meta'"):
        train(SMOKE["paired"], seeds=[100], device="meta")


def test_figures_show_each_condition_and_its_mazes() -> None:
    outcomes = {name: train(config, seeds=[100, 101]) for name, config in SMOKE.items()}
    figure = figures_paired.training(outcomes)
    assert [each.get_text() for each in figure.legends[0].get_texts()] == list(SMOKE)
    games = {name: (group[0].network, SMOKE[name]) for name, group in outcomes.items()}
    figure = figures_paired.designs(games, count=2)  # type: ignore[arg-type]
    assert len(figure.axes) == 6
    mazes, _ = design(None, SMOKE["domain_randomisation"], 2, [seeding.generator(0, "pictures")])
    for axes, way in zip(figure.axes[4:], mazes.shortest()[0].tolist(), strict=True):
        assert axes.get_title(loc="left") == ("no way" if way < 0 else f"way of {way}")


def test_success_in_unseen_mazes_is_drawn_where_it_was_measured() -> None:
    outcomes = train(SMOKE["paired"], seeds=[100, 101])
    assert "drawn_solved" not in outcomes[0].metrics  # smaller mazes than those drawn by hand
    [axes] = figures_paired.transfer({"PAIRED": outcomes}).axes
    dots = [line for line in axes.lines if line.get_marker() == "." and len(line.get_xdata()) == 2]  # type: ignore[arg-type]
    wanted = [[outcome.metrics[name] for outcome in outcomes] for name in ("random_solved", "far_solved")]
    assert [list(line.get_ydata()) for line in dots] == wanted


def test_a_selected_game_is_that_seeds() -> None:
    game = Game(SMOKE["paired"], [100, 101])
    alone = game.select(1)
    for name, value in alone.state_dict().items():
        assert torch.equal(value[0], game.state_dict()[name][1])
    assert torch.equal(alone.protagonist.first, Game(SMOKE["paired"], [101]).protagonist.first)
