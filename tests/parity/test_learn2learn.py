"""Our inner loops and meta-gradients against learn2learn's ``MAML`` and ``maml_update``, to float64's round-off."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aiga import seeding
from aiga.anml import inner, learner, maml, model, peer, tasks

SMALL = replace(maml.SCALES["smoke"]["maml"], filters=6, tasks=3, shots=2, inner_steps=2, adapt_shift=True)
ROUND_OFF = 1e-12


def generator(name: str) -> torch.Generator:
    return seeding.generator(0, name)


def drawn() -> tasks.Tasks:
    images = torch.randint(256, (12, 20, 28, 28), generator=generator("images"), dtype=torch.uint8)
    tasks_ = tasks.draw(images, SMALL, generator("tasks"), SMALL.tasks)
    return replace(tasks_, support=tasks_.support.double(), query=tasks_.query.double())


def conv_net() -> learner.ConvNet:
    network = learner.ConvNet(generator("init"), filters=SMALL.filters).double()
    for value in network.parameters():  # so that nothing is zero by chance
        nn.init.normal_(value, std=0.3, generator=generator(f"{value.shape}"))
    return network


def gradients(loss: Tensor, parameters: Iterable[Tensor]) -> list[Tensor]:
    """The gradient for each parameter; zeros where there is none."""
    return list(torch.autograd.grad(loss, list(parameters), allow_unused=True, materialize_grads=True))


def assert_equal(ours: Iterable[Tensor], theirs: Iterable[Tensor]) -> None:
    """Equal to round-off, measured against the largest number of each tensor."""
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.dtype == other.dtype == torch.float64
        scale = max(float(other.abs().max()), 1e-3)
        assert float((mine - other).abs().max()) <= ROUND_OFF * scale


@pytest.mark.needs_learn2learn
@pytest.mark.parametrize("soft_labels", [False, True])
@pytest.mark.parametrize("order", [1, 2])
def test_maml_is_learn2learns(order: Literal[1, 2], soft_labels: bool) -> None:
    config = replace(SMALL, order=order, soft_labels=soft_labels)
    network, batch = conv_net(), drawn()
    ours, our_answers = maml.meta_losses(network, batch, config)
    theirs, their_answers = peer.meta_losses(network, batch, config)
    assert_equal([ours.detach(), our_answers.detach()], [theirs.detach(), their_answers.detach()])
    mine = gradients(ours.mean(), network.parameters())
    other = gradients(theirs.mean(), network.parameters())
    assert all(float(each.abs().max()) > 1e-6 for each in other)
    assert_equal(mine, other)


@pytest.mark.needs_learn2learn
def test_with_the_offsets_left_out_it_is_maml_update_without_them() -> None:
    """As in the original, whose inner loop does not know of them, while the outer loop learns them."""
    config = replace(SMALL, adapt_shift=False)
    network, batch = conv_net(), drawn()
    module = peer.learn2learn_maml()
    losses = []
    for task in range(config.tasks):
        copy = module.clone_module(network)
        for _ in range(config.inner_steps):
            loss = F.cross_entropy(copy(batch.support[task]), batch.support_labels[task])
            update(copy, loss, lambda name: not name.startswith("shift"), rate=config.inner_rate, order=2)
        losses.append(F.cross_entropy(copy(batch.query[task]), batch.query_labels[task]))
    ours, _ = maml.meta_losses(network, batch, config)
    theirs = torch.stack(losses)
    assert_equal([ours.detach()], [theirs.detach()])
    assert_equal(gradients(ours.mean(), network.parameters()), gradients(theirs.mean(), network.parameters()))


@pytest.mark.needs_learn2learn
def test_the_two_orders_and_the_shift_are_told_apart() -> None:
    """Parity would mean little if the settings that are compared gave the same gradients."""
    network, batch = conv_net(), drawn()
    found = []
    for config in (SMALL, replace(SMALL, order=1), replace(SMALL, adapt_shift=False)):
        losses, _ = maml.meta_losses(network, batch, config)
        found.append(torch.cat([each.flatten() for each in gradients(losses.mean(), network.parameters())]))
    for other in found[1:]:
        assert float((found[0] - other).norm() / found[0].norm()) > 0.01


NETWORKS = {
    "ANML": lambda: model.ANML(generator("init"), channels=4, gate_channels=3, outputs=7),
    "ANML without gate": lambda: model.ANML(generator("init"), channels=4, outputs=7, gated=False),
    "OML": lambda: model.OML(generator("init"), channels=4, width=11, outputs=7),
    "OML, linear head": lambda: model.OML(generator("init"), head="linear", channels=4, outputs=7),
}


@pytest.mark.needs_learn2learn
@pytest.mark.parametrize("inside", ["network", "head"])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_anmls_and_omls_inner_loops_are_maml_updates(
    name: str, order: Literal[1, 2], inside: Literal["network", "head"]
) -> None:
    """Twenty images one after another, and then the loss of these and others, with everything that learn2learn does."""
    network = NETWORKS[name]().double()
    steps, label, rate = 20, 3, 0.1
    images = torch.rand(steps + 10, 1, 28, 28, generator=generator("images"), dtype=torch.float64)
    labels = torch.randint(7, (steps + 10,), generator=generator("labels"))
    labels[:steps] = label
    ours = inner.meta_loss(network, images[:steps], label, images, labels, rate=rate, order=order, inner=inside)

    learning = {"head_weight", "head_bias"}
    if inside == "network":
        moving = {id(value) for value in network.adaptable()}
        learning |= {each for each, value in network.named_parameters() if id(value) in moving}
    copy = peer.learn2learn_maml().clone_module(network)
    for step in range(steps):
        loss = F.cross_entropy(copy(images[step : step + 1]), labels[step : step + 1])
        update(copy, loss, learning.__contains__, rate=rate, order=order)
    theirs = F.cross_entropy(copy(images), labels)

    assert_equal([ours.detach()], [theirs.detach()])
    assert_equal(gradients(ours, network.parameters()), gradients(theirs, network.parameters()))


def update(copy: nn.Module, loss: Tensor, learns: Callable[[str], bool], *, rate: float, order: Literal[1, 2]) -> None:
    """One step of learn2learn's ``maml_update`` on the parameters that learn."""
    named = dict(copy.named_parameters())
    learning = [value for name, value in named.items() if learns(name)]
    found = iter(torch.autograd.grad(loss, learning, create_graph=order == 2))
    peer.learn2learn_maml().maml_update(copy, rate, [next(found) if learns(name) else None for name in named])


def test_without_learn2learn_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "learn2learn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(peer.importlib.util, "find_spec", lambda name: None)
    assert not peer.available()
    with pytest.raises(ImportError, match="make install"):
        peer.learn2learn_maml()


def test_what_learn2learn_cannot_do_is_refused() -> None:
    with pytest.raises(ValueError, match="adapt_shift=True"):
        peer.meta_losses(conv_net(), drawn(), replace(SMALL, adapt_shift=False))
