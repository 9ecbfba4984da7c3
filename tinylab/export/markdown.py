"""The two tables and the bench's state as Markdown, to paste into a report."""

from __future__ import annotations

from collections.abc import Iterable

from tinylab.export.bench_state import bench_state
from tinylab.export.markdown_text import escaped, table_line
from tinylab.export.table import (
    CORNER,
    AccuracyColumn,
    Column,
    ResultTable,
    Row,
    entries_of,
    result_tables,
)
from tinylab.results.record import RunDocument


def render_markdown(document: RunDocument) -> str:
    tables = result_tables(entries_of(document))
    state = [f"- **{escaped(line.label)}**: {escaped(line.text)}" for line in bench_state(document)]
    parts = [*(_table(table) for table in tables), "\n".join(["## Bench", "", *state])]
    return "\n\n".join(parts) + "\n"


def _table(table: ResultTable) -> str:
    lines = [
        table_line([CORNER, *(_heading(column) for column in table.columns)]),
        table_line(["---", *("---:" for _ in table.columns)]),
    ]
    for row in table.rows:
        lines.extend(_rows(row))
    return "\n".join([f"## {table.title}", "", *lines])


def _rows(row: Row) -> Iterable[str]:
    yield table_line([escaped(row.title), *(escaped(cell.text) for cell in row.cells)])
    if row.has_published:
        yield table_line(
            ["*published*", *(f"*{c.published}*" if c.published else "" for c in row.cells)]
        )


def _heading(column: Column | AccuracyColumn) -> str:
    return "<br>".join(escaped(line) for line in column.heading)
