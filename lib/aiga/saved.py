"""The checkpoints of a long run: whose they are, and whether this run may go on from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiga import checkpoint, files
from aiga.records import codehash


@dataclass(frozen=True)
class Saved:
    """What a folder holds of one experiment at one scale.

    Attributes:
        folder: where the checkpoints are, or will be.
        address: the experiment.
        scale: one of the four scales.
        code: hash of the code that runs now.
    """

    folder: Path
    address: str
    scale: str
    code: str

    def files(self, conditions: Iterable[str]) -> list[Path]:
        """The checkpoints of these conditions, and of no others whose names begin in the same way."""
        return sorted(
            path
            for condition in conditions
            for ending in (".pt", ".*.pt")
            for path in self.folder.rglob(f"{self.address}.{self.scale}.{condition}{ending}")
        )

    def check(self, conditions: Iterable[str], *, parts: int) -> list[Path]:
        """The checkpoints that this run will go on from.

        Args:
            conditions: names of the conditions.
            parts: how many processes share the seeds.

        Raises:
            ValueError: there are checkpoints that other code made, or another number of processes.
        """
        waiting = self.files(conditions)
        known = self._mark.read_text(encoding="utf8").strip() if self._mark.exists() else self.code
        if waiting and known != self.code:
            raise ValueError(
                f"the checkpoints in {self.folder} were made by other code (hash {known}, now {self.code}), and a run "
                "that goes on from them would be of neither: go back to that code, give this run a folder of its own "
                "(--checkpoints), or delete them"
            )
        expected = {"."} if parts == 1 else {f"part {place + 1} of {parts}" for place in range(parts)}
        for path in waiting:
            if (where := path.parent.relative_to(self.folder).as_posix()) not in expected:
                raise ValueError(
                    f"the checkpoint {path} is of a run with {_jobs(where)}, which this run with {parts} cannot use: "
                    "give the same number, or delete it"
                )
        return waiting

    def mark(self) -> None:
        """Note in the folder which code makes its checkpoints."""
        files.write_text(self._mark, f"{self.code}\n")

    @property
    def _mark(self) -> Path:
        return self.folder / f"{self.address}.{self.scale}.code"


def default_folder(address: str, scale: str, seeds: Sequence[int]) -> Path:
    """A folder for exactly this run: other seeds or changed code start afresh, and never mix with what is there."""
    root = files.repository()
    base = root / "data" / "checkpoints" if root else Path("checkpoints")
    return base / checkpoint.identity(address, scale, list(seeds), codehash.of(address))


def _jobs(where: str) -> str:
    """``part 1 of 2`` as the option that makes it."""
    return "--jobs " + (where.rsplit(" ", 1)[-1] if " of " in where else "1")
