"""Moving a body along its velocity."""

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Real, scalar
from aiga.poet.walker.physics.constants import MAX_ROTATION, MAX_TRANSLATION
from aiga.poet.walker.physics.roots import root


@scalar
def integrate(f: Floats, body: int, seconds: Real) -> None:
    """Move a body for some time, slowing it where it would go too far or turn too much for one step."""
    vx, vy, spin = f[at.VX + body], f[at.VY + body], f[at.SPIN + body]
    dx, dy = seconds * vx, seconds * vy
    if dx * dx + dy * dy > MAX_TRANSLATION * MAX_TRANSLATION:
        ratio = MAX_TRANSLATION / root(dx * dx + dy * dy)
        vx, vy = vx * ratio, vy * ratio
    turn = seconds * spin
    if turn * turn > MAX_ROTATION * MAX_ROTATION:
        spin *= MAX_ROTATION / abs(turn)
    f[at.X + body] += seconds * vx
    f[at.Y + body] += seconds * vy
    f[at.ANGLE + body] += seconds * spin
    f[at.VX + body], f[at.VY + body], f[at.SPIN + body] = vx, vy, spin
