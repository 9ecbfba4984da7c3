"""Is it the board that was asked for? Told by its probe and by its chip, before any write."""

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
    """Raise StationError when the mbed code that `probe` reports is another board's.

    One that is empty, or that no board of the catalogue has, says nothing; nor does any to a
    board without an id, which has no probe of its own.
    """
    wanted, told = board.identity.board_id, board_id[:BOARD_ID_DIGITS]
    known = catalog.by_board_id(told) if told and wanted else None
    if known is None or told.lower() == wanted.lower():
        return
    raise WrongBoard(
        f"Probe {probe} belongs to a {known.title} (board id {told}), not to a {board.title} "
        f"with its {board.mcu}.",
        remedy=f"Ask for {known.name}#{probe}; if this probe is wired to another board, describe "
        "that board with an empty board_id (docs/boards.md).",
        probe=probe,
        found=known.name,
        wanted=board.name,
    )


def require_chip(board: Board, probe: str, link: WordReader) -> None:
    """Raise StationError when the chip is not the board's, LinkError when it does not answer."""
    wanted = f"{board.identity.device_id:#05x}"
    try:
        [word] = link.read_words(board.identity.idcode_address, 1)
        found = f"{word & DEVICE_ID:#05x}"
    except LinkError as error:
        if not is_bus_fault(error):
            raise
        found = "nothing"
    if found != wanted:
        raise WrongBoard(
            f"Probe {probe} is not on a {board.title}: the chip says {found}, a {board.mcu} says "
            f"{wanted}.",
            remedy="Name the board that is attached; `tinylab probes` shows it.",
            probe=probe,
            found=found,
            wanted=wanted,
        )
