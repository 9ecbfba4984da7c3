"""The two results tables, which can be walked through cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.coordinate import Coordinate
from textual.events import Resize
from textual.message import Message
from textual.widgets import DataTable, Static

from tinylab.export.table import CORNER, RATE_TITLE, Cell, Entry, ResultTable, result_tables
from tinylab.screens.error_boundary import ErrorBoundary

TITLE_WIDTH = 14
"""Titles of models are cut down to this when the terminal is narrow."""
GAP = 1
PUBLISHED = "  published"
NOTHING_YET = "nothing measured yet"


class ResultGrid(DataTable[Text]):
    """One results table."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, cell_padding=0)
        self.fixed_columns = 1
        self._shown: tuple[ResultTable, bool, list[int]] | None = None

    def show(self, table: ResultTable, published: bool, widths: Sequence[int]) -> None:
        """Draws the table; `widths` are those of its columns, the titles' first."""
        if self._shown == (table, published, list(widths)):
            return
        before, self._shown = self._shown, (table, published, list(widths))
        if before and _shape(*before) == _shape(*self._shown):
            self._update(before[0], table, published)
        else:
            self._rebuild(table, published, widths)

    def entry(self) -> Entry | None:
        """What the cell under the cursor was made of."""
        if self._shown is None or not self.row_count:
            return None
        row, column = self.cursor_coordinate
        rows = self._shown[0].rows
        cells = rows[row].cells if row < len(rows) else ()
        return cells[max(column - 1, 0)].entry if cells else None

    def _update(self, before: ResultTable, table: ResultTable, published: bool) -> None:
        for y, (old, new) in enumerate(zip(before.rows, table.rows, strict=True)):
            for x, pair in enumerate(zip(old.cells, new.cells, strict=True)):
                if pair[0] != pair[1]:
                    self.update_cell_at(Coordinate(y, x + 1), _text(pair[1], published))

    def _rebuild(self, table: ResultTable, published: bool, widths: Sequence[int]) -> None:
        place = self.cursor_coordinate
        self.clear(columns=True)
        self.header_height = max((len(column.heading) for column in table.columns), default=1)
        self.add_column(Text(CORNER), width=widths[0])
        for column, width in zip(table.columns, widths[1:], strict=True):
            self.add_column(Text("\n".join(column.heading), justify="right"), width=width)
        for row in table.rows:
            beside = published and row.has_published
            title = _cut(row.title, widths[0]) + (f"\n{PUBLISHED}" if beside else "")
            cells = (_text(cell, beside) for cell in row.cells)
            self.add_row(Text(title), *cells, height=2 if beside else 1)
        if self.row_count:
            self.move_cursor(row=place.row, column=max(place.column, 1))


class ResultsPane(ErrorBoundary, VerticalScroll):
    """Time per inference above, inferences per second below, in the same columns."""

    BORDER_TITLE = "Time per inference  t"

    class Pointed(Message):
        """The cursor of a table has come to another cell."""

        def __init__(self, entry: Entry | None) -> None:
            super().__init__()
            self.entry = entry

    class Opened(Message):
        """A cell was opened with Enter or a click."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    can_focus = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._shown: tuple[Sequence[Entry], bool] | None = None

    def compose(self) -> ComposeResult:
        yield ResultGrid(id="times")
        yield Static(f"─ {RATE_TITLE} ", id="rate-title")
        yield ResultGrid(id="rates")

    def on_mount(self) -> None:
        self.query_one("#rates", ResultGrid).show_header = False
        self.query_one("#rate-title").display = False
        self.border_subtitle = NOTHING_YET

    @property
    def empty(self) -> bool:
        return not self.query_one("#times", ResultGrid).row_count

    def show(self, entries: Sequence[Entry], published: bool) -> None:
        """Both tables of these entries; `published` puts the study's figures under ours."""
        self._shown = entries, published
        tables = result_tables(entries)
        widths = _widths(tables, self.scrollable_content_region.width)
        for name, table in zip(("#times", "#rates"), tables, strict=True):
            own = widths[: len(table.columns) + 1]
            self.query_one(name, ResultGrid).show(table, published, own)
        self.query_one("#rate-title").display = True
        beside = "hide" if published else "show"
        subtitle = f"enter opens run · e report · p: {beside} published"
        if subtitle != self.border_subtitle:  # the pane would be drawn anew for the same one
            self.border_subtitle = subtitle

    @on(Resize)
    def _fit(self) -> None:
        """The titles have more room now, or less."""
        if self._shown is not None:
            self.show(*self._shown)

    def entry(self) -> Entry | None:
        """What the cell under the cursor was made of, in the table with the focus."""
        grids = list(self.query(ResultGrid))
        focused = [grid for grid in grids if grid.has_focus]
        return (focused or grids)[0].entry()

    @on(DataTable.CellHighlighted)
    def _pointed(self, event: DataTable.CellHighlighted) -> None:
        event.stop()
        if isinstance(event.data_table, ResultGrid) and event.data_table.has_focus:
            self.post_message(self.Pointed(event.data_table.entry()))

    @on(DataTable.CellSelected)
    def _opened(self, event: DataTable.CellSelected) -> None:
        event.stop()
        grid = event.data_table
        entry = grid.entry() if isinstance(grid, ResultGrid) else None
        if entry is not None:
            self.post_message(self.Opened(entry))


def _shape(table: ResultTable, published: bool, widths: Sequence[int]) -> object:
    return (
        [row.title for row in table.rows],
        [row.has_published for row in table.rows],
        table.columns,
        published,
        list(widths),
    )


def _widths(tables: Sequence[ResultTable], room: int) -> list[int]:
    """Of every column: the widest of its cells in both tables, so that they line up.

    Titles get what is left of `room`, if they need it.
    """
    titles = [len(row.title) for row in tables[0].rows]
    across = []
    for index, column in enumerate(tables[0].columns):
        having = (table for table in tables if index < len(table.columns))
        cells = [row.cells[index] for table in having for row in table.rows]
        across.append(GAP + max(_longest(cells), *(len(line) for line in column.heading)))
    left = max(room - sum(across), TITLE_WIDTH)
    return [min(max([TITLE_WIDTH, *titles]), left), *across]


def _cut(title: str, width: int) -> str:
    return title if len(title) <= width else f"{title[: width - 1]}…"


def _longest(cells: Sequence[Cell]) -> int:
    return max((max(len(cell.text), len(cell.published)) for cell in cells), default=1)


def _text(cell: Cell, published: bool) -> Text:
    text = Text(cell.value, style="bold red" if cell.trouble else "bold", justify="right")
    if cell.mark:
        text.append(f" {cell.mark}", style="not bold")
    if published:
        text.append(f"\n{cell.published}", style="not bold")
    return text
