"""Scale: one word that says how big an experiment is.

Every experiment has a full, typed configuration for each scale, so that changing the scale changes nothing but numbers
that are written down in one place (``SCALES`` in the experiment's file).
"""

from typing import Literal, get_args

Scale = Literal["smoke", "ci", "colab", "paper"]

SCALES: tuple[Scale, ...] = get_args(Scale)

MEANING: dict[Scale, str] = {
    "smoke": "seconds: does it run at all",
    "ci": "two CPU cores, a few minutes a notebook: the stored notebooks and the pages you read",
    "colab": "one T4-class GPU, at most a quarter of an hour",
    "paper": "the paper's own settings",
}


def check(name: str) -> Scale:
    """Return ``name`` as a scale.

    Raises:
        ValueError: ``name`` is not one of the four scales.
    """
    for scale in SCALES:
        if name == scale:
            return scale
    raise ValueError(f"unknown scale {name!r}: choose one of {', '.join(SCALES)}")
