"""`tinylab firmware FILE`: run an image that was built elsewhere."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import tinylab
from tinylab.bench.firmware.firmware_events import (
    CallTimed,
    FirmwareEvent,
    FirmwareFinished,
    FirmwareStep,
    Heard,
    WindowTimed,
)
from tinylab.bench.firmware.firmware_plan import FirmwarePlan, plan_firmware
from tinylab.bench.plan.plan import parse_station
from tinylab.cli import log_lines, streams
from tinylab.cli.files import ResultFile, result_files, written
from tinylab.cli.headless import stopping
from tinylab.cli.output import print_error
from tinylab.display_text import visible
from tinylab.errors import InputError
from tinylab.export.firmware_report import render
from tinylab.options import formats
from tinylab.options.firmware import FirmwareOptions
from tinylab.options.option import filled
from tinylab.results.firmware_record import FirmwareDocument, FirmwareRun
from tinylab.units import either

Session = Callable[[FirmwarePlan, threading.Event], Iterator[FirmwareEvent]]
"""Executes a plan until its end, or until the event is set."""

SERIAL_MARK = "serial| "


def firmware_session(plan: FirmwarePlan, cancelled: threading.Event) -> Iterator[FirmwareEvent]:
    """The bench's own; imported late, for it brings pyOCD and the emulator with it."""
    from tinylab.bench.firmware.firmware_session import run

    return run(plan, cancelled)


def firmware(arguments: argparse.Namespace, session: Session = firmware_session) -> int:
    """Runs the image on each board asked for; the exit code of the worst failure."""
    files = firmware_files(arguments)
    options = filled(FirmwareOptions, vars(arguments))
    plan = plan_firmware(options, [parse_station(text) for text in arguments.on])
    # With nothing else to print, standard output is the firmware's.
    has_result = bool(options.time or options.protocol or options.trace or arguments.format)
    narration = Narration(serial_is_result=not has_result)
    return perform(
        arguments,
        files,
        narration,
        lambda cancelled: session(plan, cancelled),
        has_result=has_result,
        trace=options.trace,
    )


def perform(
    arguments: argparse.Namespace,
    files: Sequence[ResultFile],
    narration: Narration,
    events: Callable[[threading.Event], Iterator[FirmwareEvent]],
    *,
    has_result: bool = True,
    trace: bool = False,
) -> int:
    """Runs the events to their end, then prints and writes the results; returns the exit code."""
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    runs: list[FirmwareRun] = []
    cancelled = threading.Event()

    def delivered() -> int:
        arguments.delivered = has_result
        document = FirmwareDocument(tinylab.__version__, started, tuple(runs))
        printed = (arguments.format or "table") if has_result else None
        return _deliver(document, printed, files, trace=trace)

    try:
        with (
            log_lines.shown_by(narration.say),
            stopping(cancelled),
            streams.deferred(narration.take) as tell,
        ):
            for event in events(cancelled):
                if isinstance(event, FirmwareFinished):
                    runs.append(event.run)
                tell(event)
    except BaseException:  # a bug, or a second Ctrl-C
        if runs:
            delivered()
        raise
    return delivered()


def _deliver(
    document: FirmwareDocument, printed: str | None, files: Sequence[ResultFile], *, trace: bool
) -> int:
    """Writes the files, then prints the results in the format `printed`; returns the exit code."""
    suffixes = formats.of_firmware()
    errors = written(
        files,
        lambda file: file.save(render(document, suffixes[file.suffix], trace=trace).encode()),
    )
    if printed is not None:
        sys.stdout.write(render(document, printed, trace=trace))
    sys.stdout.flush()
    for run in document.runs:
        if run.error is not None:
            print_error(run.error.error())
    for error in errors:
        print_error(error)
    return max([document.exit_code, *(error.exit_code for error in errors)])


class Narration:
    """Prints serial output, and progress on stderr. Threads may share it."""

    def __init__(self, *, serial_is_result: bool) -> None:
        self._printing = threading.Lock()
        self._bare = serial_is_result
        self._rest = ""
        self._last = ""
        self._again = 0

    def take(self, event: FirmwareEvent) -> None:
        with self._printing:
            self._take(event)

    def say(self, text: str) -> None:
        """Prints a line that is no event."""
        with self._printing:
            self._say(text)

    def _take(self, event: FirmwareEvent) -> None:
        if isinstance(event, Heard):
            self._hear(event.text)
            return
        if isinstance(event, FirmwareStep):
            self._say(f"  {event.station.label}: {event.text}")
        elif isinstance(event, CallTimed):
            kind = "warm-up" if event.warmup else "call"
            self._say(f"  {event.station.label}: {kind} {event.number}: {event.cycles:,} cycles")
        elif isinstance(event, WindowTimed):
            rate = event.window.inferences_per_second
            self._say(
                f"  {event.station.label}: window {event.number}: {rate:,.4g} inferences per second"
            )
        else:
            self._end()
            what = "ended" if event.run.valid else "failed"
            self._say(f"  {event.station.label}: {what} after {event.run.board_seconds:.3g} s")

    def _hear(self, text: str) -> None:
        text = visible(text.replace("\r", ""))
        if self._bare:
            sys.stdout.write(text)
            sys.stdout.flush()
            self._rest = text.rpartition("\n")[2]
            return
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._show(line)

    def _show(self, line: str) -> None:
        """A line that is repeated is counted."""
        if line == self._last:
            self._again += 1
            return
        self._flush_repeats()
        self._last = line
        print(f"{SERIAL_MARK}{line}", file=sys.stderr, flush=True)

    def _flush_repeats(self) -> None:
        if self._again:
            print(f"{SERIAL_MARK}  (the same {self._again:,} times more)", file=sys.stderr)
        self._last, self._again = "", 0

    def _end(self) -> None:
        """The last line may have no line end."""
        self._flush_repeats()
        if self._rest and self._bare:
            sys.stdout.write("\n")
            sys.stdout.flush()
        elif self._rest:
            print(f"{SERIAL_MARK}{self._rest}", file=sys.stderr)
        self._rest = ""

    def _say(self, text: str) -> None:
        self._flush_repeats()
        print(visible(text), file=sys.stderr, flush=True)


def firmware_files(arguments: argparse.Namespace) -> Sequence[ResultFile]:
    """The files to write results to. Raises InputError for formats that firmware runs lack."""
    printed, suffixes = formats.printed(firmware=True), formats.of_firmware()
    if arguments.format not in (None, *printed):
        raise InputError(
            f"--format {arguments.format}: firmware runs cannot be printed as that.",
            remedy=f"Use {either(printed)}.",
        )
    files = result_files(arguments.output, None, None)
    for file in files:
        if file.suffix not in suffixes:
            raise InputError(
                f"-o {file.path}: firmware runs cannot be written as {file.suffix}.",
                remedy=f"Use a name that ends in {either(list(suffixes))}.",
            )
    return [replace(file, kept="Name another file, and run it again.") for file in files]
