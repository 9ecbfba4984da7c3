"""Everything that is printed: results and listings on stdout, errors on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tinylab.display_text import json_text, one_line, visible
from tinylab.errors import TinylabError
from tinylab.export.renderers import renderer

if TYPE_CHECKING:
    import argparse

    from tinylab.results.record import RunDocument

NO_WRAP = 10_000
"""Width of listings in a pipe, where each item is one line."""


def print_error(error: TinylabError) -> None:
    """`tinylab: message`, the remedy, and what a tool said, indented."""
    lines = [f"tinylab: {one_line(error.message)}"]
    if error.remedy:
        lines.append(f"  {one_line(error.remedy)}")
    lines.extend(f"    {line}" for line in visible(error.details).splitlines())
    print("\n".join(lines), file=sys.stderr, flush=True)


def print_warning(text: object) -> None:
    """`tinylab: text`, on stderr; the command goes on."""
    print(one_line(f"tinylab: {text}"), file=sys.stderr, flush=True)


def print_document(document: RunDocument, format_name: str) -> None:
    """The results on stdout; tables take the terminal's width and colours."""
    if format_name == "table" and sys.stdout.isatty():
        from rich.console import Console

        from tinylab.export.text_table import results_view

        console = Console(highlight=False)
        console.print(results_view(document, console.width))
        return
    drawn = renderer(format_name)(document)
    assert isinstance(drawn, str)
    sys.stdout.write(drawn)


def print_profile(document: RunDocument) -> None:
    """The cycles of each layer on stdout."""
    from tinylab.export.layer_table import profile_text

    sys.stdout.write(profile_text(document.rows))


def print_json(value: object) -> None:
    print(json_text(value))


def wants_json(arguments: argparse.Namespace) -> bool:
    """Whether standard output must be one JSON document, and has none yet."""
    if getattr(arguments, "delivered", False):
        return False
    return bool(getattr(arguments, "json", False)) or getattr(arguments, "format", None) == "json"


def print_error_document(error: TinylabError) -> None:
    """Printed if the document could not be created: schema `tinylab.error/1`."""
    from tinylab.results.error_record import ErrorDocument

    print_json(ErrorDocument.of(error).to_json())


def print_listing(heads: Sequence[str], rows: Iterable[Sequence[str]], right: str = "") -> None:
    """A text table; columns whose heading is in `right`, separated by spaces, are right-aligned."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else NO_WRAP)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for head in heads:
        leans = "right" if head in right.split() else "left"
        table.add_column(head, justify=leans, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    console.print(table)
