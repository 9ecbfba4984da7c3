"""Foreign text in Markdown: shown as it is, in one line, without any markup of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tinylab.display_text import one_line

SPECIAL = re.compile(r"[\\|*_`<>\[\]~&]")
"""What opens markup, HTML or an entity anywhere in a line, and what ends a table's cell."""


def escaped(text: str) -> str:
    """Names of models are the user's, so special characters are escaped."""
    return " ".join(SPECIAL.sub(r"\\\g<0>", one_line(text)).split())


def table_line(cells: Sequence[str]) -> str:
    """A row of a table; the cells are Markdown already."""
    return f"| {' | '.join(cells)} |"
