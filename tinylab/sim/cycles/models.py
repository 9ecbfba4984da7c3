"""The model of each core; a model's compiled code is loaded on demand."""

from __future__ import annotations

from tinylab.boards.board import Core
from tinylab.sim.cycles.cycle_model import CycleModel


def model_of(core: Core) -> CycleModel:
    """The model for `core`."""
    if core is Core.CORTEX_M4:
        from tinylab.sim.cycles.cortex_m4.model import MODEL

        return MODEL
    if core is Core.CORTEX_M7:
        from tinylab.sim.cycles.cortex_m7.model import MODEL as MODEL_M7

        return MODEL_M7
    from tinylab.sim.cycles.cortex_m33.model import MODEL as MODEL_M33

    return MODEL_M33
