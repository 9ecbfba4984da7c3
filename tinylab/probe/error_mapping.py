"""The one border where pyOCD's and pyusb's exceptions become tinylab's."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum

import usb.core
from pyocd.core import exceptions
from pyocd.probe.stlink.constants import Status

from tinylab.errors import (
    LinkError,
    NoPermission,
    ProbeBusy,
    SignalError,
    StationError,
    Unplugged,
    WrongBoard,
)
from tinylab.errors.foreign import raised_in
from tinylab.probe import udev
from tinylab.probe.usb_sysfs import User


class Trouble(StrEnum):
    """Why a probe or the board behind it cannot be used, in a word or two."""

    NO_PERMISSION = "no permission"
    IN_USE = "in use"
    UNPLUGGED = "unplugged"
    OLD_FIRMWARE = "old firmware"
    NO_POWER = "no power"
    READ_PROTECTED = "read-protected"
    UNKNOWN_BOARD = "unknown board"
    NOT_DRIVEN = "not supported"
    """An ST-Link/V1, or a V3 whose firmware update was not finished."""
    NO_ANSWER = "no answer"


FOREIGN = (exceptions.Error, usb.core.USBError, usb.core.NoBackendError)
"""What pyOCD and pyusb raise on purpose."""
SLIPS = (
    AssertionError,  # pyOCD's targets say so when the chip is another one
    ValueError,  # pyusb, when it may not read the strings
    FileNotFoundError,  # pyOCD after a busy probe, where there is no /sys
)
"""What they raise besides; of any other code the same is a mistake, and stays what it is."""

PERMISSION_REMEDY = f"Allow it with this one command: {udev.COMMAND}"
BUSY_REMEDY = "Close the other program (a debugger, an IDE, another tinylab) and try again."
FIRMWARE_REMEDY = "Update the probe's firmware with ST's STSW-LINK007 or STM32CubeProgrammer."
UNPLUGGED_REMEDY = "Check the USB cable, plug the probe in again, and start over."
POWER_REMEDY = "Check the board's power supply and its jumpers (on a Nucleo: JP5 or IDD, and CN2)."
CUT_REMEDY = "Try another USB cable or another port, without a hub between."
LINK_REMEDY = "Press the board's reset button or replug it, and try again."
SIGNAL_REMEDY = (
    "Use a shorter cable, check SWDIO, SWCLK and GND, press the board's reset button or replug "
    "it, and try again."
)
NO_LIBUSB_REMEDY = "Install libusb 1.0 (on Debian: sudo apt install libusb-1.0-0)."

NO_TARGET = Status.get_error_message(Status.JTAG_NO_DEVICE_CONNECTED)
WRONG_CHIP = "DEV_ID"
CUT_SHORT = "incomplete command response"
OLD_FIRMWARE = ("older firmware version", "firmware does not support")


@contextmanager
def slips_mapped() -> Iterator[None]:
    """Around calls that may slip: what slips from pyOCD or pyusb becomes one of `FOREIGN`."""
    try:
        yield
    except SLIPS as error:
        if not raised_in(error, "pyocd", "usb"):
            raise
        raise exceptions.Error(str(error)) from error


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


def is_bus_fault(error: BaseException) -> bool:
    """Whether the part answered, and said that there is nothing at that address."""
    return any(isinstance(e, exceptions.TransferFaultError) for e in _chain(error))


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


def trouble_of(error: BaseException) -> Trouble:
    """What kept a probe from being opened."""
    numbers = {
        errno.EACCES: Trouble.NO_PERMISSION,
        errno.EBUSY: Trouble.IN_USE,
        errno.ENODEV: Trouble.UNPLUGGED,
    }
    number = usb_errno(error)
    if number in numbers:
        return numbers[number]
    if _says(error, NO_TARGET):
        return Trouble.NO_POWER
    return Trouble.OLD_FIRMWARE if _says(error, *OLD_FIRMWARE) else Trouble.NO_ANSWER


def not_opened(error: BaseException, probe: str, users: Sequence[User] = ()) -> StationError:
    """Why `probe` or the board behind it cannot be had; `users` are those who hold it."""
    holders = ", ".join(map(str, users)) or "another program"
    told = {
        Trouble.NO_PERMISSION: (f"No permission to open probe {probe}.", PERMISSION_REMEDY),
        Trouble.IN_USE: (f"Probe {probe} is in use by {holders}.", BUSY_REMEDY),
        Trouble.UNPLUGGED: (f"Probe {probe} was unplugged.", UNPLUGGED_REMEDY),
        Trouble.NO_POWER: (
            f"The board on probe {probe} does not answer: no power?",
            POWER_REMEDY,
        ),
        Trouble.OLD_FIRMWARE: (f"The firmware of probe {probe} is too old.", FIRMWARE_REMEDY),
    }
    kind: type[StationError] = StationError
    kinds = {Trouble.NO_PERMISSION: NoPermission, Trouble.IN_USE: ProbeBusy}
    if isinstance(error, usb.core.NoBackendError):
        message, remedy = "There is no USB library.", NO_LIBUSB_REMEDY
    elif _says(error, WRONG_CHIP):
        kind = WrongBoard
        message = f"The chip on probe {probe} is not the one of the board that was asked for."
        remedy = "Name the board that is attached; `tinylab probes` shows it."
    elif _says(error, CUT_SHORT):
        message, remedy = f"Answers of probe {probe} are cut short.", CUT_REMEDY
    else:
        unknown = (f"The board on probe {probe} cannot be reached.", LINK_REMEDY)
        message, remedy = told.get(trouble_of(error), unknown)
        kind = kinds.get(trouble_of(error), StationError)
    return kind(message, remedy=remedy, details=str(error), probe=probe)


def broken_link(error: BaseException, probe: str, doing: str) -> LinkError:
    """Why `doing`, such as "reading memory", failed on an open connection."""
    if usb_errno(error) == errno.ENODEV:
        message = f"Probe {probe} was unplugged while {doing}."
        return Unplugged(message, remedy=UNPLUGGED_REMEDY, details=str(error), probe=probe)
    if _says(error, CUT_SHORT):
        message = f"An answer of probe {probe} was cut short while {doing}."
        return LinkError(message, remedy=CUT_REMEDY, details=str(error), probe=probe)
    kind: type[LinkError] = LinkError
    remedy = LINK_REMEDY
    if is_wire_trouble(error):
        kind, remedy = SignalError, SIGNAL_REMEDY
    message = f"Probe {probe} failed while {doing}: {error}."
    return kind(message, remedy=remedy, details=str(error), probe=probe)


@contextmanager
def link_errors(probe: str, doing: str) -> Iterator[None]:
    """Translate what goes wrong on an open connection. Raises LinkError."""
    try:
        yield
    except FOREIGN as error:
        raise broken_link(error, probe, doing) from error
