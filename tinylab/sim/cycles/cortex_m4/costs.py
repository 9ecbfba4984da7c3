"""Instruction costs of a Cortex-M4.

Source: Cortex-M4 technical reference manual (ARM DDI 0439), "Instruction set summary" and
"Floating-point unit, FPU instruction set": cycle counts with zero-wait memory.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.decoding.costs import Cost
from tinylab.sim.cycles.decoding.instruction import ALWAYS, LINK, Instruction, Role
from tinylab.sim.cycles.decoding.mnemonics import Operation
from tinylab.sim.cycles.mechanisms.division import NOTHING_TO_DIVIDE

PLAIN, LOAD, STORE, MULTIPLE, FP, FP_DIVIDE, STORED = range(7)
"""Kinds of rows: a LOAD lets the LOAD or STORE after it overlap. MULTIPLE does not; nor does a
store with an immediate offset, which is PLAIN: it always takes one cycle (3.3.2). STORED is the
kind of that store for the row after it."""

FLOATING = 1
"""The `resources` of a load into a floating-point register."""
ADDRESS_USE = 1
"""Marks a source operand that is an address."""

DIVIDE_CYCLES = (2, 3, 5)
"""SDIV and UDIV take 2 to 12 cycles (table 3-1): 2 if a number is zero, 3 if the dividend has
fewer bits than the divisor, 5 if as many, and one more for each four additional bits.
Measured: "Cortex-M4 instruction compendium", compendium.i-0.nl, "Division timing"."""
DIVIDED_BITS = 4
FP_DIVIDE_CYCLES = 14
FP_ACCUMULATE_CYCLES = 3
SYSTEM_CYCLES = 2
EARLY_REFILL = 1
"""Cycles until the word at a branch's target is available, the manual's P. Targets that the
instruction encodes, or that LR holds, are fetched when the branch is decoded (Cortex-M3 technical
reference manual, ARM DDI 0337G, table 15-3; that a Cortex-M4 takes as long was measured: CMEmu,
github.com/mimuw-distributed-systems-group/cmemu)."""
LATE_REFILL = 2
"""The same for CBZ and for targets in other registers, fetched when the branch executes."""
LOADED_REFILL = 3
"""The same for targets from memory (3.3.2)."""
FIXED = {
    Operation.IT: 0,  # folded into the instruction before
    Operation.DIVIDE: DIVIDE_CYCLES[NOTHING_TO_DIVIDE],
    Operation.FP_FUSED: FP_ACCUMULATE_CYCLES,
    Operation.FP_CHAINED: FP_ACCUMULATE_CYCLES,
    Operation.FP_DIVIDE: FP_DIVIDE_CYCLES,
    Operation.SYSTEM: SYSTEM_CYCLES,
    Operation.TABLE_BRANCH: 2,
    Operation.LOAD: 2,
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
_FP_LOADS = (Operation.FP_LOAD, Operation.FP_LOAD_MULTIPLE)
_SINGLE_LOADS = (Operation.LOAD, *_FP_LOADS)
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
        observed=_observed(instruction),
        resources=_resources(instruction),
    )


def _resources(instruction: Instruction) -> int:
    """The refill of a branch, or FLOATING."""
    if instruction.branch == Branch.NONE:
        return FLOATING if instruction.operation in _FP_LOADS else 0
    if instruction.access is not None:
        return LOADED_REFILL
    by_link = LINK in [register for register, _ in instruction.reads]
    early = instruction.name in ("b", "bl") or by_link
    return EARLY_REFILL if early else LATE_REFILL


def _observed(instruction: Instruction) -> bool:
    """Whether its cycles vary: it divides, or may be skipped in one cycle."""
    if instruction.access is not None or instruction.branch != Branch.NONE:
        return False
    takes_longer = _cycles(instruction) > 1 or _kind(instruction) in (FP, FP_DIVIDE)
    skipped = instruction.condition != ALWAYS and takes_longer
    return instruction.operation == Operation.DIVIDE or skipped


def _kind(instruction: Instruction) -> int:
    operation, access = instruction.operation, instruction.access
    if access is None:
        if operation == Operation.FP_DIVIDE:
            return FP_DIVIDE
        return FP if operation in _FP_UNIT else PLAIN
    if access.words == 1 and operation in _SINGLE_LOADS:
        return LOAD
    if access.words == 1 and operation in _SINGLE_STORES:
        return PLAIN if _stores_at_once(instruction) else STORE
    return MULTIPLE


def _stores_at_once(instruction: Instruction) -> bool:
    """STR Rx,[Ry,#imm]: the data follow in parallel with the next instruction (3.3.2). An exclusive
    store is treated like a load."""
    access = instruction.access
    exclusive = instruction.name.startswith("strex")
    is_store = instruction.operation == Operation.STORE and not exclusive
    return is_store and access is not None and access.index is None


def _cycles(instruction: Instruction) -> int:
    operation, access = instruction.operation, instruction.access
    if operation in FIXED:
        return FIXED[operation]
    if _stores_at_once(instruction):
        return 1
    if access is not None:
        return 1 + access.words
    moved = [register for register, role in instruction.reads if role != Role.CONDITION]
    if operation == Operation.FP_MOVE and len(moved) + len(instruction.writes) > 2:
        return 2
    return 1
