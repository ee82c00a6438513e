"""The four revolute joints with motor and limits, after ``b2RevoluteJoint.cpp`` of Box2D 2.3."""

from typing import Any

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, inlined, scalar
from aiga.poet.walker.physics.constants import ANGULAR_SLOP, MAX_ANGULAR_CORRECTION, ONE, SLOP, TIME_STEP, ZERO
from aiga.poet.walker.physics.roots import cosine, larger, root, sine, smaller
from aiga.poet.walker.physics.shapes import (
    ANCHOR_AX,
    ANCHOR_AY,
    ANCHOR_BX,
    ANCHOR_BY,
    HIGHEST,
    INVERSE_INERTIA,
    INVERSE_MASS,
    JOINT_A,
    JOINT_B,
    JOINT_ORDER,
    JOINTS,
    LOWEST,
    REFERENCE,
)

FREE, AT_LOWER, AT_UPPER = 0, 1, 2


@scalar
def limit_state(angle: Real, joint: int) -> int:
    """Whether a joint's angle is at a limit."""
    if angle <= LOWEST[joint]:
        return AT_LOWER
    return AT_UPPER if angle >= HIGHEST[joint] else FREE


@scalar
def prepare_joints(f: Floats, i: Ints) -> None:
    """Work out the joints' masses for this step and apply the last step's impulses."""
    for turn in range(JOINTS):
        j = JOINT_ORDER[turn]
        a, b = JOINT_A[j], JOINT_B[j]
        ma, mb, ia, ib = INVERSE_MASS[a], INVERSE_MASS[b], INVERSE_INERTIA[a], INVERSE_INERTIA[b]
        sa, ca, sb, cb = f[at.SIN + a], f[at.COS + a], f[at.SIN + b], f[at.COS + b]
        ax, ay = ca * ANCHOR_AX[j] - sa * ANCHOR_AY[j], sa * ANCHOR_AX[j] + ca * ANCHOR_AY[j]
        bx, by = cb * ANCHOR_BX[j] - sb * ANCHOR_BY[j], sb * ANCHOR_BX[j] + cb * ANCHOR_BY[j]
        f[at.RAX + j], f[at.RAY + j], f[at.RBX + j], f[at.RBY + j] = ax, ay, bx, by
        m11 = ma + mb + ay * ay * ia + by * by * ib
        m12 = -ay * ax * ia - by * bx * ib
        m13 = -ay * ia - by * ib
        m22 = ma + mb + ax * ax * ia + bx * bx * ib
        m23 = ax * ia + bx * ib
        m33 = ia + ib
        f[at.M11 + j], f[at.M12 + j], f[at.M13 + j] = m11, m12, m13
        f[at.M22 + j], f[at.M23 + j], f[at.M33 + j] = m22, m23, m33
        f[at.MOTOR_MASS + j] = ONE / m33
        two = m11 * m22 - m12 * m12
        f[at.DET2 + j] = ONE / two if two != ZERO else two
        x, y, z = m22 * m33 - m23 * m23, m23 * m13 - m12 * m33, m12 * m23 - m22 * m13
        three = m11 * x + m12 * y + m13 * z
        f[at.DET3 + j] = ONE / three if three != ZERO else three
        f[at.CROSS1 + j], f[at.CROSS2 + j], f[at.CROSS3 + j] = x, y, z
        state = limit_state(f[at.ANGLE + b] - f[at.ANGLE + a] - REFERENCE[j], j)
        if state == FREE or state != i[at.LIMIT + j]:
            f[at.JZ + j] = ZERO
        i[at.LIMIT + j] = state
        px, py = f[at.JX + j], f[at.JY + j]
        motor, limit = f[at.JM + j], f[at.JZ + j]
        f[at.VX + a] -= ma * px
        f[at.VY + a] -= ma * py
        f[at.SPIN + a] -= ia * ((ax * py - ay * px) + motor + limit)
        f[at.VX + b] += mb * px
        f[at.VY + b] += mb * py
        f[at.SPIN + b] += ib * ((bx * py - by * px) + motor + limit)


@inlined
def solve_joint(f: Floats, i: Ints, j: int, a: int, b: int) -> None:
    """The velocity constraints of joint ``j`` between bodies ``a`` and ``b``: motor, then limit and point together."""
    ma, mb, ia, ib = INVERSE_MASS[a], INVERSE_MASS[b], INVERSE_INERTIA[a], INVERSE_INERTIA[b]
    vax, vay, wa = f[at.VX + a], f[at.VY + a], f[at.SPIN + a]
    vbx, vby, wb = f[at.VX + b], f[at.VY + b], f[at.SPIN + b]
    ax, ay, bx, by = f[at.RAX + j], f[at.RAY + j], f[at.RBX + j], f[at.RBY + j]
    old = f[at.JM + j]
    most = TIME_STEP * f[at.MOTOR_LIMIT + j]
    new = larger(-most, smaller(old + -f[at.MOTOR_MASS + j] * (wb - wa - f[at.MOTOR_SPEED + j]), most))
    f[at.JM + j] = new
    impulse = new - old
    wa -= ia * impulse
    wb += ib * impulse
    dx, dy = vbx + -wb * by - vax - -wa * ay, vby + wb * bx - vay - wa * ax
    m11, m12, m22 = f[at.M11 + j], f[at.M12 + j], f[at.M22 + j]
    jx, jy = f[at.JX + j], f[at.JY + j]
    state = i[at.LIMIT + j]
    if state == FREE:
        det = f[at.DET2 + j]
        x, y = det * (m22 * -dx - m12 * -dy), det * (m11 * -dy - m12 * -dx)
        turning = ZERO
    else:
        m13, m23, m33, det = f[at.M13 + j], f[at.M23 + j], f[at.M33 + j], f[at.DET3 + j]
        dz, jz = wb - wa, f[at.JZ + j]
        x = -(det * (dx * f[at.CROSS1 + j] + dy * f[at.CROSS2 + j] + dz * f[at.CROSS3 + j]))
        y = -(det * (m11 * (dy * m33 - dz * m23) + m12 * (dz * m13 - dx * m33) + m13 * (dx * m23 - dy * m13)))
        turning = -(det * (m11 * (m22 * dz - m23 * dy) + m12 * (m23 * dx - m12 * dz) + m13 * (m12 * dy - m22 * dx)))
        total = jz + turning
        if (state == AT_LOWER and total < ZERO) or (state == AT_UPPER and total > ZERO):
            rx, ry = -dx + jz * m13, -dy + jz * m23
            det = f[at.DET2 + j]
            x, y = det * (m22 * rx - m12 * ry), det * (m11 * ry - m12 * rx)
            turning, total = -jz, ZERO
        f[at.JZ + j] = total
    f[at.JX + j], f[at.JY + j] = jx + x, jy + y
    if state == FREE:
        wa, wb = wa - ia * (ax * y - ay * x), wb + ib * (bx * y - by * x)
    else:
        wa, wb = wa - ia * ((ax * y - ay * x) + turning), wb + ib * ((bx * y - by * x) + turning)
    f[at.VX + a], f[at.VY + a], f[at.SPIN + a] = vax - ma * x, vay - ma * y, wa
    f[at.VX + b], f[at.VY + b], f[at.SPIN + b] = vbx + mb * x, vby + mb * y, wb


@scalar
def solve_joints(f: Floats, i: Ints) -> None:
    """One round over the joints' velocity constraints, in the library's order; written out, which is faster."""
    solve_joint(f, i, 3, 3, 4)
    solve_joint(f, i, 2, 0, 3)
    solve_joint(f, i, 0, 0, 1)
    solve_joint(f, i, 1, 1, 2)


@scalar
def correct_joints(f: Floats, i: Ints) -> Any:
    """One round over the joints' position constraints; whether all are within tolerance."""
    within: Any = True
    for turn in range(JOINTS):
        j = JOINT_ORDER[turn]
        a, b = JOINT_A[j], JOINT_B[j]
        ma, mb, ia, ib = INVERSE_MASS[a], INVERSE_MASS[b], INVERSE_INERTIA[a], INVERSE_INERTIA[b]
        angle_a, angle_b = f[at.ANGLE + a], f[at.ANGLE + b]
        angle_error = ZERO
        state = i[at.LIMIT + j]
        if state != FREE:
            angle = angle_b - angle_a - REFERENCE[j]
            if state == AT_LOWER:
                error = angle - LOWEST[j]
                angle_error = -error
                error = larger(-MAX_ANGULAR_CORRECTION, smaller(error + ANGULAR_SLOP, ZERO))
            else:
                error = angle - HIGHEST[j]
                angle_error = error
                error = larger(ZERO, smaller(error - ANGULAR_SLOP, MAX_ANGULAR_CORRECTION))
            impulse = -f[at.MOTOR_MASS + j] * error
            angle_a -= ia * impulse
            angle_b += ib * impulse
        sa, ca, sb, cb = sine(angle_a), cosine(angle_a), sine(angle_b), cosine(angle_b)
        ax, ay = ca * ANCHOR_AX[j] - sa * ANCHOR_AY[j], sa * ANCHOR_AX[j] + ca * ANCHOR_AY[j]
        bx, by = cb * ANCHOR_BX[j] - sb * ANCHOR_BY[j], sb * ANCHOR_BX[j] + cb * ANCHOR_BY[j]
        dx = f[at.X + b] + bx - f[at.X + a] - ax
        dy = f[at.Y + b] + by - f[at.Y + a] - ay
        k11 = ma + mb + ia * ay * ay + ib * by * by
        k12 = -ia * ax * ay - ib * bx * by
        k22 = ma + mb + ia * ax * ax + ib * bx * bx
        det = k11 * k22 - k12 * k12
        if det != ZERO:
            det = ONE / det
        x, y = -(det * (k22 * dx - k12 * dy)), -(det * (k11 * dy - k12 * dx))
        f[at.X + a] -= ma * x
        f[at.Y + a] -= ma * y
        f[at.ANGLE + a] = angle_a - ia * (ax * y - ay * x)
        f[at.X + b] += mb * x
        f[at.Y + b] += mb * y
        f[at.ANGLE + b] = angle_b + ib * (bx * y - by * x)
        within = within and root(dx * dx + dy * dy) <= SLOP and angle_error <= ANGULAR_SLOP
    return within
