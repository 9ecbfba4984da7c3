"""What the cycle models are made of, each part of which can be left out.

Leaving a mechanism out says how much of the counted cycles it explains; results are always
counted with all of them. A compiled model tests `state.without & Mechanism`.
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
    """A floating-point result is there a cycle later than an integer one."""
    FETCH_BUFFER = FETCH_BUFFER
    """One 32-bit word is fetched a cycle, into a buffer of three."""
    FLASH_WAIT = FLASH_WAIT
    """Flash wait states, with the accelerator's caches in front of them."""
    ADDRESS_HAZARD = 1 << 4
    """A load or store waits a cycle for an address that was computed right before it."""
    STORE_THEN_LOAD = 1 << 5
    """A load right behind a store waits a cycle."""
    FETCHED_IN_VAIN = 1 << 6
    """What is fetched behind a taken branch, or for one that is not taken, is waited for."""
    FETCH_ROOM = 1 << 7
    """The unit fetches no further ahead than it has room for what it asked for."""


class CortexM7(IntFlag):
    """Mechanisms of the Cortex-M7."""

    DUAL_ISSUE = 1 << 0
    """Two instructions issue in a cycle."""
    RESULT_LATENCY = 1 << 1
    """Results that are there later than in the next cycle."""
    BRANCH_PREDICTION = 1 << 2
    """The penalty of branches that go otherwise than predicted."""
    LOAD_CONFLICT = 1 << 3
    """Two loads pair only from two banks or out of one doubleword."""
    FETCH_RATE = 1 << 4
    """64 bits of code a cycle, into a queue of four."""
    DATA_MISS = 1 << 5
    """Misses of the data cache, and lines on their way."""
    FETCH_MISS = 1 << 6
    """Misses of the instruction cache."""
    LATE_LOADS = 1 << 7
    """Multiplications and shifted operands wait a cycle longer for a load."""


class CortexM33(IntFlag):
    """Mechanisms of the Cortex-M33."""

    LOAD_USE = 1 << 0
    """What a load brings is there a cycle later than other results."""
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
    """Data out of flash and instructions take turns on the code bus."""
    UNALIGNED = 1 << 7
    """An access across the end of a word takes a cycle more."""


MECHANISMS: dict[Core, type[IntFlag]] = {
    Core.CORTEX_M4: CortexM4,
    Core.CORTEX_M7: CortexM7,
    Core.CORTEX_M33: CortexM33,
}
"""The mechanisms of each core's model."""
