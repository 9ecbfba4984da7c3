"""ST-Links on a USB bus: the raw devices, before anything is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import libusb_package
import usb.core
import usb.util
from pyocd.core import exceptions
from pyocd.probe.stlink.usb import STLinkUSBInterface
from usb.backend import IBackend

from tinylab.errors import Interrupted
from tinylab.probe.error_mapping import CUT_SHORT, FOREIGN, not_opened, slips_mapped
from tinylab.probe.lock import Turns

VENDOR_ID = STLinkUSBInterface.USB_VID
GENERATIONS = {pid: info.version_name for pid, info in STLinkUSBInterface.USB_PID_EP_MAP.items()}
V1 = "ST-Link/V1"
UNSUPPORTED = {0x3744: V1, 0x374D: "STLINK-V3 in bootloader mode"}
"""ST-Links that pyOCD does not support, as listed in its driver."""
VARIANTS = {
    0x374A: "with audio",
    0x374F: "with bridge",
    0x3752: "no mass storage",
    0x3753: "two serial ports, no mass storage",
    0x3754: "no mass storage",
}
"""The difference from other products of the same generation (the same source)."""

opening = Turns("opening")
"""Held while a probe is inspected and while a connection is opened, so that neither finds a
probe busy because of another thread or another tinylab process."""


@dataclass(frozen=True)
class Location:
    """Where on the USB bus a device is plugged in; changes when it is replugged."""

    bus: int
    ports: tuple[int, ...]
    address: int
    product_id: int

    def __str__(self) -> str:
        """In the notation of the operating system and pyserial: `1-2.4`."""
        return f"{self.bus}-{'.'.join(map(str, self.ports))}"

    @property
    def key(self) -> str:
        """All fields as text, for comparison between processes: `1-2.4 7 374e`."""
        return f"{self} {self.address} {self.product_id:04x}"


def libusb() -> IBackend | None:
    """The backend for the real USB bus; None if libusb is not installed."""
    return libusb_package.get_libusb1_backend()


def devices(backend: IBackend | None) -> list[Any]:
    """The pyusb devices of all supported ST-Links; none is opened.

    Raises StationError when no USB library is installed.
    """
    return [device for device in every_device(backend) if device.idProduct in GENERATIONS]


def every_device(backend: IBackend | None) -> list[Any]:
    """The same, including the UNSUPPORTED ones."""
    try:
        found = usb.core.find(find_all=True, backend=backend, idVendor=VENDOR_ID)
        known = {*GENERATIONS, *UNSUPPORTED}
        return [device for device in found or () if device.idProduct in known]
    except FOREIGN as error:
        raise not_opened(error, "ST-Link") from error


def location(device: Any) -> Location:
    ports = tuple(device.port_numbers or ())
    return Location(device.bus or 0, ports, device.address or 0, device.idProduct)


def attached(backend: IBackend | None) -> frozenset[Location]:
    """The locations of all ST-Links that are plugged in; cheap enough for polling."""
    return frozenset(location(device) for device in devices(backend))


class UsbLink(STLinkUSBInterface):  # type: ignore[misc]
    """pyOCD's USB interface of an ST-Link, which nothing passes after a transfer has failed.

    An ST-Link answers commands in order: after a failure, the next answer may belong to an earlier
    command. pyOCD catches some errors and goes on, for example with a core without registers. So
    the first failure is remembered, every later transfer fails at once for the same reason, and
    `watched` raises it at the next step.
    """

    def __init__(self, device: Any) -> None:
        super().__init__(device)
        self._failure: BaseException | None = None

    def require_sound(self) -> None:
        """Raises pyOCD's ProbeError, caused by the transfer that failed, if one has."""
        if self._failure is not None:
            raise exceptions.ProbeError(str(self._failure)) from self._failure

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Around calls of pyOCD: a failed transfer is raised, whatever came of it.

        Raises pyOCD's ProbeError.
        """
        try:
            yield
        except Interrupted:
            raise
        except Exception:
            self.require_sound()
            raise
        self.require_sound()

    def open(self) -> None:
        with self._remembered():
            super().open()

    def transfer(self, *arguments: Any, **named: Any) -> Any:
        with self._remembered():
            return super().transfer(*arguments, **named)

    def close(self) -> None:
        """Never raises: what cannot be released is closed by `interface`."""
        with suppress(usb.core.USBError):
            super().close()

    def _flush_rx(self) -> None:
        """Discard unread answers, until none comes; only then is a time-out expected."""
        with suppress(usb.core.USBTimeoutError):
            while True:
                self._ep_in.read(self._max_packet_size, 1)

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        self.require_sound()
        try:
            yield
        except FOREIGN as error:
            self._failure = error
            raise
        except AssertionError as error:  # pyOCD asserts that writes are complete
            self._failure = exceptions.ProbeError(f"{CUT_SHORT}: {error}")
            raise self._failure from error


@contextmanager
def interface(device: Any) -> Iterator[UsbLink]:
    """The USB interface of `device`; on exit everything is closed and released.

    Raises USBError when the device cannot be opened, pyOCD's Error when it names itself badly.
    """
    try:
        device.get_active_configuration()  # distinguishes missing permission from missing strings
        if not device.iSerialNumber:
            raise usb.core.USBError("this ST-Link has no serial number")
        with slips_mapped():
            opened = UsbLink(device)
        try:
            yield opened
        finally:
            if opened.is_open:
                opened.close()
    finally:
        with suppress(usb.core.USBError):
            usb.util.dispose_resources(device)
