"""The runs of a user's own image in each format."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from tinylab.display_text import json_text
from tinylab.export.csv_text import safe_row
from tinylab.export.firmware_table import heading, remarks, tables
from tinylab.export.markdown_text import escaped, table_line
from tinylab.export.plain_table import drawn
from tinylab.export.why_table import CAUSE_COLUMNS, why_rows
from tinylab.results.firmware_record import FirmwareDocument, FirmwareRun

CSV_COLUMNS = (
    *("state", "error", "board", "core", "serial", "simulated", "expected_error_percent"),
    *("image_file", "image_sha256", "clock_hz", "measured", "kind", "number", "cycles"),
    *("latency_ms", "inferences", "inferences_per_second"),
    *CAUSE_COLUMNS,
)


def render(document: FirmwareDocument, format_name: str, *, trace: bool = False) -> str:
    """`json`, `csv`, `markdown`, or plain text for anything else."""
    if format_name == "json":
        return json_text(document.to_json()) + "\n"
    if format_name == "csv":
        return _csv(document)
    if format_name == "markdown":
        return "\n".join("\n".join(_markdown(run, trace)) for run in document.runs)
    return "\n".join("\n".join(_text(run, trace)) for run in document.runs)


def _text(run: FirmwareRun, trace: bool) -> Iterator[str]:
    yield heading(run)
    yield ""
    for table in tables(run, trace=trace):
        yield table.title
        yield drawn(table)
    yield from remarks(run, trace=trace)
    yield ""


def _markdown(run: FirmwareRun, trace: bool) -> Iterator[str]:
    yield f"## {escaped(heading(run))}"
    yield ""
    for table in tables(run, trace=trace):
        yield f"**{escaped(table.title)}**"
        yield ""
        yield table_line([escaped(head) for head in table.heads])
        yield "|" + "|".join(" ---: " if lean == ">" else " --- " for lean in table.lean) + "|"
        for row in table.rows:
            yield table_line([escaped(cell) for cell in row])
        yield ""
    for line in remarks(run, trace=trace):
        yield f"- {escaped(line)}"
    yield ""


def _csv(document: FirmwareDocument) -> str:
    """One line for each call, explained function, or window; one for a run that has none."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for run in document.runs:
        writer.writerows(safe_row(_identity(run) | figures) for figures in _figures(run))
    return text.getvalue()


def _identity(run: FirmwareRun) -> dict[str, object]:
    return {
        "state": "ok" if run.valid else "failed",
        "error": run.error.message if run.error else "",
        "board": run.board,
        "core": run.core,
        "serial": run.serial,
        "simulated": run.simulated,
        "expected_error_percent": run.expected_error_percent,
        "image_file": run.image.file,
        "image_sha256": run.image.sha256,
        "clock_hz": run.clock_hz,
    }


def _figures(run: FirmwareRun) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for kind, calls in (("warm-up", run.warmup_calls), ("call", run.calls)):
        for number, cycles in enumerate(calls, 1):
            seconds = run.seconds(cycles)
            figures = {"measured": run.function.name if run.function else ""}
            figures |= {"kind": kind, "number": str(number), "cycles": str(cycles)}
            found.append({**figures, "latency_ms": seconds * 1e3 if seconds else None})
    found += why_rows(run.why) if run.why is not None else ()
    for number, window in enumerate(run.mlperf.windows if run.mlperf else (), 1):
        found.append(
            {
                "measured": "mlperf",
                "kind": "window",
                "number": number,
                "latency_ms": window.elapsed_us / 1e3 / window.inferences,
                "inferences": window.inferences,
                "inferences_per_second": window.inferences_per_second,
            }
        )
    return found or [{}]
