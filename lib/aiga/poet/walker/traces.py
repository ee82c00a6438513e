"""Traces: what a walker did, step by step, for figures and for a web page that plays it again."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from aiga.poet.walker.physics import layout as at
from aiga.poet.walker.physics.compiled import Floats
from aiga.poet.walker.physics.constants import FPS, RAY_X, RAY_Y
from aiga.poet.walker.physics.shapes import BODIES, SHAPES
from aiga.poet.walker.rollout import Rollout
from aiga.poet.walker.terrain import Course

MILLIMETRES = 1000.0
"""A page's numbers are whole millimetres and thousandths of a radian."""


@dataclass(frozen=True)
class Trace:
    """One episode; row 0 is the pose after the reset.

    Attributes:
        pose: origin (metres) and angle (radians) of each body, ``(steps + 1, 5, 3)``.
        seen: inputs of the policy, ``(steps + 1, 24)``.
        actions: what it did in the step that led to this row, ``(steps + 1, 4)``; row 0 is nought.
        rewards: reward of the step that led to this row, ``(steps + 1,)``.
    """

    pose: Floats
    seen: Floats
    actions: Floats
    rewards: Floats

    def __len__(self) -> int:
        return len(self.pose)

    @property
    def lidar(self) -> Floats:
        """Fractions of the rays' range, ``(steps + 1, 10)``."""
        return self.seen[:, 14:]

    @property
    def feet(self) -> Floats:
        """Whether each foot touches, ``(steps + 1, 2)``."""
        return self.seen[:, [8, 13]]

    def corners(self, step: int) -> list[Floats]:
        """Corners of the five bodies in metres, each ``(n, 2)``."""
        return [_placed(SHAPES[b].vertices, self.pose[step, b]) for b in range(BODIES)]

    def rays(self, step: int) -> Floats:
        """Both ends of the ten rays in metres, ``(10, 2, 2)``."""
        origin = self.pose[step, 0, :2]
        reach = np.stack([RAY_X, RAY_Y], axis=1) * self.lidar[step][:, None]
        return np.stack([np.broadcast_to(origin, reach.shape), origin + reach], axis=1).astype(np.float32)


def trace_of(result: Rollout, walker: int) -> Trace:
    """One walker's episode.

    Raises:
        ValueError: the episodes were not traced.
    """
    if result.traces is None:
        raise ValueError("no traces were kept: call rollout(..., traced=True)")
    rows = result.traces[walker, : result.lengths[walker] + 1]
    return Trace(
        rows[:, at.POSE : at.SEEN].reshape(-1, BODIES, 3),
        rows[:, at.SEEN : at.DONE],
        rows[:, at.DONE : at.REWARD],
        rows[:, at.REWARD],
    )


def compact(trace: Trace, course: Course, *, every: int = 1) -> str:
    """A trace and its course as JSON that a web page can play: about 60 bytes a frame.

    ``frames`` is base64 of little-endian int16: for each frame and body x and y in millimetres and the angle in
    thousandths of a radian, each the change since the last frame (``origin`` is the first frame), then ten lidar
    fractions in thousandths.

    Args:
        trace: the episode.
        course: where it was walked.
        every: keep every so manieth step.

    Raises:
        ValueError: ``every`` is less than one.
    """
    if every < 1:
        raise ValueError(f"every={every}: expected at least 1")
    whole = np.rint(trace.pose[::every] * MILLIMETRES).astype(np.int64).reshape(-1, 3 * BODIES)
    change = np.diff(whole, axis=0, prepend=whole[:1])
    lidar = np.rint(trace.lidar[::every] * MILLIMETRES).astype(np.int64)
    frames = np.concatenate([change, lidar], axis=1)
    if np.abs(frames).max() >= 2**15:
        raise ValueError("a body moves more than 32 m between two frames: keep more of them")
    document: dict[str, Any] = {
        "fps": FPS / every,
        "origin": whole[0].tolist(),
        "frames": base64.b64encode(frames.astype("<i2").tobytes()).decode(),
        "bodies": [np.rint(shape.vertices * MILLIMETRES).astype(int).tolist() for shape in SHAPES],
        "rays": np.rint(np.stack([RAY_X, RAY_Y], axis=1) * MILLIMETRES).astype(int).tolist(),
        "ground": np.rint(np.stack([course.x, course.y], axis=1) * MILLIMETRES).astype(int).tolist(),
        "obstacles": [np.rint(np.array(each) * MILLIMETRES).astype(int).tolist() for each in course.obstacles],
    }
    return json.dumps(document, separators=(",", ":"))


def unpack(text: str) -> tuple[Floats, Floats]:
    """Pose ``(frames, 5, 3)`` and lidar ``(frames, 10)`` of a compact trace, as a page would read them."""
    document = json.loads(text)
    width = 3 * BODIES + len(document["rays"])
    frames = np.frombuffer(base64.b64decode(document["frames"]), dtype="<i2").reshape(-1, width).astype(np.int64)
    pose = np.cumsum(frames[:, : 3 * BODIES], axis=0) + np.array(document["origin"])
    return (
        (pose / MILLIMETRES).reshape(-1, BODIES, 3).astype(np.float32),
        (frames[:, 3 * BODIES :] / MILLIMETRES).astype(np.float32),
    )


def _placed(vertices: Floats, pose: Floats) -> Floats:
    sine, cosine = np.sin(pose[2]), np.cos(pose[2])
    return vertices @ np.array([[cosine, sine], [-sine, cosine]], dtype=np.float32) + pose[:2]
