"""Forecasts: what an experiment at paper scale would cost, seen from the first steps of its training."""

import datetime
import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from aiga import files
from aiga.benchmarks.benchmark import BenchmarkError, Machine

NAME = "forecasts.json"


class Forecast(BaseModel):
    """One condition with one seed. Steps are those of the part of the training that was measured last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str
    scale: str
    condition: str
    steps: int
    """Of the whole training, or of a part of it; none where a condition trains nothing."""
    measured: int
    """How many of them were measured; none where the first did not end in time."""
    seconds_a_step: float
    """Or how long the first was waited for."""
    seconds_before: float = 0.0
    """What earlier parts of the training took, where it has several and these ended while it was measured."""
    at_least: bool = False
    """Whether more time comes on top: no step ended in time, or later parts of the training were not reached."""
    date: datetime.date
    machine: Machine
    code_hash: str

    @property
    def seconds(self) -> float:
        """Of the whole training; the tests at its end come on top."""
        return self.seconds_before + self.steps * self.seconds_a_step


def load(folder: Path | None = None) -> list[Forecast]:
    """The stored forecasts, none where there is no file.

    Args:
        folder: where; default the book's ``data``.

    Raises:
        BenchmarkError: the file holds something else.
    """
    path = (folder or files.book_data()) / NAME
    if not path.exists():
        return []
    try:
        return TypeAdapter(list[Forecast]).validate_json(path.read_text(encoding="utf8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise BenchmarkError(
            f"{path} holds no forecasts; delete it and run `aiga cost --store` again: {error}"
        ) from error


def keep(forecast: Forecast, folder: Path | None = None) -> Path:
    """Store a forecast in place of the older one of its condition."""
    found = {(each.address, each.scale, each.condition): each for each in load(folder)}
    found[forecast.address, forecast.scale, forecast.condition] = forecast
    lines = [json.dumps(found[key].model_dump(mode="json")) for key in sorted(found)]
    path = (folder or files.book_data()) / NAME
    files.write_text(path, "[\n" + ",\n".join(lines) + "\n]\n")
    return path
