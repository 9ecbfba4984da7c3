"""The table of kernels' speeds: measured and floors."""

from __future__ import annotations

import re

import pytest

from tests.fakes.compiled import KERNELS
from tinylab.boards.board import Core
from tinylab.codegen.layers.fast import speeds
from tinylab.codegen.layers.fast.table import FAST

OTHERS = re.compile(r"tl_dense_block_\d+_\w+|tl_conv_(near|windows|pool_tiles)_\w+")
"""Functions by which these kernels are called in special cases."""
FLOOR = re.compile(r"(\d+) cycles for (?:an element|(\d+) (?:MACs|elements)).* \((\w+\.[cS])\)")
MEASURED = [(name, core) for name, by_core in speeds.every().items() for core in by_core]
MADE_FOR_CORES = {fast.name for kernels in FAST.values() for fast in kernels}


@pytest.mark.parametrize(("function", "core"), MEASURED)
def test_kernels_for_a_core_have_a_floor_that_its_source_explains(
    function: str, core: Core
) -> None:
    speed = speeds.speed_of(function, core)
    assert speed
    if function not in MADE_FOR_CORES and not OTHERS.fullmatch(function):
        assert speed.floor is None
        return
    assert speed.floor is not None
    assert speed.floor <= speed.cycles_per_macc
    found = FLOOR.fullmatch(speed.bound)
    assert found, speed.bound
    cycles, units, source = found.groups()
    assert speed.floor == pytest.approx(int(cycles) / int(units or 1), abs=0.01)
    assert list(KERNELS.rglob(source))
