"""An episode: observation, action, step, reward, until the walker falls, arrives or runs out of time.

Observation and reward are worked out in double precision and then rounded, as the original does with NumPy
(``bipedal_walker_custom.py:492-575``).
"""

import numpy as np
from numpy.typing import NDArray

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats, Ints, Real, scalar
from aiga.poet.walker.physics.constants import FINISH, FPS, ONE, SCALE, SPEED_HIP, SPEED_KNEE, TORQUE, ZERO
from aiga.poet.walker.physics.lidar import look
from aiga.poet.walker.physics.policy import act
from aiga.poet.walker.physics.roots import smaller
from aiga.poet.walker.physics.shapes import BODIES, JOINT_A, JOINT_B, JOINTS, REFERENCE
from aiga.poet.walker.physics.start import start
from aiga.poet.walker.physics.step import world_step

Doubles = NDArray[np.float64]

RUNNING, FELL, ARRIVED, TIME = 0, 1, 2, 3

MAX_SPEED = np.array([SPEED_HIP, SPEED_KNEE, SPEED_HIP, SPEED_KNEE], dtype=np.float32)
MAX_TORQUE = np.float32(TORQUE)
ENERGY = 0.00035 * TORQUE


@scalar
def observe(f: Floats, i: Ints, g: Floats, h: Ints) -> None:
    """Write the 24 inputs: hull, legs, feet, lidar."""
    o = at.OBSERVATION
    f[o] = f[at.ANGLE]
    f[o + 1] = np.float32(2.0 * f[at.SPIN] / FPS)
    f[o + 2] = np.float32(0.3 * f[at.VX] * (600 / SCALE) / FPS)
    f[o + 3] = np.float32(0.3 * f[at.VY] * (400 / SCALE) / FPS)
    for j in range(JOINTS):
        a, b = JOINT_A[j], JOINT_B[j]
        place = o + 4 + 2 * j + j // 2
        angle = f[at.ANGLE + b] - f[at.ANGLE + a] - REFERENCE[j]
        speed = f[at.SPIN + b] - f[at.SPIN + a]
        if j == 0 or j == 2:
            f[place], f[place + 1] = angle, np.float32(speed / 4.0)
        else:
            f[place], f[place + 1] = np.float32(angle + 1.0), np.float32(speed / 6.0)
    f[o + 8] = ONE if i[at.FOOT] == 1 else ZERO
    f[o + 13] = ONE if i[at.FOOT + 1] == 1 else ZERO
    look(f, i, g, h, o + 14)


@scalar
def command(f: Floats) -> None:
    """Set the motors: an action's sign is the direction, its size the torque."""
    for j in range(JOINTS):
        value = f[at.ACTION + j]
        sign, size = ZERO, ZERO
        if value > ZERO:
            sign, size = ONE, smaller(value, ONE)
        elif value < ZERO:
            sign, size = -ONE, smaller(-value, ONE)
        f[at.MOTOR_SPEED + j] = sign * MAX_SPEED[j]
        f[at.MOTOR_LIMIT + j] = MAX_TORQUE * size


@scalar
def judge(f: Floats, i: Ints, d: Doubles) -> float:
    """The step's reward; sets the outcome if the episode ends."""
    x = f[at.PX]
    shaping = 130.0 * x / SCALE - 5.0 * abs(np.float64(f[at.ANGLE]))
    reward = shaping - d[at.SHAPING]
    d[at.SHAPING] = shaping
    for j in range(JOINTS):
        reward -= ENERGY * smaller(abs(np.float64(f[at.ACTION + j])), 1.0)
    if x > FINISH:
        i[at.OUTCOME] = ARRIVED
    if i[at.FALLEN] == 1 or x < ZERO:
        i[at.OUTCOME] = FELL
        reward = -100.0
    d[at.RETURN] += reward
    return float(reward)


@scalar
def begin_episode(
    f: Floats, i: Ints, d: Doubles, g: Floats, h: Ints, push: Real, velocity: int, position: int, continuous: bool
) -> None:
    """Put the walker at the start and let it stand for one step without torque, as the original's reset does."""
    start(f, i, g, h, push)
    d[at.SHAPING], d[at.RETURN] = 0.0, 0.0
    world_step(f, i, g, h, velocity, position, continuous)
    observe(f, i, g, h)
    judge(f, i, d)
    d[at.RETURN] = 0.0
    i[at.OUTCOME] = RUNNING


@scalar
def advance_episode(
    f: Floats, i: Ints, d: Doubles, g: Floats, h: Ints, velocity: int, position: int, continuous: bool
) -> float:
    """One step with the action in the walker's floats; the reward."""
    command(f)
    world_step(f, i, g, h, velocity, position, continuous)
    observe(f, i, g, h)
    i[at.LENGTH] += 1
    return judge(f, i, d)


@scalar
def write_trace(f: Floats, row: Floats, reward: float) -> None:
    """Write one row of a trace."""
    for b in range(BODIES):
        row[at.POSE + 3 * b] = f[at.PX + b]
        row[at.POSE + 3 * b + 1] = f[at.PY + b]
        row[at.POSE + 3 * b + 2] = f[at.ANGLE + b]
    for k in range(at.INPUTS):
        row[at.SEEN + k] = f[at.OBSERVATION + k]
    for k in range(at.OUTPUTS):
        row[at.DONE + k] = f[at.ACTION + k]
    row[at.REWARD] = np.float32(reward)


@scalar
def continue_episode(
    f: Floats, i: Ints, d: Doubles, g: Floats, h: Ints, theta: Floats, steps: int, horizon: int,
    velocity: int, position: int, continuous: bool, trace: Floats,
) -> None:  # fmt: skip
    """Go on with an episode for some steps or to its end; ``trace`` may have no rows."""
    for _ in range(steps):
        if i[at.OUTCOME] != RUNNING:
            return
        act(f, theta)
        reward = advance_episode(f, i, d, g, h, velocity, position, continuous)
        if i[at.LENGTH] < trace.shape[0]:
            write_trace(f, trace[i[at.LENGTH]], reward)
        if i[at.OUTCOME] == RUNNING and i[at.LENGTH] >= horizon:
            i[at.OUTCOME] = TIME
