"""CIFAR-10: photographs of 32 x 32 pixels in ten classes.

Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
"""

import io
import itertools
import tarfile
from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from aiga.datasets import standins, store
from aiga.experiment import Data
from aiga.progress import Bar

Version = Literal["lossless", "jpeg", "official"]
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FIRST, FIRST_TRAIN = 4000, 3000

SOURCE = store.Source(
    name="cifar10",
    title="CIFAR-10",
    home="https://www.cs.toronto.edu/~kriz/cifar.html",
    licence="none stated",
    stand_in="patches of scikit-learn's two sample photographs instead",
    forms=(
        store.Form(
            "official",
            (
                store.File(
                    "cifar10/cifar-10-binary.tar.gz",
                    "md5:c32a1d4ab5d03f1284b67883e8d87530",
                    ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
                ),
            ),
        ),
        store.Form(
            "lossless",
            tuple(
                store.File(f"cifar10/{name}", f"sha256:{digest}")
                for name, digest in (
                    ("first4000_part0.png", "0614720d69293a033786d5fe2924c4e9a9b48874f19ca4627c4662a864ee9f2d"),
                    ("first4000_part1.png", "2927e26ea68602e34a7424826b76b7336ce36b8f6bcc2e9fce0c05568ff6b4c1"),
                    ("first4000_part2.png", "0b2759e307bb405bb1a6531f8a0f557eaec46d7546050612fdb836f0fa60eae0"),
                    ("first4000_part3.png", "a4530ff15c83886058a97c352f53f38be07d191de8f410e998e91786b5900a26"),
                    ("first4000_labels.npy", "0312fd4bf4dd7d62aea1c36bc19cb82e4de4f2e4bb79872256f231093df98884"),
                )
            ),
        ),
        store.Form(
            "jpeg",
            (
                store.File(
                    "cifar10/cifar10_jpeg.npz",
                    "sha256:e2d9edff73b167300ad8403608bc97a7bdc33901757e431f2051b9b90af31cab",
                ),
            ),
        ),
    ),
)
DETAIL: dict[Version, str] = {
    "official": "official, 50,000 + 10,000 images",
    "lossless": "lossless, the first 3,000 training images, and the next 1,000 to test on",
    "jpeg": "lossy (JPEG, quality 75), 50,000 + 10,000 images",
}

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8], int]  # (n, 32, 32, 3), (n,), how many are for training


@dataclass(frozen=True, eq=False)
class Photographs:
    """Small colour images and what they show."""

    train_images: Tensor
    """(n, 3, 32, 32) uint8, red, green, blue."""
    train_labels: Tensor
    """(n,) int64, positions in ``classes``."""
    test_images: Tensor
    test_labels: Tensor
    classes: tuple[str, ...]
    data: Data


def cifar10(version: Version = "lossless", *, allow_standin: bool = True) -> Photographs:
    """CIFAR-10, in one of three versions.

    Args:
        version: ``official`` is all 60,000 images as published (a download of 162 MB). ``lossless`` is the first 4,000
            images of its ``data_batch_1``, 3,000 to train and 1,000 to test on: enough for image completion.
            ``jpeg`` is all 60,000, but lossy, ordered by class: results on it are not results on CIFAR-10.
        allow_standin: whether patches of scikit-learn's sample photographs may take its place.

    Raises:
        ValueError: unknown version.
        store.DataError: the data are damaged, or absent and ``allow_standin`` is False.
    """
    if version not in get_args(Version):
        raise ValueError(f"version must be one of {', '.join(get_args(Version))}, got {version!r}")
    forms = [SOURCE.form(version)]
    if version == "lossless":
        forms.append(SOURCE.form("official"))  # holds the same images
    found = store.obtain(SOURCE, forms, allow_standin=allow_standin)
    if found is None:
        images, labels, train, classes = standins.photographs()
        data = Data(SOURCE.name, stand_in=True, detail=standins.PHOTOGRAPHS)
    else:
        read = {"official": _read_official, "lossless": _read_lossless, "jpeg": _read_jpeg}[found.form.name]
        images, labels, train = read(found)
        if version == "lossless":
            images, labels, train = images[:FIRST], labels[:FIRST], FIRST_TRAIN
        classes, data = CLASSES, Data(SOURCE.name, detail=DETAIL[version])
    planes = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    shown = torch.from_numpy(labels.astype(np.int64))
    return Photographs(planes[:train], shown[:train], planes[train:], shown[train:], classes, data)


def _read_official(found: store.Found) -> Arrays:
    """One label byte and 1,024 red, green and blue bytes an image."""
    names = [f"cifar-10-batches-bin/data_batch_{batch}.bin" for batch in range(1, 6)]
    with tarfile.open(found.paths[0]) as archive:
        rows = [
            np.frombuffer(cast(io.BufferedReader, archive.extractfile(name)).read(), np.uint8).reshape(-1, 3073)
            for name in [*names, "cifar-10-batches-bin/test_batch.bin"]
        ]
    images = np.concatenate(rows)
    train = len(images) - len(rows[-1])
    return images[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), images[:, 0], train


def _read_lossless(found: store.Found) -> Arrays:
    """Mosaics with one image a row, 1,024 pixels each."""
    *mosaics, labels = found.paths
    images = np.concatenate([np.asarray(Image.open(path)) for path in mosaics])
    return images.reshape(-1, 32, 32, 3), np.load(labels, allow_pickle=False), FIRST_TRAIN


def _read_jpeg(found: store.Found) -> Arrays:
    """JPEG files that share one header; decoding takes seconds, so the images are kept in the cache."""
    with np.load(found.paths[0], allow_pickle=False) as stored:
        header, body, start = stored["header"].tobytes(), stored["data"].tobytes(), stored["start"]
        labels, test = stored["label"], stored["test"]

    def decode() -> NDArray[np.uint8]:
        images = np.empty((len(labels), 32, 32, 3), np.uint8)
        with Bar(len(labels), "decoding CIFAR-10") as bar:
            for row, (first, last) in enumerate(itertools.pairwise(start)):
                images[row] = np.asarray(Image.open(io.BytesIO(header + body[first:last])))
                bar.step()
        return images

    images = store.derived(f"cifar10-jpeg-{found.form.key}-{store.code_key(__file__)}", decode)
    return images, labels, int((~test).sum())
