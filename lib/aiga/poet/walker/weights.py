"""Trained walkers: 2,804 numbers in a safetensors file, with a record beside it of how they came about."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from aiga import files
from aiga.poet.walker.physics.compiled import Floats
from aiga.poet.walker.physics.policy import PARAMETERS

TENSOR = "theta"


def folder() -> Path:
    """Where the book's trained walkers are."""
    return files.book_data() / "weights"


def names() -> list[str]:
    """The walkers that come with the book."""
    return sorted(path.stem for path in folder().glob("walker_*.safetensors"))


def walker(name: str) -> Floats:
    """The parameters of a walker that comes with the book, ``(2804,)``.

    Raises:
        ValueError: there is none of that name, or its file is damaged.
    """
    if name not in names():
        raise ValueError(f"unknown walker {name!r}: choose one of {', '.join(names()) or '(none is here)'}")
    return load(folder() / f"{name}.safetensors")


def record(name: str) -> dict[str, Any]:
    """How a walker was trained, and what it scored."""
    walker(name)
    content: dict[str, Any] = json.loads((folder() / f"{name}.json").read_text("utf8"))
    return content


def save(path: Path, theta: Floats, metadata: dict[str, str] | None = None) -> None:
    """Write one policy.

    Raises:
        ValueError: it has another number of parameters, or one that is not finite.
    """
    if theta.shape != (PARAMETERS,) or not np.isfinite(theta).all():
        raise ValueError(f"theta has shape {theta.shape}: expected ({PARAMETERS},), all finite")
    data = np.ascontiguousarray(theta, dtype="<f4").tobytes()
    header: dict[str, Any] = {TENSOR: {"dtype": "F32", "shape": [PARAMETERS], "data_offsets": [0, len(data)]}}
    if metadata:
        header["__metadata__"] = metadata
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with files.atomic(path, "wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text + data)  # type: ignore[arg-type]


def load(path: Path) -> Floats:
    """Read one policy, ``(2804,)``.

    Raises:
        ValueError: the file is not such a one; the message says what is wrong.
    """
    content = path.read_bytes()
    try:
        (length,) = struct.unpack_from("<Q", content)
        entry = json.loads(content[8 : 8 + length])[TENSOR]
        first, last = entry["data_offsets"]
        data = content[8 + length :][first:last]
        wanted = {"dtype": "F32", "shape": [PARAMETERS]}
        if {key: entry[key] for key in wanted} != wanted or len(data) != 4 * PARAMETERS:
            raise ValueError(f"expected {PARAMETERS} float32 numbers, found {entry} and {len(data)} bytes")
    except (struct.error, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} holds no walker ({error}): fetch it again") from error
    return np.frombuffer(data, dtype="<f4").astype(np.float32)
