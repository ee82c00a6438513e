"""Box2D's tree of boxes, for one thing only: in which order it reports what a ray meets.

The original of POET ends a ray at the first fixture that Box2D reports (``bipedal_walker_custom.py:465-471``), and that
depends on the shape of the tree: on the order in which boxes came into it, on its rotations, and on every move of the
walker's own boxes, which are taken out and put in again. So each walker has a tree of its own, after ``b2DynamicTree``
of Box2D 2.3. It lies behind the other numbers of its row, and only where it is asked for: a row that is no longer than
usual has no tree.

Leaves are numbered: obstacles, edges, the walker's five parts. Inner nodes follow.
"""

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, Whole, scalar
from aiga.poet.walker.physics.constants import HALF, ONE, TWO, ZERO
from aiga.poet.walker.physics.roots import larger, root, smaller
from aiga.poet.walker.physics.shapes import BODIES

NONE = -1
ROOT, FREE = at.INTS, at.INTS + 1
NODES = at.INTS + 2
"""Offset of the nodes among a walker's integers: for each its parent, two children and height."""
BOXES = at.FLOATS
"""Offset of their boxes among its floats: left, low, right, high."""


def room(leaves: int) -> tuple[int, int]:
    """How many floats and integers a tree of so many leaves needs."""
    return 4 * (2 * leaves - 1), 2 + 4 * (2 * leaves - 1)


@scalar
def exists(f: Floats) -> bool:
    """Whether this walker has a tree."""
    return bool(f.shape[0] > at.FLOATS)


@scalar
def leaves(h: Ints) -> int:
    """Leaves of a course's tree."""
    return Whole(h[at.BLOCKS] + h[at.EDGES] + BODIES)  # type: ignore[no-any-return]


@scalar
def around(f: Floats, a: int, b: int) -> Real:
    """Perimeter of the box around two boxes."""
    wide = larger(f[BOXES + 4 * a + 2], f[BOXES + 4 * b + 2]) - smaller(f[BOXES + 4 * a], f[BOXES + 4 * b])
    high = larger(f[BOXES + 4 * a + 3], f[BOXES + 4 * b + 3]) - smaller(f[BOXES + 4 * a + 1], f[BOXES + 4 * b + 1])
    return TWO * (wide + high)


@scalar
def enclose(f: Floats, i: Ints, node: int, a: int, b: int) -> None:
    """Give a node the box around two others, and its height."""
    for k in range(2):
        f[BOXES + 4 * node + k] = smaller(f[BOXES + 4 * a + k], f[BOXES + 4 * b + k])
        f[BOXES + 4 * node + 2 + k] = larger(f[BOXES + 4 * a + 2 + k], f[BOXES + 4 * b + 2 + k])
    i[NODES + 4 * node + 3] = 1 + larger(i[NODES + 4 * a + 3], i[NODES + 4 * b + 3])


@scalar
def replace_child(i: Ints, parent: int, old: int, new: int) -> None:
    """Put ``new`` where ``old`` was; without a parent it becomes the root."""
    if parent == NONE:
        i[ROOT] = new
    elif i[NODES + 4 * parent + 1] == old:
        i[NODES + 4 * parent + 1] = new
    else:
        i[NODES + 4 * parent + 2] = new


@scalar
def balance(f: Floats, i: Ints, a: int) -> int:
    """Turn the tree at a node if one side is higher by more than one; the node that is there now."""
    if i[NODES + 4 * a + 3] < 2:
        return a
    b, c = Whole(i[NODES + 4 * a + 1]), Whole(i[NODES + 4 * a + 2])
    lean = i[NODES + 4 * c + 3] - i[NODES + 4 * b + 3]
    if -1 <= lean <= 1:
        return a
    side = 2 if lean > 1 else 1  # the child that rises, and whose place one of its own children takes
    up, other = (c, b) if lean > 1 else (b, c)
    first, second = Whole(i[NODES + 4 * up + 1]), Whole(i[NODES + 4 * up + 2])
    parent = Whole(i[NODES + 4 * a])
    i[NODES + 4 * up + 1] = a
    i[NODES + 4 * up] = parent
    i[NODES + 4 * a] = up
    replace_child(i, parent, a, up)
    keeps, goes = (first, second) if i[NODES + 4 * first + 3] > i[NODES + 4 * second + 3] else (second, first)
    i[NODES + 4 * up + 2] = keeps
    i[NODES + 4 * a + side] = goes
    i[NODES + 4 * goes] = a
    enclose(f, i, a, other, goes)
    enclose(f, i, up, a, keeps)
    return up  # type: ignore[no-any-return]


@scalar
def mend(f: Floats, i: Ints, node: int) -> None:
    """Balance and enclose anew, from a node up to the root."""
    while node != NONE:
        node = balance(f, i, node)
        enclose(f, i, node, Whole(i[NODES + 4 * node + 1]), Whole(i[NODES + 4 * node + 2]))
        node = Whole(i[NODES + 4 * node])


@scalar
def descent(f: Floats, i: Ints, child: int, leaf: int) -> Real:
    """What it costs to put a leaf below a child, without what its parent adds."""
    cost = around(f, child, leaf)
    return cost if i[NODES + 4 * child + 3] == 0 else cost - around(f, child, child)


@scalar
def insert(f: Floats, i: Ints, leaf: int) -> None:
    """Put a leaf in where the boxes grow least, with the free inner node as its parent."""
    if i[ROOT] == NONE:
        i[ROOT] = leaf
        i[NODES + 4 * leaf] = NONE
        return
    here = Whole(i[ROOT])
    while i[NODES + 4 * here + 3] > 0:
        together = around(f, here, leaf)
        inherited = TWO * (together - around(f, here, here))
        one, two = Whole(i[NODES + 4 * here + 1]), Whole(i[NODES + 4 * here + 2])
        cost1, cost2 = descent(f, i, one, leaf) + inherited, descent(f, i, two, leaf) + inherited
        if TWO * together < cost1 and TWO * together < cost2:
            break
        here = one if cost1 < cost2 else two
    parent, new = Whole(i[NODES + 4 * here]), Whole(i[FREE])
    replace_child(i, parent, here, new)
    i[NODES + 4 * new], i[NODES + 4 * new + 1], i[NODES + 4 * new + 2] = parent, here, leaf
    i[NODES + 4 * here], i[NODES + 4 * leaf] = new, new
    enclose(f, i, new, here, leaf)
    mend(f, i, new)


@scalar
def remove(f: Floats, i: Ints, leaf: int) -> None:
    """Take a leaf out; its parent becomes the free inner node, its sibling takes the parent's place."""
    parent = Whole(i[NODES + 4 * leaf])
    above = Whole(i[NODES + 4 * parent])
    sibling = Whole(i[NODES + 4 * parent + 1])
    if sibling == leaf:
        sibling = Whole(i[NODES + 4 * parent + 2])
    replace_child(i, above, parent, sibling)
    i[NODES + 4 * sibling] = above
    i[FREE] = parent
    mend(f, i, above)


@scalar
def plant(f: Floats, i: Ints, g: Floats, h: Ints) -> None:
    """Build the tree in the order in which the original makes its bodies: obstacles, edges, the walker."""
    blocks, edges = Whole(h[at.BLOCKS]), Whole(h[at.EDGES])
    count = leaves(h)
    i[ROOT] = NONE
    for leaf in range(count):
        for k in range(4):
            if leaf < blocks:
                value = g[at.OBSTACLES + leaf * at.OBSTACLE + at.BOX + k]
            elif leaf < blocks + edges:
                value = g[at.EDGE_BOX + 4 * (leaf - blocks) + k]
            else:
                value = f[at.LEFT + k * BODIES + leaf - blocks - edges]
            f[BOXES + 4 * leaf + k] = value
            i[NODES + 4 * leaf + k] = 0
        i[FREE] = count + leaf - 1
        insert(f, i, leaf)


@scalar
def replant(f: Floats, i: Ints, h: Ints, body: int) -> None:
    """Take one of the walker's boxes out and put it in again where it is now."""
    leaf = leaves(h) - BODIES + body
    remove(f, i, leaf)
    for k in range(4):
        f[BOXES + 4 * leaf + k] = f[at.LEFT + k * BODIES + body]
    insert(f, i, leaf)


@scalar
def crosses(f: Floats, node: int, x: Real, y: Real, dx: Real, dy: Real) -> bool:
    """Whether a ray might meet something in a node's box. After ``b2DynamicTree::RayCast``."""
    box = BOXES + 4 * node
    left, low, right, high = f[box], f[box + 1], f[box + 2], f[box + 3]
    if smaller(x, x + dx) > right or larger(x, x + dx) < left or smaller(y, y + dy) > high or larger(y, y + dy) < low:
        return False
    scale = ONE / root(dx * dx + dy * dy)
    vx, vy = -(scale * dy), scale * dx
    mx, my = x - HALF * (left + right), y - HALF * (low + high)
    away = abs(vx * mx + vy * my) - (abs(vx) * (HALF * (right - left)) + abs(vy) * (HALF * (high - low)))
    return bool(away <= ZERO)


@scalar
def following(i: Ints, node: int) -> int:
    """The next node after a subtree is done: the second child comes first, then its sibling; -1 at the end."""
    while i[NODES + 4 * node] != NONE:
        parent = Whole(i[NODES + 4 * node])
        if i[NODES + 4 * parent + 2] == node:
            return Whole(i[NODES + 4 * parent + 1])  # type: ignore[no-any-return]
        node = parent
    return NONE
