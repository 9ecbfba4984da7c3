"""A loop of `bench-core`, run by a bare emulated core: the functions that a board gets."""

from __future__ import annotations

from tests.fakes.assembled_core import CACHED_RAM, MARK, RAM, AssembledCore
from tinylab.bench.core_loops.assembly import Addresses, functions_of, text
from tinylab.bench.core_loops.loops import Loop
from tinylab.boards.board import Core
from tinylab.sim.core.emulated_core import MemoryTiming

CALLS = 3
"""Of each function: the first finds cold caches and branches, and is not counted."""
MEMORY = RAM + 0x1000
SECOND = {
    Core.CORTEX_M4: RAM + 0xA000,
    Core.CORTEX_M7: CACHED_RAM[1],
    Core.CORTEX_M33: RAM + 0xA000,
}
SETTINGS = {
    Core.CORTEX_M7: MemoryTiming(
        wait_states=3, instruction_cache=True, data_cache=True, bus_ratio=2
    )
}


def model_cycles(core: Core, loop: Loop) -> float:
    """What the model counts for a repetition of the loop."""
    functions = functions_of(loop)
    at = Addresses(str(MARK), str(MEMORY), str(SECOND[core]))
    calls = [f"bl tl_bench_loop_{n}" for n in range(len(functions.all)) for _ in range(CALLS)]
    source = "\n".join([*calls, "bkpt 0", text(functions.all, at)])
    settings = SETTINGS.get(core, MemoryTiming())
    marks = AssembledCore(core, source, settings).finish().marks
    last = range(CALLS - 1, CALLS * len(functions.all), CALLS)
    counted = [marks[2 * call + 1] - marks[2 * call] for call in last]
    return functions.cycles(dict(zip(functions.all, counted, strict=True)))
