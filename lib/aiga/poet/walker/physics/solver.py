"""Velocity and position constraints of contacts, after ``b2ContactSolver.cpp`` of Box2D 2.3.

The terrain does not move, so its side of every equation is nought and is left out: that changes no digit.
"""

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, Whole, scalar
from aiga.poet.walker.physics.constants import CONDITION, HALF, MAX_CORRECTION, ONE, RADIUS, SLOP, ZERO
from aiga.poet.walker.physics.roots import cosine, larger, sine, smaller
from aiga.poet.walker.physics.shapes import CENTRE_X, CENTRE_Y, CONTACT_FRICTION, INVERSE_INERTIA, INVERSE_MASS


@scalar
def gather(i: Ints, body: int) -> None:
    """Append the body's touching contacts, newest first, to the list of those to be solved."""
    number = i[at.NUMBER]
    for back in range(number):
        slot = Whole(i[at.ORDER + number - 1 - back])
        if i[at.BODY + slot] == body and i[at.POINTS + slot] > 0 and i[at.ENABLED + slot] == 1:
            enlist(i, slot)


@scalar
def enlist(i: Ints, slot: int) -> None:
    """Append one contact to the list of those to be solved."""
    count = i[at.TOUCHING]
    if count >= at.ACTIVE:
        i[at.OVERFLOW] = 1
        return
    i[at.SLOT + count] = slot
    i[at.TOUCHING] = count + 1


@scalar
def world_point(f: Floats, i: Ints, slot: int, k: int, body: int, nx: Real, ny: Real) -> tuple[Real, Real]:
    """A contact point in the world, halfway between the two skins; ``b2WorldManifold::Initialize``."""
    s, c, px, py = f[at.SIN + body], f[at.COS + body], f[at.PX + body], f[at.PY + body]
    x, y = f[at.P1X + slot], f[at.P1Y + slot]
    if k == 1:
        x, y = f[at.P2X + slot], f[at.P2Y + slot]
    qx, qy = f[at.PLANE_X + slot], f[at.PLANE_Y + slot]
    if i[at.KIND + slot] == at.FACE_A:
        x, y = (c * x - s * y) + px, (s * x + c * y) + py
    else:
        qx, qy = (c * qx - s * qy) + px, (s * qx + c * qy) + py
    reach = RADIUS - ((x - qx) * nx + (y - qy) * ny)
    ax, ay = x + reach * nx, y + reach * ny
    bx, by = x - RADIUS * nx, y - RADIUS * ny
    return HALF * (ax + bx), HALF * (ay + by)


@scalar
def prepare_contacts(f: Floats, i: Ints, warm: bool) -> None:
    """Work out normals, arms and masses of the listed contacts; begin from the kept impulses or from nothing."""
    for k in range(i[at.TOUCHING]):
        slot = Whole(i[at.SLOT + k])
        body = Whole(i[at.BODY + slot])
        m, inertia = INVERSE_MASS[body], INVERSE_INERTIA[body]
        nx, ny = f[at.NORMAL_X + slot], f[at.NORMAL_Y + slot]
        if i[at.KIND + slot] == at.FACE_B:
            s, c = f[at.SIN + body], f[at.COS + body]
            nx, ny = c * nx - s * ny, s * nx + c * ny
        rows = i[at.POINTS + slot]
        px, py = world_point(f, i, slot, 0, body, nx, ny)
        qx, qy = px, py
        if rows == 2:
            qx, qy = world_point(f, i, slot, 1, body, nx, ny)
        if i[at.KIND + slot] == at.FACE_B:
            nx, ny = -nx, -ny
        x, y = f[at.X + body], f[at.Y + body]
        r1x, r1y, r2x, r2y = px - x, py - y, qx - x, qy - y
        rn1, rn2 = r1x * ny - r1y * nx, r2x * ny - r2y * nx
        tx, ty = ny, -nx
        rt1, rt2 = r1x * ty - r1y * tx, r2x * ty - r2y * tx
        k11, k22 = m + inertia * rn1 * rn1, m + inertia * rn2 * rn2
        f[at.AX + k], f[at.AY + k] = nx, ny
        f[at.R1X + k], f[at.R1Y + k], f[at.R2X + k], f[at.R2Y + k] = r1x, r1y, r2x, r2y
        f[at.NM1 + k], f[at.NM2 + k] = ONE / k11, ONE / k22
        f[at.TM1 + k], f[at.TM2 + k] = ONE / (m + inertia * rt1 * rt1), ONE / (m + inertia * rt2 * rt2)
        f[at.AN1 + k] = f[at.N1 + slot] if warm else ZERO
        f[at.AT1 + k] = f[at.T1 + slot] if warm else ZERO
        f[at.AN2 + k] = f[at.N2 + slot] if warm else ZERO
        f[at.AT2 + k] = f[at.T2 + slot] if warm else ZERO
        if rows == 2:
            k12 = m + inertia * rn1 * rn2
            det = k11 * k22 - k12 * k12
            if k11 * k11 < CONDITION * det:
                f[at.K11 + k], f[at.K12 + k], f[at.K22 + k] = k11, k12, k22
                if det != ZERO:
                    det = ONE / det
                f[at.I11 + k], f[at.I12 + k], f[at.I22 + k] = det * k22, -det * k12, det * k11
            else:
                rows = 1
        i[at.ROWS + k] = rows


@scalar
def warm_contacts(f: Floats, i: Ints) -> None:
    """Apply the impulses that the listed contacts begin with."""
    for k in range(i[at.TOUCHING]):
        body = i[at.BODY + i[at.SLOT + k]]
        nx, ny = f[at.AX + k], f[at.AY + k]
        for point in range(i[at.ROWS + k]):
            n, t, rx, ry = f[at.AN1 + k], f[at.AT1 + k], f[at.R1X + k], f[at.R1Y + k]
            if point == 1:
                n, t, rx, ry = f[at.AN2 + k], f[at.AT2 + k], f[at.R2X + k], f[at.R2Y + k]
            px, py = n * nx + t * ny, n * ny + t * -nx
            f[at.SPIN + body] += INVERSE_INERTIA[body] * (rx * py - ry * px)
            f[at.VX + body] += INVERSE_MASS[body] * px
            f[at.VY + body] += INVERSE_MASS[body] * py


@scalar
def solve_contacts(f: Floats, i: Ints) -> bool:
    """One round over the listed contacts' velocity constraints, friction first; whether any impulse changed."""
    changed = False
    for k in range(i[at.TOUCHING]):
        body = i[at.BODY + i[at.SLOT + k]]
        m, inertia, friction = INVERSE_MASS[body], INVERSE_INERTIA[body], CONTACT_FRICTION[body]
        vx, vy, w = f[at.VX + body], f[at.VY + body], f[at.SPIN + body]
        nx, ny = f[at.AX + k], f[at.AY + k]
        tx, ty = ny, -nx
        r1x, r1y = f[at.R1X + k], f[at.R1Y + k]
        n1 = f[at.AN1 + k]
        rows = i[at.ROWS + k]
        old = f[at.AT1 + k]
        slip = (vx + -w * r1y) * tx + (vy + w * r1x) * ty
        most = friction * n1
        new = larger(-most, smaller(old + f[at.TM1 + k] * -slip, most))
        f[at.AT1 + k] = new
        changed = changed or new != old
        px, py = (new - old) * tx, (new - old) * ty
        vx, vy, w = vx + m * px, vy + m * py, w + inertia * (r1x * py - r1y * px)
        if rows == 1:
            approach = (vx + -w * r1y) * nx + (vy + w * r1x) * ny
            new = larger(n1 + -f[at.NM1 + k] * approach, ZERO)
            f[at.AN1 + k] = new
            changed = changed or new != n1
            px, py = (new - n1) * nx, (new - n1) * ny
            vx, vy, w = vx + m * px, vy + m * py, w + inertia * (r1x * py - r1y * px)
        else:
            r2x, r2y = f[at.R2X + k], f[at.R2Y + k]
            n2 = f[at.AN2 + k]
            old = f[at.AT2 + k]
            slip = (vx + -w * r2y) * tx + (vy + w * r2x) * ty
            most = friction * n2
            new = larger(-most, smaller(old + f[at.TM2 + k] * -slip, most))
            f[at.AT2 + k] = new
            changed = changed or new != old
            px, py = (new - old) * tx, (new - old) * ty
            vx, vy, w = vx + m * px, vy + m * py, w + inertia * (r2x * py - r2y * px)
            first = (vx + -w * r1y) * nx + (vy + w * r1x) * ny
            second = (vx + -w * r2y) * nx + (vy + w * r2x) * ny
            k11, k12, k22 = f[at.K11 + k], f[at.K12 + k], f[at.K22 + k]
            first = first - (k11 * n1 + k12 * n2)
            second = second - (k12 * n1 + k22 * n2)
            found, x1, x2 = both(f, k, first, second, k12)
            if found:
                f[at.AN1 + k], f[at.AN2 + k] = x1, x2
                changed = changed or x1 != n1 or x2 != n2
                d1, d2 = x1 - n1, x2 - n2
                px, py, qx, qy = d1 * nx, d1 * ny, d2 * nx, d2 * ny
                vx, vy = vx + m * (px + qx), vy + m * (py + qy)
                w = w + inertia * ((r1x * py - r1y * px) + (r2x * qy - r2y * qx))
        f[at.VX + body], f[at.VY + body], f[at.SPIN + body] = vx, vy, w
    return changed


@scalar
def both(f: Floats, k: int, b1: Real, b2: Real, k12: Real) -> tuple[bool, Real, Real]:
    """Impulses of two points at once: the four cases of a linear complementarity problem, tried in turn."""
    x1 = -(f[at.I11 + k] * b1 + f[at.I12 + k] * b2)
    x2 = -(f[at.I12 + k] * b1 + f[at.I22 + k] * b2)
    if x1 >= ZERO and x2 >= ZERO:
        return True, x1, x2
    x1 = -f[at.NM1 + k] * b1
    if x1 >= ZERO and k12 * x1 + b2 >= ZERO:
        return True, x1, ZERO
    x2 = -f[at.NM2 + k] * b2
    if x2 >= ZERO and k12 * x2 + b1 >= ZERO:
        return True, ZERO, x2
    return b1 >= ZERO and b2 >= ZERO, ZERO, ZERO


@scalar
def store_impulses(f: Floats, i: Ints) -> None:
    """Keep the impulses for the next step."""
    for k in range(i[at.TOUCHING]):
        slot = i[at.SLOT + k]
        f[at.N1 + slot], f[at.T1 + slot] = f[at.AN1 + k], f[at.AT1 + k]
        if i[at.ROWS + k] == 2:
            f[at.N2 + slot], f[at.T2 + slot] = f[at.AN2 + k], f[at.AT2 + k]


@scalar
def correct_contacts(f: Floats, i: Ints, factor: Real) -> Real:
    """One round over the listed contacts' position constraints; the least separation met."""
    least = ZERO
    for k in range(i[at.TOUCHING]):
        slot = Whole(i[at.SLOT + k])
        body = Whole(i[at.BODY + slot])
        m, inertia = INVERSE_MASS[body], INVERSE_INERTIA[body]
        x, y, angle = f[at.X + body], f[at.Y + body], f[at.ANGLE + body]
        for point in range(i[at.POINTS + slot]):
            s, c = sine(angle), cosine(angle)
            px = x - (c * CENTRE_X[body] - s * CENTRE_Y[body])
            py = y - (s * CENTRE_X[body] + c * CENTRE_Y[body])
            nx, ny = f[at.NORMAL_X + slot], f[at.NORMAL_Y + slot]
            qx, qy = f[at.PLANE_X + slot], f[at.PLANE_Y + slot]
            x1, y1 = f[at.P1X + slot], f[at.P1Y + slot]
            if point == 1:
                x1, y1 = f[at.P2X + slot], f[at.P2Y + slot]
            if i[at.KIND + slot] == at.FACE_A:
                x1, y1 = (c * x1 - s * y1) + px, (s * x1 + c * y1) + py
                separation = (x1 - qx) * nx + (y1 - qy) * ny - RADIUS - RADIUS
            else:
                nx, ny = c * nx - s * ny, s * nx + c * ny
                qx, qy = (c * qx - s * qy) + px, (s * qx + c * qy) + py
                separation = (x1 - qx) * nx + (y1 - qy) * ny - RADIUS - RADIUS
                nx, ny = -nx, -ny
            rx, ry = x1 - x, y1 - y
            least = smaller(least, separation)
            error = larger(-MAX_CORRECTION, smaller(factor * (separation + SLOP), ZERO))
            arm = rx * ny - ry * nx
            mass = m + inertia * arm * arm
            impulse = -error / mass if mass > ZERO else ZERO
            px, py = impulse * nx, impulse * ny
            x, y, angle = x + m * px, y + m * py, angle + inertia * (rx * py - ry * px)
        f[at.X + body], f[at.Y + body], f[at.ANGLE + body] = x, y, angle
    return least
