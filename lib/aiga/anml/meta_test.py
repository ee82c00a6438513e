"""The meta-test: new classes one after another, each drawing shown once, and then all of them are asked for.

Everything but the last layer is frozen, so a network is here no more than the features that its head reads. The head
begins anew (Kaiming normal, bias 0), sees 15 drawings of the first class, then 15 of the second, ..., one Adam step a
drawing, and must then name the drawings it has seen and the five of each class that it has not, out of all outputs.

A sequential run contains all shorter ones: it is evaluated on its way. The *oracle* gets the same drawings shuffled.

Original code: ``uvm-neurobotics-lab/ANML``, ``evaluate_classification.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aiga import seeding
from aiga.anml.fine_tune import fine_tune
from aiga.anml.heads import BLOCK, Heads, with_one
from aiga.anml.sequences import RATES, Choice, Protocol, Trajectories, draw
from aiga.experiment import Curve

__all__ = [
    "RATES",
    "Accuracy",
    "Choice",
    "Protocol",
    "Result",
    "Trajectories",
    "chosen",
    "draw",
    "fine_tune",
    "learn_head",
    "meta_test",
    "oracle",
]


@dataclass(frozen=True, eq=False)
class Accuracy:
    """Fractions of drawings named correctly, ``(rates, trajectories, lengths)``."""

    seen: Tensor
    held_out: Tensor


def learn_head(
    embedded: Tensor, trajectories: Trajectories, *, lengths: Sequence[int], rates: Sequence[float], shown: int = 15
) -> Accuracy:
    """Learn each trajectory's classes in sequence, with each rate, and ask after each of the lengths.

    Args:
        embedded: what the head reads of every drawing, ``(classes, drawers, F)``.
        trajectories: what is shown, and the fresh heads.
        lengths: numbers of classes, ascending.
        rates: Adam's.
        shown: drawings of each class to learn from.
    """

    def run(embedded: Tensor, part: Trajectories) -> Accuracy:
        heads, found = Heads(part.heads, tuple(rates)), []
        for first, length in zip((0, *lengths[:-1]), lengths, strict=True):
            features, labels = _features(embedded, part, first, length)
            heads.learn(features[:, :, :shown].flatten(1, 2), labels[:, :, :shown].flatten(1))
            found.append(_ask(heads, embedded, part, length, shown))
        return _joined(found, 2)

    return _each(embedded, trajectories, run)


def oracle(
    embedded: Tensor, trajectories: Trajectories, *, lengths: Sequence[int], rates: Sequence[float], shown: int = 15
) -> Accuracy:
    """The same drawings and heads as :func:`learn_head`, but shuffled: what is left when nothing comes in sequence.

    A shuffled run does not contain the shorter ones, so there is one for each length. Arguments as there.
    """

    def run(embedded: Tensor, part: Trajectories) -> Accuracy:
        found = []
        for length in lengths:
            heads = Heads(part.heads, tuple(rates))
            features, labels = _features(embedded, part, 0, length)
            order = part.keys[:, :length, :shown].flatten(1).argsort(1)  # (T, length * shown)
            shuffled = features[:, :, :shown].flatten(1, 2).take_along_dim(order[..., None], 1)
            heads.learn(shuffled, labels[:, :, :shown].flatten(1).gather(1, order))
            found.append(_ask(heads, embedded, part, length, shown))
        return _joined(found, 2)

    return _each(embedded, trajectories, run)


def _each(embedded: Tensor, trajectories: Trajectories, run: Callable[[Tensor, Trajectories], Accuracy]) -> Accuracy:
    """All trajectories at once, or on a CPU only as many as fit its cache: more would take memory and save nothing."""
    used = embedded.flatten(0, 1).any(0)  # a unit that is 0 for every drawing adds nothing, and its weights stay
    embedded, trajectories = embedded[..., used], replace(trajectories, heads=trajectories.heads[..., used])
    count, outputs, features = trajectories.heads.shape
    together = max(1, BLOCK // (outputs * (features + 1))) if embedded.device.type == "cpu" else count
    return _joined([run(embedded, trajectories[first : first + together]) for first in range(0, count, together)], 1)


def _joined(found: Sequence[Accuracy], axis: int) -> Accuracy:
    return Accuracy(torch.cat([each.seen for each in found], axis), torch.cat([each.held_out for each in found], axis))


def _features(embedded: Tensor, part: Trajectories, first: int, last: int) -> tuple[Tensor, Tensor]:
    """Features of the classes from ``first`` to ``last``, ``(T, n, drawers, F + 1)``, and their labels."""
    drawings = part.drawings[:, first:last]
    labels = torch.arange(first, last, device=embedded.device)[None, :, None].expand_as(drawings)
    return with_one(embedded[part.classes[:, first:last, None], drawings]), labels


def _ask(heads: Heads, embedded: Tensor, part: Trajectories, length: int, shown: int) -> Accuracy:
    features, labels = _features(embedded, part, 0, length)
    right = heads.right(features.flatten(1, 2), labels.flatten(1)).unflatten(2, (length, -1))  # (R, T, n, drawers)
    seen, held_out = (group.double().mean((2, 3))[..., None] for group in (right[..., :shown], right[..., shown:]))
    return Accuracy(seen, held_out)


@dataclass(frozen=True, eq=False)
class Result:
    """What a meta-test gave: fractions of drawings named correctly, ``(trajectories, lengths)``."""

    protocol: Protocol
    seen: Tensor
    held_out: Tensor
    rates: tuple[float, ...]
    """The rate chosen for each length."""
    oracle: Tensor
    """Held-out drawings, shuffled; ``(trajectories, oracle lengths)``."""
    oracle_rates: tuple[float, ...]

    def metrics(self) -> dict[str, float]:
        """Means over trajectories: ``accuracy_50``, ``seen_50``, ``oracle_50`` and ``drop_50``, for each length."""
        found = {}
        for place, length in enumerate(self.protocol.lengths):
            found[f"accuracy_{length}"] = float(self.held_out[:, place].mean())
            found[f"seen_{length}"] = float(self.seen[:, place].mean())
        for place, length in enumerate(self.protocol.oracle):
            found[f"oracle_{length}"] = shuffled = float(self.oracle[:, place].mean())
            found[f"drop_{length}"] = 1 - found[f"accuracy_{length}"] / shuffled if shuffled else 0.0
        return found

    def curves(self) -> dict[str, Curve]:
        """Means over trajectories against the number of classes: ``held_out``, ``seen`` and ``oracle``."""
        return {
            name: Curve(list(map(float, lengths)), values.mean(0).tolist(), "classes learned", f"{what} (fraction)")
            for name, lengths, values, what in (
                ("held_out", self.protocol.lengths, self.held_out, "held-out drawings named"),
                ("seen", self.protocol.lengths, self.seen, "learned drawings named"),
                ("oracle", self.protocol.oracle, self.oracle, "held-out drawings named, shuffled"),
            )
            if lengths
        }


def meta_test(
    embedded: Tensor,
    protocol: Protocol,
    *,
    seed: int,
    learn: Callable[..., Accuracy] = learn_head,
    learn_shuffled: Callable[..., Accuracy] = oracle,
) -> Result:
    """Test a network by its features.

    Args:
        embedded: what its head reads of every drawing, ``(classes, drawers, F)``.
        protocol: the test.
        seed: decides sequences and heads; two networks tested with one seed meet the same sequences.
        learn: how sequences are learned; takes what :func:`learn_head` takes.
        learn_shuffled: how the same drawings are learned in random order; takes what :func:`oracle` takes.

    Raises:
        ValueError: there are too few classes or drawings.
    """
    classes = torch.randperm(len(embedded), generator=seeding.generator(seed, "meta-test classes"))
    reported, other = classes, classes
    if protocol.choose == "other_draws" and len(classes) >= 2 * protocol.lengths[-1]:
        reported, other = classes.tensor_split(2)
    draws = draw(_generators(seed, "meta-test", protocol.trajectories), reported.sort().values, embedded, protocol)
    others = draws
    if protocol.choose == "other_draws":
        others = draw(_generators(seed, "choice of rate", protocol.draws), other.sort().values, embedded, protocol)
    sequential, rates = _tested(learn, embedded, draws, others, protocol.lengths, protocol)
    shuffled, oracle_rates = _tested(learn_shuffled, embedded, draws, others, protocol.oracle, protocol)
    return Result(protocol, sequential.seen, sequential.held_out, rates, shuffled.held_out, oracle_rates)


def _generators(seed: int, stream: str, count: int) -> list[torch.Generator]:
    return [seeding.generator(seed, f"{stream} {number}") for number in range(count)]


def _tested(
    learn: Callable[..., Accuracy],
    embedded: Tensor,
    draws: Trajectories,
    others: Trajectories,
    lengths: tuple[int, ...],
    protocol: Protocol,
) -> tuple[Accuracy, tuple[float, ...]]:
    """Accuracies ``(T, lengths)``, each with the rate chosen for its length, and those rates."""
    if not lengths:
        nothing = embedded.new_empty(len(draws.classes), 0)
        return Accuracy(nothing, nothing), ()
    tried = learn(embedded, others, lengths=lengths, rates=protocol.rates, shown=protocol.shown)
    best = chosen(tried, protocol.rates, protocol.choose)
    rates = protocol.rates
    if others is not draws:  # of the reported sequences only what is reported
        rates = tuple(rate for rate in rates if rate in best)
        tried = learn(embedded, draws, lengths=lengths, rates=rates, shown=protocol.shown)
    picks = torch.tensor([rates.index(rate) for rate in best], device=embedded.device)
    seen, held_out = (
        each.take_along_dim(picks[None, None, :], 0)[0] for each in (tried.seen, tried.held_out)
    )  # (T, lengths)
    return Accuracy(seen, held_out), best


def chosen(accuracy: Accuracy, rates: Sequence[float], choose: Choice) -> tuple[float, ...]:
    """The best rate for each length; of equals, the first.

    Args:
        accuracy: with each of the rates.
        rates: the rates.
        choose: see :attr:`Protocol.choose`; for ``other_draws`` the accuracy is that on the other draws.
    """
    if choose == "as_original":
        winners = accuracy.held_out.argmax(0)  # (T, lengths)
        picks = torch.nn.functional.one_hot(winners, len(rates)).sum(0).argmax(-1)
    else:
        picks = (accuracy.seen if choose == "seen" else accuracy.held_out).mean(1).argmax(0)
    return tuple(rates[pick] for pick in picks.tolist())
