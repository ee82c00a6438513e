"""The biped in pictures that stand still: several moments of a life in one view."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from aiga.poet.walker.physics.constants import FPS
from aiga.poet.walker.render import GRASS, SOIL, draw_course, draw_walker
from aiga.poet.walker.terrain import Course
from aiga.poet.walker.traces import Trace
from aiga.viz import sheet, styled


@styled
def strides(course: Course, lives: Mapping[str, Trace], *, left: float, width: float = 16.0, every: int = 30) -> Figure:
    """Moments of several lives on the same piece of a course, one life above the other.

    Alt text: the same piece of ground with low stumps, once for each walker. Above, the walker's poses end lying on
    the ground before a stump; below, they go on to the right-hand end of the view.

    Args:
        course: where they walked.
        lives: for each title one life.
        left: left end of the view, metres.
        width: metres shown.
        every: steps between two poses.
    """
    figure, rows = sheet(len(lives), 1, height=0.4 + 1.75 * len(lives), squeeze=False, sharex=True)
    for axes, (title, trace) in zip(rows[:, 0], lives.items(), strict=True):
        draw_course(axes, course, left=left, width=width)
        places = trace.pose[:, 0, 0]
        inside = np.flatnonzero((places > left + 1) & (places < left + width - 1))
        shown = list(inside[::every])
        if len(inside) and inside[-1] == len(trace) - 1 and shown[-1] != inside[-1]:
            shown.append(inside[-1])  # how it ended
        for step in shown:
            draw_walker(axes, trace, int(step), rays=False, alpha=0.85)
        axes.set_title(f"{title}; a pose every {every / FPS:.2g} s", fontsize=8.5)
        axes.grid(visible=False)
        ground = float(np.interp(left, course.x, course.y))
        axes.set(ylabel="m", xlabel="", ylim=(ground - 0.6, ground + 3.2))
    rows[-1, 0].set_xlabel("metres from the start of the course")
    return figure


@styled
def grounds(courses: Mapping[str, Course]) -> Figure:
    """The ground of whole courses, one above the other, to one scale.

    Alt text: six strips. The first is a level line; in the later ones the ground slopes, then waves, higher and
    steeper the further down.

    Args:
        courses: for each title a course.
    """
    figure, rows = sheet(len(courses), 1, height=0.5 + 0.85 * len(courses), squeeze=False, sharex=True)
    rises = [course.y - course.y[0] for course in courses.values()]
    low, high = min(float(rise.min()) for rise in rises), max(float(rise.max()) for rise in rises)
    for axes, (title, course), rise in zip(rows[:, 0], courses.items(), rises, strict=True):
        axes.fill_between(course.x, rise, low - 1, color=SOIL, linewidth=0)
        axes.plot(course.x, rise, color=GRASS, linewidth=1.2, linestyle="-")
        axes.set(ylim=(low - 1, high + 1))
        axes.set_title(title, fontsize=8, pad=2)
        axes.grid(visible=False)
    rows[len(courses) // 2, 0].set_ylabel("metres above the start")
    rows[-1, 0].set_xlabel("metres")
    return figure
