"""Cue trials: the original's timing, distinct cues, right answers."""

import pytest
import torch

from aiga import seeding
from aiga.envs.cues import CueTrials


def trials(steps: int = 120, batch: int = 200, *, seeds: tuple[int, ...] = (0,), **settings: int) -> CueTrials:
    return CueTrials(steps, [seeding.generator(seed, "cues") for seed in seeds], batch, **settings)  # type: ignore[arg-type]


def test_the_original_timing() -> None:
    """An empty step, a block of 2 to 5 steps with two cues, Go, an empty step: 5 to 8 steps, 6.5 on average."""
    drawn = trials()
    lengths, places = [], set()
    for episode in range(200):
        which, go = drawn.which[:, 0, episode].tolist(), drawn.go[:, 0, episode].nonzero().flatten().tolist()
        begins = 0
        for number, now in enumerate(go):
            block = which[begins + 1 : now]
            assert which[begins] == which[now] == -1
            assert 2 <= len(block) <= 5
            shown = [cue for cue in block if cue >= 0]
            assert len(shown) == len(set(shown)) == 2
            assert drawn.trial[now, 0, episode] == number
            assert drawn.answer[now, 0, episode] == (int(drawn.target[0, episode]) in shown)
            if now + 1 < 120:
                assert which[now + 1] == -1
            places |= {(len(block), position) for position, cue in enumerate(block) if cue >= 0}
            lengths.append(now + 2 - begins)
            begins = now + 2
        assert begins + 8 > 120  # what follows is the beginning of a trial that does not fit
    assert set(lengths) == {5, 6, 7, 8}
    assert torch.tensor(lengths).float().mean() == pytest.approx(6.5, abs=0.06)
    assert places == {(block, position) for block in range(2, 6) for position in range(block)}


def test_compact_trials_have_no_empty_steps_but_the_last() -> None:
    drawn = trials(46, compact=True)
    assert drawn.longest == 4
    assert (drawn.which[:, 0] >= 0).int().flatten(1).eq(torch.tensor([1, 1, 0, 0] * 11 + [1, 1])[:, None]).all()
    assert drawn.go[:, 0].eq(torch.tensor([False, False, True, False] * 11 + [False, False])[:, None]).all()


def test_patterns_are_those_of_the_cues_shown() -> None:
    drawn = trials(60, 50, seeds=(0, 1))
    assert drawn.cues.shape == (2, 50, 4, 20)
    assert (drawn.cues.abs() == 1).all()
    there = drawn.which >= 0
    assert not drawn.patterns[~there].any()
    expected = drawn.cues.gather(2, drawn.which.clamp(min=0).permute(1, 2, 0)[..., None].expand(-1, -1, -1, 20))
    assert torch.equal(drawn.patterns[there], expected.permute(2, 0, 1, 3)[there])


def test_cues_are_different_and_uniform() -> None:
    """With two bits there are just four patterns, so each episode has all of them, in an order out of 24."""
    drawn = trials(8, 4800, bits=2)
    codes = ((drawn.cues[0] + 1) / 2 * torch.tensor([1.0, 2.0])).sum(-1).long()  # (B, C)
    assert (codes.sort(-1).values == torch.arange(4)).all()
    counts = (codes * torch.tensor([64, 16, 4, 1])).sum(-1).bincount()
    counts = counts[counts > 0]
    assert len(counts) == 24
    assert float((counts - 200).abs().max()) < 5 * 200**0.5
    assert trials(8, 4000).cues.mean(dim=(0, 1, 2)).abs().max() < 0.04
    targets = trials(8, 4000).target.flatten().bincount()
    assert float((targets - 1000).abs().max()) < 140


def test_half_of_the_answers_are_yes() -> None:
    drawn = trials(120, 500)
    assert float(drawn.answer[drawn.go].float().mean()) == pytest.approx(0.5, abs=0.02)


def test_one_hot_cues_are_the_same_in_all_episodes() -> None:
    drawn = trials(40, 10, seeds=(0, 1), one_hot=True)
    assert drawn.bits == 4
    assert (drawn.cues == torch.eye(4)).all()
    there = drawn.which >= 0
    assert torch.equal(drawn.patterns[there].argmax(-1), drawn.which[there])


def test_a_seed_does_not_depend_on_its_neighbours() -> None:
    among, alone = trials(30, 20, seeds=(3, 7)), trials(30, 20, seeds=(7,))
    for name in ("patterns", "trial", "answer", "which"):
        assert torch.equal(getattr(among, name)[:, 1:], getattr(alone, name))


def test_refusals() -> None:
    with pytest.raises(ValueError, match="got 4 of 1 bits"):
        trials(bits=1)
    with pytest.raises(ValueError, match="room for a trial of 8 steps, got 7"):
        trials(7)
