"""What the cycle models need to know about an instruction, from Capstone's disassembly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import capstone
from capstone import arm_const as arm

from tinylab.sim.cycles.mnemonics import MNEMONICS, Operation

LINK = 14
PC = 15
FLAGS = 16
"""APSR.NZCVQ as a register that instructions read and write."""
FIRST_SINGLE = 17
"""S0; D0 is S0 and S1, and so on."""
FP_FLAGS = FIRST_SINGLE + 32
REGISTERS = FP_FLAGS + 1

ALWAYS = 14
"""The condition code of unconditional instructions (Armv7-M ARM, table A7-1)."""

_NAMED = {"sb": 9, "sl": 10, "fp": 11, "ip": 12, "sp": 13, "lr": LINK, "pc": PC}
_FLAG_REGISTERS = {
    "cpsr": FLAGS,
    "apsr": FLAGS,
    "apsr_nzcv": FLAGS,
    "fpscr": FP_FLAGS,
    "fpscr_nzcv": FP_FLAGS,
}
_ALIASES = {"fmstat": "vmrs", "fconsts": "vmov", "fconstd": "vmov"}
"""Capstone's names for VMRS APSR_nzcv, FPSCR and VMOV with an immediate."""


class Role(IntEnum):
    """What an instruction wants a register for; some are wanted earlier or later than others."""

    OPERAND = 0
    ADDRESS = 1
    STORED = 2
    SHIFTED = 3
    ACCUMULATOR = 4
    CONDITION = 5


class Branch(IntEnum):
    """How an instruction may leave the straight line."""

    NONE = 0
    CONDITIONAL = 1
    DIRECT = 2
    INDIRECT = 3


@dataclass(frozen=True)
class Access:
    """Words that an instruction moves: the first is at base + (index << shift) + offset.

    `base` and `index` are core registers or None; PC-relative ones are resolved into `offset`.
    """

    store: bool
    words: int
    base: int | None
    index: int | None = None
    shift: int = 0
    offset: int = 0


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


@dataclass(frozen=True)
class Block:
    """Instructions in a row. `pending` are conditions of an IT block that goes on behind it."""

    instructions: tuple[Instruction, ...]
    pending: tuple[int, ...]


@cache
def _disassembler() -> capstone.Cs:
    engine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    engine.detail = True
    return engine


def decode_block(code: bytes, address: int, pending: tuple[int, ...] = ()) -> Block:
    """Decode all of `code`; `pending` are conditions left from an IT block before it.

    What Capstone does not know becomes a one-cycle instruction without operands.
    """
    instructions = []
    conditions = list(pending)
    for raw, length in _disassemble(code, address):
        inside_it = bool(conditions)
        condition = conditions.pop(0) if inside_it else ALWAYS
        if raw is None:
            instruction = _unknown(address, length, condition)
        else:
            instruction = _decode(raw, condition, inside_it)
            if instruction.operation == Operation.IT:
                conditions = _it_conditions(raw)
        instructions.append(instruction)
        address += length
    return Block(tuple(instructions), tuple(conditions))


def _disassemble(code: bytes, address: int) -> Iterator[tuple[capstone.CsInsn | None, int]]:
    """One by one, so that Capstone keeps no IT state of its own."""
    offset = 0
    while offset < len(code):
        piece = code[offset : offset + 4]
        raw = next(_disassembler().disasm(piece, address + offset, 1), None)
        # The top five bits of a 32-bit encoding are 11101, 11110 or 11111 (A5.1).
        length = raw.size if raw else 4 if code[offset + 1] >> 3 in (0x1D, 0x1E, 0x1F) else 2
        yield raw, length
        offset += length


def _unknown(address: int, length: int, condition: int) -> Instruction:
    return Instruction(
        address, length, "?", Operation.ALU, False, (), (), None, condition, Branch.NONE, None
    )


def _it_conditions(raw: capstone.CsInsn) -> list[int]:
    """`itte ne` -> [NE, NE, EQ], as condition codes of the architecture."""
    first = int(raw.cc) - 1
    return [first if letter == "t" else first ^ 1 for letter in raw.mnemonic[1:]]


def _decode(raw: capstone.CsInsn, condition: int, inside_it: bool) -> Instruction:
    name = raw.insn_name()
    name = _ALIASES.get(name, name)
    operation = _operation(raw, name)
    if name == "b" and raw.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID):
        condition = int(raw.cc) - 1
    writes = _writes(raw, name, operation, inside_it)
    access = _access(raw, operation)
    return Instruction(
        address=raw.address,
        length=raw.size,
        name=name,
        operation=operation,
        double=".f64" in raw.mnemonic,
        reads=_reads(raw, name, operation, condition),
        writes=tuple(register for register in writes if register != PC),
        updated_base=_updated_base(raw, operation),
        condition=condition,
        branch=_branch(name, operation, condition, writes),
        access=access,
    )


def _operation(raw: capstone.CsInsn, name: str) -> Operation:
    if name == "hint":
        name = raw.mnemonic.removesuffix(".w")
    operation = MNEMONICS.get(name, Operation.ALU)
    if name.startswith(("vsel", "vrint", "vcvt")):
        operation = Operation.FP_SELECT if name.startswith("vsel") else Operation.FP_ARITHMETIC
    if operation == Operation.ALU and _has_shifted_operand(raw):
        return Operation.ALU_SHIFTED
    return operation


def _has_shifted_operand(raw: capstone.CsInsn) -> bool:
    return any(op.type == arm.ARM_OP_REG and op.shift.type != 0 for op in raw.operands)


# Registers


@cache
def _registers(register: int) -> tuple[int, ...]:
    """Capstone's register as ours: none, one, or two for a double-precision one."""
    name = _disassembler().reg_name(register) or ""
    if name in _NAMED:
        return (_NAMED[name],)
    if name in _FLAG_REGISTERS:
        return (_FLAG_REGISTERS[name],)
    if name[:1] not in ("r", "s", "d") or not name[1:].isdigit():
        return ()
    number = int(name[1:])
    if name[0] == "r":
        return (number,)
    if name[0] == "s":
        return (FIRST_SINGLE + number,)
    return (FIRST_SINGLE + 2 * number, FIRST_SINGLE + 2 * number + 1)


def _all_registers(registers: list[int]) -> list[int]:
    return [ours for register in registers for ours in _registers(register)]


def _operand_registers(operands: list[capstone.arm.ArmOp]) -> list[int]:
    return _all_registers([op.reg for op in operands if op.type == arm.ARM_OP_REG])


def _address_registers(raw: capstone.CsInsn) -> list[int]:
    for op in raw.operands:
        if op.type == arm.ARM_OP_MEM:
            wanted = [register for register in (op.mem.base, op.mem.index) if register]
            return [register for register in _all_registers(wanted) if register != PC]
    return []


_LISTS = (
    Operation.LOAD_MULTIPLE,
    Operation.STORE_MULTIPLE,
    Operation.FP_LOAD_MULTIPLE,
    Operation.FP_STORE_MULTIPLE,
)
_STACK = ("push", "pop", "vpush", "vpop")
STACK_POINTER = 13


def _list_base(raw: capstone.CsInsn) -> int:
    if raw.insn_name() in _STACK:
        return STACK_POINTER
    return _registers(raw.operands[0].reg)[0]


def _listed(raw: capstone.CsInsn) -> list[int]:
    """The register list, which Capstone's access sets lack for VLDM, VSTM, VPUSH and VPOP."""
    operands = raw.operands if raw.insn_name() in _STACK else raw.operands[1:]
    return _operand_registers(operands)


def _reads(
    raw: capstone.CsInsn, name: str, operation: Operation, condition: int
) -> tuple[tuple[int, Role], ...]:
    reads: list[tuple[int, Role]] = []
    if condition != ALWAYS:
        reads.append((FLAGS, Role.CONDITION))
    if operation in _LISTS:
        reads.append((_list_base(raw), Role.ADDRESS))
        if operation in (Operation.STORE_MULTIPLE, Operation.FP_STORE_MULTIPLE):
            reads += [(register, Role.STORED) for register in _listed(raw)]
        return tuple(reads)
    addresses = _address_registers(raw)
    reads += [(register, Role.ADDRESS) for register in addresses]
    reads += [
        (register, role)
        for register, role in _plain_reads(raw, name, operation)
        if register != PC and register not in addresses
    ]
    return tuple(reads)


def _plain_reads(raw: capstone.CsInsn, name: str, operation: Operation) -> list[tuple[int, Role]]:
    operands = raw.operands
    if operation in (Operation.STORE, Operation.STORE_PAIR, Operation.FP_STORE):
        first = 1 if name.startswith("strex") else 0
        count = 2 if operation == Operation.STORE_PAIR else 1
        stored = _operand_registers(operands[first : first + count])
        return [(register, Role.STORED) for register in stored]
    if operation in (Operation.MULTIPLY_ACCUMULATE, Operation.FP_FUSED, Operation.FP_CHAINED):
        sums, factors = _accumulator(operation, operands)
        return [(register, Role.ACCUMULATOR) for register in _operand_registers(sums)] + [
            (register, Role.OPERAND) for register in _operand_registers(factors)
        ]
    if name in ("ssat", "usat"):
        return [(register, Role.SHIFTED) for register in _operand_registers(operands[2:])]
    if name == "vmsr":
        return [(register, Role.OPERAND) for register in _operand_registers(operands[1:])]
    shifted = {
        register
        for op in operands
        if op.type == arm.ARM_OP_REG and op.shift.type != 0 and operation != Operation.SHIFT
        for register in _registers(op.reg)
    }
    return [
        (register, Role.SHIFTED if register in shifted else Role.OPERAND)
        for register in _all_registers(raw.regs_access()[0])
    ]


def _accumulator(
    operation: Operation, operands: list[capstone.arm.ArmOp]
) -> tuple[list[capstone.arm.ArmOp], list[capstone.arm.ArmOp]]:
    """Operands that are added to, and those that are multiplied."""
    if operation != Operation.MULTIPLY_ACCUMULATE:
        return operands[:1], operands[1:]
    name_is_long = len(operands) == 4 and operands[1].access & capstone.CS_AC_WRITE
    if name_is_long:
        return operands[:2], operands[2:]
    return operands[3:], operands[1:3]


def _writes(raw: capstone.CsInsn, name: str, operation: Operation, inside_it: bool) -> list[int]:
    if operation in (Operation.LOAD_MULTIPLE, Operation.FP_LOAD_MULTIPLE):
        return _listed(raw)
    if operation in (Operation.STORE_MULTIPLE, Operation.FP_STORE_MULTIPLE):
        return []
    base = _updated_base(raw, operation)
    writes = [r for r in _all_registers(raw.regs_access()[1]) if r != base]
    compares = name in ("cmp", "cmn", "tst", "teq")
    # 16-bit data processing does not set the flags inside an IT block (A7.3.2).
    if (raw.update_flags and not (inside_it and raw.size == 2 and not compares)) or (
        name == "vmrs" and raw.update_flags
    ):
        writes.append(FLAGS)
    return list(dict.fromkeys(writes))


def _updated_base(raw: capstone.CsInsn, operation: Operation) -> int | None:
    if operation in _LISTS:
        return _list_base(raw) if raw.writeback or raw.insn_name() in _STACK else None
    addresses = _address_registers(raw)
    return addresses[0] if raw.writeback and addresses else None


def _branch(name: str, operation: Operation, condition: int, writes: list[int]) -> Branch:
    if name in ("cbz", "cbnz"):
        return Branch.CONDITIONAL
    if name in ("b", "bl"):
        return Branch.CONDITIONAL if condition != ALWAYS else Branch.DIRECT
    if operation in (Operation.BRANCH, Operation.TABLE_BRANCH) or PC in writes:
        return Branch.INDIRECT
    return Branch.NONE


# Memory accesses

_STORES = (
    Operation.STORE,
    Operation.STORE_PAIR,
    Operation.STORE_MULTIPLE,
    Operation.FP_STORE,
    Operation.FP_STORE_MULTIPLE,
)
_LOADS = (
    Operation.LOAD,
    Operation.LOAD_PAIR,
    Operation.LOAD_MULTIPLE,
    Operation.TABLE_BRANCH,
    Operation.FP_LOAD,
    Operation.FP_LOAD_MULTIPLE,
)


def _access(raw: capstone.CsInsn, operation: Operation) -> Access | None:
    store = operation in _STORES
    if not store and operation not in _LOADS:
        return None
    if operation in _LISTS:
        words = len(_listed(raw))
        downward = raw.insn_name() in ("push", "vpush") or raw.insn_name().endswith("db")
        return Access(store, words, _list_base(raw), offset=-4 * words if downward else 0)
    memory = next((op for op in raw.operands if op.type == arm.ARM_OP_MEM), None)
    if memory is None:
        return None
    return _addressed(raw, memory, store, _words(raw, operation))


def _words(raw: capstone.CsInsn, operation: Operation) -> int:
    if operation in (Operation.LOAD_PAIR, Operation.STORE_PAIR):
        return 2
    if operation in (Operation.FP_LOAD, Operation.FP_STORE):
        return len(_registers(raw.operands[0].reg))
    return 1


def _addressed(raw: capstone.CsInsn, memory: capstone.arm.ArmOp, store: bool, words: int) -> Access:
    (base,) = _registers(memory.mem.base)
    offset = int(memory.mem.disp)
    index = _registers(memory.mem.index)[0] if memory.mem.index else None
    if base == PC:
        # Align(PC, 4) for literals, PC itself for the tables of TBB and TBH (A4.2.2, A7.7.182).
        pc = raw.address + 4
        return Access(
            store,
            words,
            None,
            index,
            memory.shift.value,
            (pc & ~3 if index is None else pc) + offset,
        )
    return Access(store, words, base, index, memory.shift.value, offset)
