import errno
import os
from pathlib import Path

import pytest

from aiga import files


def leftovers(folder):
    return sorted(path.name for path in folder.iterdir())


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    files.write_text(path, "one")
    files.write_text(path, "zwölf")
    assert path.read_text(encoding="utf8") == "zwölf"
    assert leftovers(path.parent) == ["a.txt"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("where", ["fsync", "replace", "open"])
def test_the_old_file_survives(tmp_path, monkeypatch, code, where):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")

    def fail(*arguments, **options):
        raise OSError(code, os.strerror(code))

    target = {"fsync": (files.os, "fsync"), "replace": (files.os, "replace"), "open": (files.tempfile, "mkstemp")}
    monkeypatch.setattr(*target[where], fail)
    with pytest.raises(OSError, match="nothing was changed") as caught:
        files.write_text(path, "new")
    monkeypatch.undo()
    assert caught.value.errno == code
    assert str(path) in str(caught.value)
    assert os.strerror(code) in str(caught.value)
    assert path.read_text() == "old"
    assert leftovers(tmp_path) == ["a.txt"]


def test_a_real_full_disk_keeps_the_old_file(tmp_path):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    path = tmp_path / "a.txt"
    files.write_text(path, "old")

    def write():
        with files.atomic(path) as stream:
            stream.write("new")
            with full.open("w") as disk:
                disk.write("x")

    with pytest.raises(OSError, match="nothing was changed"):
        write()
    assert path.read_text() == "old"
    assert leftovers(tmp_path) == ["a.txt"]


def test_an_error_in_the_block_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")

    def write():
        with files.atomic(path) as stream:
            stream.write("half")
            raise KeyError("mine")

    with pytest.raises(KeyError):
        write()
    assert path.read_text() == "old"
    assert leftovers(tmp_path) == ["a.txt"]


def test_a_folder_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="could not write"):
        files.write_text(tmp_path / "file" / "a.txt", "x")


def test_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_book_data_holds_the_ledger():
    assert (files.book_data() / "ledger").is_dir()
    assert files.repository() is not None
