"""Where data lie on this machine, and how they get there.

A data set is looked for in ``$AIGA_DATA``, then in the cache, then downloaded into the cache; every file is checked
against its published digest before it is used. Only when all three fail may a stand-in take its place, and a file that
is there but damaged is always an error.
"""

import contextlib
import hashlib
import io
import os
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pooch
from numpy.typing import NDArray

from aiga import files
from aiga.datasets import download


class DataError(RuntimeError):
    """A data set is damaged, or cannot be had; the message says what to do."""


class StandInWarning(UserWarning):
    """Data that ship with the book's dependencies take the place of the real data set."""


class CacheWarning(UserWarning):
    """Something could not be kept in the cache, or had to be made again; results are not affected."""


@dataclass(frozen=True)
class File:
    """One file of a data set."""

    path: str
    """Place below ``$AIGA_DATA`` or the cache."""
    digest: str
    """``sha256:`` or ``md5:`` and the digest, as its publisher or our own check of the contents gives it."""
    urls: tuple[str, ...] = ()
    """Where it can be downloaded: the official source first, then mirrors."""


@dataclass(frozen=True)
class Form:
    """One way in which a data set is stored, all files together."""

    name: str
    files: tuple[File, ...]

    @property
    def downloadable(self) -> bool:
        """Whether every file has an address."""
        return all(file.urls for file in self.files)

    @property
    def key(self) -> str:
        """Twelve digits that change with the contents of any file."""
        return hashlib.sha256("".join(file.digest for file in self.files).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Source:
    """What there is to know about a data set before reading it."""

    name: str
    title: str
    home: str
    licence: str
    stand_in: str
    """What takes its place where it cannot be had."""
    forms: tuple[Form, ...]
    """In order of preference."""

    def form(self, name: str) -> Form:
        """The form called ``name``."""
        return next(form for form in self.forms if form.name == name)


@dataclass(frozen=True)
class Found:
    """A data set on this machine."""

    source: Source
    form: Form
    folder: Path
    place: str
    """``$AIGA_DATA`` or ``the cache``."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, in the order of the form."""
        return tuple(self.folder / file.path for file in self.form.files)

    def __str__(self) -> str:
        names = ", ".join(path.name for path in self.paths)
        return f"{self.source.title}: {names} in {self.paths[0].parent} ({self.place})"


@dataclass
class _Memory:
    """What this process has tried and said, so that nobody waits for the same dead connection or reads a text twice."""

    failed: dict[str, str] = field(default_factory=dict)
    announced: set[str] = field(default_factory=set)


_memory = _Memory()


def cache_folder() -> Path:
    """The folder for downloads and derived arrays: ``$AIGA_CACHE``, or ``aiga`` in the user's cache folder."""
    return Path(os.environ.get("AIGA_CACHE") or pooch.os_cache("aiga")).expanduser()


def folders() -> dict[str, Path]:
    """Where data sets are looked for, in this order."""
    own = os.environ.get("AIGA_DATA")
    return ({"$AIGA_DATA": Path(own).expanduser()} if own else {}) | {"the cache": cache_folder()}


def offline() -> bool:
    """Whether AIGA_OFFLINE forbids downloads."""
    choice = os.environ.get("AIGA_OFFLINE", "")
    if choice not in ("", "0", "1"):
        raise ValueError(f"AIGA_OFFLINE={choice!r}: expected 1 (never download) or 0")
    return choice == "1"


def search(source: Source, forms: Sequence[Form] = ()) -> Found | None:
    """The data set on this machine, unverified; None where no form of it is complete.

    Args:
        source: the data set.
        forms: which of its forms will do, in order of preference; none means all.
    """
    for place, folder in folders().items():
        for form in forms or source.forms:
            if all((folder / file.path).is_file() for file in form.files):
                return Found(source, form, folder, place)
    return None


def check(found: Found) -> Found:
    """Compare every file with its digest.

    Raises:
        DataError: a file differs, or cannot be read; the message names the file, both digests and the remedy.
    """
    for path, file in zip(found.paths, found.form.files, strict=True):
        kind, expected = file.digest.split(":")
        try:
            actual = _digest(path, kind)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}. Check its permissions") from error
        if actual != expected:
            if found.place != "the cache":
                remedy = "Replace it by a good copy, or unset AIGA_DATA to use the cache"
            else:
                again = f"aiga data fetch {found.source.name}"
                remedy = f"Get it again with: {again}" if found.form.downloadable else f"Delete it, then: {again}"
            raise DataError(
                f"{path} is damaged: {path.stat().st_size} bytes with {kind.upper()} {actual}, expected {expected}. "
                f"{remedy}"
            )
    return found


def fetch(source: Source, forms: Sequence[Form] = ()) -> Found:
    """Download a data set into the cache; files that are there and good are kept, damaged ones replaced.

    Raises:
        DataError: it has no address, no address answered with the right contents, or the cache cannot be written.
    """
    form = next((form for form in forms or source.forms if form.downloadable), None)
    if form is None:
        raise DataError(
            f"this form of {source.title} cannot be downloaded; put its files into the folder that AIGA_DATA names"
        )
    found = Found(source, form, cache_folder(), "the cache")
    for path, file in zip(found.paths, form.files, strict=True):
        kind, expected = file.digest.split(":")
        if path.is_file() and _digest(path, kind) == expected:
            continue
        try:
            refusals = download.first_good(file.urls, file.digest, path)
        except OSError as error:
            raise DataError(
                f"{source.title} could not be stored: {path}: {error.strerror or error}; nothing half-written was "
                f"left. Free some space there, or let AIGA_CACHE name a folder that you may write to"
            ) from error
        if refusals:
            raise DataError(f"{source.title} could not be downloaded. " + "; ".join(refusals))
    _memory.failed.pop(source.name + form.name, None)
    return found


def obtain(source: Source, forms: Sequence[Form] = (), *, allow_standin: bool = True) -> Found | None:
    """The data set, verified: from ``$AIGA_DATA``, the cache or a download; None where a stand-in must do.

    A download that failed is not tried again by the same process (:func:`fetch` does). Returning None goes with one
    :class:`StandInWarning` a process and data set.

    Raises:
        DataError: a file is damaged, a download cannot be stored, or nothing was found and ``allow_standin`` is False.
    """
    found = search(source, forms)
    if found:
        return check(found)
    attempt = source.name + next((form.name for form in forms or source.forms if form.downloadable), "")
    if offline():
        reason = "AIGA_OFFLINE=1 forbids the download"
    elif attempt in _memory.failed:
        reason = _memory.failed[attempt]
    else:
        try:
            return fetch(source, forms)
        except DataError as error:
            if isinstance(error.__cause__, OSError):  # the network may be fine: whoever reads this can help at once
                raise
            reason = _memory.failed[attempt] = str(error)
    where = " and ".join(f"{place} ({folder})" for place, folder in folders().items())
    if not allow_standin:
        raise DataError(
            f"{source.title} is needed and was not found in {where}: {reason}. Get it with: aiga data fetch "
            f"{source.name}, on a machine with a network, or let AIGA_DATA name a folder that holds it. "
            f"It comes from {source.home}"
        )
    if source.name not in _memory.announced:
        _memory.announced.add(source.name)
        warnings.warn(
            f"STAND-IN DATA: {source.title} was not found in {where}: {reason}. You are using {source.stand_in}. "
            f"Results cannot be compared with a paper. For the real data: aiga data fetch {source.name}",
            StandInWarning,
            stacklevel=3,
        )
    return None


def derived(key: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """An array that is slow to make, from the cache where it was made before.

    A damaged copy is made again, and a cache that cannot be written costs time only; both are said in a
    :class:`CacheWarning`.

    Args:
        key: file name; must change with whatever the array depends on.
        make: makes the array.
    """
    path = cache_folder() / "derived" / f"{key}.npz"
    if path.is_file():
        try:
            with zipfile.ZipFile(path) as archive:
                content = archive.read("array.npy")  # the whole member, so that its CRC-32 is compared
            return cast(NDArray[Any], np.load(io.BytesIO(content), allow_pickle=False))
        except Exception as error:  # damage shows in many ways, and all have the same remedy
            warnings.warn(f"{path} is damaged ({error}) and is made again", CacheWarning, stacklevel=3)
    array = make()
    try:
        with files.atomic(path, "wb") as stream:
            np.savez(cast(Any, stream), array=array)
    except OSError as error:
        warnings.warn(
            f"an array that took time to make is not kept: {error.strerror}; or let AIGA_CACHE name another folder",
            CacheWarning,
            stacklevel=3,
        )
    else:
        with contextlib.suppress(OSError):
            _forget_older(path)
    return array


def code_key(file: str) -> str:
    """Eight digits that change with the code in ``file``, so that an array made by other code is not reused."""
    return files.sha256(Path(file))[:8]


def _forget_older(path: Path) -> None:
    """Remove what other versions of the code left under the same name."""
    prefix, _, _ = path.stem.rpartition("-")
    for other in path.parent.glob(f"{prefix}-????????.npz"):
        if other != path:
            other.unlink()


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, kind).hexdigest()
