"""The list of stations: every ST-Link that is attached, and the virtual boards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tinylab.screens.widgets.pick_list import PickLine, PickList
from tinylab.units import megahertz, plus_minus

if TYPE_CHECKING:
    from tinylab.screens.desk import Station
    from tinylab.screens.live import StationLine

SERIAL_DIGITS = 6


class StationList(PickList):
    """Stations by key; what one is doing stands in its line while a session runs."""

    BORDER_TITLE = "Stations  s"
    BORDER_SUBTITLE = "enter ticks"

    def show_stations(
        self, stations: Iterable[Station], working: Mapping[str, StationLine]
    ) -> None:
        self.show([_line(one, working.get(one.key)) for one in stations])


def _line(station: Station, doing: StationLine | None) -> PickLine:
    problem = station.problem
    more = ""
    at_work = doing is not None and doing.working
    if doing is not None and at_work:
        tail, note = f"{_kind(station)}at work", f"▶ {doing.text}"
    elif problem is not None:
        taken = station.probe is not None and station.probe.holder is not None
        tail, (note, more) = "! in use" if taken else "! not usable", problem
    else:
        tail, note = f"{_kind(station)}ready", _facts(station)
    if station.simulated and not station.ticked and not at_work:
        note, more = "", note  # there are many, and they are always there
    head = station.request.board if station.request else "unknown ST-Link"
    return PickLine(
        station.key,
        f"sim:{head}" if station.simulated else head,
        tail,
        note,
        more,
        station.ticked,
        trouble=problem is not None,
        brief=at_work,
    )


def _kind(station: Station) -> str:
    return "SIM " if station.simulated else ""


def _facts(station: Station) -> str:
    """`48, 64 MHz  V2J45M31  #…E23F0A  /dev/ttyACM0`."""
    parts = [clock_list(station.clocks_hz)]
    if station.board is not None and station.simulated:
        parts.append(f"error {plus_minus(station.board.expected_error_percent)}")
    probe = station.probe
    if probe is not None:
        parts += [probe.firmware or probe.generation, f"#…{probe.unique_id[-SERIAL_DIGITS:]}"]
        parts.append(probe.serial_port or "no port")
    return "  ".join(parts)


def clock_list(clocks_hz: Iterable[float]) -> str:
    """`48, 64 MHz`."""
    return ", ".join(megahertz(hz).removesuffix(" MHz") for hz in clocks_hz) + " MHz"
