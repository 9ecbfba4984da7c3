"""The steps that predict a block's memory accesses: arithmetic on registers, before it runs."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

ZERO, SCRATCH, FLAGS, SIGNS = range(16, 20)
"""After the core registers: one that is always 0, one for a value between two steps, and the
flags NZCV in four bits; of SIGNS only N and Z are valid."""
FIRST_KEPT = 20
MAX_KEPT = 32
"""Registers for values that are stored and loaded again in one block."""
VALUES = FIRST_KEPT + MAX_KEPT
WORD_MASK = 0xFFFF_FFFF
WORD_BITS = 32


class Does(IntEnum):
    """The value that a step writes to `to`; for noting and loading, see `access_prediction`."""

    READ = 0
    """The core register `to`, or the flags, as before the block; of the register >> shift."""
    ADD = 1
    """left + (right << shift) + constant."""
    SUBTRACT = 2
    """left - (right << shift) + constant."""
    SHIFT_RIGHT = 3
    """left >> shift."""
    AND = 4
    """left & ((right << shift) + constant), and so on."""
    OR = 5
    EXCLUSIVE_OR = 6
    MULTIPLY = 7
    """left * right."""
    EXTEND = 8
    """The `constant` bits of left from bit `shift`, as a signed number."""
    COMPARE = 9
    """The flags of left - ((right << shift) + constant)."""
    COMPARE_SUM = 10
    """The flags of left + (right << shift) + constant."""
    NOTE = 11
    """An access at left + (right << shift) + constant."""
    NOTE_QUOTIENT = 12
    """A division of left by right; for another instruction only that it runs."""
    LOAD = 13
    """The word (or `shift` bytes) at the noted address + constant."""
    LOAD_SIGNED = 14
    TAKE = 15
    """left, which the instruction `row` stored where this one loads."""
    UNLESS = 16
    """Skip `constant` steps unless the condition `shift` holds for the flags in left."""


SEEN, LEAVES = 1, 2
"""In `right` of UNLESS: its instruction is noted as not executed; it would have left the block."""


class Step(NamedTuple):
    """One step; `left`, `right` and `to` are numbers of registers. `row` is the instruction's row
    in its block, for steps that note."""

    does: Does
    to: int = ZERO
    left: int = ZERO
    right: int = ZERO
    shift: int = 0
    constant: int = 0
    row: int = 0


Effect = tuple[Step, ...]
