"""Which way samples take when a way fails, decided without a board."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest

from tinylab.bench.measure.link_choice import MeasureAttempts, measure
from tinylab.bench.measure.measurement import Bench, Measurement
from tinylab.bench.station.station import Station
from tinylab.boards import catalog
from tinylab.boards.clocks import solve
from tinylab.boards.serial import BAUDS
from tinylab.errors import LinkError, SerialLineError, SignalError, StationError, Unplugged
from tinylab.options.measuring import AUTO, SWD, UART

WB = catalog.by_name("nucleo_wb55rg")
CLOCK = solve(WB, 64e6)
GOOD = Measurement(
    cycles=np.array([10, 10], dtype=np.uint64),
    first_cycles=11,
    dropped=0,
    overhead=1,
    stack_bytes=100,
    clock_measured_hz=64e6,
    outputs=np.zeros((1, 1), dtype=np.float32),
)
LOSSY = replace(GOOD, dropped=12)


class FakeBench:
    """Remembers what it listens with."""

    def __init__(self) -> None:
        self.reader: Any = None

    def listen_with(self, reader: object) -> None:
        self.reader = reader

    def look(self) -> None:
        raise AssertionError("nobody looks")


@dataclass
class FakeStation:
    """A station whose port opens, or does not."""

    port: StationError | None = None
    board: Any = WB
    opened: list[int] = field(default_factory=list)
    listening: int | None = None

    def open_serial(self, baud: int) -> FakeStation:
        if self.port is not None:
            raise self.port
        self.opened.append(baud)
        return self

    def listen_at(self, baud: int) -> None:
        self.listening = baud

    def close(self) -> None:
        self.listening = None


def linked(
    wanted: str,
    ends: list[Measurement | Exception],
    station: FakeStation | None = None,
    repeated: int = 0,
) -> tuple[Any, list[str], list[int]]:
    """How it ends, why there were further attempts, and each attempt's divider."""
    station = station or FakeStation()
    reasons: list[str] = []
    dividers: list[int] = []

    def attempt(bench: Bench) -> Measurement:
        reader = cast(FakeBench, bench).reader
        dividers.append(reader.serial_divider if reader else 0)
        assert station.listening == (station.opened[-1] if reader else None)
        if reader:
            reader.repeated = repeated
        end = ends[len(dividers) - 1]
        if isinstance(end, Exception):
            raise end
        return end

    attempts = MeasureAttempts(lambda: cast(Bench, FakeBench()), attempt, reasons.append)
    try:
        end: Any = measure(wanted, cast(Station, station), CLOCK, attempts)
    except LinkError as error:
        end = error
    assert station.listening is None, "the port is closed again"
    return end, reasons, dividers


def test_swd_comes_first_and_is_enough() -> None:
    end, reasons, dividers = linked(AUTO, [GOOD])
    assert (end.measured, end.link, end.notes) == (GOOD, SWD, ())
    assert (reasons, dividers) == ([], [0])


def test_lost_samples_are_reason_enough_for_the_serial_port() -> None:
    end, reasons, dividers = linked(AUTO, [LOSSY, GOOD])
    assert (end.measured, end.link) == (GOOD, UART)
    assert end.notes == ("Measured over the serial port: 12 samples were lost over SWD",)
    assert reasons == ["12 samples were lost over SWD"]
    assert dividers == [0, 69]


def test_a_port_that_cannot_be_had_leaves_what_swd_gave() -> None:
    busy = FakeStation(StationError("The serial port is in use."))
    end, reasons, _ = linked(AUTO, [LOSSY], busy)
    assert (end.measured, end.link, reasons) == (LOSSY, SWD, [])
    [note] = end.notes
    assert note.endswith("the serial port is not available: The serial port is in use.")


def test_who_asks_for_swd_gets_swd_with_its_losses() -> None:
    end, _, _ = linked(SWD, [LOSSY])
    assert (end.measured, end.link) == (LOSSY, SWD)


@pytest.mark.parametrize("error", [LinkError("silent"), Unplugged("gone")], ids=str)
def test_what_another_link_would_not_mend_is_not_tried_again(error: LinkError) -> None:
    end, reasons, dividers = linked(AUTO, [error])
    assert end is error
    assert (reasons, dividers) == ([], [0])


def test_rates_go_down_one_by_one_and_the_last_one_is_final() -> None:
    bad = SerialLineError("bad")
    end, reasons, dividers = linked(UART, [bad, bad, GOOD])
    assert end.link == UART
    assert end.notes == ("bad", "bad", "sent at 230,400 baud")
    assert dividers == [69, 139, 278]
    end, reasons, dividers = linked(AUTO, [SignalError("deaf"), bad, bad, bad, bad])
    assert end is bad
    assert dividers == [0, 69, 139, 278, 556]
    assert len(reasons) == 4


def test_who_asks_for_swd_alone_is_told_why_it_failed() -> None:
    deaf = SignalError("deaf")
    end, reasons, dividers = linked(SWD, [deaf])
    assert end is deaf
    assert (reasons, dividers) == ([], [0])


def test_where_both_ways_fail_both_are_told() -> None:
    deaf = SignalError("Deaf.", remedy="Use a shorter cable.", details="DP error")
    busy = FakeStation(StationError("The serial port is in use."))
    end, reasons, _ = linked(AUTO, [deaf], busy)
    assert type(end) is LinkError
    assert end.message.startswith("SWD could not be read while the core ran (Deaf), and ")
    assert end.message.endswith("The serial port is in use.")
    assert (end.remedy, end.details, reasons) == (deaf.remedy, deaf.details, [])


def test_the_port_is_tried_at_its_fastest_rate_before_anything_is_begun_anew() -> None:
    station = FakeStation()
    linked(AUTO, [LOSSY, GOOD], station)
    assert station.opened == [BAUDS[0]] * 2


def test_records_that_came_twice_are_told() -> None:
    end, _, _ = linked(UART, [GOOD], repeated=1_200)
    assert end.notes == ("1,200 records were received twice and counted once",)
