import importlib
import textwrap

import pytest

from aiga import experiment
from aiga.records import codehash

BASE = """
import math
from dataclasses import dataclass

@dataclass
class Config:
    rate: float = 0.5
    names: tuple = ("a", "b")

def f(x, *, y=None):
    if x:
        return {**x, "k": [1, 2]}
    return f"{x!r:>{y}}" + 'z' + "w"
"""

SAME = {
    "comments": BASE.replace("import math", "import math  # for nothing\n# more"),
    "docstrings": '"""Module."""\n'
    + BASE.replace("class Config:\n", 'class Config:\n    """Doc."""\n').replace(
        "y=None):\n", 'y=None):\n    """Doc of f."""\n'
    ),
    "field docstrings": BASE.replace("= 0.5\n", '= 0.5\n    """The rate."""\n'),
    "formatting": BASE.replace("if x:", "if (x):").replace('{**x, "k": [1, 2]}', '{\n  **x,\n  "k": [\n1,2],}'),
    "quotes": BASE.replace("'z'", '"z"'),
    "notation of numbers": BASE.replace("0.5", "5e-1"),
    "blank lines": BASE.replace("\n\n", "\n\n\n\n"),
}

OTHER = {
    "number": BASE.replace("0.5", "0.51"),
    "type of number": BASE.replace("[1, 2]", "[1, 2.0]"),
    "text": BASE.replace("'z'", "'y'"),
    "default": BASE.replace("y=None", "y=0"),
    "no default": BASE.replace("y=None", "y"),
    "name": BASE.replace("rate", "speed"),
    "statement": BASE.replace("    return f", "    x += 1\n    return f"),
    "unpacking": BASE.replace("**x", "None: x"),
    "import": BASE.replace("import math", "import cmath as math"),
    "decorator": BASE.replace("@dataclass\n", "@dataclass(frozen=True)\n"),
    "conversion": BASE.replace("!r", "!s"),
}


@pytest.mark.parametrize("change", SAME)
def test_what_cannot_change_a_result_leaves_the_fingerprint(change):
    assert SAME[change] != BASE
    assert codehash.fingerprint(SAME[change]) == codehash.fingerprint(BASE)


@pytest.mark.parametrize("change", OTHER)
def test_what_can_change_a_result_changes_the_fingerprint(change):
    assert OTHER[change] != BASE
    assert codehash.fingerprint(OTHER[change]) != codehash.fingerprint(BASE)


def test_the_fingerprint_is_the_same_on_every_python():
    # computed once; a Python version that numbers or names its syntax differently would fail here
    assert codehash.fingerprint(BASE)[:16] == "b3123334d257f7fd"


def test_only_what_the_descriptions_need_is_left_out():
    source = textwrap.dedent(
        """
        _BASE = Config()
        def _conditions(config):
            return {"a": config, "b": _twice(config, 2)}
        def _twice(config, n):
            return _twice(config, n - 1) if n else config
        SCALES: dict = {"ci": _conditions(_BASE)}
        SHARED = 3
        TITLE = "t"
        METRICS = {"error": SHARED}
        def train(config):
            return SHARED * config.rate
        """
    )

    def of(text):
        return codehash.fingerprint(text, codehash.DESCRIPTIONS)

    for old, new in [
        ("Config()", "Config(1)"),
        ("_twice(config, 2)", "_twice(config, 3)"),
        ('"t"', '"u"'),
        ("if n", "if n > 1"),
    ]:
        assert of(source.replace(old, new)) == of(source)
        assert codehash.fingerprint(source.replace(old, new)) != codehash.fingerprint(source)
    for old, new in [("SHARED = 3", "SHARED = 4"), ("config.rate", "config.speed")]:
        assert of(source.replace(old, new)) != of(source)


def test_follows_the_imports(toy):
    found = codehash.modules("toy.fake")
    assert {"aiga.toy.fake", "aiga.toy.helper", "aiga.checkpoint", "aiga.files", "aiga.seeding"} <= set(found)
    assert not {"aiga", "aiga.toy", "aiga.records", "aiga.ledger.claims", "aiga.cli"} & set(found)


def test_a_change_in_an_imported_module_counts(toy):
    before = codehash.of("toy.fake")
    toy.edit("helper.py", '"""Normal numbers."""', '"""Other words."""  # and a comment')
    assert codehash.of("toy.fake") == before
    toy.edit("helper.py", "0.1 *", "0.2 *")
    assert codehash.of("toy.fake") != before


def test_other_settings_do_not_count_but_the_trainer_does(toy):
    before = codehash.of("toy.fake")
    toy.edit("fake.py", "updates=100", "updates=101")
    toy.edit("fake.py", "_CI = Config()", "_CI = Config(updates=31)")
    assert codehash.of("toy.fake") == before
    toy.edit("fake.py", "loss.sum()", "(2 * loss).sum()")
    assert codehash.of("toy.fake") != before


@pytest.mark.parametrize(
    "line",
    ["from aiga.toy import other", "import aiga.toy.other", "from . import other", "from .other import value"],
)
def test_every_way_to_import_is_followed(toy, line):
    (toy.folder / "toy" / "other.py").write_text("value = 1\n")
    importlib.invalidate_caches()
    toy.edit("helper.py", "import torch\n", f"import torch\n\ndef late():\n    {line}\n")
    assert "aiga.toy.other" in codehash.modules("toy.fake")


def test_unknown_address():
    with pytest.raises(ValueError, match=r"'plasticity\.nothing' is not the address"):
        codehash.of("plasticity.nothing")


def test_every_experiment_has_a_hash_of_its_own():
    hashes = [codehash.of(address) for address in experiment.addresses()]
    assert len(set(hashes)) == len(hashes) > 0


def test_settings_of_an_imported_experiment_are_left_out(monkeypatch):
    """plasticity.comparison trains with plasticity.binary's code, and has settings of its own."""
    read = codehash._source
    before = codehash.of("plasticity.comparison"), codehash.of("plasticity.binary")

    def changed(old, new):
        def source(name):
            text = read(name)
            assert name != "aiga.plasticity.binary" or old in text
            return text.replace(old, new) if name == "aiga.plasticity.binary" else text

        return source

    monkeypatch.setattr(codehash, "_source", changed("_PAPER = Config(", "_PAPER = Config(batch=2, "))
    assert (codehash.of("plasticity.comparison"), codehash.of("plasticity.binary")) == before
    monkeypatch.setattr(codehash, "_source", changed("training.descend(", "training.descend(2 * "))
    assert codehash.of("plasticity.comparison") != before[0]
    assert codehash.of("plasticity.binary") != before[1]
