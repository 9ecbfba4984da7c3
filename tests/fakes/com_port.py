"""A virtual board's serial port as a device of the operating system: a pseudo-terminal."""

from __future__ import annotations

import os
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from tinylab.sim.virtual_probe.stlink import VENDOR_ID, VirtualStLink
from tinylab.sim.virtual_probe.vcp import GARBAGE, RECEIVER_TOLERANCE

BAUDS = {getattr(termios, f"B{baud}"): baud for baud in (9600, 115_200, 230_400, 460_800, 921_600)}


@dataclass
class Cable:
    """The connection between board and computer; `carries` is the highest supported rate."""

    device: VirtualStLink
    master: int
    slave: int
    carries: int = 10_000_000

    @property
    def baud(self) -> int:
        """The settings of the program that opened the port."""
        return BAUDS[termios.tcgetattr(self.slave)[5]]

    def hear(self, byte: int) -> None:
        sent = self.device.machine.serial_baud
        with suppress(OSError, termios.error):
            if abs(sent / self.baud - 1) > RECEIVER_TOLERANCE or sent > 1.1 * self.carries:
                byte ^= GARBAGE
            os.write(self.master, bytes([byte]))

    def pull(self) -> None:
        """Remove the port permanently."""
        os.close(self.master)


@contextmanager
def com_port(device: VirtualStLink, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cable]:
    """Found by the probe's serial number, as real ones are."""
    master, slave = os.openpty()
    tty.setraw(slave)
    cable = Cable(device, master, slave)
    device.machine.on_serial = cable.hear
    shown = SimpleNamespace(
        device=os.ttyname(slave),
        serial_number=device.descriptor.serial_number,
        location=None,
        vid=VENDOR_ID,
    )
    monkeypatch.setattr(list_ports, "comports", lambda: [shown])
    try:
        yield cable
    finally:
        device.machine.halt()
        device.machine.on_serial = None
        for end in (master, slave):
            with suppress(OSError):
                os.close(end)
