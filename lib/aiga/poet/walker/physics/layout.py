"""Where each number of a walker lies: offsets into its row of floats and its row of integers.

On a GPU the rows are columns of two large arrays (a structure of arrays), so that neighbouring threads read
neighbouring addresses; the offsets are the same.
"""

from aiga.poet.walker.physics.shapes import BODIES, JOINTS, RECORD

CONTACTS = 64
"""Room for pairs of a body and a piece of terrain whose enlarged boxes overlap."""
ACTIVE = 24
"""Room for those of them that touch."""
INPUTS, HIDDEN, OUTPUTS = 24, 40, 4


class _Counter:
    """Hands out offsets, one after the other."""

    def __init__(self) -> None:
        self.size = 0

    def __call__(self, count: int = 1) -> int:
        self.size += count
        return self.size - count


_f = _Counter()
X, Y, ANGLE = _f(BODIES), _f(BODIES), _f(BODIES)  # centre of mass
VX, VY, SPIN = _f(BODIES), _f(BODIES), _f(BODIES)
X0, Y0, ANGLE0, ALPHA0 = _f(BODIES), _f(BODIES), _f(BODIES), _f(BODIES)  # where the sweep begins, and when
SIN, COS, PX, PY = _f(BODIES), _f(BODIES), _f(BODIES), _f(BODIES)  # transform of the body's origin
LEFT, LOW, RIGHT, HIGH = _f(BODIES), _f(BODIES), _f(BODIES), _f(BODIES)  # enlarged boxes
STILL = _f(BODIES)  # seconds without motion
PUSH = _f()
# joints: impulses kept between steps, motors, and what stays the same during a step
JX, JY, JZ, JM = _f(JOINTS), _f(JOINTS), _f(JOINTS), _f(JOINTS)
MOTOR_SPEED, MOTOR_LIMIT = _f(JOINTS), _f(JOINTS)
RAX, RAY, RBX, RBY = _f(JOINTS), _f(JOINTS), _f(JOINTS), _f(JOINTS)
M11, M12, M13, M22, M23, M33 = (_f(JOINTS) for _ in range(6))
MOTOR_MASS, DET2, DET3 = _f(JOINTS), _f(JOINTS), _f(JOINTS)
CROSS1, CROSS2, CROSS3 = _f(JOINTS), _f(JOINTS), _f(JOINTS)
# contacts: the manifold and its impulses
NORMAL_X, NORMAL_Y, PLANE_X, PLANE_Y = (_f(CONTACTS) for _ in range(4))
P1X, P1Y, P2X, P2Y = (_f(CONTACTS) for _ in range(4))
N1, N2, T1, T2 = (_f(CONTACTS) for _ in range(4))
IMPACT, GROUND_ALPHA = _f(CONTACTS), _f(CONTACTS)
# touching contacts during a solve
AX, AY = _f(ACTIVE), _f(ACTIVE)
R1X, R1Y, R2X, R2Y = (_f(ACTIVE) for _ in range(4))
NM1, NM2, TM1, TM2 = (_f(ACTIVE) for _ in range(4))
AN1, AN2, AT1, AT2 = (_f(ACTIVE) for _ in range(4))
K11, K12, K22 = _f(ACTIVE), _f(ACTIVE), _f(ACTIVE)
I11, I12, I22 = _f(ACTIVE), _f(ACTIVE), _f(ACTIVE)
# scratch of the collision routines: a polygon in the terrain's frame, and the simplex of the distance search
POLYGON = _f(RECORD)
WAX, WAY, WBX, WBY, WX, WY, BARY = (_f(3) for _ in range(7))
METRIC = _f()
# the policy
OBSERVATION, FIRST, SECOND, ACTION = _f(INPUTS), _f(HIDDEN), _f(HIDDEN), _f(OUTPUTS)
FLOATS = _f.size

_i = _Counter()
LIMIT = _i(JOINTS)  # 0 free, 1 at the lower limit, 2 at the upper
FOOT = _i(2)
FALLEN = _i()
OUTCOME = _i()
LENGTH = _i()
AWAKE = _i()
OVERFLOW = _i()
NUMBER = _i()  # of contacts
ORDER = _i(CONTACTS)  # their slots, oldest first
BODY, FEATURE, POINTS, KIND = _i(CONTACTS), _i(CONTACTS), _i(CONTACTS), _i(CONTACTS)  # a free slot has body -1
KEY1, KEY2 = _i(CONTACTS), _i(CONTACTS)
ENABLED, SUBSTEPS, KNOWN = _i(CONTACTS), _i(CONTACTS), _i(CONTACTS)
TOUCHING = _i()
SLOT, ROWS = _i(ACTIVE), _i(ACTIVE)
SIMPLEX = _i()
INDEX_A, INDEX_B = _i(3), _i(3)
MOVED = _i(BODIES)
INTS = _i.size

FACE_A, FACE_B = 0, 1

# one course: the walker's own shapes, then vertices of the ground, boxes of its edges, obstacles
VERTICES = 256
_g = _Counter()
SHAPE = _g(BODIES * RECORD)
CENTROIDS = _g(2 * BODIES)
VERTEX_X, VERTEX_Y = _g(VERTICES), _g(VERTICES)
EDGE_BOX = _g(4 * VERTICES)
EDGE_NX, EDGE_NY = _g(VERTICES), _g(VERTICES)
OBSTACLES = _g(0)
OBSTACLE = RECORD + 6  # record, centroid, box
CENTROID, BOX = RECORD, RECORD + 2

# double precision: what adds up over an episode
SHAPING, RETURN = 0, 1
DOUBLES = 2
# what a trace holds of a step: origin and angle of each body, what the walker saw and did, and the step's reward
POSE = 0
SEEN = POSE + 3 * BODIES
DONE = SEEN + INPUTS
REWARD = DONE + OUTPUTS
TRACE = REWARD + 1

_h = _Counter()
EDGES = _h()
BLOCKS = _h()
FIRST_BLOCK = _h(VERTICES + 2)  # per cell: the first obstacle that does not end before it
COURSE_INTS = _h.size

EDGE = 1024
"""A piece of terrain with this number or more is an edge; below, an obstacle. Obstacles come first, as in Box2D."""
MOST_BLOCKS = EDGE
