"""Instruction costs of a Cortex-M7.

Source: LLVM's scheduling model (llvm/lib/Target/ARM/ARMScheduleM7.td): the units an
instruction uses, when it reads its operands, when its results are available. Where that
differs from silicon, the figure was chosen by measurements (docs/simulation.md) and is marked
as measured: LDM, STM and VLDM, floating-point loads, the operands that a multiplication waits
for, and that a compare pairs with its branch.
"""

from __future__ import annotations

from enum import IntEnum

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.decoding.costs import Cost
from tinylab.sim.cycles.decoding.instruction import FIRST_SINGLE, FLAGS, FP_FLAGS, Instruction, Role
from tinylab.sim.cycles.decoding.mnemonics import Operation

ALONE, FIRST_SLOT = 1, 2
"""Kinds, as bits: issues alone in its cycle; issues only in the first slot of a cycle."""


class Unit(IntEnum):
    """Units shared by the instructions of a cycle; the value is the position of a 4-bit counter."""

    ALU = 0
    SHIFTER = 1
    MULTIPLIER = 2
    LOAD = 3
    STORE = 4
    BRANCH = 5
    FP = 6
    FP_PORT = 7
    SIMD = 8


COUNTER_BITS = 4
PER_CYCLE = dict.fromkeys(Unit, 1) | {Unit.ALU: 2, Unit.LOAD: 2, Unit.FP_PORT: 2}


def units(**wanted: int) -> int:
    """Counters of the required units, packed into a word."""
    return sum(count << COUNTER_BITS * Unit[name.upper()] for name, count in wanted.items())


LIMITS = sum(count << COUNTER_BITS * unit for unit, count in PER_CYCLE.items())
GUARDS = sum(8 << COUNTER_BITS * unit for unit in Unit)
"""The highest bit of each counter: limits with guards, minus use, keeps it if they suffice."""

NOW, EARLY, EARLY_IF_LOADED = 0, -1, -2
"""When an operand is required; EARLY: a cycle before the instruction issues.

EARLY_IF_LOADED: EARLY only if it comes from a load, for which there is no fast bypass to the
first stage (M7Ex1ReadNoFastBypass in LLVM's model; measured for multiplications).
"""

LATENCIES = {
    Operation.REVERSE: 0,
    Operation.MULTIPLY: 2,
    Operation.MULTIPLY_ACCUMULATE: 2,
    Operation.SATURATE: 2,
    Operation.FP_ARITHMETIC: 3,
    Operation.FP_MULTIPLY: 3,
    Operation.FP_SELECT: 3,
    Operation.FP_MOVE: 3,
    Operation.FP_FUSED: 5,
    Operation.FP_CHAINED: 6,
}
"""Cycles from issue to result; 1 if not listed."""
DOUBLE_LATENCY = 3
NARROW_LOAD_LATENCY = 2
FP_LOAD_LATENCY = 2
"""Measured; LLVM's model has 1."""
FP_LIST_CYCLES = 2
"""Cycles of VLDM in addition to one cycle per two words (measured)."""
DIVIDE_CYCLES = 7
FP_DIVIDE_CYCLES, FP_DOUBLE_DIVIDE_CYCLES = 16, 30
SYSTEM_CYCLES = 3
TABLE_BRANCH_CYCLES = 2
DOUBLE_CYCLES = {
    Operation.FP_FUSED: 3,
    Operation.FP_CHAINED: 4,
    Operation.FP_MULTIPLY: 5,
    Operation.FP_ARITHMETIC: 2,
}
"""Issue cycles of double-precision operations; 1 if not listed."""

_ACCUMULATOR_READ = {
    Operation.MULTIPLY_ACCUMULATE: 1,
    Operation.FP_FUSED: 2,
    Operation.FP_CHAINED: 3,
}
_UNITS = {
    Operation.ALU: units(alu=1),
    Operation.ALU_SHIFTED: units(alu=1, shifter=1),
    Operation.SHIFT: units(alu=1, shifter=1),
    Operation.MULTIPLY: units(multiplier=1),
    Operation.MULTIPLY_ACCUMULATE: units(multiplier=1),
    Operation.DIVIDE: units(alu=1),
    Operation.SATURATE: units(simd=1, alu=1),
    Operation.PARALLEL: units(simd=1, alu=1),
    Operation.EXTRACT: units(simd=1, alu=1, shifter=1),
    Operation.REVERSE: units(simd=1, alu=1, shifter=1),
    Operation.INSERT: units(alu=1, shifter=1),
    Operation.COUNT_ZEROS: units(alu=1),
    Operation.LOAD: units(load=1),
    Operation.STORE: units(store=1),
    Operation.LOAD_PAIR: units(load=2),
    Operation.STORE_PAIR: units(store=1),
    Operation.LOAD_MULTIPLE: units(load=1),
    Operation.STORE_MULTIPLE: units(store=1),
    Operation.PRELOAD: units(load=1),
    Operation.BRANCH: units(branch=1),
    Operation.TABLE_BRANCH: units(load=1),
    Operation.FP_LOAD_MULTIPLE: units(load=1),
    Operation.FP_STORE_MULTIPLE: units(store=1),
}
_ALONE = (
    Operation.DIVIDE,
    Operation.LOAD_PAIR,
    Operation.STORE_PAIR,
    Operation.LOAD_MULTIPLE,
    Operation.STORE_MULTIPLE,
    Operation.TABLE_BRANCH,
    Operation.FP_LOAD_MULTIPLE,
    Operation.FP_STORE_MULTIPLE,
    Operation.FP_STATUS,
    Operation.SYSTEM,
)
_FIRST_SLOT = (
    Operation.SATURATE,
    Operation.PARALLEL,
    Operation.EXTRACT,
    Operation.REVERSE,
    Operation.INSERT,
    Operation.COUNT_ZEROS,
    Operation.FP_SELECT,
)
_LISTS = (
    Operation.LOAD_MULTIPLE,
    Operation.STORE_MULTIPLE,
    Operation.FP_LOAD_MULTIPLE,
    Operation.FP_STORE_MULTIPLE,
)
_FP_STORES = (Operation.FP_STORE, Operation.FP_STORE_MULTIPLE)


def cost(instruction: Instruction) -> Cost:
    """The cost of one instruction, its words all served from tightly coupled memory."""
    return Cost(
        kind=_kind(instruction),
        cycles=_cycles(instruction),
        sources=tuple((r, _needed(instruction, r, role)) for r, role in instruction.reads),
        results=_results(instruction),
        divider_cycles=_divider_cycles(instruction),
        resources=_resources(instruction),
    )


def _is_fp(operation: Operation) -> bool:
    return Operation.FP_ARITHMETIC <= operation <= Operation.FP_SELECT


def _is_double(instruction: Instruction) -> bool:
    access = instruction.access
    if instruction.operation in (Operation.FP_LOAD, Operation.FP_STORE):
        return access is not None and access.words == 2
    return instruction.double and _is_fp(instruction.operation)


def _kind(instruction: Instruction) -> int:
    operation = instruction.operation
    exclusive_store = instruction.name.startswith("strex")
    double_access = _is_double(instruction) and instruction.access is not None
    if operation in _ALONE or exclusive_store or double_access or _moves_two(instruction):
        return ALONE
    return FIRST_SLOT if operation in _FIRST_SLOT or _is_double(instruction) else 0


def _moves_two(instruction: Instruction) -> bool:
    """VMOV between two core registers and two floating-point ones."""
    moved = [r for r, role in instruction.reads if role != Role.CONDITION]
    registers = [*moved, *instruction.writes]
    to_or_from_core = any(register < FLAGS for register in registers)
    return instruction.operation == Operation.FP_MOVE and to_or_from_core and len(registers) > 2


def _cycles(instruction: Instruction) -> int:
    operation, access = instruction.operation, instruction.access
    if operation in _LISTS and access is not None:
        first = FP_LIST_CYCLES if operation == Operation.FP_LOAD_MULTIPLE else 0
        return max(1, first + (access.words + 1) // 2)
    if operation == Operation.DIVIDE:
        return DIVIDE_CYCLES
    if operation == Operation.SYSTEM:
        return SYSTEM_CYCLES
    if operation == Operation.TABLE_BRANCH:
        return TABLE_BRANCH_CYCLES
    return DOUBLE_CYCLES.get(operation, 1) if _is_double(instruction) else 1


def _needed(instruction: Instruction, register: int, role: Role) -> int:
    """When an operand is required, in cycles after the issue."""
    operation = instruction.operation
    if role == Role.ACCUMULATOR:
        return _ACCUMULATOR_READ[operation]
    if role == Role.STORED:
        return 2 if operation in _FP_STORES else 1
    if role == Role.SHIFTED and operation == Operation.PARALLEL:
        return NOW  # SXTB16 with its rotation reads where SXTB does
    if operation in (Operation.MULTIPLY, Operation.MULTIPLY_ACCUMULATE):
        return EARLY_IF_LOADED
    if role == Role.SHIFTED and operation == Operation.ALU_SHIFTED:
        return EARLY_IF_LOADED
    if role in (Role.ADDRESS, Role.SHIFTED):
        return EARLY
    if operation == Operation.REVERSE or instruction.name in ("sbfx", "ubfx"):
        return EARLY
    if operation == Operation.FP_SELECT and register == FLAGS:
        return EARLY
    if instruction.branch == Branch.CONDITIONAL:
        return 1
    return NOW


def _results(instruction: Instruction) -> tuple[tuple[int, int], ...]:
    latency = _latency(instruction)
    results = tuple(
        (register, 1 if register in (FLAGS, FP_FLAGS) else latency)
        for register in instruction.writes
    )
    if instruction.name in ("cmp", "cmn", "tst", "teq"):
        shifted = instruction.operation == Operation.ALU_SHIFTED
        results = ((FLAGS, 2 if shifted else 1),)
    if instruction.updated_base is not None:
        results += ((instruction.updated_base, 0),)
    return results


def _latency(instruction: Instruction) -> int:
    operation = instruction.operation
    if operation == Operation.FP_DIVIDE:
        return _divider_cycles(instruction)
    if operation == Operation.LOAD:
        return 1 if instruction.name == "ldr" else NARROW_LOAD_LATENCY
    if operation == Operation.FP_LOAD_MULTIPLE:
        return _cycles(instruction)
    if operation == Operation.STORE:
        return 2  # of the status of an exclusive store
    if operation == Operation.FP_LOAD:
        return FP_LOAD_LATENCY
    if _is_double(instruction):
        return DOUBLE_LATENCY
    return LATENCIES.get(operation, 1)


def _divider_cycles(instruction: Instruction) -> int:
    if instruction.operation != Operation.FP_DIVIDE:
        return 0
    return FP_DOUBLE_DIVIDE_CYCLES if instruction.double else FP_DIVIDE_CYCLES


def _resources(instruction: Instruction) -> int:
    operation = instruction.operation
    ports = 2 if _is_double(instruction) else 1
    if operation == Operation.FP_LOAD:
        return units(load=ports, fp_port=ports)
    if operation == Operation.FP_STORE:
        return units(store=1, fp_port=ports)
    if operation == Operation.FP_MOVE:
        return units(fp_port=ports)
    if _is_fp(operation):
        return units(fp=1, fp_port=ports)
    return _UNITS.get(operation, 0)


assert FIRST_SINGLE > FLAGS  # core registers are those below
