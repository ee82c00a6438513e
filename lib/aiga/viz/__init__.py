"""Figures: one style for the whole book, uncertainty drawn, the paper's value beside ours.

- ``style``: colours, line styles and the decorator ``styled`` for functions that return a figure
- ``curves``: means with intervals over seeds, bands, floors, the paper's value and ours on one axis
- ``explore``: sliders over precomputed pictures, which also work in a page without a kernel
"""

from aiga.viz.curves import Comparison, comparison, curve, floor, interval, lesions
from aiga.viz.explore import explore, pixels, tile
from aiga.viz.style import Look, announce, look, sheet, styled

__all__ = [
    "Comparison",
    "Look",
    "announce",
    "comparison",
    "curve",
    "explore",
    "floor",
    "interval",
    "lesions",
    "look",
    "pixels",
    "sheet",
    "styled",
    "tile",
]
