"""The measurement is invalid, or there is none."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.errors.base import ErrorKind, ExitCode, TinylabError


class MeasurementError(TinylabError):
    """The results are invalid, or there are none."""

    exit_code = ExitCode.MEASUREMENT
    kind = ErrorKind.MEASUREMENT


@dataclass(eq=False, repr=False, kw_only=True)
class OutputWrong(MeasurementError):
    """The board's outputs are too far from the host's."""

    kind = ErrorKind.OUTPUT_WRONG
    max_abs_error: float | None = None
    tolerance: float | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class ClockWrong(MeasurementError):
    """The core does not run at the requested clock."""

    kind = ErrorKind.CLOCK_WRONG
    asked_hz: float | None = None
    measured_hz: float | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class WrongImage(MeasurementError):
    """The board runs another image than the one that was flashed; both by build id."""

    kind = ErrorKind.WRONG_IMAGE
    found: str | None = None
    wanted: str | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class CoreFault(MeasurementError):
    """The core faulted at `pc`, in `place`; `address` is what it accessed, if it knows."""

    kind = ErrorKind.CORE_FAULT
    exception: str | None = None
    place: str | None = None
    pc: int | None = None
    address: int | None = None
    causes: tuple[str, ...] = ()


@dataclass(eq=False, repr=False, kw_only=True)
class CoreHalted(MeasurementError):
    """The core was halted at `pc`, in `place`, by a breakpoint or another debugger."""

    kind = ErrorKind.CORE_HALTED
    place: str | None = None
    pc: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class RuntimeRefused(MeasurementError):
    """The network's runtime reported an error: `code`, as ST's headers define it."""

    kind = ErrorKind.RUNTIME_REFUSED
    code: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class TimeLimitReached(MeasurementError):
    """The time limit of `seconds` was reached."""

    kind = ErrorKind.TIME_LIMIT
    seconds: float | None = None


class ProtocolError(MeasurementError):
    """An image does not follow the expected protocol."""

    kind = ErrorKind.PROTOCOL
