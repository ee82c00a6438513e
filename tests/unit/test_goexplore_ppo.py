"""PPO with self-imitation: each part against its definition, and a world that it must solve."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from aiga import seeding
from aiga.goexplore import ppo
from aiga.goexplore.policies import Dense, Memory, Pixels, Policy
from aiga.training import adam

SETTINGS = ppo.Settings(steps=12, discount=0.9, smoothing=0.8)


class Alternate:
    """Pays for doing what was not done last; episodes of five steps. What was done last is seen."""

    def __init__(self, batch: int) -> None:
        self.last = torch.zeros(batch, dtype=torch.long)
        self.age = torch.arange(batch) % 5

    def observe(self) -> Tensor:
        return torch.nn.functional.one_hot(self.last, 2).float()

    def step(self, action: Tensor) -> tuple[Tensor, Tensor]:
        reward = (action != self.last).float()
        self.last, self.age = action, self.age + 1
        over = self.age == 5
        self.age = self.age * ~over
        return reward, over


def dense(seed: int = 0) -> Dense:
    return Dense(2, 16, 2, seeding.generator(seed, "init"))


def rollout(batch: int = 6, steps: int = 12) -> tuple[Dense, ppo.Rollout]:
    policy = dense()
    return policy, ppo.Player(policy, Alternate(batch), batch, seeding.generator(0, "actions")).play(steps)


def test_a_rollout_is_what_happened() -> None:
    policy, done = rollout()
    assert done.fresh[0].all()
    assert torch.equal(done.fresh[1:], done.over[:-1])
    last = done.observed.argmax(-1)
    assert torch.equal(done.rewards, (done.actions != last).float())
    assert torch.equal(last[1:], done.actions[:-1])
    logits, values, _ = policy(done.observed, done.memory, done.fresh)
    torch.testing.assert_close(done.values, values.detach())
    chances = logits.log_softmax(-1).gather(-1, done.actions[..., None])[..., 0]
    torch.testing.assert_close(done.chances, chances.detach())


def test_actions_are_drawn_with_their_probabilities() -> None:
    logits = torch.tensor([2.0, 0.0, -1.0]).expand(60_000, 3)
    actions, chances = ppo.sample(logits, seeding.generator(0, "draw"))
    share = actions.bincount() / len(actions)
    torch.testing.assert_close(share, logits[0].softmax(-1), atol=0.01, rtol=0)
    torch.testing.assert_close(chances, logits[0].log_softmax(-1)[actions])


def test_advantages_by_their_sum() -> None:
    """The definition, term by term: discounted surprises up to the episode's end."""
    _, done = rollout()
    got, settings = ppo.advantages(done, SETTINGS), SETTINGS
    ahead = torch.cat([done.values[1:], done.ahead[None]])
    surprise = done.rewards + settings.discount * ahead * ~done.over - done.values
    for who in range(6):
        for start in range(12):
            total, weight = 0.0, 1.0
            for when in range(start, 12):
                total += weight * float(surprise[when, who])
                weight *= settings.discount * settings.smoothing
                if done.over[when, who]:
                    break
            assert float(got[start, who]) == pytest.approx(total, abs=1e-5)


def test_the_first_step_is_plain_policy_gradient() -> None:
    """Where the policy has not moved, the ratio is 1 and the clip does nothing."""
    policy, done = rollout()
    advantage = ppo.advantages(done, SETTINGS)
    alone = replace(SETTINGS, value=0.0, entropy=0.0)
    cost = ppo.loss(policy, done, advantage, torch.arange(6), alone)
    logs = policy(done.observed, done.memory, done.fresh)[0].log_softmax(-1)
    scaled = (advantage - advantage.mean()) / advantage.std(correction=0)
    plain = -(logs.gather(-1, done.actions[..., None])[..., 0] * scaled).mean()
    first, second = (torch.autograd.grad(each, list(policy.body.parameters())) for each in (cost, plain))
    for mine, theirs in zip(first, second, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=1e-4)


def test_the_clip_stops_what_has_gone_far_enough() -> None:
    policy, done = rollout()
    advantage = ppo.advantages(done, SETTINGS)
    scaled = advantage - advantage.mean()
    far = torch.where(scaled > 0, done.chances - 1.0, done.chances + 1.0)  # the ratio is beyond the clip already
    moved = replace(done, chances=far)
    cost = ppo.loss(policy, moved, advantage, torch.arange(6), replace(SETTINGS, value=0.0, entropy=0.0))
    gradients = torch.autograd.grad(cost, list(policy.parameters()), allow_unused=True, materialize_grads=True)
    assert all(not each.any() for each in gradients)


def test_what_does_not_count_has_no_influence() -> None:
    policy, done = rollout()
    advantage = ppo.advantages(done, SETTINGS)
    counted = done.counted.clone()
    counted[3:7] = 0
    garbled = advantage.clone()
    garbled[3:7] = 1e6
    who = torch.arange(6)
    masked = replace(done, counted=counted)
    assert ppo.loss(policy, masked, advantage, who, SETTINGS) == ppo.loss(policy, masked, garbled, who, SETTINGS)


def test_imitation_only_where_it_brought_more_than_expected() -> None:
    policy = dense()
    observed = torch.eye(2).repeat(5, 1)[:, None]  # (10, 1, 2)
    actions = torch.ones(10, 1, dtype=torch.long)
    settings = replace(SETTINGS, imitated=3, imitation_entropy=0.0)
    costs = {}
    for brought in (-5.0, 5.0):
        imitated = ppo.Imitated(observed, actions, torch.full((10, 1), brought), torch.tensor([10]))
        cost = ppo.imitation(policy, imitated, settings, seeding.generator(0, "pieces"))
        costs[brought] = float(cost.detach())
        gradients = torch.autograd.grad(cost, policy.policy.bias)[0]
        assert bool(gradients.any()) == (brought > 0)
        if brought > 0:
            assert gradients[1] < 0 < gradients[0]  # downhill, the imitated action becomes more likely
    assert costs[-5.0] == 0 < costs[5.0]


def test_pieces_of_demonstrations_are_real_steps() -> None:
    lengths = torch.tensor([4, 9])
    number = torch.arange(9)[:, None] + torch.tensor([0, 100])
    imitated = ppo.Imitated(number[..., None].float(), number, number.float(), lengths)
    observed, actions, returns, real = imitated.pieces(200, 5, seeding.generator(0, "pieces"))
    assert observed.shape == (5, 200, 1)
    assert torch.equal(observed[..., 0], actions.float())
    assert torch.equal(returns, actions.float())
    inside = actions % 100 < lengths[(actions >= 100).long()]
    assert not (real.bool() & ~inside).any()
    assert set(actions[real.bool()].tolist()) == {*range(4), *range(100, 109)}
    steps = (actions[1:] - actions[:-1])[real[1:].bool()]
    assert (steps == 1).all()


def test_ppo_solves_what_it_should() -> None:
    policy, settings = dense(3), ppo.Settings(steps=20, discount=0.9, imitation=0.0, entropy=0.01)
    player = ppo.Player(policy, Alternate(16), 16, seeding.generator(3, "actions"))
    optimiser, order = adam(policy, 1e-2), seeding.generator(3, "order")
    before = float(player.play(20).rewards.mean())
    for _ in range(15):
        ppo.improve(policy, optimiser, player.play(20), settings, order)
    assert before < 0.7
    assert float(player.play(20).rewards.mean()) > 0.95


def test_a_recurrent_policy_step_by_step_and_all_at_once() -> None:
    """Memory is carried within an episode and not into the next."""
    policy = Pixels(2, 3, seeding.generator(0, "init"), side=36, channels=2, hidden=8)
    source = seeding.generator(0, "pictures")
    seen = torch.randint(256, (6, 4, 2, 36, 36), generator=source, dtype=torch.uint8)
    fresh = torch.rand(6, 4, generator=source) < 0.3
    memory = torch.zeros(4, 8)
    whole, values, after = policy(seen, memory, fresh)
    assert whole.shape == (6, 4, 3)
    assert values.shape == (6, 4)
    for when in range(6):
        logits, _, memory = policy(seen[when : when + 1], memory, fresh[when : when + 1])
        torch.testing.assert_close(logits[0], whole[when])
    torch.testing.assert_close(memory, after)
    fresh[3] = True
    forgot = policy(seen, torch.zeros(4, 8), fresh)[0]
    other = seen.clone()
    other[:3] = 0
    torch.testing.assert_close(policy(other, torch.ones(4, 8), fresh)[0][3:], forgot[3:])


def test_returns_and_refusals() -> None:
    rewards = torch.tensor([[1.0], [0.0], [2.0]])
    torch.testing.assert_close(ppo.returns(rewards, 0.5), torch.tensor([[1.5], [1.0], [2.0]]))
    policy, done = rollout(batch=2)
    with pytest.raises(ValueError, match="4 minibatches need as many environments or more, got 2"):
        ppo.improve(policy, adam(policy, 0.1), done, SETTINGS, seeding.generator(0, "order"))


def test_a_policy_that_does_not_say_how_it_acts_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Policy()  # type: ignore[abstract]


def test_bytes_are_seen_as_numbers_and_bit_by_bit() -> None:
    policy = Memory(2, 16, 3, seeding.generator(0, "init"))
    entered: list[torch.Tensor] = []
    policy.body.register_forward_pre_hook(lambda _, inputs: entered.append(inputs[0]))
    ram = torch.tensor([[255, 6], [0, 128]], dtype=torch.uint8).view(1, 2, 1, 2)
    logits, values, memory = policy(ram, torch.zeros(2, 0), torch.zeros(1, 2, dtype=torch.bool))
    assert (logits.shape, values.shape, memory.shape) == ((1, 2, 3), (1, 2), (2, 0))
    assert entered[0].shape == (1, 2, 18)
    torch.testing.assert_close(entered[0][0, :, :2], torch.tensor([[1.0, 6 / 255], [0.0, 128 / 255]]))
    assert entered[0][0, :, 2:].int().tolist() == [
        [1] * 8 + [0, 1, 1, 0, 0, 0, 0, 0],
        [0] * 8 + [0, 0, 0, 0, 0, 0, 0, 1],
    ]
