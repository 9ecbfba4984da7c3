"""Which bus an address is reached over, and where memory is in this process.

The table has an entry for each 64 KiB: parts such as the STM32F7 have tightly coupled memory
and cached SRAM side by side, no block of either smaller than that beside one of the other.
"""

from __future__ import annotations

from collections.abc import Sequence

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import BUSES, DEVICE, GRANULE_SHIFT, GRANULES, State
from tinylab.sim.memory import HostMemory


def map_buses(state: State, memories: Sequence[HostMemory]) -> None:
    """Fill the tables: what is no memory is a device."""
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
    """How `address` is reached; of an address that is none (NOT_EXECUTED), anything."""
    return state.bus_of[(address >> GRANULE_SHIFT) & (GRANULES - 1)]
