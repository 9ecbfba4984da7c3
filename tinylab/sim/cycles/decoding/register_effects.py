"""How instructions compute core registers and flags, as far as addresses depend on them.

An effect is a few steps, each on 32-bit numbers. Operations that are not listed here (arithmetic
with carry, floating point, SIMD) are not predicted: addresses rarely depend on them.
Source: Armv7-M Architecture Reference Manual (ARM DDI 0403), A7.7.
"""

from __future__ import annotations

from collections.abc import Callable

import capstone
from capstone import arm_const as arm

from tinylab.sim.cycles.compiled.address_steps import (
    FLAGS,
    SCRATCH,
    WORD_BITS,
    WORD_MASK,
    ZERO,
    Does,
    Effect,
    Step,
)
from tinylab.sim.cycles.decoding.instruction import PC
from tinylab.sim.cycles.decoding.operands import registers_of

_COMPARING = {
    "cmp": Does.COMPARE,
    "sub": Does.COMPARE,
    "cmn": Does.COMPARE_SUM,
    "add": Does.COMPARE_SUM,
}


def effect_of(raw: capstone.CsInsn) -> Effect | None:
    """The value that `raw` writes to its first operand, a core register; None if unknown."""
    operands, name = list(raw.operands), raw.insn_name()
    if name == "adr":
        base = (raw.address + 4) & ~3
        return (Step(Does.ADD, _register(operands[0]), constant=base + int(operands[1].imm)),)
    build = _BUILDERS.get(name)
    return build(operands) if build is not None and _are_plain(operands) else None


def flags_of(raw: capstone.CsInsn, to: int) -> Effect | None:
    """The flags that `raw` sets, written to `to`; None if unknown."""
    operands, name = list(raw.operands), raw.insn_name()
    if name in _COMPARING:
        return _flags(_COMPARING[name], to, operands)
    if to == FLAGS:
        return None
    if name in ("tst", "teq"):
        combined = _flags(Does.AND if name == "tst" else Does.EXCLUSIVE_OR, SCRATCH, operands)
        return None if combined is None else (*combined, Step(Does.COMPARE, to, SCRATCH))
    effect = effect_of(raw)
    return None if effect is None else (*effect, Step(Does.COMPARE, to, effect[-1].to))


def _flags(does: Does, to: int, operands: list[capstone.arm.ArmOp]) -> Effect | None:
    """A step on the last operand and the one before it."""
    if not _are_plain(operands):
        return None
    second = _second(operands[-1])
    if second is None:
        return None
    before, use = second
    return (*before, Step(does, to, _register(operands[-2]), **use))


def _are_plain(operands: list[capstone.arm.ArmOp]) -> bool:
    """Whether they are constants and core registers other than PC."""
    for operand in operands:
        if operand.type == arm.ARM_OP_REG:
            registers = registers_of(operand.reg)
            if len(registers) != 1 or registers[0] >= PC:
                return False
        elif operand.type != arm.ARM_OP_IMM:
            return False
    return True


def _register(operand: capstone.arm.ArmOp) -> int:
    return int(registers_of(operand.reg)[0])


def _second(operand: capstone.arm.ArmOp) -> tuple[Effect, dict[str, int]] | None:
    """The last operand: steps before its use, and the fields of a step that uses it."""
    if operand.type == arm.ARM_OP_IMM:
        return (), {"constant": int(operand.imm) & WORD_MASK}
    register, kind, amount = _register(operand), operand.shift.type, operand.shift.value
    if kind in (arm.ARM_SFT_INVALID, arm.ARM_SFT_LSL):
        return (), {"right": register, "shift": amount}
    if kind == arm.ARM_SFT_LSR and amount < WORD_BITS:
        before: Effect = (Step(Does.SHIFT_RIGHT, SCRATCH, register, shift=amount),)
    elif kind == arm.ARM_SFT_ASR and amount < WORD_BITS:
        before = (_arithmetic_shift(SCRATCH, register, amount),)
    elif kind == arm.ARM_SFT_ROR and amount < WORD_BITS:
        before = _rotation(SCRATCH, register, amount)
    else:
        return None
    return before, {"right": SCRATCH}


def _rotation(to: int, register: int, amount: int) -> Effect:
    low = Step(Does.SHIFT_RIGHT, SCRATCH, register, shift=amount)
    return low, Step(Does.ADD, to, SCRATCH, register, shift=WORD_BITS - amount)


def _arithmetic_shift(to: int, register: int, amount: int) -> Step:
    return Step(Does.EXTEND, to, register, shift=amount, constant=WORD_BITS - amount)


def _computing(does: Does) -> Callable[[list[capstone.arm.ArmOp]], Effect | None]:
    """`op rd, rn, second`, or `op rdn, second`."""

    def build(operands: list[capstone.arm.ArmOp]) -> Effect | None:
        second = _second(operands[-1])
        if second is None or len(operands) > 3:
            return None
        before, use = second
        if does is Does.SUBTRACT and "constant" in use:
            use = {"constant": -use["constant"]}
        to, left = _register(operands[0]), _register(operands[-2])
        return (*before, Step(does, to, left, **use))

    return build


def _move(operands: list[capstone.arm.ArmOp]) -> Effect | None:
    second = _second(operands[1])
    if second is None or len(operands) != 2:
        return None
    before, use = second
    return (*before, Step(Does.ADD, _register(operands[0]), **use))


def _move_not(operands: list[capstone.arm.ArmOp]) -> Effect | None:
    moved = _move(operands)
    if moved is None:
        return None
    to = _register(operands[0])
    return (*moved, Step(Does.EXCLUSIVE_OR, to, to, constant=WORD_MASK))


def _move_top(operands: list[capstone.arm.ArmOp]) -> Effect:
    to = _register(operands[0])
    top = int(operands[1].imm) << 16
    return Step(Does.AND, to, to, constant=0xFFFF), Step(Does.ADD, to, to, constant=top)


def _reverse_subtract(operands: list[capstone.arm.ArmOp]) -> Effect | None:
    second = _second(operands[-1])
    if second is None:
        return None
    before, use = second
    to, left = _register(operands[0]), _register(operands[-2])
    if "constant" in use:
        return (Step(Does.SUBTRACT, to, ZERO, left, constant=use["constant"]),)
    return (*before, Step(Does.ADD, SCRATCH, **use), Step(Does.SUBTRACT, to, SCRATCH, left))


def _clear(operands: list[capstone.arm.ArmOp]) -> Effect | None:
    second = _second(operands[-1])
    if second is None:
        return None
    before, use = second
    to, left = _register(operands[0]), _register(operands[-2])
    inverted = Step(Does.EXCLUSIVE_OR, SCRATCH, SCRATCH, constant=WORD_MASK)
    return (
        *before,
        Step(Does.ADD, SCRATCH, **use),
        inverted,
        Step(Does.AND, to, left, SCRATCH),
    )


def _shift_left(operands: list[capstone.arm.ArmOp]) -> Effect | None:
    if operands[-1].type != arm.ARM_OP_IMM:
        return None
    to, moved = _register(operands[0]), _register(operands[-2])
    return (Step(Does.ADD, to, right=moved, shift=int(operands[-1].imm)),)


def _shift_right(operands: list[capstone.arm.ArmOp]) -> Effect | None:
    if operands[-1].type != arm.ARM_OP_IMM:
        return None
    to, moved, amount = _register(operands[0]), _register(operands[-2]), int(operands[-1].imm)
    return (Step(Does.SHIFT_RIGHT, to, moved, shift=amount),) if amount < WORD_BITS else None


def _rotate_right(operands: list[capstone.arm.ArmOp]) -> Effect | None:
    amount = int(operands[-1].imm) if operands[-1].type == arm.ARM_OP_IMM else WORD_BITS
    if amount >= WORD_BITS:
        return None
    return _rotation(_register(operands[0]), _register(operands[-2]), amount)


def _shift_right_signed(operands: list[capstone.arm.ArmOp]) -> Effect | None:
    if operands[-1].type != arm.ARM_OP_IMM:
        return None
    to, moved, amount = _register(operands[0]), _register(operands[-2]), int(operands[-1].imm)
    return (_arithmetic_shift(to, moved, amount),) if amount < WORD_BITS else None


def _multiply(operands: list[capstone.arm.ArmOp]) -> Effect:
    to, factors = _register(operands[0]), operands[-2:]
    return (Step(Does.MULTIPLY, to, _register(factors[0]), _register(factors[1])),)


def _multiply_and(does: Does) -> Callable[[list[capstone.arm.ArmOp]], Effect | None]:
    """MLA and MLS: to = addend +- left * right."""

    def build(operands: list[capstone.arm.ArmOp]) -> Effect:
        to, left, right, addend = map(_register, operands)
        product = Step(Does.MULTIPLY, SCRATCH, left, right)
        return product, Step(does, to, addend, SCRATCH)

    return build


def _extend(bits: int, signed: bool) -> Callable[[list[capstone.arm.ArmOp]], Effect | None]:
    def build(operands: list[capstone.arm.ArmOp]) -> Effect | None:
        rotated = operands[-1].shift.type == arm.ARM_SFT_ROR
        lowest = int(operands[-1].shift.value) if rotated else 0
        if len(operands) != 2 or lowest + bits > WORD_BITS:
            return None
        to, extended = _register(operands[0]), _register(operands[1])
        if signed:
            return (Step(Does.EXTEND, to, extended, shift=lowest, constant=bits),)
        shifted = Step(Does.SHIFT_RIGHT, to, extended, shift=lowest)
        return shifted, Step(Does.AND, to, to, constant=(1 << bits) - 1)

    return build


def _extract(operands: list[capstone.arm.ArmOp]) -> Effect:
    to, left, lowest, width = _fields(operands)
    shifted = Step(Does.SHIFT_RIGHT, to, left, shift=lowest)
    return shifted, Step(Does.AND, to, to, constant=(1 << width) - 1)


def _insert(operands: list[capstone.arm.ArmOp]) -> Effect:
    to, inserted, lowest, width = _fields(operands)
    return (
        Step(Does.AND, SCRATCH, inserted, constant=(1 << width) - 1),
        Step(Does.AND, to, to, constant=WORD_MASK ^ ((1 << width) - 1) << lowest),
        Step(Does.OR, to, to, SCRATCH, shift=lowest),
    )


def _extract_signed(operands: list[capstone.arm.ArmOp]) -> Effect:
    to, left, lowest, width = _fields(operands)
    return (Step(Does.EXTEND, to, left, shift=lowest, constant=width),)


def _fields(operands: list[capstone.arm.ArmOp]) -> tuple[int, int, int, int]:
    to, left = _register(operands[0]), _register(operands[1])
    return to, left, int(operands[2].imm), int(operands[3].imm)


_BUILDERS: dict[str, Callable[[list[capstone.arm.ArmOp]], Effect | None]] = {
    "add": _computing(Does.ADD),
    "sub": _computing(Does.SUBTRACT),
    "and": _computing(Does.AND),
    "orr": _computing(Does.OR),
    "eor": _computing(Does.EXCLUSIVE_OR),
    "rsb": _reverse_subtract,
    "bic": _clear,
    "mov": _move,
    "mvn": _move_not,
    "movt": _move_top,
    "lsl": _shift_left,
    "lsr": _shift_right,
    "asr": _shift_right_signed,
    "mul": _multiply,
    "mla": _multiply_and(Does.ADD),
    "mls": _multiply_and(Does.SUBTRACT),
    "uxtb": _extend(8, signed=False),
    "uxth": _extend(16, signed=False),
    "sxtb": _extend(8, signed=True),
    "sxth": _extend(16, signed=True),
    "ror": _rotate_right,
    "bfi": _insert,
    "ubfx": _extract,
    "sbfx": _extract_signed,
}
