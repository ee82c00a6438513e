"""Sliders over pictures that were computed beforehand.

The sliders and the pictures are ordinary ipywidgets, tied together in the browser (``jslink``), so they work in a live
notebook and in the static page, where no Python runs.
"""

import base64
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image


def explore(sliders: Mapping[str, Sequence[Any]], frame: Callable[..., str], *, start: Sequence[Any]) -> Any:
    """Show one precomputed frame for each setting of the sliders.

    Args:
        sliders: name and values of each slider, one to three of them.
        frame: HTML for one setting; called once for every combination, with the values in the sliders' order.
        start: the value that each slider begins with.

    Returns:
        A widget. With ipywidgets 7 (Colab) it needs the live kernel; with 8 it works in a static page too.

    Raises:
        ValueError: no slider, more than three, or a start that is none of the slider's values.
    """
    if not 1 <= len(sliders) <= 3:
        raise ValueError(f"one to three sliders, got {len(sliders)}: every combination is computed beforehand")
    controls = [
        widgets.SelectionSlider(
            options=[(str(value), position) for position, value in enumerate(values)],
            value=list(values).index(first),
            description=name,
            continuous_update=True,
            style={"description_width": "11em"},
            layout=widgets.Layout(width="min(30em, 95%)"),
        )
        for (name, values), first in zip(sliders.items(), start, strict=True)
    ]
    frames = {
        place: frame(*(values[position] for values, position in zip(sliders.values(), place, strict=True)))
        for place in itertools.product(*(range(len(values)) for values in sliders.values()))
    }
    picture = _stacked(controls, frames) if hasattr(widgets, "Stack") else _observed(controls, frames)
    return widgets.VBox([*controls, picture])


def pixels(image: ArrayLike, *, alt: str, pixel: int = 8, colours: tuple[str, str] = ("#fbfaf7", "#22262b")) -> str:
    """An HTML image of a small matrix, sharp at every size and tiny in the file.

    Args:
        image: ``(rows, columns)`` in [0, 1]; 0 is drawn in the first colour, 1 in the second.
        alt: what it shows, for those who cannot see it.
        pixel: side of one entry, in screen pixels.
        colours: the two ends of the colour scale.

    Raises:
        ValueError: not a matrix, or the text is empty.
    """
    array = np.asarray(image, dtype=float)
    if array.ndim != 2 or not alt.strip():
        raise ValueError(f"expected a matrix and a text for those who cannot see it, got {array.shape} and {alt!r}")
    ends = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours])
    palette = np.linspace(ends[0], ends[1], 16).round().astype(np.uint8)
    picture = Image.fromarray((array.clip(0, 1) * 15).round().astype(np.uint8), mode="P")
    picture.putpalette(palette.tobytes())
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True, bits=4)
    code = base64.b64encode(stream.getvalue()).decode()
    style = f"width:{array.shape[1] * pixel}px;height:{array.shape[0] * pixel}px;image-rendering:pixelated"
    return f'<img src="data:image/png;base64,{code}" alt="{alt}" style="{style}">'


def tile(image: ArrayLike, title: str, *, pixel: int = 8) -> str:
    """A small matrix with its title under it, as HTML; tiles stand side by side (see :func:`pixels`)."""
    picture = pixels(image, alt=title, pixel=pixel)
    return (
        f'<figure style="margin:4px;display:inline-block">{picture}<figcaption style="font-size:.8em">'
        f"{title}</figcaption></figure>"
    )


def _stacked(controls: Sequence[Any], frames: Mapping[tuple[int, ...], str]) -> Any:
    """Nested stacks, each level shown by one slider; every link is made in the browser."""
    links: list[Any] = []

    def level(depth: int, place: tuple[int, ...]) -> Any:
        if depth == len(controls):
            return widgets.HTML(frames[place])
        children = [level(depth + 1, (*place, position)) for position in range(len(controls[depth].options))]
        stack = widgets.Stack(children, selected_index=controls[depth].index)
        links.append(widgets.jslink((controls[depth], "index"), (stack, "selected_index")))
        return stack

    top = level(0, ())
    top.links = links  # the links live as long as the widget that they drive
    return top


def _observed(controls: Sequence[Any], frames: Mapping[tuple[int, ...], str]) -> Any:
    """One picture that the kernel exchanges."""
    picture = widgets.HTML(frames[tuple(control.value for control in controls)])

    def show(_: Any) -> None:
        picture.value = frames[tuple(control.value for control in controls)]

    for control in controls:
        control.observe(show, "value")
    return picture
