"""Cells of CSV files: no cell is a formula of a spreadsheet, and each row is one line."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tinylab.display_text import one_line

FORMULA = "=+-@＝＋－＠"
"""What starts a formula. Tabs and line ends, which can hide such a sign, are spelled out."""
NUMBER = re.compile(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
TEXT = "'"
"""Before a cell's text: it is no formula (OWASP, CSV injection)."""


def safe_row(row: Mapping[str, object]) -> dict[str, object]:
    """`row` for a `csv.DictWriter`: numbers as they are, text with nothing to run in it."""
    return {
        name: safe_cell(value) if isinstance(value, str) else value for name, value in row.items()
    }


def safe_cell(text: str) -> str:
    """`text` in one line, after an apostrophe if a spreadsheet would run it."""
    shown = one_line(text)
    runs = shown.lstrip()[:1] in FORMULA and shown.strip() and not NUMBER.fullmatch(shown)
    return TEXT + shown if runs else shown
