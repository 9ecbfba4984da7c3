"""Boards put on a virtual bus, and what a listing tells of the only one."""

from __future__ import annotations

from contextlib import ExitStack

from tinylab.boards.board import Board
from tinylab.probe.discovery import ProbeInfo, list_probes
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.stlink_kinds import Kind
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.virtual_station import virtual_device


def plug(
    bus: VirtualBus, desk: ExitStack, board: Board, kind: Kind | None = None, number: int = 0
) -> VirtualStLink:
    device = virtual_device(board, number, kind)
    desk.callback(device.close)
    bus.plug(device)
    return device


def only(bus: VirtualBus) -> ProbeInfo:
    [probe] = list_probes(bus)
    return probe
