"""What one run is remembered by: figures, the state of the bench, and provenance.

A document of runs has the schema `tinylab.run/1`: `{"schema", "tinylab", "started", "rows"}`.
Units are in the names. Cycles are the primary figures; times and rates are made from them and
the clock that was asked for, so they are the same in two runs of the same image. The measured
clock stands beside it, and a run whose clock is off is invalid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from tinylab.errors import InputError
from tinylab.results.decode import decode
from tinylab.stats import CycleStats

SCHEMA = "tinylab.run/1"
TINYLAB, CUBEAI = "tinylab", "cubeai"
"""Whose code executes a network: our own, or ST's."""


def by(runtime: str) -> str:
    """` (cubeai)`, to stand behind a model where it is not tinylab's own code that runs."""
    return "" if runtime == TINYLAB else f" ({runtime})"


@dataclass(frozen=True)
class Runtime:
    """Whose code executed the network: `TINYLAB` or `CUBEAI`."""

    name: str
    version: str


@dataclass(frozen=True)
class LatencyStats:
    """Milliseconds per inference."""

    median: float
    mean: float
    p95: float
    p99: float


@dataclass(frozen=True)
class OutputCheck:
    """How far the board's outputs were from the host's reference for the golden inputs."""

    max_abs_error: float
    tolerance: float
    ok: bool


@dataclass(frozen=True)
class Published:
    """What a publication printed for the same network, core and clock."""

    latency_ms: float
    source: str
    latency: str = ""
    """As printed: `1.35 ms`."""
    rate: str = ""
    """As printed: `740 Hz`."""
    printed_heading: str = ""
    """The column's heading as printed."""
    heading: str = ""
    """The heading the column should have; differs from the printed one where that is wrong."""
    remark: str = ""


@dataclass(frozen=True)
class Stages:
    """Seconds that each stage of the run took on the host."""

    generate_s: float
    build_s: float
    flash_s: float
    measure_s: float
    load_s: float = 0.0


@dataclass(frozen=True)
class RunRecord:
    """One network on one station at one clock."""

    model: str
    """Catalogue name, or the file's path as the user wrote it."""
    title: str
    """As it heads a row: `human activity recognition`."""
    parameters: int | None
    """None where nobody told: ST's generated code without its report."""
    macc: int | None
    board: str
    core: str
    """As compilers name it: `cortex-m4`."""
    serial: str | None
    simulated: bool
    expected_error_percent: float | None
    """Known error of the simulation's cycles; None on silicon."""
    runtime: Runtime
    compression: str
    clock_hz: int
    """Core clock asked for."""
    clock_measured_hz: float | None
    wait_states: int
    bus_hz: int
    caches: str
    fpu: str
    warmup: int
    lost: int
    cycles: CycleStats
    first_cycles: int | None
    """The first inference after reset, with cold caches; not part of `cycles`."""
    flash_bytes: int
    ram_bytes: int
    stack_bytes: int | None
    """Deepest stack seen while running; None where it was not measured."""
    output: OutputCheck | None
    """None where there was nothing to compare the outputs with; a warning says so."""
    model_sha256: str
    elf_sha256: str
    build_id: str
    toolchain: str
    flags: str
    """Compiler flags that change the code's speed: `-O3 -mcpu=cortex-m4 ...`."""
    published: Published | None
    valid: bool
    warnings: tuple[str, ...]
    stages: Stages
    started: str
    """ISO 8601, with the offset from UTC."""
    link: str = "swd"
    """How the samples left the board: `swd` or `uart`."""
    weights_bytes: int | None = None
    """Of the network alone; `flash_bytes` and `ram_bytes` count the firmware too."""
    activations_bytes: int | None = None

    @property
    def inferences(self) -> int:
        """How many inferences the figures are made of."""
        return self.cycles.n

    @property
    def latency_ms(self) -> LatencyStats:
        per_cycle = 1e3 / self.clock_hz
        cycles = self.cycles
        return LatencyStats(
            median=cycles.median * per_cycle,
            mean=cycles.mean * per_cycle,
            p95=cycles.p95 * per_cycle,
            p99=cycles.p99 * per_cycle,
        )

    @property
    def inferences_per_second(self) -> float:
        """From the median; 0 if no cycle was counted, which no valid run has."""
        return self.clock_hz / self.cycles.median if self.cycles.median else 0.0

    @property
    def cycles_per_macc(self) -> float | None:
        """From the median; None for a network without multiplications."""
        return self.cycles.median / self.macc if self.macc else None

    def to_json(self) -> dict[str, object]:
        """A row of the document, ready for `json.dumps`."""
        row = asdict(self)
        row["warnings"] = list(self.warnings)
        row["inferences"] = self.inferences
        row["latency_ms"] = asdict(self.latency_ms)
        row["inferences_per_second"] = self.inferences_per_second
        row["cycles_per_macc"] = self.cycles_per_macc
        return row

    @classmethod
    def from_json(cls, row: object, where: str = "row") -> RunRecord:
        """The record that `to_json` wrote. Raises InputError."""
        return decode(cls, row, where)


@dataclass(frozen=True)
class Failure:
    """A job that gave no record: what was asked, and what was said."""

    model: str
    title: str
    board: str
    core: str
    serial: str | None
    simulated: bool
    clock_hz: int
    exit_code: int
    message: str
    remedy: str = ""
    details: str = ""
    runtime: str = TINYLAB


@dataclass(frozen=True)
class RunDocument:
    """The runs of one session."""

    tinylab: str
    """Version of tinylab that measured."""
    started: str
    rows: tuple[RunRecord, ...]
    failures: tuple[Failure, ...] = ()
    interrupted: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "tinylab": self.tinylab,
            "started": self.started,
            "interrupted": self.interrupted,
            "rows": [row.to_json() for row in self.rows],
            "failures": [asdict(failure) for failure in self.failures],
        }

    @classmethod
    def from_json(cls, document: object, where: str = "document") -> RunDocument:
        """The document that `to_json` wrote. Raises InputError, also for another schema."""
        schema = document.get("schema") if isinstance(document, Mapping) else None
        if schema != SCHEMA:
            raise InputError(
                f"{where} has the schema {schema!r}, and this tinylab reads {SCHEMA!r}.",
                remedy="Export it again with this version of tinylab.",
            )
        return decode(cls, document, where)

    @classmethod
    def parse(cls, text: str, where: str) -> RunDocument:
        """The document in `text`; `where` names the file in errors. Raises InputError."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise InputError(f"{where} is not JSON: {error}.") from error
        return cls.from_json(document, where)
