"""`tinylab bench-core`: the cycles of small loops, published, simulated and on silicon."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import tinylab
from tinylab.bench.plan.plan import StationRequest, parse_station
from tinylab.boards import catalog
from tinylab.boards.clocks import solve
from tinylab.cli import log_lines
from tinylab.cli.files import ResultFile
from tinylab.cli.headless import stopping
from tinylab.cli.output import print_error, print_json, print_listing
from tinylab.cli.request import attached_stations
from tinylab.display_text import json_text, one_line
from tinylab.errors import InputError, OutputError
from tinylab.options.core_loops import WITHOUT_BOARD

if TYPE_CHECKING:
    from tinylab.bench.core_loops.document import CoreBench, LoopResult

Job = tuple[StationRequest, float | None]


def bench_core(arguments: argparse.Namespace) -> int:
    """The command: loops that differ are a result, so only errors change the exit code.

    All input is checked before anything is built; errors on one board do not stop the others.
    """
    from tinylab.bench.core_loops.comparison import CoreBencher, chosen
    from tinylab.bench.core_loops.document import CoreBenchDocument

    file = _result_file(arguments.output)
    jobs = list(_jobs(arguments))
    for request, _ in jobs:
        chosen(catalog.by_name(request.board), arguments.filter)
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    cancelled = threading.Event()
    results = []
    with log_lines.shown_by(_say), stopping(cancelled):
        bencher = CoreBencher(arguments.filter, arguments.wait_s, cancelled.is_set, _say)
        for request, hz in jobs:
            result = bencher.bench(request, hz)
            results.append(result)
            if not arguments.json:
                _print(result)
    document = CoreBenchDocument(tinylab.__version__, started, tuple(results))
    if arguments.json:
        print_json(document.to_json())
        arguments.delivered = True
    sys.stdout.flush()
    for result in results:
        if result.error is not None:
            print_error(result.error.error())
    failed = _write(file, json_text(document.to_json()))
    return max(document.exit_code, failed.exit_code if failed else 0)


def _jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    """Each board at each clock. Raises InputError, UnknownName, ClockError, StationError."""
    named = [parse_station(text) for text in arguments.on]
    for request in named:
        for hz in request.clocks_hz:
            solve(catalog.by_name(request.board), hz)
    stations: Sequence[StationRequest] = named
    if not named:
        attached = attached_stations(wait=arguments.wait_s > 0)
        stations = attached or (parse_station(WITHOUT_BOARD),)
    for request in stations:
        for clock in request.clocks_hz or (None,):
            yield request, clock


def _result_file(path: Path | None) -> ResultFile | None:
    if path is None:
        return None
    file = ResultFile(path, kept="Name another file, and run it again.")
    if file.suffix != ".json":
        raise InputError(
            f"-o {path}: the cycles of loops cannot be written as {file.suffix or 'that'}.",
            remedy="Use a name that ends in .json.",
        )
    file.check()
    return file


def _write(file: ResultFile | None, text: str) -> OutputError | None:
    if file is None:
        return None
    try:
        file.save(f"{text}\n".encode())
    except OutputError as error:
        print_error(error)
        return error
    return None


def _say(text: str) -> None:
    print(one_line(text), file=sys.stderr, flush=True)


def _print(result: CoreBench) -> None:
    if not result.loops:
        return
    print(one_line(_heading(result)) + "\n")
    heads = ["id", "rule", "published", "model"]
    heads += [] if result.simulated else ["silicon", "spread"]
    print_listing(
        (*heads, "difference", ""),
        (_cells(one, simulated=result.simulated) for one in result.loops),
        right="published model silicon spread difference",
    )
    print("\n" + "\n".join(map(one_line, _summary(result))))


def _heading(result: CoreBench) -> str:
    where = f"{'sim:' if result.simulated else ''}{result.board} ({result.core})"
    states = f"{result.wait_states} wait state{'s' * (result.wait_states != 1)}"
    kind = "all cycles are simulated" if result.simulated else f"probe {result.serial}"
    return f"{where}, {result.clock_hz / 1e6:g} MHz, {states}, {kind}"


def _cells(one: LoopResult, *, simulated: bool) -> tuple[str, ...]:
    silicon = () if simulated else (_number(one.silicon), _number(one.spread))
    return (
        one.id,
        one.title,
        str(one.published),
        _number(one.model),
        *silicon,
        f"{one.difference:+.3g}" if one.difference else "" if one.difference is None else "0",
        f"skipped: {one.skipped}" if one.skipped else one.known,
    )


def _number(cycles: float | None) -> str:
    return "-" if cycles is None else f"{cycles:.4g}"


def _summary(result: CoreBench) -> Iterator[str]:
    ran = [one for one in result.loops if one.model_agrees is not None]
    agree = sum(bool(one.model_agrees) for one in ran)
    mark = " (simulated)" if result.simulated else ""
    yield f"{agree} of {len(ran)} agree: model{mark} and published figures"
    both = [one for one in result.loops if one.silicon_agrees is not None]
    if both:
        agree = sum(bool(one.silicon_agrees) for one in both)
        yield f"{agree} of {len(both)} agree: model and this silicon"
        held = sum(one.published.has(one.silicon) for one in both if one.silicon is not None)
        yield f"{held} of {len(both)} agree: this silicon and published figures"
