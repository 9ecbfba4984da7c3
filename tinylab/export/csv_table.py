"""One line per run, for spreadsheets: the fields of the JSON rows, nested names joined."""

from __future__ import annotations

import csv
import io
import typing
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from tinylab.export.csv_text import safe_row
from tinylab.results.documents import keys
from tinylab.results.record import Failure, RunDocument, row_keys

OUTCOME = ("state", "error")
LATER = ("number_type", "error_kind", "exit_code")
"""Columns that were added later; they are last, for readers that count columns."""
LATEST = ("inputs", "accuracy_", "data_")
"""Beginnings of the names of columns that were added after those."""
NEWEST = ("optimize", "placement", "planned")
"""Columns that were added last, in this order."""
LONG = "data_each"
"""A column that is left out: a spreadsheet's cell has no room for a count of every sample."""
SEVERAL = ("problems", "profile", "memory")
"""The keys whose records give no columns, except the kinds of problems."""
FAILED = ("model", "title", "board", "core", "serial", "simulated", "clock_hz", "number_type")
"""The fields of its identity in a failure's line."""


def render_csv(document: RunDocument) -> str:
    """Measured runs first, then failures, which have their identity and the error only."""
    text = io.StringIO()
    members = {name: kind for name, kind in row_keys().items() if name not in SEVERAL}
    own = [name for name in _columns(members) if name not in (*LATER, LONG)]
    columns = sorted([*OUTCOME, *own, *LATER, "planned"], key=_age)
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in document.rows:
        cells = {name: value for name, value in _flat(row.to_json()) if name in columns}
        kinds = "; ".join(problem.kind or "" for problem in row.problems)
        state = "ok" if row.valid else "invalid"
        writer.writerow(safe_row({"state": state, "error_kind": kinds, **cells}))
    for failure in document.failures:
        writer.writerow(safe_row(_failed(failure)))
    return text.getvalue()


def _age(name: str) -> int:
    if name in NEWEST:
        return 3 + NEWEST.index(name)
    return 2 if name.startswith(LATEST) else int(name in LATER)


def _failed(failure: Failure) -> dict[str, object]:
    known = {name: value for name, value in asdict(failure.identity).items() if name in FAILED}
    error = failure.error
    said = {"error": error.message, "error_kind": error.kind, "exit_code": error.exit_code}
    part = failure.partial
    measured = {} if part is None else dict(_flat({"cycles": asdict(part.cycles)}))
    if part is not None:
        measured["planned"] = part.planned
    state = "interrupted" if error.interrupted else "failed"
    return {"state": state, **said, **known, **measured}


def _columns(members: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The names of a row's keys; those of records inside are joined with `_`."""
    for name, kind in members.items():
        inner = [one for one in (kind, *typing.get_args(kind)) if is_dataclass(one)]
        if inner:
            yield from _columns(keys(typing.cast(type[object], inner[0])), f"{prefix}{name}_")
        else:
            yield prefix + name


def _flat(row: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}_")
        elif isinstance(value, list):
            yield prefix + name, "; ".join(str(item) for item in value)
        else:
            yield prefix + name, value
