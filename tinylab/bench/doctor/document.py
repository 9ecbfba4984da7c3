"""The document of schema `tinylab.doctor/1`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinylab.bench.doctor.check import Check
from tinylab.results import documents

SCHEMA = "tinylab.doctor/1"


@dataclass(frozen=True)
class DoctorDocument:
    """All checks, in the order in which they were made."""

    tinylab: str
    """Version of tinylab that made the checks."""
    at_fault: bool
    checks: tuple[Check, ...]

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **documents.as_json(self)}


def document_schema() -> dict[str, Any]:
    """JSON Schema of the document."""
    kind = documents.document_type(SCHEMA, DoctorDocument)
    return documents.json_schema("What `tinylab doctor --json` prints", kind)
