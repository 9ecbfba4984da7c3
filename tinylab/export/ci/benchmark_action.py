"""Figures for github-action-benchmark's tool `customSmallerIsBetter`.

https://github.com/benchmark-action/github-action-benchmark: a list of name, unit, value, and the
range and a note as text.
"""

from __future__ import annotations

from collections.abc import Iterator

from tinylab.display_text import json_text
from tinylab.export.ci.run_names import valid_runs
from tinylab.results.record import RunDocument, RunRecord
from tinylab.units import plus_minus


def render_benchmark_action(document: RunDocument) -> str:
    found = [entry for name, row in valid_runs(document) for entry in _entries(name, row)]
    return json_text(found) + "\n"


def _entries(name: str, row: RunRecord) -> Iterator[dict[str, object]]:
    cycles = row.cycles
    note = f"{row.latency_ms.median:.6g} ms, {cycles.n:,} inferences"
    if row.simulated:
        note += f", simulated, expected error {plus_minus(row.expected_error_percent)}"
    entry: dict[str, object] = {"name": name, "unit": "cycles", "value": cycles.median}
    if cycles.median_low is not None and cycles.median_high is not None:
        half = (cycles.median_high - cycles.median_low) / 2
        entry["range"] = f"± {half:g}"
    yield entry | {"extra": note}
    yield {"name": f"{name}, flash", "unit": "bytes", "value": row.flash_bytes}
    yield {"name": f"{name}, RAM", "unit": "bytes", "value": row.ram_bytes}
