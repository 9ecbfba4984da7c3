"""Instructions as the cycle models see them, from Capstone's disassembly."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import capstone
from capstone import arm_const as arm

from tinylab.sim.cycles.effects import effect_of, flags_of
from tinylab.sim.cycles.instruction import (
    ALWAYS,
    PC,
    UNKNOWN,
    Access,
    Block,
    Branch,
    Instruction,
)
from tinylab.sim.cycles.instruction import FLAGS as FLAG_REGISTER
from tinylab.sim.cycles.mnemonics import MNEMONICS, Operation
from tinylab.sim.cycles.operands import (
    LISTS,
    disassembler,
    list_base,
    listed,
    reads_of,
    registers_of,
    updated_base,
    writes_of,
)
from tinylab.sim.cycles.steps import FLAGS, SIGNS

_one_at_a_time = threading.Lock()
"""Capstone's IT state is its engine's, and several boards may meet new code at the same time."""

_ALIASES = {"fmstat": "vmrs", "fconsts": "vmov", "fconstd": "vmov"}
"""Capstone's names for VMRS APSR_nzcv, FPSCR and VMOV with an immediate."""


PAGE = 1 << 10
"""The emulator translates no further than to the end of one."""
_ENDS = (
    Operation.SYSTEM,
    Operation.FP_STATUS,
)
_GOES_ON = ("mrs", "dmb", "dsb", "clrex", "dbg", "vmrs")


def decode_block(
    code: bytes, address: int, pending: tuple[int, ...] = (), shortest: int | None = None
) -> Block:
    """Decode a block that `code` begins with; `pending` are conditions left from an IT block
    before it.

    It has at least `shortest` bytes (all of them, if not given), and ends behind a branch or an
    instruction that may change what comes after it, or at the end of a page. What Capstone does
    not know becomes a one-cycle instruction without operands.
    """
    if shortest is None:
        shortest = len(code)
    start = address
    instructions: list[Instruction] = []
    conditions = list(pending)
    for raw, length in _disassemble(code, address):
        done = address - start
        if done >= shortest and (_ends(instructions) or _leaves_page(address, length)):
            break
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


def _ends(instructions: list[Instruction]) -> bool:
    """Whether the last one does end a block."""
    if not instructions:
        return False
    last = instructions[-1]
    ends = last.operation in _ENDS and last.name not in _GOES_ON
    return ends or last.branch != Branch.NONE or last.name == UNKNOWN


def _leaves_page(address: int, length: int) -> bool:
    return address % PAGE == 0 or address // PAGE != (address + length - 1) // PAGE


def _disassemble(code: bytes, address: int) -> Iterator[tuple[capstone.CsInsn | None, int]]:
    """One by one, so that Capstone keeps no IT state of its own."""
    offset = 0
    while offset < len(code):
        piece = code[offset : offset + 4]
        with _one_at_a_time:
            raw = next(disassembler().disasm(piece, address + offset, 1), None)
        # The top five bits of a 32-bit encoding are 11101, 11110 or 11111 (A5.1).
        length = raw.size if raw else 4 if code[offset + 1] >> 3 in (0x1D, 0x1E, 0x1F) else 2
        yield raw, length
        offset += length


def _unknown(address: int, length: int, condition: int) -> Instruction:
    return Instruction(
        address, length, UNKNOWN, Operation.ALU, False, (), (), None, condition, Branch.NONE, None
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
    writes = writes_of(raw, name, operation, inside_it)
    access = _access(raw, operation)
    return Instruction(
        address=raw.address,
        length=raw.size,
        name=name,
        operation=operation,
        double=".f64" in raw.mnemonic,
        reads=reads_of(raw, name, operation, condition),
        writes=tuple(register for register in writes if register != PC),
        updated_base=updated_base(raw, operation),
        condition=condition,
        branch=_branch(name, operation, condition, writes),
        access=access,
        division=_division(raw, operation),
        effect=None if access is not None else effect_of(raw),
        flags=flags_of(raw, FLAGS) if FLAG_REGISTER in writes else None,
        signs=flags_of(raw, SIGNS) if FLAG_REGISTER in writes else None,
        target=_target(raw, name),
        rotated_constant=operation == Operation.ALU and _has_rotated_constant(raw),
    )


_OTHER_CONSTANTS = ("movw", "movt", "addw", "subw", "adr")
"""Instructions of 32 bits whose constant is taken as it is."""


def _has_rotated_constant(raw: capstone.CsInsn) -> bool:
    """A modified immediate that is neither 8 bits at the right end nor a pattern of bytes."""
    if raw.size == 2 or raw.insn_name() in _OTHER_CONSTANTS:
        return False
    constants = [op.imm & 0xFFFF_FFFF for op in raw.operands if op.type == arm.ARM_OP_IMM]
    return any(value > 0xFF and value >> 16 != value & 0xFFFF for value in constants)


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


def _branch(name: str, operation: Operation, condition: int, writes: list[int]) -> Branch:
    if name in ("cbz", "cbnz"):
        return Branch.CONDITIONAL
    if name in ("b", "bl"):
        return Branch.CONDITIONAL if condition != ALWAYS else Branch.DIRECT
    if operation in (Operation.BRANCH, Operation.TABLE_BRANCH) or PC in writes:
        return Branch.INDIRECT
    return Branch.NONE


def _target(raw: capstone.CsInsn, name: str) -> int | None:
    direct = name in ("b", "bl", "cbz", "cbnz")
    return int(raw.operands[-1].imm) & 0xFFFF_FFFF if direct else None


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
    if operation in LISTS:
        words = len(listed(raw))
        downward = raw.insn_name() in ("push", "vpush") or raw.insn_name().endswith("db")
        offset, advance = (-4 * words,) * 2 if downward else (0, 4 * words)
        return Access(store, words, list_base(raw), offset=offset, advance=advance)
    memory = next((op for op in raw.operands if op.type == arm.ARM_OP_MEM), None)
    if memory is None:
        return None
    return _addressed(raw, memory, store, _words(raw, operation))


def _division(raw: capstone.CsInsn, operation: Operation) -> tuple[int, int] | None:
    if operation != Operation.DIVIDE:
        return None
    dividend, divisor = (registers_of(op.reg)[0] for op in raw.operands[-2:])
    return dividend, divisor


def _words(raw: capstone.CsInsn, operation: Operation) -> int:
    if operation in (Operation.LOAD_PAIR, Operation.STORE_PAIR):
        return 2
    if operation in (Operation.FP_LOAD, Operation.FP_STORE):
        return len(registers_of(raw.operands[0].reg))
    return 1


def _addressed(raw: capstone.CsInsn, memory: capstone.arm.ArmOp, store: bool, words: int) -> Access:
    (base,) = registers_of(memory.mem.base)
    width = _width(raw.insn_name())
    offset = int(memory.mem.disp)
    index = registers_of(memory.mem.index)[0] if memory.mem.index else None
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
            width,
        )
    advance = int(raw.operands[-1].imm) if raw.post_index else offset
    return Access(store, words, base, index, memory.shift.value, offset, width, advance)


def _width(name: str) -> int:
    """Bytes of one access: `ldrsb`, `strexh`, `tbh` end with what they move."""
    plain = name.removesuffix("t")
    return 1 if plain.endswith("b") else 2 if plain.endswith("h") else 4
