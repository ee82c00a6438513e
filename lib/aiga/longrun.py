"""Long runs: within a set time, alone with their checkpoints, on several processes, and recorded on the way."""

import contextlib
import errno
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from aiga import device as devices
from aiga import experiment, parallel
from aiga.experiment import Outcome
from aiga.scale import check
from aiga.watching import memory_shown

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Done:
    """What is done so far."""

    outcomes: list[Outcome]
    peak_memory_mib: float
    """The most that one of the processes has used."""


def carry_out(
    address: str,
    scale: str,
    *,
    seeds: Sequence[int],
    device: torch.device,
    conditions: Sequence[str],
    folder: Path,
    minutes: float | None = None,
    jobs: int = 1,
    backend: parallel.Backend = "loky",
    begun: Callable[[], object] = lambda: None,
    done: Callable[[Done], object] = lambda _: None,
) -> Done:
    """Train an experiment's conditions one after another, saving in ``folder`` and going on from what is there.

    Args:
        address: the experiment.
        scale: one of the four scales.
        seeds: the seeds; with several jobs they are shared out.
        device: where. ``cuda`` with several jobs gives the jobs the machine's devices in turn.
        conditions: names of the conditions.
        folder: for checkpoints; it is this run's alone while it lasts.
        minutes: stop after so long, with everything saved; None for no limit.
        jobs: processes, each with a share of the seeds.
        backend: ``loky`` for this machine, ``ray`` for a cluster (:func:`aiga.parallel.run`).
        begun: called once, when the folder is this run's alone.
        done: called after each condition with what is done so far.

    Raises:
        ValueError: unknown scale or condition; no time, no jobs, or no timer on this system.
        RuntimeError: another run is using the folder, or the device failed.
        OSError: the disk is full.
        KeyboardInterrupt: stopped: from the keyboard, by the scheduler, or because the time is up.
    """
    if jobs < 1 or (minutes is not None and not minutes > 0):
        raise ValueError(f"expected at least one job and a positive number of minutes, got {jobs} and {minutes}")
    table = experiment.load(address).SCALES[check(scale)]
    for name in conditions:
        if name not in table:  # a mistake must not show only after hours of training
            raise ValueError(f"unknown condition {name!r} of {address}: choose from {', '.join(table)}")
    deadline = None if minutes is None else time.time() + 60 * minutes
    shares = [list(seeds[first::jobs]) for first in range(min(jobs, len(seeds)))]
    work = [
        (share, _device(device, place), folder / f"part {place + 1} of {len(shares)}" if len(shares) > 1 else folder)
        for place, share in enumerate(shares)
    ]
    outcomes: list[Outcome] = []
    peak = 0.0
    with _alone(folder), _explained(folder):
        begun()
        for condition in conditions:
            train = partial(_share, address, scale, condition, deadline)
            with _passed_on(folder, there_are=len(work) > 1 and backend == "loky") as asked:
                found = parallel.run(train, work, jobs=len(work), backend=backend)
            if stopped := [each for each in found if isinstance(each, str)]:
                raise KeyboardInterrupt(stopped[0])
            if asked:  # all of them came to the end of this condition meanwhile
                raise KeyboardInterrupt(_stopped(folder))
            parts = [each for each in found if isinstance(each, Done)]
            trained = [outcome for each in parts for outcome in each.outcomes]
            outcomes = [*outcomes, *sorted(trained, key=lambda outcome: list(seeds).index(outcome.seed))]
            peak = max(peak, *(each.peak_memory_mib for each in parts))
            done(Done(outcomes, peak))
    return Done(outcomes, peak)


@contextlib.contextmanager
def asked_to_stop(deadline: float | None, *, again: float = 5.0) -> Iterator[None]:
    """Ask to stop, as Ctrl-C does, when the time is up (``time.time()``) or a scheduler sends SIGTERM.

    That is so for a run in a shell's background too, where Ctrl-C is ignored. And since in the midst of a destructor an
    interrupt is lost, it is repeated until a training says that it has heard it, or the block is left.

    Args:
        deadline: when the time is up; None for never.
        again: seconds after which an interrupt is repeated.

    Raises:
        ValueError: a deadline, and no timer on this system.
        KeyboardInterrupt: the time was up before.
    """
    timer = hasattr(signal, "setitimer")
    if deadline is not None:
        if not timer:
            raise ValueError("a time limit needs a timer that this system lacks: stop the run with Ctrl-C instead")
        if deadline <= time.time():
            raise KeyboardInterrupt("stopped, since the time is up: run the same command again to go on")

    def ask(*_: Any) -> None:
        if timer:
            signal.setitimer(signal.ITIMER_REAL, again)
        if signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, signal.SIG_DFL):
            raise KeyboardInterrupt
        if not _heard():
            signal.raise_signal(signal.SIGINT)

    numbers = [signal.SIGTERM, signal.SIGALRM] if timer else [signal.SIGTERM]
    previous = {number: signal.signal(number, ask) for number in numbers}
    try:
        if deadline is not None:
            signal.setitimer(signal.ITIMER_REAL, max(deadline - time.time(), 1e-3))
        yield
    finally:
        if timer:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _passed_on(folder: Path, *, there_are: bool) -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM go to the processes that work for this one, which save and return; again, they stop at once.

    Args:
        folder: of the checkpoints.
        there_are: whether there are such processes.

    Yields:
        The signals that came.

    Raises:
        KeyboardInterrupt: they were asked twice, or one of them had not begun when it was asked.
    """
    asked: list[int] = []
    if not there_are:
        yield asked
        return

    def pass_on(number: int, _: Any) -> None:
        if asked:
            raise KeyboardInterrupt(_stopped(folder))
        asked.append(number)
        for child in multiprocessing.active_children():
            child.terminate()  # SIGTERM: see asked_to_stop

    previous = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    except RuntimeError as error:
        if not asked:
            raise
        raise KeyboardInterrupt(_stopped(folder)) from error  # a process that had not begun has simply ended
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _stopped(folder: Path) -> str:
    return f"stopped; what {folder} holds is used when you run the same command"


def _heard() -> bool:
    """Whether the training that is running (:func:`aiga.checkpoint.steps`) will stop after this step."""
    return bool(getattr(getattr(signal.getsignal(signal.SIGINT), "__self__", None), "asked", False))


def _share(
    address: str, scale: str, condition: str, deadline: float | None, work: tuple[list[int], torch.device, Path]
) -> Done | str:
    """One process's seeds of one condition; or, if it was stopped, what is to be said of it.

    A process that raised because it was stopped would take the others with it before they have saved.
    """
    seeds, device, folder = work
    module = experiment.load(address)
    try:
        with asked_to_stop(deadline), memory_shown():
            outcomes = experiment.run(
                module, scale, seeds=seeds, device=device, conditions=[condition], checkpoints=folder
            )
        return Done(outcomes, devices.peak_memory_mib(device))
    except KeyboardInterrupt as stop:
        return str(stop) or _stopped(folder)
    except RuntimeError as error:
        # In the midst of a checkpoint PyTorch puts an error of its own in the place of the disk's.
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise


def _device(device: torch.device, place: int) -> torch.device:
    """The machine's GPUs in turn, where none is named."""
    if device == torch.device("cuda") and torch.cuda.device_count() > 1:
        return devices.resolve(f"cuda:{place % torch.cuda.device_count()}")
    return device


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else uses the folder meanwhile; a killed process leaves no lock behind."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "in use.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise RuntimeError(
            f"another run is using the checkpoints in {folder}: wait for it, or give this run a folder of its own "
            "(--checkpoints)"
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Say what is left and what to do when the disk is full or the device fails."""
    kept = f"The last good checkpoint is in {folder}: run the same command again to go on."
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise OSError(error.errno, f"the disk is full ({error}). Free some space. {kept}") from error
    except RuntimeError as error:
        if isinstance(error, torch.cuda.OutOfMemoryError):
            raise RuntimeError(f"the GPU's memory is full: give it fewer seeds at a time. {kept}") from error
        if "CUDA" not in str(error):
            raise
        first = str(error).splitlines()[0]
        raise RuntimeError(f"the GPU failed ({first}). {kept} Another machine will do as well.") from error
