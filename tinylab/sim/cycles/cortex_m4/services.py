# mypy: warn-return-any=False
# (records of compiled code are Any to mypy)
"""What the memory system does for a Cortex-M4, in program order and without times."""

from __future__ import annotations

from tinylab.sim.cycles import flash_accelerator
from tinylab.sim.cycles.address_map import bus_at
from tinylab.sim.cycles.compiled import njit
from tinylab.sim.cycles.flash_accelerator import HIT
from tinylab.sim.cycles.layout import DEVICE, FLASH, NOT_EXECUTED, STORES, State
from tinylab.sim.cycles.transitions import mix

DATA_TIGHT, DATA_HIT, DATA_MISS, DATA_DEVICE, DATA_SKIPPED = range(5)
"""How a word of data was served; SKIPPED: its instruction was not executed."""


@njit
def serve_data(state: State) -> None:
    """Note how each word that the block accessed was served."""
    used = 0
    for i in range(state.recorded_used, state.recorded):
        row = state.rows[state.access_rows[i]]
        if state.access_rows[i] >= state.end_row:
            break
        address = state.addresses[i]
        bus = bus_at(state, address)
        for word in range(row.words):
            if address == NOT_EXECUTED:
                service = DATA_SKIPPED
            elif bus == DEVICE:
                service = DATA_DEVICE
            elif bus != FLASH or row.flags & STORES:
                service = DATA_TIGHT
            elif flash_accelerator.read_data(state, address + 4 * word) == HIT:
                service = DATA_HIT
            else:
                service = DATA_MISS
            state.data_services[used] = service
            used += 1
        state.recorded_used += 1
    state.data_services_used = used


@njit
def serve_block(state: State, start: int, end: int) -> int:
    """Ask the memory system for the block's code and data; a digest of its answers."""
    state.fetch_services_used = 0
    state.code_bus = state.blocks[state.block].bus
    if state.redirected != 0:
        state.latched_word = flash_accelerator.INVALID
    if state.code_bus == FLASH:
        flash_accelerator.fetch(state, start, end)
    serve_data(state)
    digest = int(state.redirected)
    for i in range(state.fetch_services_used):
        digest = mix(digest, state.fetch_services[i])
    for i in range(state.data_services_used):
        digest = mix(digest, state.data_services[i])
    return digest
