"""The one border where pyOCD's and pyusb's exceptions become tinylab's."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import usb.core
from pyocd.core import exceptions
from pyocd.probe.stlink.constants import Status

from tinylab.errors import LinkError, SignalError, StationError, Unplugged

FOREIGN = (
    exceptions.Error,
    usb.core.USBError,
    usb.core.NoBackendError,
    AssertionError,  # pyOCD's targets say so when the chip is another one
    ValueError,  # pyusb, when it may not read the strings
    FileNotFoundError,  # pyOCD after a busy probe, where there is no /sys
)

UDEV_RULE = 'SUBSYSTEM=="usb", ATTR{idVendor}=="0483", TAG+="uaccess"'
PERMISSION_REMEDY = (
    f"Put the line {UDEV_RULE} into /etc/udev/rules.d/70-st-link.rules, run "
    "`sudo udevadm control --reload`, and plug the probe in again."
)
BUSY_REMEDY = "Close the other program (a debugger, an IDE, another tinylab) and try again."
FIRMWARE_REMEDY = "Update the probe's firmware with ST's STSW-LINK007 or STM32CubeProgrammer."
UNPLUGGED_REMEDY = "Check the USB cable, plug the probe in again, and start over."
POWER_REMEDY = "Check the board's power supply and its jumpers (on a Nucleo: JP5 or IDD, and CN2)."
LINK_REMEDY = "Press the board's reset button or replug it, and try again."
SIGNAL_REMEDY = (
    "Use a shorter cable, check SWDIO, SWCLK and GND, press the board's reset button or replug "
    "it, and try again."
)
NO_LIBUSB_REMEDY = "Install libusb 1.0 (on Debian: sudo apt install libusb-1.0-0)."

NO_TARGET = Status.get_error_message(Status.JTAG_NO_DEVICE_CONNECTED)
OLD_FIRMWARE = ("older firmware version", "firmware does not support")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def usb_errno(error: BaseException) -> int | None:
    """The operating system's error number, if a USB transfer is at the root of `error`."""
    numbers = (e.errno for e in _chain(error) if isinstance(e, usb.core.USBError))
    return next((number for number in numbers if number is not None), None)


def is_signal_trouble(error: BaseException) -> bool:
    """Whether a slower clock or a connection under reset might help."""
    at_root = (exceptions.TransferError, exceptions.DebugError, exceptions.TimeoutError)
    on_the_wire = any(isinstance(e, at_root) for e in _chain(error))
    return on_the_wire and usb_errno(error) is None and not _says(error, NO_TARGET)


def is_wire_trouble(error: BaseException) -> bool:
    """Whether a transfer over SWD was lost, and may be repeated at a slower clock.

    An address with nothing behind it is none, nor is a board without power.
    """
    if any(isinstance(e, exceptions.TransferFaultError) for e in _chain(error)):
        return False
    on_the_wire = (exceptions.TransferError, exceptions.TimeoutError)
    lost = any(isinstance(e, on_the_wire) for e in _chain(error))
    return lost and usb_errno(error) is None and not _says(error, NO_TARGET)


def _says(error: BaseException, *texts: str) -> bool:
    return any(text in str(e) for e in _chain(error) for text in texts)


def not_opened(error: BaseException, probe: str) -> StationError:
    """Why `probe` or the board behind it cannot be had."""
    number = usb_errno(error)
    reasons = {
        errno.EACCES: (f"No permission to open probe {probe}.", PERMISSION_REMEDY),
        errno.EBUSY: (f"Probe {probe} is in use by another program.", BUSY_REMEDY),
        errno.ENODEV: (f"Probe {probe} was unplugged.", UNPLUGGED_REMEDY),
    }
    if number in reasons:
        message, remedy = reasons[number]
    elif isinstance(error, usb.core.NoBackendError):
        message, remedy = "There is no USB library.", NO_LIBUSB_REMEDY
    elif _says(error, NO_TARGET):
        message, remedy = f"The board on probe {probe} does not answer: no power?", POWER_REMEDY
    elif _says(error, *OLD_FIRMWARE):
        message, remedy = f"The firmware of probe {probe} is too old.", FIRMWARE_REMEDY
    else:
        message, remedy = f"The board on probe {probe} cannot be reached.", LINK_REMEDY
    return StationError(message, remedy=remedy, details=str(error))


def broken_link(error: BaseException, probe: str, doing: str) -> LinkError:
    """Why `doing`, such as "reading memory", failed on an open connection."""
    if usb_errno(error) == errno.ENODEV:
        message = f"Probe {probe} was unplugged while {doing}."
        return Unplugged(message, remedy=UNPLUGGED_REMEDY, details=str(error))
    kind, remedy = LinkError, LINK_REMEDY
    if is_wire_trouble(error):
        kind, remedy = SignalError, SIGNAL_REMEDY
    message = f"Probe {probe} failed while {doing}: {error}."
    return kind(message, remedy=remedy, details=str(error))


@contextmanager
def link_errors(probe: str, doing: str) -> Iterator[None]:
    """Translate what goes wrong on an open connection. Raises LinkError."""
    try:
        yield
    except FOREIGN as error:
        raise broken_link(error, probe, doing) from error
