"""How this chapter's conditions are drawn, everywhere: a colour, a line style and a marker each."""

from aiga.viz import look as look_of_others
from aiga.viz.style import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, SKY, VERMILION, Look

LOOKS = {
    "anml": Look(BLUE, "-", "o"),
    "second_order": Look(INK, (0, (8, 2)), "p"),
    "without_gate": Look(ORANGE, "--", "s"),
    "without_reset": Look(SKY, (0, (5, 1)), "v"),
    "without_both": Look(MUTED, (0, (1, 1)), "P"),
    "head_only": Look(GREEN, "-", "h"),
    "five_steps": Look(BLUE, "--", "d"),
    "one_step": Look(BLUE, ":", "*"),
    "oml": Look(VERMILION, "-.", "^"),
    "oml_linear": Look(VERMILION, (0, (4, 2)), ">"),
    "oml_last": Look(VERMILION, (0, (1, 1)), "<"),
    "pretrain": Look(PURPLE, ":", "D"),
    "scratch": Look(GREEN, (0, (3, 1, 1, 1, 1, 1)), "X"),
    "maml": Look(BLUE, "-", "o"),
    "first_order": Look(ORANGE, "--", "s"),
    "pretrained": Look(PURPLE, "-.", "^"),
    "untrained": Look(VERMILION, ":", "D"),
}


def look(condition: str) -> Look:
    """The look of a condition; those not named here get one from the book's spare ones."""
    return LOOKS.get(condition) or look_of_others(condition)
