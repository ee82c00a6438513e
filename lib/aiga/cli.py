"""The ``aiga`` command line: run and record experiments, report, calibrate, confirm, look after the data."""

import datetime
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro
from tyro.conf import Positional, arg

from aiga import datasets, experiment, files, longrun, records, watching
from aiga import device as devices
from aiga.datasets import store
from aiga.experiment import Experiment
from aiga.ledger import calibrate as calibration
from aiga.ledger import verdicts
from aiga.ledger.claims import load_all
from aiga.ledger.evaluation import evaluate
from aiga.records import codehash, confirm, provenance, timing, verify
from aiga.records.condense import duration
from aiga.saved import Saved, default_folder
from aiga.scale import Scale

if TYPE_CHECKING:
    from aiga.benchmarks.forecasts import Forecast

Seeds = Annotated[str, arg(help="a range (0:10 is 0 to 9), a list (0,3,7), or one seed")]
STOPPED = 130
PARTIAL = "so far"


def run(
    address: Positional[str],
    /,
    scale: Scale,
    seeds: Seeds = "0",
    device: str = "auto",
    conditions: tuple[str, ...] = (),
    checkpoints: Path | None = None,
    records_folder: Path | None = None,
    minutes: float | None = None,
    jobs: int = 1,
    backend: Literal["loky", "ray"] = "loky",
) -> int:
    """Train an experiment, write a record of it, and compare it with the ledger.

    Ctrl-C, SIGTERM and the end of the set time save the state and stop; the same command goes on from there, on
    another machine too if it finds the checkpoints.

    Args:
        address: the experiment, plasticity.binary for example; `aiga list` shows all.
        scale: smoke (seconds), ci (minutes on two cores), colab (minutes on a GPU) or paper.
        seeds: which seeds.
        device: auto, cpu, cuda, cuda:1 or mps.
        conditions: only these conditions; default all.
        checkpoints: folder for checkpoints.
        records_folder: where the record goes; default the book's own data/runs.
        minutes: stop after so long, with everything saved.
        jobs: processes that share the seeds; on a machine with several GPUs each takes the next.
        backend: loky for this machine, ray for a cluster.
    """
    module = experiment.load(address)
    place, numbers = devices.resolve(device), parse_seeds(seeds)
    # read first: a mistake in a ledger must not show only after hours of training
    claims = [claim for ledger in load_all() for claim in ledger.claims if claim.address == address]
    folder = checkpoints or default_folder(address, scale, numbers)
    chosen = list(dict.fromkeys(conditions or module.SCALES[scale]))
    saved = Saved(folder, address, scale, code=codehash.of(address))
    if waiting := saved.check(chosen, parts=min(jobs, len(numbers))):
        print(f"Going on from the checkpoints in {folder}.")
    started = datetime.datetime.now(datetime.UTC)
    commit, dirty = provenance.commit()  # now: whoever edits the code while it runs does not change what is running

    def record_of(done: longrun.Done) -> records.Record:
        made = records.make(
            module,
            scale,
            done.outcomes,
            device=place,
            started=started,
            peak_memory_mib=done.peak_memory_mib,
            resumed=bool(waiting),
        )
        return made.model_copy(update={"commit": commit, "dirty": dirty, "code_hash": saved.code})

    def keep(done: longrun.Done) -> None:
        """What is done so far, for whoever cannot wait for the rest."""
        shutil.rmtree(folder / PARTIAL, ignore_errors=True)
        if len({each.condition for each in done.outcomes}) < len(chosen):
            print(f"So far: {records.write(record_of(done), folder / PARTIAL)}")

    done = longrun.carry_out(
        address,
        scale,
        seeds=numbers,
        device=place,
        conditions=chosen,
        folder=folder,
        minutes=minutes,
        jobs=jobs,
        backend=backend,
        begun=saved.mark,
        done=keep,
    )
    record = record_of(done)
    path = records.write(record, records_folder)
    for file in saved.files(chosen):  # the record is safe: the checkpoints have served
        file.unlink(missing_ok=True)
    print(f"{path}\n{record.caption()}")
    for claim in claims:
        judged = evaluate(claim, scale, record.outcomes)
        print(f"{claim.id}: {verdicts.ours_text(judged)}: {judged.state}")
    return 0


def confirm_record(record: Positional[Path], /, steps: int = 100, device: str = "auto", tolerance: float = 1e-3) -> int:
    """Run the first steps of a record again; if its curves come back, mark the record as confirmed.

    Args:
        record: the record's file.
        steps: how many training steps.
        device: auto, cpu, cuda, cuda:1 or mps; the record's own kind of device is best.
        tolerance: largest difference that counts as equal, relative to a curve's height.
    """
    path = record if record.exists() else files.book_data() / "runs" / record.name
    done = confirm.confirm(path, steps=steps, device=device, tolerance=tolerance)
    found = f"{done.points} points of {done.steps} steps differ by {done.largest_difference:.2g} at most"
    print(f"{path} is confirmed: {found}")
    return 0


def verify_records(recorded: Positional[tuple[Path, ...]] = (), /) -> int:
    """Check that records are as they were written and agree with themselves, without running anything.

    Args:
        recorded: their files; default all of the book's.
    """
    for path in recorded or sorted((files.book_data() / "runs").glob("*.json")):
        print(f"{verify.verify(path).name}: as it was written")
    return 0


def report(output: Path | None = None, live: Path | None = None) -> int:
    """Print the reproduction report: every claim with its state, and every record.

    Args:
        output: write it to this file instead.
        live: a folder of results that notebooks have kept, to be shown too.
    """
    text = verdicts.report(live)
    if output is None:
        print(text, end="")
    else:
        files.write_text(output, text)
        print(output)
    return 0


def list_experiments() -> int:
    """List the experiments, their scales and conditions, and what a recorded run of each scale cost."""
    for address in experiment.addresses():
        module = experiment.load(address)
        print(f"{address}: {module.TITLE}")
        for scale, table in module.SCALES.items():
            print(f"  {scale:6} {', '.join(table)}; {_cost(module, scale)}")
    return 0


def cost(
    addresses: Positional[tuple[str, ...]] = (),
    /,
    scale: Scale = "paper",
    conditions: tuple[str, ...] = (),
    device: str = "auto",
    seconds: float = 10.0,
    store: bool = False,
) -> int:
    """Estimate what a run would cost here, for each seed, from the first seconds of its training.

    Args:
        addresses: the experiments; default all of them.
        scale: smoke, ci, colab or paper.
        conditions: only these conditions; default all.
        device: auto, cpu, cuda, cuda:1 or mps.
        seconds: how long to measure each condition, about.
        store: keep the estimates for the book's page on performance.
    """
    from aiga.benchmarks import forecasts  # here, because SciPy's statistics come with it: a second of every command

    for address in addresses or experiment.addresses():
        for name in conditions or experiment.load(address).SCALES[scale]:
            found = watching.forecast(address, scale, name, device=device, within=seconds)
            print(f"{address}, {scale}, {name}: {_in_words(found)}", flush=True)
            if store and found is not None:
                forecasts.keep(found)
    return 0


def calibrate(
    address: Positional[str],
    /,
    scale: Scale,
    seeds: Seeds = "100:105",
    device: str = "auto",
    conditions: tuple[str, ...] = (),
    mean_of: int = 1,
    confidence: float = 0.99,
) -> int:
    """Train an experiment with at least five seeds and propose bands, as YAML to paste into a ledger.

    Args:
        address: the experiment.
        scale: smoke, ci, colab or paper.
        seeds: at least five, none of those that the notebooks use.
        device: auto, cpu, cuda, cuda:1 or mps.
        conditions: only these conditions; default all.
        mean_of: how many seeds will be averaged when the band is used.
        confidence: probability with which new seeds stay within the band.
    """
    module, numbers = experiment.load(address), parse_seeds(seeds)
    if len(numbers) < calibration.FEWEST_SEEDS:
        raise ValueError(f"a band needs at least {calibration.FEWEST_SEEDS} seeds, got {len(numbers)}: --seeds 100:105")
    outcomes = experiment.run(module, scale, seeds=numbers, device=device, conditions=conditions or None)
    print(calibration.propose(module, scale, outcomes, mean_of=mean_of, confidence=confidence), end="")
    return 0


def data(action: Positional[Literal["fetch", "verify", "where"]], name: Positional[str | None] = None, /) -> int:
    """Fetch the data sets, verify them, or say where they are.

    Args:
        action: what to do.
        name: one data set; default all of them.
    """
    act = {"fetch": datasets.fetch, "verify": datasets.verify, "where": datasets.where}[action]
    for each in [name] if name else datasets.NAMES:
        # Of all sets some may well not be here, which is no damage; a set that was asked for by its name must be.
        absent = action == "verify" and not name and not store.search(datasets.source(each))
        print(f"{each}: {datasets.where(each) if absent else act(each)}")
    return 0


COMMANDS: dict[str, Callable[..., int]] = {
    "run": run,
    "confirm": confirm_record,
    "verify": verify_records,
    "report": report,
    "list": list_experiments,
    "cost": cost,
    "calibrate": calibrate,
    "data": data,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code: 0, 1 after an error, 130 after Ctrl-C, 2 (by tyro) for wrong usage."""
    try:
        code: int = tyro.extras.subcommand_cli_from_dict(COMMANDS, prog="aiga", args=arguments)
    except KeyboardInterrupt as interruption:
        print(f"aiga: {str(interruption) or 'stopped'}", file=sys.stderr)
        return STOPPED
    except (ValueError, RuntimeError, OSError, ImportError) as error:
        if os.environ.get("AIGA_TRACEBACK") == "1":
            raise
        print(f"aiga: {error}\n(AIGA_TRACEBACK=1 shows where this happened.)", file=sys.stderr)
        return 1
    return code


def parse_seeds(text: str) -> list[int]:
    """``"0:10"``, ``"0,3,7"`` or ``"5"`` as a list of seeds.

    Raises:
        ValueError: it is none of these, or names no seed.
    """
    try:
        if ":" in text:
            first, end = text.split(":")
            seeds = list(range(int(first or 0), int(end)))
        else:
            seeds = [int(part) for part in text.split(",")]
    except ValueError as error:
        raise ValueError(f"seeds {text!r}: expected a range like 0:10, a list like 0,3,7, or one number") from error
    if not seeds or min(seeds) < 0:
        raise ValueError(f"seeds {text!r}: expected at least one, none of them negative")
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must be distinct, got {text!r}")
    return seeds


def _in_words(forecast: "Forecast | None") -> str:
    """What training would take, and how much of it was measured."""
    if forecast is None:
        return "no estimate"
    if not forecast.steps:
        return "nothing to train"
    steps = f"{forecast.measured} step{'s' * (forecast.measured != 1)} measured"
    return f"{'at least' if forecast.at_least else 'about'} {duration(forecast.seconds)} ({steps})"


def _cost(module: Experiment, scale: Scale) -> str:
    runs = records.load_all(experiment.address_of(module), scale)
    if not runs:
        return "not yet measured"
    known, every = timing.seconds_each(runs), module.SCALES[scale]
    only = "" if set(known) >= set(every) else f" with {len(known)} of {len(every)} conditions"
    time = f"{duration(sum(known.values()))} a seed{only}" if known else "not timed"
    return f"{time}, {max(run.peak_memory_mib for run in runs):.0f} MiB on {', '.join({run.device: 0 for run in runs})}"
