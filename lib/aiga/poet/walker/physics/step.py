"""One step of the world for one walker, after ``b2World::Step`` and ``b2Island::Solve`` of Box2D 2.3.

A round of position constraints that changes nothing, to the last bit, would change nothing in all rounds to come: then
the rest is skipped, four fifths of them on average. That is no approximation. Velocities hardly ever settle so.
"""

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, scalar
from aiga.poet.walker.physics.constants import (
    BAUMGARTE,
    GRAVITY,
    ONE,
    SLEEP_SPEED,
    SLEEP_SPIN,
    SLEEP_TIME,
    SLOP,
    TIME_STEP,
    TWO,
    ZERO,
)
from aiga.poet.walker.physics.contacts import collide, find_pairs, move, synchronise
from aiga.poet.walker.physics.integration import integrate
from aiga.poet.walker.physics.joints import correct_joints, prepare_joints, solve_joints
from aiga.poet.walker.physics.roots import smaller
from aiga.poet.walker.physics.shapes import BODIES, BODY_ORDER, INVERSE_MASS
from aiga.poet.walker.physics.solver import (
    correct_contacts,
    gather,
    prepare_contacts,
    solve_contacts,
    store_impulses,
    warm_contacts,
)
from aiga.poet.walker.physics.substeps import solve_impacts

WORST = -(ONE + TWO) * SLOP


@scalar
def world_step(f: Floats, i: Ints, g: Floats, h: Ints, velocity: int, position: int, continuous: bool) -> None:
    """Advance one walker by a fiftieth of a second.

    Args:
        f: its floats, see :mod:`aiga.poet.walker.physics.layout`.
        i: its integers.
        g: its course's geometry.
        h: its course's counts.
        velocity: rounds over the velocity constraints; 180 in the original.
        position: rounds over the position constraints; 60 in the original.
        continuous: whether to look for impacts inside the step.
    """
    collide(f, i, g)
    solved = solve(f, i, velocity, position)
    sleep(f, i, solved)
    for body in range(BODIES):
        move(f, i, g, h, BODIES - 1 - body)  # newest first, as in Box2D's list of bodies; the tree's shape goes by it
    find_pairs(f, i, g, h)
    if continuous and i[at.AWAKE] == 1:
        solve_impacts(f, i, g, h, velocity)


@scalar
def solve(f: Floats, i: Ints, velocity: int, position: int) -> bool:
    """Forces, velocity constraints, motion, position constraints; whether the positions came within tolerance."""
    for body in range(BODIES):
        f[at.X0 + body], f[at.Y0 + body], f[at.ANGLE0 + body] = f[at.X + body], f[at.Y + body], f[at.ANGLE + body]
        f[at.VY + body] += TIME_STEP * GRAVITY
    f[at.VX] += TIME_STEP * (INVERSE_MASS[0] * f[at.PUSH])
    f[at.PUSH] = ZERO
    i[at.TOUCHING] = 0
    for turn in range(BODIES):
        gather(i, BODY_ORDER[turn])
    prepare_contacts(f, i, True)
    warm_contacts(f, i)
    prepare_joints(f, i)
    for _ in range(velocity):
        solve_joints(f, i)
        solve_contacts(f, i)
    store_impulses(f, i)
    for body in range(BODIES):
        integrate(f, body, TIME_STEP)
    solved = correct(f, i, position)
    for body in range(BODIES):
        synchronise(f, body)
    return solved


@scalar
def correct(f: Floats, i: Ints, rounds: int) -> bool:
    """Position constraints; whether they came within tolerance."""
    for _ in range(rounds):
        before = positions(f)
        least = correct_contacts(f, i, BAUMGARTE)
        within = correct_joints(f, i)
        if least >= WORST and within:
            return True
        if before == positions(f):
            return False
    return False


@scalar
def positions(f: Floats) -> tuple[Real, ...]:
    """All that the position constraints change."""
    return (
        f[at.X], f[at.X + 1], f[at.X + 2], f[at.X + 3], f[at.X + 4],
        f[at.Y], f[at.Y + 1], f[at.Y + 2], f[at.Y + 3], f[at.Y + 4],
        f[at.ANGLE], f[at.ANGLE + 1], f[at.ANGLE + 2], f[at.ANGLE + 3], f[at.ANGLE + 4],
    )  # fmt: skip


@scalar
def sleep(f: Floats, i: Ints, solved: bool) -> None:
    """A walker that has not moved for half a second loses the last of its velocity; its motors wake it at once."""
    shortest = SLEEP_TIME + SLEEP_TIME
    for body in range(BODIES):
        vx, vy, spin = f[at.VX + body], f[at.VY + body], f[at.SPIN + body]
        if spin * spin > SLEEP_SPIN * SLEEP_SPIN or vx * vx + vy * vy > SLEEP_SPEED * SLEEP_SPEED:
            f[at.STILL + body] = ZERO
        else:
            f[at.STILL + body] += TIME_STEP
        shortest = smaller(shortest, f[at.STILL + body])
    i[at.AWAKE] = 1
    if shortest >= SLEEP_TIME and solved:
        i[at.AWAKE] = 0
        for body in range(BODIES):
            f[at.STILL + body] = ZERO
            f[at.VX + body], f[at.VY + body], f[at.SPIN + body] = ZERO, ZERO, ZERO
