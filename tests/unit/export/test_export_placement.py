"""The memories of a network's parts, below the tables and in spreadsheets."""

from __future__ import annotations

import csv

from tests.fakes.records import changed, record
from tinylab.export.bench_state import bench_state
from tinylab.export.csv_table import render_csv
from tinylab.results.record import RunDocument

WHERE = "weights=dtcm,activations=axi,code=flash"


def document(*placements: str | None) -> RunDocument:
    rows = tuple(changed(record(column=i), placement=one) for i, one in enumerate(placements))
    return RunDocument(tinylab="0", started="2025-01-02T03:04:05+00:00", rows=rows)


def test_the_state_of_the_bench_has_them_where_they_are_known() -> None:
    lines = {line.label: line.text for line in bench_state(document(WHERE, None))}
    assert WHERE in lines["placement"]
    assert "unknown" in lines["placement"]
    assert "placement" not in {line.label for line in bench_state(document(None))}


def test_a_column_has_them() -> None:
    first, *_ = csv.DictReader(render_csv(document(WHERE)).splitlines())
    assert first["placement"] == WHERE
