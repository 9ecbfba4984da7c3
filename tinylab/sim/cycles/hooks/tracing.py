"""The hooks' common part for all cores: finds the block, records addresses of memory accesses.

The accesses of most blocks are predicted when the block starts (`access_prediction`). Other blocks
have a hook before each instruction, which Unicorn does not call if its condition is false.
Unicorn's memory hooks would report the addresses too, but they make every access several times
slower, and in Unicorn 2.1.4 they leave stale IT bits if they are called inside an IT block, so
that later instructions are skipped.
"""

from __future__ import annotations

import numpy as np
from unicorn import arm_const

from tinylab.sim.cycles.compiled.branch import Branch
from tinylab.sim.cycles.compiled.native_calls import as_pointer, call_decode, call_notify
from tinylab.sim.cycles.compiled.numba_setup import carray, njit
from tinylab.sim.cycles.compiled.record_layout import (
    BLOCK_SLOTS,
    DIVIDES,
    FORESEEN,
    NO_BLOCK,
    NO_REGISTER,
    NOT_EXECUTED,
    OBSERVED,
    PRELOADS,
    SIGNED,
    TRACED,
    Row,
    State,
)
from tinylab.sim.cycles.hooks.access_prediction import RUNS, STAYS, foresee, note_access, register
from tinylab.sim.cycles.hooks.planned_accesses import plan_accesses
from tinylab.sim.cycles.mechanisms.division import quotient_bits
from tinylab.sim.cycles.mechanisms.transitions import EMPTY_PIPELINE

SPREAD = 0x9E3779B97F4A7C15 >> 1
"""An odd multiplier that spreads addresses over hash slots (golden ratio)."""
PRIMASK = arm_const.UC_ARM_REG_PRIMASK
BASEPRI = arm_const.UC_ARM_REG_BASEPRI
FAULTMASK = arm_const.UC_ARM_REG_FAULTMASK


@njit
def first_slot(address: int, size: int) -> int:
    """The slot of `block_slots` at which the search for a block starts."""
    return ((address >> 1) * SPREAD + size >> 20) & (BLOCK_SLOTS - 1)


@njit
def checksum(host_code: int, size: int) -> int:
    """A digest of code that may change."""
    code = carray(as_pointer(host_code), (size >> 1,), dtype=np.uint16)
    total = size
    for halfword in code:
        total = (total ^ int(halfword)) * SPREAD
    return total


@njit
def find_block(state: State, address: int, size: int) -> int:
    """The decoded block, or NO_BLOCK if it is unknown or its code has changed."""
    slot = first_slot(address, size)
    while state.block_slots[slot] != NO_BLOCK:
        number = state.block_slots[slot]
        block = state.blocks[number]
        if block.address == address and block.size == size:
            if block.host_code != 0 and checksum(block.host_code, block.length) != block.checksum:
                return NO_BLOCK
            return number
        slot = (slot + 1) & (BLOCK_SLOTS - 1)
    return NO_BLOCK


@njit
def keep_block(state: State, number: int) -> None:
    """Enter a decoded block into the table; it replaces an older block of the same address."""
    block = state.blocks[number]
    if block.host_code != 0:
        block.checksum = checksum(block.host_code, block.length)
    slot = first_slot(block.address, block.size)
    while state.block_slots[slot] != NO_BLOCK:
        older = state.blocks[state.block_slots[slot]]
        if older.address == block.address and older.size == block.size:
            break
        slot = (slot + 1) & (BLOCK_SLOTS - 1)
    state.block_slots[slot] = number


@njit
def masks_changed(state: State) -> bool:
    """Whether the finished block changed the masks since an exception was masked."""
    if state.blocks[state.block].unmasks == 0:
        return False
    return (
        register(state, PRIMASK) != state.masks[0]
        or register(state, BASEPRI) != state.masks[1]
        or register(state, FAULTMASK) != state.masks[2]
    )


@njit
def continues(state: State, address: int, size: int) -> bool:
    """Whether the core continues in the same block.

    The emulator translates a long block in pieces, whose length depends on the translation.
    Counts must not depend on it, so the program defines the blocks (`decode_block`). If the core
    left a block before its end, the rest of it did not run.
    """
    if size == 0 or state.unaccounted_row >= state.end_row or state.piece_end == state.block_end:
        return False
    if address == state.piece_end:
        state.piece_end += size
        return True
    row = state.unaccounted_row
    while row < state.end_row and state.rows[row].address != state.piece_end:
        row += 1
    state.end_row = row
    return False


@njit
def begin_block(state: State, address: int, size: int) -> None:
    """The core is about to run the block at `address`."""
    if address != state.expected_address:  # the debugger or a reset changed the PC
        state.redirected = 1
        state.pipeline = EMPTY_PIPELINE
    if address == state.mark:
        call_notify(state.reached)
    if (
        state.attention != 0
        or state.cycles >= state.alarm
        or (state.masked != 0 and masks_changed(state))
    ):
        call_notify(state.between_blocks)
    number = find_block(state, address, size)
    if number == NO_BLOCK:
        call_decode(state.decode, address, size)
        number = state.decoded_block
        keep_block(state, number)
    block = state.blocks[number]
    state.block = number
    state.unaccounted_row = block.first_row
    state.next_row = block.first_row
    state.end_row = block.end_row
    state.piece_end = address + size
    state.block_end = address + block.length
    state.recorded = 0
    state.recorded_used = 0
    state.foreseen = state.planned = 0
    if state.trace_all == 0 and block.tracing != TRACED:
        if block.tracing == FORESEEN:
            state.planned = plan_accesses(state, number)
            state.foreseen = RUNS if state.planned != 0 else foresee(state, number)
        if state.foreseen == 0:
            block.tracing = TRACED
            call_decode(state.ask_for_hooks, address, block.length)


@njit
def address_of_access(state: State, row: Row) -> int:
    """The first address that the instruction of `row`, about to execute, accesses."""
    address = row.offset
    if row.base != NO_REGISTER:
        address += register(state, row.base)
    if row.index != NO_REGISTER:
        address += register(state, row.index) << row.shift
    return address & 0xFFFF_FFFF


@njit
def is_misaligned(state: State, row: Row, address: int) -> bool:
    """Whether the access faults because of its address (ARM DDI 0403 and ARM DDI 0553, alignment
    support; the Cortex-M4 divides unaligned accesses of devices into aligned ones)."""
    if row.base == NO_REGISTER:
        return False
    if address & row.aligned:
        return True
    unaligned = address & (row.width - 1) != 0
    return unaligned and state.device_aligned != 0 and is_device_memory(address)


@njit
def is_device_memory(address: int) -> bool:
    """Peripherals, external devices, and the core's registers (ARM DDI 0403, B3.1)."""
    return 0x4000_0000 <= address < 0x6000_0000 or address >= 0xA000_0000


@njit
def quotient_of(state: State, row: Row) -> int:
    """The length of the quotient of `row`, about to execute (`quotient_bits`)."""
    dividend, divisor = register(state, row.base), register(state, row.index)
    return quotient_bits(dividend, divisor, row.flags & SIGNED != 0)


@njit
def observed(state: State, row: Row) -> int:
    """What is noted of an instruction that accesses no memory."""
    if row.flags & PRELOADS:
        return address_of_access(state, row)
    return quotient_of(state, row) if row.flags & DIVIDES else 0


@njit
def skip_row(state: State) -> None:
    """The instruction of `next_row` was not executed: its condition was false."""
    row = state.rows[state.next_row]
    if row.words != 0 or row.flags & OBSERVED:
        note_access(state, state.next_row, NOT_EXECUTED)
    state.next_row += 1


@njit
def finish_tracing(state: State, next_address: int) -> bool:
    """The block ended, and the core continues at `next_address`; returns whether by a taken branch.

    Rows for which hooks were not called did not execute; all rows of a predicted block did.
    """
    last = state.rows[state.end_row - 1]
    if state.foreseen != 0:
        executed = state.foreseen != STAYS
    else:
        executed = state.next_row >= state.end_row
        while state.next_row < state.end_row:
            skip_row(state)
    always = last.branch in (Branch.DIRECT, Branch.INDIRECT)
    return (executed and always) or next_address != last.address + last.length


@njit
def neutralise(state: State, address: int) -> None:
    """The instruction at `address` follows one that faults, in its IT block."""
    number = state.next_row
    while number < state.end_row and state.rows[number].address != address:
        number += 1
    row = state.rows[number]
    if number < state.end_row and row.words != 0:
        call_decode(state.misaligned, address_of_access(state, row), row.base)
    else:
        call_decode(state.misaligned, 0, NO_REGISTER)


@njit
def trace_instruction(state: State, address: int) -> None:
    """The instruction at `address` is about to execute, after its block's own hook."""
    if state.foreseen != 0:
        return
    if state.faulting != 0:
        neutralise(state, address)
        return
    while state.next_row < state.end_row and state.rows[state.next_row].address != address:
        skip_row(state)
    if state.next_row < state.end_row:
        row = state.rows[state.next_row]
        if row.words != 0:
            accessed = address_of_access(state, row)
            note_access(state, state.next_row, accessed)
            if is_misaligned(state, row, accessed):
                state.faulting = 1
                call_decode(state.misaligned, accessed, row.base)
        elif row.flags & OBSERVED:
            note_access(state, state.next_row, observed(state, row))
        state.next_row += 1
