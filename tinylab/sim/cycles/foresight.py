# mypy: warn-return-any=False
# (records of compiled code are Any to mypy)
"""Noting what memory a block will access, before it runs.

A hook before each instruction would see the same, but costs more than all the rest together.
Blocks that cannot be foreseen, and accesses that Python has to know the instruction of (devices,
stores into flash), are left to hooks.
"""

from __future__ import annotations

import numpy as np

from tinylab.sim.cycles.address_map import bus_at
from tinylab.sim.cycles.compiled import carray, njit
from tinylab.sim.cycles.division import quotient_bits
from tinylab.sim.cycles.effects import WORD_MASK, ZERO, Does
from tinylab.sim.cycles.layout import (
    DEVICE,
    FLASH,
    MAX_ACCESSES,
    SIGNED,
    STORES,
    Row,
    State,
    Step,
)
from tinylab.sim.cycles.native import as_pointer, call_read_register

READ, ADD, SUBTRACT, SHIFT_RIGHT = map(int, (Does.READ, Does.ADD, Does.SUBTRACT, Does.SHIFT_RIGHT))
AND, OR, EXCLUSIVE_OR, MULTIPLY = map(int, (Does.AND, Does.OR, Does.EXCLUSIVE_OR, Does.MULTIPLY))
EXTEND, NOTE, NOTE_QUOTIENT = map(int, (Does.EXTEND, Does.NOTE, Does.NOTE_QUOTIENT))
LOAD, LOAD_SIGNED = map(int, (Does.LOAD, Does.LOAD_SIGNED))
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
    """Note where the instruction of `row` begins to access memory."""
    if state.recorded < MAX_ACCESSES:
        state.access_rows[state.recorded] = row
        state.addresses[state.recorded] = address
        state.recorded += 1


@njit
def extent(row: Row) -> int:
    """Bytes from the first that `row` accesses to the last."""
    return row.width if row.words == 1 else row.words * WORD_BYTES


@njit
def host_of(state: State, address: int, size: int) -> int:
    """Where `size` bytes of emulated memory are in this process, NOWHERE if they are none."""
    for i in range(state.memories_used):
        memory = state.memories[i]
        if memory.base <= address and address + size <= memory.end:
            return memory.host + (address - memory.base)
    return NOWHERE


@njit
def is_stored_before(state: State, address: int, size: int) -> bool:
    """Whether an access noted so far stores into those bytes."""
    for i in range(state.recorded):
        row = state.rows[state.access_rows[i]]
        begin = state.addresses[i]
        if row.flags & STORES and begin < address + size and address < begin + extent(row):
            return True
    return False


@njit
def load(state: State, step: Step) -> bool:
    """Do a step that loads; False if what it will find is not in memory yet."""
    address = (state.addresses[state.recorded - 1] + step.constant) & WORD_MASK
    size = np.int64(step.shift)
    host = host_of(state, address, size)
    if host == NOWHERE or is_stored_before(state, address, size):
        return False
    if size == WORD_BYTES:
        value = np.int64(carray(as_pointer(host), (1,), dtype=np.uint32)[0])
    elif size == HALFWORD_BYTES:
        value = np.int64(carray(as_pointer(host), (1,), dtype=np.uint16)[0])
    else:
        value = np.int64(carray(as_pointer(host), (1,), dtype=np.uint8)[0])
    if step.does == LOAD_SIGNED:
        value = extended(value, BYTE_BITS * size)
    state.values[step.to] = value
    return True


@njit
def extended(value: int, bits: int) -> int:
    """The lowest `bits` of `value` as a signed number, in 32 bits."""
    sign = np.int64(1) << (bits - 1)
    return (((value & (2 * sign - 1)) ^ sign) - sign) & WORD_MASK


@njit
def note(state: State, first_row: int, step: Step) -> bool:
    """Do a step that notes an access; False if Python has to know its instruction."""
    number = first_row + step.row
    left, right = state.values[step.left], state.values[step.right]
    row = state.rows[number]
    if step.does == NOTE_QUOTIENT:
        note_access(state, number, quotient_bits(left, right, row.flags & SIGNED != 0))
        return True
    address = (left + (right << step.shift) + step.constant) & WORD_MASK
    bus = bus_at(state, address)
    note_access(state, number, address)
    return bus != DEVICE and not (bus == FLASH and row.flags & STORES != 0)


@njit
def computed(state: State, step: Step) -> int:
    """What a step that computes gives."""
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
    return extended(left >> step.shift, step.constant)


@njit
def foresee(state: State, number: int) -> bool:
    """Note all accesses of the block, which is about to run; False if hooks have to."""
    block = state.blocks[number]
    state.values[ZERO] = 0
    for i in range(block.first_step, block.end_step):
        step = state.steps[i]
        if step.does == READ:
            state.values[step.to] = register(state, step.register)
        elif step.does == NOTE or step.does == NOTE_QUOTIENT:
            if not note(state, block.first_row, step):
                state.recorded = 0
                return False
        elif step.does >= LOAD:
            if not load(state, step):
                state.recorded = 0
                return False
        else:
            state.values[step.to] = computed(state, step) & WORD_MASK
    return True
