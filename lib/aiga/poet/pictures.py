"""Pictures of hoppers for pages: small SVG that moves without a kernel, without a network and without a script.

The hopper's dot moves by SVG's own animation; who has asked for less motion sees the path alone.
"""

import html
import itertools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from aiga.poet.courses import CELL
from aiga.poet.hopper import PIT, QUARTERS
from aiga.viz.style import BLUE, CARD, MUTED, VERMILION

_EVERY = 5
"""Of the path's places, one in so many is drawn."""
_TICK = 0.02
_QUICK = 2.0
"""How many times as fast as life the dot moves."""
_DEPTH, _ABOVE = -2.0, 1.2  # metres drawn below the start and above the highest ground
_UNITS = 40
"""Units of the picture in a metre; its numbers are whole, and the fewer digits the smaller the page."""
_COUNTER = itertools.count()

STILL = "@media (prefers-reduced-motion: reduce){.aiga-dot{display:none}}"
"""Style that must be on the page once: it stops what moves for those who do not want it."""


def scene(course: NDArray[np.float64], path: NDArray[np.float64], *, alt: str) -> str:
    """One life on one course, as SVG.

    Args:
        course: heights in metres, one for each quarter of a cell (:func:`aiga.poet.hopper.heights`).
        path: places in metres every 0.02 s, ``(ticks, 2)`` (:meth:`aiga.poet.hopper.Hopper.trace`).
        alt: what is to be seen, for those who cannot see it.

    Raises:
        ValueError: the text is empty, or the life has no places.
    """
    if not alt.strip() or not len(path):
        raise ValueError(f"expected a path and a text for those who cannot see it, got {len(path)} places and {alt!r}")
    ground = np.where(course == PIT, _DEPTH, course)
    top = max(float(ground.max()), float(path[:, 1].max())) + _ABOVE
    width, height = round(len(course) * CELL / QUARTERS * _UNITS), round((top - _DEPTH) * _UNITS)

    def placed(x: float, y: float) -> tuple[int, int]:
        return round(x * _UNITS), round((top - max(y, _DEPTH)) * _UNITS)

    places = [placed(x, y) for x, y in [*path[::_EVERY], path[-1]]]
    line, name = _line(places), f"aiga-path-{next(_COUNTER)}"
    seconds = max(0.5, len(path) * _TICK / _QUICK)
    x, y = places[-1]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(alt, quote=True)}" '
        f'style="width:100%;height:auto;background:{CARD};display:block">'
        f'<path d="{_silhouette(ground, placed)}" fill="{MUTED}" fill-opacity=".5"/>'
        f'<path id="{name}" d="{line}" fill="none" stroke="{BLUE}" stroke-width="4"/>'
        f'<circle cx="{x}" cy="{y}" r="9" fill="none" stroke="{VERMILION}" stroke-width="4"/>'
        f'<circle class="aiga-dot" r="11" fill="{VERMILION}"><animateMotion dur="{seconds:.1f}s" '
        f'repeatCount="indefinite"><mpath href="#{name}"/></animateMotion></circle></svg>'
    )


def _line(places: Sequence[tuple[int, int]]) -> str:
    """A path through places, each relative to the last: fewer characters."""
    (x, y), rest = places[0], []
    for before, after in itertools.pairwise(places):
        rest.append(f"{after[0] - before[0]} {after[1] - before[1]}")
    return f"M{x} {y}" + ("l" + " ".join(rest) if rest else "")


def _silhouette(ground: NDArray[np.float64], place: Callable[[float, float], tuple[int, int]]) -> str:
    """The ground as one area: across where it is level, up or down where it changes."""
    changes = np.flatnonzero(np.diff(ground)) + 1
    width = CELL / QUARTERS
    bottom = place(0.0, _DEPTH)[1]
    parts = [f"M0 {bottom}V{place(0.0, ground[0])[1]}"]
    for index in changes:
        x, y = place(index * width, ground[index])
        parts.append(f"H{x}V{y}")
    return "".join([*parts, f"H{place(len(ground) * width, 0.0)[0]}V{bottom}Z"])
