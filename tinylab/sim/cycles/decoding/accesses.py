"""Where instructions access memory, from Capstone's disassembly."""

from __future__ import annotations

from dataclasses import replace

import capstone
from capstone import arm_const as arm

from tinylab.sim.cycles.decoding.instruction import PC, Access
from tinylab.sim.cycles.decoding.mnemonics import Operation
from tinylab.sim.cycles.decoding.operands import LISTS, list_base, listed, registers_of

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
_ALIGNED = (
    Operation.LOAD_PAIR,
    Operation.STORE_PAIR,
    Operation.FP_LOAD,
    Operation.FP_STORE,
)


def access_of(raw: capstone.CsInsn, operation: Operation) -> Access | None:
    """The memory access of `raw`, if any."""
    store = operation in _STORES
    if not store and operation not in _LOADS:
        return None
    if operation in LISTS:
        words = len(listed(raw))
        downward = raw.insn_name() in ("push", "vpush") or raw.insn_name().endswith("db")
        offset, advance = (-4 * words,) * 2 if downward else (0, 4 * words)
        return Access(store, words, list_base(raw), offset=offset, advance=advance, aligned=True)
    memory = next((op for op in raw.operands if op.type == arm.ARM_OP_MEM), None)
    if memory is None:
        return None
    access = _addressed(raw, memory, store, _words(raw, operation))
    exclusive = raw.insn_name().startswith(("ldrex", "strex"))
    return replace(access, aligned=exclusive or operation in _ALIGNED)


def preload_of(raw: capstone.CsInsn, name: str) -> Access | None:
    """The word at the address of a PLD. (PLI has no effect on these cores.)"""
    if name != "pld":
        return None
    memory = next(op for op in raw.operands if op.type == arm.ARM_OP_MEM)
    return _addressed(raw, memory, store=False, words=0)


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
    """Bytes of one access: the suffix of `ldrsb`, `strexh`, `tbh` gives the size."""
    plain = name.removesuffix("t")
    return 1 if plain.endswith("b") else 2 if plain.endswith("h") else 4
