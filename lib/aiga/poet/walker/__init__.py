"""The biped of Box2D, many at a time: bodies, joints, contacts, lidar and policy, on a CPU or on a GPU."""

from aiga.poet.courses import Encoding
from aiga.poet.walker.physics.policy import PARAMETERS
from aiga.poet.walker.rollout import PAPER, Ending, Rollout, Solver, rollout
from aiga.poet.walker.terrain import Course, from_heights, generate

__all__ = [
    "PAPER",
    "PARAMETERS",
    "Course",
    "Encoding",
    "Ending",
    "Rollout",
    "Solver",
    "from_heights",
    "generate",
    "rollout",
]
