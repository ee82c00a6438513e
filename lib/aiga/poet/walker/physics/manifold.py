"""Where a body and a piece of terrain touch: up to two points, with identities so that impulses can be kept.

After ``b2CollideEdge.cpp`` (an edge without neighbours) and ``b2Collision.cpp`` of Box2D 2.3. The terrain's frame is
the world's. A point's key holds the features that made it, a byte each: index on the terrain, index on the body, type
on either (0 vertex, 1 face).
"""

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, scalar
from aiga.poet.walker.physics.constants import ABSOLUTE, BOTH_RADII, HUGE, RELATIVE, ZERO
from aiga.poet.walker.physics.shapes import COUNT, RECORD


@scalar
def key_of(on_terrain: int, on_body: int, type_terrain: int, type_body: int) -> int:
    """A point's identity."""
    return on_terrain | (on_body << 8) | (type_terrain << 16) | (type_body << 24)


@scalar
def swapped(key: int) -> int:
    """The same identity with terrain and body exchanged."""
    return ((key & 255) << 8) | ((key >> 8) & 255) | (((key >> 16) & 255) << 24) | (((key >> 24) & 255) << 16)


@scalar
def clip(
    ax: Real, ay: Real, a: int, bx: Real, by: Real, b: int, nx: Real, ny: Real, offset: Real, vertex: int
) -> tuple[int, Real, Real, int, Real, Real, int]:
    """The part of a segment behind a line: number of points and the two of them; ``b2ClipSegmentToLine``."""
    first, second = nx * ax + ny * ay - offset, nx * bx + ny * by - offset
    key = key_of(vertex, (a >> 8) & 255, 0, 1)
    if first <= ZERO and second <= ZERO:
        return 2, ax, ay, a, bx, by, b
    if first * second < ZERO:
        part = first / (first - second)
        x, y = ax + part * (bx - ax), ay + part * (by - ay)
        if first <= ZERO:
            return 2, ax, ay, a, x, y, key
        return 2, bx, by, b, x, y, key
    return 1, ax, ay, a, bx, by, b


@scalar
def place(f: Floats, g: Floats, body: int) -> None:
    """Write the body's polygon in the world's frame into the scratch record."""
    sine, cosine, px, py = f[at.SIN + body], f[at.COS + body], f[at.PX + body], f[at.PY + body]
    start = at.SHAPE + body * RECORD
    for k in range(COUNT[body]):
        x, y = g[start + 2 * k], g[start + 2 * k + 1]
        f[at.POLYGON + 2 * k] = (cosine * x - sine * y) + px
        f[at.POLYGON + 2 * k + 1] = (sine * x + cosine * y) + py
        x, y = g[start + 10 + 2 * k], g[start + 11 + 2 * k]
        f[at.POLYGON + 10 + 2 * k] = cosine * x - sine * y
        f[at.POLYGON + 11 + 2 * k] = sine * x + cosine * y


@scalar
def edge_separation(f: Floats, count: int, nx: Real, ny: Real, x: Real, y: Real) -> Real:
    """How far the placed polygon lies in front of the edge's line."""
    least = HUGE
    for k in range(count):
        distance = nx * (f[at.POLYGON + 2 * k] - x) + ny * (f[at.POLYGON + 2 * k + 1] - y)
        if distance < least:
            least = distance
    return least


@scalar
def face_separation(f: Floats, count: int, nx: Real, ny: Real, g: Floats, edge: int) -> tuple[Real, int]:
    """The placed polygon's face that the edge is farthest in front of; -1 where none may be the reference face."""
    best, face = -HUGE, -1
    x1, y1 = g[at.VERTEX_X + edge], g[at.VERTEX_Y + edge]
    x2, y2 = g[at.VERTEX_X + edge + 1], g[at.VERTEX_Y + edge + 1]
    for k in range(count):
        mx, my = -f[at.POLYGON + 10 + 2 * k], -f[at.POLYGON + 11 + 2 * k]
        px, py = f[at.POLYGON + 2 * k], f[at.POLYGON + 2 * k + 1]
        first, second = mx * (px - x1) + my * (py - y1), mx * (px - x2) + my * (py - y2)
        distance = first if first < second else second
        if distance > BOTH_RADII:
            return distance, k
        # an edge without neighbours allows every normal, so the test of adjacency never rejects one
        if distance > best:
            best, face = distance, k
    return best, face


@scalar
def edge_manifold(f: Floats, i: Ints, g: Floats, slot: int, body: int, edge: int) -> int:
    """Contact of a body with an edge: write the manifold into the slot and return its number of points."""
    count = COUNT[body]
    x1, y1 = g[at.VERTEX_X + edge], g[at.VERTEX_Y + edge]
    x2, y2 = g[at.VERTEX_X + edge + 1], g[at.VERTEX_Y + edge + 1]
    nx, ny = g[at.EDGE_NX + edge], g[at.EDGE_NY + edge]
    sine, cosine, px, py = f[at.SIN + body], f[at.COS + body], f[at.PX + body], f[at.PY + body]
    # the centroid of a shape, for the hull not quite the centre of mass to the last digit
    cx, cy = g[at.CENTROIDS + 2 * body], g[at.CENTROIDS + 2 * body + 1]
    qx, qy = (cosine * cx - sine * cy) + px, (sine * cx + cosine * cy) + py
    front = nx * (qx - x1) + ny * (qy - y1) >= ZERO
    fx, fy = nx, ny
    if not front:
        fx, fy = -nx, -ny
    place(f, g, body)
    edge_distance = edge_separation(f, count, fx, fy, x1, y1)
    if edge_distance > BOTH_RADII:
        return 0
    face_distance, face = face_separation(f, count, fx, fy, g, edge)
    if face >= 0 and face_distance > BOTH_RADII:
        return 0
    if face >= 0 and face_distance > RELATIVE * edge_distance + ABSOLUTE:
        after = face + 1 if face + 1 < count else 0
        start = at.SHAPE + body * RECORD
        return _clipped(
            f, i, slot, body, at.FACE_B,
            x1, y1, key_of(0, face, 0, 1), x2, y2, key_of(0, face, 0, 1),
            f[at.POLYGON + 2 * face], f[at.POLYGON + 2 * face + 1], face,
            f[at.POLYGON + 2 * after], f[at.POLYGON + 2 * after + 1], after,
            f[at.POLYGON + 10 + 2 * face], f[at.POLYGON + 11 + 2 * face],
            g[start + 10 + 2 * face], g[start + 11 + 2 * face], g[start + 2 * face], g[start + 2 * face + 1],
        )  # fmt: skip
    incident, least = 0, fx * f[at.POLYGON + 10] + fy * f[at.POLYGON + 11]
    for k in range(1, count):
        value = fx * f[at.POLYGON + 10 + 2 * k] + fy * f[at.POLYGON + 11 + 2 * k]
        if value < least:
            incident, least = k, value
    after = incident + 1 if incident + 1 < count else 0
    vx, vy, wx, wy, one, two = x1, y1, x2, y2, 0, 1
    if not front:
        vx, vy, wx, wy, one, two = x2, y2, x1, y1, 1, 0
    return _clipped(
        f, i, slot, body, at.FACE_A,
        f[at.POLYGON + 2 * incident], f[at.POLYGON + 2 * incident + 1], key_of(0, incident, 1, 0),
        f[at.POLYGON + 2 * after], f[at.POLYGON + 2 * after + 1], key_of(0, after, 1, 0),
        vx, vy, one, wx, wy, two, fx, fy, fx, fy, vx, vy,
    )  # fmt: skip


@scalar
def _clipped(
    f: Floats, i: Ints, slot: int, body: int, kind: int,
    ax: Real, ay: Real, a: int, bx: Real, by: Real, b: int,
    vx: Real, vy: Real, one: int, wx: Real, wy: Real, two: int,
    nx: Real, ny: Real, normal_x: Real, normal_y: Real, plane_x: Real, plane_y: Real,
) -> int:  # fmt: skip
    """Clip the incident segment a-b by the sides of the reference face v-w and keep the points near the face."""
    sx, sy = ny, -nx
    points, ax, ay, a, bx, by, b = clip(ax, ay, a, bx, by, b, sx, sy, sx * vx + sy * vy, one)
    if points < 2:
        return 0
    points, ax, ay, a, bx, by, b = clip(ax, ay, a, bx, by, b, -sx, -sy, -sx * wx + -sy * wy, two)
    if points < 2:
        return 0
    f[at.NORMAL_X + slot], f[at.NORMAL_Y + slot] = normal_x, normal_y
    f[at.PLANE_X + slot], f[at.PLANE_Y + slot] = plane_x, plane_y
    i[at.KIND + slot] = kind
    kept = 0
    if nx * (ax - vx) + ny * (ay - vy) <= BOTH_RADII:
        keep(f, i, slot, body, kind, 0, ax, ay, a)
        kept = 1
    if nx * (bx - vx) + ny * (by - vy) <= BOTH_RADII:
        keep(f, i, slot, body, kind, kept, bx, by, b)
        kept += 1
    return kept


@scalar
def keep(f: Floats, i: Ints, slot: int, body: int, kind: int, number: int, x: Real, y: Real, key: int) -> None:
    """Store a point: in the body's frame if the terrain has the reference face, else in the world's."""
    if kind == at.FACE_A:
        sine, cosine = f[at.SIN + body], f[at.COS + body]
        dx, dy = x - f[at.PX + body], y - f[at.PY + body]
        x, y = cosine * dx + sine * dy, -sine * dx + cosine * dy
    else:
        key = swapped(key)
    if number == 0:
        f[at.P1X + slot], f[at.P1Y + slot], i[at.KEY1 + slot] = x, y, key
    else:
        f[at.P2X + slot], f[at.P2Y + slot], i[at.KEY2 + slot] = x, y, key
