"""Records: what a run gave, with everything that is needed to trust it.

- ``record``: a run as a few kB of JSON: settings, seeds, results, machine, commit
- ``gathered``: several records of one experiment as one
- ``codehash``: the code that can change a result, as one number; a record whose code has changed is stale
- ``confirm``: a run's first steps again, to make a stale record trustworthy at little cost
- ``provenance``, ``condense``: versions and commit; fewer points and digits
"""

from aiga.records.gathered import Gathered, by_condition, gather
from aiga.records.record import (
    Confirmation,
    Record,
    RecordError,
    Result,
    check_outcomes,
    keep,
    load_all,
    make,
    read,
    rewrite,
    write,
)
from aiga.records.settings import plain_settings, same_settings

__all__ = [
    "Confirmation",
    "Gathered",
    "Record",
    "RecordError",
    "Result",
    "by_condition",
    "check_outcomes",
    "gather",
    "keep",
    "load_all",
    "make",
    "plain_settings",
    "read",
    "rewrite",
    "same_settings",
    "write",
]
