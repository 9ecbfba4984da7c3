"""Which accesses of a Cortex-M4 overlap with the load before them, and blocks of SRAM.

Accesses overlap only within one memory: of loads that alternate between flash and SRAM, each takes
two cycles (measured on a Cortex-M4 and a Cortex-M3: CMEmu,
github.com/mimuw-distributed-systems-group/cmemu, "LDR from two memories tests"), also between
two blocks of SRAM (measured: github.com/jnk0le/random, "pipeline cycle test", STM32F407).
Both measured loads into core registers. Loads into floating-point registers do overlap: float
networks on an STM32WB55, whose loads alternate between weights in flash and activations in RAM,
would otherwise be 8 to 11 % too slow, at two and at three wait states.

The updated base of a load is late for the address of the next access (measured:
github.com/jnk0le/random, STM32F407), but not that of a load directly behind another one: so take
AES with round keys in SRAM (github.com/mupq/pqm4, STM32L4R5), X-CUBE-AI's dense loops and CMEmu's
second and third load (CC2652) the cycles of silicon.
"""

from __future__ import annotations

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import Row, State
from tinylab.sim.cycles.cortex_m4.costs import FLOATING, LOAD, PLAIN, STORE
from tinylab.sim.cycles.mechanisms.services import DATA_TIGHT, EXTRA_SHIFT
from tinylab.sim.cycles.mechanisms.switches import CortexM4

SAME_MEMORY = int(CortexM4.SAME_MEMORY)
STORE_BEHIND_LOAD = int(CortexM4.STORE_BEHIND_LOAD)
LATE_BASE = int(CortexM4.LATE_BASE)

ANY_MEMORY, FLASH_MEMORY = 0, 1
"""ANY_MEMORY of a load into a floating-point register; the flash; blocks of SRAM and devices have
the numbers after it."""


@njit
def is_farther(state: State, address: int) -> bool:
    """Whether an address in SRAM is in one of the slower blocks."""
    return address >= state.farther_sram


@njit
def memory_of(state: State, row: Row) -> int:
    """The memory of the next word that is served, an access of `row`."""
    if row.kind == LOAD and row.resources == FLOATING:
        return ANY_MEMORY
    service = state.data_services[state.data_services_used] & ((1 << EXTRA_SHIFT) - 1)
    return max(service - DATA_TIGHT + 1, 0) + FLASH_MEMORY


@njit
def overlaps(state: State, row: Row) -> bool:
    """Whether `row` is an access whose address phase overlaps with the data phase of a load.

    A store with an immediate offset does too, whether it stores what was loaded or not
    (measured: github.com/jnk0le/random, "pipeline cycle test"; CMEmu).
    """
    if state.previous != LOAD or row.words == 0:
        return False
    if row.kind == PLAIN and state.without & STORE_BEHIND_LOAD:
        return False
    if row.kind not in (LOAD, STORE, PLAIN):
        return False
    if state.without & SAME_MEMORY or state.memory == ANY_MEMORY:
        return True
    memory = memory_of(state, row)
    return memory == ANY_MEMORY or memory == state.memory


@njit
def base_is_late(state: State, row: Row) -> bool:
    """Whether the base that the load `row` updates is too late for a load that would overlap."""
    if row.resources == FLOATING or state.without & LATE_BASE:
        return False
    return not state.address_ready
