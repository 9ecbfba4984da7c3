"""The probes that are plugged in, one by one."""

from __future__ import annotations

from collections.abc import Iterator

from tinylab.bench.doctor.check import Check, CheckState, DoctorContext
from tinylab.errors import StationError, TinylabError
from tinylab.probe.discovery import ProbeInfo
from tinylab.probe.error_mapping import Trouble

PASSING = (Trouble.IN_USE, Trouble.UNKNOWN_BOARD, Trouble.NO_ANSWER)
"""Troubles that may be intended: another program uses the probe, or its board is not supported."""


def examine(around: DoctorContext) -> Iterator[Check]:
    if isinstance(around.found, StationError):
        yield Check("probes", CheckState.NOT_NEEDED, "USB is not available.")
    elif isinstance(around.found, TinylabError):  # such as a board file of the user's
        yield Check("probes", CheckState.FAULT, around.found.message, around.found.remedy)
    elif not around.probes:
        yield Check(
            "probes",
            CheckState.NOT_NEEDED,
            "No ST-Link is plugged in; virtual boards do not require one.",
        )
    yield from map(_check, around.probes)


def _check(probe: ProbeInfo) -> Check:
    name = f"probe {probe.unique_id}"
    if probe.trouble is None:
        return Check(name, CheckState.OK, _facts(probe))
    state = CheckState.WARNING if probe.trouble in PASSING else CheckState.FAULT
    denied = probe.trouble is Trouble.NO_PERMISSION
    remedy = "See USB access." if denied else probe.remedy or ""
    return Check(name, state, probe.problem or probe.remark or "", remedy)


def _facts(probe: ProbeInfo) -> str:
    """`nucleo_wb55rg, V2J37M26 (from ...), /dev/ttyACM0, 3.3 V, flash open`."""
    version = probe.firmware or "unknown firmware"
    age = f" ({probe.firmware_age})" if probe.firmware_age else ""
    power = "unknown voltage" if probe.target_volts is None else f"{probe.target_volts:.1f} V"
    port = probe.serial_port or "no serial port"
    return f"{probe.board_name}, {version}{age}, {port}, {power}, flash {probe.lock}"
