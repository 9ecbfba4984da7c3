"""The board is not available, or was disconnected."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.errors.base import ErrorKind, ExitCode, TinylabError


@dataclass(eq=False, repr=False, kw_only=True)
class StationError(TinylabError):
    """The requested board is not attached or cannot be opened."""

    exit_code = ExitCode.STATION
    kind = ErrorKind.STATION
    probe: str | None = None
    """Serial number."""


@dataclass(eq=False, repr=False, kw_only=True)
class NotAttached(StationError):
    """No probe with that board, or of that serial number, is plugged in."""

    kind = ErrorKind.NOT_ATTACHED
    board: str | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class SeveralAttached(StationError):
    """Several boards of the kind are plugged in, and no serial number was given."""

    kind = ErrorKind.SEVERAL_ATTACHED
    probes: tuple[str, ...] = ()


@dataclass(eq=False, repr=False, kw_only=True)
class WrongBoard(StationError):
    """Probe or chip is of another board; `found` is what it reports, `wanted` what is expected."""

    kind = ErrorKind.WRONG_BOARD
    found: str | None = None
    wanted: str | None = None


class NoPermission(StationError):
    """The operating system does not let this user open the probe."""

    kind = ErrorKind.NO_PERMISSION


@dataclass(eq=False, repr=False, kw_only=True)
class ProbeBusy(StationError):
    """Another program, or another tinylab process, uses the probe; `pid` is its process."""

    kind = ErrorKind.PROBE_BUSY
    pid: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class SerialPortError(StationError):
    """The board's serial port does not exist or cannot be opened."""

    kind = ErrorKind.SERIAL_PORT
    port: str | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class LinkError(TinylabError):
    """Flashing failed, or the board stopped answering."""

    exit_code = ExitCode.LINK
    kind = ErrorKind.LINK
    probe: str | None = None
    """Serial number."""


@dataclass(eq=False, repr=False, kw_only=True)
class Unplugged(LinkError):
    """The probe, or its serial port, was disconnected while in use."""

    kind = ErrorKind.UNPLUGGED
    port: str | None = None


class SignalError(LinkError):
    """Transfers over SWD fail, also at the slowest clock, though probe and board are present."""

    kind = ErrorKind.SWD_SIGNAL


@dataclass(eq=False, repr=False, kw_only=True)
class SerialLineError(LinkError):
    """Data from the board's serial port is damaged or missing."""

    kind = ErrorKind.SERIAL_LINE
    baud: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class FlashProtected(LinkError):
    """Option bytes prevent writing the flash, or removing its protection.

    `sectors` are the protected sectors that are required; none: the whole flash.
    """

    kind = ErrorKind.FLASH_PROTECTED
    sectors: tuple[int, ...] = ()


@dataclass(eq=False, repr=False, kw_only=True)
class FlashVerifyError(LinkError):
    """The flash differs from what was written, from `address` on."""

    kind = ErrorKind.FLASH_VERIFY
    address: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class BoardReset(LinkError):
    """The board was reset during the measurement; its firmware started `starts` times."""

    kind = ErrorKind.BOARD_RESET
    starts: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class BoardSilent(LinkError):
    """The firmware sends nothing; `inferences` is how many were received before, None if it never
    ran.
    """

    kind = ErrorKind.BOARD_SILENT
    inferences: int | None = None
