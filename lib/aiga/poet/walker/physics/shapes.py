"""The walker's five bodies and four joints, with masses worked out as Box2D does, operation by operation in float32.

Order of the bodies: hull, upper leg 1, lower leg 1, upper leg 2, lower leg 2. Order of the joints: hip 1, knee 1,
hip 2, knee 2. A polygon's record is 20 numbers: five vertices and five outward normals, x and y; unused ones zero.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aiga.poet.walker.physics.compiled import Floats
from aiga.poet.walker.physics.constants import (
    FRICTION,
    GROUND,
    LEG_DOWN,
    LEG_HEIGHT,
    LEG_WIDTH,
    MARGIN,
    PAD,
    RADIUS,
    SCALE,
    STEP,
)

BODIES, JOINTS = 5, 4
CORNERS = 5
RECORD = 4 * CORNERS

HULL_POINTS = ((-30, 9), (6, 9), (34, 1), (34, -8), (-30, -8))


@dataclass(frozen=True)
class Polygon:
    """A convex polygon, anticlockwise: vertices and outward normals ``(n, 2)``, centroid ``(2,)``."""

    vertices: Floats
    normals: Floats
    centroid: Floats


def polygon(points: Sequence[tuple[float, float]]) -> Polygon:
    """The convex hull of some points, begun at the rightmost one (the lowest of those); ``b2PolygonShape::Set``.

    Raises:
        ValueError: the points enclose no area.
    """
    given = np.array(points, dtype=np.float32)  # (n, 2)
    first = min(range(len(given)), key=lambda k: (-given[k, 0], given[k, 1]))
    hull = [first]
    while True:
        here, end = hull[-1], 0
        for k in range(1, len(given)):
            if end == here:
                end = k
                continue
            best, other = given[end] - given[here], given[k] - given[here]
            turn = best[0] * other[1] - best[1] * other[0]
            if turn < 0 or (turn == 0 and other @ other > best @ best):
                end = k
        if end == first:
            break
        hull.append(end)
        if len(hull) > len(given):
            raise ValueError(f"the points {points!r} have no convex hull")
    vertices = given[hull]
    edges = np.roll(vertices, -1, axis=0) - vertices
    if len(hull) < 3 or not (edges[:, 0] ** 2 + edges[:, 1] ** 2 > np.finfo(np.float32).eps ** 2).all():
        raise ValueError(f"the polygon {points!r} has no area: its sides must be longer than 1e-7 m")
    normals = np.stack([_unit(edge[1], -edge[0]) for edge in edges])
    return Polygon(vertices, normals, _centroid(vertices))


def box(half_width: float, half_height: float) -> Polygon:
    """A rectangle about the origin; ``b2PolygonShape::SetAsBox``."""
    x, y = np.float32(half_width), np.float32(half_height)
    vertices = np.array([(-x, -y), (x, -y), (x, y), (-x, y)], dtype=np.float32)
    normals = np.array([(0, -1), (1, 0), (0, 1), (-1, 0)], dtype=np.float32)
    return Polygon(vertices, normals, np.zeros(2, dtype=np.float32))


def mass_of(shape: Polygon, density: float) -> tuple[np.float32, Floats, np.float32]:
    """Mass, centre of mass ``(2,)`` and moment of inertia about it; ``ComputeMass`` and ``ResetMassData``."""
    vertices, third = shape.vertices, np.float32(1) / np.float32(3)
    centre, total = np.zeros(2, dtype=np.float32), np.zeros(2, dtype=np.float32)
    area = spin = np.float32(0)
    for vertex in vertices:
        total = total + vertex
    total = total * (np.float32(1) / np.float32(len(vertices)))
    for k in range(len(vertices)):
        a, b = vertices[k] - total, vertices[(k + 1) % len(vertices)] - total
        cross = a[0] * b[1] - a[1] * b[0]
        triangle = np.float32(0.5) * cross
        area = area + triangle
        centre = centre + triangle * third * (a + b)
        squares = a * a + b * a + b * b
        spin = spin + (np.float32(0.25) * third * cross) * (squares[0] + squares[1])
    mass = np.float32(density) * area
    centre = centre * (np.float32(1) / area)
    middle = centre + total
    inertia = np.float32(density) * spin
    inertia = inertia + mass * (_dot(middle, middle) - _dot(centre, centre))
    local = (mass * middle) * (np.float32(1) / mass)
    return mass, local, inertia - mass * _dot(local, local)


def record(shape: Polygon) -> Floats:
    """The polygon as one row of the geometry that the engine reads, ``(20,)``."""
    row = np.zeros((2, CORNERS, 2), dtype=np.float32)
    row[0, : len(shape.vertices)] = shape.vertices
    row[1, : len(shape.vertices)] = shape.normals
    return row.reshape(-1)


def _unit(x: np.float32, y: np.float32) -> Floats:
    length = np.float32(np.sqrt(x * x + y * y))
    scale = np.float32(1) / length
    return np.array([x * scale, y * scale], dtype=np.float32)


def _dot(a: Floats, b: Floats) -> np.float32:
    return np.float32(a[0] * b[0] + a[1] * b[1])


def _centroid(vertices: Floats) -> Floats:
    third, area = np.float32(1) / np.float32(3), np.float32(0)
    centre = np.zeros(2, dtype=np.float32)
    for k in range(len(vertices)):
        a, b = vertices[k], vertices[(k + 1) % len(vertices)]
        triangle = np.float32(0.5) * (a[0] * b[1] - a[1] * b[0])
        area = area + triangle
        centre = centre + triangle * third * ((np.zeros(2, dtype=np.float32) + a) + b)
    if not area > np.finfo(np.float32).eps:
        raise ValueError(
            f"the polygon {vertices.tolist()} has no area in float32 ({float(area):.1e} square metres): "
            "make it thicker; Box2D refuses it, too"
        )
    return centre * (np.float32(1) / area)


HULL = polygon([(x / SCALE, y / SCALE) for x, y in HULL_POINTS])
UPPER = box(LEG_WIDTH / 2, LEG_HEIGHT / 2)
LOWER = box(0.8 * LEG_WIDTH / 2, LEG_HEIGHT / 2)
SHAPES = (HULL, UPPER, LOWER, UPPER, LOWER)
COUNT = np.array([len(shape.vertices) for shape in SHAPES], dtype=np.int64)

_MASSES = [mass_of(shape, density) for shape, density in zip(SHAPES, (5.0, 1.0, 1.0, 1.0, 1.0), strict=True)]
MASS = np.array([mass for mass, _, _ in _MASSES], dtype=np.float32)
INERTIA = np.array([inertia for _, _, inertia in _MASSES], dtype=np.float32)
INVERSE_MASS = np.float32(1) / MASS
INVERSE_INERTIA = np.float32(1) / INERTIA
CENTRE_X = np.array([centre[0] for _, centre, _ in _MASSES], dtype=np.float32)
CENTRE_Y = np.array([centre[1] for _, centre, _ in _MASSES], dtype=np.float32)
CONTACT_FRICTION = np.sqrt(np.float32(FRICTION) * np.array([0.1, 0.2, 0.2, 0.2, 0.2], dtype=np.float32))

START_X = np.full(BODIES, STEP * PAD / 2).astype(np.float32)
_TOP = GROUND + 2 * LEG_HEIGHT
START_Y = np.array(
    [_TOP] + 2 * [_TOP - LEG_HEIGHT / 2 - LEG_DOWN, _TOP - LEG_HEIGHT * 3 / 2 - LEG_DOWN], dtype=np.float64
).astype(np.float32)
START_ANGLE = np.array([0.0, -0.05, -0.05, 0.05, 0.05]).astype(np.float32)

JOINT_A = np.array([0, 1, 0, 3], dtype=np.int64)
JOINT_B = np.array([1, 2, 3, 4], dtype=np.int64)
_HIP, _KNEE, _LEG = (0.0, LEG_DOWN), (0.0, -LEG_HEIGHT / 2), (0.0, LEG_HEIGHT / 2)
_ANCHOR_A = np.array([_HIP, _KNEE, _HIP, _KNEE]).astype(np.float32)
_ANCHOR_B = np.array([_LEG] * JOINTS).astype(np.float32)
ANCHOR_AX = _ANCHOR_A[:, 0] - CENTRE_X[JOINT_A]
ANCHOR_AY = _ANCHOR_A[:, 1] - CENTRE_Y[JOINT_A]
ANCHOR_BX = _ANCHOR_B[:, 0] - CENTRE_X[JOINT_B]
ANCHOR_BY = _ANCHOR_B[:, 1] - CENTRE_Y[JOINT_B]
"""Anchors relative to the centre of mass."""
LOWEST = np.array([-0.8, -1.6, -0.8, -1.6]).astype(np.float32)
HIGHEST = np.array([1.1, -0.1, 1.1, -0.1]).astype(np.float32)
REFERENCE = START_ANGLE[JOINT_B] - START_ANGLE[JOINT_A]
"""Angle of a joint in the start pose, which the Python binding of Box2D takes for zero."""

JOINT_ORDER = np.array([3, 2, 0, 1], dtype=np.int64)
"""Knee 2, hip 2, hip 1, knee 1: as the search for islands meets them, which begins at the newest body."""
BODY_ORDER = np.array([4, 3, 0, 1, 2], dtype=np.int64)


def start_boxes() -> Floats:
    """Boxes of the bodies in the start pose, as the broad phase enlarges them, ``(5, 4)``: left, low, right, high."""
    boxes = np.zeros((BODIES, 4), dtype=np.float32)
    for b, shape in enumerate(SHAPES):
        sine, cosine = np.float32(math.sin(START_ANGLE[b])), np.float32(math.cos(START_ANGLE[b]))
        x, y = shape.vertices[:, 0], shape.vertices[:, 1]
        across = (cosine * x - sine * y) + START_X[b]
        up = (sine * x + cosine * y) + START_Y[b]
        low = np.array([across.min(), up.min()], dtype=np.float32) - RADIUS - MARGIN
        high = np.array([across.max(), up.max()], dtype=np.float32) + RADIUS + MARGIN
        boxes[b] = [*low, *high]
    return boxes


START_BOXES = start_boxes()
