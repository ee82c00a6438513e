"""The conditions of :mod:`aiga.goexplore.atari`: what the papers did, and what is left when a part is taken away."""

from dataclasses import dataclass, replace
from typing import Literal

from aiga.goexplore.emulator import known
from aiga.goexplore.explore import Exploration
from aiga.goexplore.neighbours import RULES

MONTEZUMA = "montezuma_revenge"

CELLS = ("pixels", "dynamic", "ram", "knowledge")
"""What a cell can be: 11 x 8 pixels (2019), dynamically downscaled ones (2021), Montezuma's Revenge's place in RAM, or
what the papers read from its screen."""

_MONTEZUMA_ONLY = ("ram", "knowledge")


@dataclass(frozen=True)
class Config:
    """One condition of the experiment."""

    frames: int
    """Game frames in all; both papers count so, whatever the frame skip."""
    condition: str = "ram"
    game: str = "montezuma_revenge"
    cells: Literal["pixels", "dynamic", "ram", "knowledge"] = "ram"
    """What a cell is; see :data:`CELLS`."""
    selection: str = "nature"
    """Which cells to return to: a name in :data:`aiga.goexplore.neighbours.RULES`."""
    returns: bool = True
    """False: every burst begins where the episode begins."""
    burst: int = 100
    batch: int = 100
    repeat: float = 0.95
    life_loss_ends: bool = True
    survive: int = 0
    reset_counts: bool = True
    frame_skip: int = 4
    first_fit: int = 10_000
    """With dynamic cells: agent steps before the first fit."""
    fit_every: int = 10_000_000
    """Agent steps from fit to fit."""
    proposals: int = 3000
    """Candidates tried at each fit."""

    def __post_init__(self) -> None:
        if self.cells not in CELLS:
            raise ValueError(f"unknown cells {self.cells!r}: choose from {', '.join(CELLS)}")
        if self.selection not in RULES:
            raise ValueError(f"unknown rule of selection {self.selection!r}: choose from {', '.join(RULES)}")
        if self.selection.endswith("domain") and self.cells not in _MONTEZUMA_ONLY:
            raise ValueError(f"{self.selection!r} needs cells that are places ({', '.join(_MONTEZUMA_ONLY)})")
        if self.cells in _MONTEZUMA_ONLY and known(self.game) != MONTEZUMA:
            raise ValueError(f"cells {self.cells!r} know {MONTEZUMA} alone, not {self.game}: use pixels or dynamic")

    @property
    def exploration(self) -> Exploration:
        """How to explore; each name as in :class:`aiga.goexplore.explore.Exploration`."""
        return Exploration(
            steps=max(1, self.frames // self.frame_skip),
            burst=self.burst,
            batch=self.batch,
            repeat=self.repeat,
            life_loss_ends=self.life_loss_ends,
            survive=self.survive,
            returns=self.returns,
            selection=RULES[self.selection],
            reset_counts=self.reset_counts,
        )


def conditions(base: Config, *names: str) -> dict[str, Config]:
    """All conditions but those at the papers' budgets, or those named.

    Args:
        base: what they have in common.
        names: which; none for all.
    """
    changed = {
        "ram": base,
        "pixels": replace(base, cells="pixels"),
        "dynamic": replace(base, cells="dynamic", life_loss_ends=False, reset_counts=True),
        "knowledge": replace(base, cells="knowledge", selection="nature_domain", reset_counts=True),
        "early": replace(base, cells="pixels", selection="early"),
        "places_known": replace(base, selection="nature_domain"),
        "counts_reset": replace(base, reset_counts=True),
        "uniform": replace(base, selection="uniform"),
        "no_return": replace(base, returns=False, burst=1000),
    }
    return {name: replace(changed[name], condition=name) for name in names or changed}


def papers() -> dict[str, Config]:
    """The papers' own settings and budgets for Montezuma's Revenge (Methods 0.6 of 2021; scripts of tag v1.0)."""
    base = Config(frames=1_000_000_000)
    early = replace(base, selection="early", reset_counts=False)
    found = {
        "ram": replace(base, selection="nature_domain", frames=600_000_000),
        "knowledge": replace(base, cells="knowledge", selection="nature_domain"),
        "dynamic": replace(base, cells="dynamic", life_loss_ends=False, frames=2_000_000_000),
        "early": replace(early, cells="pixels", frames=1_200_000_000),
        "early_knowledge": replace(early, cells="knowledge", selection="early_domain", batch=1000, frames=600_000_000),
    }
    return {name: replace(config, condition=name) for name, config in found.items()}
