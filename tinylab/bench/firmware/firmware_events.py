"""Events of a run of a user's own image."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.bench.plan.plan import StationRequest
from tinylab.results.firmware_record import FirmwareRun, MlperfWindow


@dataclass(frozen=True)
class FirmwareStep:
    """A step is complete: `flashed in 0.3 s`."""

    station: StationRequest
    text: str


@dataclass(frozen=True)
class Heard:
    """Text received over the serial port, in pieces of any size."""

    station: StationRequest
    text: str


@dataclass(frozen=True)
class CallTimed:
    """A call of the function has returned; `number` counts those of its kind from 1."""

    station: StationRequest
    number: int
    cycles: int
    warmup: bool


@dataclass(frozen=True)
class WindowTimed:
    """An `infer` command was answered; `number` counts from 1."""

    station: StationRequest
    number: int
    window: MlperfWindow


@dataclass(frozen=True)
class FirmwareFinished:
    """The run on one board has ended, with or without an error."""

    station: StationRequest
    run: FirmwareRun


FirmwareEvent = FirmwareStep | Heard | CallTimed | WindowTimed | FirmwareFinished
