"""Whether a network fits a board, in bytes, before anything is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tinylab.boards.board import Board
from tinylab.build.memory_map import STACK_BYTES
from tinylab.errors import DoesNotFit
from tinylab.stream import frames
from tinylab.units import size

FIRMWARE_FLASH_BYTES = 32 * 1024
"""Room for the bench's own code, the kernels and libm; the images of the catalogue's
networks need 8 to 16 KiB of it."""

FIRMWARE_RAM_BYTES = frames.MAILBOX_BYTES + 4 * frames.RING_ENTRIES + STACK_BYTES + 1024
"""Mailbox, sample ring, stack, and the bench's variables."""


COMPRESSED = ("x4", "x8")
"""Levels of compression, from the least."""
FOREIGN_REMEDY = "Generate it again with compressed or quantised weights, or use a larger board."


@dataclass(frozen=True)
class Need:
    """What a network needs, in bytes: weights in flash; the rest in RAM."""

    weights: int
    activations: int
    input: int
    output: int

    @property
    def flash(self) -> int:
        return self.weights + FIRMWARE_FLASH_BYTES

    @property
    def fixed_ram(self) -> int:
        """What must be in the board's first RAM: all but the activations."""
        return self.input + self.output + FIRMWARE_RAM_BYTES


def flash_missing(board: Board, need: Need) -> int:
    """Bytes of flash that are missing; 0 if it fits."""
    return max(0, need.flash - board.flash.size)


def ram_missing(board: Board, need: Need) -> int:
    """Bytes of RAM that are missing; 0 if it fits.

    Activations may be in any one memory; everything else is in the first.
    """
    first = board.ram[0].size - need.fixed_ram
    if first < 0:
        return -first
    best = max(first, *(memory.size for memory in board.ram[1:]), 0)
    return max(0, need.activations - best)


def fits(board: Board, need: Need) -> bool:
    return not flash_missing(board, need) and not ram_missing(board, need)


def require(
    board: Board,
    title: str,
    need: Need,
    compressed: Callable[[str], Need] | None = None,
    smaller: Callable[[], Need] | None = None,
) -> None:
    """Raise DoesNotFit, with the bytes missing, if `need` is too much for `board`.

    `compressed(how)` gives the need with weight compression `how`, `smaller` that of code with the
    least RAM, for the remedy; without them, the network is code generated elsewhere.
    """
    flash, ram = flash_missing(board, need), ram_missing(board, need)
    if not flash and not ram:
        return
    levels = COMPRESSED if compressed else ()
    fitting = next((how for how in levels if compressed and fits(board, compressed(how))), None)
    parts = []
    if flash:
        parts.append(
            f"flash: {flash:,} bytes missing ({size(need.flash)} of {size(board.flash.size)})"
        )
    if ram:
        total = need.fixed_ram + need.activations
        available = " + ".join(size(memory.size) for memory in board.ram)
        parts.append(f"RAM: {ram:,} bytes missing ({size(total)} of {available})")
    raise DoesNotFit(
        f"{title} does not fit {board.title}: {'; '.join(parts)}.",
        remedy=_remedy(board, fitting, compressed, smaller) if compressed else FOREIGN_REMEDY,
        flash_missing=flash,
        ram_missing=ram,
        fitting_compression=fitting,
    )


def _remedy(
    board: Board,
    fitting: str | None,
    compressed: Callable[[str], Need],
    smaller: Callable[[], Need] | None,
) -> str:
    if smaller and fits(board, smaller()):
        return "It fits with --optimize ram."
    if fitting is not None:
        return f"It fits with --compression {fitting}."
    if ram_missing(board, compressed("x8")):
        return "Weight compression does not help; a board with more RAM is required."
    return "It does not fit even with --compression x8."
