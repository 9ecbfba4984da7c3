"""The mechanisms of the cycle models, each of which can be disabled.

Disabling a mechanism shows its contribution to the counted cycles; results are always counted
with all of them. A compiled model tests `state.without & Mechanism`.
"""

from __future__ import annotations

from enum import IntFlag

from tinylab.boards.board import Core

FETCH_BUFFER, FLASH_WAIT = 1 << 2, 1 << 3
"""The same in the models that share `prefetch_unit`."""


class CortexM4(IntFlag):
    """Mechanisms of the Cortex-M4."""

    LOAD_OVERLAP = 1 << 0
    """A load's address phase overlaps the data phase of the load before."""
    FP_HAZARD = 1 << 1
    """A floating-point result is available a cycle later than an integer one."""
    FETCH_BUFFER = FETCH_BUFFER
    """One 32-bit word is fetched a cycle, into a buffer of three."""
    FLASH_WAIT = FLASH_WAIT
    """Flash wait states, with the accelerator's caches in front of them."""
    ADDRESS_HAZARD = 1 << 4
    """A load or store waits a cycle for an address computed by the preceding instruction."""
    STORE_THEN_LOAD = 1 << 5
    """A load immediately after a store waits a cycle."""
    FETCHED_IN_VAIN = 1 << 6
    """Unused fetches after a taken branch, or for one that is not taken, delay the core."""
    FETCH_ROOM = 1 << 7
    """The unit fetches ahead only while its buffer has room for the requested words."""
    SAME_MEMORY = 1 << 8
    """Accesses overlap only within one memory."""
    STORE_BEHIND_LOAD = 1 << 9
    """A store with an immediate offset overlaps with the load before it."""
    FARTHER_SRAM = 1 << 10
    """A load from SRAM behind the first block waits a cycle, unless it overlaps."""
    LATE_BASE = 1 << 11
    """The updated base of a load is late for the next access, unless a load was before it."""


class CortexM7(IntFlag):
    """Mechanisms of the Cortex-M7."""

    DUAL_ISSUE = 1 << 0
    """Two instructions issue in a cycle."""
    RESULT_LATENCY = 1 << 1
    """Results that are available later than in the next cycle."""
    BRANCH_PREDICTION = 1 << 2
    """The penalty of mispredicted branches."""
    LOAD_CONFLICT = 1 << 3
    """Two loads pair only from two banks or from one doubleword."""
    FETCH_RATE = 1 << 4
    """64 bits of code per cycle, into a queue of four."""
    DATA_MISS = 1 << 5
    """Misses of the data cache, and lines in transfer."""
    FETCH_MISS = 1 << 6
    """Misses of the instruction cache."""
    LATE_LOADS = 1 << 7
    """Multiplications wait a cycle longer for a load."""
    EARLY_ALU = 1 << 8
    """Additions, moves and shifts whose operands are there run a cycle earlier."""
    MAC_HOLD = 1 << 9
    """Multiply-accumulates of the floating-point unit hold up moves, loads and additions."""
    UNALIGNED = 1 << 10
    """Unaligned accesses take longer."""
    STORE_BUFFER = 1 << 11
    """Narrow stores occupy their bank for a read and a write, and the buffer has four entries."""
    BRANCH_PAIR = 1 << 12
    """A branch that is predicted issues together with the first instruction at its target."""
    LIST_STALL = 1 << 13
    """Loads and stores of several registers stall where no compressed instructions are near."""
    PRELOAD = 1 << 14
    """PLD requests the line of its address, and the core runs on."""


class CortexM33(IntFlag):
    """Mechanisms of the Cortex-M33."""

    LOAD_USE = 1 << 0
    """A loaded value is available a cycle later than other results."""
    FP_HAZARD = 1 << 1
    """Floating-point results come later; a fused multiply keeps the unit for three cycles."""
    FETCH_BUFFER = FETCH_BUFFER
    """One 32-bit word is fetched a cycle, into a buffer of three."""
    FLASH_WAIT = FLASH_WAIT
    """Flash wait states, with the ICACHE in front of them."""
    DUAL_ISSUE = 1 << 4
    """A 16-bit branch, IT or NOP issues together with a 16-bit instruction before it."""
    RESULT_LATENCY = 1 << 5
    """Multiplies, shifted operands and DSP instructions take two stages."""
    SHARED_BUS = 1 << 6
    """Data from flash and instructions share the code bus."""
    UNALIGNED = 1 << 7
    """An access across a word boundary takes an additional cycle."""
    PREDICATED = 1 << 8
    """An instruction whose condition is false takes no more than a NOP."""


MECHANISMS: dict[Core, type[IntFlag]] = {
    Core.CORTEX_M4: CortexM4,
    Core.CORTEX_M7: CortexM7,
    Core.CORTEX_M33: CortexM33,
}
"""The mechanisms of each core's model."""
