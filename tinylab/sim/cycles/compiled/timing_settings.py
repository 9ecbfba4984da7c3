"""What the firmware can change about the timing of memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MemoryTiming:
    """Flash wait states; which caches and prefetch are on; core clock / bus clock (AXI on M7).

    `direct_mapped`: the instruction cache has one way only (a choice that the ICACHE gives).
    """

    wait_states: int = 0
    instruction_cache: bool = False
    data_cache: bool = False
    prefetch: bool = False
    bus_ratio: int = 1
    direct_mapped: bool = False
