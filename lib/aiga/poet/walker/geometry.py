"""Courses as the engine reads them: float32 numbers in rows, worked out as Box2D does when it makes the bodies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints
from aiga.poet.walker.physics.constants import CELLS, MARGIN, RADIUS, STEP
from aiga.poet.walker.physics.shapes import BODIES, RECORD, SHAPES, Polygon, polygon, record
from aiga.poet.walker.terrain import Course


@dataclass(frozen=True)
class Geometry:
    """Several courses side by side: floats ``(courses, .)``, integers ``(courses, .)``, first pushes ``(courses,)``."""

    floats: Floats
    ints: Ints
    push: Floats

    def __len__(self) -> int:
        return len(self.push)

    def leaves(self, lidar: str) -> int:
        """Boxes in the tree of the course that has most, which lidar ``"first"`` needs; 0 for ``"nearest"``."""
        return int((self.ints[:, at.EDGES] + self.ints[:, at.BLOCKS]).max()) + BODIES if lidar == "first" else 0


def pack(courses: Sequence[Course]) -> Geometry:
    """Turn courses into the engine's arrays.

    Raises:
        ValueError: there are none, or one of them cannot be walked: too long, not finite, not from left to right, or
            with an obstacle that has no area.
    """
    if not courses:
        raise ValueError("no courses: expected at least one")
    blocks = [_obstacles(course) for course in courses]
    width = at.OBSTACLES + at.OBSTACLE * max(map(len, blocks))
    floats = np.zeros((len(courses), width), dtype=np.float32)
    ints = np.zeros((len(courses), at.COURSE_INTS), dtype=np.int32)
    for row, (course, shapes) in enumerate(zip(courses, blocks, strict=True)):
        _walker(floats[row])
        _ground(floats[row], course)
        _place(floats[row], ints[row], shapes, course)
        ints[row, at.EDGES] = len(course.x) - 1
        ints[row, at.BLOCKS] = len(shapes)
    push = np.array([course.push for course in courses]).astype(np.float32)
    return Geometry(floats, ints, push)


def _walker(row: Floats) -> None:
    for b in range(BODIES):
        row[at.SHAPE + b * RECORD : at.SHAPE + (b + 1) * RECORD] = record(SHAPES[b])
        row[at.CENTROIDS + 2 * b : at.CENTROIDS + 2 * b + 2] = SHAPES[b].centroid


def _ground(row: Floats, course: Course) -> None:
    count = len(course.x)
    if len(course.y) != count or course.x.ndim != 1:
        raise ValueError(f"{course.name}: x and y must be of one length, got {course.x.shape} and {course.y.shape}")
    if count < 2 or count > CELLS:
        raise ValueError(f"{course.name}: {count} vertices, expected 2 to {CELLS}; a longer course does not fit")
    if not (np.isfinite(course.x).all() and np.isfinite(course.y).all() and np.isfinite(course.push)):
        raise ValueError(f"{course.name}: a height, place or push is not finite")
    x, y = course.x.astype(np.float32), course.y.astype(np.float32)
    cells = np.arange(count) * STEP
    if not ((np.diff(x) > 0).all() and (x <= cells + 1e-3).all() and (x >= cells - STEP - 1e-3).all()):
        raise ValueError(
            f"{course.name}: vertex k must lie right of vertex k - 1, at k x {STEP:.4f} m or up to a cell before that"
        )
    row[at.VERTEX_X : at.VERTEX_X + count], row[at.VERTEX_Y : at.VERTEX_Y + count] = x, y
    boxes = np.stack(
        [x[:-1] - RADIUS - MARGIN, np.minimum(y[:-1], y[1:]) - RADIUS - MARGIN,
         x[1:] + RADIUS + MARGIN, np.maximum(y[:-1], y[1:]) + RADIUS + MARGIN], axis=1,
    )  # fmt: skip
    row[at.EDGE_BOX : at.EDGE_BOX + boxes.size] = boxes.reshape(-1)
    across, up = np.diff(x), np.diff(y)
    scale = np.float32(1) / np.sqrt(across * across + up * up)
    row[at.EDGE_NX : at.EDGE_NX + count - 1] = up * scale
    row[at.EDGE_NY : at.EDGE_NY + count - 1] = -(across * scale)


def _obstacles(course: Course) -> list[Polygon]:
    shapes = []
    for corners in course.obstacles:
        try:
            shape = polygon(corners)
        except ValueError as error:
            raise ValueError(f"{course.name}: {error}") from error
        if len(shape.vertices) != 4:
            raise ValueError(f"{course.name}: an obstacle has {len(shape.vertices)} corners, expected 4: {corners}")
        shapes.append(shape)
    if len(shapes) >= at.MOST_BLOCKS:
        raise ValueError(f"{course.name}: {len(shapes)} obstacles, expected fewer than {at.MOST_BLOCKS}")
    return shapes


def _place(row: Floats, ints: Ints, shapes: list[Polygon], course: Course) -> None:
    boxes = np.zeros((len(shapes), 4), dtype=np.float32)
    for k, shape in enumerate(shapes):
        low, high = shape.vertices.min(0) - RADIUS - MARGIN, shape.vertices.max(0) + RADIUS + MARGIN
        boxes[k] = [*low, *high]
        start = at.OBSTACLES + k * at.OBSTACLE
        row[start : start + RECORD] = record(shape)
        row[start + at.CENTROID : start + at.CENTROID + 2] = shape.centroid
        row[start + at.BOX : start + at.BOX + 4] = boxes[k]
    if (np.diff(boxes[:, 0]) < 0).any() or (np.diff(boxes[:, 2]) < 0).any():
        raise ValueError(f"{course.name}: obstacles must be listed from left to right")
    cells = np.arange(at.VERTICES + 1) * STEP
    ints[at.FIRST_BLOCK : at.FIRST_BLOCK + len(cells)] = np.searchsorted(boxes[:, 2], cells)
