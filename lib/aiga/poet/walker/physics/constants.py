"""The numbers of the world: lengths in metres, seconds, kilograms; and the settings of the physics library.

The walker and its course are those of ``BipedalWalkerCustom`` (uber-research/poet, ``bipedal_walker_custom.py:53-80``);
the solver's settings are those of Box2D 2.3 (``b2Settings.h``). Whatever the solver uses is a float32.
"""

import math

import numpy as np

FPS = 50
SCALE = 30.0
STEP = 14 / SCALE
"""Length of a terrain cell."""
CELLS = 200
PAD = 20
"""Cells of flat ground at the start."""
GRASS = 10
GROUND = 400 / SCALE / 4
"""Height of the ground at the start."""
FINISH = (CELLS - GRASS) * STEP
HORIZON = 2000
"""Steps of an episode in the original."""
INITIAL_PUSH = 5.0
"""Largest push on the hull at the start, in newton."""
LEG_DOWN = -8 / SCALE
LEG_WIDTH, LEG_HEIGHT = 8 / SCALE, 34 / SCALE
TORQUE = 80
SPEED_HIP, SPEED_KNEE = 4, 6
LIDAR_RANGE = 160 / SCALE
RAYS = 10
FRICTION = 2.5

VELOCITY_ITERATIONS = 6 * 30
POSITION_ITERATIONS = 2 * 30

ZERO = np.float32(0)
ONE = np.float32(1)
TWO = np.float32(2)
HALF = np.float32(0.5)
EPSILON = np.float32(np.finfo(np.float32).eps)
HUGE = np.float32(np.finfo(np.float32).max)
PI = np.float32(3.14159265359)

TIME_STEP = np.float32(1.0 / FPS)
GRAVITY = np.float32(-10.0)
SLOP = np.float32(0.005)
ANGULAR_SLOP = np.float32(2) / np.float32(180) * PI
RADIUS = TWO * SLOP
"""Skin around every polygon and edge."""
BOTH_RADII = TWO * RADIUS
MAX_CORRECTION = np.float32(0.2)
MAX_ANGULAR_CORRECTION = np.float32(8) / np.float32(180) * PI
MAX_TRANSLATION = np.float32(2)
MAX_ROTATION = HALF * PI
BAUMGARTE = np.float32(0.2)
IMPACT_BAUMGARTE = np.float32(0.75)
MARGIN = np.float32(0.1)
"""By how much the broad phase enlarges a box."""
SLEEP_TIME = np.float32(0.5)
SLEEP_SPEED = np.float32(0.01)
SLEEP_SPIN = ANGULAR_SLOP
MAX_SUBSTEPS = 8
IMPACT_TARGET = max(SLOP, BOTH_RADII - np.float32(3) * SLOP)
"""Distance of the skins' cores at which an impact counts: the larger of the slop and both radii less three slops."""
IMPACT_TOLERANCE = np.float32(0.25) * SLOP
CONDITION = np.float32(1000)
RELATIVE, ABSOLUTE = np.float32(0.98), np.float32(0.001)
"""A polygon's face must separate by this much more than the edge's to become the reference face."""

RAY_X = np.array([math.sin(1.5 * i / RAYS) * LIDAR_RANGE for i in range(RAYS)])
RAY_Y = np.array([-math.cos(1.5 * i / RAYS) * LIDAR_RANGE for i in range(RAYS)])
