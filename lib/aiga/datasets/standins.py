"""Stand-ins: data that need no download, for machines where the real ones cannot be had.

They let every notebook run to its end, and are good for nothing else: no result on them is compared with a paper.
"""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from aiga import files, seeding

CHARACTERS = "1,623 procedurally drawn characters"
DIGITS = "scikit-learn's 1,797 digits, enlarged from 8 x 8"
PHOTOGRAPHS = "patches of scikit-learn's two sample photographs"
TEXT = "Python's help topics"

SIDE, DRAWERS = 105, 20
ALPHABETS, BACKGROUND_ALPHABETS = 50, 30
SETS = (964, 659)
"""Classes in the background and the evaluation set: as many as Omniglot has."""
VOCABULARY = 10_000
BRUSH = np.array([(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)])
THIN, THICK = 5, 9
"""How many pixels of the brush a drawer uses."""


def key() -> str:
    """Changes with the code of this module, for arrays derived from stand-ins."""
    return f"standin-{files.sha256(Path(__file__))[:12]}"


def alphabet_sizes() -> list[int]:
    """How many characters each of the 50 alphabets has; the first 30 are the background set."""
    alphabets = (BACKGROUND_ALPHABETS, ALPHABETS - BACKGROUND_ALPHABETS)
    return [
        len(part)
        for classes, count in zip(SETS, alphabets, strict=True)
        for part in np.array_split(np.arange(classes), count)
    ]


def characters() -> NDArray[np.uint8]:
    """Characters of two to four strokes, each drawn by 20 people with hands of their own.

    Returns:
        The drawings ``(classes * 20, 105, 14)``, alphabet by alphabet, one bit a pixel, 1 = ink.
    """
    return np.concatenate([np.packbits(draw(*each), axis=2) for each in enumerate(alphabet_sizes())])


def draw(alphabet: int, classes: int) -> NDArray[np.bool_]:
    """An alphabet's drawings, ``(classes * 20, 105, 105)``, True = ink; the same on every call.

    A character is up to four cubic Bezier strokes, the next often beginning where the last ended. A drawer moves the
    control points a little, turns, stretches, slants and shifts the whole, and has a thin or a thick pen.
    """
    random = seeding.numpy_generator(0, f"stand-in alphabet {alphabet}")
    bend = random.uniform(0.05, 0.25)  # how round this alphabet's strokes are
    strokes = random.integers(2, 5, classes)
    ends = random.uniform(-0.38, 0.38, (classes, 4, 2, 2))  # stroke, begin or end, x and y
    joined = random.random((classes, 3)) < 0.6
    ends[:, 1:, 0] = np.where(joined[..., None], ends[:, :-1, 1], ends[:, 1:, 0])
    inner = np.linspace(ends[:, :, 0], ends[:, :, 1], 4, axis=2)  # (classes, 4, 4, 2)
    inner[:, :, 1:3] += random.normal(0, bend, (classes, 4, 2, 2))

    jitter = random.normal(0, 0.015, (classes, DRAWERS, 4, 4, 2))
    control = inner[:, None] + jitter  # (classes, 20, 4 strokes, 4 points, 2)
    turn, slant = random.normal(0, 0.12, (2, classes, DRAWERS))
    stretch = 1 + random.normal(0, 0.08, (classes, DRAWERS, 2))
    shift = random.normal(0, 0.03, (classes, DRAWERS, 2))
    cosine, sine = np.cos(turn), np.sin(turn)
    hand = np.stack([np.stack([cosine, -sine + slant], -1), np.stack([sine, cosine], -1)], -2)  # (classes, 20, 2, 2)
    placed = np.einsum("cdxy,cdspy->cdspx", hand * stretch[..., None, :], control) + shift[:, :, None, None]

    t = np.linspace(0, 1, 96)
    bezier = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])  # (4, 96)
    path = np.einsum("pt,cdspx->cdstx", bezier, placed)
    pixel = np.rint((path + 0.5) * (SIDE - 1)).astype(np.int64)  # (classes, 20, 4, 96, 2)
    thick = random.random((classes, DRAWERS)) < 0.5

    ink = np.zeros((classes, DRAWERS, SIDE, SIDE), bool)
    drawn = np.arange(4) < strokes[:, None]  # (classes, 4)
    for number, offset in enumerate(BRUSH):
        touched = drawn[:, None] & (thick | (number < THIN))[..., None]  # (classes, 20, 4)
        which, drawer, stroke = np.nonzero(touched)
        spots = np.clip(pixel[which, drawer, stroke] + offset, 0, SIDE - 1)  # (n, 96, 2)
        ink[which[:, None], drawer[:, None], spots[..., 1], spots[..., 0]] = True
    return ink.reshape(-1, SIDE, SIDE)


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """scikit-learn's digits in MNIST's layout: 1,500 images and labels to train, 297 to test on."""
    from sklearn.datasets import load_digits  # a second to import, and only here needed

    small = load_digits()
    images = torch.from_numpy(small.images).float()[:, None] / 16  # (1797, 1, 8, 8)
    large = functional.interpolate(images, size=(20, 20), mode="bicubic").clamp(0, 1)
    framed = functional.pad(large[:, 0], (4, 4, 4, 4)).mul(255).round().to(torch.uint8)  # MNIST's margin
    labels = torch.from_numpy(small.target).long()
    return framed[:1500], labels[:1500], framed[1500:], labels[1500:]


def photographs() -> tuple[NDArray[np.uint8], NDArray[np.uint8], int, tuple[str, ...]]:
    """Patches of two photographs, labelled by picture and by which vertical fifth of it they come from.

    Returns:
        Images ``(n, 32, 32, 3)``, labels, how many of them are for training, and the labels' names. The patches to
        test on lie below all others and share no pixel with them.
    """
    from sklearn.datasets import load_sample_images

    patches: dict[bool, list[NDArray[np.uint8]]] = {False: [], True: []}
    labels: dict[bool, list[int]] = {False: [], True: []}
    for picture, photograph in enumerate(load_sample_images().images):  # (427, 640, 3) each
        height, width, _ = photograph.shape
        border = height * 3 // 4
        for top in [*range(0, border - 31, 8), *range(border, height - 31, 8)]:
            for left in range(0, width - 31, 8):
                patches[top >= border].append(photograph[top : top + 32, left : left + 32])
                labels[top >= border].append(5 * picture + (left + 16) * 5 // width)
    names = tuple(f"{picture}, fifth {fifth}" for picture in ("temple", "flower") for fifth in range(1, 6))
    images = np.stack(patches[False] + patches[True])
    return images, np.array(labels[False] + labels[True], np.uint8), len(patches[False]), names


def text() -> tuple[str, str, str]:
    """Python's help topics in lower case, one token between blanks: 80 % to train, 10 % to validate, 10 % to test.

    Numbers become ``N``, as in Mikolov's Penn Treebank, and words seen once or beyond a vocabulary of 10,000 ``<unk>``.
    """
    from pydoc_data.topics import topics  # 0.7 MB that few readers need

    lines = [
        ["N" if token.isdigit() else token for token in re.findall(r"\w+|[^\w\s]", line.lower())]
        for topic in sorted(topics)
        for line in topics[topic].splitlines()
        if line.strip()
    ]
    counts = Counter(token for line in lines for token in line)
    kept = {token for token, count in counts.most_common(VOCABULARY - 2) if count > 1}  # and <unk> and <eos>
    tidy = [" ".join(token if token in kept else "<unk>" for token in line) + "\n" for line in lines]
    first, second = len(tidy) * 8 // 10, len(tidy) * 9 // 10
    return "".join(tidy[:first]), "".join(tidy[first:second]), "".join(tidy[second:])
