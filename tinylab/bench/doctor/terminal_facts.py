"""Properties of the terminal that tinylab runs in."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

COLOURS_BY_TERM = (("256color", "256 colours"), ("direct", "16 million colours"))


@dataclass(frozen=True)
class Terminal:
    """`interactive`: the output is a terminal; `kind` is TERM, `colours` is a text."""

    columns: int
    rows: int
    interactive: bool
    kind: str
    colours: str
    no_color: bool
    encoding: str

    @property
    def moves_cursor(self) -> bool:
        return self.kind not in ("", "dumb", "unknown")

    @property
    def writes_utf8(self) -> bool:
        return self.encoding.lower().replace("-", "").startswith("utf8")


def here(size: tuple[int, int] | None = None) -> Terminal:
    """The terminal of this process; `size` is passed by the interface, which draws in it."""
    columns, rows = size or shutil.get_terminal_size()
    output = sys.__stdout__ if size else sys.stdout
    kind = os.environ.get("TERM", "")
    return Terminal(
        columns=columns,
        rows=rows,
        interactive=size is not None or sys.stdout.isatty(),
        kind=kind,
        colours=_colours(kind, os.environ.get("COLORTERM", "")),
        no_color=bool(os.environ.get("NO_COLOR")),
        encoding=(output and output.encoding) or "unknown",
    )


def _colours(kind: str, hint: str) -> str:
    if hint.lower() in ("truecolor", "24bit"):
        return "16 million colours"
    if kind in ("", "dumb"):
        return "no colours"
    return next((told for end, told in COLOURS_BY_TERM if end in kind), "16 colours")
