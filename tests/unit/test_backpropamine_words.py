"""The word experiment: its text, what counting achieves, its training, and its figures."""

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from aiga import seeding
from aiga.backpropamine import figures_words, word_text, words
from aiga.backpropamine.word_model import surprise
from aiga.datasets.words import Words
from aiga.experiment import Data, Outcome

RULES = ("plain", "plastic", "simple", "retroactive")
SMOKE = words.SCALES["smoke"]


def whole() -> Words:
    """Forty words, the earlier ones more frequent; word 3 is the text's own unknown."""
    generator = seeding.generator(0, "text")
    parts = [(40 * torch.rand(n, generator=generator) ** 2).int() for n in (2000, 400, 400)]
    names = tuple("<unk>" if position == 3 else f"w{position}" for position in range(40))
    return Words(*parts, names, Data("made up"))


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The experiment reads a text that is made up, and there at once."""
    monkeypatch.setattr(words.texts, "ptb", whole)


def test_rare_words_become_unknown() -> None:
    text = whole()
    small = word_text.prepare(text, 10, train=1500, test=100, device=torch.device("cpu"))
    assert (len(small.train), len(small.valid), len(small.test)) == (1500, 100, 100)
    assert small.vocabulary[0] == "<unk>"
    counts = Counter(text.vocabulary[position] for position in text.train.tolist())
    del counts["<unk>"]
    assert set(small.vocabulary[1:]) == {word for word, _ in counts.most_common(9)}
    for mine, theirs in zip(small.train.tolist(), text.train.tolist(), strict=False):
        word = text.vocabulary[theirs]
        assert small.vocabulary[mine] == (word if word in small.vocabulary else "<unk>")


def test_a_large_vocabulary_keeps_every_word() -> None:
    text = whole()
    same = word_text.prepare(text, 10_000, train=10_000, test=10_000, device=torch.device("cpu"))
    assert sorted(same.vocabulary) == sorted(text.vocabulary)
    assert [same.vocabulary[n] for n in same.test.tolist()] == [text.vocabulary[n] for n in text.test.tolist()]


def test_streams_read_on_where_they_stopped() -> None:
    streams = word_text.Streams(torch.arange(63), 3, 5)
    assert len(streams) == 4  # (21 - 1) // 5
    shown, following = streams[1]
    assert shown[:, 1].tolist() == [26, 27, 28, 29, 30]
    assert torch.equal(following, shown + 1)
    read = torch.cat([streams[position][0] for position in range(len(streams))])
    assert torch.equal(read, torch.arange(63).view(3, 21).T[:20])
    with pytest.raises(ValueError, match="at least 6 words"):
        word_text.Streams(torch.arange(5), 3, 5)


def test_zaremba_counts_as_many_windows() -> None:
    config = words.SCALES["paper"]["plain"]
    assert config.windows == 2323  # (929,589 // 20 - 1) // 20
    assert config.updates == 13 * 2323
    assert len(word_text.Streams(torch.zeros(config.words), config.streams, config.window)) == config.windows


def test_perplexities_of_counting() -> None:
    text = word_text.prepare(whole(), 12, train=2000, test=400, device=torch.device("cpu"))
    train, test, size = text.train.tolist(), text.test.tolist(), len(text.vocabulary)
    alone = Counter(train)
    pairs = Counter(pairwise(train))
    before = Counter(train[:-1])
    kinds = Counter(first for first, _ in pairs)
    one, two = 0.0, 0.0
    for first, second in pairwise(test):
        p = (alone[second] + 1) / (len(train) + size)
        one -= math.log(p)
        two -= math.log((pairs[first, second] + kinds[first] * p) / (before[first] + kinds[first]))
    n = len(test) - 1
    assert word_text.unigram_perplexity(text.train, text.test, size) == pytest.approx(math.exp(one / n))
    assert word_text.bigram_perplexity(text.train, text.test, size) == pytest.approx(math.exp(two / n))


def test_surprise_is_minus_the_log_of_the_right_word() -> None:
    generator = seeding.generator(0, "logits")
    logits = torch.randn(2, 6, 5, generator=generator)
    following = torch.randint(5, (3, 2), generator=generator)
    found = surprise(logits, following)
    for network in range(2):
        for place, word in enumerate(following.flatten().tolist()):
            assert float(found[network, place]) == pytest.approx(-float(logits[network, place].log_softmax(0)[word]))


@pytest.mark.parametrize("rule", RULES)
def test_perplexity_does_not_depend_on_windows(rule: str) -> None:
    config = replace(SMOKE[rule], layers=2)
    network = words.create(config, 40, [0, 1])
    text = word_text.prepare(whole(), 40, train=100, test=81, device=torch.device("cpu")).test
    long, *_ = words.evaluate(network, text, streams=2, window=39)
    short, *_ = words.evaluate(network, text, streams=2, window=13)
    torch.testing.assert_close(long, short)


@pytest.mark.parametrize("rule", RULES)
def test_a_seed_does_not_depend_on_its_neighbours(rule: str, made_up: None) -> None:
    alone = words.train(SMOKE[rule], seeds=[7], device="cpu")[0]
    among = words.train(SMOKE[rule], seeds=[3, 7], device="cpu")[1]
    assert among.seed == 7
    assert set(alone.metrics) <= set(words.METRICS)
    assert alone.metrics == pytest.approx(among.metrics, rel=1e-4, abs=1e-5)
    torch.testing.assert_close(torch.tensor(alone.curves["surprise"].y), torch.tensor(among.curves["surprise"].y))
    other = words.train(SMOKE[rule], seeds=[3], device="cpu")[0]
    assert other.metrics["perplexity"] != alone.metrics["perplexity"]


@pytest.mark.parametrize("rule", ["plain", "retroactive"])
def test_stopping_early_and_resuming_change_nothing(rule: str, tmp_path: Path, made_up: None) -> None:
    """Stopped in the middle of the text: where the readers are, and what they remember, is saved too."""

    class StoppedError(Exception):
        pass

    config = replace(SMOKE[rule], epochs=2)
    wholly = words.train(config, seeds=[1], device="cpu")[0]
    beginning = words.train(config, seeds=[1], device="cpu", limit=3)[0]
    assert beginning.curves["surprise"].y == wholly.curves["surprise"].y[:3]

    from aiga import checkpoint

    file, real = tmp_path / "run.pt", checkpoint.steps

    def cut(*arguments: object, **settings: object) -> object:
        for step in real(*arguments, every=0.0, **settings):  # type: ignore[arg-type]
            if step == 40:
                raise StoppedError
            yield step

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "steps", cut)
        with pytest.raises(StoppedError):
            words.train(config, seeds=[1], device="cpu", checkpoint=file)
    assert checkpoint.load(file)["step"] == 40
    resumed = words.train(config, seeds=[1], device="cpu", checkpoint=file)[0]
    assert resumed.metrics == wholly.metrics
    assert resumed.curves["surprise"].y == wholly.curves["surprise"].y


def test_it_learns_how_frequent_words_are(no_data: Path) -> None:
    config = replace(SMOKE["simple"], words=8000, test_words=2000, epochs=2)
    outcome = words.train(config, seeds=[0], device="cpu")[0]
    assert outcome.metrics["perplexity"] < outcome.metrics["perplexity_unigram"]
    assert outcome.data.stand_in


@pytest.mark.needs_data("ptb")
def test_penn_treebank_as_the_paper_reads_it() -> None:
    config = words.SCALES["paper"]["plain"]
    text = words.read(config, torch.device("cpu"))
    assert (len(text.vocabulary), len(text.train), len(text.test)) == (10_000, config.words, config.test_words)


@pytest.mark.needs_data("wikitext-2")
def test_wikitext_as_colab_reads_it() -> None:
    config = words.SCALES["colab"]["plain"]
    text = words.read(config, torch.device("cpu"))
    assert (len(text.vocabulary), len(text.train), len(text.test)) == (10_000, config.words, config.test_words)


def outcomes() -> dict[str, list[Outcome]]:
    return {rule: words.train(SMOKE[rule], seeds=[0, 1], device="cpu") for rule in RULES}


def test_figures(made_up: None) -> None:
    groups = outcomes()
    figure = figures_words.perplexities({"this page": groups})
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["the paper, 4.8 million parameters", "this page"]
    marks = [line for line in figure.axes[1].lines if len(line.get_xdata()) == 2 and line.get_marker() == "o"]
    assert [sorted(line.get_xdata()) for line in marks] == [
        sorted(outcome.metrics["perplexity"] for outcome in group) for group in groups.values()
    ]
    assert len(figures_words.learning(groups).legends[0].get_texts()) == 4
    plastic = {rule: groups[rule] for rule in RULES[1:]}
    assert [text.get_text() for text in figures_words.lesion(plastic).axes[0].get_yticklabels()] == [
        figures_words.LABELS[rule] for rule in plastic
    ]
    drawn = figures_words.reading(["a", "b"], torch.ones(2), torch.zeros(2, 2), data=Data("made up"))
    assert [text.get_text() for text in drawn.axes[1].get_xticklabels()] == ["a", "b"]
