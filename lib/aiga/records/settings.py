"""Settings as a record keeps them, and whether they are still today's."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any


def plain_settings(config: Any) -> dict[str, Any]:
    """A configuration as JSON gives it back: tuples are lists, paths are text, and infinity, which it lacks, is None.

    Raises:
        TypeError: ``config`` is not a dataclass.
    """
    if not is_dataclass(config) or isinstance(config, type):
        raise TypeError(f"a configuration is a dataclass, got {type(config).__name__}")
    plain: dict[str, Any] = json.loads(json.dumps(asdict(config), default=str), parse_constant=lambda _: None)
    return plain


def same_settings(config: Any, recorded: Mapping[str, Any]) -> bool:
    """Whether a configuration is the recorded one.

    A field that is newer than the record counts as the same while it holds its default: a switch that was added later
    and leaves things as they were. Whether it does is for the code's hash, and a confirmation, to say.

    Args:
        config: a dataclass; fields that are dataclasses too are compared in the same way.
        recorded: what :func:`plain_settings` gave at the time.
    """
    names = {field.name for field in fields(config)}
    if set(recorded) - names:
        return False
    plain = plain_settings(config)
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name not in recorded:
            same = value == field.default
        elif is_dataclass(value) and isinstance(recorded[field.name], dict):
            same = same_settings(value, recorded[field.name])
        else:
            same = plain[field.name] == recorded[field.name]
        if not same:
            return False
    return True
