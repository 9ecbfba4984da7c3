"""Constants of a board's memory system for each core's cycle model: `[timing]` of its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from tinylab.boards.board import Core

Count = Annotated[int, Meta(gt=0)]


@dataclass(frozen=True)
class CortexM4Timing:
    """The flash accelerator, and the blocks of SRAM."""

    flash_word_bytes: Count
    """Width of a flash line."""
    icache_lines: Count
    icache_line_words: Count
    dcache_words: Count
    farther_sram: Count = 1 << 32
    """The address from which SRAM is slower than its first block; by default all is alike."""


@dataclass(frozen=True)
class CortexM7Timing:
    """Caches, and the AXI bus behind them."""

    icache_bytes: Count
    icache_ways: Count
    dcache_bytes: Count
    dcache_ways: Count
    line_bytes: Count
    """A line of either cache."""
    axi_flash_latency_clocks: Count
    """Bus clocks from a request to the first beat of its line, without wait states."""
    axi_ram_latency_clocks: Count
    flash_word_bytes: Count
    """Width of a flash word."""
    narrow_store_cycles: Count = 1
    """Cycles for which the store of a byte or halfword occupies its bank of tightly coupled memory
    or cache: more than one if they have error correction."""


@dataclass(frozen=True)
class CortexM33Timing:
    """The ICACHE."""

    flash_word_bytes: Count
    """Width of a flash word."""
    icache_lines: Count
    icache_ways: Count
    icache_miss_cycles: Annotated[int, Meta(ge=0)]
    """Cycles of a miss in addition to the wait states."""
    icache_fill_delay: Annotated[int, Meta(ge=0)]
    """Cycles after the requested word until the next one of its line can be read."""


Timing = CortexM4Timing | CortexM7Timing | CortexM33Timing
TIMINGS: Mapping[Core, type[Timing]] = {
    Core.CORTEX_M4: CortexM4Timing,
    Core.CORTEX_M7: CortexM7Timing,
    Core.CORTEX_M33: CortexM33Timing,
}
