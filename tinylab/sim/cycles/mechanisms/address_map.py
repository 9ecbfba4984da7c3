"""The bus of each address, and the location of memory in this process.

The table has an entry for each 64 KiB: parts such as the STM32F7 have adjacent tightly coupled
memory and cached SRAM, but adjacent blocks of both kinds are at least that large.
"""

from __future__ import annotations

from collections.abc import Sequence

from tinylab.sim.cycles.compiled.address_steps import WORD_MASK
from tinylab.sim.cycles.compiled.numba_setup import int64, njit
from tinylab.sim.cycles.compiled.record_layout import BUSES, DEVICE, GRANULE_SHIFT, GRANULES, State
from tinylab.sim.memory import HostMemory


def map_buses(state: State, memories: Sequence[HostMemory]) -> None:
    """Fill the tables: addresses without memory are devices."""
    state["bus_of"] = DEVICE
    state["memories_used"] = len(memories)
    for number, memory in enumerate(memories):
        where = memory.base, memory.base + memory.size, memory.host_address
        state["memories"][number] = where
        first = memory.base >> GRANULE_SHIFT
        last = (memory.base + memory.size - 1) >> GRANULE_SHIFT
        state["bus_of"][first : last + 1] = BUSES[memory.bus]


@njit
def bus_at(state: State, address: int) -> int:
    """The bus of `address`; undefined for NOT_EXECUTED, which is not an address."""
    return state.bus_of[(address >> GRANULE_SHIFT) & (GRANULES - 1)]


@njit
def address_of_note(state: State, number: int) -> int:
    """The first address of the access that the step `number` notes."""
    step = state.steps[number]
    return int64(state.values[step.left] + step.constant) & WORD_MASK
