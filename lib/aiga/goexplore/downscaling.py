"""Dynamic downscaling: cells from the screen, as coarse as makes a sample of screens fall into cells best (2021).

A candidate is a width, a height and a depth of :class:`aiga.goexplore.cells.Pixels`. It is good where cells are about
as many as wanted, and screens are spread evenly over them (Methods 0.2; ``goexplore.py`` lines 464-692).
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aiga import seeding
from aiga.goexplore.archive import Archive, joined, parted
from aiga.goexplore.cells import Pixels, unpacked
from aiga.goexplore.emulator import Bytes

ONE_CELL = Pixels(1, 1, 1)
"""All screens alike, but for one that is all white."""

_TOGETHER = 256  # screens at once: what they are computed through should fit into the cache


@dataclass(frozen=True)
class Fit:
    """What a random search came to."""

    pixels: Pixels
    objective: float
    cells: int
    """Cells that the sample falls into."""


def objective(counts: Iterable[int], share: float = 0.125) -> float:
    """How good a division of a sample into cells is: ``O = H_n(p) / L(n, T)``.

    ``H_n`` is the entropy of the screens' shares ``p``, divided by its largest value ``log n``; and
    ``L = sqrt(|n / T - 1| + 1)`` is 1 where there are ``n = T`` cells.

    Args:
        counts: how many screens of the sample fall into each of the ``n`` cells; all at least 1.
        share: the wanted number of cells, ``T``, is this share of the sample.

    Returns:
        From 0, for a single cell, to 1.
    """
    found = np.array(list(counts), dtype=float)
    if len(found) < 2:
        return 0.0
    p, wanted = found / found.sum(), share * found.sum()
    entropy = -(p * np.log(p)).sum() / np.log(len(p))
    return float(entropy / np.sqrt(abs(len(p) / wanted - 1) + 1))


def fit(screens: Bytes, generator: np.random.Generator, *, proposals: int = 3000, share: float = 0.125) -> Fit:
    """Search at random for the best division of a sample into cells.

    Each of a proposal's numbers is geometric. Its mean is one more than the best so far for sizes, and the best so far
    for the depth, but at least 8, 10.5 and 12 (line 525); what has been tried is not tried again.

    Args:
        screens: the sample, in grey, ``(N, H, W)``.
        generator: the source of chance.
        proposals: how many candidates to try.
        share: see :func:`objective`.

    Raises:
        ValueError: the sample is empty.
    """
    if not len(screens):
        raise ValueError("the sample has no screens: cells can only be fitted to some")
    height, width = screens.shape[1:]
    first = (generator.integers(1, width), generator.integers(1, height), generator.integers(2, 256))
    tried = Pixels(*map(int, first))
    best = Fit(tried, *_judged(tried, screens, share))
    seen = {tried}
    while len(seen) < proposals:
        while tried in seen:
            tried = Pixels(
                _geometric(generator, max(best.pixels.width + 1, width / 20), 1, width - 1),
                _geometric(generator, max(best.pixels.height + 1, height / 20), 1, height - 1),
                _geometric(generator, max(best.pixels.depth, 12), 2, 255),
            )
        seen.add(tried)
        found = Fit(tried, *_judged(tried, screens, share))
        if found.objective >= best.objective:
            best = found
    return best


def _judged(pixels: Pixels, screens: Bytes, share: float) -> tuple[float, int]:
    cells: Counter[bytes] = Counter()
    for start in range(0, len(screens), _TOGETHER):
        small = pixels.of(screens[start : start + _TOGETHER])
        cells.update(each.tobytes() for each in small)
    return objective(cells.values(), share), len(cells)


def _geometric(generator: np.random.Generator, mean: float, lowest: int, highest: int) -> int:
    """A geometric number between two bounds."""
    while True:
        drawn = int(generator.geometric(1 / mean))
        if lowest <= drawn <= highest:
            return drawn


@dataclass
class Dynamic:
    """A cell function that is fitted anew as the archive grows (a :class:`aiga.goexplore.explore.Learner`).

    The defaults are those of ``phase1_downscaled.sh``.
    """

    seed: int = 0
    """Of the random search."""
    sample: float = 0.01
    """Chance of each screen to enter the sample."""
    most: int = 10_000
    """Screens in the sample, of which the oldest leave."""
    first: int = 10_000
    """Agent steps before the first fit; until then all screens are one cell."""
    every: int = 10_000_000
    """Agent steps from fit to fit."""
    most_cells: int = 50_000
    """Cells that an archive may have until there is a fit ahead of time."""
    proposals: int = 3000
    share: float = 0.125
    """Cells that are wanted, as a share of the sample."""
    fits: list[tuple[int, Fit]] = field(default_factory=list, repr=False)
    """Every fit so far, and after how many agent steps it was made."""

    def __post_init__(self) -> None:
        self._generator = seeding.numpy_generator(self.seed, "downscaling")
        self._screens: deque[bytes] = deque(maxlen=self.most)

    @property
    def current(self) -> Pixels:
        """The cell function of the moment."""
        return self.fits[-1][1].pixels if self.fits else ONE_CELL

    def learn(self, archive: Archive, sample: Sequence[bytes]) -> bool:
        """Take in a batch's screens, and fit the cells to the sample where it is time to.

        The sample begins anew after each fit, and the archive is sorted into the new cells.
        """
        self._screens.extend(sample)
        due = self.fits[-1][0] + self.every if self.fits else self.first
        if len(self._screens) < 2 or (archive.steps < due and len(archive) <= self.most_cells):
            return False
        screens = np.stack([unpacked(each) for each in self._screens])
        found = fit(screens, self._generator, proposals=self.proposals, share=self.share)
        self.fits.append((archive.steps, found))
        self._screens.clear()
        archive.rekey(found.pixels.rekey)
        return True

    def state_dict(self) -> dict[str, Any]:
        """The sample, the source of chance and the fits."""
        return {
            "screens": joined(list(self._screens)),
            "generator": self._generator.bit_generator.state,
            "fits": [
                (steps, (each.pixels.width, each.pixels.height, each.pixels.depth), each.objective, each.cells)
                for steps, each in self.fits
            ],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what was saved."""
        self._screens = deque(parted(*state["screens"]), maxlen=self.most)
        self._generator.bit_generator.state = state["generator"]
        self.fits = [(steps, Fit(Pixels(*size), value, cells)) for steps, size, value, cells in state["fits"]]
