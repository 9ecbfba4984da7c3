"""The record of one run: figures, the state of the bench, and provenance.

A document of runs has the schema `tinylab.run/1`: `{"schema", "tinylab", "started", "rows"}`. Units
are in the names. Cycles are the primary figures; times and rates are computed from them and the
requested clock, so they are the same in two runs of the same image. The measured clock is a
separate field, and a run with a wrong clock is invalid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import msgspec

from tinylab.errors import InputError
from tinylab.quantities import Amount, Count
from tinylab.results import documents
from tinylab.results.error_record import ErrorRecord
from tinylab.results.identity import Identified, RunIdentity
from tinylab.results.layer_profile import LayerProfile
from tinylab.results.memory_record import MemoryUse
from tinylab.results.record_parts import (
    Accuracy,
    DataRun,
    Judgement,
    LatencyStats,
    Origin,
    OutputCheck,
    Partial,
    Published,
    Runtime,
    Stages,
)
from tinylab.stats.cycles import CycleStats
from tinylab.stats.spread import SampleSpread

SCHEMA = "tinylab.run/1"


@dataclass(frozen=True)
class RunRecord(Identified):
    """One network on one station at one clock."""

    DERIVED: ClassVar = ("inferences", "latency_ms", "inferences_per_second", "cycles_per_macc")

    identity: RunIdentity
    clock_measured_hz: Amount | None
    wait_states: Count
    bus_hz: Count
    caches: str
    fpu: str
    warmup: Count
    lost: Count
    cycles: CycleStats
    first_cycles: Count | None
    """The first inference after reset, with cold caches; not part of `cycles`."""
    flash_bytes: Count
    ram_bytes: Count
    stack_bytes: Count | None
    """Deepest stack seen while running; None where it was not measured."""
    output: OutputCheck | None
    """None if there was nothing to compare the outputs with; a warning reports this."""
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
    """How the samples were transferred: `swd` or `uart`."""
    weights_bytes: Count | None = None
    """Of the network alone; `flash_bytes` and `ram_bytes` count the firmware too."""
    activations_bytes: Count | None = None
    problems: tuple[ErrorRecord, ...] = ()
    """Why the run is invalid, for programs; `warnings` has the same as text."""
    inputs: str = ""
    """What the network was given: `held-out samples`, `random values`, or the file's name."""
    accuracy: Accuracy | None = None
    data: DataRun | None = None
    """None without a file of samples."""
    profile: LayerProfile | None = None
    """None of a real board, and where the layers could not be told apart."""
    origin: Origin | None = None
    """None in records of an older tinylab."""
    memory: tuple[MemoryUse, ...] = ()
    """What is in each memory of the board, the flash first; empty in older records."""

    @property
    def compression(self) -> str:
        return self.identity.compression or ""

    @property
    def inferences(self) -> int:
        """The number of measured inferences."""
        return self.cycles.n

    @property
    def spread(self) -> SampleSpread | None:
        """How the time depends on a person's samples; None without them."""
        data = self.data
        if data is None:
            return None
        over = data.cycles
        return SampleSpread(
            low=over.min,
            fastest=data.fastest,
            median=over.median,
            high=over.max,
            slowest=data.slowest,
            stdev=over.stdev,
            repetitions=self.cycles.n,
            repeated=self.cycles.stdev,
        )

    @property
    def latency_ms(self) -> LatencyStats:
        per_cycle = 1e3 / self.clock_hz
        cycles = self.cycles
        return LatencyStats(
            median=cycles.median * per_cycle,
            mean=cycles.mean * per_cycle,
            p95=None if cycles.p95 is None else cycles.p95 * per_cycle,
            p99=None if cycles.p99 is None else cycles.p99 * per_cycle,
        )

    @property
    def inferences_per_second(self) -> float:
        """From the median; 0 if no cycle was counted, which no valid run has."""
        return self.clock_hz / self.cycles.median if self.cycles.median else 0.0

    @property
    def cycles_per_macc(self) -> float | None:
        """From the median; None for a network without multiplications."""
        macc = self.identity.macc
        return self.cycles.median / macc if macc else None

    def to_json(self) -> dict[str, Any]:
        """A row of the document, ready for `json.dumps`."""
        row = documents.as_json(self) | documents.as_json(self.identity)
        row["runtime"] = {"name": row["runtime"], "version": row["runtime_version"] or ""}
        return {key: row[key] for key in row_keys()}

    @classmethod
    def from_json(cls, row: object, where: str = "row") -> RunRecord:
        """The record that `to_json` wrote. Raises InputError."""
        return _record_of(documents.convert(row_type(), row, where))


@dataclass(frozen=True)
class Failure(Identified):
    """A run without a record: its identity, and the error it ended with."""

    identity: RunIdentity
    error: ErrorRecord
    partial: Partial | None = None
    """What was measured before the end; None if nothing was."""

    def to_json(self) -> dict[str, Any]:
        row = documents.as_json(self.identity) | documents.as_json(self.error)
        row["partial"] = documents.as_json(self.partial)
        return {key: row[key] for key in failure_keys()}

    @classmethod
    def from_json(cls, row: object, where: str = "failure") -> Failure:
        """The failure that `to_json` wrote. Raises InputError."""
        return _failure_of(documents.convert(failure_type(), row, where))


@dataclass(frozen=True)
class RunDocument:
    """The runs of one session."""

    tinylab: str
    """Version of tinylab that measured."""
    started: str
    rows: tuple[RunRecord, ...]
    failures: tuple[Failure, ...] = ()
    interrupted: bool = False
    judged: tuple[Judgement, ...] = ()
    """The runs beside their baseline; empty without one."""

    @property
    def measured(self) -> bool:
        """Whether a run has ended, with a result or a failure."""
        return bool(self.rows or self.failures)

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "tinylab": self.tinylab,
            "started": self.started,
            "interrupted": self.interrupted,
            "rows": [row.to_json() for row in self.rows],
            "failures": [failure.to_json() for failure in self.failures],
            "judged": documents.as_json(self.judged),
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
        found: Any = documents.convert(document_type(), document, where)
        return cls(
            tinylab=found.tinylab,
            started=found.started,
            rows=tuple(map(_record_of, found.rows)),
            failures=tuple(map(_failure_of, found.failures)),
            interrupted=found.interrupted,
            judged=found.judged,
        )

    @classmethod
    def parse(cls, text: str, where: str) -> RunDocument:
        """The document in `text`; `where` names the file in errors. Raises InputError."""
        return cls.from_json(documents.parse(text, where), where)


_FIRST = (
    "model", "title", "parameters", "macc", "board", "core", "serial", "simulated",
    "expected_error_percent", "runtime", "compression", "clock_hz",
)  # fmt: skip
"""The keys that a row opens with, in the order that schema 1 began with."""
_FAILURE_FIRST = (
    "model", "title", "board", "core", "serial", "simulated", "clock_hz",
    "exit_code", "message", "remedy", "details", "runtime",
)  # fmt: skip


LATER = {"number_type": None, "optimize": None, "placement": None}
"""What the identity of older rows does not have."""


@cache
def row_keys() -> dict[str, Any]:
    """The keys of a row in order, with their types; a record knows what its identity may not."""
    known = {"runtime": Runtime, "compression": str, "model_sha256": str}
    identity = documents.keys(RunIdentity) | known
    del identity["runtime_version"]
    own, figures = documents.keys(RunRecord), documents.derived(RunRecord)
    del own["identity"]
    later = {key: kind for key, kind in identity.items() if key not in _FIRST}
    before = list(own)[: list(own).index("elf_sha256")]
    order = (*_FIRST, *before, *later, *own, *figures)
    kinds = identity | own | figures
    return {key: kinds[key] for key in dict.fromkeys(order)}


@cache
def failure_keys() -> dict[str, Any]:
    """The keys of a failure in order, with their types."""
    kinds = documents.keys(RunIdentity) | documents.keys(ErrorRecord)
    kinds["partial"] = documents.keys(Failure)["partial"]
    return {key: kinds[key] for key in dict.fromkeys((*_FAILURE_FIRST, *kinds))}


@cache
def row_type(*, derived: bool = False) -> type[msgspec.Struct]:
    """A row as it is read; as it is written it has the derived figures besides."""
    unread = () if derived else RunRecord.DERIVED
    members = {key: kind for key, kind in row_keys().items() if key not in unread}
    if derived:
        members = {key: documents.written(kind) for key, kind in members.items()}
    return documents.row_type("Run", members, documents.defaults(RunRecord) | LATER)


@cache
def failure_type() -> type[msgspec.Struct]:
    optional = documents.defaults(RunIdentity) | documents.defaults(ErrorRecord)
    optional |= documents.defaults(Failure)
    return documents.row_type("Failure", failure_keys(), optional)


@cache
def document_type(*, derived: bool = False) -> type[msgspec.Struct]:
    """A document as it is read, or as it is written."""
    members = documents.named(SCHEMA, documents.keys(RunDocument))
    members["rows"] = documents.several(row_type(derived=derived))
    members["failures"] = documents.several(failure_type())
    if derived:
        members["judged"] = documents.several(documents.written(Judgement))
    return documents.row_type("RunDocument", members, documents.defaults(RunDocument))


def _record_of(row: Any) -> RunRecord:
    """From a decoded row."""
    shared = {key: getattr(row, key) for key in documents.keys(RunIdentity) if hasattr(row, key)}
    shared |= {"runtime": row.runtime.name, "runtime_version": row.runtime.version or None}
    own = {key: getattr(row, key) for key in documents.keys(RunRecord) if key != "identity"}
    return RunRecord(RunIdentity(**shared), **own)


def _failure_of(row: Any) -> Failure:
    """From a decoded failure."""
    identity = {key: getattr(row, key) for key in documents.keys(RunIdentity)}
    error = {key: getattr(row, key) for key in documents.keys(ErrorRecord)}
    return Failure(RunIdentity(**identity), ErrorRecord(**error), row.partial)
