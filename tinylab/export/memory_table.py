"""What is in each memory of the board, as bars and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tinylab.display_text import one_line
from tinylab.export.plain_table import PlainTable, drawn
from tinylab.results.memory_record import MemoryUse
from tinylab.units import size

BAR = 24
LABELS = {
    "code": "code",
    "weights": "weights",
    "constants": "constants",
    "activations": "activations",
    "scratch": "scratch",
    "io": "I/O",
    "stack": "stack",
    "rest": "rest",
}
HEADS = ("memory", "part", "bytes", "of the memory", "")


def memory_table(title: str, uses: Sequence[MemoryUse]) -> PlainTable:
    """A line for each part of each memory, and one for the memory as a whole, with bars."""
    rows = tuple(row for use in uses for row in _rows(use))
    return PlainTable(one_line(f"{title}: memory"), HEADS, "<<>><", rows)


def memory_text(title: str, uses: Sequence[MemoryUse]) -> str:
    table = memory_table(title, uses)
    return f"{table.title}\n{drawn(table)}"


def _rows(use: MemoryUse) -> Iterator[tuple[str, ...]]:
    yield (
        one_line(use.memory),
        f"of {size(use.limit)}",
        f"{use.used:,}",
        f"{use.used / use.limit:.1%}",
        bar(use.used, use.limit),
    )
    for part, count in use.parts.items():
        share = count / use.limit
        yield "", LABELS[part], f"{count:,}", f"{share:.1%}", bar(count, use.limit)


def bar(used: int, limit: int) -> str:
    """A bar of `BAR` signs; the ASCII fall-back of output without Unicode replaces them."""
    full = min(round(BAR * used / limit), BAR)
    return "█" * full + "░" * (BAR - full)
