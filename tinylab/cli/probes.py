"""`tinylab probes`: the attached probes, also those that cannot be used, and the virtual ones."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from tinylab.cli.output import print_json, print_listing
from tinylab.display_text import one_line
from tinylab.errors import ExitCode

if TYPE_CHECKING:
    from tinylab.probe.discovery import ProbeInfo

HEADS = ("board", "probe", "firmware", "serial number", "port", "power", "flash", "state")
TABLE_FROM = 124
"""Columns of a terminal; in a narrower one each probe takes several lines."""


def probes(arguments: argparse.Namespace) -> int:
    """The command."""
    found = _everything()
    if arguments.json:
        print_json([_row(probe) for probe in found])
        return ExitCode.OK
    if sys.stdout.isatty() and shutil.get_terminal_size().columns < TABLE_FROM:
        for probe in found:
            print("\n".join(map(one_line, _lines(probe))))
    else:
        print_listing(HEADS, [_cells(probe) for probe in found])
    for probe in found:
        if probe.trouble:
            what = probe.problem or probe.remark
            print(one_line(f"{probe.unique_id}: {what} {probe.remedy or ''}"), file=sys.stderr)
    return ExitCode.OK


def _everything() -> tuple[ProbeInfo, ...]:
    """The real probes and the virtual ones."""
    from tinylab.bench.station.virtual_probes import listed
    from tinylab.boards import catalog
    from tinylab.probe.discovery import in_order, list_probes
    from tinylab.probe.stlink import libusb
    from tinylab.sim.virtual_probe.usb_bus import VirtualBus

    real = list_probes(VirtualBus(libusb()))
    virtual = (listed(board, port) for port, board in enumerate(catalog.all_boards(), start=1))
    return in_order([*real, *virtual])


def _row(probe: ProbeInfo) -> dict[str, object]:
    return {**asdict(probe), "state": probe.state, "lock": probe.lock}


def _cells(probe: ProbeInfo) -> Sequence[str]:
    volts = probe.target_volts
    return (
        probe.board_name or "unknown",
        f"{probe.generation} SIM" if probe.simulated else probe.generation,
        probe.firmware or "-",
        probe.unique_id,
        probe.serial_port or "-",
        "-" if volts is None else f"{volts:.1f} V",
        probe.lock,
        probe.state,
    )


def _lines(probe: ProbeInfo) -> Sequence[str]:
    """The same for a narrow terminal, with the firmware's age."""
    board, kind, version, serial, port, power, flash, state = _cells(probe)
    variant = f", {probe.variant}" if probe.variant else ""
    age = f", {probe.firmware_age}" if probe.firmware_age else ""
    return (
        f"{board}: {state}",
        f"  {kind}{variant}  {serial}",
        f"  port {port}  power {power}  flash {flash}",
        f"  firmware {version}{age}",
    )
