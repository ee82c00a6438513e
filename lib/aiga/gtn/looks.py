"""How the conditions of the experiments on images are drawn, everywhere: a colour, a line style and a marker each."""

from aiga.viz import look as look_of_others
from aiga.viz.style import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, VERMILION, Look

LOOKS = {
    "gtn": Look(BLUE, "-", "o"),
    "shuffled_batch": Look(SKY, (0, (5, 1)), "v"),
    "all_shuffled": Look(GREEN, "-.", "s"),
    "none": Look(ORANGE, "--", "^"),
    "fixed_z": Look(INK, (0, (1, 1)), "P"),
    "distillation": Look(PURPLE, ":", "D"),
    "real": Look(VERMILION, (0, (4, 2)), "X"),
}


def look(condition: str) -> Look:
    """The look of a condition; those not named here get one from the book's spare ones."""
    return LOOKS.get(condition) or look_of_others(condition)
