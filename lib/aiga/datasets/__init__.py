"""Data sets: the real ones wherever they can be had, clearly announced stand-ins where not.

``omniglot(31)``, ``mnist()``, ``cifar10()``, ``ptb()`` and ``wikitext2()`` look in ``$AIGA_DATA``, then in the cache,
then download from the official source; everything is verified, and comes as uint8 or integer tensors on the CPU, to be
moved to the device once and indexed there. Each result says in ``.data`` what it is.
"""

from aiga.datasets.catalogue import NAMES, available, fetch, source, verify, where
from aiga.datasets.characters import Characters, omniglot
from aiga.datasets.digits import Digits, mnist
from aiga.datasets.photographs import Photographs, cifar10
from aiga.datasets.store import CacheWarning, DataError, StandInWarning
from aiga.datasets.words import Words, ptb, wikitext2

__all__ = [
    "NAMES",
    "CacheWarning",
    "Characters",
    "DataError",
    "Digits",
    "Photographs",
    "StandInWarning",
    "Words",
    "available",
    "cifar10",
    "fetch",
    "mnist",
    "omniglot",
    "ptb",
    "source",
    "verify",
    "where",
    "wikitext2",
]
