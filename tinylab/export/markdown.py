"""The two tables and the bench's state as Markdown, to paste into a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tinylab.export.bench_state import bench_state
from tinylab.export.table import CORNER, Column, ResultTable, Row, entries_of, result_tables
from tinylab.results.record import RunDocument


def render_markdown(document: RunDocument) -> str:
    tables = result_tables(entries_of(document))
    state = [f"- **{_text(line.label)}**: {_text(line.text)}" for line in bench_state(document)]
    parts = [*(_table(table) for table in tables), "\n".join(["## Bench", "", *state])]
    return "\n\n".join(parts) + "\n"


def _table(table: ResultTable) -> str:
    lines = [
        _line([CORNER, *(_heading(column) for column in table.columns)]),
        _line(["---", *("---:" for _ in table.columns)]),
    ]
    for row in table.rows:
        lines.extend(_rows(row))
    return "\n".join([f"## {table.title}", "", *lines])


def _rows(row: Row) -> Iterable[str]:
    yield _line([_text(row.title), *(_text(cell.text) for cell in row.cells)])
    if row.has_published:
        yield _line(
            ["*published*", *(f"*{c.published}*" if c.published else "" for c in row.cells)]
        )


def _heading(column: Column) -> str:
    return "<br>".join(_text(line) for line in column.heading)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Names of models are the user's, so special characters are escaped."""
    for special in "\\|*_`<>[]":
        text = text.replace(special, "\\" + special)
    return " ".join(text.split())
