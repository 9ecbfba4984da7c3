"""The document of schema `tinylab.choice/1`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tinylab.errors import ExitCode
from tinylab.field_docs import field_docs
from tinylab.quantities import Amount, Count, Hertz
from tinylab.results import documents
from tinylab.results.error_record import ErrorRecord

SCHEMA = "tinylab.choice/1"


class Meets(StrEnum):
    """Whether an inference ends before the deadline less the margin."""

    MEETS = "meets"
    UNCERTAIN = "uncertain"
    """The difference is smaller than the simulation's expected error."""
    MISSES = "misses"
    UNKNOWN = "unknown"
    """There is no result; `error` says why."""


@dataclass(frozen=True)
class AtClock:
    """An inference at one core clock."""

    clock_hz: Hertz
    wait_states: Count
    cycles: Amount
    time_s: Amount


@dataclass(frozen=True)
class Candidate:
    """A model on a board, generated for one goal. All figures are simulated."""

    model: str
    board: str
    core: str
    optimize: str
    number_type: str | None
    expected_error_percent: Amount | None
    """Of the simulated cycles; None: not known."""
    flash_bytes: Count | None
    flash_available: Count
    ram_bytes: Count | None
    ram_available: Count
    sweep: tuple[AtClock, ...]
    """At the highest clock of each range in which the cycles do not change."""
    fastest: AtClock | None
    """At the clock with the shortest time."""
    lowest: AtClock | None
    """At the lowest clock that meets the deadline, less the margin or the expected error, whichever
    is more; None if none does. Its cycles are those of the highest clock of its range."""
    margin_percent: float | None
    """What is left of the deadline at the fastest clock; negative if it is missed."""
    meets: Meets
    error: ErrorRecord | None


@dataclass(frozen=True)
class ChoiceDocument:
    """Every candidate, those that meet the deadline at the lowest clock first."""

    tinylab: str
    started: str
    deadline_s: Amount
    margin_percent: Amount
    candidates: tuple[Candidate, ...]

    @property
    def exit_code(self) -> ExitCode:
        """0 if one meets the deadline for certain, else 1."""
        found = any(one.meets is Meets.MEETS for one in self.candidates)
        return ExitCode.OK if found else ExitCode.REGRESSION

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **documents.as_json(self)}


def document_schema() -> dict[str, Any]:
    """JSON Schema of the document."""
    kind = documents.document_type(SCHEMA, ChoiceDocument)
    schema = documents.json_schema("Boards that meet a deadline", kind)
    for made in (Candidate, AtClock):
        properties = schema["$defs"][made.__name__]["properties"]
        for key, text in field_docs(made).items():
            properties[key]["description"] = text
    return schema
