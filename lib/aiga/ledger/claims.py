"""Claims: what we try to match, one YAML file a chapter.

A claim is a value or an ordering, with the paper's own side of it and where that comes from, and our band for each
scale. A band that cannot fail is refused when the file is read.
"""

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aiga import experiment, files
from aiga.experiment import Experiment, Metric
from aiga.scale import Scale, check

Status = Literal["opened", "second-hand", "memory", "ours"]
Term = tuple[str | None, str]
"""A condition (None: the first that there is) and a metric."""


class LedgerError(ValueError):
    """A ledger that does not say what it must say."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Paper(_Model):
    """The paper that a ledger is about."""

    key: str
    title: str
    authors: str | None = None
    venue: str | None = None
    year: int | None = None
    arxiv: str | None = None


class PaperSide(_Model):
    """What the paper says, and how far that can be trusted."""

    status: Status
    value: float | None = None
    spread: float | None = None
    spread_is: str | None = None
    ordering: str | None = None
    says: str | None = None
    where: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> "PaperSide":
        content = (self.value, self.ordering, self.says)
        if self.status == "ours" and any(each is not None for each in content):
            raise ValueError(
                "status 'ours' is for claims that the paper does not make: leave value, ordering, says out"
            )
        if self.status != "ours" and (self.where is None or all(each is None for each in content)):
            raise ValueError(
                "the paper's side needs 'where' (table, figure, section) and a value, an ordering or 'says'"
            )
        if (self.spread is None) != (self.spread_is is None) or (self.spread is not None and self.value is None):
            raise ValueError(
                "a 'spread' belongs to a 'value' and needs 'spread_is' (standard deviation, 95 % interval)"
            )
        return self


class Band(_Model):
    """Our band at one scale: exactly one of ``at_least``, ``at_most``, ``between`` and ``ordering``."""

    at_least: float | None = None
    at_most: float | None = None
    between: tuple[float, float] | None = None
    ordering: str | None = None
    """Conditions from low to high, ``"plastic < lstm < rnn"``; a term may name its metric: ``"plastic.error"``."""
    gap_at_least: float | None = None
    """Least difference between neighbours of the ordering."""
    seeds: Annotated[int, Field(ge=1)]
    """How many seeds the band was drawn from."""
    mean_of: Annotated[int, Field(ge=1)] = 1
    """Fewest seeds whose mean may be compared with the band."""
    why: Annotated[str, Field(min_length=1)]
    """Where the band's limits come from."""

    @model_validator(mode="after")
    def _one_kind(self) -> "Band":
        kinds = [self.at_least, self.at_most, self.between, self.ordering]
        if sum(each is not None for each in kinds) != 1:
            raise ValueError("a band has exactly one of at_least, at_most, between and ordering")
        if (self.ordering is None) != (self.gap_at_least is None):
            raise ValueError("an ordering needs gap_at_least, a positive number, and nothing else has one")
        if self.ordering is not None:
            ordered(self.ordering)
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and highest value inside a band that is no ordering; infinite where it is open."""
        if self.between is not None:
            return self.between
        low = -math.inf if self.at_least is None else self.at_least
        return low, math.inf if self.at_most is None else self.at_most

    def contains(self, means: Sequence[float]) -> bool:
        """Whether the terms' means (in the order of :meth:`Claim.terms`) lie in the band."""
        if self.gap_at_least is not None:
            return all(high - low >= self.gap_at_least for low, high in itertools.pairwise(means))
        low, high = self.limits
        return low <= means[0] <= high

    def __str__(self) -> str:
        if self.ordering is not None:
            return f"{self.ordering}, each step at least {self.gap_at_least:g}"
        if self.between is not None:
            return f"{self.between[0]:g} to {self.between[1]:g}"
        return f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"


class Claim(_Model):
    """One statement about one experiment."""

    id: Annotated[str, Field(pattern=r"^[a-z]\w*\.[a-z]\w*\.[a-z]\w*$")]
    says: Annotated[str, Field(min_length=1)]
    paper: PaperSide
    metric: str
    condition: str | None = None
    """For a value: of which condition; default the experiment's first."""
    ours: dict[Scale, Band]

    @property
    def address(self) -> str:
        """The address of the claim's experiment."""
        return self.id.rpartition(".")[0]

    def terms(self, scale: str) -> list[Term]:
        """What must be known to judge the claim; where the scale has no band, what another scale's band needs."""
        band = self.ours.get(check(scale)) or next(iter(self.ours.values()), None)
        if band is None or band.ordering is None:
            return [(self.condition, self.metric)]
        parts = [term.partition(".") for term in ordered(band.ordering)]
        return [(condition, metric or self.metric) for condition, _, metric in parts]


class Ledger(_Model):
    """All claims about one paper."""

    stem: str
    paper: Paper
    claims: list[Claim]


def ordered(ordering: str) -> list[str]:
    """The terms of an ordering from low to high.

    Raises:
        ValueError: it is not two or more different terms joined by one kind of sign.
    """
    parts = [each.strip() for each in re.split("([<>])", ordering)]
    terms, signs = parts[::2], set(parts[1::2])
    if len(signs) != 1 or not all(terms) or len(set(terms)) != len(terms):
        raise ValueError(f"ordering {ordering!r}: expected different terms joined by '<' alone or by '>' alone")
    return terms if signs == {"<"} else terms[::-1]


def load(stem: str, folder: Path | None = None) -> Ledger:
    """The ledger ``<stem>.yaml``, checked against the experiments that it speaks of.

    Raises:
        LedgerError: no such ledger, a mistake in its form, an unknown experiment, metric, condition or scale, or a band
            that can never fail or never hold.
    """
    path = (folder or _folder()) / f"{stem}.yaml"
    if not path.exists():
        raise LedgerError(f"unknown ledger {stem!r}: choose one of {', '.join(stems(folder)) or 'none'}")
    try:
        content = yaml.load(path.read_text(encoding="utf8"), Loader=_StrictLoader)
        if not isinstance(content, dict):
            raise TypeError("expected a mapping with 'paper' and 'claims'")
        ledger = Ledger.model_validate({"stem": stem, **content})
        names = [claim.id for claim in ledger.claims]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"claim {min(twice)} is there twice")
        modules = {claim.address: experiment.load(claim.address) for claim in ledger.claims}
        claims = [_checked(claim, modules[claim.address]) for claim in ledger.claims]
    except (yaml.YAMLError, ValidationError, ValueError, TypeError) as error:
        raise LedgerError(f"{path}: {error}") from error
    return ledger.model_copy(update={"claims": claims})


def load_all(folder: Path | None = None) -> list[Ledger]:
    """All ledgers, in the book's order of chapters."""

    def place(ledger: Ledger) -> tuple[int, str]:
        chapter = ledger.claims[0].address.split(".")[0] if ledger.claims else ""
        order = experiment.CHAPTERS
        return (order.index(chapter) if chapter in order else len(order), ledger.stem)

    return sorted((load(stem, folder) for stem in stems(folder)), key=place)


def stems(folder: Path | None = None) -> list[str]:
    """The names of all ledgers."""
    return sorted(path.stem for path in (folder or _folder()).glob("*.yaml"))


def check_band(band: Band, metrics: Sequence[Metric]) -> None:
    """Refuse a band that says nothing about its metrics (one, or one for each term of an ordering).

    Raises:
        ValueError: it can never fail, or can never hold.
    """
    lowest, highest = min(each.lowest for each in metrics), max(each.highest for each in metrics)
    span = f"the metric's range is {lowest:g} to {highest:g}"
    if band.gap_at_least is not None:
        if not band.gap_at_least > 0:
            raise ValueError(f"gap_at_least {band.gap_at_least:g} must be positive: noise alone makes an ordering")
        if not band.gap_at_least * (len(metrics) - 1) <= highest - lowest:
            raise ValueError(f"an ordering with gap_at_least {band.gap_at_least:g} can never hold: {span}")
        return
    low, high = band.limits
    if not low <= high or low > highest or high < lowest:
        raise ValueError(f"the band '{band}' can never hold: {span}")
    if low <= lowest and high >= highest:
        raise ValueError(f"the band '{band}' can never fail: {span}")


def _checked(claim: Claim, module: Experiment) -> Claim:
    """The claim with its default condition filled in."""
    condition = claim.condition or next(iter(next(iter(module.SCALES.values()))))
    claim = claim.model_copy(update={"condition": condition})
    try:
        for scale in claim.ours or module.SCALES:
            for name, metric in claim.terms(scale):
                if metric not in module.METRICS:
                    raise ValueError(f"unknown metric {metric!r}: choose from {', '.join(module.METRICS)}")
                known = module.SCALES.get(scale, {})
                if name not in known:
                    choices = ", ".join(known) or "none, for the experiment has no such scale"
                    raise ValueError(f"unknown condition {name!r} at scale {scale}: choose from {choices}")
            if scale in claim.ours:
                check_band(claim.ours[scale], [module.METRICS[metric] for _, metric in claim.terms(scale)])
    except ValueError as error:
        raise ValueError(f"claim {claim.id}: {error}") from error
    return claim


def _folder() -> Path:
    return files.book_data() / "ledger"


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML in which a key that is there twice is a mistake, where plain YAML would keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: Mapping[Any, Any] = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key is there twice", node.start_mark)
        return dict(mapping)
