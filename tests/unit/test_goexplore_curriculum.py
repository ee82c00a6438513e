"""The backward algorithm: where episodes begin, and when that moves."""

import pytest
import torch

from aiga import seeding
from aiga.goexplore.curriculum import Backward, Curriculum, Starts


def curriculum(*lengths: int, **settings: object) -> Curriculum:
    chosen = Backward(stride=3, window=4, threshold=0.5, trials=10, **settings)  # type: ignore[arg-type]
    return Curriculum(torch.tensor(lengths), chosen, seeding.generator(0, "starts"))


def tell(points: Curriculum, which: int, *, wins: int, losses: int, took: int = 10) -> None:
    """Episodes that began at one demonstration's point."""
    count = wins + losses
    starts = Starts(torch.full((count,), which), torch.zeros(count, dtype=torch.long))
    over = torch.ones(count, dtype=torch.bool)
    points.judge(starts, torch.arange(count) < wins, over, torch.full((count,), took))


def test_episodes_begin_near_the_point_of_their_demonstration() -> None:
    points = curriculum(20, 50)
    starts = points.draw(6000)
    for which, length in ((0, 20), (1, 50)):
        places = starts.at[starts.which == which]
        assert (places.min(), places.max()) == (length - 3, length - 1)
    assert starts.at[starts.which == 2].eq(0).all()
    shares = starts.which.bincount() / 6000
    torch.testing.assert_close(shares, torch.full((3,), 1 / 3), atol=0.03, rtol=0)


def test_the_point_moves_back_when_enough_succeed_and_only_then() -> None:
    points = curriculum(20, 50)
    tell(points, 0, wins=6, losses=3)
    points.move()
    assert points.points.tolist() == [17, 47]  # too few to judge
    tell(points, 0, wins=0, losses=1)
    tell(points, 1, wins=4, losses=6)
    points.move()
    assert points.points.tolist() == [14, 47]  # six of ten; four of ten
    assert points.tried.tolist() == [0, 0, 0]  # what was judged is forgotten
    for _ in range(10):
        tell(points, 0, wins=10, losses=0)
        points.move()
    assert points.points.tolist() == [0, 47]
    assert float(points.back) == pytest.approx(1 - 47 / 50 / 2)


def test_only_what_is_over_is_judged() -> None:
    points = curriculum(20)
    starts = Starts(torch.zeros(20, dtype=torch.long), torch.zeros(20, dtype=torch.long))
    points.judge(starts, torch.ones(20, dtype=torch.bool), torch.arange(20) < 7, torch.ones(20))
    assert points.tried.tolist() == [7, 0]


def test_plain_episodes_take_no_more_steps_than_their_share() -> None:
    """Ten times as long, a tenth as many."""
    points = curriculum(20)
    for _ in range(40):
        tell(points, 0, wins=10, losses=10, took=30)
        tell(points, 1, wins=0, losses=20, took=300)
    drawn = points.draw(40_000).which
    assert float((drawn == 1).float().mean()) == pytest.approx(0.05, abs=0.01)


def test_limits_follow_what_is_left() -> None:
    points = curriculum(20, 50, patience=2.0, spare=5)
    starts = Starts(torch.tensor([0, 1, 2]), torch.tensor([15, 40, 0]))
    assert points.limits(starts, 777).tolist() == [15, 25, 777]


def test_without_going_backward_all_episodes_are_plain() -> None:
    points = curriculum(20, 50, backward=False)
    starts = points.draw(100)
    assert starts.which.eq(2).all()
    assert starts.at.eq(0).all()
    assert float(points.back) == 1


def test_a_saved_curriculum_goes_on() -> None:
    first, second = curriculum(20, 50), curriculum(20, 50)
    tell(first, 0, wins=15, losses=0)
    first.move()
    tell(first, 1, wins=3, losses=4)
    first.draw(5)
    second.load_state_dict(first.state_dict())
    for points in (first, second):
        tell(points, 1, wins=6, losses=0)
        points.move()
    assert first.points.tolist() == second.points.tolist() == [14, 44]
    assert torch.equal(first.draw(50).at, second.draw(50).at)
