"""Virtual stations: emulated boards, ready to be attached to a virtual bus."""

from __future__ import annotations

from tinylab.boards.board import Board
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.stlink_kinds import Kind, serial_number


def virtual_device(board: Board, number: int = 0, kind: Kind | None = None) -> VirtualStLink:
    """A powered board with its ST-Link; `number` distinguishes several of one kind.

    `kind` selects another ST-Link than the board's own.

    Its `machine` gives simulated time. `close` it when done.
    """
    return VirtualStLink(board, serial_number(board, number), kind)
