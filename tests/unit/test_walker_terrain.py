"""Courses are those of the original generator, bit for bit, and impossible ones are refused."""

import hashlib

import numpy as np
import pytest

from aiga.poet.courses import Encoding
from aiga.poet.walker.geometry import pack
from aiga.poet.walker.physics.constants import CELLS, GROUND, PAD, STEP
from aiga.poet.walker.physics.shapes import polygon
from aiga.poet.walker.terrain import Course, from_heights, generate

# SHA-256 over seeds 0..99 of what the original code (uber-research/poet, branches original_poet and master) made:
# terrain_x, terrain_y, the obstacles' corners in Box2D, and the random number that follows the push
ORIGINAL = {
    "rough": (Encoding(roughness=3.3), "3da871ebf51721c742e62989b70e7cfa"),
    "pits": (Encoding(pit=(0.5, 6.4)), "c8aaac8b02c2a364e3c849c01b655e26"),
    "stumps": (Encoding(stump=(0.4, 3.0)), "73a54fc794621d8f2bf3aea414ce6cc2"),
    "stairs": (Encoding(stair=(0.3, 1.4), stairs=(1, 5)), "ef338852b5559882b1900644252e0dfd"),
    "all": (Encoding(1.2, (0.0, 0.8), (0.2, 0.8), (0.2, 0.9)), "aa8c32ac0bc1155210bff557ccc7856e"),
}
ORIGINAL_HEIGHTS = "ad024e2b851921e008ec4ea447678886"


def stream(seed):
    return np.random.RandomState(seed)


def fingerprint(course, random):
    text = hashlib.sha256()
    text.update(course.x.tobytes() + course.y.tobytes())
    for corners in course.obstacles:
        text.update(polygon(corners).vertices.tobytes())
    text.update(np.array(random.uniform(-1, 1)).tobytes())
    return text.digest()


@pytest.mark.parametrize("kind", ORIGINAL)
def test_a_hundred_courses_are_the_originals(kind):
    encoding, expected = ORIGINAL[kind]
    together = hashlib.sha256()
    for seed in range(100):
        random = stream(seed)
        together.update(fingerprint(generate(encoding, random), random))
    assert together.hexdigest()[:32] == expected


def test_a_hundred_courses_from_a_height_function_are_the_originals():
    together = hashlib.sha256()
    for seed in range(100):
        random = stream(seed)
        course = from_heights(lambda x, s=seed: 2.0 * np.sin(3.0 * x + s) + x * x, random)
        together.update(fingerprint(course, random))
    assert together.hexdigest()[:32] == ORIGINAL_HEIGHTS


def test_a_seed_is_its_stream():
    encoding = Encoding(1.0, (0.0, 0.8), (0.2, 0.4))
    one, other = generate(encoding, 3), generate(encoding, stream(3))
    assert (one.x == other.x).all()
    assert (one.y == other.y).all()
    assert one.push == other.push
    assert (generate(encoding, 4).y != one.y).any()


def test_the_start_is_flat_and_a_flat_course_is_flat():
    assert (generate(Encoding(roughness=9.0), 0).y[:PAD] == GROUND).all()
    flat = generate(Encoding(), 0)
    assert (flat.y == GROUND).all()
    assert flat.obstacles == ()
    np.testing.assert_allclose(flat.x, np.arange(CELLS) * STEP)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"roughness": -1.0}, "roughness=-1.0"),
        ({"roughness": float("nan")}, "roughness=nan"),
        ({"pit": (2.0, 1.0)}, "pit"),
        ({"stump": (0.0, float("inf"))}, "stump"),
        ({"stairs": (3, 2)}, r"stairs=\(3, 2\)"),
    ],
)
def test_an_impossible_encoding_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Encoding(**wrong)


def line(count, **more):
    return Course(np.arange(count) * STEP, np.full(count, GROUND), name="line", **more)


def test_an_impossible_course_is_refused():
    with pytest.raises(ValueError, match="no courses"):
        pack([])
    with pytest.raises(ValueError, match="201 vertices, expected 2 to 200"):
        pack([line(CELLS + 1)])
    with pytest.raises(ValueError, match="not finite"):
        pack([line(CELLS, push=float("nan"))])
    backwards = line(CELLS)
    backwards.x[7] = backwards.x[5]
    with pytest.raises(ValueError, match="must lie right of"):
        pack([backwards])
    with pytest.raises(ValueError, match="no area"):
        pack([line(CELLS, obstacles=(((20.0, 3.0), (21.0, 3.0), (21.0, 3.0), (20.0, 3.0)),))])
    wall = ((20.0, 3.0), (21.0, 3.0), (21.0, 4.0), (20.0, 4.0))
    with pytest.raises(ValueError, match="left to right"):
        pack([line(CELLS, obstacles=(tuple((x + 9, y) for x, y in wall), wall))])


def test_a_height_function_must_be_finite():
    with pytest.raises(ValueError, match=r"gives inf at x = 9\.80 m"):
        from_heights(lambda x: float("inf"), 0)
