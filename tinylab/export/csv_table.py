"""One line per run, for spreadsheets: the fields of the JSON rows, nested names joined."""

from __future__ import annotations

import csv
import dataclasses
import io
import typing
from collections.abc import Iterator, Mapping

from tinylab.results.record import Failure, LatencyStats, RunDocument, RunRecord

OUTCOME = ("state", "error")
DERIVED = (
    "inferences",
    *(f"latency_ms_{field.name}" for field in dataclasses.fields(LatencyStats)),
    "inferences_per_second",
    "cycles_per_macc",
)


def render_csv(document: RunDocument) -> str:
    """Measured runs first, then failures, which have their identity and the error only."""
    text = io.StringIO()
    columns = [*OUTCOME, *_columns(RunRecord), *DERIVED]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in document.rows:
        state = "ok" if row.valid else "invalid"
        writer.writerow({"state": state, **dict(_flat(row.to_json()))})
    for failure in document.failures:
        writer.writerow(_failed(failure, columns))
    return text.getvalue()


def _failed(failure: Failure, columns: list[str]) -> dict[str, object]:
    known = {name: value for name, value in dataclasses.asdict(failure).items() if name in columns}
    return {"state": "failed", "error": failure.message, **known}


def _columns(kind: type[object], prefix: str = "") -> Iterator[str]:
    """The names of a record's fields; those of records inside are joined with `_`."""
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        inner = [
            t
            for t in (hints[field.name], *typing.get_args(hints[field.name]))
            if dataclasses.is_dataclass(t)
        ]
        if inner:
            yield from _columns(typing.cast(type[object], inner[0]), f"{prefix}{field.name}_")
        else:
            yield prefix + field.name


def _flat(row: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}_")
        elif isinstance(value, list):
            yield prefix + name, "; ".join(str(item) for item in value)
        elif value is not None or prefix + name != "published":
            yield prefix + name, value
