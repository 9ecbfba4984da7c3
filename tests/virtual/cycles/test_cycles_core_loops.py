"""Each loop of `tinylab bench-core` takes what its file says, in the model of its core.

Where the model differs from the published figure, the file says so and why: an entry whose rule is
modelled then loses its keys `model` and `why`.
"""

from __future__ import annotations

import pytest

from tests.fakes.core_loop import model_cycles
from tinylab.bench.core_loops.loops import Loop, of_core
from tinylab.boards.board import Core

LOOPS = [(core, loop) for core in Core for loop in of_core(core).complete]


@pytest.mark.parametrize(
    ("core", "loop"), LOOPS, ids=[f"{core.short.lower()}-{loop.id}" for core, loop in LOOPS]
)
def test_the_model_counts_what_the_file_says(core: Core, loop: Loop) -> None:
    counted = model_cycles(core, loop)
    assert loop.expected.has(counted), f"{counted:g} cycles, {loop.expected} in the file"
