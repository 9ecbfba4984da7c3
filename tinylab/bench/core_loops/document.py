"""The document of schema `tinylab.bench-core/1`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from tinylab.bench.core_loops.loops import Range
from tinylab.errors import ExitCode
from tinylab.quantities import Count, Finite, Hertz
from tinylab.results import documents
from tinylab.results.error_record import ErrorRecord

SCHEMA = "tinylab.bench-core/1"


@dataclass(frozen=True)
class LoopResult:
    """One loop: cycles for each repetition."""

    DERIVED: ClassVar[tuple[str, ...]] = ("model_agrees", "silicon_agrees", "difference")

    id: str
    title: str
    body: str
    """The assembly lines that are repeated."""
    published_least: Finite
    published_most: Finite
    source: str
    """Document, chip and clock of the published figure."""
    model: Finite | None
    """On the virtual board; None if it could not run there."""
    silicon: Finite | None
    """On the real board; None on a virtual one, or if it could not run."""
    spread: Count | None
    """Cycles between the least and the most of 16 calls of all repetitions, on the board."""
    skipped: str
    """Why it did not run; empty if it did."""
    known: str
    """Why the model is known to differ from the published figure; empty if it is not."""

    @property
    def published(self) -> Range:
        return Range(self.published_least, self.published_most)

    @property
    def model_agrees(self) -> bool | None:
        """Whether the model's cycles are the published ones."""
        return None if self.model is None else self.published.has(self.model)

    @property
    def silicon_agrees(self) -> bool | None:
        """Whether the model's cycles are those of the board."""
        if self.silicon is None or self.model is None:
            return None
        return Range(self.silicon, self.silicon).has(self.model)

    @property
    def difference(self) -> Finite | None:
        """The model's cycles above the board's; on a virtual board, above the published ones."""
        if self.model is None:
            return None
        if self.silicon is None:
            return self.published.difference(self.model)
        return Range(self.silicon, self.silicon).difference(self.model)


@dataclass(frozen=True)
class CoreBench:
    """All loops on one board. `loops` is empty if an error came before."""

    board: str
    core: str
    serial: str | None
    simulated: bool
    clock_hz: Hertz
    wait_states: Count
    """Of the flash, which the loops are in."""
    toolchain: str
    loops: tuple[LoopResult, ...]
    error: ErrorRecord | None


@dataclass(frozen=True)
class CoreBenchDocument:
    """All boards of one command."""

    tinylab: str
    started: str
    boards: tuple[CoreBench, ...]

    @property
    def exit_code(self) -> ExitCode:
        """Of the worst error: loops that differ are a result."""
        codes = (ExitCode(one.error.exit_code) for one in self.boards if one.error is not None)
        return max(codes, default=ExitCode.OK)

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **documents.as_json(self)}


def document_schema() -> dict[str, Any]:
    """JSON Schema of the document."""
    kind = documents.document_type(SCHEMA, CoreBenchDocument)
    return documents.json_schema("What `tinylab bench-core --json` prints", kind)
