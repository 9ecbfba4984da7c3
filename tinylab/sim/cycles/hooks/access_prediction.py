"""Predicts the memory accesses of a block before it runs.

A hook before each instruction would give the same result, but costs more than everything else
together. Hooks are used for blocks that cannot be predicted, and for accesses whose instruction
Python must know (devices, stores into flash).
"""

from __future__ import annotations

import numpy as np

from tinylab.sim.cycles.compiled.address_steps import LEAVES, SEEN, WORD_BITS, WORD_MASK, ZERO, Does
from tinylab.sim.cycles.compiled.native_calls import as_pointer, call_read_register
from tinylab.sim.cycles.compiled.numba_setup import carray, int64, njit
from tinylab.sim.cycles.compiled.record_layout import (
    DEVICE,
    DIVIDES,
    FLASH,
    MAX_ACCESSES,
    NOT_EXECUTED,
    SIGNED,
    STORES,
    Row,
    State,
    Step,
)
from tinylab.sim.cycles.mechanisms.address_map import bus_at
from tinylab.sim.cycles.mechanisms.division import quotient_bits

READ, ADD, SUBTRACT, SHIFT_RIGHT = map(int, (Does.READ, Does.ADD, Does.SUBTRACT, Does.SHIFT_RIGHT))
AND, OR, EXCLUSIVE_OR, MULTIPLY = map(int, (Does.AND, Does.OR, Does.EXCLUSIVE_OR, Does.MULTIPLY))
EXTEND, COMPARE, COMPARE_SUM = map(int, (Does.EXTEND, Does.COMPARE, Does.COMPARE_SUM))
NOTE, NOTE_QUOTIENT, UNLESS = map(int, (Does.NOTE, Does.NOTE_QUOTIENT, Does.UNLESS))
LOAD, LOAD_SIGNED, TAKE = map(int, (Does.LOAD, Does.LOAD_SIGNED, Does.TAKE))
LAST_COMPUTING = COMPARE_SUM
NOT_FORESEEN, RUNS, STAYS = range(3)
"""Whether a block's accesses are known, and whether its last instruction is executed."""
NOWHERE = -1
BYTE_BITS, HALFWORD_BYTES, WORD_BYTES = 8, 2, 4


@njit
def register(state: State, number: int) -> int:
    """A register of the emulated core."""
    state.scratch = 0
    call_read_register(state.read_register, state.engine, number, state.scratch_address)
    return state.scratch


@njit
def note_access(state: State, row: int, address: int) -> None:
    """Note the first address that the instruction of `row` accesses."""
    if state.recorded < MAX_ACCESSES:
        state.access_rows[state.recorded] = row
        state.addresses[state.recorded] = address
        state.recorded += 1


@njit
def extent(row: Row) -> int:
    """Bytes from the first to the last that `row` accesses."""
    return row.width if row.words == 1 else row.words * WORD_BYTES


@njit
def host_of(state: State, address: int, size: int) -> int:
    """The address of `size` bytes of emulated memory in this process, NOWHERE if not memory."""
    for i in range(state.memories_used):
        memory = state.memories[i]
        if memory.base <= address and address + size <= memory.end:
            return memory.host + (address - memory.base)
    return NOWHERE


@njit
def is_stored(state: State, address: int, size: int, behind: int) -> bool:
    """Whether an access noted for a row after `behind` stores into those bytes."""
    for i in range(state.stores_noted):
        number = state.access_rows[state.noted_stores[i]]
        begin = state.addresses[state.noted_stores[i]]
        if number <= behind:
            continue
        if begin < address + size and address < begin + extent(state.rows[number]):
            return True
    return False


@njit
def load(state: State, step: Step) -> bool:
    """Perform a load step; False if the value is not in memory yet."""
    address = (state.addresses[state.recorded - 1] + step.constant) & WORD_MASK
    size = int64(step.shift)
    host = host_of(state, address, size)
    if host == NOWHERE or is_stored(state, address, size, NOWHERE):
        return False
    state.values[step.to] = loaded(host, step)
    return True


@njit
def loaded(host: int, step: Step) -> int:
    """The value that a load step finds at `host`."""
    size = int64(step.shift)
    if size == WORD_BYTES:
        value = int64(carray(as_pointer(host), (1,), dtype=np.uint32)[0])
    elif size == HALFWORD_BYTES:
        value = int64(carray(as_pointer(host), (1,), dtype=np.uint16)[0])
    else:
        value = int64(carray(as_pointer(host), (1,), dtype=np.uint8)[0])
    if step.does == LOAD_SIGNED:
        return extended(value, BYTE_BITS * size)
    return value


@njit
def take(state: State, first_row: int, step: Step) -> bool:
    """Perform a step that uses a stored value; False if it may have been overwritten."""
    address = (state.addresses[state.recorded - 1] + step.constant) & WORD_MASK
    if is_stored(state, address, WORD_BYTES, first_row + step.row):
        return False
    state.values[step.to] = state.values[step.left]
    return True


@njit
def extended(value: int, bits: int) -> int:
    """The lowest `bits` of `value` as a signed number, in 32 bits."""
    sign = 1 << (bits - 1)
    return (((value & (2 * sign - 1)) ^ sign) - sign) & WORD_MASK


@njit
def note(state: State, first_row: int, step: Step) -> bool:
    """Perform a step that notes an access; False if Python must know its instruction: it
    accesses a device, stores into flash, or faults."""
    number = first_row + step.row
    left, right = state.values[step.left], state.values[step.right]
    row = state.rows[number]
    if step.does == NOTE_QUOTIENT:
        divides = row.flags & DIVIDES != 0
        signed = row.flags & SIGNED != 0
        note_access(state, number, quotient_bits(left, right, signed) if divides else 0)
        return True
    address = (left + (right << step.shift) + step.constant) & WORD_MASK
    bus = bus_at(state, address)
    if row.flags & STORES:
        state.noted_stores[state.stores_noted] = state.recorded
        state.stores_noted += 1
    note_access(state, number, address)
    if address & row.aligned:
        return False
    return bus != DEVICE and not (bus == FLASH and row.flags & STORES != 0)


@njit
def flags_after(left: int, right: int, subtract: bool) -> int:
    """NZCV of left - right, or of left + right (ARM DDI 0403, A2.2.1, AddWithCarry)."""
    other = right ^ WORD_MASK if subtract else right
    total = left + other + (1 if subtract else 0)
    result = total & WORD_MASK
    top = WORD_BITS - 1
    negative = result >> top
    overflow = ((left ^ result) & (other ^ result)) >> top
    zero = 1 if result == 0 else 0
    return negative << 3 | zero << 2 | (total >> WORD_BITS) << 1 | overflow


@njit
def holds(flags: int, condition: int) -> bool:
    """Whether a condition code holds (ARM DDI 0403, A7.3)."""
    negative, zero = flags >> 3 & 1, flags >> 2 & 1
    carry, overflow = flags >> 1 & 1, flags & 1
    kind = condition >> 1
    if kind == 0:
        result = zero != 0
    elif kind == 1:
        result = carry != 0
    elif kind == 2:
        result = negative != 0
    elif kind == 3:
        result = overflow != 0
    elif kind == 4:
        result = carry != 0 and zero == 0
    elif kind == 5:
        result = negative == overflow
    elif kind == 6:
        result = negative == overflow and zero == 0
    else:
        return True
    return result != (condition & 1 != 0)


@njit
def computed(state: State, step: Step) -> int:
    """The result of a computing step."""
    left = state.values[step.left]
    right = state.values[step.right] << step.shift
    if step.does == ADD:
        return left + right + step.constant
    if step.does == SUBTRACT:
        return left - right + step.constant
    if step.does == SHIFT_RIGHT:
        return left >> step.shift
    if step.does == AND:
        return left & (right + step.constant)
    if step.does == OR:
        return left | (right + step.constant)
    if step.does == EXCLUSIVE_OR:
        return left ^ (right + step.constant)
    if step.does == MULTIPLY:
        return left * right
    if step.does == COMPARE:
        return flags_after(left, (right + step.constant) & WORD_MASK, True)
    if step.does == COMPARE_SUM:
        return flags_after(left, (right + step.constant) & WORD_MASK, False)
    return extended(left >> step.shift, step.constant)


@njit
def looked_up(state: State, first_row: int, step: Step) -> bool:
    """Perform a noting or loading step; False if impossible before the block runs."""
    if step.does == NOTE or step.does == NOTE_QUOTIENT:
        return note(state, first_row, step)
    if step.does == TAKE:
        return take(state, first_row, step)
    return load(state, step)


@njit
def foresee(state: State, number: int) -> int:
    """Note all accesses of the block that is about to run: RUNS, or STAYS if its last
    instruction would leave it and its condition is false; NOT_FORESEEN if hooks are required."""
    block = state.blocks[number]
    first_row = block.first_row
    state.values[ZERO] = 0
    state.stores_noted = 0
    outcome = RUNS
    i = int64(block.first_step)
    while i < block.end_step:
        step = state.steps[i]
        i += 1
        if step.does == READ:
            state.values[step.to] = register(state, step.register) >> step.shift
        elif step.does <= LAST_COMPUTING:
            state.values[step.to] = computed(state, step) & WORD_MASK
        elif step.does == UNLESS:
            if holds(state.values[step.left], step.shift):
                continue
            i += step.constant
            if step.right & SEEN:
                note_access(state, first_row + step.row, NOT_EXECUTED)
            if step.right & LEAVES:
                outcome = STAYS
        elif not looked_up(state, first_row, step):
            state.recorded = 0
            return NOT_FORESEEN
    return outcome
