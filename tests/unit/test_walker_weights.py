"""Walkers on disk."""

import platform
import sys

import numpy as np
import pytest
import safetensors.numpy as library

from aiga.poet.courses import Encoding
from aiga.poet.walker import PARAMETERS, generate, rollout, weights
from aiga.poet.walker.lessons import LESSONS
from aiga.poet.walker.rollout import ENGINES


def test_what_is_saved_is_loaded(tmp_path):
    theta = np.random.default_rng(0).normal(size=PARAMETERS).astype(np.float32)
    weights.save(tmp_path / "walker.safetensors", theta, {"made": "here"})
    np.testing.assert_array_equal(weights.load(tmp_path / "walker.safetensors"), theta)


def test_the_file_is_a_safetensors_file(tmp_path):
    theta = np.arange(PARAMETERS, dtype=np.float32)
    weights.save(tmp_path / "ours.safetensors", theta)
    np.testing.assert_array_equal(library.load_file(tmp_path / "ours.safetensors")["theta"], theta)
    library.save_file({"theta": theta}, tmp_path / "theirs.safetensors")
    np.testing.assert_array_equal(weights.load(tmp_path / "theirs.safetensors"), theta)


def test_what_is_no_walker_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"expected \(2804,\)"):
        weights.save(tmp_path / "short.safetensors", np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="all finite"):
        weights.save(tmp_path / "nan.safetensors", np.full(PARAMETERS, np.nan, np.float32))
    (tmp_path / "text.safetensors").write_text("this is no walker at all")
    with pytest.raises(ValueError, match=r"text\.safetensors holds no walker"):
        weights.load(tmp_path / "text.safetensors")
    weights.save(tmp_path / "cut.safetensors", np.zeros(PARAMETERS, np.float32))
    whole = (tmp_path / "cut.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-4])
    with pytest.raises(ValueError, match="11212 bytes"):
        weights.load(tmp_path / "cut.safetensors")
    with pytest.raises(ValueError, match="unknown walker 'nobody'"):
        weights.walker("nobody")


def test_the_books_walkers_walk_as_their_records_say():
    assert "walker_flat" in weights.names()
    for name in weights.names():
        lesson, record = LESSONS[name], weights.record(name)
        result = rollout(weights.walker(name)[None], [generate(lesson.encoding, lesson.course)], [0])
        assert result.returns[0] > 230, name
        assert result.arrived[0], name
        assert record["scores"]["numba"]["return"] > 230
        assert record["scores"]["box2d"]["return"] > 230
        assert record["lesson"]["seed"] == lesson.seed


def test_the_records_say_which_courses_were_walked():
    for name in weights.names():
        lesson = weights.record(name)["lesson"]
        assert Encoding.unpacked(lesson["encoding"]) == LESSONS[name].encoding
        assert (lesson["course"], lesson["seed"]) == (LESSONS[name].course, LESSONS[name].seed)


@pytest.mark.parametrize("name", weights.names())
@pytest.mark.parametrize("engine", ENGINES)
def test_stored_weights_give_the_recorded_score(name, engine):
    """To the last digit on Linux; elsewhere the compiler may round otherwise, and contacts are chaotic."""
    if engine == "box2d":
        pytest.importorskip("Box2D")
    lesson, recorded = LESSONS[name], weights.record(name)["scores"][engine]
    theta, course = weights.walker(name), generate(lesson.encoding, lesson.course)
    result = rollout(theta[None], [course], [0], engine=engine)
    assert result.arrived[0] == (recorded["ending"] == "arrived")
    if sys.platform == "linux" and platform.machine() == "x86_64":
        assert (result.returns[0], result.lengths[0]) == (recorded["return"], recorded["steps"])
    else:
        assert result.returns[0] == pytest.approx(recorded["return"], rel=0.05)
    theta[np.abs(theta).argmax()] *= -1
    changed = rollout(theta[None], [course], [0], engine=engine)
    assert changed.returns[0] != recorded["return"], "other weights are noticed"
