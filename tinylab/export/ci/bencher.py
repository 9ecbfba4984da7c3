"""Bencher Metric Format: figures for bencher.dev's `bencher run --adapter json`.

https://bencher.dev/docs/reference/bencher-metric-format: by benchmark and measure a value, and the
interval where there is one. `latency` is Bencher's own measure, in nanoseconds.
"""

from __future__ import annotations

from tinylab.display_text import json_text
from tinylab.export.ci.run_names import valid_runs
from tinylab.results.record import RunDocument, RunRecord


def render_bencher(document: RunDocument) -> str:
    found = {name: _measures(row) for name, row in valid_runs(document)}
    return json_text(found) + "\n"


def _measures(row: RunRecord) -> dict[str, dict[str, float]]:
    cycles, per_cycle = row.cycles, 1e9 / row.clock_hz
    ends = {"lower_value": cycles.median_low, "upper_value": cycles.median_high}
    known = {name: value for name, value in ends.items() if value is not None}
    measures: dict[str, dict[str, float]] = {
        "latency": {
            "value": cycles.median * per_cycle,
            **{name: value * per_cycle for name, value in known.items()},
        },
        "cycles": {"value": cycles.median, **known},
        "flash-bytes": {"value": row.flash_bytes},
        "ram-bytes": {"value": row.ram_bytes},
    }
    if row.stack_bytes is not None:
        measures["stack-bytes"] = {"value": row.stack_bytes}
    if row.accuracy is not None:
        measures["accuracy"] = {"value": row.accuracy.measured}
    return measures
