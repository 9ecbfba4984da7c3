"""Translates pyOCD's and pyusb's exceptions into tinylab's; no other module does."""

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
    UNSUPPORTED = "not supported"
    """An ST-Link/V1, or a V3 whose firmware update was not completed."""
    NO_ANSWER = "no answer"


FOREIGN = (exceptions.Error, usb.core.USBError, usb.core.NoBackendError)
"""What pyOCD and pyusb raise on purpose."""
SLIPS = (
    AssertionError,  # pyOCD's targets, when the chip is not the expected one
    ValueError,  # pyusb, when it has no permission to read the strings
    FileNotFoundError,  # pyOCD, after a busy probe, on systems without /sys
)
"""What they raise besides; of any other code the same is a mistake, and stays what it is."""

PERMISSION_REMEDY = f"Grant it with this command: {udev.COMMAND}"
BUSY_REMEDY = "Close the other program (a debugger, an IDE, another tinylab) and try again."
FIRMWARE_REMEDY = "Update the probe's firmware with ST's STSW-LINK007 or STM32CubeProgrammer."
UNPLUGGED_REMEDY = "Check the USB cable, plug the probe in again, then start again."
POWER_REMEDY = "Check the board's power supply and its jumpers (on a Nucleo: JP5 or IDD, and CN2)."
CUT_REMEDY = "Try another USB cable or another port, without a USB hub."
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
    """The operating system's error number, if a USB transfer caused `error`."""
    numbers = (e.errno for e in _chain(error) if isinstance(e, usb.core.USBError))
    return next((number for number in numbers if number is not None), None)


def is_signal_error(error: BaseException) -> bool:
    """Whether a slower SWD clock or a connection under reset might help."""
    on_swd = (exceptions.TransferError, exceptions.DebugError, exceptions.TimeoutError)
    failed = any(isinstance(e, on_swd) for e in _chain(error))
    return failed and usb_errno(error) is None and not _says(error, NO_TARGET)


def is_bus_fault(error: BaseException) -> bool:
    """Whether the part responded with a bus fault: nothing is mapped at the address."""
    return any(isinstance(e, exceptions.TransferFaultError) for e in _chain(error))


def is_transfer_error(error: BaseException) -> bool:
    """Whether a transfer over SWD failed and may be retried at a slower clock.

    False for a bus fault and for a board without power.
    """
    if is_bus_fault(error):
        return False
    on_swd = (exceptions.TransferError, exceptions.TimeoutError)
    failed = any(isinstance(e, on_swd) for e in _chain(error))
    return failed and usb_errno(error) is None and not _says(error, NO_TARGET)


def _says(error: BaseException, *texts: str) -> bool:
    return any(text in str(e) for e in _chain(error) for text in texts)


def trouble_of(error: BaseException) -> Trouble:
    """Why a probe could not be opened."""
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
    """Why `probe` or its board cannot be opened; `users` are the processes that have it open."""
    holders = ", ".join(map(str, users)) or "another program"
    texts = {
        Trouble.NO_PERMISSION: (f"No permission to open probe {probe}.", PERMISSION_REMEDY),
        Trouble.IN_USE: (f"Probe {probe} is in use by {holders}.", BUSY_REMEDY),
        Trouble.UNPLUGGED: (f"Probe {probe} was unplugged.", UNPLUGGED_REMEDY),
        Trouble.NO_POWER: (
            f"The board on probe {probe} does not answer; it may have no power.",
            POWER_REMEDY,
        ),
        Trouble.OLD_FIRMWARE: (f"The firmware of probe {probe} is too old.", FIRMWARE_REMEDY),
    }
    kind: type[StationError] = StationError
    kinds = {Trouble.NO_PERMISSION: NoPermission, Trouble.IN_USE: ProbeBusy}
    if isinstance(error, usb.core.NoBackendError):
        message, remedy = "No USB library is installed.", NO_LIBUSB_REMEDY
    elif _says(error, WRONG_CHIP):
        kind = WrongBoard
        message = f"The chip on probe {probe} is not that of the requested board."
        remedy = "Name the board that is attached; `tinylab probes` lists it."
    elif _says(error, CUT_SHORT):
        message, remedy = f"Probe {probe} sends incomplete responses.", CUT_REMEDY
    else:
        unknown = (f"The board on probe {probe} cannot be reached.", LINK_REMEDY)
        message, remedy = texts.get(trouble_of(error), unknown)
        kind = kinds.get(trouble_of(error), StationError)
    return kind(message, remedy=remedy, details=str(error), probe=probe)


def broken_link(error: BaseException, probe: str, doing: str) -> LinkError:
    """Why `doing`, such as "reading memory", failed on an open connection."""
    if usb_errno(error) == errno.ENODEV:
        message = f"Probe {probe} was unplugged while {doing}."
        return Unplugged(message, remedy=UNPLUGGED_REMEDY, details=str(error), probe=probe)
    if _says(error, CUT_SHORT):
        message = f"Probe {probe} sent an incomplete response while {doing}."
        return LinkError(message, remedy=CUT_REMEDY, details=str(error), probe=probe)
    kind: type[LinkError] = LinkError
    remedy = LINK_REMEDY
    if is_transfer_error(error):
        kind, remedy = SignalError, SIGNAL_REMEDY
    message = f"Probe {probe} failed while {doing}: {error}."
    return kind(message, remedy=remedy, details=str(error), probe=probe)


@contextmanager
def link_errors(probe: str, doing: str) -> Iterator[None]:
    """Translate pyOCD's and pyusb's errors on an open connection. Raises LinkError."""
    try:
        yield
    except FOREIGN as error:
        raise broken_link(error, probe, doing) from error
