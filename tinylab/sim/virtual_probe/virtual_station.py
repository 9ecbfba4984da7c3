"""Virtual stations: boards that exist only here, ready to be plugged into a virtual bus."""

from __future__ import annotations

from tinylab.boards.board import Board
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.stlink_kinds import Kind, serial_number


def virtual_device(board: Board, number: int = 0, kind: Kind | None = None) -> VirtualStLink:
    """A powered board behind its ST-Link; `number` tells several of a kind apart.

    `kind` is another ST-Link than the one that the board comes with.

    Its `machine` gives simulated time. `close` it when done.
    """
    return VirtualStLink(board, serial_number(board, number), kind)
