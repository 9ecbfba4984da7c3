"""What a core's cycle model consists of; each core's `model` makes one."""

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
    """A core's cycle model: its record, its compiled hooks, and what goes into the record.

    `parameters` are the fields that follow from the board's timing table. `reset` puts the
    rest of the memory system into its state at power-up, `empty` is the pipeline's, packed.
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
