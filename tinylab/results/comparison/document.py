"""Comparisons as a JSON document, `tinylab.comparison/1`, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tinylab
from tinylab.results import documents
from tinylab.results.comparison.comparison import Comparison

SCHEMA = "tinylab.comparison/1"


@dataclass(frozen=True)
class ComparisonDocument:
    """What `tinylab compare --json` prints."""

    tinylab: str
    comparisons: tuple[Comparison, ...]
    missing: tuple[str, ...]
    """Runs that have no partner."""

    def to_json(self) -> dict[str, Any]:
        """Ready for `json.dumps`."""
        made: dict[str, Any] = documents.as_json(self)
        return {"schema": SCHEMA} | made


def document_of(comparisons: Sequence[Comparison], missing: Sequence[str]) -> ComparisonDocument:
    """By this version of tinylab."""
    return ComparisonDocument(tinylab.__version__, tuple(comparisons), tuple(missing))
