"""The list of stations: every ST-Link that is attached, and the virtual boards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tinylab.screens.widgets.pick_list import PickLine, PickList
from tinylab.units import megahertz, plus_minus

if TYPE_CHECKING:
    from tinylab.probe.discovery import ProbeInfo
    from tinylab.screens.live import StationLine
    from tinylab.screens.selection import StationEntry

SERIAL_DIGITS = 6


class StationList(PickList):
    """Stations by key; what one is doing stands in its line while a session runs."""

    BORDER_TITLE = "Stations  s"
    BORDER_SUBTITLE = "enter ticks"

    def show_stations(
        self, stations: Iterable[StationEntry], working: Mapping[str, StationLine]
    ) -> None:
        self.show([_line(one, working.get(one.key)) for one in stations])


def _line(station: StationEntry, doing: StationLine | None) -> PickLine:
    problem = station.problem
    more = ""
    at_work = doing is not None and doing.working
    if doing is not None and at_work:
        tail, note = f"{_kind(station)}at work", f"▶ {doing.text}"
    elif problem is not None:
        tail, (note, more) = f"! {_trouble(station)}", problem
    else:
        tail, note = f"{_kind(station)}ready", _facts(station)
        more = _about_probe(station.probe) if station.probe else ""
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


def _trouble(station: StationEntry) -> str:
    """A word or two, as `tinylab probes` has them."""
    trouble = station.probe.trouble if station.probe and station.attached else None
    return trouble or "not usable"


def _about_probe(probe: ProbeInfo) -> str:
    """What is told of the probe under the cursor only."""
    age = f"Probe firmware {probe.firmware_age}." if probe.firmware_age else ""
    remark = f"{probe.remark} {probe.remedy or ''}" if probe.remark else ""
    return f"{age} {remark}".strip()


def _kind(station: StationEntry) -> str:
    return "SIM " if station.simulated else ""


def _facts(station: StationEntry) -> str:
    """`48, 64 MHz  V2J45M31  #…E23F0A  /dev/ttyACM0  3.3 V  flash open`."""
    parts = [clock_list(station.clocks_hz)]
    if station.board is not None and station.simulated:
        parts.append(f"error {plus_minus(station.board.expected_error_percent)}")
    probe = station.probe
    if probe is not None:
        parts += [probe.firmware or probe.generation, f"#…{probe.unique_id[-SERIAL_DIGITS:]}"]
        parts.append(probe.serial_port or "no port")
        if probe.target_volts is not None:
            parts.append(f"{probe.target_volts:.1f} V")
        parts.append(f"flash {probe.lock}" if probe.lock != "unknown" else "lock unknown")
    return "  ".join(parts)


def clock_list(clocks_hz: Iterable[float]) -> str:
    """`48, 64 MHz`."""
    return ", ".join(megahertz(hz).removesuffix(" MHz") for hz in clocks_hz) + " MHz"
