"""Kinds of branches, as stored in rows of the record."""

from __future__ import annotations

from enum import IntEnum


class Branch(IntEnum):
    """How an instruction may branch."""

    NONE = 0
    CONDITIONAL = 1
    DIRECT = 2
    INDIRECT = 3
