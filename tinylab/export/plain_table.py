"""A table of words, for every format of a firmware's results."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlainTable:
    """A heading, columns (`lean` has `<` or `>` for each), rows of words."""

    title: str
    heads: tuple[str, ...]
    lean: str
    rows: tuple[tuple[str, ...], ...]
