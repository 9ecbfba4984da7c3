"""What instructions cost on a Cortex-M4.

Source: Cortex-M4 technical reference manual (ARM DDI 0439), "Instruction set summary" and
"Floating-point unit, FPU instruction set": cycle counts with zero-wait memory.
"""

from __future__ import annotations

from tinylab.sim.cycles.costs import Cost
from tinylab.sim.cycles.instruction import Instruction, Role
from tinylab.sim.cycles.mnemonics import Operation

PLAIN, LOAD, STORE, MULTIPLE, FP, FP_DIVIDE = range(6)
"""Kinds of rows: a LOAD lets a LOAD or STORE behind it overlap; MULTIPLE does not."""

ADDRESS_USE = 1
"""Marks a source operand that is an address."""

DIVIDE_CYCLES = 7
"""SDIV and UDIV take 2-12 cycles, depending on the numbers; the middle of it."""
FP_DIVIDE_CYCLES = 14
FP_ACCUMULATE_CYCLES = 3
SYSTEM_CYCLES = 2
FIXED = {
    Operation.IT: 0,  # folded into the instruction before
    Operation.DIVIDE: DIVIDE_CYCLES,
    Operation.FP_FUSED: FP_ACCUMULATE_CYCLES,
    Operation.FP_CHAINED: FP_ACCUMULATE_CYCLES,
    Operation.FP_DIVIDE: FP_DIVIDE_CYCLES,
    Operation.SYSTEM: SYSTEM_CYCLES,
    Operation.TABLE_BRANCH: 2,
    Operation.LOAD: 2,
    Operation.STORE: 1,
    Operation.PRELOAD: 1,
}
_FP_UNIT = (
    Operation.FP_ARITHMETIC,
    Operation.FP_MULTIPLY,
    Operation.FP_FUSED,
    Operation.FP_CHAINED,
    Operation.FP_COMPARE,
    Operation.FP_SELECT,
)
_SINGLE_LOADS = (Operation.LOAD, Operation.FP_LOAD, Operation.FP_LOAD_MULTIPLE)
_SINGLE_STORES = (Operation.STORE, Operation.FP_STORE, Operation.FP_STORE_MULTIPLE)


def cost(instruction: Instruction) -> Cost:
    """The cost of one instruction, its words all served at once."""
    base = () if instruction.updated_base is None else ((instruction.updated_base, 0),)
    return Cost(
        kind=_kind(instruction),
        cycles=_cycles(instruction),
        sources=tuple(
            (register, ADDRESS_USE if role == Role.ADDRESS else 0)
            for register, role in instruction.reads
        ),
        results=tuple((register, 1) for register in instruction.writes) + base,
    )


def _kind(instruction: Instruction) -> int:
    operation, access = instruction.operation, instruction.access
    if access is None:
        if operation == Operation.FP_DIVIDE:
            return FP_DIVIDE
        return FP if operation in _FP_UNIT else PLAIN
    if access.words == 1 and operation in _SINGLE_LOADS:
        return LOAD
    if access.words == 1 and operation in _SINGLE_STORES:
        return STORE
    return MULTIPLE


def _cycles(instruction: Instruction) -> int:
    operation, access = instruction.operation, instruction.access
    if operation in FIXED:
        return FIXED[operation]
    if access is not None:
        return 1 + access.words
    moved = [register for register, role in instruction.reads if role != Role.CONDITION]
    if operation == Operation.FP_MOVE and len(moved) + len(instruction.writes) > 2:
        return 2
    return 1
