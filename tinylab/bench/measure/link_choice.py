"""Selects the link for samples, and the other link if the first one fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tinylab.bench.measure.measurement import Bench, Measurement
from tinylab.bench.measure.sample_readers import SerialReader
from tinylab.bench.station.station import Station
from tinylab.boards.clock_family import ClockSettings
from tinylab.boards.serial import BAUDS, Rate, rates
from tinylab.errors import InputError, LinkError, SerialLineError, SignalError, StationError
from tinylab.options.measuring import SWD, UART


@dataclass(frozen=True, eq=False)
class Linked:
    """A measurement, its link, and notes about the link."""

    measured: Measurement
    link: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MeasureAttempts:
    """How a run measures: `bench` makes one for an attempt, `measure` carries it out.

    `anew` receives the reason for another attempt, which does not include the samples so far.
    """

    bench: Callable[[], Bench]
    measure: Callable[[Bench], Measurement]
    anew: Callable[[str], None]


def measure(
    wanted: str, station: Station, clock: ClockSettings, attempts: MeasureAttempts
) -> Linked:
    """Over the link `wanted`; `auto` is SWD, and the serial port if SWD fails.

    Raises the error of the last attempt.
    """
    if wanted == UART:
        return _over_uart(station, clock, attempts)
    kept = None
    try:
        kept = Linked(attempts.measure(attempts.bench()), SWD)
    except SignalError as error:
        if wanted == SWD:
            raise
        failed: LinkError = error
        reason = f"SWD could not be read while the core ran ({error.message.rstrip('.')})"
    else:
        if wanted == SWD or not kept.measured.dropped:
            return kept
        reason = f"{kept.measured.dropped:,} samples were lost over SWD"
    try:
        fastest = rates(station.board, clock)[0]
        station.open_serial(fastest.baud).close()
    except (InputError, StationError) as error:
        why = f"{reason}, and the serial port is not available: {error.message}"
        if kept is None:
            raise LinkError(why, remedy=failed.remedy, details=failed.details) from error
        return replace(kept, notes=(why,))
    attempts.anew(reason)
    linked = _over_uart(station, clock, attempts)
    return replace(linked, notes=(f"Measured over the serial port: {reason}", *linked.notes))


def _over_uart(station: Station, clock: ClockSettings, attempts: MeasureAttempts) -> Linked:
    """At the fastest rate without losses; at the slowest, losses are accepted."""
    notes: list[str] = []
    usable = rates(station.board, clock)
    for rate in usable:
        last = rate is usable[-1]
        try:
            linked = _at(rate, station, attempts, tolerant=last)
        except SerialLineError as error:
            if last:
                raise
            attempts.anew(error.message)
            notes.append(error.message)
        else:
            return replace(linked, notes=(*notes, *linked.notes))
    raise AssertionError("the last rate is the last attempt")


def _at(rate: Rate, station: Station, attempts: MeasureAttempts, *, tolerant: bool) -> Linked:
    port = station.open_serial(rate.baud)
    try:
        port.listen_at(rate.baud)
        bench = attempts.bench()
        reader = SerialReader(port, rate, bench.look, tolerant=tolerant)
        bench.listen_with(reader)
        measured = attempts.measure(bench)
    finally:
        port.close()
    notes = [f"sent at {rate.baud:,} baud"] if rate.baud != BAUDS[0] else []
    if reader.repeated:
        notes.append(f"{reader.repeated:,} records were received twice and counted once")
    return Linked(measured, UART, tuple(notes))
