"""The properties of an instruction that the cycle models use."""

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
"""The name of an instruction that the disassembler does not support."""

ALWAYS = 14
"""The condition code of unconditional instructions (Armv7-M ARM, table A7-1)."""


class Role(IntEnum):
    """An instruction's use of a register; some uses require it earlier or later than others."""

    OPERAND = 0
    ADDRESS = 1
    STORED = 2
    SHIFTED = 3
    ACCUMULATOR = 4
    CONDITION = 5


@dataclass(frozen=True)
class Access:
    """Words that an instruction transfers: the first is at base + (index << shift) + offset.

    `width` is the bytes per transfer: less than a word for bytes and halfwords.
    `advance` is added to the base afterwards, if it is updated. `aligned`: an address that is not
    a multiple of the width faults, always (ARM DDI 0403, A3.2.1).

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
    aligned: bool = False


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
    preload: Access | None = None
    """What it would access (PLD)."""
    division: tuple[int, int] | None = None
    """Registers of dividend and divisor."""
    effect: Effect | None = None
    """The value that it writes to a core register."""
    flags: Effect | None = None
    signs: Effect | None = None
    """The flags that it sets, and N and Z alone."""
    target: int | None = None
    """The target of a branch, if the instruction encodes it."""
    rotated_constant: bool = False
    """Its operand is an 8-bit constant, shifted to its position (Armv7-M ARM, A5.3.2)."""

    def at(self, address: int) -> Instruction:
        """The same instruction at another address."""
        moved = object.__new__(Instruction)  # in a tenth of the time of `dataclasses.replace`
        vars(moved).update(vars(self), address=address)
        return moved


@dataclass(frozen=True)
class Block:
    """Consecutive instructions. `pending` has conditions of an IT block that continues after it."""

    instructions: tuple[Instruction, ...]
    pending: tuple[int, ...]
