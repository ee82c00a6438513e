"""What a run of POET happens in: the substrate, the settings, the workers, and the courses once built."""

from dataclasses import dataclass, field
from typing import Any

from aiga.poet.courses import Encoding
from aiga.poet.evolution import Workers
from aiga.poet.settings import Settings
from aiga.poet.state import Niche
from aiga.poet.substrate import Blueprint, Substrate


@dataclass
class World:
    """What a run happens in, and by which rules; nothing of it changes but what is remembered."""

    substrate: Substrate
    settings: Settings
    workers: Workers = field(default_factory=Workers)
    _built: dict[tuple[Blueprint, int], Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse a measure of novelty that this world's courses do not have."""
        if self.settings.novelty == "parameters" and not isinstance(self.substrate.first(), Encoding):
            raise ValueError(
                "novelty='parameters' compares the numbers of POET's encoding, which these courses do not have; "
                "novelty='pata_ec' compares how agents rank on them"
            )

    def course(self, encoding: Blueprint, seed: int) -> Any:
        """The course itself, built once."""
        if (encoding, seed) not in self._built:
            self._built[encoding, seed] = self.substrate.build(encoding, seed)
        return self._built[encoding, seed]

    def of(self, niche: Niche) -> Any:
        """The course of a niche."""
        return self.course(niche.encoding, niche.course_seed)
