"""How this chapter's conditions are drawn, everywhere: a colour, a line style and a marker each."""

from aiga.viz import look as look_of_others
from aiga.viz.style import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, VERMILION, Look

LOOKS = {
    "poet": Look(BLUE, "-", "o"),
    "enhanced": Look(GREEN, "-.", "s"),
    "without_transfer": Look(VERMILION, "--", "^"),
    "without_proposals": Look(SKY, (0, (8, 2)), "p"),
    "narrow_criterion": Look(INK, (0, (3, 1, 1, 1)), "h"),
    "without_criterion": Look(PURPLE, ":", "D"),
    "without_novelty": Look(ORANGE, (0, (5, 1)), "v"),
    "direct": Look(VERMILION, "--", "X"),
    "direct_path": Look(ORANGE, ":", "D"),
    "paired": Look(BLUE, "-", "o"),
    "minimax": Look(VERMILION, "--", "^"),
    "domain_randomisation": Look(GREEN, "-.", "s"),
}

LEVELS = (SKY, GREEN, ORANGE, INK)
"""Colours of courses by their level: none, one, two or three difficulties are large."""
LEVEL_MARKERS = ("o", "s", "^", "D")
"""Markers that say the same."""
LEVEL_NAMES = ("no difficulty large", "one: challenging", "two: very", "three: extremely")


def look(condition: str) -> Look:
    """The look of a condition; those not named here get one from the book's spare ones."""
    return LOOKS.get(condition) or look_of_others(condition)
