"""The units that a Cortex-M7's instructions share in a cycle.

Sources: as of `costs`. Units that exclude others (PRODUCT_OR_STORE, FP_CONSTANT, and the use of
SHIFTER by bit fields and shifted constants) are measurements on silicon.
"""

from __future__ import annotations

from enum import IntEnum

from tinylab.sim.cycles.decoding.instruction import Instruction
from tinylab.sim.cycles.decoding.mnemonics import Operation


class Unit(IntEnum):
    """Units shared by the instructions of a cycle; the value is the position of a 4-bit counter."""

    ALU = 0
    SHIFTER = 1
    """Of the early ALU. A plain shift uses it only from the first slot."""
    MULTIPLIER = 2
    LOAD = 3
    STORE = 4
    BRANCH = 5
    FP = 6
    FP_PORT = 7
    SIMD = 8
    FP_TRANSFER = 9
    """No limit: counts the moves of single-precision registers."""
    FP_CONSTANT = 10
    PRODUCT_OR_STORE = 11


COUNTER_BITS = 4
COUNTERS_BITS = COUNTER_BITS * len(Unit)
_TWO = (Unit.ALU, Unit.LOAD, Unit.FP_PORT, Unit.FP_TRANSFER)
PER_CYCLE = dict.fromkeys(Unit, 1) | dict.fromkeys(_TWO, 2)


def units(**wanted: int) -> int:
    """Counters of the required units, packed into a word."""
    return sum(count << COUNTER_BITS * Unit[name.upper()] for name, count in wanted.items())


LIMITS = sum(count << COUNTER_BITS * unit for unit, count in PER_CYCLE.items())
GUARDS = sum(8 << COUNTER_BITS * unit for unit in Unit)
"""The highest bit of each counter: limits with guards, minus use, keeps it if they suffice."""
SHIFTER_USE = units(shifter=1)
TRANSFERS = units(fp_transfer=3)
"""The counter of moves of single-precision registers."""

_PRODUCT = units(multiplier=1, product_or_store=1)
_STORE = units(store=1, product_or_store=1)
_UNITS = {
    Operation.ALU: units(alu=1),
    Operation.ALU_SHIFTED: units(alu=1, shifter=1),
    Operation.SHIFT: units(alu=1),
    Operation.MULTIPLY: _PRODUCT,
    Operation.MULTIPLY_ACCUMULATE: _PRODUCT,
    Operation.DIVIDE: units(alu=1),
    Operation.SATURATE: units(simd=1, alu=1),
    Operation.PARALLEL: units(simd=1, alu=1),
    Operation.EXTRACT: units(simd=1, alu=1, shifter=1),
    Operation.REVERSE: units(simd=1, alu=1, shifter=1),
    Operation.INSERT: units(alu=1, shifter=1),
    Operation.COUNT_ZEROS: units(alu=1),
    Operation.LOAD: units(load=1),
    Operation.STORE: _STORE,
    Operation.LOAD_PAIR: units(load=2),
    Operation.STORE_PAIR: _STORE,
    Operation.LOAD_MULTIPLE: units(load=1),
    Operation.STORE_MULTIPLE: _STORE,
    Operation.PRELOAD: units(load=1),
    Operation.BRANCH: units(branch=1),
    Operation.TABLE_BRANCH: units(load=1),
    Operation.FP_LOAD_MULTIPLE: units(load=1),
    Operation.FP_STORE_MULTIPLE: _STORE,
}


def is_fp(operation: Operation) -> bool:
    """Whether it is done by the floating-point unit; not loads and stores."""
    return Operation.FP_ARITHMETIC <= operation <= Operation.FP_SELECT


def is_double(instruction: Instruction) -> bool:
    """Whether it works on, loads or stores a double-precision number."""
    access = instruction.access
    if instruction.operation in (Operation.FP_LOAD, Operation.FP_STORE):
        return access is not None and access.words == 2
    return instruction.double and is_fp(instruction.operation)


def is_fp_constant(instruction: Instruction) -> bool:
    """VMOV of a constant."""
    return instruction.operation == Operation.FP_MOVE and not instruction.reads


def is_transfer(instruction: Instruction) -> bool:
    """VLDR and VSTR of single precision, and VMOV."""
    moves = (Operation.FP_LOAD, Operation.FP_STORE, Operation.FP_MOVE)
    return instruction.operation in moves and not is_double(instruction)


def resources(instruction: Instruction) -> int:
    """The units that an instruction occupies in its cycle."""
    operation = instruction.operation
    ports = 2 if is_double(instruction) else 1
    transfers = 1 if is_transfer(instruction) else 0
    if operation == Operation.FP_LOAD:
        return units(load=ports, fp_port=ports, fp_transfer=transfers)
    if operation == Operation.FP_STORE:
        return _STORE + units(fp_port=ports, fp_transfer=transfers)
    if operation == Operation.FP_MOVE:
        constants = 1 if is_fp_constant(instruction) else 0
        return units(fp_port=ports, fp_transfer=transfers, fp_constant=constants)
    if is_fp(operation):
        return units(fp=1, fp_port=ports)
    if instruction.rotated_constant:
        return units(alu=1, shifter=1)
    return _UNITS.get(operation, 0)
