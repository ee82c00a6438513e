"""Lookup, verification, download and cache, on a tiny data set of our own served from this process."""

import errno
import hashlib
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiga.datasets import catalogue, download, store

CONTENT = {"a.bin": bytes(range(256)) * 12000, "b.bin": b"beta"}  # a.bin is three pieces long


class Server(ThreadingHTTPServer):
    """Serves CONTENT under /good/, garbage under /wrong/, half of everything under /half/ (and the rest on request)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []

    def url(self, folder, name):
        return f"http://127.0.0.1:{self.server_port}/{folder}/{name}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        begin = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.server.requests.append((self.path, begin))
        _, folder, name = self.path.split("/")
        if folder not in ("good", "wrong", "half", "whole-again", "broken"):
            self.send_error(404)
            return
        if folder == "whole-again" and begin:
            folder, begin = "good", 0
        body = CONTENT[name][begin:] if folder != "wrong" else b"something else"
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = folder == "broken" or (folder in ("half", "whole-again") and begin == 0)
        self.wfile.write(body[: len(body) // 2] if cut else body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty cache, no $AIGA_DATA, downloads allowed (from this process: nothing else has an address)."""
    monkeypatch.delenv("AIGA_DATA", raising=False)
    monkeypatch.setenv("AIGA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AIGA_OFFLINE", "0")
    monkeypatch.setattr(store, "_memory", store._Memory())
    return tmp_path


def source(server=None, folders=("good",), kind="sha256"):
    made = tuple(
        store.File(
            f"tiny/{name}",
            f"{kind}:{hashlib.new(kind, content).hexdigest()}",
            tuple(server.url(folder, name) for folder in folders) if server else (),
        )
        for name, content in CONTENT.items()
    )
    return store.Source("tiny", "Tiny", "https://example.org", "none", "nothing instead", (store.Form("plain", made),))


def put(folder, **contents):
    for name, content in (CONTENT | contents).items():
        (folder / "tiny").mkdir(parents=True, exist_ok=True)
        (folder / "tiny" / name).write_bytes(content)
    return folder


def left(place):
    return sorted(path.name for path in place.rglob("*") if path.is_file())


def test_own_folder_before_cache(place, monkeypatch):
    put(place / "cache")
    monkeypatch.setenv("AIGA_DATA", str(put(place / "own")))
    found = store.obtain(source())
    assert found.folder == place / "own"
    assert [path.read_bytes() for path in found.paths] == list(CONTENT.values())


@pytest.mark.parametrize("own", ["empty", "incomplete", "absent"])
def test_own_folder_without_the_set_leads_to_the_cache(place, monkeypatch, own):
    put(place / "cache")
    if own != "absent":
        (place / "own" / "tiny").mkdir(parents=True)
    if own == "incomplete":
        (place / "own" / "tiny" / "a.bin").write_bytes(CONTENT["a.bin"])
    monkeypatch.setenv("AIGA_DATA", str(place / "own"))
    assert store.obtain(source()).folder == place / "cache"


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_download_into_the_cache(place, server, kind):
    found = store.obtain(source(server, kind=kind))
    assert [path.read_bytes() for path in found.paths] == list(CONTENT.values())
    assert left(place) == ["a.bin", "b.bin"]
    before = len(server.requests)
    assert store.obtain(source(server, kind=kind)).folder == place / "cache"
    assert len(server.requests) == before, "a second call downloads nothing"


@pytest.mark.parametrize("bad", ["absent", "wrong", "broken"])
def test_failing_mirror_then_a_good_one(place, server, bad):
    found = store.fetch(source(server, (bad, "good")))
    assert [path.read_bytes() for path in found.paths] == list(CONTENT.values())
    assert left(place) == ["a.bin", "b.bin"]


@pytest.mark.parametrize("folder", ["half", "whole-again"])
def test_broken_connection_is_continued(place, server, folder):
    target = place / "a.bin"
    digest = f"sha256:{hashlib.sha256(CONTENT['a.bin']).hexdigest()}"
    assert download.first_good([server.url(folder, "a.bin")], digest, target) == []
    assert target.read_bytes() == CONTENT["a.bin"]
    assert server.requests[-1][1] > 0, "the second request asks for the rest"


def test_interrupted_download_leaves_nothing(place, server):
    with pytest.raises(store.DataError, match="could not be downloaded") as caught:
        store.fetch(source(server, ("broken", "wrong", "absent")))
    assert left(place) == []
    for said in ("broken/a.bin", "wrong/a.bin", "does not match the known hash", "404"):
        assert said in str(caught.value)


def test_killed_download_leaves_nothing_and_keeps_what_is_whole(place, server, monkeypatch):
    tiny = source(server)
    go_on = download.Continuing._go_on

    def interrupted(self, url, stream):
        go_on(self, url, stream)
        if "b.bin" in url:
            raise KeyboardInterrupt

    monkeypatch.setattr(download.Continuing, "_go_on", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.fetch(tiny)
    assert left(place) == ["a.bin"]
    monkeypatch.undo()
    monkeypatch.setenv("AIGA_CACHE", str(place / "cache"))
    before = len(server.requests)
    store.fetch(tiny)
    assert [path for path, _ in server.requests[before:]] == ["/good/b.bin"]


def test_no_disk_space(place, server, monkeypatch):
    def full(self, url, stream):
        stream.write(b"beginning")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download.Continuing, "_go_on", full)
    with pytest.raises(store.DataError, match=r"(?s)No space left.*nothing half-written.*AIGA_CACHE"):
        store.obtain(source(server))
    assert left(place) == []


def test_cache_that_cannot_be_made(place, server, monkeypatch):
    (place / "file").write_text("in the way")
    monkeypatch.setenv("AIGA_CACHE", str(place / "file" / "cache"))
    with pytest.raises(store.DataError, match=r"could not be stored.*AIGA_CACHE"):
        store.obtain(source(server))
    assert (place / "file").read_text() == "in the way"


@pytest.mark.parametrize("remedy", ["AIGA_DATA", "aiga data fetch tiny"])
@given(cut=st.integers(1, len(CONTENT["a.bin"])))
@settings(max_examples=10, deadline=None)
def test_truncated_file(tmp_path_factory, remedy, cut):
    place = tmp_path_factory.mktemp("truncated")
    put(place, **{"a.bin": CONTENT["a.bin"][:-cut]})
    where = "the cache" if "fetch" in remedy else "$AIGA_DATA"
    tiny = source()
    form = tiny.forms[0]
    with pytest.raises(store.DataError) as caught:
        store.check(store.Found(tiny, form, place, where))
    expected = form.files[0].digest.removeprefix("sha256:")
    actual = hashlib.sha256(CONTENT["a.bin"][:-cut]).hexdigest()
    for said in (str(place / "tiny" / "a.bin"), expected, actual, remedy):
        assert said in str(caught.value)


@given(position=st.integers(0, len(CONTENT["a.bin"]) - 1), change=st.integers(1, 255))
@settings(max_examples=10, deadline=None)
def test_any_changed_byte_is_seen(tmp_path_factory, position, change):
    place = tmp_path_factory.mktemp("changed")
    damaged = bytearray(CONTENT["a.bin"])
    damaged[position] ^= change
    put(place, **{"a.bin": bytes(damaged)})
    tiny = source()
    with pytest.raises(store.DataError, match="damaged"):
        store.check(store.Found(tiny, tiny.forms[0], place, "the cache"))


def test_damaged_file_is_never_replaced_by_a_stand_in_nor_by_a_download(place, server, monkeypatch):
    monkeypatch.setenv("AIGA_DATA", str(put(place / "own", **{"b.bin": b""})))
    with pytest.raises(store.DataError, match=r"b\.bin is damaged: 0 bytes"):
        store.obtain(source(server))


def test_fetch_replaces_damaged_files_in_the_cache(place, server):
    put(place / "cache", **{"b.bin": b"bad"})
    with pytest.raises(store.DataError, match="aiga data fetch tiny"):
        store.obtain(source(server))
    store.fetch(source(server))
    assert store.obtain(source(server))


def test_stand_in_is_announced_once(place, server, monkeypatch):
    tiny = source(server, ("absent",))
    with pytest.warns(store.StandInWarning, match=r"STAND-IN DATA: Tiny .*404.*nothing instead.*aiga data fetch tiny"):
        assert store.obtain(tiny) is None
    before = len(server.requests)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store.obtain(tiny) is None
    assert len(server.requests) == before, "a dead address is tried once"
    with pytest.raises(store.DataError):
        store.fetch(tiny)
    assert len(server.requests) > before, "unless somebody asks"


def test_stand_in_refused(place, server, monkeypatch):
    monkeypatch.setenv("AIGA_OFFLINE", "1")
    monkeypatch.setenv("AIGA_DATA", str(place / "own"))
    before = len(server.requests)
    with pytest.raises(store.DataError) as caught:
        store.obtain(source(server), allow_standin=False)
    assert len(server.requests) == before
    for said in ("$AIGA_DATA", str(place / "own"), str(place / "cache"), "AIGA_OFFLINE=1", "aiga data fetch tiny"):
        assert said in str(caught.value)


def test_form_without_an_address(place):
    with pytest.raises(store.DataError, match=r"cannot be downloaded.*AIGA_DATA"):
        store.obtain(source(), allow_standin=False)


def test_offline_is_0_or_1(monkeypatch):
    monkeypatch.setenv("AIGA_OFFLINE", "yes")
    with pytest.raises(ValueError, match="AIGA_OFFLINE='yes'"):
        store.offline()


def test_derived_is_made_once(place):
    calls = []
    make = lambda: calls.append(1) or np.arange(9, dtype=np.uint8)  # noqa: E731
    for _ in range(3):
        assert store.derived("key", make).tolist() == list(range(9))
    assert len(calls) == 1


def test_derived_by_other_code_is_made_again_and_forgotten(place):
    store.derived("images-31-aaaaaaaa", lambda: np.zeros(2))
    store.derived("images-28-aaaaaaaa", lambda: np.zeros(2))
    assert store.derived("images-31-bbbbbbbb", lambda: np.ones(2)).sum() == 2
    assert left(place) == ["images-28-aaaaaaaa.npz", "images-31-bbbbbbbb.npz"]


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_derived_array_is_made_again(tmp_path_factory, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIGA_CACHE", str(tmp_path_factory.mktemp("derived")))
        right = np.arange(500, dtype=np.uint8)
        store.derived("key", lambda: right)
        path = store.cache_folder() / "derived" / "key.npz"
        content = bytearray(path.read_bytes())
        if data.draw(st.booleans()):
            content = content[: data.draw(st.integers(0, len(content) - 1))]
        else:
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", store.CacheWarning)
            assert (store.derived("key", lambda: right) == right).all()


def test_truncated_derived_array_is_announced(place):
    store.derived("key", lambda: np.arange(500))
    path = place / "cache" / "derived" / "key.npz"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.warns(store.CacheWarning, match=r"key\.npz is damaged"):
        store.derived("key", lambda: np.arange(500))
    with np.load(path) as stored:
        assert len(stored["array"]) == 500


def test_derived_without_a_cache(place, monkeypatch):
    (place / "file").write_text("in the way")
    monkeypatch.setenv("AIGA_CACHE", str(place / "file" / "cache"))
    with pytest.warns(store.CacheWarning, match="not kept"):
        assert store.derived("key", lambda: np.ones(3)).sum() == 3


def test_derived_on_a_full_disk(place, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.warns(store.CacheWarning, match="No space left"):
        assert store.derived("key", lambda: np.ones(3)).sum() == 3
    assert left(place) == []


def test_by_name(place, server, monkeypatch):
    monkeypatch.setattr(catalogue, "SOURCES", {"tiny": source(server)})
    assert not catalogue.available("tiny")
    assert "aiga data fetch tiny" in catalogue.where("tiny")
    with pytest.raises(store.DataError, match="Tiny: not in the cache"):
        catalogue.verify("tiny")
    assert str(place / "cache" / "tiny") in catalogue.fetch("tiny")
    assert catalogue.available("tiny")
    assert catalogue.verify("tiny").endswith("whole")
    put(place / "cache", **{"b.bin": b"bad"})
    for damaged in (catalogue.available, catalogue.verify):
        with pytest.raises(store.DataError, match="damaged"):
            damaged("tiny")
    catalogue.fetch("tiny")
    assert catalogue.available("tiny")


def test_fetch_does_not_download_what_the_own_folder_has(place, server, monkeypatch):
    monkeypatch.setattr(catalogue, "SOURCES", {"tiny": source(server)})
    monkeypatch.setenv("AIGA_DATA", str(put(place / "own")))
    before = len(server.requests)
    assert str(place / "own") in catalogue.fetch("tiny")
    put(place / "own", **{"a.bin": b""})
    with pytest.raises(store.DataError, match="unset AIGA_DATA"):
        catalogue.fetch("tiny")
    assert len(server.requests) == before


@pytest.mark.parametrize("ask", [catalogue.available, catalogue.where, catalogue.verify, catalogue.fetch])
def test_unknown_name(ask):
    with pytest.raises(ValueError, match=r"unknown data set 'imagenet': choose one of omniglot, mnist, cifar10, ptb"):
        ask("imagenet")


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_sources_are_well_formed(name):
    known = catalogue.source(name)
    assert any(form.downloadable for form in known.forms)
    for form in known.forms:
        for file in form.files:
            kind, digest = file.digest.split(":")
            assert len(digest) == {"sha256": 64, "md5": 32}[kind]
            assert int(digest, 16)
            assert not Path(file.path).is_absolute()
            assert all(url.startswith(("https://", "http://yann.lecun.com/")) for url in file.urls)
