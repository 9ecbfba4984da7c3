"""Which model counts for which core; a model's compiled code is loaded when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from tinylab.boards.board import Core
from tinylab.sim.cycles.costs import Cost
from tinylab.sim.cycles.instruction import Instruction
from tinylab.sim.cycles.layout import State


@dataclass(frozen=True)
class Model:
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


def model_of(core: Core) -> Model:
    """The model for `core`."""
    if core is Core.CORTEX_M4:
        from tinylab.sim.cycles.cortex_m4.model import MODEL

        return MODEL
    if core is Core.CORTEX_M7:
        from tinylab.sim.cycles.cortex_m7.model import MODEL as MODEL_M7

        return MODEL_M7
    from tinylab.sim.cycles.cortex_m33.model import MODEL as MODEL_M33

    return MODEL_M33
