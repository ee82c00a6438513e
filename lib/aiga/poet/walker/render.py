"""Pictures and animations of a walker on its course; results in, matplotlib figure out."""

import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from aiga.poet.walker.physics.constants import FPS
from aiga.poet.walker.terrain import Course
from aiga.poet.walker.traces import Trace

WIDTH = 20.0
"""Metres in a frame, as in the original's window."""
BEHIND = 4.0
HEIGHT, BELOW, SLACK = 7.0, 3.0, 1.0
"""Metres from top to bottom of a moving picture; how many of them lie below the hull's height at the beginning; and by
how much the hull may sink before the picture follows it down."""
SKY, SOIL, GRASS, BLOCK = "#eef2fb", "#8fae6a", "#4c7a34", "#b9b2a6"
HULL, NEAR_LEG, FAR_LEG, RAY = "#6a4c93", "#c8553d", "#7a9cc6", "#d1495b"


def draw_course(axes: Axes, course: Course, *, left: float | None = None, width: float = WIDTH) -> None:
    """Draw ground, obstacles and sky.

    Args:
        axes: where to draw.
        course: the course.
        left: left end of the view in metres; None shows the whole course.
        width: metres shown.
    """
    axes.set_facecolor(SKY)
    floor = float(course.y.min()) - 4.0
    axes.fill_between(course.x, course.y, floor, color=SOIL, linewidth=0, zorder=1)
    axes.add_collection(PolyCollection([np.array(each) for each in course.obstacles], facecolors=BLOCK, zorder=2))
    axes.plot(course.x, course.y, color=GRASS, linewidth=1.2, zorder=3)
    first, last = (float(course.x[0]), float(course.x[-1])) if left is None else (left, left + width)
    shown = (course.x >= first - 1) & (course.x <= last + 1)
    heights = course.y[shown] if shown.any() else course.y
    axes.set(xlim=(first, last), ylim=(heights.min() - 1.0, max(heights.max(), heights.mean() + 1.0) + 3.0))
    axes.set_aspect("equal", adjustable="box")
    axes.set(xlabel="place (m)", ylabel="height (m)")


def draw_walker(axes: Axes, trace: Trace, step: int, *, rays: bool = True, alpha: float = 1.0) -> None:
    """Draw the walker at one step, with what its lidar measures.

    Raises:
        ValueError: the trace has no such step.
    """
    _check(trace, step)
    hull, upper1, lower1, upper2, lower2 = trace.corners(step)
    for corners, colour, order in (
        (upper1, FAR_LEG, 4), (lower1, FAR_LEG, 4), (hull, HULL, 5), (upper2, NEAR_LEG, 6), (lower2, NEAR_LEG, 6),
    ):  # fmt: skip
        axes.add_patch(Polygon(corners, facecolor=colour, edgecolor="black", linewidth=0.5, zorder=order, alpha=alpha))
    if rays:
        lines = LineCollection(list(trace.rays(step)), colors=RAY, linewidths=0.6, linestyles="dotted", zorder=3)
        axes.add_collection(lines)


def frame(trace: Trace, course: Course, step: int, *, width: float = WIDTH) -> Figure:
    """One step as a picture that follows the walker."""
    figure = Figure(figsize=(7.0, 3.2), layout="constrained")
    axes = figure.subplots()
    draw_course(axes, course, left=_left(trace, step), width=width)
    draw_walker(axes, trace, step)
    axes.set_title(f"{step / FPS:.2f} s", loc="left", fontsize="medium")
    return figure


def animate(trace: Trace, course: Course, *, every: int = 2, width: float = WIDTH) -> FuncAnimation:
    """The whole episode as an animation at its true speed; ``to_jshtml()`` gives it to a notebook.

    Raises:
        ValueError: ``every`` is less than one.
    """
    if every < 1:
        raise ValueError(f"every={every}: expected at least 1")
    wide, edge = 6.3, 0.45  # inches; the frame stays where it is, or the picture would tremble
    high = wide * HEIGHT / width
    figure = Figure(figsize=(wide + 1.5 * edge, high + 1.7 * edge))
    size = figure.get_size_inches()
    axes = figure.add_axes((edge / size[0], edge / size[1], wide / size[0], high / size[1]))
    start = float(trace.pose[0, 0, 1])

    def show(number: int) -> list[Axes]:
        step = number * every
        axes.clear()
        draw_course(axes, course, left=_left(trace, step), width=width)
        draw_walker(axes, trace, step)
        low = min(start, float(trace.pose[step, 0, 1]) + SLACK) - BELOW
        axes.set_ylim(low, low + HEIGHT)
        axes.set_title(f"{step / FPS:.2f} s", loc="left", fontsize="medium")
        return [axes]

    count = (len(trace) + every - 1) // every
    return FuncAnimation(figure, show, frames=count, interval=1000 * every / FPS, blit=False)


def _check(trace: Trace, step: int) -> None:
    if not 0 <= step < len(trace):
        raise ValueError(f"step {step}: the trace has steps 0 to {len(trace) - 1}")


def _left(trace: Trace, step: int) -> float:
    _check(trace, step)
    return float(trace.pose[step, 0, 0]) - BEHIND
