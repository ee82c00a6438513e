"""The walker's start: all bodies in the pose of the original's reset, no contact yet."""

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, scalar
from aiga.poet.walker.physics.constants import ZERO
from aiga.poet.walker.physics.contacts import find_pairs, synchronise
from aiga.poet.walker.physics.roots import cosine, sine
from aiga.poet.walker.physics.shapes import BODIES, CENTRE_X, CENTRE_Y, START_ANGLE, START_BOXES, START_X, START_Y
from aiga.poet.walker.physics.tree import exists, plant


@scalar
def start(f: Floats, i: Ints, g: Floats, h: Ints, push: Real) -> None:
    """Put a walker at the start of its course.

    Args:
        f: its floats; all are overwritten. If there are more than usual, the walker gets a tree of boxes.
        i: its integers; all are overwritten.
        g: its course's geometry.
        h: its course's counts.
        push: force on the hull during the first step, in newton.
    """
    for k in range(at.FLOATS):
        f[k] = ZERO
    for k in range(at.INTS):
        i[k] = 0
    for slot in range(at.CONTACTS):
        i[at.BODY + slot] = -1
    for body in range(BODIES):
        s, c = sine(START_ANGLE[body]), cosine(START_ANGLE[body])
        f[at.X + body] = (c * CENTRE_X[body] - s * CENTRE_Y[body]) + START_X[body]
        f[at.Y + body] = (s * CENTRE_X[body] + c * CENTRE_Y[body]) + START_Y[body]
        f[at.ANGLE + body] = START_ANGLE[body]
        synchronise(f, body)
        f[at.LEFT + body], f[at.LOW + body] = START_BOXES[body, 0], START_BOXES[body, 1]
        f[at.RIGHT + body], f[at.HIGH + body] = START_BOXES[body, 2], START_BOXES[body, 3]
        i[at.MOVED + body] = 1
    f[at.PUSH] = push
    i[at.AWAKE] = 1
    if exists(f):
        plant(f, i, g, h)
    find_pairs(f, i, g, h)
