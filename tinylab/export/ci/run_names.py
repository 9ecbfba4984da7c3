"""The name of a run in the figures of other tools: the same as long as it measures the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from tinylab.display_text import one_line
from tinylab.results.identity import by
from tinylab.results.record import Failure, RunDocument, RunRecord


def model_name(row: RunRecord | Failure) -> str:
    """`house_price (cubeai)`."""
    return one_line(PurePath(row.model).name + by(row.runtime))


def place(row: RunRecord | Failure) -> str:
    """`sim:nucleo_wb55rg@48`."""
    board = f"sim:{row.board}" if row.simulated else row.board
    return one_line(f"{board}@{row.clock_hz / 1e6:g}")


def valid_runs(document: RunDocument) -> Iterator[tuple[str, RunRecord]]:
    """Each valid run under its name; a second one of the same name has a number."""
    seen: dict[str, int] = {}
    for row in document.rows:
        if row.valid:
            name = f"{model_name(row)} on {place(row)}"
            seen[name] = number = seen.get(name, 0) + 1
            yield (name if number == 1 else f"{name} #{number}"), row
