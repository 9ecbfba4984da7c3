"""The store buffer of a Cortex-M7: stores wait there for their bank.

Tightly coupled memory and cache have two banks, by bit 2 of the address. Where they have error
correction, a byte or halfword is a read and a write of its word; nothing is merged. On an STM32H743
(Jan Oleksiewicz, github.com/jnk0le/random, "pipeline cycle test"), a narrow store a cycle takes 4
cycles each in one bank, 2 in alternating banks; an unaligned one 4, after five that are free.
Bytes in sequence take 2.4 there, but 2 here.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import Fields, Row, State
from tinylab.sim.cycles.cortex_m7.services import (
    DEVICE_ACCESS,
    HOW,
    SECOND_BANK,
    UNALIGNED,
    WORD_BYTES,
)

BANKS = 2
STORE_BUFFER = 4
"""Stores that can wait."""
UNALIGNED_STORE_CYCLES = 4

FIELDS: Fields = [
    ("narrow_store_cycles", "i4"),
    ("bank_free", "i4", (BANKS,)),
    ("stores_done", "i4", (STORE_BUFFER,)),
]
"""`stores_done`: when the stores in the buffer are done, in order."""


def parameters(timing: Mapping[str, int]) -> dict[str, int]:
    """Cycles for which a byte or halfword occupies its bank."""
    return {"narrow_store_cycles": timing["narrow_store_cycles"]}


@njit
def enter(state: State, done: int) -> None:
    """The first of the stores is done; another one will be at `done`."""
    i = 0
    while i < STORE_BUFFER - 1 and state.stores_done[i + 1] < done:
        state.stores_done[i] = state.stores_done[i + 1]
        i += 1
    state.stores_done[i] = done


@njit
def store_stall(state: State, row: Row, service: int) -> int:
    """Buffer a store; returns the cycles until there is room. Others than narrow and unaligned
    ones are done in the cycle in which they issue."""
    if service & HOW == DEVICE_ACCESS:
        return 0
    if service & UNALIGNED:
        cycles = UNALIGNED_STORE_CYCLES
    elif row.width < WORD_BYTES and state.narrow_store_cycles > 1:
        cycles = state.narrow_store_cycles
    else:
        return 0
    stall = max(state.stores_done[0] - state.now, 0)
    begin = state.now + stall
    bank = 1 if service & SECOND_BANK else 0
    begin = max(begin, state.bank_free[bank])
    if service & UNALIGNED:
        begin = max(begin, state.bank_free[1 - bank])
        state.bank_free[1 - bank] = begin + cycles
    state.bank_free[bank] = begin + cycles
    enter(state, begin + cycles)
    return stall
