"""The readers: the real data sets against what is known of them, and every form that they come in."""

import io
import tarfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aiga import datasets
from aiga.datasets import characters, photographs, store, words

PER_CLASS = {
    "train": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    "test": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.needs_data("omniglot")
def test_omniglot_at_full_size():
    drawn = datasets.omniglot()
    assert drawn.images.shape == (1623, 20, 105, 105)
    assert drawn.images.dtype == torch.uint8
    images = drawn.images.numpy()  # counting is a hundred times faster there
    paper = images == 255
    assert np.count_nonzero(images) == np.count_nonzero(paper), "nothing but ink and paper"
    assert not paper.reshape(1623, 20, -1).all(-1).any(), "no blank drawing"
    assert int((~drawn.evaluation).sum()) == 964
    assert not drawn.evaluation[:964].any()
    # The mean of the background set is a constant in ANML's loader (datasets/omniglot.py).
    assert np.count_nonzero(paper[:964]) / paper[:964].size == pytest.approx(0.92206, abs=5e-6)
    names = drawn.alphabet_names
    assert list(names[:30]) == sorted(names[:30])
    assert list(names[30:]) == sorted(names[30:])
    assert drawn.alphabet.bincount()[names.index("Latin")] == 26
    assert (drawn.alphabet.diff() >= 0).all()
    assert not drawn.data.stand_in


@pytest.mark.needs_data("omniglot")
@pytest.mark.parametrize("size", [28, 31])
def test_second_call_is_quick(cache, size):
    first = datasets.omniglot(size)
    began = time.process_time()  # not the wall clock: other tests run beside this one
    second = datasets.omniglot(size)
    assert time.process_time() - began < 1
    assert torch.equal(first.images, second.images)
    assert first.images.shape == (1623, 20, size, size)


def test_lanczos_is_anmls():
    pixels = np.where(np.random.default_rng(0).random((3, 105, 105)) < 0.1, 0, 255).astype(np.uint8)
    theirs = [
        np.asarray(
            Image.fromarray(each > 0).convert("RGB").resize((28, 28), Image.Resampling.LANCZOS)  # a 1-bit PNG there
        )[:, :, 0]
        for each in pixels
    ]
    assert (characters._shrink(pixels, 28, "lanczos") == np.stack(theirs)).all()


def test_bilinear_takes_one_point_a_pixel():
    pixels = np.random.default_rng(1).integers(0, 256, (2, 105, 105)).astype(np.uint8)
    from scipy.ndimage import map_coordinates

    centres = (np.arange(31) + 0.5) * 105 / 31 - 0.5  # as skimage.transform.resize places them
    points = np.meshgrid(centres, centres, indexing="ij")
    expected = np.stack([map_coordinates(each.astype(float), points, order=1) for each in pixels])
    assert np.abs(characters._shrink(pixels, 31, "bilinear") - expected).max() <= 0.5 + 1e-3


def test_area_keeps_the_mean_and_antialias_is_smoother():
    pixels = np.where(np.random.default_rng(2).random((4, 105, 105)) < 0.5, 0, 255).astype(np.uint8)
    spread = {how: characters._shrink(pixels, 31, how).astype(float).std() for how in ("bilinear", "area", "antialias")}
    assert spread["area"] < spread["bilinear"] / 1.5
    assert spread["antialias"] < spread["bilinear"] / 1.5
    for how in ("area", "antialias"):
        assert characters._shrink(pixels, 31, how).mean() == pytest.approx(pixels.mean(), abs=1)


@pytest.mark.parametrize(
    ("size", "resampling"), [(32, None), (84, "area"), (105, "area"), (31, "nearest"), (28, ""), ("31", None)]
)
def test_omniglot_refuses(size, resampling):
    with pytest.raises(ValueError, match=r"expected one of|must be one of"):
        datasets.omniglot(size, resampling=resampling)


@pytest.mark.needs_data("omniglot")
def test_official_archives_give_the_same(cache, monkeypatch):
    """Two alphabets of either set, zipped as the official repository does, out of order."""
    whole = datasets.omniglot()
    wanted = ("Greek", "Latin", "Kannada", "Tibetan")
    kept = torch.tensor([whole.alphabet_names[number] in wanted for number in whole.alphabet.tolist()])
    chosen = whole.images[kept]
    (cache / "omniglot").mkdir(parents=True)
    for part, evaluation in (("background", False), ("evaluation", True)):
        entries = []
        for row in (kept & (whole.evaluation == evaluation)).nonzero()[:, 0].tolist():
            alphabet = whole.alphabet[row]
            number = row - int((whole.alphabet == alphabet).nonzero()[0]) + 1
            folder = f"images_{part}/{whole.alphabet_names[alphabet]}/character{number:02d}"
            entries += [
                (f"{folder}/{row + 1:04d}_{drawer + 1:02d}.png", whole.images[row, drawer]) for drawer in range(20)
            ]
        with zipfile.ZipFile(cache / "omniglot" / f"images_{part}.zip", "w") as archive:
            archive.writestr(f"images_{part}/", "")
            for name, image in reversed(entries):
                content = io.BytesIO()
                Image.fromarray(image.numpy() > 0).save(content, "PNG")
                archive.writestr(name, content.getvalue())
    monkeypatch.delenv("AIGA_DATA", raising=False)
    monkeypatch.setattr(store, "check", lambda found: found)
    with pytest.raises(datasets.DataError, match=characters.PIXELS):  # these are not all the drawings
        datasets.omniglot()
    monkeypatch.setattr(characters, "_checked", lambda packed, _: packed)
    ours = datasets.omniglot()
    assert ours.alphabet_names == wanted
    assert torch.equal(ours.images, chosen)
    assert torch.equal(ours.evaluation, whole.evaluation[kept])
    assert not ours.data.stand_in


@pytest.mark.needs_data("omniglot")
def test_corrupted_archive_of_arrays(tmp_path, monkeypatch):
    found = store.search(datasets.source("omniglot"))
    if found.form.name != "packed":
        pytest.skip("Omniglot is here as the official archives, not as one archive of arrays")
    damaged = bytearray(found.paths[0].read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "omniglot").mkdir()
    (tmp_path / "omniglot" / "omniglot.npz").write_bytes(damaged)
    monkeypatch.setenv("AIGA_DATA", str(tmp_path))
    for allow in (True, False):
        with pytest.raises(datasets.DataError, match=r"omniglot\.npz is damaged"):
            datasets.omniglot(31, allow_standin=allow)


@pytest.mark.needs_data("mnist")
def test_mnist():
    digits = datasets.mnist()
    assert digits.train_images.shape == (60000, 28, 28)
    assert digits.train_images.dtype == torch.uint8
    assert digits.train_labels.bincount().tolist() == PER_CLASS["train"]
    assert digits.test_labels.bincount().tolist() == PER_CLASS["test"]
    assert digits.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert float(digits.train_images.float().mean()) / 255 == pytest.approx(0.1307, abs=1e-4)
    assert not digits.data.stand_in


def _has(version: str) -> None:
    """The versions of CIFAR-10 are separate downloads, so each is looked for by itself."""
    if not store.search(photographs.SOURCE, [photographs.SOURCE.form(version)]):
        pytest.skip(f"CIFAR-10 is not here in its {version} version")


@pytest.mark.needs_data("cifar10")
def test_cifar10_lossless():
    _has("lossless")
    photos = datasets.cifar10("lossless")
    assert photos.train_images.shape == (3000, 3, 32, 32)
    assert photos.test_images.shape == (1000, 3, 32, 32)
    assert photos.train_labels[:10].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
    both = torch.cat([photos.train_labels, photos.test_labels])
    assert both.bincount().tolist() == [396, 366, 420, 384, 422, 393, 414, 385, 407, 413]
    assert "lossless" in photos.data.detail


@pytest.mark.needs_data("cifar10")
@pytest.mark.slow
def test_cifar10_jpeg(cache):
    _has("jpeg")
    photos = datasets.cifar10("jpeg")
    assert photos.train_labels.bincount().tolist() == [5000] * 10
    assert photos.test_labels.bincount().tolist() == [1000] * 10
    means = photos.train_images.float().mean((0, 2, 3)) / 255
    assert means.tolist() == pytest.approx([0.4913, 0.4821, 0.4465], abs=1e-4)
    assert "lossy" in photos.data.detail
    first = datasets.cifar10("lossless")
    if not first.data.stand_in:  # a class's n-th image there is its n-th here, but for the loss
        for label in range(10):
            n = 20
            close = photos.train_images[photos.train_labels == label][:n].float()
            exact = first.train_images[first.train_labels == label][:n].float()
            assert (close - exact).square().mean().sqrt() < 18


def test_cifar10_official_layout(cache, monkeypatch):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (6, 4, 3, 32, 32), dtype=np.uint8)
    labels = random.integers(0, 10, (6, 4), dtype=np.uint8)
    names = [f"data_batch_{batch}.bin" for batch in range(1, 6)] + ["test_batch.bin"]
    path = cache / "cifar10" / "cifar-10-binary.tar.gz"
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, pictures, shown in zip(names, images, labels, strict=True):
            content = np.concatenate([shown[:, None], pictures.reshape(4, -1)], axis=1).tobytes()
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    monkeypatch.delenv("AIGA_DATA", raising=False)
    with pytest.raises(datasets.DataError, match="is damaged"):
        datasets.cifar10("official")
    monkeypatch.setattr(store, "check", lambda found: found)
    photos = datasets.cifar10("official")
    assert torch.equal(photos.train_images, torch.from_numpy(images[:5].reshape(-1, 3, 32, 32)))
    assert torch.equal(photos.test_images, torch.from_numpy(images[5]))
    assert photos.test_labels.tolist() == labels[5].tolist()
    monkeypatch.setattr(photographs, "FIRST", 6)
    monkeypatch.setattr(photographs, "FIRST_TRAIN", 4)
    part = datasets.cifar10("lossless")  # the same images, taken from the official archive
    assert torch.equal(torch.cat([part.train_images, part.test_images]), photos.train_images[:6])


def test_cifar10_refuses():
    with pytest.raises(ValueError, match="version must be one of lossless, jpeg, official, got 'png'"):
        datasets.cifar10("png")


@pytest.mark.parametrize(
    ("name", "load", "lengths", "vocabulary"),
    [
        pytest.param("ptb", datasets.ptb, (929589, 73760, 82430), 10000, marks=pytest.mark.needs_data("ptb"), id="ptb"),
        pytest.param(
            "wikitext-2",
            datasets.wikitext2,
            (2088628, 217646, 245569),
            33278,
            marks=pytest.mark.needs_data("wikitext-2"),
            id="wikitext-2",
        ),
    ],
)
def test_words(name, load, lengths, vocabulary):
    text = load()
    assert (len(text.train), len(text.valid), len(text.test)) == lengths
    assert len(set(text.vocabulary)) == len(text.vocabulary) == vocabulary
    assert text.train.dtype == torch.int32
    for part in (text.train, text.valid, text.test):
        assert 0 <= int(part.min()) <= int(part.max()) < vocabulary
        assert text.vocabulary[part[-1]] == words.END
    assert text.data.name == name
    assert not text.data.stand_in


@pytest.mark.needs_data("wikitext-2")
def test_words_from_plain_files(cache, monkeypatch):
    """The downloaded form is plain text with digests of its own; unpacking our files must give exactly that."""
    import gzip

    found = store.search(words.WIKITEXT2, [words.WIKITEXT2.form("packed")])
    if not found:
        pytest.skip("WikiText-2 is here as plain files only")
    packed = datasets.wikitext2()
    plain = words.WIKITEXT2.form("plain")
    for path, file in zip(found.paths, plain.files, strict=True):
        target = Path(cache / file.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.decompress(path.read_bytes()))
    monkeypatch.delenv("AIGA_DATA", raising=False)
    again = datasets.wikitext2()
    assert again.vocabulary == packed.vocabulary
    assert torch.equal(again.train, packed.train)
