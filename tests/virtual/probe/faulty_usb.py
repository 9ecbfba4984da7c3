"""USB transfers of virtual devices that fail: the one with a given number, or all from it on."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import usb.core

from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.usb_device import VirtualUsbDevice

BULK = ("bulk_write", "bulk_read")
CONTROL = ("ctrl_transfer", "open_device", "get_configuration", "claim_interface")
RELEASE = ("release_interface",)


class FaultKind(Enum):
    """How a transfer fails; the value is the operating system's error number."""

    GONE = errno.ENODEV
    TIME_OUT = errno.ETIMEDOUT
    STALL = errno.EPIPE
    INPUT_OUTPUT = errno.EIO
    SHORT = None
    """Half of the bytes are transferred, without an error. Only bulk transfers can be short."""

    def error(self) -> usb.core.USBError:
        number = self.value or errno.EIO
        kind = usb.core.USBTimeoutError if self is FaultKind.TIME_OUT else usb.core.USBError
        return kind(f"fault injected ({self.name})", None, number)


@dataclass
class FaultyUsb:
    """Counts the USB transfers of `device` on `bus`, and has some fail.

    Transfers are numbered from 1; number `first` fails with `kind`, and if it `stays` so do all
    that follow. A failed one does not reach the device. `failed` names those that did fail.
    """

    bus: VirtualBus
    device: VirtualUsbDevice
    first: int = 0
    kind: FaultKind = FaultKind.INPUT_OUTPUT
    stays: bool = False

    def __post_init__(self) -> None:
        self.count = 0
        self.failed: list[str] = []
        for name in (*BULK, *CONTROL, *RELEASE):
            setattr(self.bus.virtual, name, self._guarded(name, getattr(self.bus.virtual, name)))

    def arm(self, first: int, kind: FaultKind, *, stays: bool) -> None:
        """Count anew, and fail from there on."""
        self.count, self.first, self.kind, self.stays = 0, first, kind, stays
        self.failed.clear()

    def disarm(self) -> None:
        """Count anew, and fail no more."""
        self.count = self.first = 0

    def _guarded(self, name: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def call(target: Any, *arguments: Any) -> Any:
            if getattr(target, "device", target) is not self.device:
                return do(target, *arguments)
            self.count += 1
            due = self.count == self.first or 0 < self.first < self.count * self.stays
            if not due:
                return do(target, *arguments)
            self.failed.append(name)
            if self.kind is not FaultKind.SHORT or name not in BULK:
                raise self.kind.error()
            if name == "bulk_read":
                return do(target, *arguments) // 2
            return len(arguments[2]) // 2

        return call
