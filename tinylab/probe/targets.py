"""Registers parts that pyOCD does not support with it at run time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyocd.core.memory_map import FlashRegion, MemoryMap, RamRegion
from pyocd.coresight.coresight_target import CoreSightTarget
from pyocd.target import TARGET
from pyocd.target.builtin import target_STM32F412xx, target_STM32F767xx

from tinylab.boards.board import Board
from tinylab.probe import flash_algorithms

OURS = "tinylab_"
"""Prefix of the names of targets that tinylab registers with pyOCD."""
PAGE = 0x1000
"""Bytes that a flash algorithm programs in one call."""
F7_BUFFERS = 0x2000_1000
"""Address above the code and the stack of pyOCD's algorithm for the STM32F767."""

OUR_ALGORITHMS = {
    "h7a3": "stm32h7a3",
    "l4": "stm32wb",
    "l4+": "stm32l4r5",
    "u5": "stm32u5",
}
"""By the kind of flash controller."""


PYOCDS_ALGORITHMS = ("f4", "f7")
"""Kinds of flash controller for which pyOCD has one, if not for every part."""


def has_algorithm(board: Board) -> bool:
    """Whether `register` can tell pyOCD how to program the board's flash controller."""
    return board.flash_layout.kind in (*PYOCDS_ALGORITHMS, *OUR_ALGORITHMS)


def register(board: Board) -> str:
    """Register `board`'s part with pyOCD if necessary; returns the name of the target."""
    name = board.pyocd_target
    if name.startswith(OURS) and name not in TARGET:
        TARGET[name] = _target_class(board)
    return name


def _target_class(board: Board) -> type[CoreSightTarget]:
    memory_map = MemoryMap(
        *_flash_regions(board, _algorithm(board)),
        *(RamRegion(name=ram.name, start=ram.base, length=ram.size) for ram in board.ram),
    )

    class Target(CoreSightTarget):  # type: ignore[misc]
        """A part, described by the board's record."""

        VENDOR = "STMicroelectronics"

        def __init__(self, session: Any) -> None:
            super().__init__(session, memory_map)

    return Target


def _algorithm(board: Board) -> dict[str, Any]:
    """pyOCD's description of the flash algorithm for `board`'s controller.

    pyOCD's algorithms for the STM32F412 and STM32F767 also cover the sector layouts of the
    other parts of their families.
    """
    kind = board.flash_layout.kind
    if kind == "f4":
        return dict(target_STM32F412xx.FLASH_ALGO)
    if kind == "f7":
        buffers = [F7_BUFFERS, F7_BUFFERS + PAGE]
        return {**target_STM32F767xx.FLASH_ALGO, "page_buffers": buffers}
    ours = flash_algorithms.load(OUR_ALGORITHMS[kind])
    return ours.for_pyocd(board.ram[0].base, PAGE)


def _flash_regions(board: Board, algorithm: dict[str, Any]) -> Iterator[FlashRegion]:
    """One region for each run of sectors of equal size."""
    start = board.flash.base
    for number, (count, size) in enumerate(board.flash_layout.sectors):
        yield FlashRegion(
            name=f"{board.flash.name}{number or ''}",
            start=start,
            length=count * size,
            sector_size=size,
            page_size=PAGE,
            is_boot_memory=start == board.flash.base,
            algo=algorithm,
        )
        start += count * size
