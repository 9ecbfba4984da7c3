"""Instruction costs of a Cortex-M7.

Source: LLVM's scheduling model (llvm/lib/Target/ARM/ARMScheduleM7.td): the units an
instruction uses, when it reads its operands, when its results are available. Where that
differs from silicon, the figure was chosen by measurements (docs/simulation.md) and is marked
as measured: LDM, STM and VLDM, floating-point loads, the operands that a multiplication waits
for, and that a compare pairs with its branch.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.cortex_m7.units import (
    is_double,
    is_fp,
    is_fp_constant,
    is_transfer,
    resources,
)
from tinylab.sim.cycles.decoding.costs import Cost
from tinylab.sim.cycles.decoding.instruction import (
    FIRST_SINGLE,
    FLAGS,
    FP_FLAGS,
    REGISTERS,
    Instruction,
    Role,
)
from tinylab.sim.cycles.decoding.mnemonics import Operation

ALONE, FIRST_SLOT, MAC, TRANSFER, EARLY_ALU, PLAIN_SHIFT, SEVERAL = (1 << bit for bit in range(7))
"""Kinds, as bits: issues alone in its cycle; issues only in the first slot of a cycle; multiplies
and accumulates in single precision; moves a single-precision register; runs in the early ALU if its
operands permit, from the first slot; a shift, which does so from either slot."""

SUMS = REGISTERS
"""S0 as an accumulator, which is read later than other operands; the others follow."""
HOLD = SUMS + FP_FLAGS - FIRST_SINGLE
"""Written by multiply-accumulates, read by what they hold up."""
ROUNDING = HOLD + 1
"""Written by VMLA, whose product is rounded in a stage of its own, read by VFMA."""
TIMED = ROUNDING + 1
"""Registers, and the above."""

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
"""Chosen by whole programs: with 1, as in LLVM's model and on the STM32H743, float networks are 0.3
to 2 % faster than on silicon."""
SUM_LATENCY, CHAINED_SUM_LATENCY = 3, 4
"""Cycles until a floating-point result, that of VMLA, can be the accumulator of VFMA; of VMLA a
cycle less."""
HOLD_CYCLES, ROUNDING_CYCLES = 4, 2
"""From a multiply-accumulate to the issue of what it holds up; from VMLA to VFMA."""
DIVIDE_CYCLES = 7
FP_DIVIDE_CYCLES, FP_SQUARE_ROOT_CYCLES, FP_DOUBLE_DIVIDE_CYCLES = 16, 14, 30
SYSTEM_CYCLES = 3
TABLE_BRANCH_CYCLES = 2
DOUBLE_CYCLES = {
    Operation.FP_FUSED: 7,
    Operation.FP_CHAINED: 7,
    Operation.FP_MULTIPLY: 5,
    Operation.FP_ARITHMETIC: 2,
}
"""Issue cycles of double-precision operations; 1 if not listed."""

_ACCUMULATOR_READ = {
    Operation.MULTIPLY_ACCUMULATE: 1,
    Operation.FP_FUSED: 0,
    Operation.FP_CHAINED: 1,
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
_FP_LISTS = (Operation.FP_LOAD_MULTIPLE, Operation.FP_STORE_MULTIPLE)
_EARLY = ("add", "addw", "sub", "subw", "mov", "movw", "movt")
"""Data processing that the early ALU can do."""
_FP_STORES = (Operation.FP_STORE, Operation.FP_STORE_MULTIPLE)


def cost(instruction: Instruction) -> Cost:
    """The cost of one instruction, its words all served from tightly coupled memory."""
    return Cost(
        kind=_kind(instruction),
        cycles=_cycles(instruction),
        sources=(*_sources(instruction), *_stages_read(instruction)),
        results=(*_results(instruction), *_stages_written(instruction)),
        divider_cycles=_divider_cycles(instruction),
        resources=resources(instruction),
        observed=instruction.preload is not None,
    )


def _is_mac(instruction: Instruction) -> bool:
    accumulates = instruction.operation in (Operation.FP_FUSED, Operation.FP_CHAINED)
    return accumulates and not instruction.double


def _kind(instruction: Instruction) -> int:
    operation = instruction.operation
    exclusive_store = instruction.name.startswith("strex")
    double_access = is_double(instruction) and instruction.access is not None
    if operation in (*_LISTS, Operation.LOAD_PAIR, Operation.STORE_PAIR):
        return ALONE | SEVERAL
    if operation in _ALONE or exclusive_store or double_access or _moves_two(instruction):
        return ALONE
    if operation in _FIRST_SLOT or is_double(instruction):
        return FIRST_SLOT
    if _is_mac(instruction):
        return MAC
    if is_transfer(instruction):
        return TRANSFER
    return _early_kind(instruction)


def _early_kind(instruction: Instruction) -> int:
    if instruction.operation == Operation.SHIFT and instruction.name != "rrx":
        return PLAIN_SHIFT
    plain = instruction.operation == Operation.ALU and not instruction.rotated_constant
    return EARLY_ALU if plain and instruction.name in _EARLY else 0


def _moves_two(instruction: Instruction) -> bool:
    """VMOV between two core registers and two floating-point ones."""
    moved = [r for r, role in instruction.reads if role != Role.CONDITION]
    registers = [*moved, *instruction.writes]
    to_or_from_core = any(register < FLAGS for register in registers)
    return instruction.operation == Operation.FP_MOVE and to_or_from_core and len(registers) > 2


def _cycles(instruction: Instruction) -> int:
    operation, access = instruction.operation, instruction.access
    if operation in _LISTS and access is not None:
        return max(1, (access.words + 1) // 2)
    if operation == Operation.DIVIDE:
        return DIVIDE_CYCLES
    if operation == Operation.SYSTEM:
        return SYSTEM_CYCLES
    if operation == Operation.TABLE_BRANCH:
        return TABLE_BRANCH_CYCLES
    return DOUBLE_CYCLES.get(operation, 1) if is_double(instruction) else 1


def _sources(instruction: Instruction) -> tuple[tuple[int, int], ...]:
    return tuple(
        (_sum_of(instruction, register, role), _needed(instruction, register, role))
        for register, role in instruction.reads
    )


def _sum_of(instruction: Instruction, register: int, role: Role) -> int:
    """The register, or its use as an accumulator of the floating-point unit."""
    sums = role == Role.ACCUMULATOR and is_fp(instruction.operation)
    return register + SUMS - FIRST_SINGLE if sums else register


def _needed(instruction: Instruction, register: int, role: Role) -> int:
    """When an operand is required, in cycles after the issue."""
    operation = instruction.operation
    if role == Role.ACCUMULATOR:
        return _ACCUMULATOR_READ[operation]
    if role == Role.STORED:
        return 2
    if role == Role.SHIFTED and operation == Operation.PARALLEL:
        return NOW  # SXTB16 with its rotation reads where SXTB does
    if operation in (Operation.MULTIPLY, Operation.MULTIPLY_ACCUMULATE):
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


def _stages_read(instruction: Instruction) -> tuple[tuple[int, int], ...]:
    operation = instruction.operation
    held = (
        operation in _FP_LISTS
        or instruction.name in ("vadd", "vsub")
        or is_fp_constant(instruction)
        or (is_double(instruction) and instruction.access is not None)
    )
    rounds = operation == Operation.FP_FUSED and not instruction.double
    return ((HOLD, NOW),) * held + ((ROUNDING, NOW),) * rounds


def _stages_written(instruction: Instruction) -> tuple[tuple[int, int], ...]:
    if not _is_mac(instruction):
        return ()
    rounds = instruction.operation == Operation.FP_CHAINED
    return ((HOLD, HOLD_CYCLES),) + ((ROUNDING, ROUNDING_CYCLES),) * rounds


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
    return results + tuple(
        (register + SUMS - FIRST_SINGLE, _sum_latency(instruction, latency))
        for register, latency in results
        if FIRST_SINGLE <= register < FP_FLAGS
    )


def _sum_latency(instruction: Instruction, latency: int) -> int:
    """Cycles until a result can be the accumulator of VFMA."""
    if instruction.operation == Operation.FP_CHAINED and not instruction.double:
        return CHAINED_SUM_LATENCY
    if instruction.operation == Operation.FP_FUSED and not instruction.double:
        return SUM_LATENCY
    if instruction.operation == Operation.FP_LOAD_MULTIPLE:
        return latency - 1 + SUM_LATENCY
    return max(latency, SUM_LATENCY)


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
    if operation == Operation.FP_MOVE and all(r < FLAGS for r in instruction.writes):
        return 1
    if operation == Operation.FP_LOAD:
        return FP_LOAD_LATENCY
    if is_double(instruction):
        return DOUBLE_LATENCY
    return LATENCIES.get(operation, 1)


def _divider_cycles(instruction: Instruction) -> int:
    """Cycles of a division or square root, in which only one other instruction issues."""
    if instruction.operation != Operation.FP_DIVIDE:
        return 0
    if instruction.double:
        return FP_DOUBLE_DIVIDE_CYCLES
    return FP_SQUARE_ROOT_CYCLES if instruction.name == "vsqrt" else FP_DIVIDE_CYCLES


assert FIRST_SINGLE > FLAGS  # core registers are those below
