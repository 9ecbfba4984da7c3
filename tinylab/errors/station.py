"""The board cannot be had, or it goes away."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.errors.base import ErrorKind, ExitCode, TinylabError


@dataclass(eq=False, repr=False, kw_only=True)
class StationError(TinylabError):
    """The board asked for is not attached or cannot be opened."""

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
    """Several boards of the kind are plugged in, and which one is meant was not said."""

    kind = ErrorKind.SEVERAL_ATTACHED
    probes: tuple[str, ...] = ()


@dataclass(eq=False, repr=False, kw_only=True)
class WrongBoard(StationError):
    """Probe or chip is another board's; `found` is what it says, `wanted` what it should say."""

    kind = ErrorKind.WRONG_BOARD
    found: str | None = None
    wanted: str | None = None


class NoPermission(StationError):
    """The operating system does not let this user open the probe."""

    kind = ErrorKind.NO_PERMISSION


@dataclass(eq=False, repr=False, kw_only=True)
class ProbeBusy(StationError):
    """Another program, or another tinylab, has the probe; `pid` is its process."""

    kind = ErrorKind.PROBE_BUSY
    pid: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class SerialPortError(StationError):
    """The board's serial port is not there or cannot be opened."""

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
    """The probe, or its serial port, went away while it was in use."""

    kind = ErrorKind.UNPLUGGED
    port: str | None = None


class SignalError(LinkError):
    """Transfers over SWD fail, also at the slowest clock, though probe and board are there."""

    kind = ErrorKind.SWD_SIGNAL


@dataclass(eq=False, repr=False, kw_only=True)
class SerialLineError(LinkError):
    """What the board sends over its serial port comes damaged, or not at all."""

    kind = ErrorKind.SERIAL_LINE
    baud: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class FlashProtected(LinkError):
    """Option bytes keep the flash from being written, or its protection from being taken off.

    `sectors` are the protected ones that were wanted; none: the whole flash.
    """

    kind = ErrorKind.FLASH_PROTECTED
    sectors: tuple[int, ...] = ()


@dataclass(eq=False, repr=False, kw_only=True)
class FlashVerifyError(LinkError):
    """The flash does not hold what was written, from `address` on."""

    kind = ErrorKind.FLASH_VERIFY
    address: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class BoardReset(LinkError):
    """The board was reset while it measured; its firmware began `starts` times."""

    kind = ErrorKind.BOARD_RESET
    starts: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class BoardSilent(LinkError):
    """The firmware says nothing; `inferences` is how many came before, None if it never ran."""

    kind = ErrorKind.BOARD_SILENT
    inferences: int | None = None
