"""Instruction costs of a Cortex-M33.

Arm publishes no table for this core. Unless noted otherwise, the figures are measurements on
silicon (RP2350, Cortex-M33 r1p0) published by Jan Oleksiewicz: github.com/jnk0le/random,
"pipeline cycle test", doc/cortex_m33.md. None of them was fitted.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.decoding.costs import Cost
from tinylab.sim.cycles.decoding.instruction import (
    ALWAYS,
    FIRST_SINGLE,
    FLAGS,
    Instruction,
    Role,
)
from tinylab.sim.cycles.decoding.mnemonics import Operation

PLAIN, LOAD, TWO_STAGES, FP = range(4)
"""Kinds of rows, by the mechanism that delays their results."""

NARROW, PARTNER, SETS_FLAGS = 1 << 0, 1 << 1, 1 << 2
"""Properties of a row for dual issue: 16 bits wide, can issue second, sets flags."""

AT_ISSUE, LATE, EARLY, CONDITION = range(4)
"""When a source is required. LATE: a cycle after the issue. EARLY: the floating-point unit accepts
the instruction a cycle before the operand is available and starts it when it is. CONDITION: of a
branch, which as the second of a pair uses the flags of the first."""

LOAD_LATENCY, FP_LOAD_LATENCY = 2, 1
TWO_STAGE_LATENCY = 2
FP_LATENCY = 2
FUSED_LATENCY, FUSED_BUSY = 4, 3
"""The accumulator is read LATE, so a chain advances every third cycle."""
DIVIDE_CYCLES = 7
FP_DIVIDE_CYCLES = 14
SYSTEM_CYCLES = 2
TABLE_BRANCH_CYCLES = 2
"""These four were not measured: values of the Cortex-M4 (ARM DDI 0439)."""

_CYCLES = {
    Operation.DIVIDE: DIVIDE_CYCLES,
    Operation.SYSTEM: SYSTEM_CYCLES,
    Operation.TABLE_BRANCH: TABLE_BRANCH_CYCLES,
}
_PLAIN_EXTENSIONS = ("sxtb", "sxth", "uxtb", "uxth", "sxtb16", "uxtb16")
_PLAIN_EXTRACTS = ("sbfx", "ubfx")
_MULTIPLIES = (Operation.MULTIPLY, Operation.MULTIPLY_ACCUMULATE)
_FUSED = (Operation.FP_FUSED, Operation.FP_CHAINED)
_FP_COMPUTE = (
    *_FUSED,
    Operation.FP_ARITHMETIC,
    Operation.FP_MULTIPLY,
    Operation.FP_COMPARE,
    Operation.FP_SELECT,
    Operation.FP_DIVIDE,
)
_FP_OTHER = (
    Operation.FP_MOVE,
    Operation.FP_STATUS,
    Operation.FP_LOAD,
    Operation.FP_STORE,
    Operation.FP_LOAD_MULTIPLE,
    Operation.FP_STORE_MULTIPLE,
)
_PARTNERS = (Operation.BRANCH, Operation.IT, Operation.NOP)
_COMPARING_BRANCHES = ("cbz", "cbnz")
"""They use the comparator, and two arithmetic instructions do not pair. The source measured no pair
with one of them; CoreMark on silicon contradicts it."""


def cost(instruction: Instruction) -> Cost:
    """The cost of one instruction, its words all served at once.

    `divider_cycles` is for how long the floating-point unit is busy, 0 if it is not.
    """
    base = () if instruction.updated_base is None else ((instruction.updated_base, 1),)
    cycles = _cycles(instruction)
    return Cost(
        kind=_kind(instruction),
        cycles=cycles,
        sources=_sources(instruction),
        results=_results(instruction, cycles) + base,
        divider_cycles=_fp_busy(instruction, cycles),
        resources=_resources(instruction),
        observed=_observed(instruction, cycles),
    )


def _observed(instruction: Instruction, cycles: int) -> bool:
    """Whether it takes less if its condition is false: it is then a NOP."""
    if instruction.condition == ALWAYS or instruction.branch != Branch.NONE:
        return False
    takes_longer = cycles > 1 or _kind(instruction) in (TWO_STAGES, FP)
    return instruction.access is None and takes_longer


def _kind(instruction: Instruction) -> int:
    operation = instruction.operation
    if operation in _FP_COMPUTE or operation in _FP_OTHER:
        return FP
    if instruction.access is not None:
        return LOAD
    return TWO_STAGES if _takes_two_stages(instruction) else PLAIN


def _takes_two_stages(instruction: Instruction) -> bool:
    """Multiplies, shifted operands, DSP instructions."""
    operation, name = instruction.operation, instruction.name
    if operation == Operation.PARALLEL:
        return name not in _PLAIN_EXTENSIONS
    if operation == Operation.EXTRACT:
        return name not in _PLAIN_EXTRACTS
    if operation in (*_MULTIPLIES, Operation.ALU_SHIFTED, Operation.SATURATE):
        return True
    return operation == Operation.ALU and instruction.rotated_constant


def _cycles(instruction: Instruction) -> int:
    operation, access = instruction.operation, instruction.access
    if operation in _CYCLES:
        return _CYCLES[operation]
    if access is not None:
        return access.words
    if FLAGS in instruction.writes and _flags_cost_a_cycle(instruction):
        return 2
    return 2 if operation == Operation.FP_MOVE and len(_core_results(instruction)) == 2 else 1


def _flags_cost_a_cycle(instruction: Instruction) -> bool:
    """MULS, and data processing with a rotated constant, except MOVS."""
    if instruction.operation == Operation.MULTIPLY:
        return True
    return instruction.rotated_constant and instruction.name not in ("mov", "mvn")


def _core_results(instruction: Instruction) -> list[int]:
    return [register for register in instruction.writes if register < FIRST_SINGLE]


def _sources(instruction: Instruction) -> tuple[tuple[int, int], ...]:
    if instruction.operation == Operation.IT:
        return ()
    return tuple((register, _needed(instruction, register, r)) for register, r in instruction.reads)


def _needed(instruction: Instruction, register: int, role: Role) -> int:
    operation = instruction.operation
    if role == Role.CONDITION:
        return CONDITION if operation == Operation.BRANCH else AT_ISSUE
    if role == Role.ACCUMULATOR:
        return LATE
    if role == Role.STORED:
        return LATE if register < FIRST_SINGLE else AT_ISSUE
    if operation == Operation.FP_MOVE:
        return LATE if register < FIRST_SINGLE else AT_ISSUE
    return EARLY if operation in _FP_COMPUTE else AT_ISSUE


def _results(instruction: Instruction, cycles: int) -> tuple[tuple[int, int], ...]:
    """Of several loaded words, each is available a cycle after the previous one."""
    if instruction.access is not None:
        first = FP_LOAD_LATENCY if _kind(instruction) == FP else LOAD_LATENCY
        return tuple((register, first + i) for i, register in enumerate(instruction.writes))
    latency = _latency(instruction, cycles)
    return tuple((register, latency) for register in instruction.writes)


def _latency(instruction: Instruction, cycles: int) -> int:
    operation = instruction.operation
    if operation in _FUSED:
        return FUSED_LATENCY
    if operation == Operation.FP_DIVIDE:
        return FP_DIVIDE_CYCLES
    if operation == Operation.FP_MOVE:
        return _move_latency(instruction)
    if operation in _FP_COMPUTE:
        return FP_LATENCY
    return max(TWO_STAGE_LATENCY if _takes_two_stages(instruction) else 1, cycles)


def _move_latency(instruction: Instruction) -> int:
    """A transfer of one core register into the unit is immediate, all others take a cycle."""
    from_core = [r for r, role in instruction.reads if r < FLAGS and role != Role.CONDITION]
    return 1 if len(from_core) == 1 else FP_LATENCY


def _fp_busy(instruction: Instruction, cycles: int) -> int:
    operation = instruction.operation
    if operation == Operation.FP_DIVIDE:
        return FP_DIVIDE_CYCLES
    if operation in _FUSED:
        return FUSED_BUSY
    return cycles if operation in _FP_COMPUTE or operation in _FP_OTHER else 0


def _resources(instruction: Instruction) -> int:
    if instruction.length != 2:
        return 0
    resources = NARROW
    if instruction.operation in _PARTNERS and instruction.name not in _COMPARING_BRANCHES:
        resources |= PARTNER
    if FLAGS in instruction.writes:
        resources |= SETS_FLAGS
    return resources
