"""The two tables and the bench's state for a terminal, from 80 columns down to 40.

A table that is too wide for the terminal is drawn in several parts; figures are never truncated.
"""

from __future__ import annotations

import io

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tinylab.export.bench_state import StateLine, bench_state
from tinylab.export.table import (
    ACCURACY_TITLE,
    CORNER,
    AccuracyColumn,
    Cell,
    ResultTable,
    Row,
    entries_of,
    result_tables,
)
from tinylab.results.record import RunDocument

WIDTH = 80
TITLE_WIDTH = 20
"""Titles of models wrap at this width when there is no more room."""
GAP = 1
DIVIDER = 1
"""Blank column that rich draws between two columns, besides the gap."""


def render_text(document: RunDocument, width: int = WIDTH) -> str:
    """Plain text, without colours."""
    console = Console(
        file=io.StringIO(), width=width, color_system=None, legacy_windows=False, emoji=False
    )
    console.print(results_view(document, width))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def results_view(document: RunDocument, width: int) -> RenderableType:
    """Everything about a session, for a rich console of that width."""
    tables = result_tables(entries_of(document))
    return Group(*(table_view(table, width) for table in tables), state_view(bench_state(document)))


def table_view(table: ResultTable, width: int, published: bool = True) -> RenderableType:
    """One results table, in as many parts as the width requires."""
    parts = []
    first = 0
    while first < len(table.columns):
        last = first + 1
        while last < len(table.columns) and needed_width(table.part(first, last + 1)) <= width:
            last += 1
        parts.append(_part_view(table.part(first, last), published, continued=first > 0))
        first = last
    return Group(*parts)


def state_view(lines: tuple[StateLine, ...]) -> RenderableType:
    """The state of the bench, one line for each fact."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", ratio=3, overflow="fold")
    grid.add_column(ratio=9, overflow="fold")
    for line in lines:
        grid.add_row(Text(line.label), Text(line.text))
    return Group(Text("Bench", style="bold"), grid)


def needed_width(table: ResultTable, titles: int = TITLE_WIDTH) -> int:
    """Columns of the terminal that the table needs when its titles are wrapped to that width."""
    cells = zip(*(row.cells for row in table.rows), strict=True)
    across = [
        max(len(text) for text in (*column.heading, *(_longest(cell) for cell in down)))
        for column, down in zip(table.columns, cells, strict=True)
    ]
    return titles + sum(width + GAP + DIVIDER for width in across)


def _longest(cell: Cell) -> str:
    return max(cell.text, cell.published, key=len)


def _part_view(table: ResultTable, published: bool, continued: bool) -> RenderableType:
    title = f"{table.title} (continued)" if continued else table.title
    if all(isinstance(column, AccuracyColumn) for column in table.columns):
        title = ACCURACY_TITLE
    view = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP, 0, 0))
    view.add_column(CORNER, overflow="fold", min_width=TITLE_WIDTH)
    for column in table.columns:
        view.add_column(
            Text("\n".join(column.heading)), justify="right", no_wrap=True, overflow="fold"
        )
    for row in table.rows:
        _add_row(view, row, published)
    return Padding(Group(Text(title, style="bold"), view), (0, 0, 1, 0))


def _add_row(view: Table, row: Row, published: bool) -> None:
    view.add_row(Text(row.title), *(_cell_text(cell) for cell in row.cells))
    if published and row.has_published:
        view.add_row(
            Text("  published", style="dim"),
            *(Text(cell.published, style="dim") for cell in row.cells),
        )


def _cell_text(cell: Cell) -> Text:
    text = Text(cell.value, style="bold red" if cell.trouble else "bold")
    return text.append(f" {cell.mark}", style="not bold dim") if cell.mark else text
