"""The first moment at which a moving body meets a piece of terrain, after ``b2TimeOfImpact.cpp`` of Box2D 2.3."""

import math

import numpy as np

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, Whole, scalar
from aiga.poet.walker.physics.constants import EPSILON, HALF, IMPACT_TARGET, IMPACT_TOLERANCE, ONE, PI, TWO, ZERO
from aiga.poet.walker.physics.distance import body_support, body_vertex, distance, terrain_support, terrain_vertex
from aiga.poet.walker.physics.roots import cosine, root, sine
from aiga.poet.walker.physics.shapes import CENTRE_X, CENTRE_Y

POINTS, TERRAIN_FACE, BODY_FACE = 0, 1, 2


@scalar
def swept(f: Floats, body: int, turn: Real, t: Real) -> tuple[Real, Real, Real, Real]:
    """The body's transform at a fraction of its sweep: sine, cosine, position of the origin."""
    rest = ONE - t
    x, y = rest * f[at.X0 + body] + t * f[at.X + body], rest * f[at.Y0 + body] + t * f[at.Y + body]
    angle = rest * (f[at.ANGLE0 + body] - turn) + t * (f[at.ANGLE + body] - turn)
    s, c = sine(angle), cosine(angle)
    return s, c, x - (c * CENTRE_X[body] - s * CENTRE_Y[body]), y - (s * CENTRE_X[body] + c * CENTRE_Y[body])


@scalar
def _normalised(x: Real, y: Real) -> tuple[Real, Real]:
    length = root(x * x + y * y)
    if length < EPSILON:
        return x, y
    inverse = ONE / length
    return x * inverse, y * inverse


@scalar
def separating_axis(
    f: Floats, i: Ints, g: Floats, feature: int, body: int, s: Real, c: Real, x: Real, y: Real
) -> tuple[int, Real, Real, Real, Real]:
    """What separates the two: kind of the axis, its direction, and the point through which a face goes."""
    a0, b0 = Whole(i[at.INDEX_A]), Whole(i[at.INDEX_B])
    ax, ay = terrain_vertex(g, feature, a0)
    bx, by = body_vertex(g, body, b0)
    wx, wy = (c * bx - s * by) + x, (s * bx + c * by) + y
    if i[at.SIMPLEX] == 1:
        nx, ny = _normalised(wx - ax, wy - ay)
        return POINTS, nx, ny, ZERO, ZERO
    a1, b1 = Whole(i[at.INDEX_A + 1]), Whole(i[at.INDEX_B + 1])
    if a0 == a1:
        cx, cy = body_vertex(g, body, b1)
        nx, ny = _normalised(cy - by, -(cx - bx))
        px, py = HALF * (bx + cx), HALF * (by + cy)
        wx, wy = (c * px - s * py) + x, (s * px + c * py) + y
        if (ax - wx) * (c * nx - s * ny) + (ay - wy) * (s * nx + c * ny) < ZERO:
            nx, ny = -nx, -ny
        return BODY_FACE, nx, ny, px, py
    cx, cy = terrain_vertex(g, feature, a1)
    nx, ny = _normalised(cy - ay, -(cx - ax))
    px, py = HALF * (ax + cx), HALF * (ay + cy)
    if (wx - px) * nx + (wy - py) * ny < ZERO:
        nx, ny = -nx, -ny
    return TERRAIN_FACE, nx, ny, px, py


@scalar
def support(
    g: Floats, feature: int, body: int, kind: int, nx: Real, ny: Real, s: Real, c: Real
) -> tuple[int, int]:  # fmt: skip
    """The vertices of terrain and body that come nearest along the axis; -1 where the axis is that side's face."""
    if kind == BODY_FACE:
        return terrain_support(g, feature, -(c * nx - s * ny), -(s * nx + c * ny)), -1
    on_body = body_support(g, body, c * -nx + s * -ny, -s * -nx + c * -ny)
    if kind == TERRAIN_FACE:
        return -1, on_body
    return terrain_support(g, feature, nx, ny), on_body


@scalar
def separation(
    g: Floats, feature: int, body: int, a: int, b: int,
    kind: int, nx: Real, ny: Real, px: Real, py: Real, s: Real, c: Real, x: Real, y: Real,
) -> Real:  # fmt: skip
    """Distance along the axis between two vertices, or a vertex and a face."""
    if kind == BODY_FACE:
        ax, ay = terrain_vertex(g, feature, a)
        wx, wy = (c * px - s * py) + x, (s * px + c * py) + y
        return (ax - wx) * (c * nx - s * ny) + (ay - wy) * (s * nx + c * ny)
    bx, by = body_vertex(g, body, b)
    wx, wy = (c * bx - s * by) + x, (s * bx + c * by) + y
    if kind == POINTS:
        px, py = terrain_vertex(g, feature, a)
    return (wx - px) * nx + (wy - py) * ny


@scalar
def time_of_impact(f: Floats, i: Ints, g: Floats, feature: int, body: int) -> Real:
    """Fraction of the body's sweep at which it touches; -1 if it does not."""
    two_pi = TWO * PI
    turn = two_pi * np.float32(math.floor(f[at.ANGLE0 + body] / two_pi))
    low, high = IMPACT_TARGET - IMPACT_TOLERANCE, IMPACT_TARGET + IMPACT_TOLERANCE
    t1 = ZERO
    i[at.SIMPLEX] = 0
    for _ in range(20):
        s, c, x, y = swept(f, body, turn, t1)
        gap = distance(f, i, g, feature, body, s, c, x, y)
        if gap <= ZERO:
            return -ONE
        if gap < high:
            return t1
        kind, nx, ny, px, py = separating_axis(f, i, g, feature, body, s, c, x, y)
        t2 = ONE
        for _push in range(16):
            s, c, x, y = swept(f, body, turn, t2)
            a, b = support(g, feature, body, kind, nx, ny, s, c)
            s2 = separation(g, feature, body, a, b, kind, nx, ny, px, py, s, c, x, y)
            if s2 > high:
                return -ONE
            if s2 > low:
                t1 = t2
                break
            s, c, x, y = swept(f, body, turn, t1)
            s1 = separation(g, feature, body, a, b, kind, nx, ny, px, py, s, c, x, y)
            if s1 < low:
                return -ONE
            if s1 <= high:
                return t1
            t2 = _crossing(f, g, feature, body, turn, a, b, kind, nx, ny, px, py, t1, t2, s1, s2)
    return -ONE


@scalar
def _crossing(
    f: Floats, g: Floats, feature: int, body: int, turn: Real, a: int, b: int,
    kind: int, nx: Real, ny: Real, px: Real, py: Real, t1: Real, t2: Real, s1: Real, s2: Real,
) -> Real:  # fmt: skip
    """When the separation is the target, by bisection and secant in turn; the old end if it is not found."""
    first, last = t1, t2
    for attempt in range(50):
        t = HALF * (first + last)
        if attempt & 1:
            t = first + (IMPACT_TARGET - s1) * (last - first) / (s2 - s1)
        s, c, x, y = swept(f, body, turn, t)
        now = separation(g, feature, body, a, b, kind, nx, ny, px, py, s, c, x, y)
        if abs(now - IMPACT_TARGET) < IMPACT_TOLERANCE:
            return t
        if now > IMPACT_TARGET:
            first, s1 = t, now
        else:
            last, s2 = t, now
    return t2
