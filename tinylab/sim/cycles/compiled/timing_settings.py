"""The settings of memory timing that the firmware can change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MemoryTiming:
    """Flash wait states; enabled caches and prefetch; core clock / bus clock (AXI on M7).

    `direct_mapped`: the instruction cache has one way only (an option of the ICACHE).
    """

    wait_states: int = 0
    instruction_cache: bool = False
    data_cache: bool = False
    prefetch: bool = False
    bus_ratio: int = 1
    direct_mapped: bool = False
