"""Continuous collision: find impacts inside a step, stop the body there and solve the rest of the step for it alone.

After ``b2World::SolveTOI`` and ``b2Island::SolveTOI`` of Box2D 2.3. A contact's impulses in such a part of a step begin
at nothing and are not kept.
"""

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, Whole, scalar
from aiga.poet.walker.physics.constants import EPSILON, IMPACT_BAUMGARTE, MAX_SUBSTEPS, ONE, SLOP, TIME_STEP, ZERO
from aiga.poet.walker.physics.contacts import find_pairs, move, synchronise, update
from aiga.poet.walker.physics.impact import time_of_impact
from aiga.poet.walker.physics.integration import integrate
from aiga.poet.walker.physics.roots import smaller
from aiga.poet.walker.physics.shapes import BODIES
from aiga.poet.walker.physics.solver import correct_contacts, enlist, prepare_contacts, solve_contacts

ALMOST_ONE = ONE - (EPSILON + EPSILON + EPSILON + EPSILON + EPSILON) * (ONE + ONE)


@scalar
def advance(f: Floats, body: int, alpha: Real) -> None:
    """Move the beginning of the body's sweep forward."""
    part = (alpha - f[at.ALPHA0 + body]) / (ONE - f[at.ALPHA0 + body])
    rest = ONE - part
    f[at.X0 + body] = rest * f[at.X0 + body] + part * f[at.X + body]
    f[at.Y0 + body] = rest * f[at.Y0 + body] + part * f[at.Y + body]
    f[at.ANGLE0 + body] = rest * f[at.ANGLE0 + body] + part * f[at.ANGLE + body]
    f[at.ALPHA0 + body] = alpha


@scalar
def advance_ground(f: Floats, i: Ints, feature: int, alpha: Real) -> None:
    """A piece of terrain has a clock, too; every contact with it keeps a copy."""
    for k in range(i[at.NUMBER]):
        slot = i[at.ORDER + k]
        if i[at.FEATURE + slot] == feature:
            f[at.GROUND_ALPHA + slot] = alpha


@scalar
def earliest(f: Floats, i: Ints, g: Floats) -> tuple[int, Real]:
    """The contact with the first impact, newest first among equals, and when it is; -1 and 1 if there is none."""
    least, found = ONE, -1
    number = i[at.NUMBER]
    for back in range(number):
        slot = Whole(i[at.ORDER + number - 1 - back])
        if i[at.ENABLED + slot] == 0 or i[at.SUBSTEPS + slot] > MAX_SUBSTEPS:
            continue
        if i[at.KNOWN + slot] == 0:
            body, feature = Whole(i[at.BODY + slot]), Whole(i[at.FEATURE + slot])
            start, ground = f[at.ALPHA0 + body], f[at.GROUND_ALPHA + slot]
            if ground < start:
                advance_ground(f, i, feature, start)
            elif start < ground:
                advance(f, body, ground)
                start = ground
            t = time_of_impact(f, i, g, feature, body)
            alpha = ONE
            if t >= ZERO:
                alpha = smaller(start + (ONE - start) * t, ONE)
            f[at.IMPACT + slot] = alpha
            i[at.KNOWN + slot] = 1
        alpha = f[at.IMPACT + slot]
        if alpha < least:
            least, found = alpha, slot
    return found, least


@scalar
def solve_impacts(f: Floats, i: Ints, g: Floats, h: Ints, iterations: int) -> None:
    """Solve all impacts of a step, in the order of time."""
    for body in range(BODIES):
        f[at.ALPHA0 + body] = ZERO
    for k in range(i[at.NUMBER]):
        slot = i[at.ORDER + k]
        i[at.KNOWN + slot], i[at.SUBSTEPS + slot] = 0, 0
        f[at.GROUND_ALPHA + slot] = ZERO
    while True:
        slot, alpha = earliest(f, i, g)
        if slot < 0 or alpha > ALMOST_ONE:
            return
        body, feature = Whole(i[at.BODY + slot]), Whole(i[at.FEATURE + slot])
        ground = f[at.GROUND_ALPHA + slot]
        x0, y0, angle0, alpha0 = f[at.X0 + body], f[at.Y0 + body], f[at.ANGLE0 + body], f[at.ALPHA0 + body]
        x, y, angle = f[at.X + body], f[at.Y + body], f[at.ANGLE + body]
        advance_ground(f, i, feature, alpha)
        advance(f, body, alpha)
        f[at.X + body], f[at.Y + body], f[at.ANGLE + body] = f[at.X0 + body], f[at.Y0 + body], f[at.ANGLE0 + body]
        synchronise(f, body)
        update(f, i, g, slot)
        i[at.KNOWN + slot] = 0
        i[at.SUBSTEPS + slot] += 1
        if i[at.POINTS + slot] == 0:
            i[at.ENABLED + slot] = 0
            f[at.X0 + body], f[at.Y0 + body], f[at.ANGLE0 + body], f[at.ALPHA0 + body] = x0, y0, angle0, alpha0
            f[at.X + body], f[at.Y + body], f[at.ANGLE + body] = x, y, angle
            advance_ground(f, i, feature, ground)
            synchronise(f, body)
            continue
        _solve_rest(f, i, g, body, slot, alpha, iterations)
        move(f, i, g, h, body)
        for k in range(i[at.NUMBER]):
            other = i[at.ORDER + k]
            if i[at.BODY + other] == body:
                i[at.KNOWN + other] = 0
        find_pairs(f, i, g, h)


@scalar
def _solve_rest(f: Floats, i: Ints, g: Floats, body: int, slot: int, alpha: Real, iterations: int) -> None:
    """Solve the rest of the step for one body with all that it touches at the moment of impact."""
    i[at.TOUCHING] = 0
    enlist(i, slot)
    number = i[at.NUMBER]
    for back in range(number):
        other = Whole(i[at.ORDER + number - 1 - back])
        if i[at.BODY + other] == body and other != slot:
            update(f, i, g, other)
            if i[at.POINTS + other] > 0:
                advance_ground(f, i, Whole(i[at.FEATURE + other]), alpha)
                enlist(i, other)
    for _ in range(20):
        if correct_contacts(f, i, IMPACT_BAUMGARTE) >= -(ONE + ONE / (ONE + ONE)) * SLOP:
            break
    f[at.X0 + body], f[at.Y0 + body], f[at.ANGLE0 + body] = f[at.X + body], f[at.Y + body], f[at.ANGLE + body]
    synchronise(f, body)
    prepare_contacts(f, i, False)
    for _ in range(iterations):
        if not solve_contacts(f, i):
            break
    integrate(f, body, (ONE - alpha) * TIME_STEP)
    synchronise(f, body)
