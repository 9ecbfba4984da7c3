"""`tinylab run --like RUN`: the same again, and what is not the same any more."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tinylab import paths, text_files
from tinylab.bench.plan.plan import Job, Options, Plan, make_plan, parse_station
from tinylab.boards import catalog as boards
from tinylab.boards.placement import FLASH, default_layout, word_of
from tinylab.cli.output import print_warning
from tinylab.cli.request import options_of
from tinylab.cli.stored.baseline import LARGEST, REMEDY
from tinylab.cli.stored.selection import runs_of
from tinylab.display_text import one_line
from tinylab.errors import InputError
from tinylab.options.measuring import BALANCED, SPEED
from tinylab.results.comparison.figures import figures_of
from tinylab.results.comparison.provenance import differences, origin, provenance
from tinylab.results.comparison.verdict import verdict
from tinylab.results.record import RunDocument, RunRecord
from tinylab.results.store import Store
from tinylab.zoo import catalog

Pairs = tuple[tuple[Job, RunRecord], ...]
"""Each job with the run that it repeats."""


def repeated(name: str, arguments: argparse.Namespace) -> tuple[Plan, Pairs]:
    """The plan that measures the runs called `name` again, and what each job repeats.

    Options that were given replace those of the runs. Raises InputError if there is no such run,
    if the runs were made with different options, or need a file that is not there.
    """
    records = _records(name)
    settings = [_asked(record) for record in records]
    if any(one != settings[0] for one in settings):
        raise InputError(
            f"The runs of {name} were made with different options.",
            remedy="Name one of them: `tinylab history` lists their numbers.",
            details="\n".join(f"{figures_of(one).name}: {_written(one)}" for one in records),
        )
    given = {key: value for key, value in settings[0].items() if key not in arguments.given}
    options = options_of(argparse.Namespace(**{**vars(arguments), **given}))
    _check_data(name, records, options)
    pairs = [pair for record in records for pair in _jobs(name, record, arguments, options)]
    unique = {job.identity.place: (job, record) for job, record in pairs}
    made = tuple(
        (replace(job, index=index), record) for index, (job, record) in enumerate(unique.values())
    )
    runtimes = tuple(dict.fromkeys(job.runtime for job, _ in made))
    return Plan(tuple(job for job, _ in made), replace(options, runtimes=runtimes)), made


def tell(pairs: Pairs, found: RunDocument) -> None:
    """Prints what is not the same any more, and how the time compares, on stderr."""
    now = {row.identity.place: row for row in found.rows}
    for job, before in pairs:
        row = next((one for place, one in now.items() if _same(place, job)), None)
        if row is not None:
            for line in _report(before, row):
                print(one_line(f"like: {line}"), file=sys.stderr)


def _same(place: tuple[object, ...], job: Job) -> bool:
    """Whether it is the job's; a job may leave the probe open."""
    wanted = job.identity.place
    return all(one == two or two is None for one, two in zip(place, wanted, strict=True))


def _report(before: RunRecord, now: RunRecord) -> Iterator[str]:
    name = figures_of(now).name
    changed = [
        *differences(provenance(before), provenance(now)),
        *differences(origin(before), origin(now)),
    ]
    if not changed:
        yield f"{name}: made and measured in the same way"
    for difference in changed:
        yield f"{name}: {difference}"
    one, two = figures_of(now), figures_of(before)
    if before.valid and now.valid and one.comparable and two.comparable:
        yield f"{name}: {verdict(one, two)}"


def _records(name: str) -> Sequence[RunRecord]:
    if name.lower().endswith(".json"):
        try:
            text = text_files.read(Path(name).expanduser(), LARGEST)
            found: Sequence[RunRecord] = RunDocument.parse(text, "document").rows
        except InputError as error:
            raise InputError(
                f"The file {name} cannot be used: {error.message.rstrip('.')}.",
                remedy=error.remedy or REMEDY,
            ) from error
    else:
        with Store.reading(paths.results_database()) as store:
            runs = runs_of(store, [name])
            for row in store.unreadable:
                print_warning(row)
        found = [run.record for run in runs if run.record is not None]
    if not found:
        raise InputError(
            f"{name} has no run with a result, so nothing says how it was measured.",
            remedy="`tinylab history --valid` lists runs with results.",
        )
    return found


def _asked(record: RunRecord) -> Mapping[str, object]:
    """The options that give the same run, by name; without those that are its default."""
    identity = record.identity
    asked: dict[str, object] = {"warmup": record.warmup, "link": record.link}
    if record.data is None:
        asked |= {"inferences": record.cycles.n, "min_time_s": 0.0}
    if identity.compression not in (None, "", _usual_compression(identity.model)):
        asked["compression"] = identity.compression
    if identity.optimize not in (None, BALANCED):
        asked["optimize"] = identity.optimize
    place = ",".join(_unusual_places(record))
    return asked | ({"place": (place,)} if place else {})


def _written(record: RunRecord) -> str:
    return ", ".join(f"{name} {value}" for name, value in _asked(record).items())


def _usual_compression(model: str) -> str:
    return catalog.model(model).default_compression if model in catalog.every_name() else "none"


def _unusual_places(record: RunRecord) -> Iterator[str]:
    """The parts that are not where they are by default; scratch memory is with the activations."""
    parts = dict(
        pair.split("=", 1) for pair in (record.identity.placement or "").split(",") if "=" in pair
    )
    board = boards.find(record.board)
    usual = {"code": FLASH, "scratch": parts.get("activations")}
    if record.identity.optimize != SPEED:
        usual["weights"] = FLASH
    if board is not None:
        usual["activations"] = word_of(board, default_layout(board).activations[0])
    yield from (f"{part}={where}" for part, where in parts.items() if where != usual.get(part))


def _jobs(
    name: str, record: RunRecord, arguments: argparse.Namespace, options: Options
) -> Iterator[tuple[Job, RunRecord]]:
    models: Iterable[str] = arguments.model or (record.model,)
    if not arguments.model:
        _check_model(name, record)
    place = f"{'sim:' * record.simulated}{record.board}"
    place += f"#{record.serial}" if record.serial and not record.simulated else ""
    stations = [parse_station(text) for text in arguments.on or (place,)]
    if not arguments.on:
        stations = [replace(stations[0], clocks_hz=(float(record.clock_hz),))]
    runtimes = options.runtimes if "runtime" in arguments.given else (record.runtime,)
    made = make_plan(list(models), stations, replace(options, runtimes=runtimes))
    yield from ((job, record) for job in made.jobs)


def _check_model(name: str, record: RunRecord) -> None:
    if record.model in catalog.every_name() or Path(record.model).expanduser().exists():
        return
    raise InputError(
        f"The model of {name} is not here: {record.model}.",
        remedy="Put it back, call tinylab from the folder in which it was measured, or name it "
        f"with --model. Its SHA-256 was {record.identity.model_sha256 or 'not recorded'}.",
    )


def _check_data(name: str, records: Sequence[RunRecord], options: Options) -> None:
    used = next((record.data for record in records if record.data is not None), None)
    if used is not None and options.data is None:
        raise InputError(
            f"{name} was measured with your samples {used.file}, which are not stored.",
            remedy=f"Add --data {used.file}. Its SHA-256 was {used.sha256}.",
        )
