"""The list of contacts: which bodies may meet which pieces of terrain, and what happens when they do.

The broad phase gives every body a box that is somewhat too large, and makes a contact for every piece of terrain whose
box overlaps it. Contacts are kept in the order in which Box2D makes them, because the solver visits them in that order.
"""

import math
from typing import Any

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.blocks import block_manifold
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, Whole, scalar
from aiga.poet.walker.physics.constants import MARGIN, RADIUS, STEP, TWO, ZERO
from aiga.poet.walker.physics.manifold import edge_manifold
from aiga.poet.walker.physics.roots import cosine, larger, sine, smaller
from aiga.poet.walker.physics.shapes import BODIES, CENTRE_X, CENTRE_Y, COUNT, RECORD
from aiga.poet.walker.physics.tree import exists, replant


@scalar
def synchronise(f: Floats, body: int) -> None:
    """Work out the transform of the body's origin from its centre of mass and angle."""
    s, c = sine(f[at.ANGLE + body]), cosine(f[at.ANGLE + body])
    f[at.SIN + body], f[at.COS + body] = s, c
    f[at.PX + body] = f[at.X + body] - (c * CENTRE_X[body] - s * CENTRE_Y[body])
    f[at.PY + body] = f[at.Y + body] - (s * CENTRE_X[body] + c * CENTRE_Y[body])


@scalar
def box_of(g: Floats, body: int, s: Real, c: Real, x: Real, y: Real) -> tuple[Real, Real, Real, Real]:
    """The body's box under a transform: left, low, right, high."""
    start = at.SHAPE + body * RECORD
    left = right = (c * g[start] - s * g[start + 1]) + x
    low = high = (s * g[start] + c * g[start + 1]) + y
    for k in range(1, COUNT[body]):
        vx = (c * g[start + 2 * k] - s * g[start + 2 * k + 1]) + x
        vy = (s * g[start + 2 * k] + c * g[start + 2 * k + 1]) + y
        left, right = smaller(left, vx), larger(right, vx)
        low, high = smaller(low, vy), larger(high, vy)
    return left - RADIUS, low - RADIUS, right + RADIUS, high + RADIUS


@scalar
def move(f: Floats, i: Ints, g: Floats, h: Ints, body: int) -> None:
    """Give the body a new enlarged box if its sweep leaves the old one, and mark it as moved."""
    s, c = sine(f[at.ANGLE0 + body]), cosine(f[at.ANGLE0 + body])
    x = f[at.X0 + body] - (c * CENTRE_X[body] - s * CENTRE_Y[body])
    y = f[at.Y0 + body] - (s * CENTRE_X[body] + c * CENTRE_Y[body])
    left0, low0, right0, high0 = box_of(g, body, s, c, x, y)
    left, low, right, high = box_of(
        g, body, f[at.SIN + body], f[at.COS + body], f[at.PX + body], f[at.PY + body]
    )  # fmt: skip
    left, low, right, high = smaller(left0, left), smaller(low0, low), larger(right0, right), larger(high0, high)
    if (
        f[at.LEFT + body] <= left
        and f[at.LOW + body] <= low
        and right <= f[at.RIGHT + body]
        and high <= f[at.HIGH + body]
    ):
        return
    dx, dy = TWO * (f[at.PX + body] - x), TWO * (f[at.PY + body] - y)
    left, low, right, high = left - MARGIN, low - MARGIN, right + MARGIN, high + MARGIN
    if dx < ZERO:
        left += dx
    else:
        right += dx
    if dy < ZERO:
        low += dy
    else:
        high += dy
    f[at.LEFT + body], f[at.LOW + body], f[at.RIGHT + body], f[at.HIGH + body] = left, low, right, high
    i[at.MOVED + body] = 1
    if exists(f):
        replant(f, i, h, body)


@scalar
def apart(f: Floats, g: Floats, body: int, box: int) -> Any:
    """Whether the body's enlarged box and a piece of terrain's do not overlap."""
    return (
        g[box] > f[at.RIGHT + body]
        or g[box + 1] > f[at.HIGH + body]
        or f[at.LEFT + body] > g[box + 2]
        or f[at.LOW + body] > g[box + 3]
    )


@scalar
def find_pairs(f: Floats, i: Ints, g: Floats, h: Ints) -> None:
    """Make contacts of all moved bodies with all terrain in reach, in the order of terrain, then body."""
    left, right, any_moved = ZERO, ZERO, False
    for body in range(BODIES):
        if i[at.MOVED + body] == 1:
            left = smaller(left, f[at.LEFT + body]) if any_moved else f[at.LEFT + body]
            right = larger(right, f[at.RIGHT + body]) if any_moved else f[at.RIGHT + body]
            any_moved = True
    if not any_moved:
        return
    cell = smaller(larger(Whole(math.floor(left / STEP)) - 1, 0), at.VERTICES)
    block = Whole(h[at.FIRST_BLOCK + cell])
    while block < h[at.BLOCKS]:
        box = at.OBSTACLES + block * at.OBSTACLE + at.BOX
        if g[box] > right:
            break
        for body in range(BODIES):
            if i[at.MOVED + body] == 1 and not apart(f, g, body, box):
                add(f, i, body, block)
        block += 1
    edge = cell
    while edge < h[at.EDGES]:
        box = at.EDGE_BOX + 4 * edge
        if g[box] > right:
            break
        for body in range(BODIES):
            if i[at.MOVED + body] == 1 and not apart(f, g, body, box):
                add(f, i, body, at.EDGE + edge)
        edge += 1
    for body in range(BODIES):
        i[at.MOVED + body] = 0


@scalar
def add(f: Floats, i: Ints, body: int, feature: int) -> None:
    """Append a contact unless the pair has one already."""
    number = i[at.NUMBER]
    start = ZERO
    for k in range(number):
        slot = i[at.ORDER + k]
        if i[at.FEATURE + slot] == feature:
            if i[at.BODY + slot] == body:
                return
            start = f[at.GROUND_ALPHA + slot]
    if number >= at.CONTACTS:
        i[at.OVERFLOW] = 1
        return
    free = 0
    while i[at.BODY + free] >= 0:
        free += 1
    i[at.ORDER + number] = free
    i[at.NUMBER] = number + 1
    i[at.BODY + free], i[at.FEATURE + free] = body, feature
    i[at.POINTS + free], i[at.ENABLED + free], i[at.SUBSTEPS + free], i[at.KNOWN + free] = 0, 1, 0, 0
    f[at.GROUND_ALPHA + free] = start


@scalar
def begin(i: Ints, body: int) -> None:
    """What the listener does when a contact begins: a hull that touches has fallen, a foot that touches stands."""
    if body == 0:
        i[at.FALLEN] = 1
    elif body == 2:
        i[at.FOOT] = 1
    elif body == 4:
        i[at.FOOT + 1] = 1


@scalar
def end(i: Ints, body: int) -> None:
    """When a contact ends the foot's flag goes, even if it still touches other ground (as in the original)."""
    if body == 2:
        i[at.FOOT] = 0
    elif body == 4:
        i[at.FOOT + 1] = 0


@scalar
def update(f: Floats, i: Ints, g: Floats, slot: int) -> None:
    """Find the manifold anew, carry impulses over by the points' identities, and tell the listener."""
    body, feature, before = Whole(i[at.BODY + slot]), Whole(i[at.FEATURE + slot]), i[at.POINTS + slot]
    key1, key2 = i[at.KEY1 + slot], i[at.KEY2 + slot]
    n1, n2, t1, t2 = f[at.N1 + slot], f[at.N2 + slot], f[at.T1 + slot], f[at.T2 + slot]
    i[at.ENABLED + slot] = 1
    if feature >= at.EDGE:
        points = edge_manifold(f, i, g, slot, body, feature - at.EDGE)
    else:
        points = block_manifold(f, i, g, slot, body, feature)
    i[at.POINTS + slot] = points
    for k in range(points):
        normal, tangent = ZERO, ZERO
        key = i[at.KEY1 + slot] if k == 0 else i[at.KEY2 + slot]
        if before > 0 and key == key1:
            normal, tangent = n1, t1
        elif before > 1 and key == key2:
            normal, tangent = n2, t2
        if k == 0:
            f[at.N1 + slot], f[at.T1 + slot] = normal, tangent
        else:
            f[at.N2 + slot], f[at.T2 + slot] = normal, tangent
    if before == 0 and points > 0:
        begin(i, body)
    if before > 0 and points == 0:
        end(i, body)


@scalar
def collide(f: Floats, i: Ints, g: Floats) -> None:
    """At the start of a step: drop contacts whose boxes have parted and update the others, newest first."""
    number = i[at.NUMBER]
    for back in range(number):
        place = number - 1 - back
        slot = Whole(i[at.ORDER + place])
        body, feature = Whole(i[at.BODY + slot]), Whole(i[at.FEATURE + slot])
        if feature >= at.EDGE:
            box = at.EDGE_BOX + 4 * (feature - at.EDGE)
        else:
            box = at.OBSTACLES + feature * at.OBSTACLE + at.BOX
        if apart(f, g, body, box):
            if i[at.POINTS + slot] > 0:
                end(i, body)
            i[at.BODY + slot] = -1
        else:
            update(f, i, g, slot)
    kept = 0
    for k in range(number):
        slot = i[at.ORDER + k]
        if i[at.BODY + slot] >= 0:
            i[at.ORDER + kept] = slot
            kept += 1
    i[at.NUMBER] = kept
