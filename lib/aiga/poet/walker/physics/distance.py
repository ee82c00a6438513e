"""Distance between a body and a piece of terrain by the Gilbert-Johnson-Keerthi algorithm, after ``b2Distance.cpp``.

The search must take the same path as Box2D's, for the time of impact that is built on it stops anywhere inside its
tolerance: another path gives another, equally valid, time, and contacts are chaotic. The terrain does not move, so its
vertices are in the world's frame; the skins are left out.
"""

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, Whole, scalar
from aiga.poet.walker.physics.constants import EPSILON, HALF, ONE, TWO, ZERO
from aiga.poet.walker.physics.roots import root
from aiga.poet.walker.physics.shapes import COUNT, RECORD


@scalar
def terrain_vertex(g: Floats, feature: int, k: int) -> tuple[Real, Real]:
    """A vertex of a piece of terrain."""
    if feature >= at.EDGE:
        edge = feature - at.EDGE
        return g[at.VERTEX_X + edge + k], g[at.VERTEX_Y + edge + k]
    start = at.OBSTACLES + feature * at.OBSTACLE
    return g[start + 2 * k], g[start + 2 * k + 1]


@scalar
def body_vertex(g: Floats, body: int, k: int) -> tuple[Real, Real]:
    """A vertex of a body in its own frame."""
    start = at.SHAPE + body * RECORD
    return g[start + 2 * k], g[start + 2 * k + 1]


@scalar
def terrain_support(g: Floats, feature: int, dx: Real, dy: Real) -> int:
    """The terrain's vertex farthest in a direction."""
    x, y = terrain_vertex(g, feature, 0)
    best, most = 0, x * dx + y * dy
    for k in range(1, 2 if feature >= at.EDGE else 4):
        x, y = terrain_vertex(g, feature, k)
        value = x * dx + y * dy
        if value > most:
            best, most = k, value
    return best


@scalar
def body_support(g: Floats, body: int, dx: Real, dy: Real) -> int:
    """The body's vertex farthest in a direction of its own frame."""
    x, y = body_vertex(g, body, 0)
    best, most = 0, x * dx + y * dy
    for k in range(1, COUNT[body]):
        x, y = body_vertex(g, body, k)
        value = x * dx + y * dy
        if value > most:
            best, most = k, value
    return best


@scalar
def _set(f: Floats, i: Ints, g: Floats, k: int, feature: int, body: int, s: Real, c: Real, x: Real, y: Real) -> None:
    """Fill in vertex ``k`` of the simplex from its indices."""
    ax, ay = terrain_vertex(g, feature, Whole(i[at.INDEX_A + k]))
    vx, vy = body_vertex(g, body, Whole(i[at.INDEX_B + k]))
    bx, by = (c * vx - s * vy) + x, (s * vx + c * vy) + y
    f[at.WAX + k], f[at.WAY + k], f[at.WBX + k], f[at.WBY + k] = ax, ay, bx, by
    f[at.WX + k], f[at.WY + k] = bx - ax, by - ay


@scalar
def _copy(f: Floats, i: Ints, target: int, source: int) -> None:
    f[at.WAX + target], f[at.WAY + target] = f[at.WAX + source], f[at.WAY + source]
    f[at.WBX + target], f[at.WBY + target] = f[at.WBX + source], f[at.WBY + source]
    f[at.WX + target], f[at.WY + target] = f[at.WX + source], f[at.WY + source]
    f[at.BARY + target] = f[at.BARY + source]
    i[at.INDEX_A + target], i[at.INDEX_B + target] = i[at.INDEX_A + source], i[at.INDEX_B + source]


@scalar
def _metric(f: Floats, count: int) -> Real:
    """Length or twice the area of the simplex."""
    if count == 1:
        return ZERO
    dx, dy = f[at.WX + 1] - f[at.WX], f[at.WY + 1] - f[at.WY]
    if count == 2:
        ex, ey = f[at.WX] - f[at.WX + 1], f[at.WY] - f[at.WY + 1]
        return root(ex * ex + ey * ey)
    ex, ey = f[at.WX + 2] - f[at.WX], f[at.WY + 2] - f[at.WY]
    return dx * ey - dy * ex


@scalar
def _weights(f: Floats, first: int, second: int, one: Real, two: Real) -> None:
    inverse = ONE / (one + two)
    f[at.BARY + first], f[at.BARY + second] = one * inverse, two * inverse


@scalar
def _solve2(f: Floats, i: Ints) -> int:
    """Reduce a segment to the part nearest the origin; its number of vertices."""
    x1, y1, x2, y2 = f[at.WX], f[at.WY], f[at.WX + 1], f[at.WY + 1]
    ex, ey = x2 - x1, y2 - y1
    two = -(x1 * ex + y1 * ey)
    if two <= ZERO:
        f[at.BARY] = ONE
        return 1
    one = x2 * ex + y2 * ey
    if one <= ZERO:
        f[at.BARY + 1] = ONE
        _copy(f, i, 0, 1)
        return 1
    _weights(f, 0, 1, one, two)
    return 2


@scalar
def _solve3(f: Floats, i: Ints) -> int:
    """Reduce a triangle to the part nearest the origin; its number of vertices."""
    x1, y1, x2, y2, x3, y3 = f[at.WX], f[at.WY], f[at.WX + 1], f[at.WY + 1], f[at.WX + 2], f[at.WY + 2]
    ax, ay, bx, by, cx, cy = x2 - x1, y2 - y1, x3 - x1, y3 - y1, x3 - x2, y3 - y2
    a1, a2 = x2 * ax + y2 * ay, -(x1 * ax + y1 * ay)
    b1, b2 = x3 * bx + y3 * by, -(x1 * bx + y1 * by)
    c1, c2 = x3 * cx + y3 * cy, -(x2 * cx + y2 * cy)
    area = ax * by - ay * bx
    d1, d2, d3 = area * (x2 * y3 - y2 * x3), area * (x3 * y1 - y3 * x1), area * (x1 * y2 - y1 * x2)
    if a2 <= ZERO and b2 <= ZERO:
        f[at.BARY] = ONE
        return 1
    if a1 > ZERO and a2 > ZERO and d3 <= ZERO:
        _weights(f, 0, 1, a1, a2)
        return 2
    if b1 > ZERO and b2 > ZERO and d2 <= ZERO:
        _weights(f, 0, 2, b1, b2)
        _copy(f, i, 1, 2)
        return 2
    if a1 <= ZERO and c2 <= ZERO:
        f[at.BARY + 1] = ONE
        _copy(f, i, 0, 1)
        return 1
    if b1 <= ZERO and c1 <= ZERO:
        f[at.BARY + 2] = ONE
        _copy(f, i, 0, 2)
        return 1
    if c1 > ZERO and c2 > ZERO and d1 <= ZERO:
        _weights(f, 1, 2, c1, c2)
        _copy(f, i, 0, 2)
        return 2
    inverse = ONE / (d1 + d2 + d3)
    f[at.BARY], f[at.BARY + 1], f[at.BARY + 2] = d1 * inverse, d2 * inverse, d3 * inverse
    return 3


@scalar
def distance(f: Floats, i: Ints, g: Floats, feature: int, body: int, s: Real, c: Real, x: Real, y: Real) -> Real:
    """Distance of the cores; the simplex in ``f`` and ``i`` is where the search begins and where it ended."""
    count = Whole(i[at.SIMPLEX])
    for k in range(count):
        _set(f, i, g, k, feature, body, s, c, x, y)
        f[at.BARY + k] = ZERO
    if count > 1:
        before, now = f[at.METRIC], _metric(f, count)
        if now < HALF * before or TWO * before < now or now < EPSILON:
            count = 0
    if count == 0:
        i[at.INDEX_A], i[at.INDEX_B] = 0, 0
        _set(f, i, g, 0, feature, body, s, c, x, y)
        f[at.BARY] = ONE
        count = 1
    for _ in range(20):
        saved = count
        a0, a1, a2 = i[at.INDEX_A], i[at.INDEX_A + 1], i[at.INDEX_A + 2]
        b0, b1, b2 = i[at.INDEX_B], i[at.INDEX_B + 1], i[at.INDEX_B + 2]
        if count == 2:
            count = _solve2(f, i)
        elif count == 3:
            count = _solve3(f, i)
        if count == 3:
            break
        dx, dy = -f[at.WX], -f[at.WY]
        if count == 2:
            ex, ey = f[at.WX + 1] - f[at.WX], f[at.WY + 1] - f[at.WY]
            side = ex * -f[at.WY] - ey * -f[at.WX]
            if side > ZERO:
                dx, dy = -ey, ex
            else:
                dx, dy = ey, -ex
        if dx * dx + dy * dy < EPSILON * EPSILON:
            break
        a = terrain_support(g, feature, -dx, -dy)
        b = body_support(g, body, c * dx + s * dy, -s * dx + c * dy)
        i[at.INDEX_A + count], i[at.INDEX_B + count] = a, b
        _set(f, i, g, count, feature, body, s, c, x, y)
        if (
            (a == a0 and b == b0)
            or (saved > 1 and a == a1 and b == b1)
            or (saved > 2 and a == a2 and b == b2)
        ):  # fmt: skip
            break
        count += 1
    f[at.METRIC] = _metric(f, count)
    i[at.SIMPLEX] = count
    if count == 3:
        return ZERO
    px, py, qx, qy = f[at.WAX], f[at.WAY], f[at.WBX], f[at.WBY]
    if count == 2:
        one, two = f[at.BARY], f[at.BARY + 1]
        px, py = one * px + two * f[at.WAX + 1], one * py + two * f[at.WAY + 1]
        qx, qy = one * qx + two * f[at.WBX + 1], one * qy + two * f[at.WBY + 1]
    dx, dy = px - qx, py - qy
    return root(dx * dx + dy * dy)
