"""The results of a user's own image: the document of schema `tinylab.firmware/1`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import ClassVar

from tinylab.errors import ExitCode, TinylabError
from tinylab.results.cause_record import WhyRecord
from tinylab.results.documents import as_json
from tinylab.results.error_record import ErrorRecord

SCHEMA = "tinylab.firmware/1"


@dataclass(frozen=True)
class ImageRecord:
    """The file that was run; `flash_bytes` counts what went into flash."""

    file: str
    kind: str
    sha256: str
    flash_bytes: int


@dataclass(frozen=True)
class TimedFunction:
    """`address` without the Thumb bit."""

    name: str
    address: int


@dataclass(frozen=True)
class CallCycles:
    """Core clock cycles of calls, without warm-up."""

    n: int
    min: int
    median: float
    mean: float
    max: int


@dataclass(frozen=True)
class CallLatency:
    """Milliseconds of calls, without warm-up."""

    min: float
    median: float
    mean: float
    max: float


def call_cycles(calls: Sequence[int]) -> CallCycles | None:
    """The statistics of `calls`; None of none."""
    if not calls:
        return None
    return CallCycles(len(calls), min(calls), float(median(calls)), fmean(calls), max(calls))


@dataclass(frozen=True)
class MlperfWindow:
    """One `infer` command: `elapsed_us` lies between the image's own two timestamps.

    `results` is the output vector it printed last.
    """

    DERIVED: ClassVar = ("inferences_per_second",)

    inferences: int
    warmup: int
    elapsed_us: int
    results: tuple[float, ...]

    @property
    def inferences_per_second(self) -> float:
        return self.inferences * 1e6 / self.elapsed_us


@dataclass(frozen=True)
class MlperfAccuracy:
    """What the image answered to a person's own samples.

    `metric` is `accuracy`, `r2`, `mean error`, or `AUC` of a network that detects anomalies; it is
    empty, and the values None, where the answers are not known. `different` counts the samples
    whose results are not the host's; `where` has the first of them, counted from 1.
    """

    data: str
    sha256: str
    samples: int
    metric: str
    board: float | None
    host: float | None
    different: int
    where: tuple[int, ...]


@dataclass(frozen=True)
class MlperfRecord:
    """The answers of an image with MLPerf Tiny's protocol.

    `name`, `profile` and `model` are as it reports them. `input` describes the bytes that it
    received.
    """

    DERIVED: ClassVar = ("median_inferences_per_second",)

    name: str
    profile: str
    model: str
    input: str
    input_bytes: int
    input_sha256: str
    windows: tuple[MlperfWindow, ...]
    accuracy: MlperfAccuracy | None = None

    @property
    def median_inferences_per_second(self) -> float:
        return float(median(window.inferences_per_second for window in self.windows))


@dataclass(frozen=True)
class FaultRecord:
    """`place` is function and line of the program counter, as far as the image knows them."""

    exception: str
    place: str
    registers: dict[str, int]
    cfsr: int
    hfsr: int
    address: int | None
    causes: tuple[str, ...]


@dataclass(frozen=True)
class UnknownRegister:
    """A register that the firmware accessed and the virtual board does not emulate."""

    kind: str
    address: int
    pc: int
    place: str


@dataclass(frozen=True)
class OtherPort:
    """A serial port that is not connected to the probe, and how many bytes it sent."""

    name: str
    sent_bytes: int


@dataclass(frozen=True)
class FirmwareRun:
    """One image on one board. Values that were not requested, or not reached, are None or empty.

    `clock_hz` is the core clock that the firmware set; `board_seconds` is how long it ran, on a
    virtual board in its own time. `serial_text` is everything it sent to the probe; `other_ports`
    are known on virtual boards only. `network` is the model from which tinylab built the image;
    None for an image that was built elsewhere.
    """

    DERIVED: ClassVar = ("cycles", "latency_ms", "valid")

    board: str
    core: str
    serial: str | None
    simulated: bool
    expected_error_percent: float | None
    image: ImageRecord
    network: str | None = None
    clock_hz: float | None = None
    function: TimedFunction | None = None
    warmup_calls: tuple[int, ...] = ()
    calls: tuple[int, ...] = ()
    why: WhyRecord | None = None
    mlperf: MlperfRecord | None = None
    board_seconds: float = 0.0
    serial_text: str = ""
    fault: FaultRecord | None = None
    unknown_registers: tuple[UnknownRegister, ...] = ()
    other_ports: tuple[OtherPort, ...] = ()
    warnings: tuple[str, ...] = ()
    error: ErrorRecord | None = None

    @property
    def valid(self) -> bool:
        return self.error is None

    @property
    def cycles(self) -> CallCycles | None:
        return call_cycles(self.calls)

    def failed(self, error: TinylabError) -> FirmwareRun:
        """The same run, with its error."""
        return replace(self, error=ErrorRecord.of(error))

    def seconds(self, cycles: float) -> float | None:
        """How long `cycles` take at the firmware's clock."""
        return cycles / self.clock_hz if self.clock_hz else None

    @property
    def latency_ms(self) -> CallLatency | None:
        cycles = self.cycles
        if cycles is None or not self.clock_hz:
            return None
        figures = (cycles.min, cycles.median, cycles.mean, cycles.max)
        return CallLatency(*(1e3 * figure / self.clock_hz for figure in figures))


@dataclass(frozen=True)
class FirmwareDocument:
    """All runs of one command, in the order of its boards."""

    tinylab: str
    started: str
    runs: tuple[FirmwareRun, ...]

    @property
    def exit_code(self) -> ExitCode:
        """That of the worst failure; a stop by the user takes precedence."""
        codes = [run.error.exit_code for run in self.runs if run.error is not None]
        return ExitCode(max(codes, default=ExitCode.OK))

    def to_json(self) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "tinylab": self.tinylab,
            "started": self.started,
            "rows": as_json(self.runs),
        }
