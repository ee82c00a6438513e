"""MNIST: handwritten digits, 60,000 to train and 10,000 to test on (LeCun, Cortes & Burges)."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aiga.datasets import standins, store
from aiga.experiment import Data

_FOLDERS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)
SOURCE = store.Source(
    name="mnist",
    title="MNIST",
    home="http://yann.lecun.com/exdb/mnist/",
    licence="passed on everywhere; often given as CC BY-SA 3.0, which we have not confirmed",
    stand_in="scikit-learn's 1,797 digits, enlarged from 8 x 8, instead",
    forms=(
        store.Form(
            "official",
            tuple(
                store.File(f"mnist/{name}", f"sha256:{digest}", tuple(folder + name for folder in _FOLDERS))
                for name, digest in (
                    (
                        "train-images-idx3-ubyte.gz",
                        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                    ),
                    (
                        "train-labels-idx1-ubyte.gz",
                        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                    ),
                    (
                        "t10k-images-idx3-ubyte.gz",
                        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                    ),
                    (
                        "t10k-labels-idx1-ubyte.gz",
                        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                    ),
                )
            ),
        ),
    ),
)


@dataclass(frozen=True, eq=False)
class Digits:
    """Images of digits and what they show."""

    train_images: Tensor
    """(n, 28, 28) uint8: 0 is paper, 255 ink."""
    train_labels: Tensor
    """(n,) int64, 0 to 9."""
    test_images: Tensor
    test_labels: Tensor
    data: Data


def mnist(*, allow_standin: bool = True) -> Digits:
    """All of MNIST.

    Args:
        allow_standin: whether scikit-learn's digits may take its place.

    Raises:
        store.DataError: the data are damaged, or absent and ``allow_standin`` is False.
    """
    found = store.obtain(SOURCE, allow_standin=allow_standin)
    if found is None:
        return Digits(*standins.digits(), data=Data(SOURCE.name, stand_in=True, detail=standins.DIGITS))
    train_images, train_labels, test_images, test_labels = map(_read, found.paths)
    return Digits(
        train_images=train_images,
        train_labels=train_labels.long(),
        test_images=test_images,
        test_labels=test_labels.long(),
        data=Data(SOURCE.name, detail=f"{len(train_images):,} + {len(test_images):,} images"),
    )


def _read(path: Path) -> Tensor:
    """An array in the idx format: two zero bytes, a type (8: bytes), the number of axes, their sizes, the values."""
    content = bytearray(gzip.decompress(path.read_bytes()))
    axes = content[3]
    shape = np.frombuffer(content, ">u4", count=axes, offset=4)
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape))
