"""The parts of a core's cycle model; each core's `model` creates one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from tinylab.sim.cycles.compiled.record_layout import State
from tinylab.sim.cycles.decoding.costs import Cost
from tinylab.sim.cycles.decoding.instruction import Instruction


@dataclass(frozen=True)
class CycleModel:
    """A core's cycle model: its record, its compiled hooks, and the contents of the record.

    `parameters` are the fields derived from the board's timing table. `reset` sets the rest of
    the memory system to its state at power-up, `empty` is that of the pipeline, packed.
    """

    dtype: npt.DTypeLike
    on_block: Any
    on_instruction: Any
    cost: Callable[[Instruction], Cost]
    parameters: Callable[[Mapping[str, int]], dict[str, int]]
    empty: Callable[[], list[int]]
    reset: Callable[[State], None]
    invalidate_instructions: Callable[[State], None]
    invalidate_data: Callable[[State], None]
