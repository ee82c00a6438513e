"""Robustification: replayed demonstrations, episodes along them, the maze and a game through the same code."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from aiga import checkpoint, experiment, seeding
from aiga.checkpoint import CheckpointError
from aiga.envs.wings import Wings, plan, unpack
from aiga.goexplore import demonstration, robust_atari, robust_maze, robustify
from aiga.goexplore.curriculum import Backward, Curriculum
from aiga.goexplore.emulator import Atari

RIGHT = bytes([3])
STRAIGHT = RIGHT * 10
"""The way through a single corridor of nine cells."""
MAZE = plan(1, 9)
GAME = Atari("ms_pacman")
SMOKE = robustify.SCALES["smoke"]


def environments(sticky: float = 0.0, batch: int = 40) -> robust_maze.MazeFromDemonstrations:
    recalled = robust_maze.recall(MAZE, [STRAIGHT, bytes([0, 1]) + STRAIGHT], 0.9, "cpu")
    points = Curriculum(recalled.lengths, Backward(stride=2, window=1), seeding.generator(0, "starts"))
    return robust_maze.MazeFromDemonstrations(MAZE, recalled, points, batch, sticky, seeding.generator(0, "sticky"))


def test_recalled_demonstrations_are_what_happens_on_the_way() -> None:
    recalled = robust_maze.recall(MAZE, [STRAIGHT, bytes([0, 1]) + STRAIGHT], 0.9, "cpu")
    assert recalled.lengths.tolist() == [10, 12]
    assert recalled.ahead[0, :10].eq(1).all()
    assert recalled.ahead[2].isinf().all()
    torch.testing.assert_close(recalled.imitated.returns[:10, 0], 0.9 ** torch.arange(9.0, -1, -1))
    world = Wings(MAZE)
    for when in range(10):
        assert torch.equal(recalled.states[0, when], unpack([world.clone()])[0])
        row = robust_maze.sights(MAZE)[world.cell]
        assert torch.equal(recalled.imitated.observed[when, 0, : len(row)], row)
        world.step(3)


def test_bad_demonstrations_are_refused() -> None:
    with pytest.raises(ValueError, match="a demonstration or more, got none"):
        robust_maze.recall(MAZE, [], 0.9, "cpu")
    with pytest.raises(ValueError, match="demonstration 0 ends after 10 of its 11 actions"):
        robust_maze.recall(MAZE, [STRAIGHT + RIGHT], 0.9, "cpu")
    with pytest.raises(ValueError, match="each of an action or more"):
        robust_atari.recall(GAME, [b""], 0.9, "cpu")


def test_each_place_looks_different() -> None:
    drawn = plan()
    seen = robust_maze.sights(drawn)
    assert seen.shape == (drawn.kinds.size, robust_maze.inputs(drawn) - 5)
    assert len(seen.unique(dim=0)) == len(seen)


def test_going_on_as_demonstrated_succeeds() -> None:
    """Every episode that begins at a starting point succeeds after the steps that are left."""
    world = environments()
    begun = world.starts.at.clone(), world.starts.which.clone()
    left = torch.tensor([10, 12, 10])[begun[1]] - begun[0]
    ended = torch.zeros(40, dtype=torch.long)
    for step in range(1, 11):
        _, over = world.step(torch.full((40,), 3))
        ended = torch.where((ended == 0) & over, step, ended)
    assert torch.equal(ended, left)
    points = world.curriculum
    assert points.succeeded[:2].eq(points.tried[:2]).all()
    assert points.succeeded[2] == 0 < points.tried[2]  # the plain beginning has nothing to equal
    before = points.points.clone()
    points.tried += 100
    points.succeeded += 100
    points.move()
    assert torch.equal(points.points, before - 2)


def test_half_of_what_the_demonstration_earned_is_no_success() -> None:
    world, still = environments(), torch.zeros(40, dtype=torch.long)
    demonstrated = world.starts.which < 2
    world.earned += 0.6
    _, over = world.step(still)
    assert not over.any()
    assert world.curriculum.tried.sum() == 0
    world.earned += 0.4
    _, over = world.step(still)
    assert torch.equal(over, demonstrated)
    assert world.curriculum.succeeded.sum() == demonstrated.sum()


def test_who_takes_too_long_begins_anew() -> None:
    world = environments()
    limit = world.limit.clone()
    assert limit[world.starts.which < 2].max() < 30
    for step in range(1, 27):
        _, over = world.step(torch.zeros(40, dtype=torch.long))
        demonstrated = limit < 30
        assert torch.equal(over[demonstrated] & (step <= limit[demonstrated]), limit[demonstrated] == step)
    assert world.curriculum.succeeded.sum() == 0


def test_sticky_actions_break_a_replay_and_not_a_straight_one() -> None:
    drawn = plan(2, 9)
    config = replace(SMOKE["one"], corridors=2, search=20_000)
    found = robustify.demonstrations(config, seed=0)[0]
    chance = seeding.generator(0, "test")
    sure = robust_maze.play(found, drawn, episodes=5, sticky=0.0, generator=chance)
    shaky = robust_maze.play(found, drawn, episodes=400, sticky=0.25, generator=chance)
    assert sure.reached.all()
    assert sure.cells.shape == (len(found) + 1, 5)
    assert sure.cells[0].eq(drawn.start).all()
    assert sure.cells[-1].eq(drawn.goal).all()
    assert float(shaky.reached.float().mean()) < 0.5
    assert torch.equal(shaky.reached, shaky.cells[-1] == drawn.goal)
    straight = robust_maze.play(STRAIGHT + RIGHT * 9, MAZE, episodes=50, sticky=0.25, generator=chance)
    assert float(straight.reached.float().mean()) > 0.5


@pytest.mark.slow
def test_a_demonstration_that_fails_becomes_a_policy_that_does_not() -> None:
    config = replace(robustify.SCALES["ci"]["one"], corridors=2, length=11, search=30_000, updates=40, environments=32)
    outcome = robustify.train(config, seeds=[100], device="cpu")[0]
    assert outcome.metrics["replay"] < 0.4
    assert outcome.metrics["untrained"] < 0.2
    assert outcome.metrics["success"] > 0.9
    assert outcome.metrics["back"] == 1
    assert outcome.curves["back"].y == sorted(outcome.curves["back"].y)


def test_every_condition_runs_and_measures_within_bounds() -> None:
    outcomes = experiment.run(robustify, "smoke", seeds=[0], device="cpu")
    assert [each.condition for each in outcomes] == list(SMOKE)
    for each in outcomes:
        assert ("score" in each.metrics) == (SMOKE[each.condition].world == "atari")
        for name, value in each.metrics.items():
            assert robustify.METRICS[name].lowest <= value <= robustify.METRICS[name].highest


def test_frames_one_by_one_are_the_emulators_steps() -> None:
    """A game that is stepped frame by frame does what phase 1 saw: same rewards, same RAM."""
    game, emulator = robust_atari.Game(GAME), GAME()
    chance = seeding.numpy_generator(0, "actions")
    total = 0.0
    for action in chance.integers(emulator.actions, size=150).tolist():
        reward, over = game.step(action)
        step = emulator.step(action)
        assert (reward, over) == (step.reward, step.done or step.life_lost)
        assert game.emulator.fingerprint() == emulator.fingerprint()
        total += reward
    assert total > 0


def test_a_frame_that_sticks_repeats_the_action_before() -> None:
    """Left is not heard in the first two frames, in which right goes on; the emulator is told so frame by frame."""
    right, left = 2, 3
    game, emulator = robust_atari.Game(GAME), replace(GAME, frame_skip=1)()
    for _ in range(70):  # until the player may move
        game.step(right)
    emulator.restore(game.emulator.clone())
    game.step(left, (True, True, False, False))
    for action in (right, right, left, left):
        emulator.step(action)
    assert game.emulator.fingerprint() == emulator.fingerprint()
    game.step(right, (True,) * 4)
    for _ in range(4):
        emulator.step(left)
    assert game.emulator.fingerprint() == emulator.fingerprint()
    heard = robust_atari.Game(GAME)
    heard.emulator.restore(emulator.clone())
    heard.step(right)
    game.step(right, (True,) * 4)
    assert heard.emulator.fingerprint() != game.emulator.fingerprint()


def test_a_demonstration_of_a_game_earns_what_it_says_when_it_is_recalled() -> None:
    found = robustify.demonstrations(SMOKE["game"], seed=0)
    score = demonstration.replay(GAME(), found[0]).score
    assert score >= SMOKE["game"].target
    recalled = robust_atari.recall(GAME, found, 0.99, "cpu")
    assert recalled.scale == score
    assert float(recalled.ahead[0, 0]) == pytest.approx(1)
    scores = robust_atari.play(
        found[0], GAME, episodes=2, sticky=0.0, no_ops=0, most=1000, generator=seeding.generator(0, "test")
    )
    assert scores.tolist() == [score, score]


def test_a_policy_that_sees_ram_sees_all_of_it() -> None:
    game, emulator = robust_atari.Game(GAME, "ram"), GAME()
    for action in (1, 2, 2, 3):
        game.step(action)
        emulator.step(action)
    assert game.seen.shape == robust_atari.SHAPES["ram"]
    assert game.seen.tobytes() == emulator.fingerprint()
    recalled = robust_atari.recall(GAME, [bytes([1, 2, 2, 3, 0])], 0.99, "cpu", "ram")
    assert recalled.imitated.observed.shape == (5, 1, 1, 128)
    assert recalled.imitated.observed[4].numpy().tobytes() == emulator.fingerprint()


def test_idle_steps_come_before_plain_episodes_only() -> None:
    """Of many episodes from the plain beginning some wait, none longer than told; along a demonstration none does."""
    found = [bytes([2] * 30)]
    recalled = robust_atari.recall(GAME, found, 0.99, "cpu", "ram")
    beginning, waited = robust_atari.Game(GAME, "ram"), [bytes(recalled.states[-1][0][1])]
    for _ in range(3):
        beginning.wait(1)
        waited.append(beginning.seen.tobytes())
    assert len(set(waited)) == 4
    for backward in (True, False):
        points = Curriculum(recalled.lengths, Backward(backward=backward), seeding.generator(0, "starts"))
        world = robust_atari.GamesFromDemonstrations(
            GAME, recalled, points, 24, 0.25, seeding.generator(0, "sticky"), most=20, no_ops=3, sight="ram"
        )
        begun = zip(world.observe(), world.starts.which.tolist(), world.starts.at.tolist(), strict=True)
        for seen, which, at in begun:
            assert seen.numpy().tobytes() in (waited if which == 1 else [bytes(recalled.states[0][at][1])])
    assert {each.numpy().tobytes() for each in world.observe()} == set(waited)


def test_threads_change_nothing_and_a_saved_world_goes_on() -> None:
    found = [bytes([2] * 30)]
    worlds = []
    for threads in (1, 3):
        recalled = robust_atari.recall(GAME, found, 0.99, "cpu")
        points = Curriculum(recalled.lengths, Backward(), seeding.generator(0, "starts"))
        worlds.append(
            robust_atari.GamesFromDemonstrations(
                GAME, recalled, points, 3, 0.25, seeding.generator(0, "sticky"), most=20, threads=threads
            )
        )
    actions = torch.randint(5, (24, 3), generator=seeding.generator(0, "actions"))
    for action in actions[:12]:
        results = [torch.stack([*world.step(action)]) for world in worlds]
        assert torch.equal(*results)
    assert torch.equal(worlds[0].observe(), worlds[1].observe())
    saved, points = worlds[0].state_dict(), worlds[0].curriculum.state_dict()
    ahead = [torch.stack([*worlds[0].step(action)]) for action in actions[12:]]
    for action in actions[:5]:
        worlds[1].step(action)
    worlds[1].load_state_dict(saved)
    worlds[1].curriculum.load_state_dict(points)
    assert all(
        torch.equal(torch.stack([*worlds[1].step(action)]), before)
        for action, before in zip(actions[12:], ahead, strict=True)
    )
    assert torch.equal(worlds[0].observe(), worlds[1].observe())


@pytest.mark.parametrize("name", ["several", "game", "game_ram"])
def test_a_run_that_was_killed_goes_on(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, file = replace(SMOKE[name], updates=4), tmp_path / "robustify.pt"
    whole = robustify.train(config, seeds=[2], device="cpu")[0]
    real, calls = checkpoint.steps, []

    def dying(total: int, parts: dict[str, object], **settings: object) -> object:
        for step in real(total, parts, **{**settings, "every": 0.0}):  # type: ignore[arg-type]
            if "player" in parts:
                calls.append(step)
                if calls == [0, 1, 2]:
                    raise RuntimeError("killed")
            yield step

    monkeypatch.setattr(checkpoint, "steps", dying)
    with pytest.raises(RuntimeError, match="killed"):
        robustify.train(config, seeds=[2], device="cpu", checkpoint=file)
    again = robustify.train(config, seeds=[2], device="cpu", checkpoint=file)[0]
    assert calls == [0, 1, 2, 2, 3]
    assert again.metrics == whole.metrics
    assert again.curves == whole.curves
    with pytest.raises(CheckpointError, match="belongs to another run"):
        robustify.train(replace(config, learning_rate=0.5), seeds=[2], device="cpu", checkpoint=file)


def test_a_search_that_finds_nothing_says_so() -> None:
    with pytest.raises(RuntimeError, match="no demonstration was found in 2000 steps"):
        robustify.demonstrations(replace(SMOKE["one"], corridors=9, length=31, search=200), seed=0)
