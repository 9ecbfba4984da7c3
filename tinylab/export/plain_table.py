"""A table of words, for every format."""

from __future__ import annotations

import io
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH = 200


@dataclass(frozen=True)
class PlainTable:
    """A heading, columns (`lean` has `<` or `>` for each), rows of words."""

    title: str
    heads: tuple[str, ...]
    lean: str
    rows: tuple[tuple[str, ...], ...]


def drawn(table: PlainTable) -> str:
    """Its columns as plain text, without the heading."""
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None, emoji=False)
    view = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for head, lean in zip(table.heads, table.lean, strict=True):
        view.add_column(head, justify="right" if lean == ">" else "left", overflow="fold")
    for row in table.rows:
        view.add_row(*(Text(cell) for cell in row))
    console.print(view)
    assert isinstance(console.file, io.StringIO)
    lines = (line.rstrip() for line in console.file.getvalue().splitlines())
    return "\n".join(lines) + "\n"
