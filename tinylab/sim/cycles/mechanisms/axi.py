"""Memory behind the AXI bus of a Cortex-M7: lines in transfer, and their latency.

A miss transfers a line of four 64-bit beats, the requested word first, one beat per bus clock.
The core waits for the requested word, then continues while the rest arrives; two lines can be in
transfer (Cortex-M7 technical reference manual, ARM DDI 0489, "L1 caches": critical word first,
streaming). Flash is busy for the time of the reads that make up a line: on some parts a flash
word is a line, on others half a line.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.sim.cycles.compiled.numba_setup import njit
from tinylab.sim.cycles.compiled.record_layout import FLASH, Fields, State

BEATS = 4
BEAT_SHIFT = 3
LINE_SHIFT = 5
FILLS = 2
"""Lines that can be in transfer."""
NO_LINE = -1

FIELDS: Fields = [
    ("axi_flash_latency", "i4"),
    ("axi_ram_latency", "i4"),
    ("flash_reads", "i4"),
    ("filling_lines", "i8", (FILLS,)),
    ("filling_beats", "i8", (FILLS,)),
]
"""The last requested lines, the latest first, and the beat that arrived first."""


def parameters(timing: Mapping[str, int]) -> dict[str, int]:
    """Latencies in bus clocks from a request to its first beat, without wait states."""
    return {
        "axi_flash_latency": timing["axi_flash_latency_clocks"],
        "axi_ram_latency": timing["axi_ram_latency_clocks"],
        "flash_reads": timing["line_bytes"] // timing["flash_word_bytes"],
    }


def reset(state: State) -> None:
    """Clear the lines in transfer."""
    state["filling_lines"] = NO_LINE


@njit
def start_fill(state: State, address: int) -> None:
    """A line was requested."""
    for i in range(FILLS - 1, 0, -1):
        state.filling_lines[i] = state.filling_lines[i - 1]
        state.filling_beats[i] = state.filling_beats[i - 1]
    state.filling_lines[0] = address >> LINE_SHIFT
    state.filling_beats[0] = (address >> BEAT_SHIFT) & (BEATS - 1)


@njit
def beats_behind(state: State, fill: int, address: int) -> int:
    """The number of beats between the first and the one with `address`."""
    return ((address >> BEAT_SHIFT) - state.filling_beats[fill]) & (BEATS - 1)


@njit
def latency(state: State, bus: int) -> int:
    """Core cycles from a request to its first beat."""
    if bus == FLASH:
        return (state.axi_flash_latency + 1 + state.wait_states) * state.bus_ratio
    return (state.axi_ram_latency + 1) * state.bus_ratio


@njit
def occupied(state: State, bus: int) -> int:
    """Core cycles from a line's request until the next line can be served."""
    clocks = BEATS
    if bus == FLASH:
        clocks = max(BEATS, state.flash_reads * (state.wait_states + 1))
    return clocks * state.bus_ratio
