"""How the data accesses of a Cortex-M7 stall it.

Source of the figures for unaligned accesses: as of `issue`.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import (
    AXI,
    DEVICE,
    FLASH,
    PRELOADS,
    STORES,
    Row,
    State,
)
from tinylab.sim.cycles.cortex_m7.costs import SEVERAL
from tinylab.sim.cycles.cortex_m7.issue import close_cycle
from tinylab.sim.cycles.cortex_m7.services import (
    ARRIVING,
    CONFLICT,
    DEVICE_ACCESS,
    DIRTY,
    HOW,
    MISS_FLASH,
    MISS_RAM,
    SECOND_BANK,
    SERVED,
    SKIPPED,
    UNALIGNED,
)
from tinylab.sim.cycles.cortex_m7.store_buffer import store_stall
from tinylab.sim.cycles.mechanisms import axi, causes
from tinylab.sim.cycles.mechanisms.causes import Cause
from tinylab.sim.cycles.mechanisms.switches import CortexM7

DATA_MISS = int(CortexM7.DATA_MISS)
UNALIGNED_ACCESS = int(CortexM7.UNALIGNED)
BUFFERED_STORES = int(CortexM7.STORE_BUFFER)

DATA_MEMORY = int(Cause.DATA_MEMORY)
BUS = int(Cause.BUS)

UNALIGNED_CYCLES = 3
"""Of a load in the first slot; in the second one cycle more, of two one cycle more together."""
STORE_TO_DEVICE_CYCLES = 1
"""Stores to peripherals are buffered."""


@njit
def fill_done(state: State) -> int:
    """When the older of the lines in transfer is complete: another one can be requested then."""
    return state.fill_started[axi.FILLS - 1] + (axi.BEATS - 1) * state.bus_ratio


@njit
def miss(state: State, service: int) -> int:
    """Cycles until the first beat of a line that is requested now."""
    begin = max(state.now, state.bus_free, fill_done(state))
    bus = FLASH if service & ~DIRTY == MISS_FLASH else AXI
    state.bus_free = begin + axi.occupied(state, bus)
    if service & DIRTY:  # the replaced line is written back after it
        state.bus_free += axi.occupied(state, AXI)
    arrives = begin + axi.latency(state, bus)
    state.fill_started[1] = state.fill_started[0]
    state.fill_started[0] = arrives
    return arrives - state.now


@njit
def access_stall(state: State, service: int, store: bool) -> int:
    """Cycles for which an access stalls the core. Stores are buffered."""
    if service in (SERVED, SKIPPED):
        return 0
    if service == DEVICE_ACCESS:
        return STORE_TO_DEVICE_CYCLES if store else axi.latency(state, DEVICE)
    if state.without & DATA_MISS:
        return 0
    if service & ~DIRTY in (MISS_FLASH, MISS_RAM):
        wait = miss(state, service)
    else:
        fill, beats = divmod(service - ARRIVING, axi.BEATS)
        wait = state.fill_started[fill] + beats * state.bus_ratio - state.now
    return 0 if store else max(wait, 0)


@njit
def unaligned_stall(state: State, service: int, paired: bool) -> int:
    """Additional cycles of a load because it is unaligned, or the other one of its cycle.

    `CONFLICT`: an aligned one and the lower part of an unaligned one are in the same bank.
    """
    shared = 1 if paired and service & CONFLICT else 0
    if service & UNALIGNED == 0:
        return -shared if state.unaligned_this_cycle != 0 else 0
    if state.unaligned_this_cycle != 0:
        return 1
    state.unaligned_this_cycle = 1
    if state.slots == 1:
        return UNALIGNED_CYCLES
    return UNALIGNED_CYCLES + 1 - shared


@njit
def split_stall(row: Row) -> int:
    """Additional cycles of a store of several words that starts in the second bank."""
    return 1 if row.kind & SEVERAL and row.words & 1 == 0 else 0


@njit
def preload(state: State) -> int:
    """Request the line of a PLD; the core waits only until it can be requested. Returns the cycles.

    That it is requested is documented (ARM DDI 0403, A4.6.5, and ARM DDI 0489); no measurement was
    found that shows what happens if two lines are in transfer: it could be dropped instead.
    """
    service = state.data_services[state.data_services_used]
    state.data_services_used += 1
    if service & ~DIRTY not in (MISS_FLASH, MISS_RAM) or state.without & DATA_MISS:
        return 0
    stall = max(fill_done(state) - state.now, 0)
    if stall > 0:
        close_cycle(state)
        causes.stall(state, DATA_MEMORY, stall)
        state.now += stall
    miss(state, service)
    return stall


@njit
def access_memory(state: State, row: Row) -> int:
    """Stall the core for the words of `row`; returns the cycles."""
    if row.words == 0:
        return preload(state) if row.flags & PRELOADS else 0
    store = row.flags & STORES != 0
    total = 0
    for _ in range(row.words):
        service = state.data_services[state.data_services_used]
        state.data_services_used += 1
        paired = state.loaded_this_cycle != 0
        if not store and service != SKIPPED:
            state.loaded_this_cycle = 1
        stall = access_stall(state, service & HOW, store)
        if stall > 0:
            close_cycle(state)
            causes.stall(state, BUS if service & HOW == DEVICE_ACCESS else DATA_MEMORY, stall)
        served = stall
        if store:
            if row.words == 1 and state.without & BUFFERED_STORES == 0:
                stall += store_stall(state, row, service)
            elif service & SECOND_BANK and state.without & UNALIGNED_ACCESS == 0:
                stall += split_stall(row)
        elif service != SKIPPED and state.without & UNALIGNED_ACCESS == 0:
            stall += unaligned_stall(state, service, paired)
        causes.stall(state, BUS, stall - served)
        state.now += stall
        total += stall
    return total
