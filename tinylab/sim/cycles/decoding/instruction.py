"""What the cycle models need to know about an instruction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.decoding.mnemonics import Operation

if TYPE_CHECKING:
    from tinylab.sim.cycles.compiled.address_steps import Effect

LINK = 14
PC = 15
FLAGS = 16
"""APSR.NZCVQ as a register that instructions read and write."""
FIRST_SINGLE = 17
"""S0; D0 is S0 and S1, and so on."""
FP_FLAGS = FIRST_SINGLE + 32
REGISTERS = FP_FLAGS + 1

UNKNOWN = "?"
"""The name of an instruction that the disassembler does not know."""

ALWAYS = 14
"""The condition code of unconditional instructions (Armv7-M ARM, table A7-1)."""


class Role(IntEnum):
    """What an instruction wants a register for; some are wanted earlier or later than others."""

    OPERAND = 0
    ADDRESS = 1
    STORED = 2
    SHIFTED = 3
    ACCUMULATOR = 4
    CONDITION = 5


@dataclass(frozen=True)
class Access:
    """Words that an instruction moves: the first is at base + (index << shift) + offset.

    `width` is how many bytes are moved at a time: less than a word for bytes and halfwords.
    `advance` is added to the base afterwards, if it is updated.

    `base` and `index` are core registers or None; PC-relative ones are resolved into `offset`.
    """

    store: bool
    words: int
    base: int | None
    index: int | None = None
    shift: int = 0
    offset: int = 0
    width: int = 4
    advance: int = 0


@dataclass(frozen=True)
class Instruction:
    """One instruction; registers are numbered as above."""

    address: int
    length: int
    name: str
    operation: Operation
    double: bool
    """It works on double-precision numbers."""
    reads: tuple[tuple[int, Role], ...]
    writes: tuple[int, ...]
    updated_base: int | None
    """Address register that is written back."""
    condition: int
    branch: Branch
    access: Access | None
    division: tuple[int, int] | None = None
    """Registers of dividend and divisor."""
    effect: Effect | None = None
    """What it puts into a core register."""
    flags: Effect | None = None
    signs: Effect | None = None
    """What it makes of the flags, and of N and Z alone."""
    target: int | None = None
    """Where a branch goes whose instruction says so."""
    rotated_constant: bool = False
    """It works on a constant of 8 bits that is shifted in place (Armv7-M ARM, A5.3.2)."""


@dataclass(frozen=True)
class Block:
    """Instructions in a row. `pending` are conditions of an IT block that goes on behind it."""

    instructions: tuple[Instruction, ...]
    pending: tuple[int, ...]
