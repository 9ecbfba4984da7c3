"""Whether a network fits a board, in bytes, before anything is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tinylab.bench.prepare import placing
from tinylab.bench.prepare.placing import DEFAULT, Missing, Need, Placed, Wish
from tinylab.boards.board import Board, Bus
from tinylab.codegen.target import Goal
from tinylab.errors import DoesNotFit
from tinylab.units import size

COMPRESSED = ("x4", "x8")
"""Levels of compression, from the least."""
FOREIGN_REMEDY = "Generate it again with compressed or quantised weights, or use a larger board."


def flash_missing(board: Board, need: Need) -> int:
    """Bytes of flash that are missing; 0 if it fits."""
    return max(0, need.flash - board.flash.size)


def ram_missing(board: Board, need: Need, wish: Wish = DEFAULT) -> int:
    """Bytes of RAM that are missing, in all memories together; 0 if it fits.

    Activations may be in any one memory; everything else is in the first.
    """
    return sum(one.bytes for one in placing.plan(board, need, wish).missing if _is_ram(one))


def fits(board: Board, need: Need, wish: Wish = DEFAULT) -> bool:
    return placing.plan(board, need, wish).fits


def _is_ram(missing: Missing) -> bool:
    return missing.memory.bus is not Bus.FLASH


def require(
    board: Board,
    title: str,
    need: Need,
    compressed: Callable[[str], Need] | None = None,
    smaller: Callable[[], Need] | None = None,
    wish: Wish = DEFAULT,
) -> Placed:
    """Where the parts go. Raises DoesNotFit, with the bytes missing, if it is too much for `board`.

    `compressed(how)` gives the need with weight compression `how`, `smaller` that of code with the
    least RAM, for the remedy; without them, the network is code generated elsewhere.
    """
    placed = placing.plan(board, need, wish)
    if placed.fits:
        return placed
    levels = COMPRESSED if compressed else ()
    fitting = next(
        (how for how in levels if compressed and fits(board, compressed(how), wish)), None
    )
    flash, ram = flash_missing(board, need), ram_missing(board, need, wish)
    missing = "; ".join(_told(board, one) for one in placed.missing)
    raise DoesNotFit(
        f"{title} does not fit {board.title}: {missing}.",
        remedy=_remedy(board, need, fitting, compressed, smaller, wish),
        flash_missing=flash,
        ram_missing=ram,
        fitting_compression=fitting,
    )


def _told(board: Board, missing: Missing) -> str:
    if not _is_ram(missing):
        return (
            f"flash: {missing.bytes:,} bytes missing ({size(missing.need)} of "
            f"{size(board.flash.size)})"
        )
    memory = missing.memory
    return (
        f"RAM: {missing.bytes:,} bytes missing in {memory.name} ({size(missing.need)} of "
        f"{size(memory.size)})"
    )


def _remedy(
    board: Board,
    need: Need,
    fitting: str | None,
    compressed: Callable[[str], Need] | None,
    smaller: Callable[[], Need] | None,
    wish: Wish,
) -> str:
    others = placing.alternatives(board, need, wish)
    if others:
        return f"It fits with --place {others[0]}."
    if compressed is None:
        return FOREIGN_REMEDY
    if smaller and fits(board, smaller(), replace(wish, goal=Goal.RAM)):
        return "It fits with --optimize ram."
    if fitting is not None:
        return f"It fits with --compression {fitting}."
    if ram_missing(board, compressed("x8"), wish):
        return "Weight compression does not help; a board with more RAM is required."
    return "It does not fit even with --compression x8."
