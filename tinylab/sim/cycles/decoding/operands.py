"""Which registers an instruction reads and writes, from Capstone's disassembly.

Capstone's access sets omit some: register lists of VLDM, VSTM, VPUSH and VPOP, accumulators,
the operands of SSAT, SSAT16, UXTAB, PKHBT and VMSR, the flags. ADC and SBC without S have flags in
them that they do not write.
"""

from __future__ import annotations

from functools import cache

import capstone
from capstone import arm_const as arm

from tinylab.sim.cycles.decoding.instruction import (
    ALWAYS,
    FIRST_SINGLE,
    FLAGS,
    FP_FLAGS,
    LINK,
    PC,
    Role,
)
from tinylab.sim.cycles.decoding.mnemonics import Operation

_NAMED = {"sb": 9, "sl": 10, "fp": 11, "ip": 12, "sp": 13, "lr": LINK, "pc": PC}
_FLAG_REGISTERS = {
    "cpsr": FLAGS,
    "apsr": FLAGS,
    "apsr_nzcv": FLAGS,
    "fpscr": FP_FLAGS,
    "fpscr_nzcv": FP_FLAGS,
}


@cache
def disassembler() -> capstone.Cs:
    """Capstone for Thumb-2 of an M-profile core, with operands."""
    engine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    engine.detail = True
    return engine


@cache
def registers_of(register: int) -> tuple[int, ...]:
    """Converts Capstone's register: none, one, or two for a double-precision register."""
    name = disassembler().reg_name(register) or ""
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
    return [ours for register in registers for ours in registers_of(register)]


def _operand_registers(operands: list[capstone.arm.ArmOp]) -> list[int]:
    return _all_registers([op.reg for op in operands if op.type == arm.ARM_OP_REG])


def _address_registers(raw: capstone.CsInsn) -> list[int]:
    for op in raw.operands:
        if op.type == arm.ARM_OP_MEM:
            wanted = [register for register in (op.mem.base, op.mem.index) if register]
            return [register for register in _all_registers(wanted) if register != PC]
    return []


LISTS = (
    Operation.LOAD_MULTIPLE,
    Operation.STORE_MULTIPLE,
    Operation.FP_LOAD_MULTIPLE,
    Operation.FP_STORE_MULTIPLE,
)
_EXTENDED_ADDITIONS = ("sxtab", "sxtah", "sxtab16", "uxtab", "uxtah", "uxtab16")
_HALVES_PACKED = ("pkhbt", "pkhtb")
"""Their last operand passes the shifter, even if it is not shifted."""
_STACK = ("push", "pop", "vpush", "vpop")
_STACK_POINTER = 13


def list_base(raw: capstone.CsInsn) -> int:
    """The address register of an instruction with a register list."""
    if raw.insn_name() in _STACK:
        return _STACK_POINTER
    return registers_of(raw.operands[0].reg)[0]


def listed(raw: capstone.CsInsn) -> list[int]:
    """The register list, which Capstone's access sets lack for VLDM, VSTM, VPUSH and VPOP."""
    operands = raw.operands if raw.insn_name() in _STACK else raw.operands[1:]
    return _operand_registers(operands)


def reads_of(
    raw: capstone.CsInsn, name: str, operation: Operation, condition: int
) -> tuple[tuple[int, Role], ...]:
    """Registers that are read, except the program counter, and their use."""
    reads: list[tuple[int, Role]] = []
    if condition != ALWAYS:
        reads.append((FLAGS, Role.CONDITION))
    if operation in LISTS:
        reads.append((list_base(raw), Role.ADDRESS))
        if operation in (Operation.STORE_MULTIPLE, Operation.FP_STORE_MULTIPLE):
            reads += [(register, Role.STORED) for register in listed(raw)]
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
    if name in ("ssat16", "usat16"):
        return [(register, Role.OPERAND) for register in _operand_registers(operands[2:])]
    if name in _EXTENDED_ADDITIONS or name in _HALVES_PACKED:
        first = Role.SHIFTED if name == "pkhtb" else Role.OPERAND
        roles = ((operands[1:2], first), (operands[2:3], Role.SHIFTED))
        return [(register, role) for those, role in roles for register in _operand_registers(those)]
    if name == "vmsr":
        return [(register, Role.OPERAND) for register in _operand_registers(operands[1:])]
    shifted = {
        register
        for op in operands
        if op.type == arm.ARM_OP_REG and op.shift.type != 0 and operation != Operation.SHIFT
        for register in registers_of(op.reg)
    }
    if name == "bfi":  # passes the shifter, even if it is not shifted
        shifted.update(_operand_registers(operands[1:2]))
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
    is_long = len(operands) == 4 and operands[1].access & capstone.CS_AC_WRITE
    if is_long:
        return operands[:2], operands[2:]
    return operands[3:], operands[1:3]


def writes_of(raw: capstone.CsInsn, name: str, operation: Operation, inside_it: bool) -> list[int]:
    """Registers that are written, except an address register that is updated."""
    if operation in (Operation.LOAD_MULTIPLE, Operation.FP_LOAD_MULTIPLE):
        return listed(raw)
    if operation in (Operation.STORE_MULTIPLE, Operation.FP_STORE_MULTIPLE):
        return []
    base = updated_base(raw, operation)
    writes = [r for r in _all_registers(raw.regs_access()[1]) if r != base]
    if name in ("adc", "sbc") and not raw.mnemonic.startswith(name + "s"):
        return [register for register in writes if register != FLAGS]
    compares = name in ("cmp", "cmn", "tst", "teq")
    # 16-bit data processing does not set the flags inside an IT block (A7.3.2).
    keeps_flags = inside_it and raw.size == 2 and not compares
    if raw.update_flags and not keeps_flags:
        writes.append(FLAGS)
    return list(dict.fromkeys(writes))


def updated_base(raw: capstone.CsInsn, operation: Operation) -> int | None:
    """The address register that is written back, if one is."""
    if operation in LISTS:
        return list_base(raw) if raw.writeback or raw.insn_name() in _STACK else None
    addresses = _address_registers(raw)
    return addresses[0] if raw.writeback and addresses else None
