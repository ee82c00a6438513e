"""The tree of boxes that decides which piece of ground lidar reports first: that it stays a tree."""

import numpy as np

from aiga.poet.walker import PARAMETERS, Encoding, generate, rollout
from aiga.poet.walker.batch import Walkers
from aiga.poet.walker.geometry import pack
from aiga.poet.walker.kernels import walk
from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.shapes import BODIES
from aiga.poet.walker.physics.tree import BOXES, FREE, NODES, NONE, ROOT

COURSES = [generate(Encoding(), 0), generate(Encoding(2.0, (0.4, 1.2), (0.2, 0.6)), 1)]
LOW = 0.3  # the standard deviation of weights with which walkers fling themselves about


def after(steps):
    """Two walkers with trees, after so many steps."""
    world = pack(COURSES)
    walkers = Walkers.none(2, world.leaves("first"))
    theta = np.random.default_rng(3).normal(0, LOW, (2, PARAMETERS)).astype(np.float32)
    none = np.zeros((2, 0, at.TRACE), dtype=np.float32)
    which, fresh = np.arange(2, dtype=np.int32), np.ones(2, dtype=np.int32)
    walk(
        walkers.floats, walkers.ints, walkers.sums, world.floats, world.ints, world.push, which, fresh, theta,
        np.zeros((0, 4), dtype=np.float32), np.zeros(0), steps, 180, 60, True, none,
    )  # fmt: skip
    return world, walkers


def check(world, walkers, w):
    """Every leaf is there once, every box holds what is below it, heights are right; the heights of the tree."""
    f, i = walkers.floats[w], walkers.ints[w]
    nodes = i[NODES:].reshape(-1, 4)
    boxes = f[BOXES:].reshape(-1, 4)
    count = int(world.ints[w, at.EDGES] + world.ints[w, at.BLOCKS]) + BODIES
    found, inner = [], []

    def visit(node, parent):
        assert nodes[node, 0] == parent
        if node < count:
            found.append(node)
            assert nodes[node, 3] == 0
            return
        inner.append(node)
        below = nodes[node, 1:3]
        for child in below:
            visit(child, node)
        assert nodes[node, 3] == 1 + nodes[below, 3].max()
        assert abs(np.diff(nodes[below, 3])[0]) <= 1
        np.testing.assert_array_equal(boxes[node, :2], boxes[below, :2].min(0))
        np.testing.assert_array_equal(boxes[node, 2:], boxes[below, 2:].max(0))

    visit(i[ROOT], NONE)
    assert sorted(found) == list(range(count))
    assert len(inner) == count - 1
    for body in range(BODIES):
        mine = f[[at.LEFT + body, at.LOW + body, at.RIGHT + body, at.HIGH + body]]
        np.testing.assert_array_equal(boxes[count - BODIES + body], mine)
    return int(nodes[i[ROOT], 3]), inner, int(i[FREE])


def test_it_is_whole_at_the_start_and_after_many_moves():
    for w in range(2):
        height, inner, _ = check(*after(1), w)
        moved_height, moved, _ = check(*after(200), w)
        assert sorted(moved) == sorted(inner)  # a node that is freed is used again at once
        assert max(height, moved_height) <= 12  # 200 edges and more


def test_walkers_have_trees_only_where_they_are_asked_for():
    assert pack(COURSES).leaves("nearest") == 0
    assert pack(COURSES).leaves("first") > 199 + BODIES
    assert Walkers.none(3).floats.shape == (3, at.FLOATS)
    assert Walkers.none(3, 10).ints.shape == (3, at.INTS + 2 + 4 * 19)


def test_what_is_reported_first_is_never_nearer_than_the_nearest():
    theta = np.random.default_rng(3).normal(0, LOW, (6, PARAMETERS)).astype(np.float32)
    which = np.arange(6) % 2
    nearest, first = (
        rollout(theta, COURSES, which, horizon=1, lidar=kind, traced=True).traces[:, :2, at.SEEN + 14 : at.SEEN + 24]
        for kind in ("nearest", "first")
    )
    assert (first >= nearest).all()
    np.testing.assert_array_equal(first[0], nearest[0])  # flat ground
