"""Contact of a body with an obstacle: two convex polygons, after ``b2CollidePolygon.cpp`` of Box2D 2.3.

A polygon is named by where its record begins in the geometry, its number of corners, and its transform (sine, cosine,
position); an obstacle's transform is the identity.
"""

from typing import Any

import numpy as np

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, scalar
from aiga.poet.walker.physics.constants import ABSOLUTE, BOTH_RADII, EPSILON, HALF, HUGE, ONE, RELATIVE, ZERO
from aiga.poet.walker.physics.manifold import clip, keep, key_of
from aiga.poet.walker.physics.roots import root
from aiga.poet.walker.physics.shapes import COUNT, RECORD

NORMALS = RECORD // 2
SIDES: Any = np.int64(4)


@scalar
def face_distance(
    g: Floats, face: int,
    first: int, s1: Real, c1: Real, x1: Real, y1: Real,
    second: int, many: int, s2: Real, c2: Real, x2: Real, y2: Real,
) -> Real:  # fmt: skip
    """How far the second polygon lies in front of a face of the first; ``b2EdgeSeparation``."""
    nx, ny = g[first + NORMALS + 2 * face], g[first + NORMALS + 1 + 2 * face]
    wx, wy = c1 * nx - s1 * ny, s1 * nx + c1 * ny
    lx, ly = c2 * wx + s2 * wy, -s2 * wx + c2 * wy
    index, least = 0, HUGE
    for k in range(many):
        value = g[second + 2 * k] * lx + g[second + 2 * k + 1] * ly
        if value < least:
            index, least = k, value
    px, py = g[first + 2 * face], g[first + 2 * face + 1]
    qx, qy = g[second + 2 * index], g[second + 2 * index + 1]
    ax, ay = (c1 * px - s1 * py) + x1, (s1 * px + c1 * py) + y1
    bx, by = (c2 * qx - s2 * qy) + x2, (s2 * qx + c2 * qy) + y2
    return (bx - ax) * wx + (by - ay) * wy


@scalar
def best_face(
    g: Floats,
    first: int, corners: int, centroid1: int, s1: Real, c1: Real, x1: Real, y1: Real,
    second: int, many: int, centroid2: int, s2: Real, c2: Real, x2: Real, y2: Real,
) -> tuple[Real, int]:  # fmt: skip
    """The face of the first polygon that the second is farthest in front of, by climbing; ``b2FindMaxSeparation``."""
    px, py = g[centroid2], g[centroid2 + 1]
    qx, qy = g[centroid1], g[centroid1 + 1]
    dx = ((c2 * px - s2 * py) + x2) - ((c1 * qx - s1 * qy) + x1)
    dy = ((s2 * px + c2 * py) + y2) - ((s1 * qx + c1 * qy) + y1)
    lx, ly = c1 * dx + s1 * dy, -s1 * dx + c1 * dy
    face, most = 0, -HUGE
    for k in range(corners):
        value = g[first + NORMALS + 2 * k] * lx + g[first + NORMALS + 1 + 2 * k] * ly
        if value > most:
            face, most = k, value
    here = face_distance(g, face, first, s1, c1, x1, y1, second, many, s2, c2, x2, y2)
    before = face - 1 if face >= 1 else corners - 1
    after = face + 1 if face + 1 < corners else 0
    back = face_distance(g, before, first, s1, c1, x1, y1, second, many, s2, c2, x2, y2)
    ahead = face_distance(g, after, first, s1, c1, x1, y1, second, many, s2, c2, x2, y2)
    if back > here and back > ahead:
        step, face, here = corners - 1, before, back
    elif ahead > here:
        step, face, here = 1, after, ahead
    else:
        return here, face
    for _ in range(corners):
        following = (face + step) % corners
        value = face_distance(g, following, first, s1, c1, x1, y1, second, many, s2, c2, x2, y2)
        if value <= here:
            break
        face, here = following, value
    return here, face


@scalar
def block_manifold(f: Floats, i: Ints, g: Floats, slot: int, body: int, block: int) -> int:
    """Contact of a body with an obstacle: write the manifold into the slot and return its number of points."""
    ours, theirs = at.SHAPE + body * RECORD, at.OBSTACLES + block * at.OBSTACLE
    corners, middle = COUNT[body], at.CENTROIDS + 2 * body
    s, c, x, y = f[at.SIN + body], f[at.COS + body], f[at.PX + body], f[at.PY + body]
    centroid = theirs + at.CENTROID
    a, face_a = best_face(
        g, theirs, SIDES, centroid, ZERO, ONE, ZERO, ZERO, ours, corners, middle, s, c, x, y
    )  # fmt: skip
    if a > BOTH_RADII:
        return 0
    b, face_b = best_face(g, ours, corners, middle, s, c, x, y, theirs, SIDES, centroid, ZERO, ONE, ZERO, ZERO)
    if b > BOTH_RADII:
        return 0
    if b > RELATIVE * a + ABSOLUTE:
        return _between(
            f, i, g, slot, body, at.FACE_B, face_b, ours, corners, s, c, x, y, theirs, SIDES, ZERO, ONE, ZERO, ZERO
        )
    return _between(
        f, i, g, slot, body, at.FACE_A, face_a, theirs, SIDES, ZERO, ONE, ZERO, ZERO, ours, corners, s, c, x, y
    )


@scalar
def _between(
    f: Floats, i: Ints, g: Floats, slot: int, body: int, kind: int, face: int,
    first: int, corners: int, s1: Real, c1: Real, x1: Real, y1: Real,
    second: int, many: int, s2: Real, c2: Real, x2: Real, y2: Real,
) -> int:  # fmt: skip
    """Clip the second polygon's incident side by the first one's reference face."""
    nx, ny = g[first + NORMALS + 2 * face], g[first + NORMALS + 1 + 2 * face]
    wx, wy = c1 * nx - s1 * ny, s1 * nx + c1 * ny
    lx, ly = c2 * wx + s2 * wy, -s2 * wx + c2 * wy
    one, least = 0, HUGE
    for k in range(many):
        value = lx * g[second + NORMALS + 2 * k] + ly * g[second + NORMALS + 1 + 2 * k]
        if value < least:
            one, least = k, value
    two = one + 1 if one + 1 < many else 0
    px, py, qx, qy = g[second + 2 * one], g[second + 2 * one + 1], g[second + 2 * two], g[second + 2 * two + 1]
    ax, ay = (c2 * px - s2 * py) + x2, (s2 * px + c2 * py) + y2
    bx, by = (c2 * qx - s2 * qy) + x2, (s2 * qx + c2 * qy) + y2
    after = face + 1 if face + 1 < corners else 0
    px, py, qx, qy = g[first + 2 * face], g[first + 2 * face + 1], g[first + 2 * after], g[first + 2 * after + 1]
    lx, ly = qx - px, qy - py
    length = root(lx * lx + ly * ly)
    if length >= EPSILON:
        inverse = ONE / length
        lx, ly = lx * inverse, ly * inverse
    plane_x, plane_y = HALF * (px + qx), HALF * (py + qy)
    tx, ty = c1 * lx - s1 * ly, s1 * lx + c1 * ly
    nx, ny = ty, -tx
    vx, vy = (c1 * px - s1 * py) + x1, (s1 * px + c1 * py) + y1
    wx, wy = (c1 * qx - s1 * qy) + x1, (s1 * qx + c1 * qy) + y1
    front = nx * vx + ny * vy
    near = -(tx * vx + ty * vy) + BOTH_RADII
    far = tx * wx + ty * wy + BOTH_RADII
    points, ax, ay, a, bx, by, b = clip(
        ax, ay, key_of(face, one, 1, 0), bx, by, key_of(face, two, 1, 0), -tx, -ty, near, face
    )
    if points < 2:
        return 0
    points, ax, ay, a, bx, by, b = clip(ax, ay, a, bx, by, b, tx, ty, far, after)
    if points < 2:
        return 0
    f[at.NORMAL_X + slot], f[at.NORMAL_Y + slot] = ly, -lx
    f[at.PLANE_X + slot], f[at.PLANE_Y + slot] = plane_x, plane_y
    i[at.KIND + slot] = kind
    kept = 0
    if nx * ax + ny * ay - front <= BOTH_RADII:
        keep(f, i, slot, body, kind, 0, ax, ay, a)
        kept = 1
    if nx * bx + ny * by - front <= BOTH_RADII:
        keep(f, i, slot, body, kind, kept, bx, by, b)
        kept += 1
    return kept
