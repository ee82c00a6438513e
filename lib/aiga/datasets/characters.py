"""Omniglot: 1,623 handwritten characters from 50 alphabets, each drawn by 20 people.

Lake, Salakhutdinov & Tenenbaum, "Human-level concept learning through probabilistic program induction", Science 350
(2015) 1332-1338.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from aiga.datasets import standins, store
from aiga.experiment import Data
from aiga.progress import Bar

Size = Literal[28, 31, 105]
Resampling = Literal["lanczos", "bilinear", "area", "antialias"]

USUAL: dict[int, Resampling | None] = {105: None, 31: "bilinear", 28: "lanczos"}
SIDE: Final = 105
DRAWERS = 20
PIXELS = "43f3e5e604f5d4ba93a120ae07a0525c7b3513d558c5952e9e531bc7fc798ce3"
"""SHA-256 of all drawings, packed to bits; the official archives must give the same as the repacked file."""

_OFFICIAL = (
    "https://raw.githubusercontent.com/brendenlake/omniglot/master/python/",
    "https://github.com/brendenlake/omniglot/raw/master/python/",
)
SOURCE = store.Source(
    name="omniglot",
    title="Omniglot",
    home="https://github.com/brendenlake/omniglot",
    licence="MIT, (c) 2015 Brenden Lake",
    stand_in="procedurally drawn characters instead",
    forms=(
        store.Form(
            "packed",
            (
                store.File(
                    "omniglot/omniglot.npz", "sha256:2d918496bce5c280e6b3cf1cc0ce5143bd8d45e50dc4e1b57a5cf51ddba1a3ec"
                ),
            ),
        ),
        store.Form(
            "official",
            tuple(
                store.File(f"omniglot/{name}", digest, tuple(f"{folder}{name}" for folder in _OFFICIAL))
                for name, digest in (
                    ("images_background.zip", "md5:68d2efa1b9178cc56df9314c21c6e718"),
                    ("images_evaluation.zip", "md5:6b91aef0f799c5bb55b94e3f2daec811"),
                )
            ),
        ),
    ),
)


@dataclass(frozen=True, eq=False)
class Characters:
    """Drawings of characters, class by class."""

    images: Tensor
    """(classes, 20, size, size) uint8: 0 is ink, 255 paper. Classes are sorted by set (background, then evaluation),
    alphabet and character, as a sorted listing of the official folders gives them; drawings by drawer."""
    alphabet: Tensor
    """(classes,) int64: each class's position in ``alphabet_names``."""
    alphabet_names: tuple[str, ...]
    evaluation: Tensor
    """(classes,) bool: False in the background set (964 classes), True in the evaluation set (659)."""
    data: Data


@dataclass(frozen=True, eq=False)
class _Drawings:
    packed: Callable[[], NDArray[np.uint8]]  # (classes * 20, 105, 14), one bit a pixel, 1 = ink; read when needed
    alphabet: NDArray[np.int64]  # (classes,)
    names: tuple[str, ...]
    evaluation: NDArray[np.bool_]  # (classes,)

    def chunks(self, classes: int = 64) -> Iterator[NDArray[np.uint8]]:
        """Pixels (n, 105, 105), 0 = ink and 255 = paper, ``classes`` classes at a time."""
        packed = self.packed()
        for first in range(0, len(packed), classes * DRAWERS):
            pixels = np.unpackbits(packed[first : first + classes * DRAWERS], axis=2, count=SIDE)
            pixels -= 1  # ink 1 -> 0, paper 0 -> 255
            yield pixels


def omniglot(size: Size = SIDE, *, resampling: Resampling | None = None, allow_standin: bool = True) -> Characters:
    """All of Omniglot, at one of the sizes that the papers use.

    Args:
        size: side of the images in pixels. 105 is the original; 28 and 31 are made once and kept in the cache.
        resampling: how 28 and 31 are made. ``lanczos`` is PIL's, and usual at 28 (ANML, ``datasets/omniglot.py``).
            The others are PyTorch's: ``bilinear`` takes one point in each output pixel, without smoothing, which is
            what ``skimage.transform.resize`` did in 2018, and usual at 31 (differentiable plasticity,
            ``omniglot/omniglot.py`` lines 127 and 142); ``area`` averages; ``antialias`` is bilinear after smoothing.
        allow_standin: whether procedurally drawn characters may take the place of the real ones.

    Raises:
        ValueError: unknown size or resampling, or a resampling for the original size.
        store.DataError: the data are damaged, or absent and ``allow_standin`` is False.
    """
    if size not in USUAL:
        raise ValueError(f"size must be one of {', '.join(map(str, USUAL))}, got {size!r}")
    if resampling is not None and (resampling not in get_args(Resampling) or size == SIDE):
        raise ValueError(
            f"resampling={resampling!r} with size={size}: expected one of {', '.join(get_args(Resampling))} with 28 or "
            "31, and None with 105, which is the original"
        )
    how = resampling or USUAL[size]
    found = store.obtain(SOURCE, allow_standin=allow_standin)
    if found:
        drawings = _read(found)
        key, detail = found.form.key, f"{len(drawings.alphabet):,} characters, {size} x {size}"
    else:
        drawings = _stand_in()
        key, detail = standins.key(), standins.CHARACTERS
    if how is None:
        images = next(drawings.chunks(len(drawings.alphabet)))
    else:
        name = f"omniglot-{size}-{how}-{key}-{store.code_key(__file__)}"
        images = store.derived(name, lambda: _resized(drawings, size, how))
        detail += f" ({how})"
    return Characters(
        images=torch.from_numpy(images).view(-1, DRAWERS, size, size),
        alphabet=torch.from_numpy(drawings.alphabet),
        alphabet_names=drawings.names,
        evaluation=torch.from_numpy(drawings.evaluation),
        data=Data(SOURCE.name, stand_in=found is None, detail=detail),
    )


def _stand_in() -> _Drawings:
    sizes = standins.alphabet_sizes()
    alphabet = np.repeat(np.arange(len(sizes)), sizes)
    names = tuple(f"Stand-in alphabet {number + 1}" for number in range(len(sizes)))
    return _Drawings(standins.characters, alphabet, names, alphabet >= standins.BACKGROUND_ALPHABETS)


def _read(found: store.Found) -> _Drawings:
    if found.form.name == "packed":
        with np.load(found.paths[0], allow_pickle=False) as stored:
            return _Drawings(
                packed=lambda: _member(found.paths[0], "ink_packed"),
                alphabet=stored["alphabet"][::DRAWERS].astype(np.int64),
                names=tuple(map(str, stored["alphabet_names"])),
                evaluation=stored["evaluation"][::DRAWERS],
            )
    listing = [_listing(path) for path in found.paths]
    name = f"omniglot-packed-{found.form.key}-{store.code_key(__file__)}"
    names = [alphabet for classes in listing for alphabet in dict.fromkeys(alphabet for alphabet, _ in classes)]
    return _Drawings(
        packed=lambda: _checked(store.derived(name, lambda: _pack(found.paths, listing)), found),
        alphabet=np.array([names.index(alphabet) for classes in listing for alphabet, _ in classes]),
        names=tuple(names),
        evaluation=np.repeat([False, True], [len(classes) for classes in listing]),
    )


def _member(archive: Path, name: str) -> NDArray[np.uint8]:
    with np.load(archive, allow_pickle=False) as stored:
        return cast(NDArray[np.uint8], stored[name])


def _checked(packed: NDArray[np.uint8], found: store.Found) -> NDArray[np.uint8]:
    digest = hashlib.sha256(packed.tobytes()).hexdigest()
    if digest != PIXELS:
        raise store.DataError(
            f"the drawings in {' and '.join(map(str, found.paths))} have SHA-256 {digest}, expected {PIXELS}. "
            f"Get them again with: aiga data fetch {SOURCE.name}"
        )
    return packed


def _listing(archive: Path) -> list[tuple[str, list[str]]]:
    """The classes of an official archive, sorted: alphabet, and the names of its drawings by drawer."""
    folders: dict[str, list[str]] = {}
    with zipfile.ZipFile(archive) as members:
        for name in sorted(each for each in members.namelist() if each.endswith(".png")):
            folders.setdefault(name.rpartition("/")[0], []).append(name)  # set/alphabet/character/0001_01.png
    return [(folder.split("/")[-2], names) for folder, names in folders.items()]


def _pack(archives: tuple[Path, ...], listing: list[list[tuple[str, list[str]]]]) -> NDArray[np.uint8]:
    """Decode the drawings of the official archives, one bit a pixel, 1 = ink."""
    rows = []
    for archive, classes in zip(archives, listing, strict=True):
        with zipfile.ZipFile(archive) as members, Bar(len(classes), f"reading {archive.name}") as bar:
            for _, names in classes:
                drawn = [np.asarray(Image.open(io.BytesIO(members.read(name))).convert("1")) for name in names]
                rows.append(np.packbits(~np.stack(drawn), axis=2))  # (20, 105, 14)
                bar.step()
    return np.concatenate(rows)


def _resized(drawings: _Drawings, size: int, how: Resampling) -> NDArray[np.uint8]:
    """All drawings at ``size``, ``(classes * 20, size, size)``, rounded to whole grey levels."""
    parts = []
    with Bar(len(drawings.alphabet), f"Omniglot at {size} x {size}") as bar:
        for pixels in drawings.chunks():
            parts.append(_shrink(pixels, size, how))
            bar.step(len(pixels) // DRAWERS)
    return np.concatenate(parts)


def _shrink(pixels: NDArray[np.uint8], size: int, how: Resampling) -> NDArray[np.uint8]:
    if how == "lanczos":
        shrunk = [Image.fromarray(each).resize((size, size), Image.Resampling.LANCZOS) for each in pixels]
        return np.stack([np.asarray(each) for each in shrunk])
    options: dict[str, Any] = (
        {"mode": "area"} if how == "area" else {"mode": "bilinear", "antialias": how == "antialias"}
    )
    grey = functional.interpolate(torch.from_numpy(pixels).float()[:, None], size=(size, size), **options)[:, 0]
    return grey.round().clamp(0, 255).to(torch.uint8).numpy()
