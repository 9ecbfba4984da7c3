"""Decodes instructions for the cycle models, from Capstone's disassembly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import capstone
from capstone import arm_const as arm

from tinylab.sim.cycles.compiled.address_steps import FLAGS, SIGNS
from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.decoding.accesses import access_of, preload_of
from tinylab.sim.cycles.decoding.instruction import ALWAYS, PC, UNKNOWN, Block, Instruction
from tinylab.sim.cycles.decoding.instruction import FLAGS as FLAG_REGISTER
from tinylab.sim.cycles.decoding.mnemonics import MNEMONICS, Operation
from tinylab.sim.cycles.decoding.operands import (
    disassembler,
    reads_of,
    registers_of,
    updated_base,
    writes_of,
)
from tinylab.sim.cycles.decoding.register_effects import effect_of, flags_of

_one_at_a_time = threading.Lock()
"""Capstone's engine holds its IT state, and several boards may decode code at the same time."""

_ALIASES = {"fmstat": "vmrs", "fconsts": "vmov", "fconstd": "vmov"}
"""Capstone's names for VMRS APSR_nzcv, FPSCR and VMOV with an immediate."""


PAGE = 1 << 10
"""The emulator does not translate beyond the end of a page."""
_ENDS = (
    Operation.SYSTEM,
    Operation.FP_STATUS,
)
_GOES_ON = ("mrs", "dmb", "dsb", "clrex", "dbg", "vmrs")


def decode_block(
    code: bytes, address: int, pending: tuple[int, ...] = (), shortest: int | None = None
) -> Block:
    """Decode the block at the start of `code`; `pending` has conditions left from an IT block
    before it.

    The block has at least `shortest` bytes (default: all), and ends after a branch or an
    instruction that may change subsequent code, or at the end of a page. An encoding that Capstone
    does not support becomes a one-cycle instruction without operands.
    """
    if shortest is None:
        shortest = len(code)
    start = address
    instructions: list[Instruction] = []
    conditions = list(pending)
    for encoding, length in _encodings(code):
        done = address - start
        if done >= shortest and (_ends(instructions) or _leaves_page(address, length)):
            break
        inside_it = bool(conditions)
        condition = conditions.pop(0) if inside_it else ALWAYS
        form = _form(encoding, condition, inside_it)
        if form.moves:
            instruction = form.instruction.at(address)
        else:
            instruction = _decode(encoding, address, condition, inside_it).instruction
        instructions.append(instruction)
        conditions = list(form.conditions) or conditions
        address += length
    return Block(tuple(instructions), tuple(conditions))


def _ends(instructions: list[Instruction]) -> bool:
    """Whether the last instruction ends a block."""
    if not instructions:
        return False
    last = instructions[-1]
    ends = last.operation in _ENDS and last.name not in _GOES_ON
    return ends or last.branch != Branch.NONE or last.name == UNKNOWN


def _leaves_page(address: int, length: int) -> bool:
    return address % PAGE == 0 or address // PAGE != (address + length - 1) // PAGE


def _encodings(code: bytes) -> Iterator[tuple[bytes, int]]:
    """The instructions one by one, and their lengths; the last may be cut off."""
    offset = 0
    while offset < len(code):
        length = _length(code[offset : offset + 2])
        yield code[offset : offset + length], length
        offset += length


def _length(encoding: bytes) -> int:
    """The top five bits of a 32-bit encoding are 11101, 11110 or 11111 (A5.1)."""
    return 4 if encoding[1] >> 3 in (0x1D, 0x1E, 0x1F) else 2


class _Form(NamedTuple):
    """An encoding's instruction at one address; the conditions after it, if it is an IT; and
    whether it means the same at all addresses."""

    instruction: Instruction
    conditions: tuple[int, ...]
    moves: bool


@lru_cache(maxsize=1 << 15)
def _form(encoding: bytes, condition: int, inside_it: bool) -> _Form:
    """Programs consist of few different encodings, and decoding takes long."""
    return _decode(encoding, 0, condition, inside_it)


def _decode(encoding: bytes, address: int, condition: int, inside_it: bool) -> _Form:
    with _one_at_a_time:  # one by one, so that Capstone keeps no IT state
        raw = next(disassembler().disasm(encoding, address, 1), None)
    if raw is None:
        return _Form(_unknown(address, _length(encoding), condition), (), True)
    instruction = _instruction(raw, condition, inside_it)
    is_it = instruction.operation == Operation.IT
    conditions = tuple(_it_conditions(raw)) if is_it else ()
    return _Form(instruction, conditions, not _depends_on_address(raw, instruction))


def _depends_on_address(raw: capstone.CsInsn, instruction: Instruction) -> bool:
    if instruction.target is not None or instruction.name == "adr":
        return True
    return any(
        (op.type == arm.ARM_OP_REG and op.reg == arm.ARM_REG_PC)
        or (op.type == arm.ARM_OP_MEM and op.mem.base == arm.ARM_REG_PC)
        for op in raw.operands
    )


def _unknown(address: int, length: int, condition: int) -> Instruction:
    return Instruction(
        address, length, UNKNOWN, Operation.ALU, False, (), (), None, condition, Branch.NONE, None
    )


def _it_conditions(raw: capstone.CsInsn) -> list[int]:
    """`itte ne` -> [NE, NE, EQ], as condition codes of the architecture."""
    first = int(raw.cc) - 1
    return [first if letter == "t" else first ^ 1 for letter in raw.mnemonic[1:]]


def _instruction(raw: capstone.CsInsn, condition: int, inside_it: bool) -> Instruction:
    name = raw.insn_name()
    name = _ALIASES.get(name, name)
    operation = _operation(raw, name)
    if name == "b" and raw.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID):
        condition = int(raw.cc) - 1
    writes = writes_of(raw, name, operation, inside_it)
    access = access_of(raw, operation)
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
        preload=preload_of(raw, name),
        division=_division(raw, operation),
        effect=None if access is not None else effect_of(raw),
        flags=flags_of(raw, FLAGS) if FLAG_REGISTER in writes else None,
        signs=flags_of(raw, SIGNS) if FLAG_REGISTER in writes else None,
        target=_target(raw, name),
        rotated_constant=operation == Operation.ALU and _has_rotated_constant(raw),
    )


_OTHER_CONSTANTS = ("movw", "movt", "addw", "subw", "adr")
"""Instructions of 32 bits with a plain constant."""


def _has_rotated_constant(raw: capstone.CsInsn) -> bool:
    """A modified immediate that is neither 8 unshifted bits nor a pattern of bytes."""
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


def _division(raw: capstone.CsInsn, operation: Operation) -> tuple[int, int] | None:
    if operation != Operation.DIVIDE:
        return None
    dividend, divisor = (registers_of(op.reg)[0] for op in raw.operands[-2:])
    return dividend, divisor
