"""Pictures show the walker where it is, and what its lidar measures."""

import io

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Polygon

from aiga.poet.walker import Encoding, generate
from aiga.poet.walker.physics.constants import RAYS
from aiga.poet.walker.physics.shapes import BODIES, START_ANGLE, START_X, START_Y
from aiga.poet.walker.render import HEIGHT, animate, frame
from aiga.poet.walker.traces import Trace

COURSE = generate(Encoding(1.0, (0.0, 0.8), (0.2, 0.6)), 1)


@pytest.fixture
def trace():
    pose = np.tile(np.stack([START_X, START_Y, START_ANGLE], axis=1), (6, 1, 1)).astype(np.float32)
    pose[:, :, 0] += np.arange(6)[:, None]
    return Trace(pose, np.full((6, 24), 0.5, np.float32), np.zeros((6, 4), np.float32), np.zeros(6, np.float32))


def test_a_frame_shows_bodies_rays_and_obstacles(trace):
    (axes,) = frame(trace, COURSE, 3).axes
    bodies = [each for each in axes.patches if isinstance(each, Polygon)]
    assert len(bodies) == BODIES
    expected = trace.corners(3)[0]
    assert any(np.allclose(each.get_xy()[: len(expected)], expected) for each in bodies)
    rays = [each for each in axes.collections if isinstance(each, LineCollection)]
    assert len(rays[0].get_segments()) == RAYS
    blocks = [each for each in axes.collections if type(each) is PolyCollection]
    assert len(blocks[0].get_paths()) == len(COURSE.obstacles)
    left, right = axes.get_xlim()
    assert left < trace.pose[3, 0, 0] < right


def test_half_a_ray_ends_halfway(trace):
    lengths = np.linalg.norm(np.diff(trace.rays(0), axis=1)[:, 0], axis=1)
    np.testing.assert_allclose(lengths, 0.5 * 160 / 30, rtol=1e-5)


def test_an_animation_follows_the_walker(trace):
    film = animate(trace, COURSE, every=2)
    film._draw_frame(2)
    (axes,) = film._fig.axes
    assert axes.get_title(loc="left") == "0.08 s"
    film._draw_was_started = True
    film._fig.savefig(io.BytesIO(), format="png")
    with pytest.raises(ValueError, match="every=0"):
        animate(trace, COURSE, every=0)
    with pytest.raises(ValueError, match="steps 0 to 5"):
        frame(trace, COURSE, 6)


def test_an_animation_does_not_tremble_and_follows_a_walker_that_goes_deeper(trace):
    trace.pose[2, :, 1] -= 0.9
    trace.pose[4, :, 1] -= 2.0
    film, views, places = animate(trace, COURSE, every=1), [], set()
    for number in range(6):
        film._draw_frame(number)
        (axes,) = film._fig.axes
        film._fig.canvas.draw()
        views.append(axes.get_ylim())
        places.add(tuple(np.round(axes.get_position().bounds, 6)))
    film._draw_was_started = True
    assert len(places) == 1
    np.testing.assert_allclose(np.diff(views, axis=1), HEIGHT)
    lows = [low for low, _ in views]
    assert lows[4] == pytest.approx(lows[0] - 1.0)
    assert lows[:4] == [lows[0]] * 4
