"""The addresses of a part at which the core reads and writes registers."""

from __future__ import annotations

from tinylab.boards.board import Board
from tinylab.boards.family_table import family_table
from tinylab.sim.bit_band import bit_bands
from tinylab.sim.core.address_space import DEVICES


def device_ranges(board: Board) -> tuple[tuple[int, int], ...]:
    """(base, size) of each, without the peripherals' bit-band alias, which is inside the first."""
    unused = (lambda _address, _size: 0), (lambda _address, _size, _value: None)
    aliases = ((band.base, band.size) for band in bit_bands(board, unused, unused))
    own = DEVICES[0]
    return (
        *DEVICES,
        *family_table(board.family).beyond,
        *(alias for alias in aliases if not own[0] <= alias[0] < own[0] + own[1]),
    )
