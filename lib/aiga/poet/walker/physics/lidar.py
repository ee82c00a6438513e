"""Ten rays from the hull: how far the ground is in each direction, as a fraction of the range.

The nearest hit counts, as in gymnasium's walker. The original of POET takes the first fixture that Box2D's tree
reports, which is often another one where there are obstacles; a walker with a tree (:mod:`.tree`) does so, too.
"""

import math

import numpy as np

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, Whole, scalar
from aiga.poet.walker.physics.constants import HUGE, ONE, RAY_X, RAY_Y, RAYS, STEP, ZERO
from aiga.poet.walker.physics.roots import larger, smaller
from aiga.poet.walker.physics.shapes import BODIES, RECORD
from aiga.poet.walker.physics.tree import NODES, NONE, ROOT, crosses, exists, following, leaves


@scalar
def edge_fraction(g: Floats, edge: int, x: Real, y: Real, dx: Real, dy: Real) -> Real:
    """Where a ray meets an edge; a huge number if it does not. After ``b2EdgeShape::RayCast``."""
    nx, ny = g[at.EDGE_NX + edge], g[at.EDGE_NY + edge]
    x1, y1 = g[at.VERTEX_X + edge], g[at.VERTEX_Y + edge]
    against = nx * dx + ny * dy
    if against == ZERO:
        return HUGE
    t = (nx * (x1 - x) + ny * (y1 - y)) / against
    if t < ZERO or t > ONE:
        return HUGE
    rx, ry = g[at.VERTEX_X + edge + 1] - x1, g[at.VERTEX_Y + edge + 1] - y1
    along = ((x + t * dx - x1) * rx + (y + t * dy - y1) * ry) / (rx * rx + ry * ry)
    return HUGE if along < ZERO or along > ONE else t


@scalar
def block_fraction(g: Floats, start: int, x: Real, y: Real, dx: Real, dy: Real) -> Real:
    """Where a ray enters an obstacle; a huge number if it does not. After ``b2PolygonShape::RayCast``."""
    lower, upper, entered = ZERO, ONE, False
    for k in range(4):
        nx, ny = g[start + RECORD // 2 + 2 * k], g[start + RECORD // 2 + 1 + 2 * k]
        ahead = nx * (g[start + 2 * k] - x) + ny * (g[start + 2 * k + 1] - y)
        against = nx * dx + ny * dy
        if against == ZERO:
            if ahead < ZERO:
                return HUGE
        elif against < ZERO and ahead < lower * against:
            lower, entered = ahead / against, True
        elif against > ZERO and ahead < upper * against:
            upper = ahead / against
        if upper < lower:
            return HUGE
    return lower if entered else HUGE


@scalar
def first_reported(f: Floats, i: Ints, g: Floats, h: Ints, x: Real, y: Real, dx: Real, dy: Real) -> Real:
    """Where a ray meets the first piece of ground that the tree reports; 1 if it meets none.

    The walker's own parts are reported, too, and passed over.
    """
    count, blocks = leaves(h), Whole(h[at.BLOCKS])
    node = Whole(i[ROOT])
    while node != NONE:
        if not crosses(f, node, x, y, dx, dy):
            node = following(i, node)
        elif node >= count:
            node = Whole(i[NODES + 4 * node + 2])
        else:
            hit = HUGE
            if node < blocks:
                hit = block_fraction(g, at.OBSTACLES + node * at.OBSTACLE, x, y, dx, dy)
            elif node < count - BODIES:
                hit = edge_fraction(g, node - blocks, x, y, dx, dy)
            if hit <= ONE:
                return hit
            node = following(i, node)
    return ONE


@scalar
def look(f: Floats, i: Ints, g: Floats, h: Ints, offset: int) -> None:
    """Write the ten fractions into the walker's floats from ``offset`` on."""
    x, y = f[at.PX], f[at.PY]
    if exists(f):
        for ray in range(RAYS):
            dx, dy = np.float32(x + RAY_X[ray]) - x, np.float32(y + RAY_Y[ray]) - y
            f[offset + ray] = first_reported(f, i, g, h, x, y, dx, dy)
        return
    cell = smaller(larger(Whole(math.floor(x / STEP)) - 1, 0), at.VERTICES)
    for ray in range(RAYS):
        dx, dy = np.float32(x + RAY_X[ray]) - x, np.float32(y + RAY_Y[ray]) - y
        best = ONE
        block = h[at.FIRST_BLOCK + cell]
        while block < h[at.BLOCKS]:
            start = at.OBSTACLES + block * at.OBSTACLE
            if g[start + at.BOX] > x + best * dx:
                break
            best = smaller(best, block_fraction(g, start, x, y, dx, dy))
            block += 1
        edge = cell
        while edge < h[at.EDGES]:
            if g[at.EDGE_BOX + 4 * edge] > x + best * dx:
                break
            best = smaller(best, edge_fraction(g, edge, x, y, dx, dy))
            edge += 1
        f[offset + ray] = best
