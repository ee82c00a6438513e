"""The list of all experiments at paper scale: recorded, stale, partly recorded, or not yet, and what it would cost."""

from pathlib import Path

from aiga import experiment, records
from aiga.benchmarks import forecasts
from aiga.benchmarks.forecasts import Forecast
from aiga.ledger import Table, span
from aiga.records import Record, codehash, timing
from aiga.records.condense import duration
from aiga.scale import Scale

SCALE: Scale = "paper"
NOT_ESTIMATED = "not yet estimated"


def recorded(root: Path) -> str:
    """The list in Markdown, with a line that counts its states. A run on stand-in data has recorded nothing."""
    runs = [each for each in records.load_all(folder=root / "data" / "runs") if not each.data.stand_in]
    known = forecasts.load(root / "data")
    rows, counts, only_smaller = [], {"recorded": 0, "partly recorded": 0, "not yet recorded": 0}, 0
    for address in experiment.addresses():
        mine = [each for each in runs if each.address == address]
        state, missing = _state(address, [each for each in mine if each.scale == SCALE])
        counts[state.split(",")[0]] += 1
        smaller = sorted({each.scale for each in mine if each.scale != SCALE})
        only_smaller += bool(smaller) and state == "not yet recorded"
        also = f"\nat {', '.join(smaller)}: recorded" if smaller else ""
        named = "\n".join((f"**{address}**", *_command(address, missing)))
        rows.append((named, state + also, _cost(address, missing, mine, known)))
    words = ", ".join(f"{count} {state}" for state, count in counts.items())
    words += f" ({only_smaller} of them at a smaller scale)" * bool(only_smaller)
    source = (
        f"Costs are estimated from the first steps on one thread of {machines}; "
        "what grows as it runs, like POET's niches, costs more than its first steps say, "
        "and the tests at the end of a training come on top.\n\n"
        if (machines := _machines(known))
        else ""
    )
    head = ("experiment, and what would record the rest", "state", "cost of a condition and a seed")
    return f"{len(rows)} experiments: {words}. {source}\n{Table(head, tuple(rows))._repr_markdown_()}\n"


def _machines(known: list[Forecast]) -> str:
    """Where the paper-scale costs were measured, and from when to when."""
    days: dict[str, list[str]] = {}
    for each in known:
        if each.scale == SCALE:
            days.setdefault(str(each.machine), []).append(str(each.date))
    spans = {machine: " to ".join(sorted({min(found), max(found)})) for machine, found in days.items()}
    return "; ".join(f"{machine} ({span})" for machine, span in spans.items())


def _state(address: str, runs: list[Record]) -> tuple[str, list[str]]:
    """The state in words, and the conditions that no record at this scale shows as they are today."""
    wanted = list(experiment.load(address).SCALES[SCALE])
    if not runs:
        return "not yet recorded", wanted
    speaking = {name for each in runs if not each.stale() for name in each.settings}
    there = {name for each in runs for name in each.settings}
    missing = [name for name in wanted if name not in there]
    seeds = span(timing.seeds_each(runs).values())
    state = f"partly recorded, without {', '.join(missing)}" if missing else "recorded"
    state += f", {seeds} seed{'s' if seeds != '1' else ''}"
    if old := [name for name in wanted if name in there and name not in speaking]:
        state += f", stale: {', '.join(old)}"
    return state, [name for name in wanted if name not in speaking]


def _command(address: str, missing: list[str]) -> list[str]:
    """What would record the rest, if anything is missing."""
    if not missing:
        return []
    whole = list(experiment.load(address).SCALES[SCALE])
    only = "" if missing == whole else f" --conditions {' '.join(missing)}"
    return [f"`aiga run {address} --scale {SCALE} --seeds 0:5{only}`"]


def _cost(address: str, missing: list[str], runs: list[Record], known: list[Forecast]) -> str:
    """Measured for what is recorded, estimated for the rest."""
    if not missing:
        here = [each for each in runs if each.scale == SCALE]
        if not (known_times := timing.seconds_each(here).values()):
            return "not timed: the run went on from a checkpoint"
        time = duration(sum(known_times) / len(known_times))
        return f"about {time}, measured on {here[-1].device}"
    found = {each.condition: each for each in known if (each.address, each.scale) == (address, SCALE)}
    if not found:
        return NOT_ESTIMATED
    names: dict[str, list[str]] = {}
    for name in missing:
        names.setdefault(_estimate(found[name]) if name in found else NOT_ESTIMATED, []).append(name)
    return "\n".join(f"{', '.join(those)}: {estimate}" for estimate, those in names.items())


def _estimate(forecast: Forecast) -> str:
    if not forecast.steps:
        return "nothing to train, its tests alone"
    if not forecast.measured:
        text = f"at least {_long(forecast.seconds)}: no step ended within {_long(forecast.seconds_a_step)}"
    else:
        text = f"{'at least' if forecast.at_least else 'about'} {_long(forecast.seconds)}, estimated"
        text += " from its first part" * forecast.at_least
    return text + ", with earlier code" * (forecast.code_hash != codehash.of(forecast.address))


def _long(seconds: float) -> str:
    """A time that may be many days."""
    return duration(seconds) if seconds < 48 * 3600 else f"{seconds / 86400:,.0f} days"
