"""Checks, before any write, that the probe and the chip are those of the requested board."""

from __future__ import annotations

from typing import Protocol

from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.errors import LinkError, WrongBoard
from tinylab.probe.error_mapping import is_bus_fault

DEVICE_ID = 0xFFF
BOARD_ID_DIGITS = 4


class WordReader(Protocol):
    """A debug connection to the chip."""

    def read_words(self, address: int, count: int) -> tuple[int, ...]: ...


def require_probe(board: Board, probe: str, board_id: str) -> None:
    """Raise StationError when the mbed code that `probe` reports belongs to another board.

    An empty code, or one that is not in the catalogue, is ignored. So is any code when `board`
    has no board id: such a board has no probe of its own.
    """
    wanted, reported = board.identity.board_id, board_id[:BOARD_ID_DIGITS]
    known = catalog.by_board_id(reported) if reported and wanted else None
    if known is None or reported.lower() == wanted.lower():
        return
    raise WrongBoard(
        f"Probe {probe} belongs to a {known.title} (board id {reported}), not to a {board.title} "
        f"with its {board.mcu}.",
        remedy=f"Use {known.name}#{probe}. If this probe is wired to another board, describe "
        "that board with an empty board_id (docs/boards.md).",
        probe=probe,
        found=known.name,
        wanted=board.name,
    )


def require_chip(board: Board, probe: str, link: WordReader) -> None:
    """Raise StationError when the chip is not the board's, LinkError when it does not answer."""
    wanted = board.identity.device_id
    try:
        [word] = link.read_words(board.identity.idcode_address, 1)
        found: int | None = word & DEVICE_ID
    except LinkError as error:
        if not is_bus_fault(error):
            raise
        found = None
    if found != wanted:
        reported = "no DEV_ID" if found is None else f"DEV_ID {found:#05x}"
        raise WrongBoard(
            f"Probe {probe} is not connected to a {board.title}: the chip reports {reported}, "
            f"a {board.mcu} has DEV_ID {wanted:#05x}.",
            remedy="Name the board that is attached; `tinylab probes` lists it.",
            probe=probe,
            found=reported,
            wanted=f"DEV_ID {wanted:#05x}",
        )
