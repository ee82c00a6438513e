"""Watching a run: bars that tell its memory, and a forecast of what the whole of it would cost.

Both look over the training loop's shoulder from up here. What a bar shows changes no result, so it must not be part of
the code by which a record is judged stale; :mod:`aiga.progress` is.
"""

import contextlib
import datetime
import functools
import math
import resource
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from tqdm.auto import tqdm

from aiga import checkpoint, experiment, progress
from aiga.device import resolve
from aiga.progress import Bar
from aiga.records import codehash
from aiga.records.condense import rounded
from aiga.scale import check

if TYPE_CHECKING:
    from aiga.benchmarks.forecasts import Forecast

FEWEST_SECONDS = 60.0
"""After so long a forecast gives up."""
LOOK_EVERY = 2.0
"""Seconds between two looks at the memory."""


class WithMemory(tqdm):  # type: ignore[misc]
    """A bar with the rate, the time that is left at this rate, and the memory that the process takes."""

    _looked = -math.inf

    def update(self, n: float = 1) -> bool | None:
        """Advance, and look at the memory now and then."""
        if time.monotonic() - self._looked >= LOOK_EVERY:
            self._looked = time.monotonic()
            self.set_postfix_str(memory(), refresh=False)
        drawn: bool | None = super().update(n)
        return drawn


@contextlib.contextmanager
def memory_shown() -> Iterator[None]:
    """Let bars that begin meanwhile tell the memory too."""
    with _exchanged(progress, "tqdm", WithMemory):
        yield


def memory() -> str:
    """What this process takes now: main memory, and the GPU's once it is in use."""
    text = f"{_resident() / 2**30:.2f} GiB"
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        text += f", GPU {torch.cuda.memory_reserved() / 2**30:.2f} GiB"
    return text


def forecast(
    address: str, scale: str, condition: str, *, device: str | torch.device = "auto", within: float = 10.0
) -> "Forecast | None":
    """Train for a few seconds, and say how long the whole training would take here.

    The first step is not counted, since memory is fetched and code is compiled in it, unless it takes all of the time.
    Some trainings have several parts, one after another. Parts that end in time are counted whole; where the last one
    is not reached, the forecast says that it is a lower bound. How many there are, a run at ``smoke`` shows. A bound is
    also all that there is to say where no step ends in time: each takes at least as long as was waited for the first.
    A condition that trains for no step at all is forecast to take none.

    Args:
        address: the experiment.
        scale: one of the four scales.
        condition: one of the experiment's conditions.
        device: where.
        within: seconds to measure for, about.

    Returns:
        None where training does not begin within a minute or ten times ``within``.

    Raises:
        ValueError: unknown experiment, scale or condition.
    """
    from aiga.benchmarks import this_machine  # here, because SciPy's statistics come with it: a second of every run
    from aiga.benchmarks.forecasts import Forecast

    module = experiment.load(address)
    table = module.SCALES[check(scale)]
    if condition not in table:
        raise ValueError(f"unknown condition {condition!r} of {address}: choose from {', '.join(table)}")
    _Sample.begin(within, resolve(device))
    try:
        with _exchanged(checkpoint, "Bar", _Sample), _patience(max(10 * within, FEWEST_SECONDS)):
            module.train(table[condition], seeds=[0], device=device, checkpoint=None, limit=None)
    except _Enough:
        pass
    except SystemError as error:  # what is raised within compiled code comes out of it in this shape
        if not isinstance(error.__cause__, _Enough):
            raise
    if _Sample.found is None:
        return None
    part, before, steps, measured, seconds = _Sample.found
    if steps and not measured:
        seconds = _Sample.now().since(_Sample.began)
    last = _last_part(module) if measured else None  # type: ignore[arg-type]  # a module can be hashed
    return Forecast(
        address=address,
        scale=scale,
        condition=condition,
        steps=steps,
        measured=measured,
        seconds_a_step=rounded(seconds),
        seconds_before=rounded(before),
        at_least=steps > 0 and (not measured or _kind(part) != (last or _kind(part))),
        date=datetime.datetime.now(datetime.UTC).date(),
        machine=this_machine(),
        code_hash=codehash.of(address),
    )


@functools.cache  # the first look counts: in a later one, a part whose result was kept would be missing
def _last_part(module: experiment.Experiment) -> str | None:
    """What the last part of a training is called; None where there is but one."""
    _Labels.seen = []
    with _exchanged(checkpoint, "Bar", _Labels):
        module.train(next(iter(module.SCALES["smoke"].values())), seeds=[0], device="cpu", checkpoint=None, limit=None)
    kinds = [_kind(label) for label in _Labels.seen]
    return kinds[-1] if len(set(kinds)) > 1 else None


def _kind(label: str) -> str:
    """A bar's label without the condition and the seed."""
    return label.split(",")[0]


class _Labels(Bar):
    """In a bar's place: notes what it would be called."""

    seen: ClassVar[list[str]] = []

    def __init__(self, total: int, label: str, *, start: int = 0) -> None:
        self._bar = None
        type(self).seen.append(label)


class _Enough(Exception):  # noqa: N818 - nothing has gone wrong
    """Enough steps were seen."""


@dataclass(frozen=True)
class _Moment:
    """What the clock on the wall says, and how much time of a processor this process has had."""

    wall: float
    own: float

    def since(self, earlier: "_Moment") -> float:
        """The seconds that count: the process's own, which other work on the machine leaves alone.

        Where that is less than half of the time, others have worked for it, such as child processes: all of it counts.
        """
        wall, own = self.wall - earlier.wall, self.own - earlier.own
        return own if 2 * own >= wall else wall


class _Sample(Bar):
    """In a bar's place: times the first steps, and ends the training."""

    within = 0.0
    began: ClassVar["_Moment"]
    on_cpu = True
    found: tuple[str, float, int, int, float] | None = None
    """Of the part of the training that was measured last: its label, the seconds that the parts before it took, its
    steps, how many of them were measured, and seconds a step."""

    @classmethod
    def begin(cls, within: float, device: torch.device) -> None:
        """Forget what was found before."""
        cls.within, cls.found, cls.on_cpu = within, None, device.type == "cpu"

    @classmethod
    def now(cls) -> "_Moment":
        """What the clocks say."""
        wall = time.perf_counter()
        return _Moment(wall, time.process_time() if cls.on_cpu else wall)

    def __init__(self, total: int, label: str, *, start: int = 0) -> None:
        self._total, self._label = total, label
        self._times = [self.now()]
        if (found := type(self).found) is None or (total and not found[2]):
            type(self).began = self._times[0]
            type(self).found = (label, 0.0, total, 0, 0.0)
        self._before = self._times[0].since(self.began)

    def __exit__(self, *_: Any) -> None:
        """Nothing was drawn."""

    def step(self, amount: int = 1) -> None:
        """Take the time; end the training when there is enough of it."""
        self._times.append(self.now())
        times = self._times if len(self._times) == 2 else self._times[1:]
        taken, count = times[-1].since(times[0]), len(times) - 1
        type(self).found = (self._label, self._before, self._total, count, taken / count)
        if self._times[-1].since(self.began) >= self.within:
            raise _Enough


@contextlib.contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Give up after so long, in the middle of a step if need be."""

    def give_up(*_: Any) -> None:
        raise _Enough

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again and again: in a destructor an exception is lost
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


@contextlib.contextmanager
def _exchanged(module: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def _resident() -> float:
    """Bytes of main memory that the process holds; at its largest where the system does not say what it holds now."""
    now = Path("/proc/self/statm")
    if now.exists():
        return float(now.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
