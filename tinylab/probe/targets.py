"""Parts that pyOCD does not know, told to it at run time."""

from __future__ import annotations

from typing import Any

from pyocd.core.memory_map import FlashRegion, MemoryMap, RamRegion
from pyocd.coresight.coresight_target import CoreSightTarget
from pyocd.target import TARGET

from tinylab.boards.board import Board
from tinylab.probe import flash_algorithms

ALGORITHMS = {"tinylab_stm32wb55": "stm32wb"}
"""Flash algorithm by pyOCD target name, for the parts that need one of ours."""


def register(board: Board) -> str:
    """Make pyOCD know `board`'s part; gives the name of the target."""
    name = board.pyocd_target
    if name in ALGORITHMS and name not in TARGET:
        TARGET[name] = _target_class(board, flash_algorithms.load(ALGORITHMS[name]))
    return name


def _target_class(
    board: Board, algorithm: flash_algorithms.FlashAlgorithm
) -> type[CoreSightTarget]:
    page = board.flash_layout.sizes[0]
    memory_map = MemoryMap(
        FlashRegion(
            name=board.flash.name,
            start=board.flash.base,
            length=board.flash.size,
            sector_size=page,
            page_size=page,
            is_boot_memory=True,
            algo=algorithm.for_pyocd(board.ram[0].base, page),
        ),
        *(RamRegion(name=ram.name, start=ram.base, length=ram.size) for ram in board.ram),
    )

    class Target(CoreSightTarget):  # type: ignore[misc]
        """A part with one flash bank, from the board's record."""

        VENDOR = "STMicroelectronics"

        def __init__(self, session: Any) -> None:
            super().__init__(session, memory_map)

    return Target
