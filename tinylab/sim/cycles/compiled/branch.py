"""How an instruction may leave the straight line, as rows of the record hold it."""

from __future__ import annotations

from enum import IntEnum


class Branch(IntEnum):
    """How an instruction may leave the straight line."""

    NONE = 0
    CONDITIONAL = 1
    DIRECT = 2
    INDIRECT = 3
